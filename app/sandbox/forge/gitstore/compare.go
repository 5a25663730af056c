package gitstore

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// CommitInfo is one commit as it is stored.
type CommitInfo struct {
	SHA, Tree, Message string
	Parents            []string
	Author, Committer  Signature
}

func info(c *object.Commit) CommitInfo {
	out := CommitInfo{SHA: c.Hash.String(), Tree: c.TreeHash.String(), Message: c.Message,
		Author:    Signature{c.Author.Name, c.Author.Email, c.Author.When},
		Committer: Signature{c.Committer.Name, c.Committer.Email, c.Committer.When}}
	for _, p := range c.ParentHashes {
		out.Parents = append(out.Parents, p.String())
	}
	return out
}

// CommitInfo returns the commit that ref names.
func (s *Store) CommitInfo(ref string) (CommitInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.commit(ref)
	if err != nil {
		return CommitInfo{}, err
	}
	return info(c), nil
}

// Log returns the commits reachable from ref, newest first, at most limit (0 is all), only those that changed the file or
// folder at name when one is given.
func (s *Store) Log(ref, name string, limit int) ([]CommitInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.commit(ref)
	if err != nil {
		return nil, err
	}
	at := func(c *object.Commit) (h plumbing.Hash) {
		if t, err := c.Tree(); err == nil {
			if e, err := t.FindEntry(name); err == nil {
				h = e.Hash
			}
		}
		return h
	}
	var out []CommitInfo
	stop := errors.New("enough")
	err = object.NewCommitIterCTime(c, nil, nil).ForEach(func(c *object.Commit) error {
		if name != "" {
			before := plumbing.ZeroHash
			if parent, err := c.Parent(0); err == nil {
				before = at(parent)
			}
			if at(c) == before {
				return nil
			}
		}
		out = append(out, info(c))
		if limit > 0 && len(out) == limit {
			return stop
		}
		return nil
	})
	if errors.Is(err, stop) {
		err = nil
	}
	return out, err
}

// FileDiff is one file of a comparison.
type FileDiff struct {
	Path, PreviousPath   string
	Status               string // added, removed, modified, renamed
	SHA                  string // the blob after the change, before it when removed
	Additions, Deletions int
	Patch                string // unified hunks without file headers; empty when binary or a pure rename
	Binary               bool
}

// Comparison is what separates two commits, as GitHub's three-dot comparison shows it: from their merge base to head.
type Comparison struct {
	MergeBase, Base, Head string
	Ahead                 []CommitInfo // on head only, oldest first
	Behind                int          // on base only
	Files                 []FileDiff
}

// Compare compares base with head.
func (s *Store) Compare(base, head string) (Comparison, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.commit(base)
	if err != nil {
		return Comparison{}, err
	}
	h, err := s.commit(head)
	if err != nil {
		return Comparison{}, err
	}
	out := Comparison{Base: b.Hash.String(), Head: h.Hash.String()}
	ahead, err := only(h, b)
	if err != nil {
		return out, err
	}
	behind, err := only(b, h)
	if err != nil {
		return out, err
	}
	out.Ahead, out.Behind = ahead, len(behind)
	bases, err := b.MergeBase(h)
	if err != nil {
		return out, err
	}
	if len(bases) == 0 {
		return out, fmt.Errorf("%w: no common ancestor of %s and %s", ErrNotFound, base, head)
	}
	out.MergeBase = bases[0].Hash.String()
	out.Files, err = s.diff(bases[0], h)
	return out, err
}

// only lists the commits that c reaches and not does not, oldest first.
func only(c, not *object.Commit) ([]CommitInfo, error) {
	seen := map[plumbing.Hash]bool{}
	if err := object.NewCommitPreorderIter(not, nil, nil).ForEach(func(c *object.Commit) error {
		seen[c.Hash] = true
		return nil
	}); err != nil {
		return nil, err
	}
	var out []CommitInfo
	err := object.NewCommitPreorderIter(c, seen, nil).ForEach(func(c *object.Commit) error {
		out = append([]CommitInfo{info(c)}, out...)
		return nil
	})
	return out, err
}

// CommitFiles returns what a commit changed against its first parent, or against nothing when it has none.
func (s *Store) CommitFiles(ref string) ([]FileDiff, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.commit(ref)
	if err != nil {
		return nil, err
	}
	parent, err := c.Parent(0)
	if err != nil {
		parent = nil
	}
	return s.diff(parent, c)
}

func (s *Store) files(c *object.Commit) (map[string]leaf, error) {
	if c == nil {
		return map[string]leaf{}, nil
	}
	t, err := object.GetTree(s.st, c.TreeHash)
	if err != nil {
		return nil, err
	}
	return s.flatten(t, "")
}

func (s *Store) diff(before, after *object.Commit) ([]FileDiff, error) {
	old, err := s.files(before)
	if err != nil {
		return nil, err
	}
	now, err := s.files(after)
	if err != nil {
		return nil, err
	}
	gone := map[plumbing.Hash][]string{}
	for name, l := range old {
		if _, ok := now[name]; !ok {
			gone[l.hash] = append(gone[l.hash], name)
		}
	}
	for _, names := range gone {
		sort.Strings(names)
	}
	added := make([]string, 0, len(now))
	for name := range now {
		added = append(added, name)
	}
	sort.Strings(added)
	var out []FileDiff
	renamed := map[string]bool{}
	for _, name := range added {
		l := now[name]
		was, ok := old[name]
		switch {
		case ok && was == l:
			continue
		case ok:
			d, err := s.fileDiff(name, "modified", was.hash, l.hash)
			if err != nil {
				return nil, err
			}
			out = append(out, d)
		case len(gone[l.hash]) > 0:
			from := gone[l.hash][0]
			gone[l.hash] = gone[l.hash][1:]
			renamed[from] = true
			out = append(out, FileDiff{Path: name, PreviousPath: from, Status: "renamed", SHA: l.hash.String()})
		default:
			d, err := s.fileDiff(name, "added", plumbing.ZeroHash, l.hash)
			if err != nil {
				return nil, err
			}
			out = append(out, d)
		}
	}
	for name, l := range old {
		if _, ok := now[name]; ok || renamed[name] {
			continue
		}
		d, err := s.fileDiff(name, "removed", l.hash, plumbing.ZeroHash)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out, nil
}

func (s *Store) fileDiff(name, status string, before, after plumbing.Hash) (FileDiff, error) {
	d := FileDiff{Path: name, Status: status, SHA: after.String()}
	if after.IsZero() {
		d.SHA = before.String()
	}
	var text [2][]byte
	for i, h := range []plumbing.Hash{before, after} {
		if h.IsZero() {
			continue
		}
		content, err := s.blob(h)
		if err != nil {
			return d, err
		}
		text[i] = content
		d.Binary = d.Binary || bytes.IndexByte(content, 0) >= 0 || !utf8.Valid(content)
	}
	if d.Binary {
		return d, nil
	}
	patch := udiff.Unified("a/"+name, "b/"+name, string(text[0]), string(text[1]))
	if at := strings.Index(patch, "@@ "); at >= 0 {
		d.Patch = strings.TrimSuffix(patch[at:], "\n")
	}
	for line := range strings.SplitSeq(d.Patch, "\n") {
		switch {
		case strings.HasPrefix(line, "+"):
			d.Additions++
		case strings.HasPrefix(line, "-"):
			d.Deletions++
		}
	}
	return d, nil
}
