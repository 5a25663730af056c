package helpcenter

import (
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// rstSection is how a link in reStructuredText can lead to a section.
type rstSection struct {
	label   string // as :ref: wants it; "" where there is none
	heading string
}

var rstTarget = pattern.Lazy("^\\.\\. _(`[^`]+`|[^:`]+):[ \t]*$")

// sectionOf finds a page's section by its anchor: https://www.sphinx-doc.org/en/master/usage/referencing.html
func sectionOf(page, anchor string) rstSection {
	lines := append(strings.Split(unixLines(page), "\n"), "", "")
	var labels []string
	for i := 0; i+2 < len(lines); i++ {
		line := strings.TrimRight(lines[i], " \t")
		if m := rstTarget().FindStringSubmatch(line); m != nil {
			labels = append(labels, strings.Trim(m[1], "`"))
			continue
		}
		if line == "" || rstLine().MatchString(line) && rstMarks(lines[i+1]+"\n"+lines[i+2]) != "" { // or the line over a heading
			continue
		}
		if rstMarks(line+"\n"+lines[i+1]) != "" {
			heading := strings.TrimSpace(line)
			found := Identifier(heading) == anchor
			for _, label := range labels {
				found = found || Identifier(label) == anchor
			}
			if found {
				return rstSection{label: strings.Join(labels[:min(1, len(labels))], ""), heading: heading}
			}
		}
		labels = nil
	}
	return rstSection{}
}

// reached gives a section without a label the one that Sphinx makes of each heading, where the site has that switched on.
func (s rstSection) reached(pages map[string]string, file string) rstSection {
	if s.label != "" || s.heading == "" {
		return s
	}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		conf := pages[path.Join(dir, "conf.py")]
		if strings.Contains(conf, "sphinx.ext.autosectionlabel") && autoPrefix().MatchString(conf) {
			name := strings.TrimPrefix(strings.TrimSuffix(file, path.Ext(file)), dir+"/")
			s.label = name + ":" + s.heading
			return s
		}
		if conf != "" || dir == "." || dir == "/" {
			return s
		}
	}
}

var autoPrefix = pattern.Lazy(`(?m)^autosectionlabel_prefix_document[ \t]*=[ \t]*True\b`)

// latin are the letters that docutils spells in ASCII itself.
var latin = strings.NewReplacer("ß", "sz", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ħ", "h", "ı", "i", "ł", "l", "ŧ", "t")

// Identifier makes a name as docutils does: lower-case ASCII letters and digits, with hyphens between.
// https://docutils.sourceforge.io/docs/ref/rst/directives.html#identifier-normalization
func Identifier(text string) string {
	text = latin.Replace(strings.ToLower(text))
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		switch r = unicode.ToLower(r); {
		case r > unicode.MaxASCII:
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimLeft(strings.TrimRight(b.String(), "-"), "-0123456789")
}
