package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// rerun begins a new run, at the role that the command names.
func (a answering) rerun(cmd command.Command) {
	def := a.settings.Definition
	if cmd.From != "" && position(def, cmd.From) < 0 {
		var roles []string
		for _, step := range def.Steps {
			roles = append(roles, effect.Code(step.Role))
		}
		a.no(fmt.Sprintf("%s names no role. The roles are, in their order: %s.", effect.Code("from:"+cmd.From), strings.Join(roles, ", ")))
		return
	}
	if a.late(cmd) {
		return
	}
	a.react("eyes")
	a.v.begin(reasonRerun, a.e.Sender.Login, cmd.Words)
	if at := position(def, cmd.From); at >= 0 {
		a.v.start.From, a.v.start.Directs = def.Steps[at].Role, def.Steps[at].Role
	}
	a.v.explain = a.reply
}

// position returns where a role's first step stands in a workflow; -1 where there is none. People write a role's name with
// hyphens, too.
func position(def *workflow.Definition, name string) int {
	return slices.IndexFunc(def.Steps, func(s workflow.Step) bool { return s.Role == name || s.Role == strings.ReplaceAll(name, "-", "_") })
}

// begins is the status that a run starts with: where parts are kept, their evidence is, too.
func (r Run) begins() string {
	if len(r.Kept) > 0 {
		return runWorking
	}
	return runGathering
}

// anew tells a question that a person wants asked again from the same one that was answered before. The steps that the
// person wants to keep may still be answered from memory.
func (r Run) anew(step workflow.Step) string {
	def, from := r.Settings.Definition, position(r.Settings.Definition, r.From)
	if r.Docs != "" {
		from = slices.IndexFunc(def.Steps, func(s workflow.Step) bool { return s.Returns == role.ReturnsFollowThrough })
	}
	if slices.IndexFunc(def.Steps, func(s workflow.Step) bool { return s.ID == step.ID }) < from {
		return ""
	}
	return r.Anew
}

// input identifies what a step has to go on: the customer's words, the team's policy and instructions, the evidence and the
// parts before it. How the step came to its part (a direction, a repair, a bounce) is left out.
func (e Engine) input(run Run, step workflow.Step) string {
	brief := e.Brief(run, step)
	brief.Direction, brief.Ask = "", workflow.Ask{Step: step}
	brief.Ticket.Comments = slices.DeleteFunc(slices.Clone(brief.Ticket.Comments), func(c ticket.Comment) bool { return c.Author.ID != brief.Ticket.Author.ID })
	return hash("", "", workflow.Compile(brief, func(string) int { return 0 }), brief.Ask)
}

// keep takes over what an earlier run has accepted before the role at which this one begins. Where it has to begin earlier, the
// command is told why.
func (d *Desk) keep(ctx context.Context, v *verdict, data ticketData, before *Run) error {
	at := position(v.start.Settings.Definition, v.start.From)
	if v.start.From == "" || at <= 0 {
		return nil
	}
	if before == nil {
		v.explain(fmt.Sprintf("There is nothing to keep yet: OiOi works on this ticket for the first time, so the run begins with the %s.", v.start.title(0)))
		return nil
	}
	why := v.start.takeOver(d.Engine, *before, at)
	if len(v.start.Kept) < at && data.Drafts > 0 { // the newest run may have been stopped early; the draft that stands was not
		stored, err := d.draftEffect(ctx, v.place, v.number, data.Drafts)
		if err == nil {
			var run Run
			if run, err = d.runOf(ctx, stored.RunID); err == nil && len(run.State.Accepted) > len(before.State.Accepted) {
				why = v.start.takeOver(d.Engine, run, at)
			}
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if kept := len(v.start.Kept); kept > 0 {
		v.events = append(v.events, store.Event{Kind: "kept", Text: "Kept from the run before, without asking again: " + strings.Join(v.start.titles(), ", ")})
	}
	if why != "" {
		v.explain(fmt.Sprintf("The run begins with the %s and not with the %s, because %s.", v.start.title(len(v.start.Kept)), v.start.title(at), why))
	}
	return nil
}

func (d *Desk) draftEffect(ctx context.Context, place Place, number, draft int) (stored store.Effect, err error) {
	err = d.Store.View(ctx, func(r store.Reader) error {
		stored, err = r.Effect(ctx, effect.Key(place.Repository.ID, number, effect.KindComment, fmt.Sprintf("draft/%d", draft)))
		return err
	})
	return stored, err
}

// takeOver keeps the parts of a former run before the step at, as far as each answers what its role would be asked now. It
// returns why not all of them are kept, or "".
func (r *Run) takeOver(e Engine, former Run, at int) (why string) {
	if !r.readBySame(former) { // what that one had to go on may be more than this one's readers may know
		return r.changedSince(former)
	}
	def := r.Settings.Definition
	next := *r
	next.State, next.Kept = workflow.State{}, nil
	next.Evidence, next.ForTeam, next.Commit, next.Help, next.Playbooks = former.Evidence, former.ForTeam, former.Commit, former.Help, former.Playbooks
	next.Signals, next.Risk = former.Signals, former.Risk
	for _, step := range def.Steps[:at] {
		i := slices.IndexFunc(former.State.Accepted, func(a workflow.Accepted) bool { return a.StepID == step.ID })
		if i < 0 {
			why = fmt.Sprintf("the run before has no part of the %s", next.title(len(next.Kept)))
			break
		}
		part := former.State.Accepted[i]
		if part.InputHash != e.input(next, step) {
			why = next.changedSince(former)
			break
		}
		next.State.Accepted, next.Kept = append(next.State.Accepted, part), append(next.Kept, step.ID)
		if reason, returned := former.State.Returned[step.Returns]; returned {
			if next.State.Returned == nil {
				next.State.Returned = map[role.Returns]string{}
			}
			next.State.Returned[step.Returns] = reason // what it still misses was asked for already
		}
		if b := former.State.Bounced; b != nil && b.To == step.ID {
			next.State.Bounced = b
		}
	}
	if len(next.Kept) == 0 {
		r.Kept, r.State, r.Evidence, r.ForTeam, r.Commit, r.Help, r.Playbooks, r.Signals, r.Risk = nil, workflow.State{}, evidence.Set{}, evidence.Set{}, "", nil, nil, nil, ""
		return why
	}
	next.Models = former.Models
	*r = next
	return why
}

// changedSince says what a kept part would have to go on and did not.
func (r Run) changedSince(former Run) string {
	reporters := func(t ticket.Ticket) string { t.Original = ""; return said(t).Revision() }
	switch {
	case reporters(r.Ticket) != reporters(former.Ticket):
		return "the customer's words have changed since"
	case !r.readBySame(former):
		return "others may read the draft now"
	}
	return "the repository's configuration, or what it says to the roles, has changed since"
}

// readBySame reports whether the drafts of two runs stand where the same people read them, as far as the configuration says.
func (r Run) readBySame(other Run) bool {
	return (r.Inside == nil) == (other.Inside == nil) && r.Ticket.Repository.Private == other.Ticket.Repository.Private
}

// title is the name of a step's role for people.
func (r Run) title(step int) string {
	id := r.Settings.Definition.Steps[step].Role
	if known, ok := r.Settings.Roles[id]; ok {
		return known.Title
	}
	return id
}

// titles are the roles whose parts were kept.
func (r Run) titles() []string {
	var out []string
	for i, step := range r.Settings.Definition.Steps {
		if slices.Contains(r.Kept, step.ID) {
			out = append(out, r.title(i))
		}
	}
	return out
}

// former is the newest draft as the next one is compared with it; nil where there is none, or where others could read it than
// can read the next.
func (d *Desk) former(ctx context.Context, run Run, number, draft int) (*effect.Former, error) {
	posted, err := d.newestDraft(ctx, run.Place, number, draft)
	for ; err == nil && posted == nil && draft > 1; draft-- { // one that was never posted is no draft to anybody
		posted, err = d.newestDraft(ctx, run.Place, number, draft-1)
	}
	if err != nil || posted == nil {
		return nil, err
	}
	was, err := d.runOf(ctx, posted.runID)
	if err != nil {
		return nil, err
	}
	if !run.readBySame(was) {
		return nil, nil
	}
	out := effect.Former{Draft: posted.number, Outputs: was.State.Outputs(), Lists: posted.effect.Comment.Lists, Kept: run.titles()}
	out.Reply, _ = effect.ReplyOf(posted.effect.Comment.Body)
	return &out, nil
}

// contested says who sent which handoff note back, and why; "" where nobody did.
func (r Run) contested() string {
	b := r.State.Bounced
	if b == nil {
		return ""
	}
	def := r.Settings.Definition
	name := func(id string) string {
		if at := slices.IndexFunc(def.Steps, func(s workflow.Step) bool { return s.ID == id }); at >= 0 {
			return r.title(at)
		}
		return id
	}
	return fmt.Sprintf("the %s sent the note of the %s back, once: %s", name(b.From), name(b.To), b.Reason)
}

// contested is the newest run's contested handoff, where those who read the answer may know of it.
func (a answering) contested() string {
	if a.run == nil || !a.closed() {
		return ""
	}
	run := *a.run
	run.Settings = a.settings
	return run.contested()
}
