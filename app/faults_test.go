package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// What a fault means for OiOi.
type lesson int

const (
	passes  lesson = iota // it is over in a moment: nothing may come of it
	pauses                // GitHub wants silence first; then nothing may come of it
	refuses               // GitHub means it: what it hits is shown as failed, with the reason
	absent                // GitHub says that there is no such thing, which may be an answer; nothing may be doubled
)

// fault is what goes wrong with one request.
type fault struct {
	name     string
	lesson   lesson
	accepted bool // GitHub carries the request out all the same, and OiOi does not hear of it
	pause    time.Duration
	answer   func(r *http.Request, real *http.Response, now time.Time) (*http.Response, error)
}

const why = "the moon is full" // GitHub's reason wherever it gives one

func says(status int, body string, header ...string) func(*http.Request, *http.Response, time.Time) (*http.Response, error) {
	return func(r *http.Request, _ *http.Response, now time.Time) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Date": {now.UTC().Format(http.TimeFormat)}}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Request: r, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
	}
}

// at is says with a header that names a moment.
func at(status int, body string, pause time.Duration, header string, format func(time.Time) string, more ...string) func(*http.Request, *http.Response, time.Time) (*http.Response, error) {
	return func(r *http.Request, real *http.Response, now time.Time) (*http.Response, error) {
		return says(status, body, append(more, header, format(now.Add(pause)))...)(r, real, now)
	}
}

func fails(err error) func(*http.Request, *http.Response, time.Time) (*http.Response, error) {
	return func(*http.Request, *http.Response, time.Time) (*http.Response, error) { return nil, err }
}

// broken answers with GitHub's real answer, whose body comes to a bad end.
func broken(end error) func(*http.Request, *http.Response, time.Time) (*http.Response, error) {
	return func(_ *http.Request, real *http.Response, _ time.Time) (*http.Response, error) {
		whole, err := io.ReadAll(real.Body)
		_ = real.Body.Close()
		real.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), failingReader{end}))
		return real, err
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// slow lets the real answer come in small pieces.
func slow(_ *http.Request, real *http.Response, _ time.Time) (*http.Response, error) {
	real.Body = trickle{real.Body}
	return real, nil
}

type trickle struct{ io.ReadCloser }

func (t trickle) Read(p []byte) (int, error) {
	time.Sleep(10 * time.Microsecond) // not a wait for anything: the fault itself
	return t.ReadCloser.Read(p[:min(len(p), 7)])
}

var (
	reset    = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	message  = `{"message":"` + why + `","documentation_url":"https://docs.github.com/rest"}`
	page     = "<html><body><h1>" + why + "</h1></body></html>"
	validity = `{"message":"Validation Failed","errors":[{"resource":"Issue","field":"body","code":"custom","message":"` + why + `"}],"documentation_url":"https://docs.github.com/rest"}`
	unixTime = func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
	httpTime = func(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
	html     = []string{"Content-Type", "text/html"}
)

// faults are the ways in which a request to GitHub goes wrong.
var faults = []fault{
	// It is over in a moment.
	{name: "500", answer: says(500, message)},
	{name: "500, a page", answer: says(500, page, html...)},
	{name: "500, accepted", accepted: true, answer: says(500, message)},
	{name: "502", answer: says(502, page, html...)},
	{name: "502, accepted", accepted: true, answer: says(502, page, html...)},
	{name: "503", answer: says(503, "")},
	{name: "504", answer: says(504, page, html...)},
	{name: "504, accepted", accepted: true, answer: says(504, page, html...)},
	{name: "401, the token has expired", answer: says(401, `{"message":"Bad credentials"}`)},
	{name: "408", answer: says(408, message)},
	{name: "409", answer: says(409, message)},
	{name: "reset", answer: fails(reset)},
	{name: "reset, accepted", accepted: true, answer: fails(reset)},
	{name: "refused connection", answer: fails(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED})},
	{name: "no such host", answer: fails(&net.DNSError{Err: "no such host", Name: "api.github.com", IsTemporary: true})},
	{name: "closed without an answer", answer: fails(io.EOF)},
	{name: "closed without an answer, accepted", accepted: true, answer: fails(io.ErrUnexpectedEOF)},
	{name: "timeout", answer: fails(context.DeadlineExceeded)},
	{name: "timeout, accepted", accepted: true, answer: fails(context.DeadlineExceeded)},
	{name: "bad certificate for a moment", answer: fails(errors.New("tls: failed to verify certificate: x509: certificate has expired"))},
	{name: "slow body", accepted: true, answer: slow},
	{name: "body cut off", accepted: true, answer: broken(io.ErrUnexpectedEOF)},
	{name: "body that stalls", accepted: true, answer: broken(context.DeadlineExceeded)},
	{name: "a proxy's page as 200, accepted", accepted: true, answer: says(200, page, html...)},
	{name: "an empty 200, accepted", accepted: true, answer: says(200, "")},

	// GitHub wants silence.
	{name: "429, Retry-After in seconds", lesson: pauses, pause: 90 * time.Second, answer: says(429, message, "Retry-After", "90")},
	{name: "429, Retry-After as a date", lesson: pauses, pause: 90 * time.Second, answer: at(429, message, 90*time.Second, "Retry-After", httpTime)},
	{name: "429, nothing else", lesson: pauses, pause: time.Minute, answer: says(429, "")},
	{name: "429, a word as Retry-After", lesson: pauses, pause: time.Minute, answer: says(429, message, "Retry-After", "soon")},
	{name: "403, secondary limit with Retry-After", lesson: pauses, pause: 70 * time.Second, answer: says(403, `{"message":"You have exceeded a secondary rate limit."}`, "Retry-After", "70")},
	{name: "403, secondary limit in words", lesson: pauses, pause: time.Minute, answer: says(403, `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}`)},
	{name: "403, abuse detection", lesson: pauses, pause: time.Minute, answer: says(403, `{"message":"You have triggered an abuse detection mechanism."}`)},
	{name: "403, the hour is used up", lesson: pauses, pause: 10 * time.Minute, answer: at(403, `{"message":"API rate limit exceeded"}`, 10*time.Minute, "X-RateLimit-Reset", unixTime, "X-RateLimit-Remaining", "0")},
	{name: "429, the hour is used up", lesson: pauses, pause: 10 * time.Minute, answer: at(429, `{"message":"API rate limit exceeded"}`, 10*time.Minute, "X-RateLimit-Reset", unixTime, "X-RateLimit-Remaining", "0")},
	{name: "503, Retry-After", lesson: pauses, pause: 40 * time.Second, answer: says(503, message, "Retry-After", "40")},

	// GitHub means it.
	{name: "422", lesson: refuses, answer: says(422, validity)},
	{name: "403, no permission", lesson: refuses, answer: says(403, `{"message":"Resource not accessible by integration: `+why+`"}`)},
	{name: "403, a page", lesson: refuses, answer: says(403, page, html...)},
	{name: "400", lesson: refuses, answer: says(400, message)},
	{name: "404", lesson: absent, answer: says(404, message)},
	{name: "410", lesson: absent, answer: says(410, message)},
	{name: "405", lesson: refuses, answer: says(405, message)},
}

// faulty is the way to GitHub on which each endpoint in at fails once.
type faulty struct {
	clock func() time.Time

	mu    sync.Mutex
	fault *fault
	at    map[string]bool // nil: everywhere
	hit   []string        // where it has failed
	seen  []string        // the endpoints, as they were first called
	quiet quiet
	early []string // what was sent though GitHub wants silence
}

// quiet is the silence that GitHub wants.
type quiet struct {
	until time.Time
	since time.Time // by the machine's clock
	whose string    // see caller
}

var varies = regexp.MustCompile(`/\d+\b|/[0-9a-f]{40}\b|/(?:heads|labels|tags|collaborators|tarball|tree|blobs)/[^?]+|/oioi[/%][^?]+`)

// endpoint is a request's method and path without what differs from ticket to ticket.
func endpoint(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/api/v3")
	return r.Method + " " + varies.ReplaceAllStringFunc(path, func(s string) string {
		head, _, _ := strings.Cut(s[1:], "/")
		if head[0] >= '0' && head[0] <= '9' || len(head) == 40 {
			return "/N"
		}
		return "/" + head + "/X"
	})
}

// caller is who is asked for silence: the installation, the App, or who downloads from where GitHub sends one.
func caller(r *http.Request) string {
	switch {
	case strings.Contains(r.URL.Path+"/", "/app/"):
		return "app"
	case !strings.HasPrefix(r.URL.Path, "/api/"):
		return "download"
	}
	return "installation"
}

func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	where := endpoint(r)
	f.mu.Lock()
	if !slices.Contains(f.seen, where) {
		f.seen = append(f.seen, where)
	}
	// What was on its way when GitHub spoke cannot be called back: many reads side by side, and one write beside them.
	onItsWay := 100 * time.Millisecond * slowness
	if r.Method == http.MethodGet {
		onItsWay = time.Second
	}
	if q := f.quiet; f.clock().Before(q.until) && caller(r) == q.whose && time.Since(q.since) > onItsWay {
		f.early = append(f.early, where)
	}
	hit := f.fault != nil && (f.at == nil || f.at[where]) && !slices.Contains(f.hit, where)
	if hit {
		f.hit = append(f.hit, where)
		if f.fault.lesson == pauses {
			f.quiet = quiet{f.clock().Add(f.fault.pause - time.Second), time.Now(), caller(r)} // GitHub's dates have whole seconds
		}
	}
	f.mu.Unlock()
	if !hit {
		return http.DefaultTransport.RoundTrip(r)
	}
	var real *http.Response
	if f.fault.accepted {
		var err error
		if real, err = http.DefaultTransport.RoundTrip(r); err != nil {
			return nil, err
		}
	} else if r.Body != nil {
		_ = r.Body.Close()
	}
	answer, err := f.fault.answer(r, real, f.clock())
	if real != nil && answer != real {
		_ = real.Body.Close()
	}
	return answer, err
}

func (f *faulty) begin(what fault, at map[string]bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.at = &what, at
}

// hits are where the fault has struck so far.
func (f *faulty) hits() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.hit)
}

// faultTown is a town whose clock lies behind the machine's: the client that OiOi uses for GitHub keeps a limit of its own by
// the machine's clock, and would wait for it.
type faultTown struct {
	*town
	way  *faulty
	log  *lockedBuffer
	refs []forge.Ref
}

func newFaultTown(t *testing.T) *faultTown {
	past, start := time.Date(2025, 1, 7, 10, 0, 0, 0, time.UTC), time.Now()
	f := &faultTown{way: &faulty{}, log: &lockedBuffer{}}
	var town atomic.Pointer[town] // OiOi tells the time before the town is there
	f.way.clock = func() time.Time {
		now := past.Add(time.Since(start))
		if w := town.Load(); w != nil {
			now = now.Add(time.Duration(w.ahead.Load()))
		}
		return now
	}
	f.town = newTown(t, townOptions{transport: f.way, log: f.log, ours: f.way.clock})
	town.Store(f.town)
	return f
}

// story is what people do: a ticket that makes all that OiOi can make, sent and then changed, and one that gets a follow-up.
// Then OiOi looks for what it has missed. rest is called after each.
func (f *faultTown) story(rest func(forge.Ref)) {
	f.t.Helper()
	act := func(ref forge.Ref, do func() error) {
		rest(ref)
		f.ahead.Add(int64(5 * time.Minute)) // GitHub's times have whole seconds
		f.check(do())
		rest(ref)
	}
	first := f.sample(chaosTicket)
	f.refs = append(f.refs, first)
	act(first, func() error { return f.comment("maintainer", first, "/oioi send") })
	act(first, func() error { return f.amend(first) })
	second := f.sample("empty-pdf")
	f.refs = append(f.refs, second)
	act(second, func() error { return f.amend(second) })
	for try := 1; ; try++ {
		err := f.oioi.Recover(f.t.Context())
		if err == nil {
			break
		}
		if try == 60 {
			f.t.Fatalf("OiOi cannot look for what it has missed: %v", err)
		}
		f.ahead.Add(int64(5 * time.Minute))
	}
	rest(first)
	rest(second)
}

func (w *town) comment(login string, ref forge.Ref, words string) error {
	_, err := w.world.Forge.CreateComment(forge.As(login), ref, words)
	return err
}

// amend lets the customer add to the ticket's text.
func (w *town) amend(ref forge.Ref) error {
	issue, err := w.world.Forge.Issue(forge.As("jo-lindqvist"), ref)
	if err != nil {
		return err
	}
	body := issue.Body + "\n\nIt is the same on our second server."
	_, err = w.world.Forge.EditIssue(forge.As(issue.Author), ref, forge.IssueEdit{Body: &body})
	return err
}

// patient is settle for a town in which things go wrong: time passes, and what sleeps is woken before its time, for nothing may
// depend on the queue's own sense of time.
func (f *faultTown) patient(ref forge.Ref) {
	f.t.Helper()
	repo, err := f.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	f.check(err)
	key := store.TicketKey(repo.ID, ref.Number)
	long := 10 * patience // a silence after another
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	f.check(f.world.Forge.Drain(ctx))
	once := &river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: store.WhileUnfinished()}}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for busy := f.busy(ctx, ref); busy != ""; busy = f.busy(ctx, ref) {
		select {
		case <-f.news:
			continue
		case <-ctx.Done():
			f.t.Fatalf("%s did not settle within %s: %s\n%s", ref, long, busy, f.log)
		case <-tick.C:
		}
		f.way.mu.Lock()
		q := f.way.quiet
		f.way.mu.Unlock()
		if time.Since(q.since) > 1500*time.Millisecond { // a silence is watched for a moment before it passes
			f.ahead.Add(int64(max(time.Second, q.until.Sub(f.way.clock())+2*time.Second)))
		}
		f.check(f.oioi.Store.Update(ctx, func(tx store.Tx) error {
			return errors.Join(tx.Enqueue(ctx, desk.EffectsArgs{TicketKey: key}, once), tx.Enqueue(ctx, intake.MailboxArgs{TicketKey: key}, nil))
		}))
	}
}

var clockTime = regexp.MustCompile(`\b\d\d:\d\d\b`)

// shown is what stands on GitHub for all tickets, without the time of day.
func (f *faultTown) shown() string {
	var out strings.Builder
	for _, ref := range f.refs {
		out.WriteString(clockTime.ReplaceAllString(f.show(ref), "HH:MM"))
	}
	return out.String()
}

var markers = regexp.MustCompile(`<!-- oioi:v1 \S+ -->`)

// doubled lists what stands there more often than it should.
func doubled(want, got string) []string {
	var out []string
	for _, m := range markers.FindAllString(got, -1) {
		if strings.Count(got, m) > max(1, strings.Count(want, m)) && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// told is what OiOi says to people of how the tickets went: on them, on their timelines, and of each effect.
func (f *faultTown) told() string {
	var out strings.Builder
	out.WriteString(f.shown())
	for _, ref := range f.refs {
		for _, e := range f.timeline(ref) {
			fmt.Fprintln(&out, e.Kind, e.Text)
		}
	}
	return out.String()
}

// Whatever goes wrong with whichever request, once: nothing is lost, nothing is doubled, GitHub's wish for silence is kept, and
// what GitHub refuses for good is told with its reason.
func TestEveryFaultOnEveryEndpoint(t *testing.T) {
	t.Parallel()
	clean := newFaultTown(t)
	clean.story(clean.settle)
	want := clean.shown()
	clean.way.mu.Lock()
	endpoints := slices.DeleteFunc(slices.Clone(clean.way.seen), func(e string) bool { return e == "GET /app" }) // without it OiOi does not start
	clean.way.mu.Unlock()
	if len(endpoints) < 25 {
		t.Fatalf("the story calls only %d endpoints: %q", len(endpoints), endpoints)
	}
	var struck, silences int
	var mu sync.Mutex
	for i, what := range faults {
		var rounds []map[string]bool // where the fault strikes in one story
		switch {
		case what.lesson < refuses && fullChaos:
			rounds = []map[string]bool{nil} // everywhere, one after the other
		case fullChaos:
			for _, e := range endpoints {
				rounds = append(rounds, map[string]bool{e: true})
			}
		case i%(3*every) == 0: // a sample, at an endpoint that differs from fault to fault
			rounds = []map[string]bool{{endpoints[(i*7+3)%len(endpoints)]: true}}
		}
		for _, at := range rounds {
			name := what.name
			for e := range at {
				name += " at " + e
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := newFaultTown(t)
				f.way.begin(what, at)
				f.story(f.patient)
				mu.Lock()
				defer mu.Unlock()
				hits := f.way.hits()
				if struck += len(hits); len(hits) == 0 {
					t.Fatal("it did not happen")
				}
				if what.lesson == pauses {
					silences += len(hits)
				}
				if len(f.way.early) > 0 {
					t.Errorf("sent though GitHub wants silence: %q", f.way.early)
				}
				stands := f.shown()
				if doubled := doubled(want, stands); len(doubled) > 0 {
					t.Errorf("written twice: %q", doubled)
				}
				// The reason why a source of evidence did not answer is for those who run OiOi, not for the tracker.
				why := "GitHub answered " + what.name[:3]
				told := strings.Contains(f.told(), why) || strings.Contains(stands, "**Sources that did not answer**") && strings.Contains(f.log.String(), why)
				if stands != want && (what.lesson < refuses || what.lesson == refuses && !told) {
					t.Errorf("after faults at %q this differs:\n%s\nlog:\n%s", hits, diff(want, stands), lineWith(f.log.String(), "level=ERROR"))
				}
				if what.lesson >= refuses { // what was put right is made up for
					f.check(f.comment("maintainer", f.refs[0], "/oioi rerun"))
					f.patient(f.refs[0])
					if again := doubled(want, f.shown()); len(again) > 0 || f.status(f.refs[0]) != "finished" {
						t.Errorf("after a rerun the ticket is %s, and this stands twice: %q", f.status(f.refs[0]), again)
					}
				}
			})
		}
	}
	t.Cleanup(func() {
		proven(t, "faults", fmt.Sprintf("%d kinds, %d endpoints, %d requests failed", len(faults), len(endpoints), struck), fmt.Sprintf("0 lost, 0 doubled, %d silences kept", silences))
	})
}
