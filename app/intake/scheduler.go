package intake

import (
	"context"
	"errors"
	"net/http"

	"github.com/palantir/go-githubapp/githubapp"
	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
)

// MailboxArgs are the arguments of the job that works what is new on one ticket. There is one at a time for a ticket.
type MailboxArgs struct {
	TicketKey string `json:"ticket_key"`
	Urgency   int    `json:"-"` // 1 to 4, the most urgent first; 0 means 1. A job that waits becomes as urgent as the newest wish.
}

// Kind names the job.
func (MailboxArgs) Kind() string { return "mailbox" }

// InsertOpts make it unique among those that have not finished. It has workers of its own, so that a command is never kept
// waiting by language models, and is tried for days: a delivery in the inbox is never given up.
func (m MailboxArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Priority: m.Urgency, Queue: store.QueueInbox, MaxAttempts: store.TryForDays, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: store.WhileUnfinished()}}
}

// NoticeArgs are the arguments of the job that works one delivery which is not about an issue: of an installation,
// a repository, a push.
type NoticeArgs struct {
	DeliveryID string `json:"delivery_id"`
}

// Kind names the job.
func (NoticeArgs) Kind() string { return "notice" }

// InsertOpts let it be worked beside the mailboxes.
func (NoticeArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: store.QueueInbox, MaxAttempts: store.TryForDays}
}

// passage is what the front, go-githubapp's dispatcher and our scheduler share about one delivery.
type passage struct {
	peeked peeked
	body   []byte // until the answer
	known  bool   // it had been stored before
}

type passageKey struct{}

// Schedule is called by go-githubapp for a delivery that it has routed to a handler. It makes it durable, and nothing
// else. A caller that hangs up does not stop the commit.
func (f *front) Schedule(ctx context.Context, d githubapp.Dispatch) error {
	p, ok := ctx.Value(passageKey{}).(*passage)
	if !ok {
		return errors.New("intake: a delivery came past the front")
	}
	commit, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitWithin)
	defer cancel()
	delivery := store.Delivery{
		ID: d.DeliveryID, Event: d.EventType, Action: p.peeked.action, InstallationID: p.peeked.installation,
		ReceivedAt: f.Clock(), Payload: p.body, State: store.DeliveryNew,
	}
	var wake river.JobArgs = NoticeArgs{DeliveryID: d.DeliveryID}
	if number := f.ticket(d.EventType, p.peeked); p.peeked.repository > 0 && number > 0 {
		delivery.TicketKey = store.TicketKey(p.peeked.repository, number)
		wake = MailboxArgs{TicketKey: delivery.TicketKey, Urgency: p.peeked.urgency(d.EventType)}
	}
	commit, end := f.Telemetry.Begin(commit, telemetry.Work{Kind: "delivery", Name: d.EventType, Delivery: d.DeliveryID, Repository: p.peeked.fullName, Issue: p.peeked.issue})
	fresh, err := f.Inbox.Ingest(commit, delivery, wake)
	end(err)
	p.known = err == nil && !fresh
	return err
}

// about returns a context in which log lines say what the delivery is about.
func about(r *http.Request) context.Context {
	p, ok := r.Context().Value(passageKey{}).(*passage)
	if !ok {
		return r.Context()
	}
	return p.peeked.about(r.Context())
}

func (p peeked) about(ctx context.Context) context.Context {
	return telemetry.About(ctx, telemetry.Work{Repository: p.fullName, Issue: p.issue})
}

// stored answers GitHub when the delivery is on the disk.
func (f *front) stored(w http.ResponseWriter, r *http.Request, event string, handled bool) {
	id := r.Header.Get("X-GitHub-Delivery")
	message, outcome := "accepted", "accepted"
	switch p, _ := r.Context().Value(passageKey{}).(*passage); {
	case !handled || p == nil: // the front lets only events through that have a handler
		outcome = "ignored"
		message = "ignored: OiOi does not use the event " + event
	case p.known:
		outcome = "duplicate"
		message = "accepted already: this delivery is a duplicate"
	}
	f.count(outcome)
	f.Logger.DebugContext(about(r), "delivery "+message, "delivery", id, "event", event)
	reply(w, http.StatusAccepted, answer{Message: message, Delivery: id})
}

// failed answers when the delivery could not be stored, or when go-githubapp refuses what the front let through.
func (f *front) failed(w http.ResponseWriter, r *http.Request, err error) {
	var invalid githubapp.ValidationError
	if errors.As(err, &invalid) {
		f.refuse(w, r, http.StatusBadRequest, "the delivery is not as GitHub sends it")
		return
	}
	f.count("failed")
	f.Logger.ErrorContext(about(r), "a delivery could not be stored; GitHub was told so, and OiOi asks for it again later",
		"delivery", r.Header.Get("X-GitHub-Delivery"), "event", r.Header.Get("X-GitHub-Event"), "err", err)
	w.Header().Set("Retry-After", retryAfter)
	reply(w, http.StatusServiceUnavailable, answer{
		Message:  "OiOi cannot store deliveries now; its log says why. Redeliver this one when it can.",
		Delivery: r.Header.Get("X-GitHub-Delivery"),
	})
}
