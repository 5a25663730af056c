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
		entries := tree.Entries
		if tree.GetTruncated() {
			if entries, err = w.alongPath(ctx, e, treeSHA, file.Path); err != nil {
				return err
			}
		}
		if why := misplaced(entries, file.Path); why != "" {
			return &Error{Op: "write " + file.Path, Message: why, permanent: true}
		}
	}
	return nil
}

// alongPath lists the folders of a tree that a path leads through, which is enough to judge it by: of a large repository GitHub
// gives a part of the whole tree only.
// https://docs.github.com/en/rest/git/trees#get-a-tree
func (w writer) alongPath(ctx context.Context, e effect.Effect, treeSHA, name string) ([]*github.TreeEntry, error) {
	var out []*github.TreeEntry
	for dir := ""; treeSHA != ""; {
		tree, _, err := w.c.Git.GetTree(ctx, e.Repository.Owner, e.Repository.Name, treeSHA, false)
		if err != nil {
			return nil, err
		}
		if tree.GetTruncated() {
			return nil, &Error{Op: "write " + name, Message: "its folder " + dir + " holds more files than GitHub lists", permanent: true}
		}
		treeSHA = ""
		for _, entry := range tree.Entries {
			at := path.Join(dir, entry.GetPath())
			if entry.GetType() == "tree" && strings.HasPrefix(name, at+"/") {
				treeSHA = entry.GetSHA()
			}
			entry.Path = &at
			out = append(out, entry)
		}
		rest := strings.TrimPrefix(strings.TrimPrefix(name, dir), "/")
		part, _, deeper := strings.Cut(rest, "/")
		if dir = path.Join(dir, part); !deeper {
			break
		}
	}
	return out, nil
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
