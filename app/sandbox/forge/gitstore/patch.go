package gitstore

import (
	"strconv"
	"strings"
)

// PatchLine is one line of a FileDiff's Patch. Its index in the list that PatchLines returns is the position by which
// GitHub's API names it: the line below the first hunk header is 1, and further headers count too.
type PatchLine struct {
	Kind     string // add, del, hunk, note or "" for a line that both sides have
	Old, New int    // line numbers; 0 where that side does not have the line
	Text     string // with the sign in front
}

// PatchLines reads a unified diff's hunks.
// https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
func PatchLines(patch string) []PatchLine {
	var out []PatchLine
	was, is := 0, 0
	for line := range strings.SplitSeq(strings.TrimSuffix(patch, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "@@"):
			was, is = hunkStart(line)
			out = append(out, PatchLine{Kind: "hunk", Text: line})
		case len(out) == 0: // no hunk has begun
		case strings.HasPrefix(line, "+"):
			out = append(out, PatchLine{Kind: "add", New: is, Text: line})
			is++
		case strings.HasPrefix(line, "-"):
			out = append(out, PatchLine{Kind: "del", Old: was, Text: line})
			was++
		case strings.HasPrefix(line, `\`):
			out = append(out, PatchLine{Kind: "note", Text: line})
		default:
			out = append(out, PatchLine{Old: was, New: is, Text: line})
			was++
			is++
		}
	}
	return out
}

// hunkStart reads the first line numbers out of "@@ -12,7 +12,9 @@".
func hunkStart(line string) (was, is int) {
	for field := range strings.FieldsSeq(strings.TrimLeft(line, "@")) {
		number, _, _ := strings.Cut(field[1:], ",")
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			n = 0
		}
		switch field[0] {
		case '-':
			was = n
		case '+':
			return was, n
		}
	}
	return was, is
}

// MapLine follows a line of the file at name from one commit to another: where it stands there. Ok is false when the line
// was changed or is gone.
func (s *Store) MapLine(from, to, name string, line int) (now int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, err := s.commit(from)
	if err != nil {
		return 0, false
	}
	after, err := s.commit(to)
	if err != nil {
		return 0, false
	}
	files, err := s.diff(before, after)
	if err != nil {
		return 0, false
	}
	for _, d := range files {
		switch {
		case d.PreviousPath == name, d.Path == name && (d.Status != "modified" || d.Binary):
			return 0, false
		case d.Path == name:
			return mapLine(PatchLines(d.Patch), line)
		}
	}
	return line, true // the file is the same
}

func mapLine(lines []PatchLine, line int) (int, bool) {
	shift, last := 0, 0 // last is the old side's line that was passed last
	for _, l := range lines {
		switch l.Kind {
		case "hunk":
			was, _ := hunkStart(l.Text)
			last = was - 1
		case "add":
			if last < line {
				shift++
			}
		case "del":
			if l.Old == line {
				return 0, false
			}
			if last = l.Old; last < line {
				shift--
			}
		case "":
			if l.Old == line {
				return l.New, true
			}
			last = l.Old
		}
	}
	return line + shift, true
}
