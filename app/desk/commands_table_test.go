package desk

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aymanbagabas/go-udiff"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

var update = flag.Bool("update", false, "write the golden table anew")

// fixed is a GitHub where one ticket stands still.
type fixed struct {
	ticket     ticket.Ticket
	permission string
	settings   config.Settings
	member     bool // of every team
}

func (f fixed) Ticket(context.Context, Place, int) (ticket.Ticket, error) { return f.ticket, nil }
func (f fixed) Installation(context.Context, int64) (store.Installation, error) {
	return store.Installation{ID: 1}, nil
}
func (f fixed) Permission(context.Context, Place, string) (string, error) { return f.permission, nil }
func (f fixed) Pull(context.Context, Place, int) (effect.PullState, error) {
	return effect.PullState{}, errors.New("there is no pull request")
}

func (f fixed) File(context.Context, Place, string, string) ([]byte, bool, error) {
	return nil, false, nil
}

func (f fixed) Repository(context.Context, Place, string, string) (ticket.Repository, error) {
	return ticket.Repository{}, errors.New("no other repository is here")
}

func (f fixed) Member(context.Context, Place, string, string) (bool, error) { return f.member, nil }
func (f fixed) Settings(context.Context, Place) (config.Settings, error)    { return f.settings, nil }

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// tableTicket is a ticket in a private repository; its draft is comment 50.
func tableTicket() ticket.Ticket {
	return ticket.Ticket{Repository: ticket.Repository{ID: 7, Owner: "acme", Name: "support", Private: true}, Number: 42, URL: "https://github.com/acme/support/issues/42",
		Title: ticket.Text("Export ends early"), Body: ticket.Text("It ends at row 100000."), Author: ticket.Person{Login: "ada", ID: 5}, State: "open", CreatedAt: noon}
}

const tableDraft = "### Reply to ada\n\n" + effect.ReplyStart + "\n\nHi Ada, split the export.\n\n" + effect.ReplyEnd + "\n\n" + effect.Unsent

// tableStates are how a ticket can stand, by name: the run's status, and what is remembered.
var tableStates = []struct {
	name, status string
	data         ticketData
	waits        bool
}{
	{name: "new"},
	{name: "gathering", status: runGathering, data: ticketData{RunID: "r"}},
	{name: "parked", status: runParked, data: ticketData{RunID: "r"}},
	{name: "drafted", status: runFinished, data: ticketData{RunID: "r", Drafts: 1}},
	{name: "waiting", status: runFinished, data: ticketData{RunID: "r", Drafts: 1}, waits: true},
	{name: "held", status: runFinished, data: ticketData{RunID: "r", Drafts: 1, Held: &Held{By: "mika", At: noon}}},
	{name: "sent", status: runFinished, data: ticketData{RunID: "r", Drafts: 1, Sent: &Sent{Draft: 1, Digest: "0123456789ab", By: "mika", At: noon, RunID: "r"}}},
	{name: "cancelled", status: runCancelled, data: ticketData{RunID: "r"}},
	{name: "working", status: runWorking, data: ticketData{RunID: "r"}},
	{name: "publishing", status: runPublishing, data: ticketData{RunID: "r"}},
	{name: "asked", status: runFinished, data: ticketData{RunID: "r", Drafts: 1, Asked: &Asked{Digest: "0123456789ab", Comment: 51, Due: noon}, Sent: &Sent{Draft: 1, Digest: "0123456789ab", By: "mika", At: noon, RunID: "r"}}},
	{name: "byhand", status: runFinished, data: ticketData{RunID: "r", Drafts: 1, ByHand: "jo"}},
	{name: "escalated", status: runFinished, data: ticketData{RunID: "r", Drafts: 1, Level: 1}},
}

// TestEveryCommandForEveryPermissionInEveryState compares the whole visible answer with a golden table.
func TestEveryCommandForEveryPermissionInEveryState(t *testing.T) {
	arguments := map[string][]string{"approve": {"all"}, "reject": {"e000000 no"}, "assign": {"@jo"}, "escalate": {"no answer"},
		"rerun":   {"shorter", "from:operations-lead shorter", "from:product_manager", "from:nobody"},
		"confirm": {"", "full", "trim", "drop:docs", "drop:linear", "trim always", "drop:everything always", "ask", "ask always"}}
	var out strings.Builder
	cells := 0
	for _, state := range tableStates {
		s, err := store.OpenSQLite(t.Context(), "", store.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		settings := config.DefaultSettings()
		settings.Config.Policy.Escalation = []policy.Level{{Name: "L1", Target: "@jo", When: "S1"}}
		forTeams := settings
		forTeams.Config.Commands = map[string][]string{}
		for _, spec := range command.Specs {
			forTeams.Config.Commands[spec.Name] = []string{"team:support"}
		}
		d := New(Options{Store: s, BotLogin: "oioi[bot]", Clock: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)})
		at := tableTicket()
		row := fill(t, d, at, settings, state.status, state.data, state.waits)
		at.Comments = append(at.Comments, ticket.Comment{ID: 50, Ours: true, Author: ticket.Person{Login: "oioi[bot]", ID: 9, Bot: true}, Body: ticket.Text(tableDraft), CreatedAt: noon, UpdatedAt: noon})
		for _, spec := range command.Specs {
			lines := arguments[spec.Name]
			if lines == nil {
				lines = []string{""}
			}
			everybody := []string{"none", "read", "triage", "write", "maintain", "admin", "reporter", "team"}
			for i, who := range slices.Repeat(everybody, len(lines)) {
				line := strings.TrimSpace(spec.Name + " " + lines[i/len(everybody)])
				named := spec.Name
				if i >= len(everybody) {
					named = line
				}
				d.GitHub = fixed{ticket: at, permission: strings.Replace(who, command.Reporter, "read", 1), settings: settings}
				if who == "team" { // whoever may read, and is in the one team that each command is for
					d.GitHub = fixed{ticket: at, permission: "read", settings: forTeams, member: true}
				}
				sender := ticket.Person{Login: "mika", ID: 6}
				if who == command.Reporter {
					sender = at.Author
				}
				said := ticket.Comment{ID: 60, Author: sender, Body: ticket.Text(command.Prefix + " " + line), CreatedAt: noon.Add(time.Hour), UpdatedAt: noon.Add(time.Hour)}
				v, err := d.decide(t.Context(), "7/42", row, store.Installation{ID: 1}, []ticket.Event{{Kind: ticket.EventCommented, Repository: at.Repository, Number: 42,
					Title: at.Title, Author: at.Author, Sender: sender, Comment: &said}})
				if err != nil {
					t.Fatalf("%s by %s, %s: %v", line, who, state.name, err)
				}
				cells++
				fmt.Fprintf(&out, "%-9s | %-8s | %-8s | %s\n", state.name, named, who, answerOf(v, state.data))
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if cells < 400 {
		t.Errorf("the table has %d cells", cells)
	}
	path := filepath.Join("testdata", "commands.golden.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./app/desk -update, and read it", err)
	}
	if got := out.String(); got != string(want) {
		t.Error(udiff.Unified("want", "got", string(want), got))
	}
}

// fill stores a ticket in a state.
func fill(t *testing.T, d *Desk, at ticket.Ticket, settings config.Settings, status string, data ticketData, waits bool) store.Ticket {
	t.Helper()
	row := store.Ticket{Key: "7/42", InstallationID: 1, RepositoryID: 7, Owner: "acme", Name: "support", Private: true, Number: 42, Status: status, UpdatedAt: noon}
	data.Shape, data.Author = shape, at.Author
	row.Data = encode(data)
	err := d.Store.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.PutTicket(t.Context(), row); err != nil || status == "" {
			return err
		}
		run := Run{Shape: shape, Ticket: at, Settings: settings}
		if status == runParked {
			run.Parked = &workflow.Park{Kind: workflow.ParkLongPrompt}
			run.Long = &Long{Sources: []Expense{{Expense: workflow.Expense{What: "the ticket"}}, {Expense: workflow.Expense{Name: "docs"}}}}
		}
		run.State.Accepted = []workflow.Accepted{
			{StepID: "understand", Output: role.Output{Understanding: &role.Understanding{Severity: "S3"}}},
			{StepID: "plan", Output: role.Output{HandlingPlan: &role.HandlingPlan{Owner: "@jo"}}}}
		for i := range run.State.Accepted {
			before := run
			before.State.Accepted = run.State.Accepted[:i]
			run.State.Accepted[i].InputHash = d.Engine.input(before, settings.Definition.Steps[i])
		}
		if err := d.keepSettings(t.Context(), tx, &run); err != nil {
			return err
		}
		if err := tx.PutRun(t.Context(), store.Run{ID: "r", TicketKey: row.Key, Status: status, Data: encode(run), StartedAt: noon}); err != nil {
			return err
		}
		place := Place{Repository: at.Repository}
		if data.Drafts > 0 {
			made := comment(place, 42, "draft/1", tableDraft)
			if err := tx.PutEffect(t.Context(), store.Effect{Key: made.Key, TicketKey: row.Key, RunID: "r", Seq: 1, State: store.EffectDone, Data: encode(made),
				Receipt: encode(effect.Receipt{ID: 50, URL: at.URL + "#issuecomment-50"}), UpdatedAt: noon}); err != nil {
				return err
			}
		}
		if !waits {
			return nil
		}
		made := simple(place, 42, effect.KindLabel, "severity")
		made.Label = &effect.Label{Name: "oioi:S3"}
		return tx.PutEffect(t.Context(), store.Effect{Key: made.Key, TicketKey: row.Key, RunID: "r", Seq: 2, State: store.EffectWaiting, Data: encode(made), UpdatedAt: noon})
	})
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// answerOf is all that a person sees of a verdict, on one line.
func answerOf(v verdict, before ticketData) string {
	var out []string
	after := before
	for _, change := range v.change {
		change(&after)
	}
	for what, differs := range map[string]bool{"(held)": before.Held == nil && after.Held != nil, "(goes on)": before.Held != nil && after.Held == nil,
		fmt.Sprintf("(level %d)", after.Level): before.Level != after.Level, "(owner " + after.Owner + ")": before.Owner != after.Owner, "(outbox wakes)": v.wake} {
		if differs {
			out = append(out, what)
		}
	}
	slices.Sort(out)
	for _, e := range v.effects {
		switch {
		case e.Reaction != nil:
			out = append(out, ":"+e.Reaction.Content+":")
		case e.Comment != nil:
			text, _, _ := strings.Cut(e.Comment.Body, "\n\n<!-- oioi:v1")
			out = append(out, e.Slot+" «"+strings.ReplaceAll(text, "\n", " / ")+"»")
		case e.Assign != nil:
			out = append(out, "assign @"+e.Assign.Login)
		}
	}
	if v.start != nil {
		out = append(out, "begins: "+v.start.Reason)
		if kept := v.start.titles(); len(kept) > 0 {
			out = append(out, "keeps: "+strings.Join(kept, ", "))
		}
	}
	if v.rule != nil {
		out = append(out, "rule: "+v.rule.says(true))
	}
	if v.confirm != nil {
		out = append(out, "confirmed: "+strings.TrimSuffix(v.confirm.Choice+":"+strings.Join(v.confirm.Drop, ","), ":"))
	}
	if v.cancel != "" {
		out = append(out, "cancelled by "+v.cancel)
	}
	for _, decision := range v.decisions {
		out = append(out, fmt.Sprintf("%s %t (%s)", decision.id, decision.approved != nil, decision.note))
	}
	return strings.Join(out, " ")
}

func (f fixed) Standing(_ context.Context, p Place) (ticket.Repository, int64, error) {
	return p.Repository, p.InstallationID, nil
}
