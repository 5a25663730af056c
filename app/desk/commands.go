package desk

import (
	"context"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// answering is one command with the ways to answer it.
type answering struct {
	asking
	e ticket.Event
	v *verdict
}

// closed reports whether an answer may tell what the draft tells: that is decided by where the command stands. Where drafts stand
// inside, it is so there alone; elsewhere, where nobody but the team and the customer reads.
func (a answering) closed() bool {
	return a.e.Inside != nil || a.v.place.Repository.Private && (a.run == nil || a.run.Inside == nil)
}

// elsewhere reports whether a draft stands where those who read the answer do not.
func (a answering) elsewhere(d draft) bool { return d.effect.In != nil && a.e.Inside == nil }

// react puts an emoji on the command's comment.
func (a answering) react(content string) {
	a.v.touched = true
	made := reaction(a.v.place, a.v.number, a.e.Comment.ID, content).Inside(a.e.Inside)
	made.Reaction.Review = a.e.Review
	a.v.effects = append(a.v.effects, made)
}

// reply answers the command with a comment.
func (a answering) reply(text string) { a.say(fmt.Sprintf("answer/%d", a.e.Comment.ID), text) }

func (a answering) say(slot, text string) {
	a.v.touched = true
	made := comment(a.v.place, a.v.number, slot, text).Inside(a.e.Inside)
	made.Comment.On = a.e.Pull
	a.v.effects = append(a.v.effects, made)
}

// no answers a command that cannot be obeyed as things stand.
func (a answering) no(why string) {
	a.react("confused")
	a.reply(why)
}

// alter changes what is remembered of the ticket, for the events after this one and in the store.
func (a answering) alter(change func(*ticketData)) {
	change(a.data)
	a.v.held = a.data.Held != nil
	a.v.change = append(a.v.change, change)
}

func (a answering) note(kind, text string) {
	a.v.events = append(a.v.events, store.Event{Kind: kind, Text: text})
}

// comment obeys the command in a new comment, if there is one, from a person who may use it. Who may is asked now.
func (a asking) comment(ctx context.Context, e ticket.Event, v *verdict) error {
	if e.Comment == nil || e.Sender.Bot {
		return nil
	}
	if err := a.private(e, v); err != nil {
		return err
	}
	cmd, mistake := command.Parse(e.Comment.Body.Raw())
	if cmd == nil && mistake == nil {
		a.ordinary(e, v)
		return nil
	}
	if known, err := a.desk.obeyed(ctx, e, v); known || err != nil {
		return err
	}
	if e.Kind == ticket.EventPullCommented {
		cmd, mistake = revision(e, cmd, mistake)
	}
	does := answering{asking: a, e: e, v: v}
	person, team, err := does.asker(ctx)
	if err != nil {
		return err
	}
	if mistake != nil {
		if !*team && !does.heard() {
			return nil
		}
		v.answers(askedBy(e.Sender, *team))
		does.react("confused")
		if *team { // nobody else is worth a comment
			does.reply(mistake.Error())
		}
		return nil
	}
	rules := command.Rules(a.settings.Config.Commands)
	allowed, err := rules.Allow(cmd.Spec.Name, person)
	if err != nil && !permanent(err) {
		return err
	}
	if err != nil {
		a.desk.Log.ErrorContext(ctx, "a team cannot be asked for its members: give the App the organization permission \"Members: read\"", "error", err)
	}
	if !*team && !does.heard() {
		return nil
	}
	v.answers(askedBy(e.Sender, *team))
	if !allowed {
		does.refused(*cmd, rules)
		return nil
	}
	if a.own(e) && cmd.Spec.Name != "help" {
		does.no(ownIssue + " Write the command on the support ticket that it came from.")
		return nil
	}
	before := v.start
	if err := does.obey(ctx, *cmd); err != nil || v.start == before {
		return err
	}
	if v.start != nil {
		v.start.Asker = askedBy(e.Sender, *team)
	}
	return nil
}

// own reports whether OiOi itself opened the issue, such as a follow-up or the list of docs gaps, which is no ticket then.
func (a asking) own(e ticket.Event) bool {
	return a.run == nil && e.Inside == nil && strings.EqualFold(e.Author.Login, a.desk.BotLogin)
}

const ownIssue = "OiOi opened this issue itself, so there is no customer to draft a reply to."

// reporter reports whether the sender filed the ticket.
func (a asking) reporter(e ticket.Event) bool {
	if e.Pull != 0 {
		data, err := decode[ticketData](a.row.Data)
		return err == nil && data.Author.ID != 0 && data.Author.ID == e.Sender.ID
	}
	return e.Author.ID != 0 && e.Author.ID == e.Sender.ID
}

// refused says who may use a command, in one comment for each person and ticket: whoever tries on gets no second one.
func (a answering) refused(cmd command.Command, rules command.Rules) {
	a.react("-1")
	name, who := cmd.Spec.Name, rules.Who(cmd.Spec.Name)
	a.say(fmt.Sprintf("refused/%d", a.e.Sender.ID), fmt.Sprintf("`%s %s` is for %s.", command.Prefix, name, who))
	a.note("refused", fmt.Sprintf("@%s may not use `%s %s`: it is for %s", a.e.Sender.Login, command.Prefix, name, who))
}

func (a answering) obey(ctx context.Context, cmd command.Command) error {
	e, v := a.e, a.v
	switch cmd.Spec.Name {
	case "help":
		a.react("+1")
		a.reply(command.Rules(a.settings.Config.Commands).Help())
	case "run":
		if a.late(cmd) {
			return nil
		}
		if a.run != nil && under(a.status) {
			a.no("A run is under way already. Its draft will appear here; `/oioi cancel` stops it.")
			return nil
		}
		a.react("eyes")
		v.begin(reasonRun, e.Sender.Login, "")
	case "rerun":
		a.rerun(cmd)
	case "docs":
		if e.Pull != 0 {
			others, err := a.desk.sharing(ctx, v.place.Repository.ID, e.Pull)
			if err != nil {
				return err
			}
			if len(others) > 0 {
				a.no("This pull request holds changes for more than one ticket, so OiOi rewrites nothing in it: for another version, edit the branch.")
				return nil
			}
		}
		if a.late(cmd) {
			return nil
		}
		a.react("eyes")
		direction := ""
		if a.run != nil {
			direction = a.run.Direction // the other parts stay as they are
		}
		v.begin(reasonDocs, e.Sender.Login, direction)
		v.start.Docs = strings.TrimSpace("Change the help center for this ticket. " + cmd.Words)
	case "confirm":
		return a.confirm(ctx, cmd)
	case "cancel":
		if a.late(cmd) {
			return nil
		}
		if v.start == nil && (a.run == nil || (!under(a.status) && a.status != runParked)) {
			a.no("There is nothing to cancel: no run of this ticket is under way.")
			return nil
		}
		a.react("+1")
		v.start, v.confirm, v.cancel = nil, nil, e.Sender.Login
	case "status":
		return a.tellStatus(ctx)
	case "hold":
		if !a.late(cmd) {
			a.hold()
		}
	case "resume":
		if !a.late(cmd) {
			a.resume()
		}
	case "assign":
		a.assign(cmd)
	case "escalate":
		return a.escalate(cmd.Words)
	case "approve", "reject":
		return a.approve(ctx, cmd)
	case "send":
		return a.send(ctx, cmd)
	default:
		a.no(fmt.Sprintf("`%s` is not available here.", cmd.Spec.Usage()))
	}
	return nil
}
