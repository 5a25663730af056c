package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/resolution"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Outcome is whether the handling of a ticket worked, as far as could be seen when it was closed.
type Outcome struct {
	Verdict resolution.Verdict `json:"verdict"`
	Why     string             `json:"why"`
	URL     string             `json:"url,omitempty"` // of what the customer says, where that decides
	Checks  []resolution.Seen  `json:"checks,omitempty"`
	At      time.Time          `json:"at"`
}

// text says it in one sentence.
func (o Outcome) text() string {
	return fmt.Sprintf("The resolution is %s: %s", o.Verdict, o.Why)
}

// ResolutionArgs is the job that looks, when a ticket is closed, whether its handling worked.
type ResolutionArgs struct {
	TicketKey string `json:"ticket_key"`
}

// Kind names the job in the queue.
func (ResolutionArgs) Kind() string { return "resolution" }

type resolutionWorker struct {
	river.WorkerDefaults[ResolutionArgs]
	desk *Desk
}

func (w *resolutionWorker) Work(ctx context.Context, job *river.Job[ResolutionArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return waiting(w.desk.resolve(ctx, job.Args, job.JobRow))
}

// judge lets a closed ticket's resolution be looked at, again where that was done. Without a plan there is nothing to look for.
func (a answering) judge() {
	if a.data.shut() && a.data.Drafts > 0 {
		a.alter(func(d *ticketData) { closed := *d.Closed; closed.Outcome = nil; d.Closed = &closed })
		a.v.touched, a.v.judge = true, true
	}
}

// resolve looks at the checks of a ticket that is closed, and writes down and shows what that proves.
func (d *Desk) resolve(ctx context.Context, args ResolutionArgs, job *rivertype.JobRow) error {
	look := look{args.TicketKey, job, func(_ store.Reader, data ticketData) (due time.Time, err error) {
		if data.shut() && data.Closed.Outcome == nil && data.Drafts > 0 {
			due = data.Closed.At
		}
		return due, nil
	}}
	row, data, ready, err := d.ready(ctx, look)
	if !ready {
		return err
	}
	c, run, err := d.closing(ctx, row, data, job.Attempt)
	if errors.Is(err, errNothingToProve) {
		return d.drop(ctx, job)
	}
	if err != nil {
		return err
	}
	outcome := &Outcome{Checks: c.seen.Checks, At: d.Clock()}
	if outcome.Verdict, outcome.Why = resolution.Judge(c.seen); c.seen.Says != resolution.Nothing {
		outcome.URL = c.saysURL
	}
	judged := false
	err = d.looked(ctx, look, func(tx store.Tx, row store.Ticket, data ticketData) error {
		judged = true
		closed := *data.Closed
		closed.Outcome = outcome
		data.Closed = &closed
		row.Data, row.UpdatedAt = encode(data), d.Clock()
		if err := tx.PutTicket(ctx, row); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, row.Key, c.runID, "resolution", "", outcome.text(), 0); err != nil {
			return err
		}
		return d.showStatus(ctx, tx, run.priority(), row.Key)
	})
	if err == nil && judged {
		d.Telemetry.Count("oioi_resolutions_total", "verdict", string(outcome.Verdict))
	}
	return err
}

// errNothingToProve says that a ticket is open again, or that nothing stands there that could have helped.
var errNothingToProve = errors.New("nothing to prove")

// closing is what is known of a closed ticket.
type closing struct {
	seen    resolution.Closing
	saysURL string
	runID   string // whose plan has the checks
}

// closing reads it.
func (d *Desk) closing(ctx context.Context, row store.Ticket, data ticketData, attempt int) (c closing, run Run, err error) {
	place := placeOf(row)
	newest, err := d.newestDraft(ctx, place, row.Number, data.Drafts)
	if err != nil {
		return c, run, err
	}
	if newest == nil {
		return c, run, errNothingToProve
	}
	if c.runID = newest.runID; data.Sent != nil {
		c.runID = data.Sent.RunID
	}
	if run, err = d.runOf(ctx, c.runID); err != nil {
		return c, run, err
	}
	snapshot, err := d.GitHub.Ticket(ctx, place, row.Number)
	if err != nil {
		return c, run, fmt.Errorf("read the closed ticket: %w", err)
	}
	if snapshot.State != "closed" {
		return c, run, errNothingToProve
	}
	answer, err := d.answerOn(ctx, snapshot, data)
	if err != nil {
		return c, run, err
	}
	c.seen = resolution.Closing{Answered: answer != 0, Reason: snapshot.StateReason, ByReporter: data.Closed.By != "" && data.Closed.By == snapshot.Author.Login}
	wrote := false
	for _, comment := range slices.Backward(snapshot.Comments) {
		if comment.Ours || comment.Author.ID != snapshot.Author.ID || comment.ID <= answer {
			continue
		}
		wrote = true
		if c.seen.Says = resolution.Says(comment.Body.Raw()); c.seen.Says != resolution.Nothing {
			c.saysURL = comment.URL
			break
		}
	}
	body := d.drafted(ctx, place, snapshot, *newest)
	checks := run.State.Outputs().Measurement.Checks
	at := checking{desk: d, row: row, data: data, run: run, closing: c, wrote: wrote, final: attempt >= lookAttempts}
	for i, check := range checks {
		seen, err := at.look(ctx, check)
		if err != nil {
			return c, run, fmt.Errorf("look at the check %q: %w", check.Text, err)
		}
		if seen.State == resolution.Open && ticked(body, i, len(checks)) {
			seen.State, seen.Why = resolution.Holds, "a person has ticked it in the draft"
		}
		c.seen.Checks = append(c.seen.Checks, seen)
	}
	return c, run, nil
}

// answerOn is the comment with which the customer was answered: the reply that was sent, or the first of a person of the team; 0
// where nobody has.
func (d *Desk) answerOn(ctx context.Context, t ticket.Ticket, data ticketData) (comment int64, err error) {
	if data.Sent != nil {
		err = d.Store.View(ctx, func(r store.Reader) error {
			stored, err := r.Effect(ctx, effect.Key(t.Repository.ID, t.Number, effect.KindComment, effect.ReplySlot+data.Sent.Digest))
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			receipt, err := receiptOf(stored)
			comment = receipt.ID
			return err
		})
		if comment != 0 || err != nil {
			return comment, err
		}
	}
	for _, c := range said(t).Comments {
		if !c.Ours && c.Author.ID != t.Author.ID && c.Author.OnTeam() && says(c.Body.Raw()) {
			return c.ID, nil
		}
	}
	return 0, nil
}

// drafted is the draft's text as it stands, "" where it cannot be read: what people have ticked there.
func (d *Desk) drafted(ctx context.Context, place Place, t ticket.Ticket, stands draft) string {
	comments := t.Comments
	if stands.effect.In != nil {
		var err error
		if comments, err = d.draftIn(ctx, place, stands.effect.In, stands.issue); err != nil {
			d.Log.WarnContext(ctx, "the draft cannot be read: what is ticked there does not count", "error", err)
		}
	}
	for _, c := range comments {
		if c.ID == stands.receipt.ID && c.Ours {
			return c.Body.Raw()
		}
	}
	return ""
}

// ticked reports whether a person has ticked one of the draft's checks.
func ticked(body string, check, of int) bool {
	_, list, found := strings.Cut(ticket.UnixLines(body), "Resolved when")
	if !found {
		return false
	}
	var boxes []bool
	for line := range strings.Lines(list) {
		box, is := strings.CutPrefix(strings.TrimSpace(line), "- [")
		switch {
		case is && len(box) > 1 && box[1] == ']':
			boxes = append(boxes, box[0] == 'x' || box[0] == 'X')
		case len(boxes) > 0:
			return len(boxes) == of && boxes[check]
		}
	}
	return len(boxes) == of && boxes[check]
}

// withResolution adds a closed ticket's outcome to what is shown of it. Where everybody reads it, it says no more than the verdict.
func withResolution(text string, data ticketData, open bool) (string, error) {
	if !data.shut() || data.Closed.Outcome == nil {
		return text, nil
	}
	o := *data.Closed.Outcome
	out := templates.Resolution{Text: o.text(), URL: o.URL}
	if !open {
		for _, c := range o.Checks {
			row := templates.StatusRow{What: c.Text, State: map[resolution.State]string{resolution.Holds: "yes", resolution.Fails: "no", resolution.Open: "not seen"}[c.State], Note: c.Why}
			if c.URL != "" {
				row.Note += " ([here](" + c.URL + "))"
			}
			out.Rows = append(out.Rows, row)
		}
	}
	shown, err := templates.ResolutionText(out)
	return strings.TrimSpace(text + "\n\n" + shown), err
}
