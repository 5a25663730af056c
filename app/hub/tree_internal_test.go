package hub

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
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

// Of a large repository GitHub lists a part of the whole tree only, which says nothing about a page that is not in it.
func TestThePathOfAPageIsLookedUpWhereTheTreeIsTooLarge(t *testing.T) {
	trees := map[string]string{
		"root": `{"path":"a.txt","type":"blob","mode":"100644","sha":"1"},{"path":"docs","type":"tree","mode":"040000","sha":"docs"}`,
		"docs": `{"path":"linked.md","type":"blob","mode":"120000","sha":"2"},{"path":"api","type":"tree","mode":"040000","sha":"api"},{"path":"Guide","type":"tree","mode":"040000","sha":"g"}`,
		"api":  `{"path":"tokens.md","type":"blob","mode":"100644","sha":"3"}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		sha := path.Base(r.URL.Path)
		whole := r.URL.Query().Get("recursive") != ""
		_, _ = fmt.Fprintf(rw, `{"sha":%q,"truncated":%t,"tree":[%s]}`, sha, whole, map[bool]string{true: "", false: trees[sha]}[whole])
	}))
	defer server.Close()
	client, err := github.NewClient(nil).WithEnterpriseURLs(server.URL, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, refused := range map[string]bool{"docs/api/tokens.md": false, "docs/api/new.md": false, "docs/new/new.md": false, "docs/linked.md": true,
		"docs/guide/a.md": true, "docs/api/Tokens.md": true, "a.txt/b.md": true} {
		e := effect.Effect{Pull: &effect.Pull{Files: []effect.File{{Path: name}}}}
		if err := (writer{c: client}).checkTree(t.Context(), e, "root"); (err != nil) != refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}
