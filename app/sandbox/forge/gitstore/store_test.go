package gitstore_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

var who = gitstore.Signature{Name: "Morgan", Email: "m@example.com", When: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func commit(t testing.TB, s *gitstore.Store, branch, message string, files map[string]string) string {
	t.Helper()
	var changes []gitstore.Change
	for name, text := range files {
		changes = append(changes, gitstore.Change{Path: name, Content: []byte(text), Delete: text == "-"})
	}
	sha, err := s.Commit(branch, message, who, changes)
	check(t, err)
	return sha
}

// both runs a test on a repository in memory and on one on disk.
func both(t *testing.T, test func(*testing.T, *gitstore.Store)) {
	t.Run("memory", func(t *testing.T) {
		s, err := gitstore.InMemory("main")
		check(t, err)
		test(t, s)
	})
	t.Run("disk", func(t *testing.T) {
		s, err := gitstore.Open(t.TempDir(), "main")
		check(t, err)
		test(t, s)
	})
}

func TestMergeMethods(t *testing.T) {
	for _, method := range []string{"merge", "squash", "rebase"} {
		t.Run(method, func(t *testing.T) {
			both(t, func(t *testing.T, s *gitstore.Store) {
				base := commit(t, s, "main", "base", map[string]string{"a": "1\n2\n3\n4\n5\n", "gone": "x\n"})
				check(t, s.CreateRef("refs/heads/topic", base))
				commit(t, s, "topic", "first", map[string]string{"a": "one\n2\n3\n4\n5\n", "gone": "-"})
				tip := commit(t, s, "topic", "second", map[string]string{"new/file": "hi\n"})
				commit(t, s, "main", "meanwhile", map[string]string{"a": "1\n2\n3\n4\nfive\n"})
				sha, err := s.Merge(gitstore.MergeInput{Base: "refs/heads/main", Head: tip, Method: method, Message: "merged", Author: who, Committer: who})
				check(t, err)
				_, entries, err := s.Tree("main", "", true)
				check(t, err)
				var paths []string
				for _, e := range entries {
					paths = append(paths, e.Path)
				}
				if content, _, _ := s.ReadFile("main", "a"); string(content) != "one\n2\n3\n4\nfive\n" || !slices.Equal(paths, []string{"a", "new", "new/file"}) {
					t.Errorf("merged into %q with %v", content, paths)
				}
				info, err := s.CommitInfo(sha)
				check(t, err)
				if want := map[string]int{"merge": 2, "squash": 1, "rebase": 1}[method]; len(info.Parents) != want {
					t.Errorf("%d parents", len(info.Parents))
				}
				log, err := s.Log("main", "", 0)
				check(t, err)
				if want := map[string]int{"merge": 5, "squash": 3, "rebase": 4}[method]; len(log) != want {
					t.Errorf("%d commits in the log, want %d", len(log), want)
				}
			})
		})
	}
}

func TestConflictsChangeNothing(t *testing.T) {
	both(t, func(t *testing.T, s *gitstore.Store) {
		base := commit(t, s, "main", "base", map[string]string{"a": "1\n", "b": "1\n"})
		for name, files := range map[string]map[string]string{"same line": {"a": "two\n"}, "edited and deleted": {"b": "-"}} {
			branch := strings.ReplaceAll(name, " ", "-")
			check(t, s.CreateRef("refs/heads/"+branch, base))
			tip := commit(t, s, branch, name, files)
			before := commit(t, s, "main", "meanwhile "+name, map[string]string{"a": "zwei " + name + "\n", "b": "zwei " + name + "\n"})
			_, err := s.Merge(gitstore.MergeInput{Base: "refs/heads/main", Head: tip, Author: who, Committer: who})
			if !errors.Is(err, gitstore.ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
			if now, _ := s.Resolve("main"); now != before {
				t.Errorf("%s moved the branch", name)
			}
		}
	})
}

func TestCompareFindsRenamesAndBinaries(t *testing.T) {
	both(t, func(t *testing.T, s *gitstore.Store) {
		base := commit(t, s, "main", "base", map[string]string{"old.md": "text\n", "pic": "\x00\x01", "end": "no newline"})
		check(t, s.CreateRef("refs/heads/topic", base))
		commit(t, s, "topic", "change", map[string]string{"old.md": "-", "new.md": "text\n", "pic": "\x00\x02", "end": "still none", "docs": "a\n"})
		c, err := s.Compare("main", "topic")
		check(t, err)
		var got []string
		for _, d := range c.Files {
			got = append(got, d.Status+" "+d.Path+" "+d.PreviousPath)
		}
		if want := []string{"added docs ", "modified end ", "renamed new.md old.md", "modified pic "}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		if p := c.Files[1].Patch; !strings.Contains(p, "\\ No newline at end of file") || c.Files[1].Additions != 1 {
			t.Errorf("patch %q", p)
		}
		if !c.Files[3].Binary || c.Files[3].Patch != "" {
			t.Errorf("binary: %+v", c.Files[3])
		}
	})
}

func TestPathsOutsideTheRepositoryAreRefused(t *testing.T) {
	s, err := gitstore.InMemory("main")
	check(t, err)
	for _, name := range []string{"../x", "a/../../x", "a//b", ".git/config", "a/.GIT/hooks", "a\x00b", ""} {
		if _, err := s.Commit("main", "x", who, []gitstore.Change{{Path: name, Content: []byte("x")}}); !errors.Is(err, gitstore.ErrInvalidPath) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestOpenAgain(t *testing.T) {
	dir := t.TempDir()
	s, err := gitstore.Open(dir, "main")
	check(t, err)
	sha := commit(t, s, "main", "base", map[string]string{"a": "1\n"})
	again, err := gitstore.Open(dir, "main")
	check(t, err)
	if got, err := again.Resolve(sha[:8]); err != nil || got != sha {
		t.Errorf("resolved %s, %v", got, err)
	}
}
