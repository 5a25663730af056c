package docs

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// startsWithImport reports whether the first line of a page is an import, as Docusaurus allows in .md too.
func startsWithImport(d *document) bool {
	for _, l := range d.lines {
		if strings.TrimSpace(l.text) != "" {
			return strings.HasPrefix(l.text, "import ") && (strings.Contains(l.text, " from ") || strings.ContainsAny(l.text, `'"`))
		}
	}
	return false
}

// shown are the attributes of components whose text readers see, as <Accordion title="How do I …">.
var shown = pattern.Lazy(`\b(?:title|label|summary|question|header|heading|caption)[ \t]*=[ \t]*(?:\{[ \t]*)?(?:"([^"]*)"|'([^']*)')`)

// endsBlock are the tags of HTML after which other words begin.
var endsBlock = pattern.Lazy(`^</(?:summary|li|td|th|p|div|h[1-6]|dt|dd|option)>`)

// The limits of what counts as one import, export or tag.
const (
	maxModuleLines = 200
	maxTagLines    = 40
	maxTag         = 4 << 10
)

// stripJSX hides imports and exports and takes tags off, so that the text of components remains. It follows
// https://mdxjs.com/docs/what-is-mdx/ as far as plain lines tell it: it does not run anything.
func stripJSX(d *document) {
	fence := fenceState{}
	fresh := true // a blank line or another import stands before
	for i := 0; i < len(d.lines); i++ {
		l := &d.lines[i]
		if l.hidden {
			continue
		}
		if fence.step(l.text) {
			fresh = false
			continue
		}
		if fresh && isModule(l.text) {
			for end := moduleEnd(d.lines, i); i < end; i++ {
				d.lines[i].hidden = true
			}
			i--
			continue
		}
		fresh = strings.TrimSpace(l.text) == ""
		if strings.Contains(l.text, "<") {
			stripTags(d, i)
		}
	}
}

func isModule(l string) bool {
	return strings.HasPrefix(l, "import ") && (strings.ContainsAny(l, `'"{`)) ||
		strings.HasPrefix(l, "export ") && (strings.ContainsAny(l, "={(*") || strings.Contains(l, " default "))
}

// moduleEnd is the line after an import or export: the first blank one where all brackets are closed.
func moduleEnd(lines []line, from int) int {
	open, blank := 0, -1
	for i := from; i < len(lines) && i < from+maxModuleLines; i++ {
		l := lines[i].text
		if strings.TrimSpace(l) == "" {
			if open <= 0 {
				return i
			}
			if blank < 0 {
				blank = i
			}
			continue
		}
		if i > from && open <= 0 && !isModule(l) && !strings.HasPrefix(l, " ") && !strings.HasPrefix(l, "\t") && !strings.ContainsAny(l[:1], "})]") {
			return i // text right below
		}
		for _, c := range []byte(l) {
			switch c {
			case '{', '(', '[':
				open++
			case '}', ')', ']':
				open--
			}
		}
	}
	if blank >= 0 {
		return blank
	}
	return min(len(lines), from+maxModuleLines)
}

// stripTags takes the tags off a line; one that goes on over several lines is taken off all of them.
func stripTags(d *document, at int) {
	l := &d.lines[at]
	var kept strings.Builder
	rest, ticks := l.text, 0
	changed := false
	for {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		ticks += strings.Count(rest[:i], "`")
		kept.WriteString(rest[:i])
		rest = rest[i:]
		if ticks%2 == 1 || !beginsTag(rest) {
			kept.WriteByte('<')
			rest = rest[1:]
			continue
		}
		if size := tagEnd(rest); size > 0 {
			kept.WriteString(attributeText(rest[:size]))
			if endsBlock().MatchString(rest[:size]) && size < len(rest) {
				kept.WriteByte(' ')
			}
			rest, changed = rest[size:], true
			continue
		}
		// The tag goes on below, or it is none, and then the rest of the line stays.
		whole, last := rest, at
		for last+1 < len(d.lines) && last-at < maxTagLines && len(whole) < maxTag && strings.TrimSpace(d.lines[last+1].text) != "" {
			last++
			whole += "\n" + d.lines[last].text
		}
		size := tagEnd(whole)
		if size == 0 {
			kept.WriteString(rest)
			rest = ""
			break
		}
		// What readers see of the tag stays on the line where it stands.
		parts := strings.Split(whole[:size], "\n")
		kept.WriteString(attributeText(parts[0]))
		rest, changed = "", true
		for k, part := range parts[1:] {
			text := attributeText(part)
			if k == len(parts)-2 {
				after, _, _ := strings.Cut(whole[size:], "\n")
				text += after
			}
			below := &d.lines[at+1+k]
			below.text, below.hidden = text, strings.TrimSpace(text) == ""
		}
		break
	}
	if !changed {
		return
	}
	kept.WriteString(rest)
	if l.text = kept.String(); strings.TrimSpace(l.text) == "" {
		l.hidden = true
	}
}

func beginsTag(s string) bool {
	if len(s) < 2 {
		return false
	}
	c := s[1]
	if c == '/' && len(s) > 2 {
		c = s[2]
	}
	// An address in angle brackets is no tag.
	word := s[1:min(len(s), 40)]
	return (c == '>' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') && !strings.HasPrefix(word, "http") && !strings.HasPrefix(word, "mailto:")
}

// tagEnd is the length of the tag that s begins with, or 0 where it does not end. Quotes and braces may hold a >.
func tagEnd(s string) int {
	quote, depth := byte(0), 0
	for i := 1; i < len(s) && i < maxTag; i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"', c == '\'', c == '`' && depth > 0:
			quote = c
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == '>' && depth <= 0:
			return i + 1
		case c == '<' && depth <= 0:
			return 0
		}
	}
	return 0
}

// attributeText is what readers see of a tag's attributes.
func attributeText(tag string) string {
	if strings.HasPrefix(tag, "<br") {
		return " "
	}
	var out []string
	for _, m := range shown().FindAllStringSubmatch(tag, 8) {
		out = append(out, m[1]+m[2])
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, " ") + " "
}
