package words

import "strings"

// Asked reads a ticket's text, whose first line is its title: the title and the questions say most, the first sentences
// more than the rest.
func Asked(text string) Query {
	var b Builder
	title, body, _ := strings.Cut(strings.TrimSpace(text), "\n")
	b.Add(cut(title, 300), 1.5)
	body = cut(body, 6000)
	for _, s := range questions(body, 4) {
		b.Add(s, 1.15)
	}
	head := cut(body, 400)
	b.Add(head, 1)
	b.Add(body[len(head):], 0.5)
	return b.Query()
}

// questions returns the first sentences that end in a question mark, without it.
func questions(text string, most int) []string {
	var out []string
	start := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '.', '!', '\n':
			if text[i] == '.' && i+1 < len(text) && text[i+1] != ' ' && text[i+1] != '\n' {
				continue // a name or a number
			}
			start = i + 1
		case '?':
			if len(out) < most && i > start {
				out = append(out, text[start:i])
			}
			start = i + 1
		}
	}
	return out
}

// cut returns the first bytes of a text, up to the end of a word.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	if at := strings.LastIndexAny(s[:most], " \n"); at > 0 {
		return s[:at]
	}
	for most > 0 && s[most]&0xC0 == 0x80 {
		most--
	}
	return s[:most]
}
