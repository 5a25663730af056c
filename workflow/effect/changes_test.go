package effect_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func docsInput(pages map[string]string, edits ...role.DocsEdit) effect.Input {
	repo := ticket.Repository{ID: 7, Owner: "acme", Name: "support", DefaultBranch: "main"}
	return effect.Input{
		Ticket: ticket.Ticket{Repository: repo, Number: 42}, Pages: pages, Commit: "c0ffee",
		Rules:   effect.Rules{Audience: evidence.Repository, Repositories: []int64{7}, DocsRoot: "docs", PullRequests: true, Protected: []string{"docs/legal"}},
		Outputs: role.Outputs{FollowThrough: &role.FollowThrough{DocsEdits: edits}},
	}
}

var site = map[string]string{
	"mkdocs.yml":          "site_name: Acme\nnav:\n  - Home: index.md\n  - Data:\n      - Export: data/export.md\n",
	"docs/index.md":       "# Acme\n\nSee [export](data/export.md#limits).\n",
	"docs/data/export.md": "Export\n======\n\n* one\r\n",
	"docs/legal/terms.md": "# Terms\n\nNever change.\n",
}

func TestChangeDocsListsANewPageAndFollowsItsNeighbour(t *testing.T) {
	pages := map[string]string{}
	for name, text := range site {
		pages[name] = strings.ReplaceAll(text, "\r\n", "\n")
	}
	got := effect.ChangeDocs(docsInput(pages, role.DocsEdit{Page: "docs/data/import.md", NewPage: true, Title: "Import",
		Edits: []role.Edit{{Insert: "# Import\n\n- one\n- see [the export](export.md)\n"}}}))
	if len(got.Problems)+len(got.Refused) > 0 || len(got.Changes) != 1 || len(got.Listings) != 1 {
		t.Fatalf("%+v", got)
	}
	if page := got.Changes[0].File.New; !strings.HasPrefix(page, "Import\n======\n") || !strings.Contains(page, "* one") {
		t.Errorf("the page does not look like its neighbour:\n%s", page)
	}
	if nav := got.Listings[0]; nav.Path != "mkdocs.yml" || !strings.Contains(nav.New, "      - Export: data/export.md\n      - Import: data/import.md\n") {
		t.Errorf("%+v", nav)
	}
	pull := effect.Effect{Key: "k", Kind: effect.KindPull, Slot: effect.SlotPull, Visibility: evidence.Public, Repository: docsInput(nil).Ticket.Repository, Number: 42, Pull: &effect.Pull{
		Branch: "oioi/ticket-42-docs", Base: "main", BaseSHA: "c0ffee", Title: "Docs: Import", Message: "Docs: Import", Marker: "<!-- oioi:v1 k -->", Body: "x\n\n<!-- oioi:v1 k -->", Files: got.Files()}}
	rules := docsInput(nil).Rules
	if why := rules.Refuse(pull); why != "" {
		t.Errorf("the gate refuses it: %s", why)
	}
	for what, nav := range map[string]string{
		"a program that runs at build":  strings.Replace(got.Listings[0].New, "nav:", "hooks: [docs/data/import.py]\nnav:", 1),
		"a link to elsewhere":           strings.Replace(got.Listings[0].New, "data/import.md", "https://evil.example/import", 1),
		"another entry taken out":       strings.Replace(got.Listings[0].New, "  - Home: index.md\n", "", 1),
		"nothing that names the page":   site["mkdocs.yml"] + "  - Other: other.md\n",
		"many lines":                    got.Listings[0].New + strings.Repeat("  - Import: data/import.md\n", 8),
		"an entry that is written anew": strings.Replace(got.Listings[0].New, "Export: data/export.md", "Import: data/import.md", 1),
	} {
		bad := pull
		files := slices.Clone(got.Files())
		files[1].New = nav
		p := *pull.Pull
		p.Files, bad.Pull = files, &p
		if why := rules.Refuse(bad); why == "" {
			t.Errorf("the gate lets through a navigation with %s", what)
		}
	}
}

func TestChangeDocsChecksBeforeAnythingOpens(t *testing.T) {
	for what, test := range map[string]struct {
		page, insert string
		kind         helpcenter.Kind
	}{
		"a protected page":             {"docs/legal/terms.md", "\nWe do change.\n", helpcenter.Protected},
		"a link to nothing":            {"docs/index.md", "\nSee [imports](data/imports.md).\n", helpcenter.Link},
		"a link to no place in a page": {"docs/index.md", "\nSee [columns](data/export.md#columns).\n", helpcenter.Anchor},
	} {
		in := docsInput(site, role.DocsEdit{Page: test.page, Title: "T", Edits: []role.Edit{{Insert: test.insert}}})
		got := effect.ChangeDocs(in)
		if len(got.Changes) != 1 || !slices.ContainsFunc(got.Problems, func(p helpcenter.Problem) bool { return p.Kind == test.kind && p.Page == test.page }) {
			t.Errorf("%s: %+v", what, got.Problems)
		}
	}
	if got := effect.ChangeDocs(docsInput(site, role.DocsEdit{Page: "docs/index.md", Title: "T", Edits: []role.Edit{{Insert: "\nSee [columns](data/export.md)."}}})); len(got.Problems) > 0 {
		t.Errorf("a sound change has problems: %v", got.Problems)
	}
}

// Each form of navigation that package helpcenter can edit either passes the gate or is left to a person, with the reason.
func TestEachNavigationPassesTheGateOrIsLeftToAPerson(t *testing.T) {
	archives, err := filepath.Glob("../helpcenter/testdata/navigation/*.txtar")
	if err != nil || len(archives) < 10 {
		t.Fatal(archives, err)
	}
	passed := 0
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		set := func(key string) string {
			for line := range strings.Lines(string(archive.Comment)) {
				if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+": "); ok {
					return value
				}
			}
			return ""
		}
		pages, page := map[string]string{}, set("page")
		text := "# New\n"
		for _, f := range archive.Files {
			switch {
			case f.Name == page:
				text = string(f.Data)
			case !strings.HasPrefix(f.Name, "want"):
				pages[f.Name] = string(f.Data)
			}
		}
		in := docsInput(pages, role.DocsEdit{Page: page, NewPage: true, Title: set("title"), Edits: []role.Edit{{Insert: text}}})
		in.Rules.DocsRoot = set("root")
		got := effect.ChangeDocs(in)
		if len(got.Refused) > 0 {
			continue // a page that no site lists by file
		}
		if len(got.Listings) > 0 {
			passed++
		}
		pull := effect.Effect{Key: "k", Kind: effect.KindPull, Slot: effect.SlotPull, Visibility: evidence.Public, Repository: in.Ticket.Repository, Number: 42, Pull: &effect.Pull{
			Branch: "oioi/ticket-42-docs", Base: "main", BaseSHA: "c0ffee", Title: "Docs: New", Message: "Docs: New", Marker: "<!-- oioi:v1 k -->", Body: "x\n\n<!-- oioi:v1 k -->", Files: got.Files()}}
		if why := in.Rules.Refuse(pull); why != "" && !strings.Contains(why, "front matter") {
			t.Errorf("%s: the gate refuses what was made: %s", filepath.Base(name), why)
		}
	}
	if passed < 8 {
		t.Errorf("only %d of %d navigations are edited", passed, len(archives))
	}
}

// A change that does not bring the answer where the next customer looks is not lost: a person has it to begin with. One that
// says what the pages say already is.
func TestAChangeThatDoesNotHelpBecomesWorkWithThePatch(t *testing.T) {
	for name, answered := range map[string]bool{"nothing answers still": false, "the pages answer already": true} {
		t.Run(name, func(t *testing.T) {
			in := hostile("How do I rotate a token?", false)
			in.Outputs.FollowThrough.FollowUps, in.Outputs.FollowThrough.DocsEdits[0].Edits[0] = nil, role.Edit{Find: "anchor", Insert: "\nSelect Rotate."}
			in.Replay = &effect.Replay{Answered: answered, Why: "the question is still answered from Sign-in"}
			effects, refused, _, err := effect.Plan(in, templates.Texts{})
			if err != nil {
				t.Fatal(err)
			}
			var work []string
			for _, e := range effects {
				switch {
				case e.Pull != nil:
					t.Errorf("a pull request opens: %s", e.Pull.Body)
				case e.Issue != nil:
					work = append(work, e.Issue.Body)
				}
			}
			why := "would not help the next customer: the question is still answered from Sign-in"
			if answered && (len(work) > 0 || len(refused) < 2 || !strings.Contains(refused[len(refused)-1].Reason, why)) {
				t.Errorf("%d follow-ups, refused %+v", len(work), refused)
			}
			if !answered && (len(work) != 1 || !strings.Contains(work[0], why) || !strings.Contains(work[0], "+Select Rotate.") || !strings.Contains(work[0], "> How do I rotate a token?")) {
				t.Errorf("the follow-ups are %q, refused %+v", work, refused)
			}
		})
	}
}

// An edit that does not fit its page is not lost, and neither is what fits beside it.
func TestAnEditThatDoesNotFitIsWorkForAPerson(t *testing.T) {
	fits := role.DocsEdit{Page: "docs/a.md", Title: "Rotate", Why: "It fits.", Edits: []role.Edit{{Find: "anchor", Insert: "\nSelect Rotate."}}}
	lost := role.DocsEdit{Page: "docs/a.md", Title: "Revoke", Why: "Nobody says how.", Edits: []role.Edit{{Find: "gone\nsince", Replace: true, Insert: "Select **Revoke**.\n/oioi send"}, {Find: "anchor", Insert: "Twice."}}}
	breaks := role.DocsEdit{Page: "docs/a.md", Title: "See", Why: "It breaks.", Edits: []role.Edit{{Insert: "See [it](nowhere.md)."}}}
	missing, there := lost, lost
	missing.Page, there.NewPage = "docs/b.md", true
	outside, tricky := lost, lost
	outside.Page, tricky.Page = "guides/a.md", "docs/../.github/a.md"
	answered := &effect.Replay{Answered: true, Why: "it is answered"}
	for name, test := range map[string]struct {
		edits   []role.DocsEdit
		replay  *effect.Replay
		pull    bool
		issue   []string // in its body
		not     string
		refused int
	}{
		"its anchor is not there":      {edits: []role.DocsEdit{lost}, issue: []string{"`docs/a.md`: the anchor \"gone\\nsince\" stands 0 times", "Find where its words belong", "-gone\n-since\n+Select **Revoke**.\n+/oioi send\n@@\n anchor\n+Twice.", "Nobody says how.", "> How do I rotate a token?", "has words for the help center ready"}, not: "git apply"},
		"its page is not there":        {edits: []role.DocsEdit{missing}, issue: []string{"`docs/b.md`: there is no such page", "+Select **Revoke**."}},
		"its page is outside":          {edits: []role.DocsEdit{outside}, issue: []string{`"guides/a.md" is outside the help center`, "+Select **Revoke**."}},
		"its page is a trick":          {edits: []role.DocsEdit{tricky}, refused: 1},
		"its new page is there":        {edits: []role.DocsEdit{there}, issue: []string{"the page exists already", "(new page)"}},
		"another one fits":             {edits: []role.DocsEdit{fits, lost}, pull: true, issue: []string{"stands 0 times", "+Select **Revoke**."}, not: "Select Rotate"},
		"another one breaks something": {edits: []role.DocsEdit{lost, breaks}, issue: []string{"nowhere.md", "stands 0 times", "for git apply", "+See [it](nowhere.md).", "+Select **Revoke**."}},
		"another one would not help":   {edits: []role.DocsEdit{fits, lost}, replay: answered, refused: 2},
	} {
		t.Run(name, func(t *testing.T) {
			in := hostile("How do I rotate a token?", false)
			given := len(in.Refused)
			in.Outputs.FollowThrough.FollowUps, in.Outputs.FollowThrough.DocsEdits, in.Replay = nil, test.edits, test.replay
			effects, refused, _, err := effect.Plan(in, templates.Texts{})
			if err != nil {
				t.Fatal(err)
			}
			var issues []string
			pull := false
			for _, e := range effects {
				pull = pull || e.Pull != nil
				if e.Issue != nil {
					issues = append(issues, e.Issue.Body)
				}
			}
			if pull != test.pull || len(refused) != given+test.refused || len(issues) > 1 || (len(issues) > 0) != (len(test.issue) > 0) {
				t.Fatalf("a pull request: %t; follow-ups %q, refused %+v", pull, issues, refused)
			}
			for _, want := range test.issue {
				if !strings.Contains(issues[0], want) {
					t.Errorf("%q is not in the follow-up:\n%s", want, issues[0])
				}
			}
			if test.not != "" && strings.Contains(issues[0], test.not) {
				t.Errorf("%q is in the follow-up:\n%s", test.not, issues[0])
			}
		})
	}
}
