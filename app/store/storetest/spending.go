package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/store"
)

var spendingTests = []test{
	{"what is held and used counts for the ticket, the author, the repository and the day", testSpent},
	{"a question that is asked again holds once", testHoldTwice},
	{"a dead hold is released and what was used stays", testReleaseHeld},
	{"spending is listed by repository", testSpendingList},
	{"tickets and effects are listed by state, values by prefix", testLists},
	{"the spending of a forgotten installation goes", testForgetSpending},
}

func charge(id string) store.Charge {
	return store.Charge{ID: id, Day: "2026-11-03", TicketKey: "10/1", Author: "cleo", RepositoryID: 10, Repository: "acme/support", InstallationID: 3}
}

func (e *env) spent(t *testing.T, c store.Charge) (out store.Spent) {
	t.Helper()
	e.view(t, func(r store.Reader) (err error) { out, err = r.Spent(context.Background(), c); return err })
	return out
}

func testSpent(t *testing.T, e *env) {
	ctx := context.Background()
	same(t, "at first", store.Spent{}, e.spent(t, charge("a")))
	another, elsewhere, yesterday := charge("b"), charge("c"), charge("d")
	another.TicketKey = "10/2"
	elsewhere.TicketKey, elsewhere.RepositoryID, elsewhere.Author = "20/1", 20, "dora"
	yesterday.Day = "2026-11-02"
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Hold(ctx, charge("a"), store.Cost{Tokens: 100, Micros: 1000}))
		ok(t, tx.Hold(ctx, another, store.Cost{Tokens: 50, Micros: 500}))
		ok(t, tx.Settle(ctx, another, store.Cost{Calls: 2, Tokens: 7, Micros: 70}))
		ok(t, tx.Settle(ctx, elsewhere, store.Cost{Calls: 1, Tokens: 3, Micros: 30}))
		return tx.Settle(ctx, yesterday, store.Cost{Calls: 9, Tokens: 9, Micros: 9})
	})
	same(t, "spent", store.Spent{
		Ticket: store.Cost{Calls: 1, Tokens: 100, Micros: 1000}, Author: store.Cost{Calls: 3, Tokens: 107, Micros: 1070},
		Repository: store.Cost{Calls: 3, Tokens: 107, Micros: 1070}, Total: store.Cost{Calls: 4, Tokens: 110, Micros: 1100},
	}, e.spent(t, charge("a")))
	e.reopen(t)
	same(t, "after a restart", int64(110), e.spent(t, charge("a")).Total.Tokens)
}

func testHoldTwice(t *testing.T, e *env) {
	ctx := context.Background()
	tomorrow := charge("a")
	tomorrow.Day = "2026-11-04"
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Hold(ctx, charge("a"), store.Cost{Tokens: 100}))
		return tx.Hold(ctx, charge("a"), store.Cost{Tokens: 120})
	})
	same(t, "held", store.Cost{Calls: 1, Tokens: 120}, e.spent(t, charge("a")).Total)
	e.update(t, func(tx store.Tx) error { return tx.Hold(ctx, tomorrow, store.Cost{Tokens: 100}) })
	same(t, "held for the day before", store.Cost{}, e.spent(t, charge("a")).Total)
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Settle(ctx, tomorrow, store.Cost{Calls: 1, Tokens: 30}))
		ok(t, tx.Hold(ctx, tomorrow, store.Cost{Tokens: 100})) // a failure that was paid for, and another try
		return tx.Settle(ctx, tomorrow, store.Cost{Calls: 1, Tokens: 40})
	})
	same(t, "used by both tries", store.Cost{Calls: 2, Tokens: 70}, e.spent(t, tomorrow).Total)
}

func testReleaseHeld(t *testing.T, e *env) {
	ctx := context.Background()
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Settle(ctx, charge("a"), store.Cost{Calls: 1, Tokens: 5}))
		return tx.Hold(ctx, charge("a"), store.Cost{Tokens: 100})
	})
	e.clock.Add(time.Hour)
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Hold(ctx, charge("b"), store.Cost{Tokens: 11}))
		n, err := tx.ReleaseHeld(ctx, e.clock.Now().Add(-time.Minute))
		same(t, "released", int64(1), n)
		return err
	})
	same(t, "spent", store.Cost{Calls: 2, Tokens: 16}, e.spent(t, charge("a")).Total)
}

func testSpendingList(t *testing.T, e *env) {
	ctx := context.Background()
	zoo := charge("z")
	zoo.RepositoryID, zoo.Repository, zoo.Most = 20, "zoo/support", store.Cost{Tokens: 5000, Micros: 9}
	renamed := charge("b")
	renamed.Repository, renamed.Most = "acme/help", store.Cost{Tokens: 50}
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Settle(ctx, charge("a"), store.Cost{Calls: 1, Tokens: 5, Micros: 7}))
		e.clock.Add(time.Second)
		ok(t, tx.Hold(ctx, renamed, store.Cost{Tokens: 11, Micros: 13}))
		return tx.Settle(ctx, zoo, store.Cost{Calls: 3, Tokens: 1000})
	})
	e.view(t, func(r store.Reader) error {
		list, err := r.Spending(ctx, "2026-11-03")
		same(t, "list", []store.Spending{
			{RepositoryID: 20, Repository: "zoo/support", Used: store.Cost{Calls: 3, Tokens: 1000}, Most: store.Cost{Tokens: 5000, Micros: 9}},
			{RepositoryID: 10, Repository: "acme/help", Most: store.Cost{Tokens: 50}, Used: store.Cost{Calls: 1, Tokens: 5, Micros: 7}, Held: store.Cost{Calls: 1, Tokens: 11, Micros: 13}},
		}, list)
		return err
	})
}

func testForgetSpending(t *testing.T, e *env) {
	ctx := context.Background()
	zoo := charge("z")
	zoo.InstallationID = 4
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.Settle(ctx, charge("a"), store.Cost{Tokens: 5}))
		ok(t, tx.Settle(ctx, zoo, store.Cost{Tokens: 6}))
		_, err := tx.Forget(ctx, 3)
		return err
	})
	same(t, "what is left", int64(6), e.spent(t, charge("a")).Total.Tokens)
}

func testLists(t *testing.T, e *env) {
	ctx := context.Background()
	put := func(key, status string) store.Ticket {
		e.clock.Add(time.Second)
		return store.Ticket{Key: key, Owner: "acme", Name: "support", Status: status, Data: []byte(`{}`)}
	}
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.PutTicket(ctx, put("1/1", "parked")))
		ok(t, tx.PutTicket(ctx, put("1/2", "finished")))
		ok(t, tx.PutTicket(ctx, put("1/3", "parked")))
		ok(t, tx.PutEffect(ctx, store.Effect{Key: "a", TicketKey: "1/1", State: store.EffectUnknown, Note: "no answer"}))
		ok(t, tx.PutEffect(ctx, store.Effect{Key: "b", TicketKey: "1/1", State: store.EffectDone}))
		ok(t, tx.PutValue(ctx, "writes/3", "x"))
		ok(t, tx.PutValue(ctx, "writes_3", "y"))
		return tx.PutValue(ctx, "writes/%", "z")
	})
	e.view(t, func(r store.Reader) error {
		var keys []string
		for _, k := range get(t, func() ([]store.Ticket, error) { return r.TicketsBy(ctx, "parked", 0) }) {
			keys = append(keys, k.Key)
			same(t, "data", 0, len(k.Data))
		}
		same(t, "parked", []string{"1/3", "1/1"}, keys)
		same(t, "one of them", 1, len(get(t, func() ([]store.Ticket, error) { return r.TicketsBy(ctx, "parked", 1) })))
		unknown := get(t, func() ([]store.Effect, error) { return r.EffectsBy(ctx, store.EffectUnknown, 0) })
		same(t, "unknown", 1, len(unknown))
		same(t, "its note", "no answer", unknown[0].Note)
		same(t, "values", map[string]string{"writes/3": "x", "writes/%": "z"}, get(t, func() (map[string]string, error) { return r.Values(ctx, "writes/") }))
		return nil
	})
}
