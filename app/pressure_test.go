package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"
	"github.com/tidwall/gjson"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/workflow/effect"
)

// witness notes what the store commits: when a mailbox has let go of its ticket, and since when a ticket is cancelled.
type witness struct {
	store.Store

	mu        sync.Mutex
	left      map[trace.SpanID]time.Time // by the span of the job
	cancelled map[int]time.Time          // by the issue's number; gone when a new run begins
}

func (w *witness) Update(ctx context.Context, fn func(store.Tx) error) error {
	var left time.Time
	runs := map[int]string{}
	err := w.Store.Update(ctx, func(tx store.Tx) error {
		left = time.Time{}
		clear(runs)
		return fn(witnessTx{tx, &left, runs})
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !left.IsZero() {
		w.left[trace.SpanContextFromContext(ctx).SpanID()] = left
	}
	for number, status := range runs {
		if status == "cancelled" {
			w.cancelled[number] = time.Now()
		} else {
			delete(w.cancelled, number)
		}
	}
	return nil
}

type witnessTx struct {
	store.Tx
	left *time.Time
	runs map[int]string
}

func (w witnessTx) CompleteJob(ctx context.Context, job *rivertype.JobRow) error {
	*w.left = time.Now() // what follows the commit is no work on the ticket, and the next worker begins with it
	return w.Tx.CompleteJob(ctx, job)
}

func (w witnessTx) PutRun(ctx context.Context, r store.Run) error {
	_, number, _ := strings.Cut(r.TicketKey, "/")
	n, _ := strconv.Atoi(number)
	w.runs[n] = r.Status
	return w.Tx.PutRun(ctx, r)
}

// since says since when a ticket is cancelled.
func (w *witness) since(number int) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, ok := w.cancelled[number]
	return at, ok
}

var issueNumber = regexp.MustCompile(`/issues/(\d+)/(?:comments|labels)|/(\d+)/comment/draft/`)

// plannedFor returns the issue for which a request writes something that a run has planned: a draft, a label; 0 for another.
func plannedFor(r *http.Request) int {
	if r.Method == http.MethodGet || r.Body == nil || strings.HasSuffix(r.URL.Path, "/reactions") {
		return 0
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !strings.Contains(r.URL.Path, "/labels") && !bytes.Contains(body, []byte("/comment/draft/")) {
		return 0
	}
	m := issueNumber.FindStringSubmatch(r.URL.Path + string(body))
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(cmp.Or(m[1], m[2]))
	return n
}

// overlaps counts how often two pieces of the same work on one ticket went on side by side.
func overlaps(spans tracetest.SpanStubs, left map[trace.SpanID]time.Time) (pieces int, twice []string) {
	type stretch struct {
		from, to time.Time
		name     string
	}
	by := map[string][]stretch{}
	for _, s := range spans {
		kind, _, _ := strings.Cut(s.Name, " ")
		if kind != "mailbox" && kind != "model" && kind != "effect" {
			continue
		}
		of := stretch{s.StartTime, s.EndTime, s.Name}
		if at, ok := left[s.SpanContext.SpanID()]; ok && at.Before(of.to) {
			of.to = at
		}
		for _, a := range s.Attributes {
			if a.Key == "oioi.issue" {
				pieces++
				key := kind + " of " + a.Value.String()
				by[key] = append(by[key], of)
			}
		}
	}
	for key, list := range by {
		slices.SortFunc(list, func(a, b stretch) int { return a.from.Compare(b.from) })
		for i := 1; i < len(list); i++ {
			if list[i].from.Before(list[i-1].to) {
				twice = append(twice, fmt.Sprintf("%s: %s began %s before the end of %s", key, list[i].name, list[i-1].to.Sub(list[i].from), list[i-1].name))
			}
		}
	}
	return pieces, twice
}

// Many people write on few tickets at once, edit them, cancel and ask again, and deliveries come twice and in any order: every
// one is worked, never by two workers of one ticket, nothing of a run is written after its cancel is stored, and in the end
// each ticket has one draft, of the text as it stands.
func TestManyWritersOnFewTickets(t *testing.T) {
	t.Parallel()
	const tickets = 3
	writers, each, pause := 8, 6, 50 // milliseconds at the most, so that runs get far enough to write
	if fullChaos {
		writers, each, pause = 32, 94, 500
	}
	spans := tracetest.NewInMemoryExporter()
	traced := telemetry.New(telemetry.Options{Exporter: spans})
	seen := &witness{left: map[trace.SpanID]time.Time{}, cancelled: map[int]time.Time{}}
	var mu sync.Mutex
	var stale []string
	writes := 0
	w := newTown(t, townOptions{telemetry: traced, around: func(s store.Store) store.Store { seen.Store = s; return seen },
		transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if number := plannedFor(r); number != 0 {
				at, cancelled := seen.since(number)
				mu.Lock()
				writes++
				// OiOi asks just before it sends. What it asked a blink before the commit is on its way.
				if late := time.Since(at); cancelled && late > 250*time.Millisecond*slowness {
					stale = append(stale, fmt.Sprintf("%s %s, %s after the cancel", r.Method, r.URL.Path, late))
				}
				mu.Unlock()
			}
			return http.DefaultTransport.RoundTrip(r)
		})})
	var refs []forge.Ref
	for range tickets {
		refs = append(refs, w.sample("rotate-token"))
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	w.world.Forge.SetMischief(forge.Mischief{Seed: seed, Twice: 0.2, Shuffle: 0.3, Late: 0.3, Delay: 30 * time.Millisecond})
	var all sync.WaitGroup
	for n := range writers {
		random := rand.New(rand.NewPCG(seed, uint64(n)))
		all.Go(func() {
			for i := range each {
				time.Sleep(time.Duration(random.IntN(pause)) * time.Millisecond) // what people do, no wait for anything
				ref := refs[random.IntN(tickets)]
				var err error
				switch dice := random.IntN(20); {
				case dice < 9:
					err = w.comment("customer", ref, fmt.Sprintf("It happened again, time %d-%d.", n, i))
				case dice < 14:
					body := fmt.Sprintf("How do we replace an API token without stopping our nightly job? This is version %d-%d of the question.", n, i)
					_, err = w.world.Forge.EditIssue(forge.As("customer"), ref, forge.IssueEdit{Body: &body})
				case dice < 17:
					err = w.comment("maintainer", ref, "/oioi cancel")
				default:
					err = w.comment("maintainer", ref, "/oioi rerun")
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	w.world.Forge.SetMischief(forge.Mischief{})
	for _, ref := range refs {
		w.check(w.comment("maintainer", ref, "/oioi rerun")) // late cancels are still on their way
	}
	for _, ref := range refs {
		w.settleWithin(ref, 10*patience)
		w.holdsOneDraft(ref)
	}

	lost, deliveries := 0, 0
	log, err := w.world.Forge.Deliveries("oioi")
	w.check(err)
	w.check(w.oioi.Store.View(t.Context(), func(r store.Reader) error {
		for _, d := range log {
			if !relevant(d.Event, d.Action) || d.Event == "push" || gjson.GetBytes(d.Payload, "sender.login").Str == w.world.App.Bot() {
				continue // what OiOi hears of itself and what means nothing is dropped before it is stored
			}
			deliveries++
			if stored, err := r.Delivery(t.Context(), d.GUID); err != nil || stored.State == store.DeliveryNew {
				lost++
			}
		}
		return nil
	}))
	w.check(traced.Flush(t.Context()))
	seen.mu.Lock()
	pieces, twice := overlaps(spans.GetSpans(), seen.left)
	seen.mu.Unlock()
	mu.Lock()
	defer mu.Unlock()
	if lost > 0 || len(twice) > 0 || len(stale) > 0 {
		t.Errorf("seed %d: %d of %d deliveries lost; two at once on one ticket: %q; written after a cancel: %q", seed, lost, deliveries, twice, stale)
	}
	if deliveries < writers*each/2 || pieces < 20 || writes < tickets {
		t.Errorf("there was little to see: %d deliveries, %d pieces of work, %d writes", deliveries, pieces, writes)
	}
	proven(t, "many writers", fmt.Sprintf("%d events on %d issues by %d writers, %d deliveries", writers*each, tickets, writers, deliveries),
		fmt.Sprintf("%d lost, %d times two at once in %d pieces of work", lost, len(twice), pieces))
	proven(t, "cancels and edits at any moment", fmt.Sprintf("%d writes of drafts and labels", writes), fmt.Sprintf("%d after a cancel, one draft each", len(stale)))
}

// proven adds a row to the table that `make chaos` prints.
func proven(t *testing.T, what, how, result string) {
	t.Helper()
	if t.Failed() {
		result += ", FAILED"
	}
	t.Logf("chaos: | %s | %s | %s |", what, how, result)
}

// holdsOneDraft holds a ticket at rest to one draft that people can send, made from the text as it stands.
func (w *town) holdsOneDraft(ref forge.Ref) {
	w.t.Helper()
	drafts := 0
	numbers := map[string]int{}
	for _, c := range w.all(ref) {
		if c.Author != w.world.App.Bot() {
			continue
		}
		for _, m := range markers.FindAllString(c.Body, -1) {
			numbers[m]++
		}
		if _, ok := effect.ReplyOf(c.Body); ok && !strings.HasPrefix(c.Body, "<details>") {
			drafts++
		}
	}
	for m, n := range numbers {
		if n > 1 {
			w.t.Errorf("%s: %s stands %d times", ref, m, n)
		}
	}
	issue, err := w.world.Forge.Issue(forge.As("jo-lindqvist"), ref)
	w.check(err)
	var run desk.Run
	w.check(w.oioi.Store.View(context.Background(), func(r store.Reader) error {
		runs, err := r.Runs(context.Background(), w.row(ref).Key)
		if err != nil || len(runs) == 0 {
			return err
		}
		newest := slices.MaxFunc(runs, func(a, b store.Run) int { return cmp.Compare(a.Generation, b.Generation) })
		return json.Unmarshal(newest.Data, &run)
	}))
	if drafts != 1 || run.Ticket.Body.Raw() != issue.Body {
		w.t.Errorf("%s has %d drafts; the newest run read %q, and there stands %q", ref, drafts, run.Ticket.Body.Raw(), issue.Body)
	}
}
