// Package gitstore keeps one repository's real git objects, in memory or in a bare repository on disk, and answers what
// GitHub answers from them: files, trees, commits, comparisons, merges, archives, and the smart HTTP protocol for git clone.
// It knows nothing of users or issues.
package gitstore

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/memory"
)

// What a caller can test for with errors.Is.
var (
	ErrNotFound    = errors.New("no such ref, path or object")
	ErrExists      = errors.New("reference already exists")
	ErrNotForward  = errors.New("update is not a fast forward")
	ErrConflict    = errors.New("merge conflict")
	ErrInvalidPath = errors.New("invalid path")
)

// Signature says who made a commit and when.
type Signature struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	When  time.Time `json:"date"`
}

// Store is one repository. All methods may be called at the same time.
type Store struct {
	mu sync.Mutex // go-git's storers are not safe for concurrent use, not even for reads
	st storage.Storer
}

// InMemory returns an empty repository that lives as long as the process. HEAD points at branch.
func InMemory(branch string) (*Store, error) { return open(memory.NewStorage(), branch) }

// Open returns the bare repository in dir, made empty when there is none. HEAD is left as it is, or points at branch when new.
func Open(dir, branch string) (*Store, error) {
	return open(filesystem.NewStorage(osfs.New(dir), cache.NewObjectLRUDefault()), branch)
}

func open(st storage.Storer, branch string) (*Store, error) {
	if initializer, ok := st.(interface{ Init() error }); ok {
		if err := initializer.Init(); err != nil {
			return nil, fmt.Errorf("prepare git repository: %w", err)
		}
	}
	if _, err := st.Reference(plumbing.HEAD); errors.Is(err, plumbing.ErrReferenceNotFound) {
		head := plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.NewBranchReferenceName(branch))
		if err := st.SetReference(head); err != nil {
			return nil, fmt.Errorf("set HEAD: %w", err)
		}
	}
	return &Store{st: st}, nil
}

// Resolve turns a commit SHA (whole, or at least seven digits of it), branch, tag, full ref name or "HEAD" into a commit's SHA.
func (s *Store) Resolve(ref string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.commit(ref)
	if err != nil {
		return "", err
	}
	return c.Hash.String(), nil
}

func (s *Store) commit(ref string) (*object.Commit, error) {
	hash, err := s.resolve(ref)
	if err != nil {
		return nil, err
	}
	if tag, err := object.GetTag(s.st, hash); err == nil {
		hash = tag.Target
	}
	c, err := object.GetCommit(s.st, hash)
	if err != nil {
		return nil, fmt.Errorf("%w: commit %q", ErrNotFound, ref)
	}
	return c, nil
}

func (s *Store) resolve(ref string) (plumbing.Hash, error) {
	if ref == "" {
		ref = "HEAD"
	}
	for _, name := range []string{ref, "refs/" + ref, "refs/heads/" + ref, "refs/tags/" + ref} {
		if r, err := s.reference(plumbing.ReferenceName(name)); err == nil {
			return r.Hash(), nil
		}
	}
	if plumbing.IsHash(ref) {
		return plumbing.NewHash(ref), nil
	}
	if len(ref) >= 7 && len(ref) < 40 && strings.Trim(ref, "0123456789abcdef") == "" {
		return s.abbreviated(ref)
	}
	return plumbing.ZeroHash, fmt.Errorf("%w: %q", ErrNotFound, ref)
}

func (s *Store) reference(name plumbing.ReferenceName) (*plumbing.Reference, error) {
	for range 5 { // HEAD points at a branch; a longer chain is a broken repository
		r, err := s.st.Reference(name)
		if err != nil {
			return nil, err
		}
		if r.Type() == plumbing.HashReference {
			return r, nil
		}
		name = r.Target()
	}
	return nil, plumbing.ErrReferenceNotFound
}

func (s *Store) abbreviated(prefix string) (plumbing.Hash, error) {
	found := plumbing.ZeroHash
	iter, err := s.st.IterEncodedObjects(plumbing.CommitObject)
	if err != nil {
		return found, err
	}
	err = iter.ForEach(func(o plumbing.EncodedObject) error {
		if strings.HasPrefix(o.Hash().String(), prefix) {
			if !found.IsZero() {
				return fmt.Errorf("%w: %q is ambiguous", ErrNotFound, prefix)
			}
			found = o.Hash()
		}
		return nil
	})
	if err == nil && found.IsZero() {
		err = fmt.Errorf("%w: %q", ErrNotFound, prefix)
	}
	return found, err
}

// CleanPath checks a path inside a repository and returns it without a leading or trailing slash. What git refuses
// ("..", ".git", empty parts, NUL) fails with ErrInvalidPath.
func CleanPath(p string) (string, error) {
	p = strings.Trim(p, "/")
	if p == "" {
		return "", nil
	}
	if path.Clean(p) != p || strings.ContainsRune(p, 0) {
		return "", fmt.Errorf("%w: %q", ErrInvalidPath, p)
	}
	for part := range strings.SplitSeq(p, "/") {
		if part == ".." || part == "." || strings.EqualFold(part, ".git") {
			return "", fmt.Errorf("%w: %q", ErrInvalidPath, p)
		}
	}
	return p, nil
}

// Entry is one row of a tree.
type Entry struct {
	Path string // from the root of the repository
	Mode string // six octal digits, as git writes them
	Type string // blob, tree, commit
	SHA  string
	Size int64 // of a blob
}

// Tree lists the folder at dir ("" is the root) as it stands at ref, with everything below it when recursive, folders before
// what they hold. A path that is a file, or is not there, gives ErrNotFound.
func (s *Store) Tree(ref, dir string, recursive bool) (sha string, entries []Entry, err error) {
	dir, err = CleanPath(dir)
	if err != nil {
		return "", nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.rootTree(ref)
	if err != nil {
		return "", nil, err
	}
	if dir != "" {
		if t, err = t.Tree(dir); err != nil {
			return "", nil, fmt.Errorf("%w: folder %q", ErrNotFound, dir)
		}
	}
	entries, err = s.list(t, dir, recursive)
	return t.Hash.String(), entries, err
}

// rootTree accepts a commit's name or a tree's own SHA, as GitHub does.
func (s *Store) rootTree(ref string) (*object.Tree, error) {
	if plumbing.IsHash(ref) {
		if t, err := object.GetTree(s.st, plumbing.NewHash(ref)); err == nil {
			return t, nil
		}
	}
	c, err := s.commit(ref)
	if err != nil {
		return nil, err
	}
	return object.GetTree(s.st, c.TreeHash)
}

func (s *Store) list(t *object.Tree, dir string, recursive bool) ([]Entry, error) {
	var out []Entry
	for _, e := range t.Entries {
		entry := Entry{Path: path.Join(dir, e.Name), Mode: fmt.Sprintf("%06o", uint32(e.Mode)), Type: "blob", SHA: e.Hash.String()}
		switch e.Mode {
		case filemode.Dir:
			entry.Type = "tree"
		case filemode.Submodule:
			entry.Type = "commit"
		default:
			size, err := s.st.EncodedObjectSize(e.Hash)
			if err != nil {
				return nil, fmt.Errorf("size of %s: %w", entry.Path, err)
			}
			entry.Size = size
		}
		out = append(out, entry)
		if recursive && e.Mode == filemode.Dir {
			sub, err := object.GetTree(s.st, e.Hash)
			if err != nil {
				return nil, fmt.Errorf("read tree %s: %w", entry.Path, err)
			}
			below, err := s.list(sub, entry.Path, true)
			if err != nil {
				return nil, err
			}
			out = append(out, below...)
		}
	}
	return out, nil
}

// ReadFile returns the bytes of the file at name as they stand at ref, and the blob's SHA.
func (s *Store) ReadFile(ref, name string) (content []byte, sha string, err error) {
	if name, err = CleanPath(name); err != nil {
		return nil, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.rootTree(ref)
	if err != nil {
		return nil, "", err
	}
	e, err := t.FindEntry(name)
	if err != nil || e.Mode == filemode.Dir || e.Mode == filemode.Submodule {
		return nil, "", fmt.Errorf("%w: file %q", ErrNotFound, name)
	}
	content, err = s.blob(e.Hash)
	return content, e.Hash.String(), err
}

// Blob returns the bytes of the blob with this SHA.
func (s *Store) Blob(sha string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.blob(plumbing.NewHash(sha))
}

func (s *Store) blob(h plumbing.Hash) ([]byte, error) {
	b, err := object.GetBlob(s.st, h)
	if err != nil {
		return nil, fmt.Errorf("%w: blob %s", ErrNotFound, h)
	}
	r, err := b.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
