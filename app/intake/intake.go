// Package intake takes GitHub's webhooks. A strict front checks each delivery, go-githubapp routes it, and our scheduler
// commits it to a durable inbox; only then GitHub gets its 2xx. Nothing is worked here: a job does that later, and hands
// the stored delivery to the same go-githubapp handler through the Registry.
package intake

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/palantir/go-githubapp/githubapp"
	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
)

// Path is where GitHub is told to send its webhooks.
const Path = githubapp.DefaultWebhookRoute // /api/github/hook

const (
	// DefaultMaxBytes is the largest delivery that GitHub makes.
	// https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
	DefaultMaxBytes = 25 << 20

	// commitWithin bounds the commit. GitHub waits ten seconds for an answer.
	// https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
	commitWithin = 8 * time.Second

	retryAfter = "30" // seconds; for our own recovery and for proxies, since GitHub does not redeliver by itself
)

// Inbox keeps deliveries durably; store.Store is one.
type Inbox interface {
	// Ingest may use the payload's bytes only until it returns: they are used again.
	Ingest(ctx context.Context, d store.Delivery, wake river.JobArgs) (fresh bool, err error)
}

// Options for New.
type Options struct {
	// Secrets are the webhook's secret, and while it is being changed a second one. Required.
	Secrets []string
	// Inbox keeps what is accepted. Required.
	Inbox Inbox
	// Handlers say which events are for us, and handle them later. Required.
	Handlers *Registry
	// Relevant says which actions of these events are for us; nil means all of them.
	Relevant func(event, action string) bool
	// PullRequests lets through comments and changes on pull requests, which GitHub sends as those of issues too.
	PullRequests bool
	// TicketOf says which ticket of the same repository a pull request, or a branch that was pushed to (then without an
	// author), belongs to; 0 for none. What belongs to none is dropped. nil leaves pull requests without a ticket.
	TicketOf func(PullRequest) int
	// AppSlug is the App's name in its URL. What the App itself did is dropped. Empty drops nothing.
	AppSlug string
	// AppID drops installations of other Apps. 0 drops nothing.
	AppID int64
	// MaxBytes bounds a delivery's body; default DefaultMaxBytes.
	MaxBytes int64
	// Clock tells when a delivery came in; default the system's clock.
	Clock func() time.Time
	// Logger; default slog.Default().
	Logger *slog.Logger
	// Telemetry counts and traces the deliveries; may be nil.
	Telemetry *telemetry.Telemetry
}

type front struct {
	Options
	dispatcher http.Handler
	signers    []*sync.Pool // of HMACs, for each secret
	bodies     sync.Pool    // *bytes.Buffer
}

// New returns the handler to mount at Path. An error names the option that is wrong.
func New(o Options) (http.Handler, error) {
	if n := len(o.Secrets); n < 1 || n > 2 {
		return nil, fmt.Errorf("intake: give one webhook secret, or two while it is being changed, not %d; without a "+
			"secret anyone could send events", n)
	}
	for i, s := range o.Secrets {
		if s == "" || strings.TrimSpace(s) != s {
			return nil, fmt.Errorf("intake: webhook secret %d is empty or has spaces or line ends around it", i+1)
		}
	}
	if o.Inbox == nil || o.Handlers == nil {
		return nil, errors.New("intake: Inbox and Handlers are required")
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	f := &front{Options: o}
	f.bodies.New = func() any { return new(bytes.Buffer) }
	for _, secret := range o.Secrets {
		f.signers = append(f.signers, &sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(secret)) }})
	}
	// It has no secret, and is only ever called with what ServeHTTP has checked: see dispatch.
	f.dispatcher = githubapp.NewEventDispatcher(o.Handlers.handlers, "",
		githubapp.WithScheduler(f), githubapp.WithErrorCallback(f.failed), githubapp.WithResponseCallback(f.stored))
	return f, nil
}

var (
	// A GUID today; other forms of an id are let through as long as they can stand in a log.
	deliveryID = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z-]{7,63}$`)
	eventName  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
)

// bodyWithin is how long a delivery's body may take to arrive: GitHub itself gives up after 10 s.
const bodyWithin = 20 * time.Second

// ServeHTTP checks a delivery from the cheapest check to the dearest.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, event := r.Header.Get("X-GitHub-Delivery"), r.Header.Get("X-GitHub-Event")
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		f.refuse(w, r, http.StatusMethodNotAllowed, "this address takes GitHub's webhooks, by POST")
		return
	case err != nil || kind != "application/json":
		f.refuse(w, r, http.StatusUnsupportedMediaType,
			"set the webhook's content type to application/json in the GitHub App's settings")
		return
	case !deliveryID.MatchString(id):
		f.refuse(w, r, http.StatusBadRequest, "the header X-GitHub-Delivery must hold the delivery's id, as GitHub sends it")
		return
	case !eventName.MatchString(event):
		f.refuse(w, r, http.StatusBadRequest, "the header X-GitHub-Event must hold the event's name, as GitHub sends it")
		return
	case r.Header.Get("X-Hub-Signature-256") == "":
		f.refuse(w, r, http.StatusUnauthorized, "the delivery is not signed with SHA-256: set a webhook secret in the GitHub "+
			"App's settings, and the same one in OiOi's configuration")
		return
	case r.ContentLength > f.MaxBytes:
		f.tooLarge(w, r)
		return
	}
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(bodyWithin)) // where the connection has none, as in a test, nobody can hold it
	buffer := f.bodies.Get().(*bytes.Buffer)
	defer f.release(buffer)
	body, err := read(buffer, w, r, f.MaxBytes)
	_ = deadline.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		f.tooLarge(w, r)
		return
	case err != nil:
		f.refuse(w, r, http.StatusBadRequest, "the body ended early; send the delivery again")
		return
	}
	if !f.signed(r.Header.Get("X-Hub-Signature-256"), body) {
		f.refuse(w, r, http.StatusUnauthorized, "the signature does not match: the webhook secret in the GitHub App's settings "+
			"and the one in OiOi's configuration must be the same")
		return
	}
	p, ok := peek(body)
	if !ok {
		f.refuse(w, r, http.StatusBadRequest, "the body must be a JSON object")
		return
	}
	if event == "ping" {
		reply(w, http.StatusOK, answer{Message: "OiOi hears GitHub. Deliveries of this webhook arrive and their signatures are right."})
		return
	}
	if reason := f.notForUs(event, p); reason != "" {
		f.count("ignored")
		f.Logger.DebugContext(p.about(r.Context()), "delivery ignored", "delivery", id, "event", event, "action", p.action, "reason", reason)
		reply(w, http.StatusAccepted, answer{Message: "ignored: " + reason, Delivery: id})
		return
	}
	f.dispatch(w, r, &passage{peeked: p, body: body})
}

// dispatch lets go-githubapp find the event's handler and call Schedule. It would copy the body and check its signature a
// second time, so it is given neither; Schedule finds the body in the passage.
func (f *front) dispatch(w http.ResponseWriter, r *http.Request, p *passage) {
	r = r.WithContext(context.WithValue(r.Context(), passageKey{}, p))
	r.Body = http.NoBody
	for _, name := range []string{"X-Hub-Signature-256", "X-Hub-Signature"} {
		r.Header.Del(name)
	}
	f.dispatcher.ServeHTTP(w, r)
}

// count counts a delivery by what became of it.
func (f *front) count(outcome string) { f.Telemetry.Count("oioi_deliveries_total", "outcome", outcome) }

func read(b *bytes.Buffer, w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if n := r.ContentLength; n > 0 {
		b.Grow(int(min(n, bodyKept)) + bytes.MinRead) // no more than that on the word of a header
	}
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	return b.Bytes(), err
}

// bodyKept is the size of a buffer for bodies that is worth keeping for the next.
const bodyKept = 1 << 20

func (f *front) release(b *bytes.Buffer) {
	if b.Cap() <= bodyKept+bytes.MinRead {
		b.Reset()
		f.bodies.Put(b)
	}
}

// signed reports whether one of the secrets signed the body. It takes the same time whichever it is.
func (f *front) signed(header string, body []byte) bool {
	var signature, sum [sha256.Size]byte
	digits, prefixed := strings.CutPrefix(header, "sha256=")
	if !prefixed || len(digits) != hex.EncodedLen(len(signature)) {
		return false
	}
	if _, err := hex.Decode(signature[:], []byte(digits)); err != nil {
		return false
	}
	found := false
	for _, pool := range f.signers {
		mac := pool.Get().(hash.Hash)
		mac.Reset()
		mac.Write(body)
		if hmac.Equal(mac.Sum(sum[:0]), signature[:]) {
			found = true
		}
		pool.Put(mac)
	}
	return found
}

// notForUs says why a delivery is dropped, "" if it is not.
func (f *front) notForUs(event string, p peeked) string {
	switch {
	case !f.Handlers.Handles(event):
		return "OiOi does not use the event " + event
	case f.Relevant != nil && !f.Relevant(event, p.action):
		return "OiOi does not use the action " + quoted(p.action) + " of the event " + event
	case p.installation <= 0:
		return "no installation: this is the webhook of a repository or an organization; OiOi uses that of its GitHub App"
	case f.AppID != 0 && p.app != 0 && p.app != f.AppID:
		return "this is the installation of another GitHub App"
	case f.AppSlug != "" && strings.EqualFold(p.sender, f.AppSlug+"[bot]"):
		return "OiOi did this itself"
	case f.TicketOf != nil && (p.pullRequest || event == "push"):
		if f.ticket(event, p) == 0 {
			return "this is about a pull request or a branch that is not OiOi's"
		}
	case p.pullRequest && p.issue > 0 && !f.PullRequests:
		return "this is about a pull request, not an issue"
	}
	return ""
}

// ticket is the number of the ticket that a delivery belongs to, 0 for none.
func (f *front) ticket(event string, p peeked) int {
	switch {
	case f.TicketOf != nil && event == "push":
		return f.TicketOf(PullRequest{Branch: strings.TrimPrefix(p.ref, "refs/heads/")})
	case f.TicketOf != nil && p.pullRequest:
		return f.TicketOf(p.pull)
	}
	return p.issue
}

func quoted(action string) string {
	if len(action) > 50 {
		action = action[:50] + "…"
	}
	return fmt.Sprintf("%q", action)
}
