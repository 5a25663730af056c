package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/store"
)

var rowTests = []test{
	{"what is put is read back", testRoundTrip},
	{"what is not there is ErrNotFound", testNotFound},
	{"rows come in their order", testOrder},
	{"the store's clock fills in missing times", testDefaultTimes},
	{"a put replaces the row", testReplace},
	{"the first answer stays", testFirstAnswer},
	{"an effect keeps its receipt", testReceiptStays},
	{"a generation never goes back", testGenerations},
	{"rows survive reopening", testReopen},
}

var at = time.Date(2026, 2, 28, 23, 59, 59, 999999000, time.UTC)

const text = "Grüße 👩‍💻 \x00 \"quoted\"\r\n\u2028 <b>"

func row() (store.Ticket, store.Run, store.Effect, store.Event, store.Installation, store.Answer) {
	data := json.RawMessage(`{"v":1,"text":"ü"}`)
	return store.Ticket{Key: "7/1", InstallationID: 3, RepositoryID: 7, Owner: "acme", Name: "support", Private: true,
			Number: 1, Title: text, Generation: 4, Status: "working", Data: data, UpdatedAt: at},
		store.Run{ID: "r1", TicketKey: "7/1", Generation: 4, Status: "running", Data: data, StartedAt: at},
		store.Effect{Key: "7/1/draft", TicketKey: "7/1", RunID: "r1", Generation: 4, Seq: 2, State: store.EffectProposed,
			Data: data, Receipt: json.RawMessage(`{"url":"u"}`), Note: text, UpdatedAt: at},
		store.Event{TicketKey: "7/1", RunID: "r1", At: at, Kind: "asked", StepID: "s", Text: text,
			Took: 1500 * time.Nanosecond, Data: data},
		store.Installation{ID: 1 << 40, Account: "acme", InstalledAt: at, State: "active"},
		store.Answer{InputHash: "h", Data: data, CreatedAt: at}
}

func testRoundTrip(t *testing.T, e *env) {
	ctx := context.Background()
	ticket, run, effect, event, installation, answer := row()
	payload := make([]byte, 3<<20) // incompressible, and more than any page
	r := rand.New(rand.NewPCG(1, 2))
	for i := range payload {
		payload[i] = byte(r.Uint32())
	}
	delivery := store.Delivery{ID: "d1", Event: "issues", Action: "opened", InstallationID: 3, TicketKey: "7/1",
		ReceivedAt: at, Payload: payload, State: store.DeliveryNew}
	if _, err := e.Ingest(ctx, delivery, nil); err != nil {
		t.Fatal(err)
	}
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.PutTicket(ctx, ticket))
		ok(t, tx.PutRun(ctx, run))
		ok(t, tx.PutEffect(ctx, effect))
		ok(t, tx.AddEvent(ctx, event))
		ok(t, tx.PutInstallation(ctx, installation))
		ok(t, tx.PutAnswer(ctx, answer))
		ok(t, tx.PutValue(ctx, "cursor", text))
		return nil
	})
	check := func(r store.Reader) error {
		same(t, "delivery", delivery, get(t, func() (store.Delivery, error) { return r.Delivery(ctx, "d1") }))
		same(t, "inbox", []store.Delivery{delivery}, get(t, func() ([]store.Delivery, error) { return r.Inbox(ctx, "7/1") }))
		same(t, "ticket", ticket, get(t, func() (store.Ticket, error) { return r.Ticket(ctx, "7/1") }))
		same(t, "tickets", []store.Ticket{ticket}, get(t, func() ([]store.Ticket, error) { return r.Tickets(ctx, 9) }))
		same(t, "run", run, get(t, func() (store.Run, error) { return r.Run(ctx, "r1") }))
		same(t, "runs", []store.Run{run}, get(t, func() ([]store.Run, error) { return r.Runs(ctx, "7/1") }))
		same(t, "effect", effect, get(t, func() (store.Effect, error) { return r.Effect(ctx, "7/1/draft") }))
		same(t, "effects", []store.Effect{effect}, get(t, func() ([]store.Effect, error) { return r.Effects(ctx, "7/1") }))
		same(t, "events", []store.Event{event}, get(t, func() ([]store.Event, error) { return r.Events(ctx, "7/1") }))
		same(t, "installation", installation,
			get(t, func() (store.Installation, error) { return r.Installation(ctx, 1<<40) }))
		same(t, "installations", []store.Installation{installation},
			get(t, func() ([]store.Installation, error) { return r.Installations(ctx) }))
		same(t, "answer", answer, get(t, func() (store.Answer, error) { return r.Answer(ctx, "h") }))
		same(t, "value", text, get(t, func() (string, error) { return r.Value(ctx, "cursor") }))
		return nil
	}
	e.view(t, check)
	e.update(t, func(tx store.Tx) error { return check(tx) })
}

func get[T any](t *testing.T, read func() (T, error)) T {
	t.Helper()
	v, err := read()
	ok(t, err)
	return v
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return
	}
	w, g := fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got)
	if len(w)+len(g) > 4000 {
		w, g = w[:min(len(w), 500)]+"…", g[:min(len(g), 500)]+"…"
	}
	t.Errorf("%s:\nput  %s\nread %s", what, w, g)
}

func testNotFound(t *testing.T, e *env) {
	ctx := context.Background()
	e.view(t, func(r store.Reader) error {
		errs := map[string]error{}
		_, errs["delivery"] = r.Delivery(ctx, "no")
		_, errs["ticket"] = r.Ticket(ctx, "no")
		_, errs["run"] = r.Run(ctx, "no")
		_, errs["answer"] = r.Answer(ctx, "no")
		_, errs["effect"] = r.Effect(ctx, "no")
		_, errs["installation"] = r.Installation(ctx, 404)
		_, errs["value"] = r.Value(ctx, "no")
		for what, err := range errs {
			t.Run(what, func(t *testing.T) { wantErr(t, err, store.ErrNotFound) })
		}
		for what, n := range map[string]int{
			"inbox":   len(get(t, func() ([]store.Delivery, error) { return r.Inbox(ctx, "no") })),
			"tickets": len(get(t, func() ([]store.Ticket, error) { return r.Tickets(ctx, 0) })),
			"runs":    len(get(t, func() ([]store.Run, error) { return r.Runs(ctx, "no") })),
			"effects": len(get(t, func() ([]store.Effect, error) { return r.Effects(ctx, "no") })),
			"events":  len(get(t, func() ([]store.Event, error) { return r.Events(ctx, "no") })),
		} {
			if n != 0 {
				t.Errorf("%s has %d rows", what, n)
			}
		}
		return nil
	})
	wantErr(t, e.Update(ctx, func(tx store.Tx) error {
		return tx.MarkDelivery(ctx, "no", store.DeliveryDone, "")
	}), store.ErrNotFound)
}

func testOrder(t *testing.T, e *env) {
	ctx := context.Background()
	for _, id := range []string{"d3", "d1", "d2"} { // the order of arrival counts, not of ids
		if _, err := e.Ingest(ctx, store.Delivery{ID: id, TicketKey: "7/1", Payload: []byte("{}")}, nil); err != nil {
			t.Fatal(err)
		}
	}
	e.update(t, func(tx store.Tx) error {
		for i, minutes := range []int{5, 1, 9} {
			when := at.Add(time.Duration(minutes) * time.Minute)
			name := fmt.Sprint(minutes)
			ok(t, tx.PutTicket(ctx, store.Ticket{Key: name, UpdatedAt: when}))
			ok(t, tx.PutRun(ctx, store.Run{ID: name, TicketKey: "7/1", StartedAt: when}))
			ok(t, tx.PutEffect(ctx, store.Effect{Key: name, TicketKey: "7/1", Seq: minutes, State: store.EffectProposed}))
			ok(t, tx.AddEvent(ctx, store.Event{TicketKey: "7/1", At: when, Text: name}))
			ok(t, tx.AddEvent(ctx, store.Event{TicketKey: "7/1", At: at, Text: fmt.Sprint("same time ", i)}))
		}
		return nil
	})
	e.view(t, func(r store.Reader) error {
		var inbox, tickets, runs, effects, events []string
		for _, v := range get(t, func() ([]store.Delivery, error) { return r.Inbox(ctx, "7/1") }) {
			inbox = append(inbox, v.ID)
		}
		for _, v := range get(t, func() ([]store.Ticket, error) { return r.Tickets(ctx, 2) }) {
			tickets = append(tickets, v.Key)
		}
		for _, v := range get(t, func() ([]store.Run, error) { return r.Runs(ctx, "7/1") }) {
			runs = append(runs, v.ID)
		}
		for _, v := range get(t, func() ([]store.Effect, error) { return r.Effects(ctx, "7/1") }) {
			effects = append(effects, v.Key)
		}
		for _, v := range get(t, func() ([]store.Event, error) { return r.Events(ctx, "7/1") }) {
			events = append(events, v.Text)
		}
		same(t, "inbox, oldest first", []string{"d3", "d1", "d2"}, inbox)
		same(t, "tickets, last changed first, two", []string{"9", "5"}, tickets)
		same(t, "runs, newest first", []string{"9", "5", "1"}, runs)
		same(t, "effects, in their sequence", []string{"1", "5", "9"}, effects)
		same(t, "events, oldest first", []string{"same time 0", "same time 1", "same time 2", "1", "5", "9"}, events)
		if n := len(get(t, func() ([]store.Ticket, error) { return r.Tickets(ctx, 0) })); n != 3 {
			t.Errorf("Tickets without a limit returned %d of 3", n)
		}
		return nil
	})
}

func testDefaultTimes(t *testing.T, e *env) {
	ctx := context.Background()
	now := e.clock.Now()
	if _, err := e.Ingest(ctx, store.Delivery{ID: "d"}, nil); err != nil {
		t.Fatal(err)
	}
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.PutTicket(ctx, store.Ticket{Key: "k"}))
		ok(t, tx.PutRun(ctx, store.Run{ID: "r"}))
		ok(t, tx.PutEffect(ctx, store.Effect{Key: "e", State: store.EffectDone}))
		ok(t, tx.AddEvent(ctx, store.Event{TicketKey: "k"}))
		ok(t, tx.PutAnswer(ctx, store.Answer{InputHash: "h"}))
		ok(t, tx.PutInstallation(ctx, store.Installation{ID: 1}))
		return nil
	})
	e.view(t, func(r store.Reader) error {
		d := get(t, func() (store.Delivery, error) { return r.Delivery(ctx, "d") })
		same(t, "delivery", now, d.ReceivedAt)
		same(t, "delivery's state", store.DeliveryNew, d.State)
		same(t, "ticket", now, get(t, func() (store.Ticket, error) { return r.Ticket(ctx, "k") }).UpdatedAt)
		run := get(t, func() (store.Run, error) { return r.Run(ctx, "r") })
		same(t, "run", now, run.StartedAt)
		if !run.FinishedAt.IsZero() {
			t.Errorf("a run that is not finished has finished at %v", run.FinishedAt)
		}
		same(t, "effect", now, get(t, func() (store.Effect, error) { return r.Effect(ctx, "e") }).UpdatedAt)
		same(t, "event", now, get(t, func() ([]store.Event, error) { return r.Events(ctx, "k") })[0].At)
		same(t, "answer", now, get(t, func() (store.Answer, error) { return r.Answer(ctx, "h") }).CreatedAt)
		if i := get(t, func() (store.Installation, error) { return r.Installation(ctx, 1) }); !i.InstalledAt.IsZero() {
			t.Errorf("an unknown time of installation became %v", i.InstalledAt)
		}
		return nil
	})
}

func testReplace(t *testing.T, e *env) {
	ctx := context.Background()
	ticket, run, effect, _, installation, _ := row()
	put := func() {
		e.update(t, func(tx store.Tx) error {
			ok(t, tx.PutTicket(ctx, ticket))
			ok(t, tx.PutRun(ctx, run))
			ok(t, tx.PutEffect(ctx, effect))
			ok(t, tx.PutInstallation(ctx, installation))
			ok(t, tx.PutValue(ctx, "cursor", run.Status))
			return nil
		})
	}
	put()
	ticket.Title, ticket.Generation, ticket.Private, ticket.Owner, ticket.Data = "new", 5, false, "moved", nil
	run.Status, run.FinishedAt, run.Data = "finished", at.Add(time.Second), json.RawMessage(`[]`)
	effect.State, effect.Receipt, effect.Seq, effect.RunID = store.EffectDone, json.RawMessage(`{}`), 9, "r2"
	installation.State = "suspended"
	put()
	e.view(t, func(r store.Reader) error {
		same(t, "ticket", ticket, get(t, func() (store.Ticket, error) { return r.Ticket(ctx, ticket.Key) }))
		same(t, "run", run, get(t, func() (store.Run, error) { return r.Run(ctx, run.ID) }))
		same(t, "effect", effect, get(t, func() (store.Effect, error) { return r.Effect(ctx, effect.Key) }))
		same(t, "installation", installation,
			get(t, func() (store.Installation, error) { return r.Installation(ctx, installation.ID) }))
		same(t, "value", "finished", get(t, func() (string, error) { return r.Value(ctx, "cursor") }))
		return nil
	})
}

func testFirstAnswer(t *testing.T, e *env) {
	ctx := context.Background()
	for _, data := range []string{`"first"`, `"second"`} {
		e.update(t, func(tx store.Tx) error {
			return tx.PutAnswer(ctx, store.Answer{InputHash: "h", Data: json.RawMessage(data)})
		})
	}
	e.view(t, func(r store.Reader) error {
		same(t, "answer", `"first"`, string(get(t, func() (store.Answer, error) { return r.Answer(ctx, "h") }).Data))
		return nil
	})
}

func testReceiptStays(t *testing.T, e *env) {
	ctx := context.Background()
	_, _, effect, _, _, _ := row()
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.PutEffect(ctx, effect))
		anew := effect
		anew.Receipt, anew.Generation, anew.State = nil, 5, store.EffectProposed
		return tx.PutEffect(ctx, anew)
	})
	e.view(t, func(r store.Reader) error {
		got := get(t, func() (store.Effect, error) { return r.Effect(ctx, effect.Key) })
		if !bytes.Equal(got.Receipt, effect.Receipt) || got.Generation != 5 {
			t.Errorf("proposed anew: generation %d, receipt %s", got.Generation, got.Receipt)
		}
		return nil
	})
}

func testGenerations(t *testing.T, e *env) {
	ctx := context.Background()
	ticket, _, _, _, _, _ := row()
	e.update(t, func(tx store.Tx) error { return tx.PutTicket(ctx, ticket) })
	old := ticket
	old.Generation, old.Title = ticket.Generation-1, "stale"
	wantErr(t, e.Update(ctx, func(tx store.Tx) error { return tx.PutTicket(ctx, old) }), store.ErrStale)
	e.update(t, func(tx store.Tx) error {
		ok(t, store.CheckGeneration(ctx, tx, ticket.Key, ticket.Generation))
		wantErr(t, store.CheckGeneration(ctx, tx, ticket.Key, ticket.Generation-1), store.ErrStale)
		wantErr(t, store.CheckGeneration(ctx, tx, ticket.Key, ticket.Generation+1), store.ErrStale)
		wantErr(t, store.CheckGeneration(ctx, tx, "gone", 1), store.ErrStale)
		same(t, "ticket", ticket, get(t, func() (store.Ticket, error) { return tx.Ticket(ctx, ticket.Key) }))
		return nil
	})
}

func testReopen(t *testing.T, e *env) {
	ctx := context.Background()
	ticket, _, _, _, _, _ := row()
	if _, err := e.Ingest(ctx, store.Delivery{ID: "d", TicketKey: ticket.Key, Payload: []byte(text)}, nil); err != nil {
		t.Fatal(err)
	}
	e.update(t, func(tx store.Tx) error { return tx.PutTicket(ctx, ticket) })
	e.reopen(t)
	e.view(t, func(r store.Reader) error {
		same(t, "ticket", ticket, get(t, func() (store.Ticket, error) { return r.Ticket(ctx, ticket.Key) }))
		inbox := get(t, func() ([]store.Delivery, error) { return r.Inbox(ctx, ticket.Key) })
		if len(inbox) != 1 || string(inbox[0].Payload) != text {
			t.Errorf("the inbox after reopening: %+v", inbox)
		}
		return nil
	})
	fresh, err := e.Ingest(ctx, store.Delivery{ID: "d", TicketKey: ticket.Key}, nil)
	if err != nil || fresh {
		t.Errorf("a duplicate after reopening: fresh %v, error %v", fresh, err)
	}
}
