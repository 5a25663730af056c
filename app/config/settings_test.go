package config_test

import (
	"context"
	"errors"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// memory is a repository's files.
type memory map[string]string

func (m memory) File(_ context.Context, name string) ([]byte, bool, error) {
	if strings.HasPrefix(m[name], "error: ") {
		return nil, false, errors.New(m[name])
	}
	content, ok := m[name]
	return []byte(content), ok, nil
}

func (m memory) Folder(_ context.Context, folder string) ([]string, error) {
	var out []string
	for name := range m {
		if path.Dir(name) == folder {
			out = append(out, name)
		}
	}
	return out, nil
}

const form = `
name: Help
labels: "support, question"
body:
  - type: markdown
    attributes: { value: Hello }
  - type: input
    attributes: { label: What happened }
  - type: dropdown
    attributes: { label: Impact, options: [low, high] }
`

func load(t *testing.T, files, fallback config.Files) config.Settings {
	t.Helper()
	got, err := config.Load(t.Context(), files, fallback)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLoadWithoutAnyFile(t *testing.T) {
	got := load(t, memory{}, nil)
	if len(got.Mistakes) > 0 || !got.Config.Enabled || got.Definition == nil || len(got.Roles) == 0 {
		t.Errorf("%+v", got)
	}
}

func TestLoadFallsBackToTheOwner(t *testing.T) {
	owner := memory{config.RepositoryFile: "triggers: { labels: [help] }\npolicy: { macros: [{ name: M, file: m.md }] }\n", "m.md": "of the owner"}
	got := load(t, memory{".github/ISSUE_TEMPLATE/support.yml": form}, owner)
	if len(got.Mistakes) > 0 || !slices.Equal(got.Config.Triggers.Labels, []string{"help"}) || got.Config.Policy.Macros[0].Text != "of the owner" {
		t.Errorf("the owner's configuration does not hold: %+v", got)
	}
	if len(got.Forms) != 1 {
		t.Error("the repository's own form is not read beside the owner's configuration")
	}
	got = load(t, memory{config.RepositoryFile: ""}, owner)
	if !slices.Equal(got.Config.Triggers.Labels, []string{"support"}) {
		t.Error("a repository with an empty file of its own takes the owner's")
	}
	if _, err := config.Load(t.Context(), memory{config.RepositoryFile: "error: 502"}, owner); err == nil {
		t.Error("a file that cannot be read counts as missing")
	}
}

func TestMistakesNameTheirPlaceAndTheDefaultsHold(t *testing.T) {
	got := load(t, memory{
		config.RepositoryFile:                "workflow: flow.yml\nplaybooks: books\npolicy:\n  macros:\n    - name: M\n      file: m.md\n",
		".github/ISSUE_TEMPLATE/support.yml": "body: [",
	}, nil)
	for i, want := range []string{
		".github/oioi.yml:1:11: workflow names flow.yml, and there is no such file",
		".github/oioi.yml:2:12: playbooks names books, and there is no such folder with .yml files",
		".github/oioi.yml:6:13: policy.macros[0].file names m.md, and there is no such file",
		".github/ISSUE_TEMPLATE/support.yml:1:7: ",
	} {
		if i >= len(got.Mistakes) || !strings.HasPrefix(got.Mistakes[i], want) {
			t.Fatalf("mistake %d is not %q in %q", i, want, got.Mistakes)
		}
	}
	if got.Definition == nil || len(got.Roles) == 0 {
		t.Error("the embedded workflow is gone")
	}
	got = load(t, memory{config.RepositoryFile: "follow_ups:\n  max: 9\nprompt: { warn_above_tokens: 1 }\n"}, nil)
	if len(got.Mistakes) != 2 || got.Config.FollowUps.Max != 2 {
		t.Errorf("mistakes %q, %d follow-ups", got.Mistakes, got.Config.FollowUps.Max)
	}
}

func TestMacrosLoseTheirFrontMatter(t *testing.T) {
	got := load(t, memory{
		config.RepositoryFile: "policy: { macros: [{ name: A, file: a.md }, { name: B, file: b.md }] }\n",
		"a.md":                "---\r\ntitle: A\r\n---\r\nHello.\r\n", "b.md": "--- not front matter\nHello.\n",
	}, nil)
	if got.Config.Policy.Macros[0].Text != "Hello." || got.Config.Policy.Macros[1].Text != "--- not front matter\nHello." {
		t.Errorf("%q, %q, mistakes %q", got.Config.Policy.Macros[0].Text, got.Config.Policy.Macros[1].Text, got.Mistakes)
	}
}

func TestWhichIssuesCount(t *testing.T) {
	made := "### What happened\n\nIt broke.\n\n### Impact\n\n_No response_"
	for name, c := range map[string]struct {
		config, body string
		labels       []string
		want         bool
	}{
		"label":              {"", "free text", []string{"Support"}, true},
		"form":               {"", made, nil, true},
		"form with CRLF":     {"", strings.ReplaceAll(made, "\n", "\r\n"), nil, true},
		"half a form":        {"", "### What happened\n\nIt broke.", nil, false},
		"neither":            {"", "free text", []string{"bug"}, false},
		"all":                {"triggers: { all: true }", "free text", nil, true},
		"other form":         {"triggers: { forms: [], labels: [] }", made, []string{"support"}, false},
		"headings in a code": {"", "```\n" + made + "\n```", nil, false},
	} {
		got := load(t, memory{config.RepositoryFile: c.config, ".github/ISSUE_TEMPLATE/support.yml": form}, nil)
		if counts := got.Counts(ticket.Ticket{Body: ticket.Text(c.body), Labels: c.labels}); counts != c.want {
			t.Errorf("%s: %v", name, counts)
		}
	}
}

func TestDirectoryStaysInside(t *testing.T) {
	for _, name := range []string{"../../go.mod", "/etc/passwd", "a/../../x"} {
		data, found, _ := config.Directory(t.TempDir()).File(t.Context(), name)
		if found {
			t.Errorf("%s: read %d bytes", name, len(data))
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add("triggers: { forms: [support.yml] }", form, "### Impact")
	f.Add("workflow: x.yml", "body: [", "")
	f.Fuzz(func(t *testing.T, config_, form, body string) {
		got, err := config.Load(t.Context(), memory{config.RepositoryFile: config_, ".github/ISSUE_TEMPLATE/support.yml": form}, nil)
		if err != nil && !strings.HasPrefix(err.Error(), "error: ") {
			t.Fatal(err)
		}
		if err == nil && (got.Definition == nil || len(got.Roles) == 0) {
			t.Fatal("no workflow is left")
		}
		got.Counts(ticket.Ticket{Body: ticket.Text(body)})
	})
}

func TestPlaybooksOverrideByID(t *testing.T) {
	own, err := os.ReadFile(top + "/workflow/policy/playbooks/how_to.yml")
	if err != nil {
		t.Fatal(err)
	}
	embedded := config.DefaultSettings().Playbooks
	at := slices.IndexFunc(embedded, func(p policy.Playbook) bool { return p.ID == "how_to" })
	if at < 0 {
		t.Fatal("there is no embedded playbook how_to")
	}
	mine := strings.Replace(string(own), "title: "+embedded[at].Title, "title: Mine", 1)
	added := strings.Replace(mine, "id: how_to", "id: training", 1)
	got := load(t, memory{
		config.RepositoryFile: "playbooks: books\n", "books/a.yml": mine, "books/b.yaml": added, "books/c.yml": "id: broken\nsignal: []\n", "books/notes.md": "no playbook",
	}, nil)
	if len(got.Playbooks) != len(embedded)+1 {
		t.Errorf("%d playbooks, embedded are %d; mistakes %q", len(got.Playbooks), len(embedded), got.Mistakes)
	}
	for _, p := range got.Playbooks {
		if (p.ID == "how_to" || p.ID == "training") && p.Title != "Mine" {
			t.Errorf("%s is called %q", p.ID, p.Title)
		}
	}
	if len(got.Mistakes) != 1 || !strings.HasPrefix(got.Mistakes[0], `books/c.yml:2:1: unknown key "signal"`) {
		t.Errorf("mistakes %q", got.Mistakes)
	}
}
