package ticket

import (
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

var (
	aVersion = pattern.Lazy(`\bv?\d{1,4}\.\d{1,4}(?:\.\d{1,5}){0,2}(?:-[0-9A-Za-z.]{1,20})?\b`)
	// In free text a number with dots is a version only where the words before it say so, or a v does.
	namedVersion = pattern.Lazy(`(?i)(?:\b(?:versions?|release|upgraded? to|updated? to|running|we use|build)\b[ :=]{1,3}(?:is )?(v?\d{1,4}\.\d{1,4}(?:\.\d{1,5}){0,2})|\b(v\d{1,4}\.\d{1,4}(?:\.\d{1,5}){0,2}))\b`)
)

// Version returns the version of the product that the reporter states: the answer of the form's version field, else what the
// text calls a version, the newest where it names several. It is "" where there is none.
func (t Ticket) Version() string {
	if v := aVersion().FindString(ParseForm(t.Body.Raw()).Get("version", "app version", "product version", "release")); v != "" {
		return v
	}
	text := t.Words()
	for _, c := range t.Comments {
		if !c.Ours && c.Author.ID == t.Author.ID {
			text += "\n" + Visible(c.Body.Raw())
		}
	}
	newest := ""
	for _, m := range namedVersion().FindAllStringSubmatch(text, 20) {
		v := m[1] + m[2]
		if n, ok := CompareVersions(v, newest); newest == "" || ok && n > 0 {
			newest = v
		}
	}
	return newest
}

// CompareVersions returns -1, 0 or 1 as version a is older than, the same as or newer than b. A missing part is 0, so that
// 2.4 and v2.4.0 are the same; a pre-release comes before its release (https://semver.org/#spec-item-11), and two
// pre-releases of one release are compared as text. ok is false where one of them is no version.
func CompareVersions(a, b string) (order int, ok bool) {
	x, preX, okX := versionParts(a)
	y, preY, okY := versionParts(b)
	if !okX || !okY {
		return 0, false
	}
	for i := range max(len(x), len(y)) {
		var p, q int
		if i < len(x) {
			p = x[i]
		}
		if i < len(y) {
			q = y[i]
		}
		if p != q {
			if p > q {
				return 1, true
			}
			return -1, true
		}
	}
	switch {
	case preX == preY:
		return 0, true
	case preX == "":
		return 1, true
	case preY == "":
		return -1, true
	}
	return strings.Compare(preX, preY), true
}

// OfLine reports whether a version is of a line, as v2.4.1 is of 2.4. Every version is of its own line.
func OfLine(version, line string) bool {
	v, pre, ok := versionParts(version)
	l, preLine, okLine := versionParts(line)
	if !ok || !okLine || len(v) < len(l) || preLine != "" && pre != preLine {
		return false
	}
	for i := range l {
		if v[i] != l[i] {
			return false
		}
	}
	return true
}

func versionParts(s string) (numbers []int, pre string, ok bool) {
	s = strings.TrimLeft(strings.TrimSpace(s), "vV")
	s, _, _ = strings.Cut(s, "+")
	s, pre, _ = strings.Cut(s, "-")
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, "", false
		}
		numbers = append(numbers, n)
	}
	return numbers, pre, true
}
