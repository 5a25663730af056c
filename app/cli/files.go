package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff"

	"github.com/oioi-app/oioi/workflow/effect"
)

// The files of --out.
const (
	fileReply     = "reply.md"
	filePlan      = "plan.md"
	fileChecks    = "checks.md"
	fileDraft     = "draft.md"
	filePatch     = "docs.patch"
	dirFollowUps  = "follow-ups"
	fileMode      = 0o644
	directoryMode = 0o755
)

var followUpName = regexp.MustCompile(`^[0-9]+(-[a-z0-9-]*)?\.md$`)

// writeFiles writes the result below dir and returns the names of the files. What an earlier run wrote there and this one
// does not is removed; other files stay.
func (r result) writeFiles(dir string) ([]string, error) {
	if err := os.MkdirAll(filepath.Join(dir, dirFollowUps), directoryMode); err != nil {
		return nil, err
	}
	old, err := os.ReadDir(filepath.Join(dir, dirFollowUps))
	if err != nil {
		return nil, err
	}
	for _, entry := range old {
		if followUpName.MatchString(entry.Name()) {
			if err := os.Remove(filepath.Join(dir, dirFollowUps, entry.Name())); err != nil {
				return nil, err
			}
		}
	}
	reply := r.reply()
	if reply == "" {
		reply = r.noReply()
	}
	files := []struct{ name, content string }{
		{fileReply, reply + "\n"}, {filePlan, r.planMarkdown()}, {fileChecks, r.checksMarkdown()},
	}
	for i, issue := range r.issues() {
		files = append(files, struct{ name, content string }{followUpFile(i+1, issue.Title), "# " + issue.Title + "\n\n" + strings.TrimSpace(strings.ReplaceAll(issue.Body, issue.Marker, "")) + "\n"})
	}
	files = append(files, struct{ name, content string }{filePatch, patch(r.pull())}, struct{ name, content string }{fileDraft, r.draft()})
	var written []string
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.name))
		if f.content == "" {
			if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
				return nil, err
			}
			continue
		}
		if err := os.WriteFile(name, []byte(f.content), fileMode); err != nil {
			return nil, err
		}
		written = append(written, name)
	}
	return written, nil
}

func followUpFile(number int, title string) string {
	return strings.TrimSuffix(fmt.Sprintf("%s/%d-%s", dirFollowUps, number, slug(title)), "-") + ".md"
}

// patch is a docs pull request as `git apply` takes it, at the top of the repository; "" where there is none.
func patch(pull *effect.Pull) string {
	if pull == nil {
		return ""
	}
	var b strings.Builder
	for _, f := range pull.Files {
		from, to := "a/"+f.Path, "b/"+f.Path
		fmt.Fprintf(&b, "diff --git %s %s\n", quoted(from), quoted(to))
		if f.Old == "" {
			b.WriteString("new file mode 100644\n")
			from = "/dev/null"
		}
		b.WriteString(udiff.Unified(quoted(from), quoted(to), f.Old, f.New))
	}
	return b.String()
}

// quoted writes a path as git does: in quotes, in octal, where it holds anything but plain characters.
func quoted(name string) string {
	plain := true
	var b strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c == '"' || c == '\\':
			plain = false
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			plain = false
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	if plain {
		return name
	}
	return `"` + b.String() + `"`
}

// slug makes a short file name of a title.
func slug(title string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(title) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case unicode.IsSpace(c) || unicode.IsPunct(c):
			if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
				b.WriteByte('-')
			}
		}
		if b.Len() >= 40 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
