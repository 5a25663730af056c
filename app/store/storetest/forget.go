package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
)

var forgetTests = []test{
	{"an installation is forgotten and its neighbour is not", testForget},
	{"a removed installation keeps the time of its removal", testRemovedAt},
	{"rows are counted by their state", testCounts},
	{"the queue's pages list jobs by their state", testQueuePagesListJobs},
	{"an export holds everything of one repository and nothing else", testExport},
}

// two fills the database with a ticket of each of two installations; a value is kept by both, and one by each alone.
func two(t *testing.T, e *env) {
	t.Helper()
	ctx := context.Background()
	for _, in := range []struct {
		id   int64
		name string
	}{{3, "acme"}, {4, "zoo"}} {
		key := store.TicketKey(in.id*10, 1)
		for id, about := range map[string]string{"young-": key, "old-": key, "push-": ""} {
			d := store.Delivery{ID: id + in.name, Event: "issues", InstallationID: in.id, TicketKey: about,
				Payload: []byte(`{"repository":{"full_name":"` + in.name + `/support"},"words":"` + in.name + ` payload"}`)}
			if id == "old-" {
				d.ReceivedAt = e.clock.Now().Add(-store.KeepDeliveries - time.Hour)
			}
			_, err := e.Ingest(ctx, d, nil)
			ok(t, err)
		}
		e.update(t, func(tx store.Tx) error {
			data := json.RawMessage(`{"of":"` + in.name + `"}`)
			ok(t, tx.PutInstallation(ctx, store.Installation{ID: in.id, Account: in.name, State: "active"}))
			ok(t, tx.PutTicket(ctx, store.Ticket{Key: key, InstallationID: in.id, RepositoryID: in.id * 10, Owner: in.name, Name: "support", Number: 1, Data: data}))
			ok(t, tx.PutRun(ctx, store.Run{ID: "run-" + in.name, TicketKey: key, Data: data, Keeps: "kept/" + in.name}))
			ok(t, tx.PutRun(ctx, store.Run{ID: "more-" + in.name, TicketKey: key, Data: data, Keeps: "kept/both"}))
			ok(t, tx.PutValue(ctx, "kept/"+in.name, string(data)))
			ok(t, tx.PutValue(ctx, "kept/both", `{"of":"both"}`))
			for _, key := range about(in.id, in.name) {
				ok(t, tx.PutValue(ctx, key, "about "+in.name))
			}
			ok(t, tx.Settle(ctx, store.Charge{ID: "q-" + in.name, Day: "2026-11-24", TicketKey: key, RepositoryID: in.id * 10, InstallationID: in.id}, store.Cost{Calls: 1, Tokens: 7}))
			ok(t, tx.PutAnswer(ctx, store.Answer{InputHash: "answer-" + in.name, TicketKey: key, Data: data}))
			ok(t, tx.PutEffect(ctx, store.Effect{Key: "effect-" + in.name, TicketKey: key, State: store.EffectDone, Data: data}))
			ok(t, tx.AddEvent(ctx, store.Event{TicketKey: key, Kind: "asked", Text: in.name}))
			ok(t, tx.Enqueue(ctx, keyArgs{TicketKey: key}, nil))
			return tx.Enqueue(ctx, keyArgs{RunID: "run-" + in.name}, nil)
		})
	}
}

// about are the keys of small values about an installation, its repository, its ticket and the ticket's effect.
func about(id int64, name string) []string {
	return []string{fmt.Sprintf("hold/%d", id*10), fmt.Sprintf("hold/%d/1", id*10), fmt.Sprintf("recover/%d", id*10), fmt.Sprintf("inside/%d", id*10), "denied/effect-" + name,
		fmt.Sprintf("writes/%d", id), fmt.Sprintf("grants/%d", id)}
}

// keyArgs are arguments as OiOi's jobs have them: keys.
type keyArgs struct {
	TicketKey string `json:"ticket_key,omitempty"`
	RunID     string `json:"run_id,omitempty"`
}

func (keyArgs) Kind() string { return "key" }

// kept lists what is left, by the words that two put there.
func kept(t *testing.T, e *env, name string) (what []string) {
	t.Helper()
	ctx := context.Background()
	key := store.TicketKey(map[string]int64{"acme": 30, "zoo": 40}[name], 1)
	e.view(t, func(r store.Reader) error {
		note := func(there bool, s string) {
			if there {
				what = append(what, s)
			}
		}
		_, err := r.Installation(ctx, map[string]int64{"acme": 3, "zoo": 4}[name])
		note(err == nil, "installation")
		_, err = r.Ticket(ctx, key)
		note(err == nil, "ticket")
		runs, err := r.Runs(ctx, key)
		note(len(runs) == 2, "runs")
		ok(t, err)
		_, err = r.Answer(ctx, "answer-"+name)
		note(err == nil, "answer")
		effects, err := r.Effects(ctx, key)
		note(len(effects) > 0, "effect")
		ok(t, err)
		events, err := r.Events(ctx, key)
		note(len(events) > 0, "event")
		ok(t, err)
		for _, value := range []string{"kept/" + name, "kept/both"} {
			_, err = r.Value(ctx, value)
			note(err == nil, value)
		}
		for _, id := range []string{"young-", "old-", "push-"} {
			d, err := r.Delivery(ctx, id+name)
			note(err == nil, id)
			note(strings.Contains(string(d.Payload), name), id+"payload")
		}
		return nil
	})
	return what
}

func testForget(t *testing.T, e *env) {
	ctx := context.Background()
	two(t, e)
	all := []string{"installation", "ticket", "runs", "answer", "effect", "event", "kept/zoo", "kept/both",
		"young-", "young-payload", "old-", "old-payload", "push-", "push-payload"}
	same(t, "before", all, kept(t, e, "zoo"))
	e.update(t, func(tx store.Tx) error {
		gone, err := tx.Forget(ctx, 3)
		same(t, "forgotten", store.Forgotten{Tickets: 1, Runs: 2, Answers: 1, Effects: 1, Deliveries: 1}, gone)
		return err
	})
	same(t, "of the forgotten one", []string{"kept/both", "young-", "push-"}, kept(t, e, "acme"))
	same(t, "of the other", all, kept(t, e, "zoo"))
	e.view(t, func(r store.Reader) error {
		for _, key := range about(3, "acme") {
			_, err := r.Value(ctx, key)
			wantErr(t, err, store.ErrNotFound)
		}
		for _, key := range about(4, "zoo") {
			_, err := r.Value(ctx, key)
			ok(t, err)
		}
		return nil
	})
	fresh, err := e.Ingest(ctx, store.Delivery{ID: "young-acme", Payload: []byte("{}")}, nil)
	ok(t, err)
	same(t, "a late duplicate is fresh", false, fresh)

	// Its jobs went with it: only those of the other start.
	started := make(chan string, 8)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(_ context.Context, j *river.Job[keyArgs]) error {
		started <- j.Args.TicketKey + j.Args.RunID
		return nil
	}))
	e.update(t, func(tx store.Tx) error { return tx.Enqueue(ctx, keyArgs{RunID: "last"}, nil) })
	ok(t, e.Work(ctx, workers, store.WorkOptions{Workers: 1}))
	t.Cleanup(func() { ok(t, e.Stop(context.Background())) })
	same(t, "jobs", []string{"40/1", "run-zoo", "last"}, []string{receive(t, started, "a job"), receive(t, started, "a job"), receive(t, started, "a job")})
	e.update(t, func(tx store.Tx) error {
		gone, err := tx.Forget(ctx, 4)
		same(t, "runs forgotten", int64(2), gone.Runs)
		return err
	})
	same(t, "what both kept went with the last", []string{"young-", "push-"}, kept(t, e, "zoo"))
}

func testRemovedAt(t *testing.T, e *env) {
	ctx := context.Background()
	in := store.Installation{ID: 3, Account: "acme", State: "active"}
	put := func(state string) time.Time {
		in.State = state
		e.update(t, func(tx store.Tx) error { return tx.PutInstallation(ctx, in) })
		var got store.Installation
		e.view(t, func(r store.Reader) (err error) {
			got, err = r.Installation(ctx, 3)
			return err
		})
		same(t, "state", state, got.State)
		return got.RemovedAt
	}
	same(t, "active", time.Time{}, put("active"))
	first := e.clock.Now()
	same(t, "removed", first, put(store.InstallationRemoved))
	e.clock.Add(time.Hour)
	same(t, "told again", first, put(store.InstallationRemoved))
	same(t, "installed again", time.Time{}, put("active"))
	same(t, "removed again", e.clock.Now(), put(store.InstallationRemoved))
}

func testExport(t *testing.T, e *env) {
	ctx := context.Background()
	two(t, e)
	count := map[string]int{}
	var lines strings.Builder
	e.view(t, func(r store.Reader) error {
		return store.Export(ctx, r, "ACME/Support", func(record store.Record) error {
			line, err := json.Marshal(record)
			ok(t, err)
			lines.Write(line)
			var parts map[string]json.RawMessage
			ok(t, json.Unmarshal(line, &parts))
			same(t, "parts of a record", 1, len(parts))
			for part := range parts {
				count[part]++
			}
			return nil
		})
	})
	same(t, "records", map[string]int{"installation": 1, "ticket": 1, "delivery": 3, "run": 2, "settings": 2, "answer": 1, "effect": 1, "event": 1, "value": 4, "spending": 1}, count)
	if strings.Contains(lines.String(), "zoo") || !strings.Contains(lines.String(), `"words":"acme payload"`) {
		t.Errorf("exported:\n%s", lines.String())
	}
	wantErr(t, e.View(ctx, func(r store.Reader) error {
		return store.Export(ctx, r, "acme/other", func(store.Record) error { return nil })
	}), store.ErrNotFound)
}

func testCounts(t *testing.T, e *env) {
	ctx := context.Background()
	two(t, e)
	e.update(t, func(tx store.Tx) error {
		ok(t, tx.MarkDelivery(ctx, "young-zoo", store.DeliveryDone, ""))
		return tx.PutRun(ctx, store.Run{ID: "run-zoo", TicketKey: "40/1", Status: "finished"})
	})
	e.view(t, func(r store.Reader) error {
		c, err := r.Counts(ctx)
		same(t, "counts", store.Counts{Inbox: 5, Runs: map[string]int64{"": 3, "finished": 1}, Effects: map[store.EffectState]int64{store.EffectDone: 2},
			Jobs: map[store.JobState]int64{{Kind: "key", State: "available"}: 4}}, c)
		return err
	})
}

func testQueuePagesListJobs(t *testing.T, e *env) {
	ctx := context.Background()
	two(t, e)
	e.update(t, func(tx store.Tx) error {
		return tx.Enqueue(ctx, keyArgs{RunID: "later"}, &river.InsertOpts{ScheduledAt: e.clock.Now().Add(time.Hour)})
	})
	pages, err := e.QueuePages("/queue")
	ok(t, err)
	answer := httptest.NewRecorder()
	pages.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, "/queue/api/jobs?state=scheduled", nil))
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "later") || strings.Contains(answer.Body.String(), "available") {
		t.Errorf("the pages list the scheduled jobs as: %d %s", answer.Code, answer.Body)
	}
}
