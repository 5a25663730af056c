package docs

import (
	"path"
	"strconv"
	"strings"
	"unicode"
)

// Section is a stretch of a page under one heading: the unit that is found and cited.
type Section struct {
	Path      string
	PageTitle string
	About     string   // the description in the page's front matter
	Trail     []string // the headings above it, outermost first, its own last; empty before the first heading
	Anchor    string   // as GitHub makes it of the heading; "" before the first heading
	StartLine int      // 1-based, inclusive
	EndLine   int
	Text      string // without the heading line
}

// Title is the section's name for people.
func (s Section) Title() string {
	parts := s.Trail
	if len(parts) == 0 || !strings.EqualFold(parts[0], s.PageTitle) {
		parts = append([]string{s.PageTitle}, parts...)
	}
	return strings.Join(parts, " › ")
}

// IsPage reports whether a file is a help-center page that OiOi reads.
func IsPage(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".mdx", ".markdown":
		return true
	}
	return false
}

// Split cuts a Markdown page into sections. Headings inside fenced code do not count. Front matter is read for the title
// and is part of no section.
func Split(name, page string) []Section {
	lines := strings.Split(strings.ReplaceAll(page, "\r\n", "\n"), "\n")
	title, about, first := frontMatter(lines)
	cut := cutter{path: name, anchors: map[string]int{}}
	cut.begin(first, nil, "")
	fence := ""
	for i := first; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \t")
		if mark := fenceMark(line); mark != "" && (fence == "" || strings.HasPrefix(mark, fence) && strings.TrimLeft(strings.TrimSpace(line), mark[:1]) == "") {
			if fence == "" {
				fence = mark
			} else {
				fence = ""
			}
		}
		level, heading := 0, ""
		if fence == "" {
			level, heading = headingOf(line)
			if level == 0 && i+1 < len(lines) && i >= first && strings.TrimSpace(line) != "" {
				level = underline(lines[i+1])
				heading = strings.TrimSpace(line)
			}
		}
		if level == 0 {
			cut.line(lines[i])
			continue
		}
		if title == "" && level == 1 {
			title = heading
		}
		cut.end(i)
		cut.begin(i, cut.trail(level, heading), slug(heading, cut.anchors))
		if h, _ := headingOf(line); h == 0 {
			i++ // the underline
		}
	}
	cut.end(len(lines))
	if title == "" {
		title = strings.TrimSuffix(path.Base(name), path.Ext(name))
	}
	for i := range cut.sections {
		cut.sections[i].PageTitle, cut.sections[i].About = title, about
	}
	return cut.sections
}

type heading struct {
	level int
	text  string
}

type cutter struct {
	path     string
	anchors  map[string]int
	open     []heading
	current  Section
	text     []string
	sections []Section
}

func (c *cutter) begin(line int, trail []string, anchor string) {
	c.current = Section{Path: c.path, Trail: trail, Anchor: anchor, StartLine: line + 1}
	c.text = nil
}

func (c *cutter) line(s string) { c.text = append(c.text, s) }

func (c *cutter) end(line int) {
	c.current.EndLine = max(line, c.current.StartLine)
	c.current.Text = strings.TrimSpace(strings.Join(c.text, "\n"))
	if c.current.Text != "" {
		c.sections = append(c.sections, c.current)
	}
}

func (c *cutter) trail(level int, text string) []string {
	for len(c.open) > 0 && c.open[len(c.open)-1].level >= level {
		c.open = c.open[:len(c.open)-1]
	}
	c.open = append(c.open, heading{level, text})
	trail := make([]string, len(c.open))
	for i, h := range c.open {
		trail[i] = h.text
	}
	return trail
}

// frontMatter returns the title and the description that YAML front matter gives, and the first line after it.
func frontMatter(lines []string) (title, about string, first int) {
	if len(lines) == 0 || strings.TrimSpace(lines[0]) != "---" {
		return "", "", 0
	}
	for i := 1; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == "---" {
			return title, about, i + 1
		}
		if value, ok := strings.CutPrefix(lines[i], "title:"); ok {
			title = strings.Trim(strings.TrimSpace(value), `"'`)
		}
		if value, ok := strings.CutPrefix(lines[i], "description:"); ok {
			about = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return "", "", 0 // never closed: it is text
}

func fenceMark(line string) string {
	text := strings.TrimLeft(line, " ")
	if len(line)-len(text) > 3 {
		return ""
	}
	for _, mark := range []string{"```", "~~~"} {
		if strings.HasPrefix(text, mark) {
			return text[:len(text)-len(strings.TrimLeft(text, mark[:1]))]
		}
	}
	return ""
}

func headingOf(line string) (level int, text string) {
	trimmed := strings.TrimLeft(line, " ")
	if len(line)-len(trimmed) > 3 {
		return 0, ""
	}
	rest := strings.TrimLeft(trimmed, "#")
	level = len(trimmed) - len(rest)
	if level == 0 || level > 6 || (rest != "" && rest[0] != ' ' && rest[0] != '\t') {
		return 0, ""
	}
	text = strings.TrimSpace(rest)
	if bare := strings.TrimRight(text, "#"); bare == "" || strings.HasSuffix(bare, " ") {
		text = strings.TrimSpace(bare)
	}
	return level, text
}

func underline(line string) int {
	text := strings.TrimSpace(line)
	switch {
	case len(text) >= 3 && strings.Trim(text, "=") == "":
		return 1
	case len(text) >= 3 && strings.Trim(text, "-") == "" && !strings.HasPrefix(line, "    "):
		return 2
	}
	return 0
}

// slug makes the anchor that GitHub gives a heading: lower case, punctuation dropped, spaces to hyphens, -1 for the second.
func slug(text string, seen map[string]int) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	out := b.String()
	n := seen[out]
	seen[out]++
	if n > 0 {
		return out + "-" + strconv.Itoa(n)
	}
	return out
}
