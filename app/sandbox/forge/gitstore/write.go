package gitstore

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// Change is what one commit does to one path.
type Change struct {
	Path    string
	Mode    string // six octal digits; "" is 100644, 160000 is refused
	SHA     string // an existing blob (or tree, mode 040000); "" takes Content
	Content []byte
	Delete  bool
}

// CreateBlob stores content and returns its SHA.
func (s *Store) CreateBlob(content []byte) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.putBlob(content)
	return h.String(), err
}

func (s *Store) putBlob(content []byte) (plumbing.Hash, error) {
	o := s.st.NewEncodedObject()
	o.SetType(plumbing.BlobObject)
	w, err := o.Writer()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if _, err := w.Write(content); err != nil {
		return plumbing.ZeroHash, err
	}
	if err := w.Close(); err != nil {
		return plumbing.ZeroHash, err
	}
	return s.put(o)
}

// put stores an object once: a bare repository on disk refuses to write a file that is there already.
func (s *Store) put(o plumbing.EncodedObject) (plumbing.Hash, error) {
	if s.st.HasEncodedObject(o.Hash()) == nil {
		return o.Hash(), nil
	}
	return s.st.SetEncodedObject(o)
}

// CreateTree stores the tree that base (a tree or commit; "" is the empty tree) becomes with these changes, and returns its SHA.
func (s *Store) CreateTree(base string, changes []Change) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.changed(base, changes)
	return h.String(), err
}

type leaf struct {
	mode filemode.FileMode
	hash plumbing.Hash
}

func (s *Store) changed(base string, changes []Change) (plumbing.Hash, error) {
	files := map[string]leaf{}
	if base != "" {
		t, err := s.rootTree(base)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		if files, err = s.flatten(t, ""); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	for _, c := range changes {
		if err := s.apply(files, c); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	return s.putTree(files)
}

func (s *Store) flatten(t *object.Tree, dir string) (map[string]leaf, error) {
	files := map[string]leaf{}
	rows, err := s.list(t, dir, true)
	if err != nil {
		return nil, err
	}
	for _, e := range rows {
		if e.Type == "tree" {
			continue
		}
		mode, err := filemode.New(e.Mode)
		if err != nil {
			return nil, err
		}
		files[e.Path] = leaf{mode, plumbing.NewHash(e.SHA)}
	}
	return files, nil
}

func (s *Store) apply(files map[string]leaf, c Change) error {
	name, err := CleanPath(c.Path)
	if err != nil {
		return err
	}
	if name == "" {
		return fmt.Errorf("%w: empty path", ErrInvalidPath)
	}
	below := func(drop bool) (found bool) {
		for f := range files {
			if f == name || strings.HasPrefix(f, name+"/") {
				found = true
				if drop {
					delete(files, f)
				}
			}
		}
		return found
	}
	if c.Delete {
		if !below(true) {
			return fmt.Errorf("%w: cannot delete %q", ErrNotFound, name)
		}
		return nil
	}
	for parent := path.Dir(name); parent != "."; parent = path.Dir(parent) {
		delete(files, parent) // a file gives way to a folder of the same name
	}
	below(true)
	mode := filemode.Regular
	if c.Mode != "" {
		n, err := strconv.ParseUint(c.Mode, 8, 32)
		mode = filemode.FileMode(n)
		if err != nil || !slices.Contains([]filemode.FileMode{filemode.Regular, filemode.Executable, filemode.Symlink, filemode.Dir}, mode) {
			return fmt.Errorf("%w: mode %q of %q (allowed: 100644, 100755, 120000, 040000)", ErrInvalidPath, c.Mode, name)
		}
	}
	hash := plumbing.NewHash(c.SHA)
	if c.SHA == "" {
		if hash, err = s.putBlob(c.Content); err != nil {
			return err
		}
	}
	if mode == filemode.Dir {
		sub, err := object.GetTree(s.st, hash)
		if err != nil {
			return fmt.Errorf("%w: tree %s", ErrNotFound, c.SHA)
		}
		inner, err := s.flatten(sub, name)
		for f, l := range inner {
			files[f] = l
		}
		return err
	}
	if _, err := object.GetBlob(s.st, hash); err != nil {
		return fmt.Errorf("%w: blob %s", ErrNotFound, c.SHA)
	}
	files[name] = leaf{mode, hash}
	return nil
}

// putTree writes the folder that holds these files, paths relative to it, and every folder below.
func (s *Store) putTree(files map[string]leaf) (plumbing.Hash, error) {
	t := &object.Tree{}
	folders := map[string]map[string]leaf{}
	for name, l := range files {
		if first, rest, ok := strings.Cut(name, "/"); ok {
			if folders[first] == nil {
				folders[first] = map[string]leaf{}
			}
			folders[first][rest] = l
			continue
		}
		t.Entries = append(t.Entries, object.TreeEntry{Name: name, Mode: l.mode, Hash: l.hash})
	}
	for name, inner := range folders {
		h, err := s.putTree(inner)
		if err != nil {
			return plumbing.ZeroHash, err
		}
		t.Entries = append(t.Entries, object.TreeEntry{Name: name, Mode: filemode.Dir, Hash: h})
	}
	sort.Sort(object.TreeEntrySorter(t.Entries))
	o := s.st.NewEncodedObject()
	if err := t.Encode(o); err != nil {
		return plumbing.ZeroHash, err
	}
	return s.put(o)
}

// CommitInput is one commit to be made.
type CommitInput struct {
	Message           string
	Tree              string // SHA of a tree
	Parents           []string
	Author, Committer Signature
}

// CreateCommit stores a commit without moving any branch, and returns its SHA.
func (s *Store) CreateCommit(in CommitInput) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, err := s.putCommit(in)
	return h.String(), err
}

func (s *Store) putCommit(in CommitInput) (plumbing.Hash, error) {
	if _, err := object.GetTree(s.st, plumbing.NewHash(in.Tree)); err != nil {
		return plumbing.ZeroHash, fmt.Errorf("%w: tree %s", ErrNotFound, in.Tree)
	}
	c := &object.Commit{Message: in.Message, TreeHash: plumbing.NewHash(in.Tree), Author: signature(in.Author), Committer: signature(in.Committer)}
	for _, p := range in.Parents {
		if _, err := object.GetCommit(s.st, plumbing.NewHash(p)); err != nil {
			return plumbing.ZeroHash, fmt.Errorf("%w: parent %s", ErrNotFound, p)
		}
		c.ParentHashes = append(c.ParentHashes, plumbing.NewHash(p))
	}
	o := s.st.NewEncodedObject()
	if err := c.Encode(o); err != nil {
		return plumbing.ZeroHash, err
	}
	return s.put(o)
}

func signature(s Signature) object.Signature {
	return object.Signature{Name: s.Name, Email: s.Email, When: s.When}
}

// Commit puts one commit with these changes on top of branch (made when there is none) and returns its SHA.
func (s *Store) Commit(branch, message string, who Signature, changes []Change) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := plumbing.NewBranchReferenceName(branch)
	in := CommitInput{Message: message, Author: who, Committer: who}
	base := ""
	if r, err := s.reference(name); err == nil {
		base = r.Hash().String()
		in.Parents = []string{base}
	}
	tree, err := s.changed(base, changes)
	if err != nil {
		return "", err
	}
	in.Tree = tree.String()
	h, err := s.putCommit(in)
	if err != nil {
		return "", err
	}
	return h.String(), s.st.SetReference(plumbing.NewHashReference(name, h))
}
