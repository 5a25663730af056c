// Package docs reads a help center: it takes a repository's pages at a commit in one call, cuts them into sections, and
// finds the sections that speak about a ticket.
package docs

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/app/connect/index"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Center is a help center at one commit.
type Center struct {
	Commit   string
	Root     string
	pages    map[string]string // path in the repository to content
	others   []string          // paths of files that are not read
	sections []Section
	cut      cutBefore  // for the center that follows this one
	hubs     []bool     // sections that are lists of links
	mentions [][]string // of each section, the lines elsewhere that link to it
	index    *index.Index
	mu       sync.Mutex
	keys     map[int][]map[string]bool // by section, of those that were compared last
	readers  sync.Pool                 // of *words.Analyzer, which know the center's words after a while
	link     func(path string) string  // a page's permalink
	private  bool
}

// The limits of what is read: more than the largest help centers we know, and little enough for a small machine.
const (
	maxPages     = 20_000
	maxOthers    = 100_000
	maxPageBytes = 1 << 20
	maxAllBytes  = 256 << 20
)

// Pages builds a center from its files: pages, and what they include or what says how they are built.
func Pages(ctx context.Context, repo ticket.Repository, commit, root string, pages map[string]string, link func(string) string) (*Center, error) {
	return (&Center{index: new(index.Index)}).next(ctx, repo, commit, root, pages, link)
}

// next builds a center of which most may be as in this one: only pages that differ are read. It says the same as one that Pages
// builds.
func (c *Center) next(ctx context.Context, repo ticket.Repository, commit, root string, pages map[string]string, link func(string) string) (*Center, error) {
	center := &Center{Commit: commit, Root: root, pages: pages, link: link, private: repo.Private}
	var err error
	if center.cut, err = newSite(root, pages).sections(ctx, c.cut); err != nil {
		return nil, err
	}
	center.sections = center.cut.sections
	var entries []index.Entry
	entries, center.mentions, center.hubs = center.entries()
	center.index, err = c.index.Next(ctx, entries)
	return center, err
}

// Tree returns the files of the repository by path: pages and what belongs to them, and with "" as content those that are
// known by name only.
func (c *Center) Tree() map[string]string {
	tree := maps.Clone(c.pages)
	for _, name := range c.others {
		tree[name] = ""
	}
	return tree
}

// Listing returns the pages that readers see, each once, as they stand in the help center.
func (c *Center) Listing() []evidence.Listed {
	var out []evidence.Listed
	for _, s := range c.sections {
		if n := len(out); n == 0 || out[n-1].Path != s.Path {
			out = append(out, evidence.Listed{Path: s.Path, Title: s.PageTitle})
		}
	}
	return out
}

// Know adds files of the repository that are no pages, so that a link to one is known to lead somewhere. Call it before the
// center is used.
func (c *Center) Know(names []string) { c.others = names }

// With returns the help center as it would be with some pages changed or added.
func (c *Center) With(ctx context.Context, changed map[string]string) (*Center, error) {
	pages := maps.Clone(c.pages)
	maps.Copy(pages, changed)
	return c.next(ctx, ticket.Repository{Private: c.private}, c.Commit, c.Root, pages, c.link)
}

// Len returns how many pages and sections there are.
func (c *Center) Len() (pages, sections int) {
	for name := range c.pages {
		if IsPage(name) {
			pages++
		}
	}
	return pages, len(c.sections)
}

// Replay searches the pages as they are and with some changed.
func (c *Center) Replay(ctx context.Context, changed map[string]string, words string, limit int) (before, after []evidence.Item, err error) {
	if before, err = c.Search(ctx, words, limit); err != nil {
		return nil, nil, err
	}
	patched, err := c.With(ctx, changed)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = patched.index.Close() }()
	after, err = patched.Search(ctx, words, limit)
	return before, after, err
}

func (c *Center) permalink(s Section) string {
	link := c.link(s.File)
	if link == "" {
		return ""
	}
	// GitHub shows line anchors of rendered files only in the plain view.
	return fmt.Sprintf("%s?plain=1#L%d-L%d", link, s.StartLine, s.EndLine)
}

// Blob returns the function that makes permalinks to a repository's files at a commit.
func Blob(webURL string, repo ticket.Repository, commit string) func(string) string {
	base := strings.TrimSuffix(webURL, "/") + "/" + repo.FullName() + "/blob/" + commit + "/"
	return func(name string) string { return base + (&url.URL{Path: name}).EscapedPath() }
}

// Archiver hands out repositories.
type Archiver interface {
	Head(ctx context.Context, installationID int64, repo ticket.Repository, branch string) (commit string, err error)
	Archive(ctx context.Context, installationID int64, repo ticket.Repository, commit string) (io.ReadCloser, error)
}

// Library keeps the newest help centers, so that a second ticket of the same commit reads nothing again.
type Library struct {
	From   Archiver
	WebURL string

	mu      sync.Mutex
	centers map[string]*Center // by repository id, root and commit
	order   []string
}

const keep = 8

// Center returns the help center of the repository's default branch as it stands now.
func (l *Library) Center(ctx context.Context, installationID int64, repo ticket.Repository, root string) (*Center, error) {
	commit, err := l.From.Head(ctx, installationID, repo, repo.DefaultBranch)
	if err != nil {
		return nil, err
	}
	return l.At(ctx, installationID, repo, root, commit)
}

// At returns the help center at a commit.
func (l *Library) At(ctx context.Context, installationID int64, repo ticket.Repository, root, commit string) (*Center, error) {
	key := homeOf(repo, root) + commit
	l.mu.Lock()
	center, ok := l.centers[key]
	l.mu.Unlock()
	if ok {
		return center, nil
	}
	archive, err := l.From.Archive(ctx, installationID, repo, commit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = archive.Close() }()
	pages, others, err := untar(archive, root)
	if err != nil {
		return nil, fmt.Errorf("read the help center of %s: %w", repo.FullName(), err)
	}
	if center, err = l.before(repo, root).next(ctx, repo, commit, root, pages, Blob(l.WebURL, repo, commit)); err != nil {
		return nil, err
	}
	center.Know(others)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.centers == nil {
		l.centers = map[string]*Center{}
	}
	if known, ok := l.centers[key]; ok {
		return known, nil
	}
	l.centers[key] = center
	if l.order = append(l.order, key); len(l.order) > keep {
		// Not closed: a search may still be under way. Its memory goes with the last user.
		delete(l.centers, l.order[0])
		l.order = l.order[1:]
	}
	return center, nil
}

// homeOf names a help center, whatever the commit.
func homeOf(repo ticket.Repository, root string) string {
	return fmt.Sprintf("%d %t %q ", repo.ID, repo.Private, root)
}

// before returns the newest center of the same help center, or an empty one. Nothing ever goes from one repository to another.
func (l *Library) before(repo ticket.Repository, root string) *Center {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range slices.Backward(l.order) {
		if strings.HasPrefix(key, homeOf(repo, root)) {
			return l.centers[key]
		}
	}
	return &Center{index: new(index.Index)}
}

// untar reads the pages below root from GitHub's archive, whose entries all stand in one folder, and the names of the other files.
func untar(r io.Reader, root string) (pages map[string]string, others []string, err error) {
	zipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, nil, brokenOff{err}
	}
	pages = map[string]string{}
	total := int64(0)
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return pages, others, nil
		}
		if err != nil {
			return nil, nil, brokenOff{err}
		}
		_, name, inside := strings.Cut(header.Name, "/")
		if !inside || header.Typeflag != tar.TypeReg {
			continue
		}
		if !within(root, name) || header.Size > maxPageBytes {
			if len(others) < maxOthers {
				others = append(others, name)
			}
			continue
		}
		if total += header.Size; total > maxAllBytes || len(pages) == maxPages {
			return nil, nil, fmt.Errorf("the folder %s holds more than %d pages or %d MB; name a smaller one in docs.root of .github/oioi.yml", root, maxPages, maxAllBytes>>20)
		}
		content, err := io.ReadAll(io.LimitReader(archive, maxPageBytes+1))
		if err != nil {
			return nil, nil, brokenOff{err}
		}
		pages[name] = string(content)
	}
}

// brokenOff is an archive that was cut off on its way, or is none at all: a proxy's page, say. Asked for again, it is whole.
type brokenOff struct{ cause error }

func (e brokenOff) Error() string { return "the archive did not arrive whole: " + e.cause.Error() }
func (e brokenOff) Unwrap() error { return e.cause }

// Permanent reports whether trying again cannot help.
func (brokenOff) Permanent() bool { return false }

func within(root, name string) bool {
	return path.Clean(name) == name && (IsPage(name) && inside(root, name) || IsPart(root, name))
}
