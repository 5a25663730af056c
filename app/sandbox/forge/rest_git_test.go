package forge_test

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/sandbox/forge"
)

func TestAnAppOpensADraftPullRequestThroughGitData(t *testing.T) {
	w := newWorld(t, forge.Options{})
	c, owner, repo := w.Bot, "acme", "support"
	ref, _, err := c.Git.GetRef(ctx, owner, repo, "refs/heads/main")
	check(t, err)
	base, _, err := c.Git.GetCommit(ctx, owner, repo, ref.GetObject().GetSHA())
	check(t, err)
	blob, _, err := c.Git.CreateBlob(ctx, owner, repo, &github.Blob{Content: github.String("IyBOZXcK"), Encoding: github.String("base64")})
	check(t, err)
	tree, _, err := c.Git.CreateTree(ctx, owner, repo, base.GetTree().GetSHA(), []*github.TreeEntry{
		{Path: github.String("docs/deep/new.md"), Mode: github.String("100644"), Type: github.String("blob"), SHA: blob.SHA},
		{Path: github.String("README.md"), Mode: github.String("100644"), Type: github.String("blob"), Content: github.String("# Kite\n\nFly it high.\n")},
	})
	check(t, err)
	commit, _, err := c.Git.CreateCommit(ctx, owner, repo, &github.Commit{Message: github.String("Say more\n\nFixes #9"), Tree: tree, Parents: []*github.Commit{base}}, nil)
	check(t, err)
	if commit.GetAuthor().GetName() != "helper[bot]" {
		t.Errorf("commit by %+v", commit.GetAuthor())
	}
	_, _, err = c.Git.CreateRef(ctx, owner, repo, &github.Reference{Ref: github.String("refs/heads/oioi/docs-1"), Object: &github.GitObject{SHA: commit.SHA}})
	check(t, err)
	_, _, err = c.Git.CreateRef(ctx, owner, repo, &github.Reference{Ref: github.String("refs/heads/oioi/docs-1"), Object: &github.GitObject{SHA: commit.SHA}})
	if got := status(t, err); got != 422 {
		t.Errorf("an existing branch answers %d", got)
	}
	pr, _, err := c.PullRequests.Create(ctx, owner, repo, &github.NewPullRequest{Title: github.String("Docs"), Head: github.String("oioi/docs-1"), Base: github.String("main"), Draft: github.Bool(true)})
	check(t, err)
	if !pr.GetDraft() || pr.GetAdditions() != 2 || pr.GetDeletions() != 1 || pr.GetChangedFiles() != 2 || !pr.GetMergeable() {
		t.Errorf("pull request %+v", pr)
	}
	files, _, err := c.PullRequests.ListFiles(ctx, owner, repo, pr.GetNumber(), nil)
	check(t, err)
	if len(files) != 2 || files[0].GetPatch() != "@@ -1,3 +1,3 @@\n # Kite\n \n-Fly it.\n+Fly it high." {
		t.Errorf("files %v", files)
	}
	found, _, err := c.PullRequests.List(ctx, owner, repo, &github.PullRequestListOptions{Head: "acme:oioi/docs-1", State: "all"})
	check(t, err)
	if len(found) != 1 {
		t.Errorf("found %d pull requests for the branch", len(found))
	}
	_, _, err = w.Morgan.PullRequests.Merge(ctx, owner, repo, pr.GetNumber(), "", nil)
	if got := status(t, err); got != 405 {
		t.Errorf("merging a draft answers %d", got)
	}
	stale := base.GetSHA()
	_, _, err = c.Git.UpdateRef(ctx, owner, repo, &github.Reference{Ref: github.String("refs/heads/oioi/docs-1"), Object: &github.GitObject{SHA: &stale}}, false)
	if got := status(t, err); got != 422 {
		t.Errorf("moving a branch back answers %d", got)
	}
	compared, _, err := c.Repositories.CompareCommits(ctx, owner, repo, "main", "oioi/docs-1", nil)
	check(t, err)
	if compared.GetStatus() != "ahead" || compared.GetAheadBy() != 1 {
		t.Errorf("comparison %+v", compared)
	}
}

func TestCloneWithGit(t *testing.T) {
	git := need.Git(t)
	w := newWorld(t, forge.Options{})
	p := openPull(t, w.Forge)
	dir := t.TempDir()
	run := func(args ...string) (string, error) {
		cmd := exec.Command(git, args...)
		cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME="+dir)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("clone", w.URL+"/acme/support.git", filepath.Join(dir, "no")); err == nil {
		t.Errorf("a private repository was cloned without a token: %s", out)
	}
	host := strings.TrimPrefix(w.URL, "http://")
	clone := filepath.Join(dir, "clone")
	if out, err := run("clone", "http://x-access-token:"+tokenFor("casey")+"@"+host+"/acme/support.git", clone); err != nil {
		t.Fatalf("clone: %v\n%s", err, out)
	}
	if raw, err := os.ReadFile(filepath.Join(clone, "README.md")); err != nil || string(raw) != "# Kite\n\nFly it.\n" {
		t.Errorf("README.md is %q, %v", raw, err)
	}
	if out, err := run("-C", clone, "fetch", "origin", "refs/pull/1/head"); err != nil || p.Ref.Number != 1 {
		t.Fatalf("fetch of the pull request: %v\n%s", err, out)
	}
	if out, _ := run("-C", clone, "show", "FETCH_HEAD:README.md"); out != "# Kite\n\nFly it far.\n" {
		t.Errorf("the pull request's README.md is %q", out)
	}
	if out, _ := run("-C", clone, "branch", "-r"); !strings.Contains(out, "origin/far") {
		t.Errorf("branches: %s", out)
	}
	// A second fetch sends what the clone has already.
	if _, err := w.MergePull(maintainer, p.Ref, forge.MergeOptions{}); err != nil {
		t.Fatal(err)
	}
	if out, err := run("-C", clone, "pull", "--ff-only"); err != nil {
		t.Fatalf("pull: %v\n%s", err, out)
	}
	if raw, _ := os.ReadFile(filepath.Join(clone, "README.md")); string(raw) != "# Kite\n\nFly it far.\n" {
		t.Errorf("after the merge README.md is %q", raw)
	}
	if out, err := run("-C", clone, "fsck", "--full"); err != nil {
		t.Errorf("fsck: %v\n%s", err, out)
	}
	if out, err := run("-C", clone, "push", "origin", "main:refs/heads/other"); err == nil {
		t.Errorf("push worked: %s", out)
	}
}

// openPull opens a pull request of morgan's branch "far" in the private repository.
func openPull(t testing.TB, f *forge.Forge) *forge.Issue {
	t.Helper()
	g, err := f.Git(maintainer, private)
	check(t, err)
	check(t, f.CreateRef(maintainer, private, "refs/heads/far", must[string](t)(g.Resolve("main"))))
	_, sha, err := g.ReadFile("main", "README.md")
	check(t, err)
	_, _, err = f.WriteFile(maintainer, private, forge.FileInput{Path: "README.md", Message: "Far", Branch: "far", SHA: sha, Content: []byte("# Kite\n\nFly it far.\n")})
	check(t, err)
	return must[*forge.Issue](t)(f.CreatePull(maintainer, private, forge.PullInput{Title: "Far", Head: "far", Base: "main"}))
}

func TestFilesFoldersAndArchives(t *testing.T) {
	w := newWorld(t, forge.Options{})
	file, _, _, err := w.Bot.Repositories.GetContents(ctx, "acme", "support", "docs/export.md", &github.RepositoryContentGetOptions{Ref: "main"})
	check(t, err)
	if text, err := file.GetContent(); err != nil || !strings.HasPrefix(text, "# Export") {
		t.Errorf("content %q, %v", text, err)
	}
	_, folder, _, err := w.Bot.Repositories.GetContents(ctx, "acme", "support", "", nil)
	check(t, err)
	if got := names(folder, func(c *github.RepositoryContent) string { return c.GetType() + " " + c.GetPath() }); !slices.Equal(got, []string{"file README.md", "dir docs"}) {
		t.Errorf("folder %v", got)
	}
	tree, _, err := w.Bot.Git.GetTree(ctx, "acme", "support", "main", true)
	check(t, err)
	if got := names(tree.Entries, func(e *github.TreeEntry) string { return e.GetPath() }); !slices.Equal(got, []string{"README.md", "docs", "docs/export.md"}) {
		t.Errorf("tree %v", got)
	}
	for _, format := range []github.ArchiveFormat{github.Tarball, github.Zipball} {
		link, _, err := w.Bot.Repositories.GetArchiveLink(ctx, "acme", "support", format, nil, 1)
		check(t, err)
		resp, err := w.Bot.Client().Get(link.String())
		check(t, err)
		raw, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		check(t, err)
		if resp.StatusCode != http.StatusOK || len(raw) < 100 {
			t.Errorf("%s answers %d with %d bytes", format, resp.StatusCode, len(raw))
		}
	}
}
