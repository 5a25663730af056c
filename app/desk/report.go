package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
)

// mostHeldBack is how many of the newest refusals and warnings a status tells.
const mostHeldBack = 5

// keptBack are the newest events that say what was held back, or warn of the ticket, oldest first, each text once. No public
// ticket tells of them.
func keptBack(events []store.Event) []store.Event {
	var out []store.Event
	for _, e := range slices.Backward(events) {
		if !slices.Contains([]string{"refused", "warned", "unanswered"}, e.Kind) || slices.ContainsFunc(out, func(o store.Event) bool { return o.Text == e.Text }) {
			continue
		}
		if out = append(out, e); len(out) == mostHeldBack {
			break
		}
	}
	slices.Reverse(out)
	return out
}

// tellStatus says how far a ticket is and what it waits for. Where the ticket is public it holds only what anybody may read.
func (a answering) tellStatus(ctx context.Context) error {
	var out []string
	line := func(format string, args ...any) { out = append(out, "- "+fmt.Sprintf(format, args...)) }
	switch {
	case a.v.start != nil:
		line("A run begins now; its draft will appear here.")
	case a.status == runCancelled && a.data.shut() && a.data.Closed.Cut:
		line("The run ended because the ticket was closed. Opening it again begins another, and so does `/oioi run`.")
	case a.run == nil:
		line("OiOi has not worked on this ticket. `/oioi run` begins.")
	default:
		line("%s", map[string]string{
			runGathering: "A run gathers evidence; its draft will appear here.", runWorking: "A run is under way; its draft will appear here.",
			runParked: "The run waits for a person: see the note above.", runPublishing: "The draft is being posted.",
			runFinished: "The newest run is finished.", runCancelled: "The newest run was cancelled. `/oioi run` begins another.",
			runSuperseded: "A newer run began.",
		}[a.status])
	}
	if a.run != nil && a.run.Waiting != nil && under(a.status) {
		line("The language model does not answer at the moment. It is asked again; if that does not help, the playbooks draft.")
	}
	if a.data.Skipped != "" && a.v.start == nil {
		line("%s.", a.data.Skipped)
	}
	rule, err := a.desk.rule(ctx, a.v.place.Repository.ID)
	if err != nil {
		return err
	}
	if rule != nil {
		line("%s", rule.text(a.closed()))
	}
	if text := a.contested(); text != "" {
		line("Contested: %s", effect.SanitizeLine(text, effect.Allowed{}))
	}
	if a.run != nil && a.run.Limit != nil {
		line("Budget: %s", a.run.Limit.Told(a.closed()))
	}
	if a.data.Held != nil {
		line("%s", a.data.Held.text())
	}
	newest, err := a.desk.newestDraft(ctx, a.v.place, a.v.number, a.data.Drafts)
	if err != nil {
		return err
	}
	if newest != nil && (a.data.Sent == nil || a.data.Sent.Draft < newest.number) {
		draft := fmt.Sprintf("[Draft %d](%s)", newest.number, newest.receipt.URL)
		if a.elsewhere(*newest) {
			draft = fmt.Sprintf("Draft %d", newest.number)
		}
		text := draft + " waits for a person"
		send := ": `/oioi send`"
		if why := a.data.laidBy(); why != "" {
			text = draft + " is kept: " + why
			send = "; `/oioi send` sends it all the same"
		}
		if _, ok := effect.ReplyOf(newest.effect.Comment.Body); ok {
			text += send
		}
		line("%s.", text)
	}
	var list []waits
	var outbox []store.Effect
	var events []store.Event
	err = a.desk.Store.View(ctx, func(r store.Reader) (err error) {
		if list, err = a.desk.waiting(ctx, r, a.row.Key); err != nil {
			return err
		}
		if outbox, err = r.Effects(ctx, a.row.Key); err != nil {
			return err
		}
		events, err = r.Events(ctx, a.row.Key)
		return err
	})
	if err != nil {
		return err
	}
	if len(list) > 0 {
		line("These wait for `/oioi approve [ID|all]`:\n%s", "  "+strings.ReplaceAll(listWaiting(list), "\n", "\n  "))
	}
	if a.closed() {
		for _, e := range keptBack(events) {
			line("%s: %s", map[string]string{"refused": "Held back", "warned": "Take care", "unanswered": "Not answered"}[e.Kind], effect.SanitizeLine(e.Text, effect.Allowed{}))
		}
	}
	text := strings.Join(out, "\n")
	if a.data.Sent != nil {
		run, err := a.desk.runOf(ctx, a.data.Sent.RunID)
		if err != nil {
			return err
		}
		var sent string
		if sent, err = a.desk.statusText(run, *a.data, outbox, a.e.Inside == nil && (run.Inside != nil || !run.Ticket.Repository.Private)); err != nil {
			return err
		}
		text += "\n\n" + sent
	} else {
		if a.data.Owner != "" {
			text += "\n- Owner: " + effect.Code("@"+a.data.Owner)
		}
		if text, err = withResolution(text, *a.data, a.e.Inside == nil && !a.v.place.Repository.Private); err != nil {
			return err
		}
	}
	location, err := a.settings.Config.Policy.Hours.Location()
	if err != nil {
		location = time.UTC
	}
	a.react("+1")
	a.reply(fmt.Sprintf("Status on %s\n\n%s", templates.Date(a.desk.Clock().In(location)), text))
	return nil
}
