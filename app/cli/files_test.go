package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/workflow/effect"
)

// gitApply applies a patch to a folder with the files and returns git's complaint.
func gitApply(t *testing.T, files []effect.File, patch string) (dir string, complaint string) {
	t.Helper()
	git := need.Git(t)
	dir = t.TempDir()
	for _, f := range files {
		if f.Old == "" {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(f.Old), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), git, "-c", "core.autocrlf=false", "apply", "-")
	command.Dir, command.Stdin = dir, strings.NewReader(patch)
	if out, err := command.CombinedOutput(); err != nil {
		return dir, string(out) + err.Error()
	}
	return dir, ""
}

func TestGitTakesTheDocsPatch(t *testing.T) {
	for name, files := range map[string][]effect.File{
		"a change":           {{Path: "docs/a.md", Old: "one\ntwo\nthree\n", New: "one\ntwo and a half\nthree\n"}},
		"no newline at end":  {{Path: "docs/a.md", Old: "one\ntwo", New: "one\ntwo\n\nthree"}},
		"newline at the end": {{Path: "docs/a.md", Old: "one", New: "one\n"}},
		"Windows lines":      {{Path: "docs/a.md", Old: "one\r\ntwo\r\n", New: "one\r\nnew\r\ntwo\r\n"}},
		"a new page":         {{Path: "docs/new.md", New: "# New\n\nText.\n"}},
		"two pages":          {{Path: "docs/a.md", Old: "a\n", New: "b\n"}, {Path: "docs/b/c.md", Old: "c\n", New: "c\nd\n"}},
		"odd names":          {{Path: "docs/über uns.md", Old: "a\n", New: "b\n"}, {Path: `docs/quo"te.md`, New: "c\n"}},
		"lines like a patch": {{Path: "docs/a.md", Old: "--- a\n+++ b\n@@ -1 +1 @@\n", New: "--- a\n+++ b\n-- x\n@@ -1 +1 @@\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, complaint := gitApply(t, files, patch(&effect.Pull{Files: files}))
			if complaint != "" {
				t.Fatalf("%s\n%s", complaint, patch(&effect.Pull{Files: files}))
			}
			for _, f := range files {
				got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
				if err != nil || string(got) != f.New {
					t.Errorf("%s is %q, want %q (%v)", f.Path, got, f.New, err)
				}
			}
		})
	}
}

func TestTextForTerminalsIsHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":                      "plain\ttext\n",
		"\x1b[2J\x1b]0;title\x07gone":        "[2J]0;titlegone",
		"over\rwritten, lines\r\nstay":       "overwritten, lines\r\nstay",
		"a\u202Egnp.exe\u202C b\u2066c":      "agnp.exe bc",
		"ünïcode 日本語 🔥 \u200Fעברית":          "ünïcode 日本語 🔥 \u200Fעברית",
		"c1 \u009b31m and delete \x7f there": "c1 31m and delete  there",
	} {
		if got := harmless(in); got != want {
			t.Errorf("harmless(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTableWrapsAtWords(t *testing.T) {
	got := table([]column{{"ID", 4}, {"TEXT", 12}}, [][]string{{"A1", "words that wrap at the width"}, {"A2", "longerthanthewidthofthecolumn"}, {"A3", ""}})
	want := `  ID  TEXT
  A1  words that
      wrap at the
      width
  A2  longerthanthewidthofthecolumn
  A3
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSourcesAreNumbered(t *testing.T) {
	text, sources := numbered("One. [[1]](docs/a.md#x)\n\nTwo. [[2]](docs/b.md) [[1]](docs/a.md#x)")
	if text != "One. [1]\n\nTwo. [2] [1]" || strings.Join(sources, "; ") != "[1] docs/a.md#x; [2] docs/b.md" {
		t.Errorf("%q, %q", text, sources)
	}
}

func TestWhichConfigurationFileItIs(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"x.yml", "github: {}\n", kindServer}, {"x.yml", "triggers: {}\n", kindRepository}, {"x.yml", "serverr: {}\n", kindRepository},
		{"config.yml", "# nothing", kindServer}, {"a/oioi.yml", "", kindRepository}, {"config.yml", "enabled: true\n", kindRepository},
		{"x.yml", "", ""},
	} {
		if got, err := kindOf(c.name, []byte(c.data)); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s with %q: %q, %v", c.name, c.data, got, err)
		}
	}
}

func TestFollowUpFileNames(t *testing.T) {
	for title, want := range map[string]string{
		"Say on the page how tokens end":  "follow-ups/1-say-on-the-page-how-tokens-end.md",
		"../../etc/passwd":                "follow-ups/1-etc-passwd.md",
		"日本語":                             "follow-ups/1.md",
		strings.Repeat("long words ", 20): "follow-ups/1-long-words-long-words-long-words-long-wo.md",
	} {
		if got := followUpFile(1, title); got != want || !followUpName.MatchString(filepath.Base(got)) {
			t.Errorf("%q: %s, want %s", title, got, want)
		}
	}
}

func TestPathsBeginAtTheRepository(t *testing.T) {
	top := t.TempDir()
	pages := filepath.Join(top, "site", "help")
	if err := os.MkdirAll(pages, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := rootOf(pages, ""); got != "help" {
		t.Errorf("outside of any repository: %s", got)
	}
	if got := rootOf(pages, filepath.Join(top, "site")); got != "help" {
		t.Errorf("in a repository that is named: %s", got)
	}
	if got := rootOf(pages, filepath.Join(top, "other")); got != "help" {
		t.Errorf("outside the repository that is named: %s", got)
	}
	if err := os.Mkdir(filepath.Join(top, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := rootOf(pages, ""); got != "site/help" {
		t.Errorf("in a working tree of git: %s", got)
	}
}
