package effect

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/evidence"
)

// Withheld is what of a run's evidence only the team may read. The reply is drafted by a prompt without it, so that it cannot
// hold any; a person who edits it may put some in by mistake. Nothing that others read may repeat it.
type Withheld struct {
	Items []evidence.Item
	Known []string // what those others may read, or know: the ticket, its public evidence, the team's policy
}

const (
	sameRow   = 6  // so many words in a row are no accident
	sameDense = 12 // the same, in scripts that write no blanks: a character is a word there
)

// In reports whether a text repeats something withheld: an address, a name that looks like no word of a language (a host, a
// number of an incident, an identifier), or a passage of some words, but for what everybody may know.
func (w Withheld) In(text string) bool {
	if len(w.Items) == 0 || strings.TrimSpace(text) == "" {
		return false
	}
	said := bare(text)
	known := bare(strings.Join(w.Known, "\n\n"))
	for _, item := range w.Items {
		if item.URL != "" && strings.Contains(strings.ToLower(text), strings.ToLower(item.URL)) && !slices.ContainsFunc(w.Known, func(k string) bool { return strings.Contains(k, item.URL) }) {
			return true
		}
		for _, passage := range []string{item.Title, item.Text.Raw(), item.Resolution.Raw()} {
			if repeats(said, bare(passage), known) {
				return true
			}
		}
	}
	return false
}

// tokens is a text as words in small letters with what stands between them in one form, and the words that stand out.
type tokens struct {
	words []string
	rows  map[string]bool // of sameRow and sameDense words
	names map[string]bool
}

// repeats reports whether a text repeats a passage that is not known.
func repeats(said, passage, known tokens) bool {
	for name := range passage.names {
		if said.names[name] && !known.names[name] {
			return true
		}
	}
	for row := range passage.rows {
		if said.rows[row] && !known.rows[row] {
			return true
		}
	}
	// A passage that is shorter than a row is one as a whole, such as a title of some words.
	whole := strings.Join(passage.words, " ")
	return len(passage.words) >= 4 && len(passage.words) < sameRow && within(said, whole) && !within(known, whole)
}

func within(t tokens, row string) bool {
	return strings.Contains(" "+strings.Join(t.words, " ")+" ", " "+row+" ")
}

func bare(text string) tokens {
	text = strings.ToLower(norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)))
	out := tokens{rows: map[string]bool{}, names: map[string]bool{}}
	dense := func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	}
	var spaced []bool
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		word := ""
		flush := func() {
			if word != "" {
				out.words, spaced, word = append(out.words, word), append(spaced, true), ""
			}
		}
		for _, r := range field {
			if dense(r) {
				flush()
				out.words, spaced = append(out.words, string(r)), append(spaced, false)
				continue
			}
			word += string(r)
		}
		flush()
	}
	for i := range out.words {
		if end := i + sameRow; end <= len(out.words) && slices.Contains(spaced[i:end], true) {
			out.rows[strings.Join(out.words[i:end], " ")] = true
		}
		if end := i + sameDense; end <= len(out.words) && !slices.Contains(spaced[i:end], true) {
			out.rows[strings.Join(out.words[i:end], " ")] = true
		}
	}
	for _, name := range standsOut.FindAllString(text, -1) {
		if name = strings.Trim(name, "._-@"); len(name) >= 6 && strings.ContainsFunc(name, unicode.IsLetter) && !version.MatchString(name) &&
			(strings.ContainsFunc(name, unicode.IsDigit) || strings.Contains(name, "_") || strings.Count(name, ".") >= 2 || strings.Contains(name, "@")) {
			out.names[name] = true
		}
	}
	return out
}

var (
	standsOut = regexp.MustCompile(`[\pL\pN][\pL\pN._@-]{4,}[\pL\pN]`)
	version   = regexp.MustCompile(`^v?[0-9]+(?:\.[0-9]+)+(?:-(?:rc|beta|alpha)\.?[0-9]*)?$`)
)

// gives says of an effect that others than the team read which part of it repeats something withheld; "" where none does.
func (w Withheld) gives(e Effect) string {
	const why = "it repeats words of evidence that the readers of this place may not see"
	if e.In != nil || len(w.Items) == 0 {
		return ""
	}
	var texts []string
	switch {
	case e.Comment != nil:
		texts = append(texts, e.Comment.Body)
	case e.Issue != nil:
		texts = append(texts, e.Issue.Title, e.Issue.Body)
	case e.Pull != nil:
		texts = append(texts, e.Pull.Title, e.Pull.Body, e.Pull.Message)
		for _, f := range e.Pull.Files {
			texts = append(texts, strings.Join(moreLines(strings.Split(f.Old, "\n"), strings.Split(f.New, "\n")), "\n"))
		}
	case e.Status != nil:
		texts = append(texts, e.Status.Text)
	case e.Gap != nil:
		texts = append(texts, e.Gap.Title, e.Gap.Stands())
	}
	if slices.ContainsFunc(texts, w.In) {
		return why
	}
	return ""
}
