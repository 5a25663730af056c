package desk

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/resolution"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// pulls is a GitHub with three pull requests: 1 is open, 2 merged, 3 closed. It cannot be reached for any other.
type pulls struct{ fixed }

func (pulls) Pull(_ context.Context, _ Place, number int) (effect.PullState, error) {
	states := map[int]effect.PullState{1: {Open: true}, 2: {Merged: true}, 3: {}}
	if state, ok := states[number]; ok {
		return state, nil
	}
	return effect.PullState{}, errors.New("GitHub answers 502")
}

// oneHelpCenter is a help center of one page, and a repository with one release.
type oneHelpCenter struct{ Sources }

func (oneHelpCenter) Docs(context.Context, Place, string, evidence.Query) ([]evidence.Item, string, error) {
	return nil, "c0ffee", nil
}

func (oneHelpCenter) Tree(_ context.Context, _ Place, _, commit string) (map[string]string, error) {
	if commit != "c0ffee" {
		return nil, errors.New("there is no such commit")
	}
	return map[string]string{"docs/export.md": "# Export\n\nAn export ends\nat 100,000 rows.\n", "logo.png": ""}, nil
}

func (oneHelpCenter) Releases(context.Context, Place, evidence.Query) ([]evidence.Item, error) {
	return []evidence.Item{{Kind: evidence.Release, Title: "v2.4.2", URL: "https://example.com/v2.4.2", Text: ticket.Text("- The export no longer ends early (TP-77)")}, {Kind: evidence.Version, Title: "v9"}}, nil
}

func TestHowEachCheckStands(t *testing.T) {
	s, err := store.OpenSQLite(t.Context(), "", store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	closed := tableTicket()
	closed.State = "closed"
	d := New(Options{Store: s, GitHub: pulls{fixed{ticket: closed}}, Clock: func() time.Time { return noon.Add(48 * time.Hour) }, Log: slog.New(slog.DiscardHandler),
		Engine: Engine{Sources: oneHelpCenter{}}})
	settings := config.DefaultSettings()
	run := Run{Ticket: tableTicket(), Settings: settings}
	run.State.Accepted = []workflow.Accepted{{Output: role.Output{Understanding: &role.Understanding{Severity: "S3"}}}}
	row := store.Ticket{Key: "7/42", RepositoryID: 7, Owner: "acme", Name: "support", Number: 42, Private: true}
	for _, test := range []struct {
		kind    role.CheckKind
		subject string
		hours   float64
		in      checking
		want    resolution.State
		why     string
	}{
		{kind: "reporter_confirms", want: resolution.Open, why: "has not said"},
		{kind: "reporter_confirms", in: checking{closing: closing{seen: resolution.Closing{Says: resolution.Solved}}}, want: resolution.Holds, why: "says so"},
		{kind: "reporter_confirms", in: checking{closing: closing{seen: resolution.Closing{Says: resolution.NotSolved}}}, want: resolution.Fails, why: "not solved"},
		{kind: "reporter_confirms", in: checking{closing: closing{seen: resolution.Closing{ByReporter: true}}}, want: resolution.Holds, why: "has closed the ticket"},
		{kind: "reporter_confirms", in: checking{closing: closing{seen: resolution.Closing{ByReporter: true, Reason: "not_planned"}}}, want: resolution.Open},
		{kind: "quiet_for", hours: 2, want: resolution.Holds, why: "nothing came until"},
		{kind: "quiet_for", hours: 200, want: resolution.Open, why: "closed before"},
		{kind: "quiet_for", hours: 2, in: checking{wrote: true}, want: resolution.Open, why: "has written"},
		{kind: "quiet_for", hours: 2, in: checking{wrote: true, closing: closing{seen: resolution.Closing{Says: resolution.Solved}}}, want: resolution.Holds, why: "said that it is solved"},
		{kind: "quiet_for", hours: 2, in: checking{wrote: true, closing: closing{seen: resolution.Closing{Says: resolution.NotSolved}}}, want: resolution.Fails, why: "not solved"},
		{kind: "issue_closed", want: resolution.Holds, why: "this ticket"},
		{kind: "issue_closed", subject: "#12", want: resolution.Holds, why: "it is closed"},
		{kind: "pr_merged", subject: "docs/export.md", want: resolution.Open, why: "no pull request"},
		{kind: "pr_merged", subject: "1", want: resolution.Open, why: "it is open"},
		{kind: "pr_merged", subject: "acme/support#2", want: resolution.Holds, why: "merged"},
		{kind: "pr_merged", subject: "#3", want: resolution.Fails, why: "without being merged"},
		{kind: "pr_merged", subject: "#4", in: checking{final: true}, want: resolution.Open, why: "could not be read"},
		{kind: "page_contains", subject: "ends at 100,000 ROWS", want: resolution.Holds, why: "`docs/export.md` says it"},
		{kind: "page_contains", subject: "ends at 200,000 rows", want: resolution.Open, why: "no page says it"},
		{kind: "page_contains", subject: "docs/export.md", want: resolution.Open, why: "which words"},
		{kind: "release_contains", subject: "2.4.2", want: resolution.Holds, why: "`v2.4.2` is released"},
		{kind: "release_contains", subject: "TP-77", want: resolution.Holds, why: "`v2.4.2` is released"},
		{kind: "release_contains", subject: "TP-78", want: resolution.Open, why: "no release says it"},
		{kind: "release_contains", want: resolution.Open, why: "which release"},
		{kind: "linear_state", subject: "Done", want: resolution.Open, why: "does not read Linear"},
		{kind: "human_question", subject: "Is it?", want: resolution.Open, why: "a person answers it"},
	} {
		at := test.in
		at.desk, at.row, at.run = d, row, run
		seen, err := at.look(t.Context(), role.Check{Kind: test.kind, Text: "A check", Subject: test.subject, DueHours: test.hours})
		if err != nil || seen.State != test.want || !strings.Contains(seen.Why, test.why) || seen.Kind != test.kind || seen.Text != "A check" {
			t.Errorf("%s %q: %+v, %v; want %s, %q", test.kind, test.subject, seen, err, test.want, test.why)
		}
	}
	at := checking{desk: d, row: row, run: run}
	if _, err := at.look(t.Context(), role.Check{Kind: "pr_merged", Subject: "#4"}); err == nil {
		t.Error("what cannot be read at first is not tried again")
	}
}

func TestWhatIsTickedInTheDraft(t *testing.T) {
	const list = "### Reply\n\n- [x] a box of the reply\n\n**Resolved when**\n\n- [ ] One\n- [X] Two\r\n- [x] Three\n\n**Follow-up:** none\n\n- [x] Another\n"
	for check, want := range []bool{false, true, true} {
		if got := ticked(list, check, 3); got != want {
			t.Errorf("check %d: %t", check, got)
		}
	}
	for name, body := range map[string]string{"another number of boxes": strings.Replace(list, "- [ ] One\n", "", 1), "no list": "- [x] One\n- [x] Two\n- [x] Three\n", "nothing": "", "cut off": "Resolved when\n- ["} {
		for check := range 3 {
			if ticked(body, check, 3) {
				t.Errorf("%s: check %d is ticked", name, check)
			}
		}
	}
}
