package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// reasonReopened is the reason for a run that takes up what a closing cut off.
const reasonReopened = "the ticket was reopened"

// Closed says that the ticket is closed, or was, as far as OiOi has heard.
type Closed struct {
	By    string    `json:"by,omitempty"` // "" where nobody told
	At    time.Time `json:"at"`
	Draft int       `json:"draft,omitempty"` // the newest draft at that time: it waits no more
	Cut   bool      `json:"cut,omitempty"`   // a run ended, or did not begin, because the ticket is closed
	Heard bool      `json:"heard,omitempty"` // an event has told of it
	Again bool      `json:"again,omitempty"` // it was opened again since
	// Outcome is what the closing proves; nil until that was looked at.
	Outcome *Outcome `json:"outcome,omitempty"`
}

// cutOff notes that a run ended, or did not begin, because the ticket is closed.
func (d *ticketData) cutOff(at time.Time) {
	if !d.shut() {
		d.Closed = &Closed{At: at, Draft: d.Drafts}
	}
	d.Closed.Cut = true
}

func (d ticketData) shut() bool { return d.Closed != nil && !d.Closed.Again }

// laidBy says why the newest draft waits no more; "" where it does.
func (d ticketData) laidBy() string {
	switch {
	case d.ByHand != "":
		return effect.Code("@"+d.ByHand) + " has answered the customer"
	case !d.shut() || d.Closed.Draft != d.Drafts || d.Drafts == 0:
		return ""
	case d.Closed.By != "":
		return effect.Code("@"+d.Closed.By) + " has closed the ticket"
	}
	return "the ticket was closed"
}

// shut follows a closing or an opening again. Which of the two was the last is asked: the newest delivery is not always the last
// to arrive. What OiOi does by itself ends with a closing, and goes on when the ticket is opened again; what a person has asked
// for is theirs. Nothing is said on the ticket.
func (a asking) shut(ctx context.Context, e ticket.Event, v *verdict) error {
	now, err := a.desk.GitHub.Ticket(ctx, v.place, v.number)
	if err != nil {
		return fmt.Errorf("ask whether the issue is closed: %w", err)
	}
	does := answering{asking: a, e: e, v: v}
	switch shut := now.State == "closed"; {
	case shut && a.run != nil && !(a.data.shut() && a.data.Closed.Heard):
		does.closes(now)
	case !shut && (a.data.shut() || a.run == nil):
		does.reopens()
	}
	return nil
}

func (a answering) closes(now ticket.Ticket) {
	closed := Closed{At: a.desk.Clock(), Draft: a.data.Drafts, Heard: true, Cut: a.data.shut() && a.data.Closed.Cut}
	text := "The ticket was closed"
	if !strings.HasPrefix(a.e.DeliveryID, sweptID) { // a sweep does not know who did it
		closed.By = a.e.Sender.Login
		who := "@" + closed.By
		if a.e.Sender.ID == now.Author.ID {
			who = "its reporter, " + who
		}
		text += " by " + who
	}
	if as := map[string]string{"completed": "as completed", "not_planned": "as not planned", "duplicate": "as a duplicate"}[now.StateReason]; as != "" {
		text += " " + as
	}
	if under(a.status) && a.run.By == "" {
		closed.Cut = true
		a.v.ended = "the ticket was closed"
	}
	if a.data.Asked != nil {
		text += ": the questions are not followed up"
	}
	a.v.touched, a.v.show = true, true
	a.alter(func(d *ticketData) { d.Closed, d.Asked = &closed, nil })
	a.note("closed", text)
	a.judge()
}

func (a answering) reopens() {
	begins := a.run == nil && a.settings.Config.Enabled && a.fresh(a.e) && !a.e.Author.Bot
	if a.data.shut() {
		text := "The ticket was opened again"
		if !strings.HasPrefix(a.e.DeliveryID, sweptID) {
			text += " by @" + a.e.Sender.Login
		}
		begins = begins || a.run != nil && a.data.Closed.Cut
		a.v.touched, a.v.show = true, true
		a.alter(func(d *ticketData) { again := *d.Closed; again.Again = true; d.Closed = &again })
		a.note("closed", text)
	}
	if begins {
		direction := ""
		if a.run != nil {
			direction = a.run.Direction
		}
		a.v.begin(reasonReopened, "", direction)
	}
}

// toldClosed says as what the sweep tells that a ticket is closed or opened again, "" where OiOi knows.
func toldClosed(t ticket.Ticket, data ticketData) string {
	switch {
	case data.RunID == "":
	case t.State == "closed" && !(data.shut() && data.Closed.Heard):
		return string(ticket.EventClosed)
	case t.State == "open" && data.shut():
		return string(ticket.EventReopened)
	}
	return ""
}
