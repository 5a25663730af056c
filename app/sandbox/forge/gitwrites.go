package forge

import (
	"cmp"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

// gitWrite runs do on a repository that the actor may push to.
func (f *Forge) gitWrite(a Actor, repo string, do func(*Repo, *gitstore.Store) error) error {
	f.mu.Lock()
	defer f.end()
	r, err := f.see(a, repo)
	if err != nil {
		return err
	}
	if err := f.may(a, r, "contents", Write); err != nil {
		return err
	}
	return fromGit(do(r, f.git[r.ID]))
}

// CreateBlob stores a file's bytes and returns their SHA.
func (f *Forge) CreateBlob(a Actor, repo string, content []byte) (sha string, err error) {
	err = f.gitWrite(a, repo, func(_ *Repo, g *gitstore.Store) error {
		sha, err = g.CreateBlob(content)
		return err
	})
	return sha, err
}

// CreateTree stores the tree that base ("" is the empty one) becomes with these changes and returns its SHA.
func (f *Forge) CreateTree(a Actor, repo, base string, changes []gitstore.Change) (sha string, err error) {
	err = f.gitWrite(a, repo, func(_ *Repo, g *gitstore.Store) error {
		sha, err = g.CreateTree(base, changes)
		return err
	})
	return sha, err
}

// CreateCommit stores a commit and returns its SHA. Without an author it is the actor's, now.
func (f *Forge) CreateCommit(a Actor, repo string, in gitstore.CommitInput) (sha string, err error) {
	err = f.gitWrite(a, repo, func(_ *Repo, g *gitstore.Store) error {
		f.sign(a, &in)
		sha, err = g.CreateCommit(in)
		return err
	})
	return sha, err
}

func (f *Forge) sign(a Actor, in *gitstore.CommitInput) {
	self := f.signature(a.Login, f.now())
	if in.Author.Name == "" {
		in.Author = self
	}
	if in.Author.When.IsZero() {
		in.Author.When = self.When
	}
	if in.Committer.Name == "" {
		in.Committer = in.Author
	}
	if in.Committer.When.IsZero() {
		in.Committer.When = self.When
	}
}

// CreateRef makes a branch or tag, by its full name such as refs/heads/docs.
func (f *Forge) CreateRef(a Actor, repo, name, sha string) error {
	return f.gitWrite(a, repo, func(r *Repo, g *gitstore.Store) error {
		if !strings.HasPrefix(name, "refs/heads/") && !strings.HasPrefix(name, "refs/tags/") || !validRef(name) {
			return unprocessable("Reference name %q is not valid: it must start with refs/heads/ or refs/tags/", name)
		}
		if _, err := g.CommitInfo(sha); err != nil {
			return unprocessable("Object does not exist")
		}
		if err := g.CreateRef(name, sha); err != nil {
			return err
		}
		f.pushed(a, r, push{ref: name, after: sha})
		return nil
	})
}

// validRef holds a name to git's rules: https://git-scm.com/docs/git-check-ref-format
func validRef(name string) bool {
	if strings.ContainsAny(name, " ~^:?*[\\\x7f") || strings.Contains(name, "..") || strings.Contains(name, "@{") || strings.HasSuffix(name, ".") {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return false
		}
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' })
}

// UpdateRef moves a branch; without force only forward.
func (f *Forge) UpdateRef(a Actor, repo, name, sha string, force bool) error {
	return f.gitWrite(a, repo, func(r *Repo, g *gitstore.Store) error {
		old, err := g.Ref(name)
		if err != nil {
			return unprocessable("Reference does not exist")
		}
		if _, err := g.CommitInfo(sha); err != nil {
			return unprocessable("Object does not exist")
		}
		forced := force && g.UpdateRef(name, sha, false) != nil
		if err := g.UpdateRef(name, sha, force); err != nil {
			return err
		}
		if old.SHA != sha {
			f.pushed(a, r, push{ref: name, before: old.SHA, after: sha, forced: forced})
		}
		return nil
	})
}

// DeleteRef removes a branch or tag; pull requests from the branch are closed. The default branch stays.
func (f *Forge) DeleteRef(a Actor, repo, name string) error {
	return f.gitWrite(a, repo, func(r *Repo, g *gitstore.Store) error {
		old, err := g.Ref(name)
		if err != nil {
			return unprocessable("Reference does not exist")
		}
		if name == "refs/heads/"+r.DefaultBranch {
			return unprocessable("Cannot delete the default branch")
		}
		if err := g.DeleteRef(name); err != nil {
			return err
		}
		f.pushed(a, r, push{ref: name, before: old.SHA})
		return nil
	})
}

// FileInput is one file to be written or deleted by a commit of its own.
type FileInput struct {
	Path, Message, Branch string // Branch "" is the default one
	SHA                   string // of the blob that is there now; "" when the file is new
	Content               []byte
	Delete                bool
	Author, Committer     gitstore.Signature
}

// WriteFile commits one file to a branch and returns the commit and, unless it was deleted, the blob. A SHA that is not
// the file's is ErrConflict, so that nobody overwrites what they have not seen.
func (f *Forge) WriteFile(a Actor, repo string, in FileInput) (commit, blob string, err error) {
	err = f.gitWrite(a, repo, func(r *Repo, g *gitstore.Store) error {
		name := "refs/heads/" + cmp.Or(in.Branch, r.DefaultBranch)
		head, err := g.Ref(name)
		if err != nil {
			return &Error{Status: ErrNotFound.Status, Message: "Branch " + in.Branch + " not found"}
		}
		_, now, err := g.ReadFile(head.SHA, in.Path)
		switch {
		case err != nil && in.Delete:
			return ErrNotFound
		case err == nil && in.SHA == "":
			return unprocessable("Invalid request.\n\n\"sha\" wasn't supplied.")
		case now != in.SHA:
			return &Error{Status: ErrConflict.Status, Message: in.Path + " does not match " + in.SHA}
		}
		tree, err := g.CreateTree(head.SHA, []gitstore.Change{{Path: in.Path, Content: in.Content, Delete: in.Delete}})
		if err != nil {
			return err
		}
		c := gitstore.CommitInput{Message: in.Message, Tree: tree, Parents: []string{head.SHA}, Author: in.Author, Committer: in.Committer}
		f.sign(a, &c)
		if commit, err = g.CreateCommit(c); err != nil {
			return err
		}
		if err := g.UpdateRef(name, commit, false); err != nil {
			return err
		}
		if !in.Delete {
			_, blob, err = g.ReadFile(commit, in.Path)
		}
		f.pushed(a, r, push{ref: name, before: head.SHA, after: commit})
		return err
	})
	return commit, blob, err
}

// SplitRef splits "REF/PATH", as addresses of files have it, where REF itself may hold slashes: the longest ref that is
// there wins.
func (f *Forge) SplitRef(a Actor, repo, rest string) (ref, name string, err error) {
	g, err := f.content(a, repo)
	if err != nil {
		return "", "", err
	}
	for at := len(rest); at > 0; at = strings.LastIndexByte(rest[:at], '/') {
		if _, err := g.Resolve(rest[:at]); err == nil {
			return rest[:at], strings.Trim(rest[at:], "/"), nil
		}
	}
	return "", "", ErrNotFound
}
