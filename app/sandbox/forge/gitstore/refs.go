package gitstore

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Ref is one reference.
type Ref struct {
	Name string // such as refs/heads/main
	SHA  string
	Type string // commit, tag, tree or blob: what it points at
}

// Refs lists the references whose name starts with prefix, such as refs/heads/, sorted by name; HEAD is left out.
func (s *Store) Refs(prefix string) ([]Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	iter, err := s.st.IterReferences()
	if err != nil {
		return nil, err
	}
	var out []Ref
	err = iter.ForEach(func(r *plumbing.Reference) error {
		if r.Type() == plumbing.HashReference && strings.HasPrefix(r.Name().String(), prefix) {
			out = append(out, s.describe(r))
		}
		return nil
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, err
}

func (s *Store) describe(r *plumbing.Reference) Ref {
	kind := "commit"
	if o, err := s.st.EncodedObject(plumbing.AnyObject, r.Hash()); err == nil {
		kind = o.Type().String()
	}
	return Ref{Name: r.Name().String(), SHA: r.Hash().String(), Type: kind}
}

// Ref returns the reference with this full name, such as refs/heads/main.
func (s *Store) Ref(name string) (Ref, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.reference(plumbing.ReferenceName(name))
	if err != nil {
		return Ref{}, fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	return s.describe(r), nil
}

// CreateRef makes a new reference with a full name. One that is there fails with ErrExists.
func (s *Store) CreateRef(name, sha string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.st.Reference(plumbing.ReferenceName(name)); err == nil {
		return ErrExists
	}
	if s.st.HasEncodedObject(plumbing.NewHash(sha)) != nil {
		return fmt.Errorf("%w: object %s", ErrNotFound, sha)
	}
	return s.st.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), plumbing.NewHash(sha)))
}

// UpdateRef moves a reference. Without force, only forward: else ErrNotForward.
func (s *Store) UpdateRef(name, sha string, force bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.reference(plumbing.ReferenceName(name))
	if err != nil {
		return fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	next, err := object.GetCommit(s.st, plumbing.NewHash(sha))
	if err != nil {
		return fmt.Errorf("%w: commit %s", ErrNotFound, sha)
	}
	if !force {
		before, err := object.GetCommit(s.st, old.Hash())
		if err != nil {
			return err
		}
		if forward, err := before.IsAncestor(next); err != nil || !forward {
			return errors.Join(err, ErrNotForward)
		}
	}
	return s.st.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), next.Hash))
}

// SetRef makes or moves a reference without any check, for refs that GitHub itself keeps (refs/pull/N/head).
func (s *Store) SetRef(name, sha string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), plumbing.NewHash(sha)))
}

// DeleteRef removes a reference.
func (s *Store) DeleteRef(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.reference(plumbing.ReferenceName(name)); err != nil {
		return fmt.Errorf("%w: %s", ErrNotFound, name)
	}
	return s.st.RemoveReference(plumbing.ReferenceName(name))
}
