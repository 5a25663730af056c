package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
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
	Count         workflow.Counter
	Log           *slog.Logger
	Clock         func() time.Time
	GatherTimeout time.Duration // of all sources together; default 20 s
}

// Question is one call: the prompt, and the hash that identifies it among all that were ever asked.
type Question struct {
	Request model.Request
	Hash    string
}

// playbooksInPrompt is how many playbooks brief a language model.
const playbooksInPrompt = 2

// Brief is what a step may know.
func (e Engine) Brief(run Run, step workflow.Step) workflow.Brief {
	scored := policy.Classify(run.Settings.Playbooks, run.Ticket)
	var playbooks []policy.Playbook
	for _, s := range scored[:min(len(scored), playbooksInPrompt)] {
		playbooks = append(playbooks, s.Playbook)
	}
	return workflow.Brief{
		Definition: run.Settings.Definition, Roles: run.Settings.Roles, Private: run.Settings.Config.Roles, Step: step,
		Ticket: run.Ticket, Policy: run.Settings.Config.Policy, Playbooks: playbooks, Evidence: run.Evidence,
		Accepted: run.State.Outputs(), Notes: run.State.Notes(), Direction: run.Direction, Audience: e.audience(run.Ticket),
		TeamLanguage: run.Settings.Config.Policy.Reply.Language,
	}
}

// Compile makes the question that an Ask stands for.
func (e Engine) Compile(run Run, ask workflow.Ask) Question {
	brief := e.Brief(run, ask.Step)
	brief.Ask = ask
	prompt := workflow.Compile(brief, e.Count)
	request := model.Request{Brief: brief, Prompt: prompt, Returns: ask.Step.Returns, Problems: ask.Problems, Rejected: ask.Rejected, Schema: role.Schema()}
	return Question{Request: request, Hash: hash(e.drafter(run).Name(), prompt, ask)}
}

// hash identifies a question by who is asked and by every word of it.
func hash(drafter string, prompt workflow.Prompt, ask workflow.Ask) string {
	h := sha256.New()
	add := func(parts ...string) {
		for _, part := range parts {
			_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
		}
	}
	add(drafter, ask.Step.ID, ask.Rejected, ask.Reason)
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

// Complete asks whoever drafts this run.
func (e Engine) Complete(ctx context.Context, run Run, q Question) (model.Response, error) {
	return e.drafter(run).Complete(ctx, q.Request)
}

// Take checks an answer and moves the run on. It returns what the timeline says of it.
func (e Engine) Take(run *Run, ask workflow.Ask, q Question, answer model.Response) []store.Event {
	run.Usage = run.Usage.Add(answer.Usage)
	if !slices.Contains(run.Models, answer.Model) {
		run.Models = append(run.Models, answer.Model)
	}
	step := ask.Step
	before := len(run.State.Accepted)
	run.State = workflow.Accept(run.Settings.Definition, run.State, step, answer.Output, q.Hash, e.context(*run, step))
	switch {
	case len(run.State.Problems) > 0:
		return []store.Event{{Kind: "repaired", StepID: step.ID, Text: fmt.Sprintf("The answer breaks its contract: %s", problems(run.State.Problems))}}
	case len(run.State.Accepted) <= before && run.State.Bounced != nil && run.State.Bounced.From == step.ID:
		return []store.Event{{Kind: "bounced", StepID: step.ID, Text: "The note before it was sent back: " + run.State.Bounced.Reason}}
	}
	events := []store.Event{{Kind: "answered", StepID: step.ID, Text: summary(run.State)}}
	if raised := e.floors(run, step); len(raised) > 0 {
		run.Floors = append(run.Floors, raised...)
	}
	return events
}

func problems(list []role.Problem) string {
	text := ""
	for i, p := range list {
		if i > 0 {
			text += "; "
		}
		text += p.Where + " " + p.Message
	}
	return text
}

// summary says in a line what the newest accepted step returned.
func summary(s workflow.State) string {
	if len(s.Accepted) == 0 {
		return ""
	}
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

var _ = json.Marshal
