package app

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
)

// withBudget is withModel with limits.
func withBudget(t *testing.T, server *modeltest.Server, b config.Budget) *town {
	return newTown(t, townOptions{budget: b, model: modelAt(server)})
}

// spent is what was spent today, or is held, for a ticket by customer.
func (w *town) spent(ref forge.Ref) (out store.Spent) {
	w.t.Helper()
	row := w.row(ref)
	w.check(w.oioi.Store.View(context.Background(), func(r store.Reader) (err error) {
		out, err = r.Spent(context.Background(), store.Charge{Day: "2026-11-24", TicketKey: row.Key, Author: "customer", RepositoryID: row.RepositoryID})
		return err
	}))
	return out
}

// What the model used is what was written down, and nothing stays held.
func TestSpendingIsWhatTheModelUsed(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := withBudget(t, server, config.DefaultServer().Budget)
	ticket := w.sample("rotate-token")
	w.comments(ticket)
	spent := w.spent(ticket)
	if spent.Ticket.Calls != 4 || spent.Ticket.Tokens < 4000 || spent.Ticket.Micros == 0 {
		t.Errorf("spent %+v for four calls", spent.Ticket)
	}
	if spent.Author != spent.Ticket || spent.Repository != spent.Ticket || spent.Total != spent.Ticket {
		t.Errorf("one ticket was worked, and the sums differ: %+v", spent)
	}
	var list []store.Spending
	w.check(w.oioi.Store.View(context.Background(), func(r store.Reader) (err error) {
		list, err = r.Spending(context.Background(), "2026-11-24")
		return err
	}))
	if len(list) != 1 || list[0].Repository != "tallypost/support" || list[0].Held != (store.Cost{}) || list[0].Used != spent.Total {
		t.Errorf("the list is %+v", list)
	}
}

// A ticket that reaches its limit is drafted by the playbooks; the draft says which limit, until when, and what goes on.
func TestALimitStopsTheModelAndTheDraftSaysSo(t *testing.T) {
	t.Parallel()
	for unit, budget := range map[string]config.Budget{"tokens": {TicketTokens: 32_000}, "US dollars": {RepositoryUSD: 0.16}} {
		t.Run(unit, func(t *testing.T) {
			t.Parallel()
			server := modeltest.NewServer(t)
			budget.WhenSpent = config.SpentPlaybook
			w := withBudget(t, server, budget)
			ticket := w.sample("rotate-token")
			drafts := w.comments(ticket)
			if n := len(server.Requests()); len(drafts) != 1 || n == 0 || n > 3 {
				t.Fatalf("%d comments after %d calls", len(drafts), n)
			}
			holds(t, drafts[0], "**Budget:** the budget of ", unit+" a day for this ", "It starts anew on Wed 25 Nov, 00:00 UTC", "`/oioi rerun`",
				"Drafted without a language model", "because the budget is used up")
			if spent := w.spent(ticket); budget.TicketTokens > 0 && spent.Ticket.Tokens > budget.TicketTokens {
				t.Errorf("%d tokens were spent, of %d", spent.Ticket.Tokens, budget.TicketTokens)
			}
		})
	}
}

// A run can wait instead; on the next day a rerun goes on.
func TestARunWaitsForTheNextDay(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := withBudget(t, server, config.Budget{RepositoryTokens: 40_000, WhenSpent: config.SpentWait})
	w.comments(w.sample("rotate-token")) // takes 16,000
	ticket := w.sample("rotate-token")
	notices := w.comments(ticket)
	if len(notices) != 1 || w.status(ticket) != "parked" {
		t.Fatalf("%d comments, %s", len(notices), w.status(ticket))
	}
	holds(t, notices[0], "Today's budget is used up", "40,000 tokens a day for this repository", "Wed 25 Nov, 00:00 UTC", "`/oioi rerun`")
	w.ahead.Add(int64(15 * time.Hour))
	_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ticket, "/oioi rerun")
	w.check(err)
	all := w.comments(ticket)
	if last := all[len(all)-1]; strings.Contains(last, "udget") || !strings.Contains(last, "gpt-4.1") {
		t.Errorf("on the next day the model does not draft:\n%s", last)
	}
}

// One author's flood uses up that author's budget alone, and a maintainer goes on at once.
func TestAnAuthorsLimitIsTheAuthorsAlone(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := withBudget(t, server, config.Budget{AuthorTokens: 36_000, WhenSpent: config.SpentPlaybook})
	w.comments(w.sample("rotate-token"))
	second := w.sample("rotate-token")
	stopped := w.comments(second)
	holds(t, stopped[0], "a day for this ticket's author", "or at once, since it counts for the maintainer")
	calls := len(server.Requests())
	issue, err := w.world.Forge.CreateIssue(forge.As("jo-lindqvist"), second.Repo, forge.IssueInput{Title: "How do I rotate an API token?", Body: "How do I rotate an API token?", FormLabels: []string{"support"}})
	w.check(err)
	if drafts := w.comments(issue.Ref); len(drafts) != 1 || strings.Contains(drafts[0], "Budget") {
		t.Errorf("another author is stopped, too: %q", drafts)
	}
	if len(server.Requests()) == calls {
		t.Error("the model was not asked for another author")
	}
	calls = len(server.Requests())
	_, err = w.world.Forge.CreateComment(forge.As("maintainer"), second, "/oioi rerun")
	w.check(err)
	all := w.comments(second)
	if last := all[len(all)-1]; strings.Contains(last, "Budget") || len(server.Requests()) == calls {
		t.Errorf("a maintainer's run is stopped by the author's limit:\n%s", last)
	}
}

// A repository can lower its limits and not raise them; on a public tracker the draft holds no numbers.
func TestARepositoryLowersItsLimits(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := withBudget(t, server, config.Budget{TicketTokens: 500_000, WhenSpent: config.SpentPlaybook})
	w.commit("tallypost/tallypost", ".github/oioi.yml", "triggers: {all: true}\nbudget: {ticket_tokens: 1000, repository_tokens: 900000000}\n")
	issue, err := w.world.Forge.CreateIssue(forge.As("customer"), "tallypost/tallypost", forge.IssueInput{Title: "How do I rotate an API token?", Body: "How do I rotate an API token?"})
	w.check(err)
	drafts := w.comments(issue.Ref)
	if len(drafts) != 1 || len(server.Requests()) != 0 {
		t.Fatalf("%d comments after %d calls", len(drafts), len(server.Requests()))
	}
	holds(t, drafts[0], "because today's budget for this ticket is used up. It starts anew on Wed 25 Nov, 00:00 UTC")
	if strings.Contains(drafts[0], "1,000") {
		t.Error("a public draft holds the budget's numbers")
	}
}

// A ticket that is cancelled in the middle of a call has cost its prompt: otherwise editing a ticket again and again would
// spend without end and be free.
func TestACallThatWasCutOffIsCharged(t *testing.T) {
	t.Parallel()
	m, asked, _ := hangingModel(t)
	w := newTown(t, townOptions{model: m, budget: config.DefaultServer().Budget})
	ref := w.file("Export stops", "The export of the report stops in the middle of it.")
	w.waitFor("the call", func() bool { return asked.Load() > 0 })
	if held := w.spent(ref).Ticket; held.Calls != 1 || held.Tokens < 16_000 {
		t.Errorf("while the model is asked, %+v is held", held)
	}
	_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ref, "/oioi cancel")
	w.check(err)
	w.waitFor("the end of the call", func() bool { return w.status(ref) == "cancelled" && w.spent(ref).Ticket.Tokens < 16_000 })
	if spent := w.spent(ref).Ticket; spent.Calls != 1 || spent.Tokens < 500 {
		t.Errorf("the call was cut off and cost %+v", spent)
	}
}

// What a process held that died is free at the next start.
func TestADeadReservationIsReleasedAtStart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "oioi.db")
	ctx := context.Background()
	db, err := store.OpenSQLite(ctx, file, store.Options{Clock: func() time.Time { return began.Add(-time.Minute) }})
	if err != nil {
		t.Fatal(err)
	}
	c := store.Charge{ID: "q", Day: "2026-11-24", TicketKey: "1/1", Author: "customer", RepositoryID: 1}
	if err := db.Update(ctx, func(tx store.Tx) error {
		if err := tx.Settle(ctx, c, store.Cost{Calls: 1, Tokens: 7}); err != nil {
			return err
		}
		return tx.Hold(ctx, c, store.Cost{Tokens: 1000})
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var log lockedBuffer
	w := newTown(t, townOptions{store: file, log: &log})
	w.check(w.oioi.Store.View(ctx, func(r store.Reader) error {
		spent, err := r.Spent(ctx, c)
		if err == nil && spent.Total != (store.Cost{Calls: 1, Tokens: 7}) {
			t.Errorf("after the start %+v is spent or held", spent.Total)
		}
		return err
	}))
	holds(t, log.String(), "died in the middle of calls to the model")
}

// Who runs OiOi sees what was spent: on the dashboard by repository, in the metrics the sum alone, since their reader
// need not know the names of private repositories.
func TestOperatorsSeeWhatWasSpent(t *testing.T) {
	t.Parallel()
	const password = "a long password for the queue"
	server := modeltest.NewServer(t)
	w := newTown(t, townOptions{model: modelAt(server), budget: config.Budget{RepositoryTokens: 30_000, DayTokens: 999_999, WhenSpent: config.SpentPlaybook}, queue: password})
	ticket := w.sample("rotate-token")
	w.comments(ticket)
	used := w.spent(ticket).Total.Tokens
	status, page := w.get("/dashboard", "oioi", password)
	if status != 200 {
		t.Fatal(status)
	}
	holds(t, page, "tallypost/support", templates.Number(float64(used), "tokens")+" of 30,000 tokens", "of 999,999 tokens", "US dollars")
	_, metrics := w.get("/metrics", "", "")
	holds(t, metrics, fmt.Sprintf("oioi_spent_today_tokens %d\n", used), "oioi_budget_day_tokens 999999\n", `oioi_budget_reached_total{of="this repository",unit="tokens"} 1`)
	if strings.Contains(metrics, "tallypost") {
		t.Error("the metrics name a repository")
	}
}
