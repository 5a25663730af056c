package gitstore

import (
	"fmt"

	"github.com/aymanbagabas/go-udiff"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// MergeInput says how head is brought into base.
type MergeInput struct {
	Base, Head        string // a branch's full ref name, and any commit
	Method            string // merge, squash or rebase
	Message           string // of the merge or squash commit
	Author, Committer Signature
}

// Mergeable says whether head can be merged into base without a conflict, and the tree that would come out.
func (s *Store) Mergeable(base, head string) (tree string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.commit(base)
	if err != nil {
		return "", err
	}
	h, err := s.commit(head)
	if err != nil {
		return "", err
	}
	t, err := s.threeWay(b, h)
	return t.String(), err
}

// Merge merges and moves base. Two changes of the same lines fail with ErrConflict and change nothing.
// A rebase keeps the messages and authors of the commits on head.
func (s *Store) Merge(in MergeInput) (sha string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	base, err := s.commit(in.Base)
	if err != nil {
		return "", err
	}
	head, err := s.commit(in.Head)
	if err != nil {
		return "", err
	}
	tip := base.Hash
	switch in.Method {
	case "", "merge", "squash":
		tree, err := s.threeWay(base, head)
		if err != nil {
			return "", err
		}
		c := CommitInput{Message: in.Message, Tree: tree.String(), Parents: []string{base.Hash.String()}, Author: in.Author, Committer: in.Committer}
		if in.Method != "squash" {
			c.Parents = append(c.Parents, head.Hash.String())
		}
		if tip, err = s.putCommit(c); err != nil {
			return "", err
		}
	case "rebase":
		commits, err := only(head, base)
		if err != nil {
			return "", err
		}
		onto := base
		for _, c := range commits {
			picked, err := s.commit(c.SHA)
			if err != nil {
				return "", err
			}
			parent, err := picked.Parent(0)
			if err != nil {
				return "", fmt.Errorf("%w: %s has no parent", ErrConflict, c.SHA)
			}
			tree, err := s.mergeTrees(parent, onto, picked)
			if err != nil {
				return "", err
			}
			tip, err = s.putCommit(CommitInput{Message: c.Message, Tree: tree.String(), Parents: []string{onto.Hash.String()},
				Author: c.Author, Committer: in.Committer})
			if err != nil {
				return "", err
			}
			if onto, err = object.GetCommit(s.st, tip); err != nil {
				return "", err
			}
		}
	default:
		return "", fmt.Errorf("unknown merge method %q (allowed: merge, rebase, squash)", in.Method)
	}
	return tip.String(), s.st.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(in.Base), tip))
}

func (s *Store) threeWay(base, head *object.Commit) (plumbing.Hash, error) {
	bases, err := base.MergeBase(head)
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if len(bases) == 0 {
		return plumbing.ZeroHash, fmt.Errorf("%w: no common ancestor", ErrConflict)
	}
	return s.mergeTrees(bases[0], base, head)
}

func (s *Store) mergeTrees(ancestor, ours, theirs *object.Commit) (plumbing.Hash, error) {
	var sides [3]map[string]leaf
	for i, c := range []*object.Commit{ancestor, ours, theirs} {
		files, err := s.files(c)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		sides[i] = files
	}
	origin, out, their := sides[0], sides[1], sides[2]
	names := map[string]bool{}
	for _, side := range []map[string]leaf{origin, their} {
		for name := range side {
			names[name] = true
		}
	}
	for name := range names {
		o, hadO := origin[name]
		a, hadA := out[name]
		b, hadB := their[name]
		switch {
		case hadB == hadO && b == o, hadA == hadB && a == b: // they left it alone, or both did the same
		case hadA == hadO && a == o:
			if hadB {
				out[name] = b
			} else {
				delete(out, name)
			}
		case hadO && hadA && hadB:
			h, err := s.mergeLines(name, o.hash, a.hash, b.hash)
			if err != nil {
				return plumbing.ZeroHash, err
			}
			out[name] = leaf{a.mode, h}
		default:
			return plumbing.ZeroHash, fmt.Errorf("%w in %s", ErrConflict, name)
		}
	}
	return s.putTree(out)
}

func (s *Store) mergeLines(name string, origin, ours, theirs plumbing.Hash) (plumbing.Hash, error) {
	var text [3]string
	for i, h := range []plumbing.Hash{origin, ours, theirs} {
		content, err := s.blob(h)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		text[i] = string(content)
	}
	edits, ok := udiff.Merge(udiff.Lines(text[0], text[1]), udiff.Lines(text[0], text[2]))
	if !ok {
		return plumbing.ZeroHash, fmt.Errorf("%w in %s", ErrConflict, name)
	}
	merged, err := udiff.Apply(text[0], edits)
	if err != nil {
		return plumbing.ZeroHash, fmt.Errorf("%w in %s", ErrConflict, name)
	}
	return s.putBlob([]byte(merged))
}
