package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Model answers a role.
type Model interface {
	Complete(ctx context.Context, r model.Request) (model.Response, error)
	Name() string
}

// Engine does the pieces of a run: it gathers evidence, asks a role, takes the answer, plans the effects. It stores
// nothing, so that the desk and the command line share it.
type Engine struct {
	Model         Model
	Fallback      Model // drafts when Model does not answer; nil where Model is the playbook itself
	Sources       Sources
	Memory        Memory // of answers beside the roles'; nil: none
	Budget        Budget // nil: nothing bounds what the calls use
	Count         workflow.Counter
	Log           *slog.Logger
	Clock         func() time.Time
	GatherTimeout time.Duration // of all sources together; default 20 s
}

// Question is one call: the prompt, and the hash that identifies it among all that were ever asked.
type Question struct {
	Request model.Request
	Hash    string
	Input   string // identifies what the step has to go on, whoever is asked and however often
}

// playbooksInPrompt is how many playbooks brief a language model.
const playbooksInPrompt = 2

// fitting returns the ids of the playbooks that fit a ticket best.
func fitting(playbooks []policy.Playbook, t ticket.Ticket) []string {
	scored := policy.Classify(playbooks, t)
	ids := []string{}
	for _, s := range scored[:min(len(scored), playbooksInPrompt)] {
		ids = append(ids, s.Playbook.ID)
	}
	return ids
}

// Brief is what a step may know.
func (e Engine) Brief(run Run, step workflow.Step) workflow.Brief {
	ids := run.Playbooks
	if ids == nil {
		ids = fitting(run.Settings.Playbooks, run.Ticket)
	}
	var playbooks []policy.Playbook
	for _, id := range ids {
		i := slices.IndexFunc(run.Settings.Playbooks, func(p policy.Playbook) bool { return p.ID == id })
		if i >= 0 {
			playbooks = append(playbooks, run.Settings.Playbooks[i])
		}
	}
	direction := ""
	if run.Directs == "" || run.Directs == step.Role {
		direction = run.Direction
	}
	if run.Docs != "" && step.Returns == role.ReturnsFollowThrough {
		direction = strings.TrimSpace(direction + "\n" + run.Docs)
	}
	brief := workflow.Brief{
		Definition: run.Settings.Definition, Roles: run.Settings.Roles, Private: run.Settings.Config.Roles, Step: step,
		Ticket: said(run.Ticket), Policy: run.Settings.Config.Policy, Playbooks: playbooks, Evidence: run.Evidence, ForTeam: run.forTeam(step), Pages: run.Pages,
		Accepted: run.State.Outputs(), Notes: run.State.Notes(), Direction: direction, Audience: e.audience(run.Ticket),
		TeamLanguage: run.Settings.Config.Policy.Reply.Language,
	}
	return brief.Without(run.Cut)
}

// forTeam is what of a run's evidence only the team may read, for a step whose part stays inside.
func (r Run) forTeam(step workflow.Step) evidence.Set {
	if r.Inside == nil || !r.Settings.Definition.Inside(step) {
		return evidence.Set{}
	}
	return r.ForTeam
}

// Compile makes the question that an Ask stands for.
func (e Engine) Compile(run Run, ask workflow.Ask) Question {
	brief := e.Brief(run, ask.Step)
	brief.Ask = ask
	prompt := workflow.Compile(brief, e.Count)
	request := model.Request{Brief: brief, Prompt: prompt, Returns: ask.Step.Returns, Problems: ask.Problems, Rejected: ask.Rejected, Schema: role.Schema(), Second: run.Second != ""}
	return Question{Request: request, Hash: hash(e.asked(run), run.anew(ask.Step), prompt, ask), Input: e.input(run, ask.Step)}
}

// hash identifies a question by who is asked, by every word of it, and by the wish of a person to ask it anew.
func hash(drafter, anew string, prompt workflow.Prompt, ask workflow.Ask) string {
	h := sha256.New()
	add := func(parts ...string) {
		for _, part := range parts {
			_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
		}
	}
	add(drafter, ask.Step.ID, ask.Rejected, ask.Reason)
	if anew != "" {
		add(anew)
	}
	for _, part := range slices.Concat(prompt.System, prompt.User) {
		add(part.Text)
	}
	for _, problem := range ask.Problems {
		add(problem.Where, problem.Message)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (e Engine) drafter(run Run) Model {
	if run.Fallback != "" && e.Fallback != nil {
		return e.Fallback
	}
	return e.Model
}

// asked names who is asked, as a question's identity needs it.
func (e Engine) asked(run Run) string {
	name := e.drafter(run).Name()
	if run.Second != "" && run.Fallback == "" {
		name += ", second"
	}
	return name
}

// turnToOther lets another drafter make a part that stayed invalid after its repair: the fallback model, else the playbooks. It
// returns what the timeline says, and false where there is nobody left.
func (e Engine) turnToOther(ctx context.Context, run *Run, park workflow.Park) (event store.Event, found bool) {
	next := "The fallback model is asked"
	switch {
	case run.Fallback != "" || e.Fallback == nil:
		return event, false
	case run.Second == "" && model.HasSecond(e.Model):
		run.Second = park.Reason
	default:
		run.Fallback, next = park.Reason, "The playbooks draft"
	}
	e.Log.WarnContext(ctx, "the model's answers broke their contract, the repaired one too", "step", park.StepID, "next", next)
	run.State = workflow.Anew(run.State, park.StepID)
	return store.Event{Kind: "fallback", StepID: park.StepID, Text: next + ": " + park.Reason}, true
}

// Take checks an answer and moves the run on. It returns what the timeline says of it.
func (e Engine) Take(run *Run, ask workflow.Ask, q Question, answer model.Response) []store.Event {
	run.Usage = run.Usage.Add(answer.Usage)
	run.Drafter = answer.Drafter
	if q.Request.Brief.Direction != "" {
		run.Undone = answer.Undone
	}
	if !slices.Contains(run.Models, answer.Model) {
		run.Models = append(run.Models, answer.Model)
	}
	def, step := run.Settings.Definition, ask.Step
	bounced := run.State.Bounced
	in, forTeam := e.context(*run), run.forTeam(step)
	in.Evidence, in.ForTeam = in.Evidence.With(forTeam), len(forTeam.Items) > 0
	run.State = workflow.Accept(def, run.State, step, answer.Output, q.Input, in)
	switch {
	case len(run.State.Problems) > 0:
		return []store.Event{{Kind: "repaired", StepID: step.ID, Text: "The answer breaks its contract: " + problems(run.State.Problems)}}
	case run.State.Bounced != bounced:
		return []store.Event{{Kind: "bounced", StepID: step.ID, Text: "The note before it was sent back: " + run.State.Bounced.Reason}}
	}
	e.raise(run)
	events := []store.Event{{Kind: "answered", StepID: step.ID, Text: summary(run.State)}}
	newest := run.State.Accepted[len(run.State.Accepted)-1]
	if lost := slices.Concat(newest.Cut, newest.Unverified); len(lost) > 0 {
		events = append(events, store.Event{Kind: "cut", StepID: step.ID, Text: "Left out, because no source says it: " + strings.Join(lost, " · ")})
	}
	return events
}

// context is what the run's answers are checked against, and holds what the readers of the ticket may see.
func (e Engine) context(run Run) role.Context {
	p := run.Settings.Config.Policy
	text, customer := run.Ticket.Title.Raw()+"\n"+run.Ticket.Body.Raw(), run.Ticket.Words()
	for _, c := range run.Ticket.Comments {
		if !c.Ours {
			text += "\n" + c.Body.Raw()
		}
		if !c.Ours && c.Author.ID == run.Ticket.Author.ID {
			customer += "\n\n" + c.Body.Raw()
		}
	}
	outputs := run.State.Outputs()
	handedOff := outputs.Understanding != nil && policy.Sensitive(outputs.Understanding.Category) && !run.Ticket.Repository.Private && run.Inside == nil
	return role.Context{TicketText: text, Customer: customer, Unrecorded: handedOff, PolicyText: p.Quotable(), Floor: p.Reply.ConfidenceFloor, Directed: run.Direction != "", Evidence: run.Evidence, Owners: p.Owners(), Targets: p.Targets(), CheckReply: p.CheckReply, Outputs: outputs}
}

// raise lifts the newest accepted part to the policy's floors. What a role chose above them stays.
func (e Engine) raise(run *Run) {
	p := run.Settings.Config.Policy
	newest := &run.State.Accepted[len(run.State.Accepted)-1]
	switch {
	case newest.Output.Understanding != nil:
		newest.Floors = p.RaiseUnderstanding(newest.Output.Understanding)
	case newest.Output.HandlingPlan != nil:
		if u := run.State.Outputs().Understanding; u != nil {
			newest.Floors = p.RaisePlan(run.Ticket, *u, newest.Output.HandlingPlan)
		}
	}
}

// Next says what happens next in a run. A part that the definition of done is not content with is sent back here.
func (e Engine) Next(ctx context.Context, run *Run) (workflow.Move, []store.Event) {
	def := run.Settings.Definition
	move := workflow.Next(def, run.State, e.context(*run))
	if park, ok := move.(workflow.Park); ok && park.Kind == workflow.ParkInvalid {
		if event, found := e.turnToOther(ctx, run, park); found {
			return workflow.Next(def, run.State, e.context(*run)), []store.Event{event}
		}
	}
	if amend, ok := move.(workflow.Amend); ok {
		run.State = workflow.Apply(run.State, amend)
		events := []store.Event{{Kind: "amended", Text: "Changed, because the definition of done is not met: " + strings.Join(amend.Notes, "; ")}}
		return workflow.Next(def, run.State, e.context(*run)), events
	}
	back, ok := move.(workflow.Return)
	if !ok {
		return move, nil
	}
	run.State = workflow.SendBack(def, run.State, back)
	events := []store.Event{{Kind: "returned", StepID: back.Step.ID, Text: "Not done yet: " + back.Reason}}
	return workflow.Next(def, run.State, e.context(*run)), events
}

func problems(list []role.Problem) string {
	lines := make([]string, len(list))
	for i, p := range list {
		lines[i] = p.Where + " " + p.Message
	}
	return strings.Join(lines, "; ")
}

// summary says in a line what the newest accepted step returned.
func summary(s workflow.State) string {
	switch out := s.Accepted[len(s.Accepted)-1].Output; {
	case out.Understanding != nil:
		return fmt.Sprintf("%s, %s: %s", out.Understanding.Severity, out.Understanding.Category, out.Understanding.Summary)
	case out.HandlingPlan != nil:
		return fmt.Sprintf("Path %s, owner %s, %d actions", out.HandlingPlan.Path, out.HandlingPlan.Owner, len(out.HandlingPlan.Actions))
	case out.Measurement != nil:
		return fmt.Sprintf("%d checks", len(out.Measurement.Checks))
	case out.FollowThrough != nil:
		return fmt.Sprintf("%d follow-ups, %d docs edits", len(out.FollowThrough.FollowUps), len(out.FollowThrough.DocsEdits))
	}
	return ""
}
