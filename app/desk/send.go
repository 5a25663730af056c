package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// draft is the newest draft as OiOi posted it.
type draft struct {
	effect  effect.Effect
	receipt effect.Receipt
	runID   string
	number  int
	issue   int // the internal issue that it stands on, if it does
}

// newestDraft returns the ticket's newest draft that stands on GitHub, or nil.
func (d *Desk) newestDraft(ctx context.Context, place Place, number, drafts int) (*draft, error) {
	if drafts == 0 {
		return nil, nil
	}
	var stored store.Effect
	var data ticketData
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		if stored, err = r.Effect(ctx, effect.Key(place.Repository.ID, number, effect.KindComment, fmt.Sprintf("draft/%d", drafts))); err == nil {
			_, data, err = d.remembered(ctx, r, stored.TicketKey)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && (stored.State != store.EffectDone || len(stored.Receipt) == 0) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := draft{runID: stored.RunID, number: drafts, issue: data.Issue}
	if out.effect, out.receipt, err = recordOf(stored); err != nil {
		return nil, err
	}
	return &out, nil
}

// said is the ticket without the reporter's comments that are nothing but a command: those say nothing to answer.
func said(t ticket.Ticket) ticket.Ticket {
	t.Comments = slices.DeleteFunc(slices.Clone(t.Comments), func(c ticket.Comment) bool {
		body := strings.TrimSpace(c.Body.Raw())
		cmd, _ := command.Parse(body)
		return cmd != nil && !strings.Contains(body, "\n")
	})
	return t
}

// standing is a draft and its ticket as they stand on GitHub now.
type standing struct {
	ticket  ticket.Ticket
	comment *ticket.Comment // with the draft; nil where a person has deleted it
	reply   string          // as it stands in the draft
	has     bool            // whether there is one
	digest  string          // what an approval given now would cover
}

// look reads them. plan is the digest of the draft's plan.
func (d *Desk) look(ctx context.Context, place Place, number int, stands draft, draftID int64, plan string, run Run) (standing, error) {
	var s standing
	snapshot, err := d.GitHub.Ticket(ctx, place, number)
	if err != nil {
		return s, fmt.Errorf("read the ticket: %w", err)
	}
	s.ticket = heard(snapshot, run)
	comments := snapshot.Comments
	if stands.effect.In != nil {
		if comments, err = d.draftIn(ctx, place, stands.effect.In, stands.issue); err != nil {
			return s, err
		}
	}
	for i, c := range comments {
		if c.ID == draftID && c.Ours {
			s.comment = &comments[i]
			s.reply, s.has = effect.ReplyOf(c.Body.Raw())
		}
	}
	s.digest = effect.DraftDigest(s.reply, plan, s.ticket.Revision())
	return s, nil
}

// heard is what a ticket says now, as the run read it.
func heard(snapshot ticket.Ticket, run Run) ticket.Ticket {
	redacted, _ := Redact(run.Settings, snapshot)
	return said(redacted)
}

func (d *Desk) heard(ctx context.Context, place Place, number int, run Run) (ticket.Ticket, error) {
	snapshot, err := d.GitHub.Ticket(ctx, place, number)
	if err != nil {
		return snapshot, fmt.Errorf("read the ticket: %w", err)
	}
	return heard(snapshot, run), nil
}

// send sends the newest draft's reply as it stands. The command covers what its writer saw: with an ID the draft of exactly
// this digest, without one everything that stood there when the command was written.
func (a answering) send(ctx context.Context, cmd command.Command) error {
	d := a.desk
	if a.data.Held != nil {
		a.no(a.data.Held.text())
		return nil
	}
	if !a.settings.Config.Wants(config.SwitchReplies) {
		a.no("Replies are not sent from here: `effects.sent_replies` in `.github/oioi.yml`. Copy the reply into a comment of yours.")
		return nil
	}
	if a.v.start != nil || a.status == runGathering || a.status == runWorking {
		a.no("A newer draft is being made. Send it when it is here, or stop it with `/oioi cancel` and send this one.")
		return nil
	}
	newest, err := d.newestDraft(ctx, a.v.place, a.v.number, a.data.Drafts)
	if err != nil {
		return err
	}
	if newest == nil {
		if a.status == runPublishing {
			a.no("The draft is being posted. Send it when it is here.")
			return nil
		}
		a.no("There is no draft to send yet. `/oioi run` makes one.")
		return nil
	}
	if a.data.Sent != nil && a.data.Sent.Draft == newest.number {
		a.no(fmt.Sprintf("The reply of this draft was sent by `%s`. `/oioi rerun` makes a new draft.", who(a.data.Sent.By)))
		return nil
	}
	run, err := d.runOf(ctx, newest.runID)
	if err != nil {
		return err
	}
	now, err := d.look(ctx, a.v.place, a.v.number, *newest, newest.receipt.ID, newest.effect.Comment.Plan, run)
	if err != nil {
		return err
	}
	switch {
	case now.comment == nil:
		a.no("The draft was deleted. `/oioi rerun` makes a new one.")
		return nil
	case !now.has:
		a.no("There is no reply in the draft that could be sent: between its two hidden lines stands nothing, or the lines are gone. `/oioi rerun` makes a new draft.")
		return nil
	}
	original, _ := effect.ReplyOf(newest.effect.Comment.Body)
	var changes []templates.Change
	switch {
	case cmd.ID == "":
		changes = now.since(*a.e.Comment, said(run.Ticket), original)
	case len(cmd.ID) >= 6 && strings.HasPrefix(now.digest, cmd.ID):
	default:
		changes = now.since(ticket.Comment{}, said(run.Ticket), original)
		if len(changes) == 0 {
			a.no(fmt.Sprintf("`%s` is not the newest draft. That is `%s`: `/oioi send %s`.", cmd.ID, now.digest, now.digest))
			return nil
		}
	}
	if cmd.ID == "" {
		changes = append(changes, a.tooNew(*newest, run)...)
	}
	if len(changes) > 0 {
		if a.elsewhere(*newest) {
			changes = withoutDraft(changes)
		}
		return a.stale(changes, now.digest)
	}
	made := simple(a.v.place, a.v.number, effect.KindComment, effect.ReplySlot+now.digest)
	made.Visibility = newest.effect.ReplyVisibility() // what a draft inside says may be too private for the ticket: the gate looks at it
	made.Comment = &effect.Comment{Marker: effect.Marker(made.Key), Approval: &effect.Approval{By: a.e.Sender.Login, Digest: now.digest,
		Plan: newest.effect.Comment.Plan, DraftID: newest.receipt.ID, Draft: newest.number, Command: a.e.Comment.ID, Inside: a.e.Inside != nil, Original: original}}
	made.Comment.Body = effect.SentReply(now.reply, a.e.Sender.Login, run.language()) + "\n\n"
	what := "as drafted"
	if made.Comment.Approval.Edited(now.reply) {
		what = "as edited"
		made.Comment.Body += effect.EditedMark + "\n" // similar tickets find the better answer by it
	}
	made.Comment.Body += made.Comment.Marker
	rules := d.Engine.rules(Run{Ticket: now.ticket, Settings: a.settings, Commit: "pinned", Inside: run.Inside, Evidence: run.Evidence, ForTeam: run.ForTeam})
	if why := rules.Refuse(made); why != "" {
		a.no("Not sent, because the gate holds the reply back: " + effect.SanitizeLine(why, effect.Allowed{}) + ". Edit the reply in the draft and send it again.")
		return nil
	}
	a.react("rocket")
	a.v.effects = append(a.v.effects, made)
	a.note("approved", fmt.Sprintf("The reply is sent %s, by @%s (%s)", what, a.e.Sender.Login, now.digest))
	return nil
}

// What has changed of a draft.
const (
	replyEdited    = "the reply in the draft was edited"
	newerDraft     = "a newer draft was made"
	draftRefreshed = "the ticket was edited, and the draft was made again from it"
)

// tooNew says that a draft came, or was brought up to date in its place, after the command was written.
func (a answering) tooNew(newest draft, run Run) []templates.Change {
	switch {
	case newest.receipt.ID > a.e.Comment.ID:
		return []templates.Change{{What: newerDraft, URL: newest.receipt.URL}}
	case newest.effect.Comment.Refresh && !a.e.Comment.CreatedAt.After(run.Ticket.UpdatedAt):
		return []templates.Change{{What: draftRefreshed, URL: newest.receipt.URL}}
	}
	return nil
}

// withoutDraft leaves out where a draft is and what it says, for an answer that others read.
func withoutDraft(changes []templates.Change) []templates.Change {
	out := slices.Clone(changes)
	for i, c := range out {
		if c.What == replyEdited {
			out[i].Diff = ""
		}
		if c.What == newerDraft || c.What == draftRefreshed {
			out[i].URL = ""
		}
	}
	return out
}

func (a answering) stale(changes []templates.Change, digest string) error {
	text, err := templates.Stale(changes, digest)
	if err != nil {
		return err
	}
	a.no(text)
	a.note("refused", "Not sent: what the command covered has changed ("+digest+" stands now)")
	return nil
}

// since says what of the draft and of the reporter's words the writer of a command cannot have seen, or not as they stand
// now. Where GitHub's clock, which counts seconds, leaves it open, it has changed. before is the ticket that the draft was
// made from, original the reply as it was drafted.
func (s standing) since(cmd ticket.Comment, before ticket.Ticket, original string) []templates.Change {
	var out []templates.Change
	late := func(c ticket.Comment) bool { return !c.UpdatedAt.Before(cmd.CreatedAt) || c.ID > cmd.ID }
	if s.reply != original && !s.comment.UpdatedAt.Before(cmd.CreatedAt) {
		out = append(out, templates.Change{What: replyEdited, Diff: difference(original, s.reply)})
	}
	// GitHub does not say when a text was edited, and an edit makes a new draft anyway.
	if before.Title.Raw() != s.ticket.Title.Raw() {
		out = append(out, templates.Change{What: "the ticket's title was edited", Diff: difference(before.Title.Raw(), s.ticket.Title.Raw())})
	}
	if lines(before.Body.Raw()) != lines(s.ticket.Body.Raw()) {
		out = append(out, templates.Change{What: "the ticket's text was edited", Diff: difference(before.Body.Raw(), s.ticket.Body.Raw())})
	}
	knew := map[int64]string{}
	for _, c := range before.Comments {
		if !c.Ours && c.Author.ID == before.Author.ID {
			knew[c.ID] = lines(c.Body.Raw())
		}
	}
	for _, c := range s.ticket.Comments {
		if c.Ours || c.Author.ID != s.ticket.Author.ID || c.ID == cmd.ID {
			continue
		}
		was, known := knew[c.ID]
		delete(knew, c.ID)
		switch same := was == lines(c.Body.Raw()); {
		case known && same, !late(c):
		case known:
			out = append(out, templates.Change{What: "a comment of the person who filed the ticket was edited", URL: c.URL, Diff: difference(was, c.Body.Raw())})
		default:
			out = append(out, templates.Change{What: "the person who filed the ticket has commented", URL: c.URL})
		}
	}
	if len(knew) > 0 {
		out = append(out, templates.Change{What: "a comment of the person who filed the ticket was deleted"})
	}
	return out
}

func lines(s string) string {
	return strings.TrimSpace(ticket.UnixLines(s))
}

func difference(was, is string) string {
	text := udiff.Unified("before", "now", lines(was)+"\n", lines(is)+"\n")
	_, text, _ = strings.Cut(text, "@@") // the file names say nothing
	_, text, _ = strings.Cut(text, "\n")
	return text
}

// overtaken says that an approved reply is not to be posted: it stands already, or what was approved has changed.
type overtaken struct {
	posted effect.Receipt
	answer effect.Effect
	why    string // of a reply that nobody approved: then nobody is answered
}

// stillCovered holds a person's word against what stands on GitHub, just before what it allows is carried out. nil: it holds.
func (d *Desk) stillCovered(ctx context.Context, place Place, stored store.Effect, e effect.Effect) (*overtaken, error) {
	if e.Approved == nil {
		return d.stillApproved(ctx, place, e)
	}
	run, err := d.runOf(ctx, stored.RunID)
	if err != nil {
		return nil, err
	}
	now, err := d.heard(ctx, place, e.Number, run)
	if err != nil {
		if wait := later(err); wait != nil {
			return nil, wait
		}
		return nil, err
	}
	if now.Revision() == e.Approved.Revision {
		return nil, nil
	}
	text, err := templates.StaleEffects([]templates.Change{{What: "the ticket's text or a comment of the person who filed it has changed"}})
	if err != nil {
		return nil, err
	}
	return &overtaken{answer: comment(place, e.Number, fmt.Sprintf("answer/%d", e.Approved.Command), text).Inside(e.Approved.CommandIn)}, nil
}

// stillApproved holds an approval against what stands on GitHub, just before the reply is posted. nil: it holds.
func (d *Desk) stillApproved(ctx context.Context, place Place, e effect.Effect) (*overtaken, error) {
	approval := *e.Comment.Approval
	newest, err := d.newestDraft(ctx, place, e.Number, approval.Draft)
	if err != nil || newest == nil {
		return nil, errors.Join(err, errors.New("the draft that was approved is not in the store"))
	}
	run, err := d.runOf(ctx, newest.runID)
	if err != nil {
		return nil, err
	}
	now, err := d.look(ctx, place, e.Number, *newest, approval.DraftID, approval.Plan, run)
	if err != nil {
		if wait := later(err); wait != nil {
			return nil, wait
		}
		return nil, err
	}
	for _, c := range now.ticket.Comments {
		if c.Ours && strings.Contains(c.Body.Raw(), e.Comment.Marker) {
			return &overtaken{posted: effect.Receipt{ID: c.ID, URL: c.URL, Adopted: true}}, nil
		}
	}
	if approval.Auto {
		if why, err := d.stillAutomatic(ctx, place, run, now, approval); err != nil || why != "" {
			return &overtaken{why: "not sent automatically: " + why}, err
		}
		return nil, nil
	}
	if now.comment != nil && now.has && now.digest == approval.Digest {
		return nil, nil
	}
	changes := []templates.Change{{What: "the ticket's text or a comment of the person who filed it has changed"}}
	approved := effect.WithoutSender(e.Comment.Body)
	if now.reply != approved {
		changes = []templates.Change{{What: replyEdited, Diff: difference(approved, now.reply)}}
	}
	if newest.effect.In != nil && !approval.Inside {
		changes = withoutDraft(changes)
	}
	offer := now.digest
	if !now.has {
		changes, offer = []templates.Change{{What: "the draft or its reply was deleted"}}, ""
	}
	text, err := templates.Stale(changes, offer)
	if err != nil {
		return nil, err
	}
	answer := comment(place, e.Number, fmt.Sprintf("answer/%d", approval.Command), text)
	if newest.effect.In != nil && approval.Inside {
		answer.In = newest.effect.In
	}
	return &overtaken{answer: answer}, nil
}

// runOf reads a run, with the settings that it began with.
func (d *Desk) runOf(ctx context.Context, id string) (run Run, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		run, err = d.readRun(ctx, r, id)
		return err
	})
	return run, err
}

func (d *Desk) readRun(ctx context.Context, r store.Reader, id string) (Run, error) {
	stored, err := r.Run(ctx, id)
	if err != nil {
		return Run{}, err
	}
	run, err := decode[Run](stored.Data)
	if err != nil {
		return run, err
	}
	run.Settings, err = d.settingsOf(ctx, r, run.SettingsID)
	return run, err
}
