package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aymanbagabas/go-udiff"
	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/policy"
)

// waitFor polls until ok says yes.
func (w *town) waitFor(what string, ok func() bool) time.Duration {
	w.t.Helper()
	start := time.Now()
	for !ok() {
		if time.Since(start) > patience {
			w.t.Fatalf("%s did not happen within %s", what, patience)
		}
		select {
		case <-w.news:
		case <-time.After(2 * time.Millisecond):
		}
	}
	return time.Since(start)
}

// status is the ticket's, "" where OiOi does not know it.
func (w *town) status(ref forge.Ref) string {
	return w.row(ref).Status
}

// hangingModel is a language model that never answers; asked and hungUp count its callers.
func hangingModel(t testing.TB) (m config.Model, asked, hungUp *atomic.Int64) {
	asked, hungUp = new(atomic.Int64), new(atomic.Int64)
	server := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server notices when the caller hangs up
		asked.Add(1)
		<-r.Context().Done()
		hungUp.Add(1)
	})
	return config.Model{Provider: config.ProviderOpenAI, BaseURL: server, Model: "test", Key: "k", Timeout: policy.Duration(time.Minute)}, asked, hungUp
}

// A cancel ends the call to the language model, however many tickets wait for it, and nothing is drafted.
func TestCancelEndsAModelCall(t *testing.T) {
	t.Parallel()
	m, asked, hungUp := hangingModel(t)
	w := newTown(t, townOptions{model: m})
	var refs []forge.Ref
	for range 10 { // more than there are workers for such calls
		refs = append(refs, w.file("Export stops", "The export of the report stops in the middle of it."))
	}
	w.waitFor("the calls of all workers", func() bool { return asked.Load() >= 8 })
	var longest time.Duration
	for i, ref := range refs {
		_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ref, "/oioi cancel")
		w.check(err)
		took := w.waitFor("the cancel", func() bool { return w.status(ref) == "cancelled" })
		longest = max(longest, took)
		if took > 30*time.Second { // the model hangs for a minute
			t.Errorf("cancel %d took %s while all workers waited for a model", i, took)
		}
	}
	w.waitFor("the end of all calls", func() bool { return asked.Load() == hungUp.Load() })
	for _, ref := range refs {
		w.settle(ref)
		if said := w.comments(ref); len(said) != 0 {
			t.Errorf("%s was cancelled and yet has %d comments", ref, len(said))
		}
	}
	proven(t, "cancel during a model call", fmt.Sprintf("%d tickets, all workers wait for a model that hangs", len(refs)),
		fmt.Sprintf("from the comment to the stored cancel %s at the most, every call ended, nothing written", longest.Round(time.Millisecond)))
}

// A cancel during the pause before the next try takes effect at once, and the model is not asked again.
func TestCancelEndsABackoff(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	for range 40 {
		server.Next(modeltest.Status(http.StatusServiceUnavailable, "overloaded", "busy", "Retry-After", "40"))
	}
	m := modelAt(server)
	m.Retries = -1
	w := newTown(t, townOptions{model: m})
	ref := w.file("Export stops", "The export of the report stops in the middle of it.")
	waiting := func() (steps int) {
		w.check(w.oioi.Store.View(t.Context(), func(r store.Reader) error {
			counts, err := r.Counts(t.Context())
			for job, n := range counts.Jobs {
				if job.Kind == "step" && (job.State == "scheduled" || job.State == "retryable") {
					steps += int(n)
				}
			}
			return err
		}))
		return steps
	}
	w.waitFor("a pause before the next try", func() bool { return waiting() == 1 })
	asked := len(server.Requests())
	w.check(w.comment("maintainer", ref, "/oioi cancel"))
	took := w.waitFor("the cancel", func() bool { return w.status(ref) == "cancelled" })
	w.ahead.Add(int64(time.Minute))
	w.waitFor("the end of the step", func() bool { return waiting() == 0 })
	w.settle(ref)
	if n := len(server.Requests()); n != asked || len(w.comments(ref)) != 0 {
		t.Errorf("after the cancel there were %d calls more, and %d comments stand there", n-asked, len(w.comments(ref)))
	}
	proven(t, "cancel during a backoff", "a model that asks to wait", fmt.Sprintf("from the comment to the stored cancel %s, the model not asked again", took.Round(time.Millisecond)))
}

// Of two commands that undo each other the one that was written last counts, also where the other arrives after it.
func TestALateCommandUndoesNothingNewer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		before           []string
		late, newer      string
		runs             int // that have begun in the end
		status, thenHeld string
	}{
		{late: "/oioi cancel", newer: "/oioi rerun", runs: 2, status: "working"},
		{late: "/oioi rerun", newer: "/oioi cancel", runs: 1, status: "cancelled"},
		{late: "/oioi rerun with the old words", newer: "/oioi rerun with the new words", runs: 2, status: "working"},
		{before: []string{"/oioi cancel"}, late: "/oioi cancel", newer: "/oioi run", runs: 2, status: "working"},
		{late: "/oioi hold", newer: "/oioi resume", runs: 1, status: "working"},
		{before: []string{"/oioi hold"}, late: "/oioi resume", newer: "/oioi hold", runs: 1, status: "working", thenHeld: "maintainer"},
	} {
		t.Run(test.late+" after "+test.newer, func(t *testing.T) {
			t.Parallel()
			m, asked, _ := hangingModel(t)
			w := newTown(t, townOptions{model: m})
			ref := w.file("Export stops", "The export of the report stops in the middle of it.")
			w.waitFor("the first run's question", func() bool { return asked.Load() == 1 })
			for _, words := range test.before {
				w.check(w.comment("maintainer", ref, words))
			}
			w.refusing(http.StatusServiceUnavailable)
			w.check(w.comment("maintainer", ref, test.late))
			w.check(w.world.Forge.Drain(t.Context()))
			w.hearing()
			w.check(w.comment("maintainer", ref, test.newer))
			obeyed := func() {
				w.check(w.world.Forge.Drain(t.Context()))
				key := w.row(ref).Key
				w.waitFor("the commands", func() bool {
					var inbox []store.Delivery
					w.check(w.oioi.Store.View(t.Context(), func(r store.Reader) (err error) {
						inbox, err = r.Inbox(t.Context(), key)
						return err
					}))
					return len(inbox) == 0
				})
			}
			obeyed()
			w.recover() // brings the late one
			obeyed()
			w.told(ref, "arrived after a newer command")
			row := w.row(ref)
			var runs []store.Run
			w.check(w.oioi.Store.View(t.Context(), func(r store.Reader) (err error) {
				runs, err = r.Runs(t.Context(), row.Key)
				return err
			}))
			if len(runs) != test.runs || row.Status != test.status && (test.status != "working" || row.Status != "gathering") {
				t.Errorf("%d runs have begun, and the ticket is %s", len(runs), row.Status)
			}
			if direction := gjson.GetBytes(runs[0].Data, "direction").Str; strings.Contains(direction, "old") {
				t.Errorf("the newest run follows the older command: %s", direction)
			}
			if by := gjson.GetBytes(row.Data, "held.by").Str; by != test.thenHeld {
				t.Errorf("the ticket is held by %q", by)
			}
			w.check(w.comment("maintainer", ref, "/oioi cancel")) // so that nothing waits for the model any more
			obeyed()
		})
	}
}

// BenchmarkCancel measures from a person's comment to the stored cancel and the end of the call to the model that it stops.
func BenchmarkCancel(b *testing.B) {
	m, asked, hungUp := hangingModel(b)
	w := newTown(b, townOptions{model: m})
	var times []time.Duration
	for n := int64(1); b.Loop(); n++ {
		ref := w.file("Export stops", "The export of the report stops in the middle of it.")
		w.waitFor("the call", func() bool { return asked.Load() == n })
		began := time.Now()
		w.check(w.comment("maintainer", ref, "/oioi cancel"))
		w.waitFor("the cancel", func() bool { return hungUp.Load() == n && w.status(ref) == "cancelled" })
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
}

// A write whose answer never came is looked for, not repeated; here each POST is cut off after it was accepted.
func TestAWriteThatWasAcceptedUnheardIsNotRepeated(t *testing.T) {
	t.Parallel()
	reference := newTown(t, townOptions{})
	ref := reference.sample(chaosTicket)
	reference.settle(ref)
	want := reference.show(ref)

	var seen atomic.Int64
	done := map[string]bool{}
	turn := make(chan struct{}, 1)
	w := newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil || r.Method == http.MethodGet || strings.Contains(r.URL.Path, "access_tokens") {
			return resp, err
		}
		turn <- struct{}{}
		again := done[r.Method+r.URL.Path]
		done[r.Method+r.URL.Path] = true
		<-turn
		if again || resp.StatusCode >= 300 {
			return resp, nil
		}
		seen.Add(1)
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return nil, errors.New("connection reset by peer")
	})})
	mine := w.sample(chaosTicket)
	w.settle(mine)
	if seen.Load() < 5 {
		t.Fatalf("only %d writes were cut off", seen.Load())
	}
	if got := w.show(mine); got != want {
		t.Errorf("what stands differs from an undisturbed run:\n%s", diff(want, got))
	}
	proven(t, "accepted, unheard", fmt.Sprintf("%d writes of a ticket cut off after GitHub accepted them", seen.Load()), "as undisturbed")
}

// Where nobody can find out whether a write was accepted, a person is asked, and a rerun makes only what is missing.
func TestWhatNobodyKnowsAsksAPerson(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	broken.Store(true)
	w := newTown(t, townOptions{effectAttempts: 2, transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if broken.Load() && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments") {
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), "comment/draft/1") && !strings.Contains(string(body), "unsure/") {
				return nil, errors.New("connection reset by peer")
			}
			r = r.Clone(r.Context())
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	ref := w.sample(chaosTicket)
	said := w.comments(ref)
	if len(said) != 1 {
		t.Fatalf("%d comments: %q", len(said), said)
	}
	holds(t, said[0], "OiOi is not sure what it wrote", "comment draft/1", "/oioi rerun")
	broken.Store(false)
	_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ref, "/oioi rerun")
	w.check(err)
	drafts := 0
	for _, body := range w.comments(ref) {
		drafts += strings.Count(body, "### Reply to customer")
	}
	if drafts != 1 {
		t.Errorf("%d drafts stand after the rerun", drafts)
	}
	proven(t, "nobody knows", "a write whose end cannot be found out", "a person is asked on the issue; a rerun makes what is missing, once")
}

// chaosTicket is a sample ticket that makes all that OiOi can make: draft, labels, follow-up, docs pull request.
const chaosTicket = "docs-error"

func diff(want, got string) string { return udiff.Unified("want", "got", want, got) }

func newServer(t testing.TB, serve http.HandlerFunc) string {
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	return server.URL
}

// row is the ticket's, empty where OiOi does not know it.
func (w *town) row(ref forge.Ref) (row store.Ticket) {
	w.t.Helper()
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	w.check(err)
	err = w.oioi.Store.View(context.Background(), func(r store.Reader) error {
		row, err = r.Ticket(context.Background(), store.TicketKey(repo.ID, ref.Number))
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		w.check(err)
	}
	return row
}

// While the installation is suspended nothing is given up; when it is active again, the work goes on by itself.
func TestASuspendedInstallationWaitsAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	first := w.sample(chaosTicket)
	w.settle(first)
	ref := w.file("Export stops", "The export of the report stops in the middle of it.")
	w.check(w.world.Forge.Suspend(w.world.Install.ID, true))
	w.check(w.world.Forge.Drain(t.Context()))
	w.check(w.oioi.Recover(t.Context()))
	w.check(w.world.Forge.Suspend(w.world.Install.ID, false))
	w.check(w.oioi.Recover(t.Context()))
	if said := w.comments(ref); len(said) != 1 {
		t.Errorf("after the suspension the ticket has %d comments: %q", len(said), said)
	}
}
