package desk

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func budgetDesk(t *testing.T, b config.Budget) *Desk {
	t.Helper()
	db, err := store.OpenSQLite(context.Background(), filepath.Join(t.TempDir(), "oioi.db"), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return New(Options{Store: db, Clock: time.Now, Log: slog.New(slog.DiscardHandler), Budget: b})
}

func runOn(number int, author string) Run {
	place := Place{InstallationID: 1, Repository: ticket.Repository{ID: 7, Owner: "acme", Name: "support"}}
	return Run{Place: place, Ticket: ticket.Ticket{Number: number, Author: ticket.Person{Login: author}}}
}

// Questions that are asked side by side see what the others hold: together they never pass the limit.
func TestReservationsSideBySideStayWithinTheLimit(t *testing.T) {
	d := budgetDesk(t, config.Budget{DayTokens: 1000})
	var group sync.WaitGroup
	var mu sync.Mutex
	passed := 0
	for n := range 30 {
		group.Go(func() {
			_, err := d.Reserve(context.Background(), runOn(n, "cleo"), Question{Hash: "h"}, model.Usage{PromptTokens: 60, CompletionTokens: 40})
			mu.Lock()
			defer mu.Unlock()
			var reached *Reached
			switch {
			case err == nil:
				passed++
			case !errors.As(err, &reached) || model.Classify(err) != model.Limited:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if passed != 10 {
		t.Errorf("%d calls of 100 tokens were allowed by a limit of 1000", passed)
	}
}

// A crash before the answer and the same question again: held once, and not refused because of its own hold.
func TestTheSameQuestionIsReservedOnce(t *testing.T) {
	d := budgetDesk(t, config.Budget{TicketTokens: 100})
	ctx, run, most := context.Background(), runOn(1, "cleo"), model.Usage{PromptTokens: 60, CompletionTokens: 40}
	for range 3 {
		if _, err := d.Reserve(ctx, run, Question{Hash: "h"}, most); err != nil {
			t.Fatal(err)
		}
	}
	charge, err := d.Reserve(ctx, run, Question{Hash: "h"}, most)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Settle(ctx, charge, store.Cost{Calls: 1, Tokens: 30}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Reserve(ctx, run, Question{Hash: "another"}, most); model.Classify(err) != model.Limited {
		t.Errorf("30 are spent of 100, and 100 more are allowed: %v", err)
	}
}

func TestWhoIsCharged(t *testing.T) {
	d := budgetDesk(t, config.Budget{})
	run := runOn(1, "Cleo")
	if got := d.charge(run, Question{}).Author; got != "cleo" {
		t.Errorf("a new ticket is charged to %q", got)
	}
	run.By = "Maintainer"
	if got := d.charge(run, Question{}).Author; got != "maintainer" {
		t.Errorf("what a maintainer asks for is charged to %q", got)
	}
}

// No day and no limit is passed by a call, whatever was spent before.
func TestNoCallPassesALimit(t *testing.T) {
	now := time.Date(2026, 11, 24, 23, 59, 0, 0, time.FixedZone("PST", -8*3600))
	limits := config.Limits{Ticket: config.Limit{Tokens: 100}, Author: config.Limit{USD: 0.5}, Repository: config.Limit{Tokens: 300}, Day: config.Limit{USD: 2}}
	for of, spent := range map[string]store.Spent{
		"":                               {Ticket: store.Cost{Tokens: 90}, Author: store.Cost{Micros: 400_000}},
		"this ticket":                    {Ticket: store.Cost{Tokens: 91}},
		"this ticket's author":           {Author: store.Cost{Micros: 400_001}},
		"this repository":                {Repository: store.Cost{Tokens: 291}},
		"everything that OiOi does here": {Total: store.Cost{Micros: 1_900_001}},
	} {
		got := over(limits, limits, spent, store.Cost{Tokens: 10, Micros: 100_000}, now)
		if of == "" != (got == nil) || got != nil && got.Of != of {
			t.Errorf("%+v: stopped by %+v, want %q", spent, got, of)
		}
		if got != nil && got.Team != (of == "this ticket's author") {
			t.Errorf("%s: a maintainer is told %q", of, got)
		}
		if want := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC); got != nil && !got.Resets.Equal(want) {
			t.Errorf("it starts anew at %s, want %s", got.Resets, want)
		}
	}
}

// A flood of strangers stops before the share that is kept for the team, and the draft says that a maintainer may go on.
func TestAShareIsKeptForTheTeam(t *testing.T) {
	d := budgetDesk(t, config.Budget{DayTokens: 1000, TeamShare: 20})
	ctx, most := context.Background(), model.Usage{PromptTokens: 60, CompletionTokens: 40}
	var err error
	passed := -1
	for ; err == nil; passed++ {
		_, err = d.Reserve(ctx, runOn(passed+2, "new-account"), Question{Hash: "h"}, most)
	}
	var reached *Reached
	if !errors.As(err, &reached) || passed != 8 || !reached.Team {
		t.Errorf("strangers got %d calls of 100 tokens out of 1000 with 20 percent kept: %v", passed, err)
	}
	asked := runOn(2, "new-account")
	asked.By = "maintainer"
	if _, err := d.Reserve(ctx, asked, Question{Hash: "again"}, most); err != nil {
		t.Errorf("a maintainer is stopped with a fifth left: %v", err)
	}
}

// What is unknown counts as the most that it can be.
func TestUnknownUsageIsNotFree(t *testing.T) {
	most := model.Usage{PromptTokens: 60, CompletionTokens: 40, CostUSD: 1, Priced: true}
	if known(model.Usage{}, most) != most || known(model.Usage{PromptTokens: 1}, most).PromptTokens != 1 {
		t.Error("an answer without usage is free")
	}
	if got := lost(&model.Error{Class: model.Stopped}, most); got.PromptTokens != 60 || got.CompletionTokens != 0 || got.CostUSD != 0.6 {
		t.Errorf("a call that was cut off costs %+v", got)
	}
	if got := lost(&model.Error{Class: model.Truncated, Usage: most}, most); got != most {
		t.Errorf("a failure that was paid for costs %+v", got)
	}
	if got := lost(&model.Error{Class: model.Unauthorized}, most); got != (model.Usage{}) {
		t.Errorf("a refused call costs %+v", got)
	}
}
