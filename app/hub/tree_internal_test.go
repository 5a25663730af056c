package hub

import (
	"strings"
	"testing"

	"github.com/google/go-github/v62/github"
)

func TestAPageIsWrittenOnlyWhereItsPathSays(t *testing.T) {
	entry := func(name, mode, kind string) *github.TreeEntry {
		return &github.TreeEntry{Path: &name, Mode: &mode, Type: &kind}
	}
	tree := []*github.TreeEntry{
		entry("docs", "040000", "tree"), entry("docs/a.md", "100644", "blob"), entry("docs/link.md", "120000", "blob"), entry("docs/elsewhere", "120000", "blob"),
		entry("docs/module", "160000", "commit"), entry("docs/Guide", "040000", "tree"), entry("docs/folder.md", "040000", "tree"), entry("docs/run.md", "100755", "blob"),
	}
	for name, want := range map[string]string{
		"docs/a.md": "", "docs/run.md": "", "docs/new.md": "", "docs/new/folder/x.md": "", "docs/Guide/x.md": "", "README.md": "",
		"docs/link.md": "is a link", "docs/folder.md": "a folder", "docs/elsewhere/x.md": "is no folder", "docs/module/x.md": "is no folder",
		"docs/A.md": "some systems take it for", "docs/guide/x.md": "in other letters", "Docs/new.md": "in other letters", "docs/a.md/x.md": "is no folder",
	} {
		if got := misplaced(tree, name); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
