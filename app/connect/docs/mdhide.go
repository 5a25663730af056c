package docs

import "strings"

// fenceState follows code fences from line to line, however deep in lists and quotes they stand.
type fenceState struct{ mark string }

// step takes a line and reports whether it belongs to a fence.
func (f *fenceState) step(l string) bool {
	bare := strings.TrimLeft(l, " \t>")
	if !strings.HasPrefix(bare, "```") && !strings.HasPrefix(bare, "~~~") {
		return f.mark != ""
	}
	rest := strings.TrimLeft(bare, bare[:1])
	mark := bare[:len(bare)-len(rest)]
	switch {
	case f.mark == "" && (mark[0] == '~' || !strings.Contains(rest, "`")):
		f.mark = mark
		return true
	case f.mark != "" && strings.HasPrefix(mark, f.mark) && strings.TrimSpace(rest) == "":
		f.mark = ""
		return true
	}
	return f.mark != ""
}

// commentMarks are how comments begin and end; the second is MDX's.
var commentMarks = [][2]string{{"<!--", "-->"}, {"{/*", "*/}"}}

// hideComments takes out what stands between <!-- and -->, and in MDX between {/* and */}, save in code. A comment that never
// ends is text.
func hideComments(d *document, jsx bool) {
	marks := commentMarks[:1]
	if jsx {
		marks = commentMarks
	}
	type end struct{ line, offset int } // where the last end stands: nothing begins after it
	last := make([]end, len(marks))
	for k, mark := range marks {
		for i := range d.lines {
			if at := strings.LastIndex(d.lines[i].text, mark[1]); at >= 0 {
				last[k] = end{i, at}
			}
		}
	}
	begins := func(i int, s string, at int) int {
		for k, mark := range marks {
			if strings.HasPrefix(s[at:], mark[0]) && (i < last[k].line || i == last[k].line && at < last[k].offset) {
				if k == 1 && len(s) <= maxShown && commentID.MatchString(s[at:]) {
					return -1
				}
				return k
			}
		}
		return -1
	}
	fence, open := fenceState{}, ""
	for i := range d.lines {
		l := &d.lines[i]
		if l.hidden || open == "" && (fence.step(l.text) || !strings.ContainsAny(l.text, "<{")) {
			continue
		}
		var kept strings.Builder
		s, at, ticks := l.text, 0, 0
		for at < len(s) {
			if open != "" {
				j := strings.Index(s[at:], open)
				if j < 0 {
					break
				}
				at, open = at+j+len(open), ""
				continue
			}
			j := strings.IndexAny(s[at:], "<{")
			if j < 0 {
				j = len(s) - at
			}
			ticks += strings.Count(s[at:at+j], "`")
			kept.WriteString(s[at : at+j])
			if at += j; at == len(s) {
				break
			}
			if k := begins(i, s, at); k >= 0 && ticks%2 == 0 {
				at, open = at+len(marks[k][0]), marks[k][1]
				continue
			}
			kept.WriteByte(s[at])
			at++
		}
		if kept.Len() != len(s) {
			if l.text = kept.String(); strings.TrimSpace(l.text) == "" {
				l.hidden = true
			}
		}
	}
}
