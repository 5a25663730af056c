package hub

import (
	"cmp"
	"context"
	"crypto/sha1" //nolint:gosec // git names its objects so
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
)

// branchHead returns the commit that our branch points to, or "" where there is no branch yet, and why it may not be written
// to: a person has pushed to it, or it holds another ticket's change as well. After an attempt that nobody knows the end of, the branch is ours while its newest commit carries our
// message and rests on the commit that the files were made from.
func (w writer) branchHead(ctx context.Context, e effect.Effect, prior effect.Receipt) (head, touched string, err error) {
	ref, _, err := w.c.Git.GetRef(ctx, e.Repository.Owner, e.Repository.Name, "heads/"+e.Pull.Branch)
	if err != nil {
		if NotFound(wrap("", err)) {
			return "", "", nil
		}
		return "", "", err
	}
	head = ref.GetObject().GetSHA()
	if head == prior.Commit || head == e.Pull.BaseSHA {
		return head, "", nil
	}
	commit, _, err := w.c.Git.GetCommit(ctx, e.Repository.Owner, e.Repository.Name, head)
	if err != nil {
		return "", "", err
	}
	mine := strings.TrimSpace(commit.GetMessage()) == strings.TrimSpace(e.Pull.Message) && len(commit.Parents) > 0
	for _, parent := range commit.Parents {
		mine = mine && (parent.GetSHA() == e.Pull.BaseSHA || parent.GetSHA() == prior.Commit)
	}
	if mine {
		return head, "", nil
	}
	since, _, err := w.c.Repositories.CompareCommits(ctx, e.Repository.Owner, e.Repository.Name, cmp.Or(prior.Commit, e.Pull.BaseSHA), head, nil)
	if err == nil && allBy(w.bot, since.Commits) {
		return head, "it holds changes for other tickets as well by now, so OiOi rewrites nothing in it", nil
	}
	if err != nil && !NotFound(wrap("", err)) { // a person may have thrown the commit away
		return "", "", err
	}
	return head, "a person has pushed to its branch", nil
}

// commit writes the files as one commit on our branch. Where the branch changes just that already it does nothing. Where the
// default branch has moved on since the branch began, the commit merges it: else what others changed there would show in the
// pull request as if it were OiOi's.
func (w writer) commit(ctx context.Context, e effect.Effect, head string) (string, error) {
	owner, repo := e.Repository.Owner, e.Repository.Name
	parents := []*github.Commit{{SHA: &e.Pull.BaseSHA}}
	if head != "" && head != e.Pull.BaseSHA {
		compared, _, err := w.c.Repositories.CompareCommits(ctx, owner, repo, e.Pull.BaseSHA, head, nil)
		if err != nil {
			return "", err
		}
		if changesJust(compared.Files, e.Pull.Files) {
			return head, nil
		}
		if parents = []*github.Commit{{SHA: &head}}; compared.GetBehindBy() > 0 {
			parents = append(parents, &github.Commit{SHA: &e.Pull.BaseSHA})
		}
	}
	return w.write(ctx, e, head, parents)
}

// write commits the files on top of what their base holds, and lets the branch point there.
func (w writer) write(ctx context.Context, e effect.Effect, head string, parents []*github.Commit) (string, error) {
	owner, repo := e.Repository.Owner, e.Repository.Name
	base, _, err := w.c.Git.GetCommit(ctx, owner, repo, e.Pull.BaseSHA)
	if err != nil {
		return "", err
	}
	if err := w.checkTree(ctx, e, base.GetTree().GetSHA()); err != nil {
		return "", err
	}
	var entries []*github.TreeEntry
	for _, file := range e.Pull.Files {
		entries = append(entries, &github.TreeEntry{
			Path: github.String(file.Path), Mode: github.String("100644"), Type: github.String("blob"), Content: github.String(file.New),
		})
	}
	tree, _, err := w.c.Git.CreateTree(ctx, owner, repo, base.GetTree().GetSHA(), entries)
	if err != nil {
		return "", err
	}
	// No author: GitHub then signs the commit as the App's own.
	made, _, err := w.c.Git.CreateCommit(ctx, owner, repo, &github.Commit{Message: &e.Pull.Message, Tree: tree, Parents: parents}, nil)
	if err != nil {
		return "", err
	}
	ref := &github.Reference{Ref: github.String("refs/heads/" + e.Pull.Branch), Object: &github.GitObject{SHA: made.SHA}}
	if head == "" {
		_, _, err = w.c.Git.CreateRef(ctx, owner, repo, ref)
	} else {
		_, _, err = w.c.Git.UpdateRef(ctx, owner, repo, ref, false)
	}
	return made.GetSHA(), err
}

// changesJust reports whether a pull request's diff is that these files are as they are to be.
func changesJust(diff []*github.CommitFile, files []effect.File) bool {
	if len(diff) != len(files) {
		return false
	}
	shown := map[string]string{}
	for _, file := range diff {
		shown[file.GetFilename()] = file.GetSHA()
	}
	for _, file := range files {
		if shown[file.Path] != blobSHA(file.New) {
			return false
		}
	}
	return true
}

// blobSHA names a file's content as git does.
func blobSHA(content string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content)) //nolint:gosec // git's own name for it, not a signature
	return hex.EncodeToString(sum[:])
}
