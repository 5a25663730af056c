package hub

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/google/go-github/v62/github"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/effect"
)

// checkTree refuses files that would not come to lie where their paths say: a link or a submodule in the place of the page or
// of a folder above it, or another spelling of a path that some file systems take for the same.
func (w writer) checkTree(ctx context.Context, e effect.Effect, treeSHA string) error {
	tree, _, err := w.c.Git.GetTree(ctx, e.Repository.Owner, e.Repository.Name, treeSHA, true)
	if err != nil {
		return err
	}
	for _, file := range e.Pull.Files {
		if why := misplaced(tree.Entries, file.Path); why != "" {
			return &Error{Op: "write " + file.Path, Message: why, permanent: true}
		}
	}
	return nil
}

// misplaced says why a page may not be written at a path of a tree; "" when it may.
func misplaced(entries []*github.TreeEntry, name string) string {
	above := map[string]bool{}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		above[dir] = true
	}
	folded := foldPath(name)
	for _, entry := range entries {
		at := entry.GetPath()
		switch {
		case at == name && (entry.GetType() != "blob" || entry.GetMode() != "100644" && entry.GetMode() != "100755"):
			return fmt.Sprintf("%s is a link, a submodule or a folder there, and OiOi writes pages only", at)
		case above[at] && entry.GetType() != "tree":
			return fmt.Sprintf("%s is no folder there but a link, a submodule or a file", at)
		case at != name && foldPath(at) == folded:
			return fmt.Sprintf("%s is there already, and some systems take it for %s", at, name)
		case strings.HasPrefix(folded, foldPath(at)+"/") && !above[at]:
			return fmt.Sprintf("the folder %s is there already in other letters than in %s", at, name)
		}
	}
	return ""
}

func foldPath(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFD.String(name))) }
