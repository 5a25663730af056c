package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/redact"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// The reasons for a run by which more is decided.
const (
	reasonRun    = "/oioi run"
	reasonRerun  = "/oioi rerun"
	reasonDocs   = "/oioi docs"
	reasonEdited = "the customer edited the ticket"
)

// decide says what the events mean for the ticket. It reads from GitHub and writes nothing.
func (d *Desk) decide(ctx context.Context, key string, row store.Ticket, in store.Installation, events []ticket.Event) (verdict, error) {
	var v verdict
	if row.Key == "" { // nothing was begun that a closing could end
		events = slices.DeleteFunc(events, func(e ticket.Event) bool { return e.Kind == ticket.EventClosed || e.Kind == ticket.EventReopened })
	}
	if len(events) == 0 {
		return v, nil
	}
	if !slices.ContainsFunc(events, func(e ticket.Event) bool { return !strings.EqualFold(e.Sender.Login, d.BotLogin) }) {
		return v, nil // our own doing
	}
	data, err := decode[ticketData](row.Data)
	if err != nil {
		return v, err
	}
	var run *Run
	status := ""
	if data.RunID != "" {
		if run, status, err = d.currentRun(ctx, data.RunID); err != nil {
			return v, err
		}
		home := run.Place.Repository
		home.Owner, home.Name = row.Owner, row.Name
		if events = fromInside(events, row, data, home); len(events) == 0 {
			return v, nil
		}
	}
	last := events[len(events)-1]
	v.place = Place{InstallationID: last.InstallationID, Repository: last.Repository}
	if row.Key != "" { // a delivery may be older than the repository's name; what became of that is followed by its id
		v.place.InstallationID = row.InstallationID
		v.place.Repository.Owner, v.place.Repository.Name, v.place.Repository.Private = row.Owner, row.Name, row.Private
	}
	v.number = row.Number
	for _, e := range events {
		if e.Number != 0 { // an event of a pull request says nothing of its ticket
			v.number, v.title, v.author = e.Number, e.Title.Raw(), e.Author
		}
	}
	if v.number == 0 {
		return v, nil // a pull request of a ticket that nobody knows here
	}
	if in.ID == 0 {
		if in, err = d.GitHub.Installation(ctx, v.place.InstallationID); err != nil {
			return v, fmt.Errorf("ask when the App was installed: %w", err)
		}
		v.installation = &in
	}
	settings, err := d.GitHub.Settings(ctx, v.place)
	if err != nil {
		return v, fmt.Errorf("read the repository's configuration: %w", err)
	}
	v.title = settings.Config.Redactor().Text("", v.title)
	v.held = data.Held != nil
	ask := asking{desk: d, settings: settings, row: row, data: &data, status: status, run: run, installation: in, permissions: map[string]string{}}
	for _, event := range events {
		if strings.EqualFold(event.Sender.Login, d.BotLogin) {
			continue
		}
		if err := ask.event(ctx, event, &v); err != nil {
			return v, err
		}
		if (v.cancel != "" || v.ended != "") && v.start == nil { // what comes after it finds no run under way
			ask.status = runCancelled
		}
	}
	if v.start == nil {
		return v, nil
	}
	if err := d.prepare(ctx, &v, settings, data, run); err != nil {
		return v, err
	}
	return v, nil
}

func (d *Desk) currentRun(ctx context.Context, id string) (*Run, string, error) {
	var stored store.Run
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		stored, err = r.Run(ctx, id)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	run, err := decode[Run](stored.Data)
	return &run, stored.Status, err
}

// prepare reads the ticket as it stands now and lets the run begin, or drops it where nothing should be drafted.
// before is the newest run, or nil.
func (d *Desk) prepare(ctx context.Context, v *verdict, settings config.Settings, data ticketData, before *Run) error {
	snapshot, err := d.GitHub.Ticket(ctx, v.place, v.number)
	if err != nil {
		return fmt.Errorf("read the ticket: %w", err)
	}
	asked := v.start.By != ""
	if !asked && !settings.Counts(snapshot) {
		*v = verdict{} // an issue, but no ticket: it leaves no trace here
		return nil
	}
	if !asked && handled(snapshot, v.start.Reason) {
		v.skip(personIsOnIt)
		if snapshot.State == "closed" {
			v.change = append(v.change, func(data *ticketData) { data.cutOff(d.Clock()) })
		}
		return nil
	}
	if !asked && data.Alone >= mostAlone {
		v.skip(fmt.Sprintf("OiOi has drafted %d times by itself since the team last asked for something; no other draft unless asked", data.Alone))
		return nil
	}
	snapshot, found := Redact(settings, snapshot)
	if v.start.Reason == reasonEdited && before != nil && snapshot.Title == before.Ticket.Title && snapshot.Body == before.Ticket.Body {
		v.start = nil // the edit was taken back, or a run has read it already
		return nil
	}
	v.place.Repository = snapshot.Repository
	words := settings.Config.TeamRedactor()
	v.start.Direction, v.start.Docs = words.Text("", v.start.Direction), words.Text("", v.start.Docs)
	if err := v.privately(snapshot, found, data.Privacy); err != nil {
		return err
	}
	v.start.Shape, v.start.Place, v.start.Ticket, v.start.Settings = shape, v.place, snapshot, settings
	if before != nil && v.start.Reason != reasonRerun && v.start.Direction == before.Direction {
		v.start.Directs = before.Directs
	}
	if v.start.Inside, err = d.inside(ctx, v.place, settings.Config); err != nil {
		var why unreachable
		if !errors.As(err, &why) {
			return err
		}
		v.start = nil
		v.effects = append(v.effects, comment(v.place, v.number, "inside", string(why)))
		v.events = append(v.events, store.Event{Kind: "skipped", Text: string(why)})
		return nil
	}
	if err := d.keep(ctx, v, data, before); err != nil { // which asks where the draft will stand
		return err
	}
	if v.start.Inside != nil && settings.Config.Draft.Acknowledge && before == nil {
		v.effects = append(v.effects, comment(v.place, v.number, "acknowledged", templates.Acknowledgement(ticket.Language(snapshot.Words()))))
	}
	if !strings.HasPrefix(v.start.Reason, command.Prefix) { // a command has its eyes on the comment already
		v.effects = append(v.effects, reaction(v.place, v.number, 0, "eyes"))
	}
	if len(settings.Mistakes) > 0 {
		if digest := digestOf(settings.Mistakes...); digest != data.Mistakes {
			body, err := templates.ConfigMistake(settings.Mistakes)
			if err != nil {
				return err
			}
			v.mistakes = digest
			v.effects = append(v.effects, comment(v.place, v.number, "config", body))
		}
	}
	return nil
}

// mostAlone is how many runs begin by themselves on a ticket, one after the other, without a word of the team between: whoever
// rewrites a ticket again and again gets no draft for each time.
const mostAlone = 8

// skip drops the run that would begin, and says why.
func (v *verdict) skip(why string) {
	v.touched, v.start = true, nil
	v.change = append(v.change, func(d *ticketData) { d.Skipped = why })
	v.events = append(v.events, store.Event{Kind: "skipped", Text: why})
}

// privately notes what was replaced in the ticket, and asks the reporter once to revoke and delete it.
func (v *verdict) privately(t ticket.Ticket, found []redact.Found, said string) error {
	if len(found) == 0 {
		return nil
	}
	v.events = append(v.events, store.Event{Kind: "redacted", Text: replaced(found)})
	body, digest, err := privacyNotice(!t.Repository.Private, ticket.Language(t.Words()), found)
	if err != nil || body == "" || digest == said {
		return err
	}
	v.privacy = digest
	v.effects = append(v.effects, comment(v.place, v.number, "privacy", body))
	return nil
}

// asking is one ticket's situation while its new events are read, oldest first.
type asking struct {
	desk         *Desk
	settings     config.Settings
	row          store.Ticket
	data         *ticketData // as it stands after the events before
	status       string      // of the newest run, or ""
	run          *Run        // the newest run, or nil
	installation store.Installation
	permissions  map[string]string // of those whom this pass has asked GitHub about, by repository and login
}

func (a asking) event(ctx context.Context, e ticket.Event, v *verdict) error {
	switch e.Kind {
	case ticket.EventOpened:
		// Told a second time, by a late delivery or by a sweep, it means nothing.
		if a.run == nil && a.settings.Config.Enabled && a.fresh(e) && !e.Author.Bot {
			v.begin("the ticket was opened", "", "")
		}
	case ticket.EventLabeled:
		trigger := a.settings.Config.Triggers.TriggerLabel
		switch {
		case trigger != "" && strings.EqualFold(e.Label, trigger) && e.Sender.Bot && a.run != nil:
			// Taken off, a bot would set it again, for ever: a bot's label begins a ticket's first run only, and then stays.
			v.skip("The label " + e.Label + " was set by a bot: that begins only the first run of a ticket")
			v.change = append(v.change, func(d *ticketData) { d.LabelLeft = true })
		case trigger != "" && strings.EqualFold(e.Label, trigger) && a.own(e):
			v.skip(ownIssue)
			v.effects = append(v.effects, removeLabel(v.place, v.number, e.Label))
		case trigger != "" && strings.EqualFold(e.Label, trigger):
			v.begin("the label "+trigger+" was set", e.Sender.Login, "")
			v.effects = append(v.effects, removeLabel(v.place, v.number, e.Label))
		case a.run == nil && a.settings.Config.Enabled && a.fresh(e) && !e.Author.Bot:
			v.begin("the label "+e.Label+" was set", "", "")
		}
	case ticket.EventEdited:
		if a.run != nil && a.status != runCancelled && e.Sender.ID == a.run.Ticket.Author.ID && !e.Sender.Bot {
			v.begin(reasonEdited, "", a.run.Direction)
		}
	case ticket.EventCommented, ticket.EventPullCommented:
		return a.comment(ctx, e, v)
	case ticket.EventLocked, ticket.EventUnlocked, ticket.EventDeleted, ticket.EventTransferred:
		return a.lived(ctx, e, v)
	case ticket.EventClosed, ticket.EventReopened:
		return a.shut(ctx, e, v)
	case ticket.EventPullClosed, ticket.EventPushed:
		return a.pull(ctx, e, v)
	}
	return nil
}

// fresh reports whether the issue was opened since the App was installed; an older one runs only when a person asks.
func (a asking) fresh(e ticket.Event) bool {
	return !e.IssueCreatedAt.Before(a.installation.InstalledAt.Truncate(1e9))
}

func (v *verdict) begin(reason, by, direction string) {
	if v.held && by == "" {
		return
	}
	v.touched = true
	if v.start != nil && by == "" {
		return // a person's wish wins over an automatic start in the same pass
	}
	v.start = &Run{Reason: reason, By: by, Direction: direction}
	v.confirm = nil
}

// mostTold is how many comments of a ticket are answered with what its writer should take out: more come from a machine, or from
// somebody who does not read the answers.
const mostTold = 5

// private tells who has written a secret into a comment of a ticket that OiOi works on, or has worked on.
func (a asking) private(e ticket.Event, v *verdict) error {
	if a.run == nil || e.Kind != ticket.EventCommented || e.Inside != nil {
		return nil
	}
	where := inComment
	if e.Comment.URL != "" {
		where += " " + e.Comment.URL
	}
	r, language := a.settings.Config.Redactor(), a.run.language()
	if e.Sender.OnTeam() && e.Sender.ID != a.run.Ticket.Author.ID {
		language = "en"
		r = a.settings.Config.TeamRedactor()
	}
	r.Text(where, e.Comment.Body.Raw())
	body, _, err := privacyNotice(!v.place.Repository.Private, language, r.Found())
	if err != nil || body == "" {
		return err
	}
	if a.data.Told >= mostTold {
		return nil
	}
	told := func(d *ticketData) { d.Told++ }
	told(a.data)
	v.touched, v.change = true, append(v.change, told)
	v.answers(priorityOf(e.Sender))
	v.events = append(v.events, store.Event{Kind: "redacted", Text: "A comment holds what should not be there; who wrote it was told"})
	v.effects = append(v.effects, comment(v.place, v.number, fmt.Sprintf("privacy/%d", e.Comment.ID), body))
	return nil
}

// obeyed reports whether a comment's command was read already.
func (d *Desk) obeyed(ctx context.Context, e ticket.Event, v *verdict) (bool, error) {
	return d.read(ctx, fmt.Sprintf("read/%d/%t", e.Comment.ID, e.Review), v)
}

// read reports whether something was read already: it may be told by several deliveries and by a sweep. What is new here is
// noted in the verdict.
func (d *Desk) read(ctx context.Context, key string, v *verdict) (bool, error) {
	if slices.Contains(v.read, key) {
		return true, nil
	}
	err := d.Store.View(ctx, func(r store.Reader) error {
		_, err := r.Value(ctx, key)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		v.read = append(v.read, key)
		return false, nil
	}
	return err == nil, err
}

func digestOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func reaction(p Place, number int, commentID int64, content string) effect.Effect {
	slot := "issue/" + content
	if commentID != 0 {
		slot = fmt.Sprintf("comment/%d/%s", commentID, content)
	}
	e := simple(p, number, effect.KindReaction, slot)
	e.Reaction = &effect.Reaction{CommentID: commentID, Content: content}
	return e
}

func comment(p Place, number int, slot, body string) effect.Effect {
	e := simple(p, number, effect.KindComment, slot)
	e.Comment = &effect.Comment{Body: body + "\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key)}
	return e
}

// slotTrigger is the label by which a person asked for a run: taking it off answers that person.
const slotTrigger = "trigger"

func removeLabel(p Place, number int, name string) effect.Effect {
	e := simple(p, number, effect.KindLabel, slotTrigger)
	e.Label = &effect.Label{Name: name, Remove: true}
	return e
}

func simple(p Place, number int, kind effect.Kind, slot string) effect.Effect {
	return effect.Effect{
		Key: effect.Key(p.Repository.ID, number, kind, slot), Kind: kind, Slot: slot,
		Repository: p.Repository, Number: number, Visibility: evidence.Public,
	}
}
