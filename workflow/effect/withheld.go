package effect

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/evidence"
)

// Withheld is what of a run's evidence only the team may read. The reply is drafted by a prompt without it, so that it cannot
// hold any; a person who edits it may put some in by mistake. Nothing that others read may repeat it. The zero value withholds nothing.
type Withheld struct{ telling func() telling }

// Withhold withholds what the items tell beyond what others may read, or know: the ticket, its public evidence, the team's policy. It
// is read when the first text is held against it.
func Withhold(items []evidence.Item, known []string) Withheld {
	if len(items) == 0 {
		return Withheld{}
	}
	return Withheld{sync.OnceValue(func() telling { return tell(items, known) })}
}

const (
	sameRow   = 6  // so many words in a row are no accident
	sameDense = 12 // the same, in scripts that write no blanks: a character is a word there
)

// telling is what no other text holds by accident.
type telling struct {
	addresses []string // in small letters
	marks     map[string]bool
	wholes    []string // passages that are shorter than a row, such as a title of some words
}

func tell(items []evidence.Item, known []string) telling {
	all := bare(strings.Join(known, "\n\n"))
	out := telling{marks: map[string]bool{}}
	for _, item := range items {
		if item.URL != "" && !slices.ContainsFunc(known, func(k string) bool { return strings.Contains(k, item.URL) }) {
			out.addresses = append(out.addresses, strings.ToLower(item.URL))
		}
		for _, passage := range []string{item.Title, item.Text.Raw(), item.Resolution.Raw()} {
			said := bare(passage)
			maps.Copy(out.marks, said.marks)
			if whole := strings.Join(said.words, " "); len(said.words) >= 4 && len(said.words) < sameRow && !within(all, whole) {
				out.wholes = append(out.wholes, whole)
			}
		}
	}
	maps.DeleteFunc(out.marks, func(mark string, _ bool) bool { return all.marks[mark] })
	return out
}

// In reports whether a text repeats something withheld.
func (w Withheld) In(text string) bool {
	if w.telling == nil || strings.TrimSpace(text) == "" {
		return false
	}
	held, said, small := w.telling(), bare(text), strings.ToLower(text)
	for mark := range said.marks {
		if held.marks[mark] {
			return true
		}
	}
	return slices.ContainsFunc(held.addresses, func(address string) bool { return strings.Contains(small, address) }) ||
		slices.ContainsFunc(held.wholes, func(whole string) bool { return within(said, whole) })
}

// tokens is a text as words in small letters with what stands between them in one form. What marks it are the rows of sameRow and
// sameDense words, and each name that looks like no word of a language: a host, a number of an incident, an identifier.
type tokens struct {
	words []string
	marks map[string]bool
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
	out := tokens{marks: map[string]bool{}}
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
			out.marks[strings.Join(out.words[i:end], " ")] = true
		}
		if end := i + sameDense; end <= len(out.words) && !slices.Contains(spaced[i:end], true) {
			out.marks[strings.Join(out.words[i:end], " ")] = true
		}
	}
	for _, name := range standsOut.FindAllString(text, -1) {
		if name = strings.Trim(name, "._-@"); len(name) >= 6 && strings.ContainsFunc(name, unicode.IsLetter) && !version.MatchString(name) &&
			(strings.ContainsFunc(name, unicode.IsDigit) || strings.Contains(name, "_") || strings.Count(name, ".") >= 2 || strings.Contains(name, "@")) {
			out.marks[name] = true
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
	if e.In != nil || w.telling == nil {
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
