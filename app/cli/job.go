package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/model/tokens"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// job is one run of the workflow over a ticket from a file: the desk's engine, with memory instead of a store.
type job struct {
	p        *Process
	engine   desk.Engine
	run      desk.Run
	pages    *helpCenter
	clock    func() time.Time
	progress bool // tell on standard error what happens
	asked    func(workflow.Ask, desk.Question)
	finished workflow.Finish
}

type jobOptions struct {
	Ticket   ticket.Ticket
	Settings config.Settings
	// Repository is the folder that the configuration belongs to; "" where there is none.
	Repository string
	Docs       string // folder of the help center; "": the configured one below Repository
	Model      config.Model
	Progress   bool
	pages      *helpCenter // opened already; Docs is not read then
}

func newJob(ctx context.Context, p *Process, o jobOptions) (*job, error) {
	clock := p.Clock
	if clock == nil {
		clock = time.Now
	}
	j := &job{p: p, clock: clock, progress: o.Progress}
	if err := j.openDocs(ctx, &o); err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler) // what goes wrong is told on the terminal
	drafter, fallback, err := app.Models(o.Model, log)
	if err != nil {
		return nil, input(err)
	}
	o.Ticket.CreatedAt, o.Ticket.UpdatedAt = clock(), clock()
	o.Ticket, _ = desk.Redact(o.Settings, o.Ticket)
	j.engine = desk.Engine{Model: drafter, Fallback: fallback, Sources: j.pages, Count: tokens.Count, Log: log, Clock: clock}
	j.run = desk.Run{Reason: "the command line", Place: desk.Place{Repository: o.Ticket.Repository}, Ticket: o.Ticket, Settings: o.Settings}
	return j, nil
}

// openDocs reads the help center: the named folder, or the one that the repository's configuration names where it is there, and not in
// another repository.
func (j *job) openDocs(ctx context.Context, o *jobOptions) error {
	rules := &o.Settings.Config.Docs
	if o.pages != nil {
		j.pages, rules.Root = o.pages, o.pages.root
		return nil
	}
	if o.Docs == "" && o.Repository != "" && rules.Repository == "" {
		folder := filepath.Join(o.Repository, filepath.FromSlash(rules.Root))
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			o.Docs = folder
		}
	}
	if o.Docs == "" {
		return nil
	}
	pages, err := openHelpCenter(ctx, o.Docs, o.Repository)
	if err != nil {
		return err
	}
	for i, name := range rules.Protected { // they name pages of the configured root, which may lie elsewhere here
		if name == rules.Root || strings.HasPrefix(name, rules.Root+"/") {
			rules.Protected[i] = pages.root + strings.TrimPrefix(name, rules.Root)
		}
	}
	j.pages, rules.Root = pages, pages.root
	return nil
}

// gather searches the help center.
func (j *job) gather(ctx context.Context) error {
	done := j.begin("Evidence")
	found, err := j.engine.Gather(ctx, j.run.Place, j.run.Ticket, j.run.Settings, false)
	if err != nil {
		return err
	}
	j.run.Evidence, j.run.Commit, j.run.Help, j.run.Playbooks = found.Set, found.Commit, found.Help, found.Playbooks
	j.run.Signals, j.run.Risk = found.Signals, ticket.Worst(found.Signals)
	text := "no help center was given; name its folder with --docs"
	if j.pages != nil {
		pages, sections := j.pages.center.Len()
		text = fmt.Sprintf("%s of %s with %s", plural(len(found.Set.Items), "passage"), plural(pages, "page"), plural(sections, "section"))
		if n := len(j.pages.changelog); n > 0 {
			text += " and " + plural(n, "release note")
		}
	}
	done(text)
	return nil
}

// work asks one role after the other until the run is finished or waits for a person.
func (j *job) work(ctx context.Context) error {
	for {
		move, events := j.engine.Next(ctx, &j.run)
		for _, e := range events {
			j.note(e.Text)
		}
		switch move := move.(type) {
		case workflow.Ask:
			if err := j.ask(ctx, move); err != nil {
				return err
			}
		case workflow.Park:
			return j.park(move, workflow.Prompt{})
		case workflow.Finish:
			j.finished = move
			return nil
		default:
			return fmt.Errorf("the workflow made a move that the command line does not know: %T", move)
		}
	}
}

func (j *job) ask(ctx context.Context, ask workflow.Ask) error {
	question := j.engine.Compile(j.run, ask)
	if j.asked != nil {
		j.asked(ask, question)
	}
	settings := j.run.Settings
	if park := workflow.Guard(settings.Definition, question.Request.Prompt, settings.Config.Prompt.WarnAboveTokens, j.run.Confirmed); park != nil {
		return j.park(*park, question.Request.Prompt)
	}
	done := j.begin(settings.Roles[ask.Step.Role].Title)
	answer, _, err := j.engine.Complete(ctx, j.run, question)
	if err != nil {
		done("no answer: " + err.Error())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if j.engine.Fallback == nil || j.run.Fallback != "" {
			return j.park(workflow.Park{Kind: workflow.ParkModel, StepID: ask.Step.ID, Reason: err.Error()}, workflow.Prompt{})
		}
		j.run.Fallback = err.Error()
		j.note("The playbooks draft instead.")
		return nil
	}
	done(told(j.engine.Take(&j.run, ask, question, answer)))
	return nil
}

func told(events []store.Event) string {
	texts := make([]string, len(events))
	for i, e := range events {
		texts[i] = e.Text
	}
	return strings.Join(texts, "; ")
}

// park says why a person is needed.
func (j *job) park(park workflow.Park, prompt workflow.Prompt) error {
	if park.Kind != workflow.ParkLongPrompt {
		return codedError{exitParked, fmt.Errorf("parked: %s", park.Reason)}
	}
	var rows [][]string
	total := prompt.Tokens()
	for _, part := range prompt.Parts() {
		rows = append(rows, []string{part.Name, fmt.Sprint(part.Tokens), fmt.Sprintf("%d %%", 100*part.Tokens/max(total, 1))})
	}
	j.p.tell("\nThis prompt is unusually long: %d tokens.\n\n%s\n", total, table([]column{{"PART", 30}, {"TOKENS", 10}, {"SHARE", 10}}, rows))
	return codedError{exitParked, errors.New("parked: " + park.Reason + ". Say --yes to go on with it, shorten the ticket, or raise prompt.warn_above_tokens")}
}

// result plans the effects and puts everything together.
func (j *job) result(ctx context.Context) (result, error) {
	done := j.begin("Effects")
	plan, err := j.engine.Plan(ctx, &j.run, j.finished, 1, nil)
	if err != nil {
		return result{}, err
	}
	done(fmt.Sprintf("%d planned, %d held back", len(plan.Effects), len(plan.Refused)))
	outputs := j.finished.Outputs
	r := result{
		Ticket: j.run.Ticket, Evidence: j.run.Evidence, Effects: j.linked(plan.Effects), Usage: j.run.Usage,
		Understanding: outputs.Understanding, HandlingPlan: outputs.HandlingPlan, Measurement: outputs.Measurement, FollowThrough: outputs.FollowThrough,
		Done:   doneList(j.run.Settings.Definition, j.finished.Unmet),
		models: j.run.Models, drafter: j.run.Drafter, fallback: j.run.Fallback, refused: plan.Refused,
		policy: j.run.Settings.Config.Policy, now: j.clock(),
	}
	for _, e := range r.Effects {
		if e.Comment != nil {
			r.DraftComment = e.Comment.Body
		}
	}
	return r, nil
}

// linked fills the links between the effects' texts: here they lead to the files of --out.
func (j *job) linked(effects []effect.Effect) []effect.Effect {
	receipts := map[string]effect.Receipt{}
	number := 0
	for _, e := range effects {
		switch {
		case e.Issue != nil:
			number++
			receipts[e.Key] = effect.Receipt{URL: followUpFile(number, e.Issue.Title)}
		case e.Pull != nil:
			receipts[e.Key] = effect.Receipt{URL: filePatch}
		}
	}
	out := make([]effect.Effect, len(effects))
	for i, e := range effects {
		out[i] = effect.Resolve(e, receipts)
	}
	return out
}

func doneList(def *workflow.Definition, unmet []role.Unmet) []done {
	why := map[string]string{}
	for _, u := range unmet {
		why[u.Check] = u.Why
	}
	out := make([]done, len(def.Done))
	for i, d := range def.Done {
		reason, missing := why[d.Check]
		out[i] = done{Check: d.Check, Text: d.Text, Met: !missing, Why: reason}
	}
	return out
}

// begin tells that something starts; the function that it returns tells how it ended and how long it took.
func (j *job) begin(what string) func(result string) {
	if !j.progress {
		return func(string) {}
	}
	began := j.clock()
	if j.p.Terminal {
		j.p.tell("  %-20s  working …", what)
	}
	return func(result string) {
		if j.p.Terminal {
			_, _ = io.WriteString(j.p.Stderr, "\r\x1b[K") // the line is written anew
		}
		j.p.tell("%s", hanging(fmt.Sprintf("  %-20s%9s   ", what, took(j.clock().Sub(began))), result))
	}
}

func (j *job) note(text string) {
	if j.progress {
		j.p.tell("%s", hanging(strings.Repeat(" ", 34), text))
	}
}

// took is a duration for people, in milliseconds below a second.
func took(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
