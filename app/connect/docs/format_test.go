package docs

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the readers make of testdata/formats")

// TestFormats reads each archive of testdata/formats as a help center in the folder docs of a repository. The file want, last
// in it, says which sections there are: title, anchor, lines, and their text.
func TestFormats(t *testing.T) {
	archives, err := filepath.Glob("testdata/formats/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, want := map[string]string{}, ""
			for _, f := range archive.Files {
				content := string(f.Data)
				if strings.HasPrefix(f.Name, "docs/crlf") {
					content = "\ufeff" + strings.ReplaceAll(content, "\n", "\r\n")
				}
				files[f.Name] = content
			}
			want = files["want"]
			delete(files, "want")
			cut, err := newSite("docs", files).sections(t.Context(), cutBefore{})
			if err != nil {
				t.Fatal(err)
			}
			sections := cut.sections
			var b strings.Builder
			for _, s := range sections {
				fmt.Fprintf(&b, "%s\n", s.Title())
				place := fmt.Sprintf("%s:%d-%d", s.File, s.StartLine, s.EndLine)
				if s.File != s.Path {
					place = s.Path + " from " + place
				}
				fmt.Fprintf(&b, "  at %s", place)
				if s.Anchor != "" {
					fmt.Fprintf(&b, " #%s", s.Anchor)
				}
				if s.Slug != "" {
					fmt.Fprintf(&b, " slug %s", s.Slug)
				}
				if s.About != "" {
					fmt.Fprintf(&b, " about %q", s.About)
				}
				b.WriteString("\n")
				for l := range strings.SplitSeq(s.Text, "\n") {
					b.WriteString(strings.TrimRight("    "+l, " ") + "\n")
				}
			}
			if *update {
				kept := archive.Files[:0]
				for _, f := range archive.Files {
					if f.Name != "want" {
						kept = append(kept, f)
					}
				}
				archive.Files = append(kept, txtar.File{Name: "want", Data: []byte(b.String())})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if b.String() != want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
		})
	}
}
