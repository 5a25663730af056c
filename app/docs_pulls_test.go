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
	anyPull  = regexp.MustCompile(`(?m)^=== pull request [^\n]*, (oioi/\S+) into `)
	toldPull = regexp.MustCompile(`(?s)^pull request [^\n]*by oioi\[bot\][^\n]*, (oioi/\S+) into [^\n]*\n(.*)$`)
	toldFile = regexp.MustCompile(`(?ms)^--- (?:modified|added) (\S+)\n(@@.*?)(?:^--- |\z)`)
	answers  = regexp.MustCompile(`(?m)^\| (before|after) \| (.*) \|$`)
	// A change that a follow-up holds, and the repository that it is for where that is not the ticket's.
	byHand = regexp.MustCompile("(?s)OiOi has a change of the help center(?: in the repository `tallypost/(\\w+)`)? ready.*?\n```diff\n(.*?\n)```\n")
	// A page that the story commits before.
	committed = regexp.MustCompile(`(?m)^commit tallypost/support (docs/\S+) (\S+)$`)
	byPeople  = regexp.MustCompile(`(?m)^--- commit by [^o]`)
)

// Every docs pull request that the stories tell of is worth merging: git takes it, its pages are as sound and in the same
// style as before, and its body shows how the customer's question is answered before and after. Git takes what a follow-up
// holds as well.
func TestDocsPullsOfTheStoriesAreWorthMerging(t *testing.T) {
	git := need.Git(t)
	trees := map[string]map[string]string{}
	for _, r := range sample.Repositories() {
		tree, err := r.Tree("https://github.example")
		if err != nil {
			t.Fatal(err)
		}
		trees[r.Name] = map[string]string{}
		for name, content := range tree {
			trees[r.Name][name] = string(content)
		}
	}
	stories, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	pulls, patches := 0, 0
	for _, story := range stories {
		archive, err := txtar.ParseFile(story)
		if err != nil {
			t.Fatal(err)
		}
		files := maps.Clone(trees["support"])
		for _, m := range committed.FindAllStringSubmatch(string(archive.Comment), -1) {
			for _, f := range archive.Files {
				if f.Name == m[2] {
					files[m[1]] = string(f.Data)
				}
			}
		}
		checked := map[string]bool{} // branches of the story's pull requests
		for _, told := range archive.Files {
			for _, part := range strings.Split(string(told.Data), "\n=== ") {
				pull := toldPull.FindStringSubmatch(part)
				if pull == nil || byPeople.MatchString(pull[2]) {
					continue // theirs by now; what it was before is told as well
				}
				pulls++
				checked[pull[1]] = true
				t.Run(filepath.Base(story)+"/"+told.Name, func(t *testing.T) { worthMerging(t, git, files, pull[2]) })
			}
			for _, m := range byHand.FindAllStringSubmatch(string(told.Data), -1) {
				patches++
				t.Run(filepath.Base(story)+"/"+told.Name+"/by hand", func(t *testing.T) {
					before := files
					if m[1] != "" {
						before = trees[m[1]]
					}
					if after := take(t, git, before, m[2], patched(m[2])); maps.Equal(before, after) {
						t.Error("nothing is changed")
					}
				})
			}
		}
		for _, told := range archive.Files {
			for _, m := range anyPull.FindAllStringSubmatch(string(told.Data), -1) {
				if !checked[m[1]] {
					t.Errorf("%s: nothing was checked of the pull request on %s; show it before a person pushes to it", story, m[1])
				}
			}
		}
	}
	if pulls < 10 || patches < 3 {
		t.Errorf("the stories tell of only %d docs pull requests and %d changes by hand", pulls, patches)
	}
}

func worthMerging(t *testing.T, git string, files map[string]string, told string) {
	t.Helper()
	after := apply(t, git, files, told)
	for _, problem := range helpcenter.Check(files, after, helpcenter.Rules{Root: "docs"}) {
		t.Error(problem)
	}
	for name := range after {
		if before, existed := files[name]; existed && helpcenter.StyleOf(before) != helpcenter.StyleOf(after[name]) {
			t.Errorf("%s: the style was %+v and is %+v", name, helpcenter.StyleOf(before), helpcenter.StyleOf(after[name]))
		}
	}
	replay := answers.FindAllStringSubmatch(told, -1)
	if len(replay) == 0 || len(replay)%2 != 0 {
		t.Fatalf("the body does not show how the answer differs: %q", replay)
	}
	for ; len(replay) > 0; replay = replay[2:] { // of each ticket
		if replay[0][1] != "before" || replay[1][1] != "after" || replay[0][2] == replay[1][2] {
			t.Errorf("the answer does not differ: %q", replay[:2])
		}
	}
}

// patched lists the files that a patch changes.
func patched(patch string) []string {
	var out []string
	for line := range strings.Lines(patch) {
		if name, ok := strings.CutPrefix(line, "+++ b/"); ok {
			out = append(out, strings.TrimSpace(name))
		}
	}
	return out
}

// apply has git apply the diffs that a story tells to the files.
func apply(t *testing.T, git string, files map[string]string, told string) map[string]string {
	t.Helper()
	var patch strings.Builder
	var changed []string
	for _, m := range toldFile.FindAllStringSubmatch(told, -1) {
		name, from := m[1], "a/"+m[1]
		if _, existed := files[name]; !existed {
			from = "/dev/null"
		}
		changed = append(changed, name)
		patch.WriteString("--- " + from + "\n+++ b/" + name + "\n" + strings.TrimRight(m[2], "\n") + "\n")
	}
	if len(changed) == 0 {
		t.Fatalf("no file is changed in\n%s", told)
	}
	// A story ends with the last line of the diff that says something; git counts the empty ones.
	return take(t, git, files, patch.String(), changed, "--recount", "--unidiff-zero")
}

// take has git apply a patch to the files that it changes.
func take(t *testing.T, git string, files map[string]string, patch string, changed []string, flags ...string) map[string]string {
	t.Helper()
	dir, after := t.TempDir(), maps.Clone(files)
	for _, name := range changed {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if before, existed := files[name]; existed {
			if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	command := exec.Command(git, append(append([]string{"apply"}, flags...), "-")...)
	command.Dir, command.Stdin = dir, strings.NewReader(patch)
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err != nil {
		t.Fatalf("git apply: %s\n%s", said.String(), patch)
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
