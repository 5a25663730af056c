package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/connect/docs"
	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// The limits of a help center on disk, as for one on GitHub.
const (
	maxPages     = 20_000
	maxPageBytes = 1 << 20
	maxDocsBytes = 256 << 20
)

// helpCenter is a folder of pages.
type helpCenter struct {
	root   string            // its path in its repository: the start of every page's path
	pages  map[string]string // path in the repository to content
	digest string            // of all pages: stands in for a commit
	center *docs.Center

	changelog []tracker.Release
}

// openHelpCenter reads the pages below dir. Their paths begin at the top of the repository, where a docs patch applies: the
// folder repository where it holds dir, else the git working tree that holds dir, else the folder above dir.
func openHelpCenter(ctx context.Context, dir, repository string) (*helpCenter, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(absolute)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, badInput("there is no folder %s", dir)
	}
	if err != nil {
		return nil, input(err)
	}
	if !info.IsDir() {
		return nil, badInput("%s is a file: name the folder with the help center's pages", dir)
	}
	h := &helpCenter{root: rootOf(absolute, repository)}
	top := strings.TrimSuffix(filepath.ToSlash(absolute), h.root) // rootOf is a path below it
	if h.changelog, err = readChangelog(ctx, filepath.FromSlash(top)); err != nil {
		return nil, err
	}
	var others []string
	if h.pages, others, err = readPages(absolute, h.root); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(h.pages)), docs.IsPage) {
		return nil, badInput("%s holds no %s", dir, docs.Endings)
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(h.pages)) {
		_, _ = fmt.Fprintf(sum, "%d:%s%d:%s", len(name), name, len(h.pages[name]), h.pages[name])
	}
	h.digest = hex.EncodeToString(sum.Sum(nil))[:12]
	if h.center, err = docs.Pages(ctx, ticket.Repository{Private: true}, h.digest, h.root, h.pages, func(string) string { return "" }); err != nil {
		return nil, err
	}
	h.center.Know(others)
	return h, nil
}

// rootOf returns the path of a folder below its repository.
func rootOf(absolute, repository string) string {
	if below, err := filepath.Rel(repository, absolute); repository != "" && err == nil && filepath.IsLocal(below) {
		return filepath.ToSlash(below)
	}
	for top := absolute; ; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			if below, err := filepath.Rel(top, absolute); err == nil {
				return filepath.ToSlash(below)
			}
		}
		if top == filepath.Dir(top) {
			return filepath.Base(absolute)
		}
	}
}

// readPages reads a folder's pages, and the names of its other files.
func readPages(absolute, root string) (pages map[string]string, others []string, err error) {
	folder, err := os.OpenRoot(absolute) // a link that leads out of it is not followed
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = folder.Close() }()
	pages = map[string]string{}
	total := 0
	err = fs.WalkDir(folder.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); name != "." && (strings.HasPrefix(base, ".") || base == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		if !docs.IsPage(name) && !docs.IsPart(root, path.Join(root, name)) {
			others = append(others, path.Join(root, name))
			return nil
		}
		f, err := folder.Open(filepath.FromSlash(name))
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		content, err := io.ReadAll(io.LimitReader(f, maxPageBytes+1))
		if err != nil || len(content) > maxPageBytes {
			return err
		}
		if total += len(content); total > maxDocsBytes || len(pages) == maxPages {
			return badInput("%s holds more than %d pages or %d MB: name a smaller folder", absolute, maxPages, maxDocsBytes>>20)
		}
		pages[path.Join(root, name)] = string(content)
		return nil
	})
	return pages, others, err
}

// Docs, Tree, Similar and (in changelog.go) Linked and Releases are the desk's sources of evidence; a ticket from a file has pages and a changelog.

func (h *helpCenter) Docs(ctx context.Context, _ desk.Place, _ string, q evidence.Query) ([]evidence.Item, string, error) {
	if h == nil {
		return nil, "", nil
	}
	items, err := h.center.Search(ctx, q.Words, q.Limit)
	for i, item := range items {
		if items[i].URL = item.Path; item.Anchor != "" {
			items[i].URL += "#" + item.Anchor
		}
	}
	return items, h.digest, err
}

// Repository is the one that the configuration names for the help center: the folder holds its pages.
func (h *helpCenter) Repository(_ context.Context, p desk.Place, owner, name string) (ticket.Repository, error) {
	return ticket.Repository{ID: p.Repository.ID + 1, Owner: owner, Name: name}, nil
}

// OpenPulls knows of none: beside no GitHub nobody has opened any.
func (h *helpCenter) OpenPulls(context.Context, desk.Place) ([]effect.OpenPull, error) {
	return nil, nil
}

// Proposed is asked of none.
func (h *helpCenter) Proposed(context.Context, desk.Place, effect.OpenPull, []string) ([]effect.File, bool, error) {
	return nil, false, nil
}

func (h *helpCenter) Listing(context.Context, desk.Place, string, string) ([]evidence.Listed, error) {
	if h == nil {
		return nil, nil
	}
	return h.center.Listing(), nil
}

func (h *helpCenter) Tree(context.Context, desk.Place, string, string) (map[string]string, error) {
	if h == nil {
		return nil, nil
	}
	return h.center.Tree(), nil
}

func (h *helpCenter) Replay(ctx context.Context, _ desk.Place, _, _ string, changed map[string]string, q evidence.Query) (before, after []evidence.Item, err error) {
	return h.center.Replay(ctx, changed, q.Words, q.Limit)
}

func (h *helpCenter) Similar(context.Context, desk.Place, evidence.Query, string) ([]evidence.Item, error) {
	return nil, nil
}
