package pages

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

func (p *pages) pull(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.showPull(w, r, v, r.URL.Query().Get("edit"), draft{})
}

func (p *pages) showPull(w http.ResponseWriter, r *http.Request, v *view, edit string, again draft) error {
	ref := refOf(r, v)
	data, err := p.conversation(v, ref)
	if err != nil {
		return err
	}
	if data.Issue.Pull == nil {
		return forge.ErrNotFound
	}
	diff, err := p.Forge.Diff(forge.As(v.User), ref)
	if err != nil {
		return err
	}
	v.Tab, data.Diff, data.FilesTab = "pulls", &diff, strings.HasSuffix(r.URL.Path, "/files")
	data.Edit, data.Draft = edit, again
	if data.Mergeable, err = p.Forge.Mergeable(forge.As(v.User), ref); err != nil {
		return err
	}
	v.Data = data
	return p.show(w, v, "pull")
}

func (p *pages) changePull(w http.ResponseWriter, r *http.Request, v *view) error {
	ref, as := refOf(r, v), forge.As(v.User)
	var err error
	switch r.FormValue("do") {
	case "ready", "draft":
		asDraft := r.FormValue("do") == "draft"
		_, err = p.Forge.EditPull(as, ref, forge.PullEdit{Draft: &asDraft})
	case "merge":
		_, err = p.Forge.MergePull(as, ref, forge.MergeOptions{})
	default:
		return p.changeIssue(w, r, v)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther) //nolint:gosec // the page itself; the mux has cleaned its path
	return nil
}

// diffLine is one line of a patch as the diff view shows it.
type diffLine struct {
	Kind     string // add, del, hunk, note or "" for a line that both sides have
	Old, New int    // line numbers; 0 where that side does not have the line
	Text     string
}

// diffLines reads a unified diff's hunks.
// https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
func diffLines(patch string) []diffLine {
	var out []diffLine
	was, is := 0, 0
	for line := range strings.SplitSeq(strings.TrimSuffix(patch, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "@@"):
			was, is = hunkStart(line)
			out = append(out, diffLine{Kind: "hunk", Text: line})
		case strings.HasPrefix(line, "+"):
			out = append(out, diffLine{Kind: "add", New: is, Text: line})
			is++
		case strings.HasPrefix(line, "-"):
			out = append(out, diffLine{Kind: "del", Old: was, Text: line})
			was++
		case strings.HasPrefix(line, `\`):
			out = append(out, diffLine{Kind: "note", Text: line})
		case line != "" || was > 0:
			out = append(out, diffLine{Old: was, New: is, Text: line})
			was++
			is++
		}
	}
	return out
}

// hunkStart reads the first line numbers out of "@@ -12,7 +12,9 @@".
func hunkStart(line string) (was, is int) {
	for _, field := range strings.Fields(line) {
		number, _, _ := strings.Cut(field[1:], ",")
		n, _ := strconv.Atoi(number)
		switch field[0] {
		case '-':
			was = n
		case '+':
			return was, n
		}
	}
	return was, is
}
