package app

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/sandbox/sample"
	"github.com/oioi-app/oioi/workflow/helpcenter"
)

var (
	toldPull = regexp.MustCompile(`(?ms)^=== pull request [^\n]*by oioi\[bot\][^\n]*\n(.*?)(?:^=== |\z)`)
	toldFile = regexp.MustCompile(`(?ms)^--- (?:modified|added) (\S+)\n(@@.*?)(?:^--- |\z)`)
	answers  = regexp.MustCompile(`(?m)^\| (before|after) \| (.*) \|$`)
	// A page that the story commits before.
	committed = regexp.MustCompile(`(?m)^commit tallypost/support (docs/\S+) (\S+)$`)
	byPeople  = regexp.MustCompile(`(?m)^--- commit by [^o]`)
)

// Every docs pull request that the stories tell of is worth merging: git takes it, its pages are as sound and in the same
// style as before, and its body shows how the customer's question is answered before and after.
func TestDocsPullsOfTheStoriesAreWorthMerging(t *testing.T) {
	git := need.Git(t)
	var repository sample.Repository
	for _, r := range sample.Repositories() {
		if r.Name == "support" {
			repository = r
		}
	}
	tree, err := repository.Tree("https://github.example")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name, content := range tree {
		files[name] = string(content)
	}
	stories, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	pulls := 0
	for _, story := range stories {
		archive, err := txtar.ParseFile(story)
		if err != nil {
			t.Fatal(err)
		}
		files := maps.Clone(files)
		for _, m := range committed.FindAllStringSubmatch(string(archive.Comment), -1) {
			for _, f := range archive.Files {
				if f.Name == m[2] {
					files[m[1]] = string(f.Data)
				}
			}
		}
		for _, told := range archive.Files {
			for _, pull := range toldPull.FindAllStringSubmatch(string(told.Data), -1) {
				if byPeople.MatchString(pull[1]) {
					continue // theirs now
				}
				pulls++
				t.Run(filepath.Base(story)+"/"+told.Name, func(t *testing.T) {
					after := apply(t, git, files, pull[1])
					for _, problem := range helpcenter.Check(files, after, helpcenter.Rules{Root: "docs"}) {
						t.Error(problem)
					}
					for name := range after {
						if before, existed := files[name]; existed && helpcenter.StyleOf(before) != helpcenter.StyleOf(after[name]) {
							t.Errorf("%s: the style was %+v and is %+v", name, helpcenter.StyleOf(before), helpcenter.StyleOf(after[name]))
						}
					}
					replay := answers.FindAllStringSubmatch(pull[1], -1)
					if len(replay) == 0 || len(replay)%2 != 0 {
						t.Fatalf("the body does not show how the answer differs: %q", replay)
					}
					for ; len(replay) > 0; replay = replay[2:] { // of each ticket
						if replay[0][1] != "before" || replay[1][1] != "after" || replay[0][2] == replay[1][2] {
							t.Errorf("the answer does not differ: %q", replay[:2])
						}
					}
				})
			}
		}
	}
	if pulls < 4 {
		t.Errorf("the stories tell of only %d docs pull requests", pulls)
	}
}

// apply has git apply the diffs that a story tells to the files.
func apply(t *testing.T, git string, files map[string]string, told string) map[string]string {
	t.Helper()
	dir, after := t.TempDir(), maps.Clone(files)
	var patch strings.Builder
	var changed []string
	for _, m := range toldFile.FindAllStringSubmatch(told, -1) {
		name, from := m[1], "a/"+m[1]
		changed = append(changed, name)
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if before, existed := files[name]; existed {
			if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		} else {
			from = "/dev/null"
		}
		patch.WriteString("--- " + from + "\n+++ b/" + name + "\n" + strings.TrimRight(m[2], "\n") + "\n")
	}
	if len(changed) == 0 {
		t.Fatalf("no file is changed in\n%s", told)
	}
	// A story ends with the last line of the diff that says something; git counts the empty ones.
	command := exec.Command(git, "apply", "--recount", "--unidiff-zero", "-")
	command.Dir, command.Stdin = dir, strings.NewReader(patch.String())
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err != nil {
		t.Fatalf("git apply: %s\n%s", said.String(), patch.String())
	}
	for _, name := range changed {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		after[name] = string(data)
	}
	return after
}
