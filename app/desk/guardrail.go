package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/policy"
)

// Long is a prompt that is longer than the repository allows, while a person is asked about it.
type Long struct {
	Content
	Sources []Expense `json:"sources"`
	USD     float64   `json:"usd,omitempty"`
	Trimmed int       `json:"trimmed"` // its tokens, once it is cut to the limit
	Lost    []string  `json:"lost,omitempty"`
	Expires time.Time `json:"expires"`
}

// Expense is what one source costs in a question.
type Expense struct {
	workflow.Expense
	USD float64 `json:"usd,omitempty"` // 0: no price is known
}

// Content identifies what of a prompt comes from the ticket and its sources, and how long that is.
type Content struct {
	Digest string `json:"digest"`
	Tokens int    `json:"tokens"`
}

// Chosen is what a person said to a long prompt. It holds for the same content and for what is no longer.
type Chosen struct {
	Content
	Choice string   `json:"choice"`
	Drop   []string `json:"drop,omitempty"` // all that is left out by now
}

// Rule is a choice that holds for every ticket of a repository. With Ask, none does.
type Rule struct {
	Choice string    `json:"choice"`
	Drop   string    `json:"drop,omitempty"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

func ruleKey(repositoryID int64) string { return fmt.Sprintf("long_prompts/%d", repositoryID) }

// rule returns the repository's rule for long prompts, or nil.
func (d *Desk) rule(ctx context.Context, repositoryID int64) (*Rule, error) {
	var text string
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		text, err = r.Value(ctx, ruleKey(repositoryID))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rule, err := decode[Rule]([]byte(text))
	if err != nil || rule.Choice == command.Ask {
		return nil, err
	}
	return &rule, nil
}

func (r Rule) says(private bool) string {
	if r.Choice != command.Drop {
		return r.Choice
	}
	if !private {
		return command.Drop
	}
	return command.Drop + ":" + r.Drop
}

func (r Rule) text(private bool) string {
	return fmt.Sprintf("Long prompts: %s holds for every ticket here, as %s chose. `/oioi confirm ask always` ends that.", effect.Code(r.says(private)), effect.Code("@"+r.By))
}

// contentOf identifies the content of a question, with nothing left out.
func (e Engine) contentOf(run Run, step workflow.Step) Content {
	run.Cut = workflow.Cut{}
	var parts []string
	out := Content{}
	for _, part := range workflow.Compile(e.Brief(run, step), e.Count).User {
		switch part.Name {
		case "ticket", "playbooks", "evidence", "private evidence":
			parts = append(parts, part.Text)
			out.Tokens += part.Tokens
		}
	}
	out.Digest = digestOf(parts...)
	return out
}

// covers reports whether a choice was made for this content, or for as much.
func (c Chosen) covers(now Content) bool {
	return c.Digest == now.Digest || now.Tokens <= c.Content.Tokens
}

// guarded compiles a question. Where its prompt is longer than the repository allows, what a person chose for this ticket or for
// the repository is done; where nothing was chosen, park says what to ask.
func (d *Desk) guarded(ctx context.Context, key string, run *Run, ask workflow.Ask) (q Question, said []store.Event, park *workflow.Park, err error) {
	limit := cmp.Or(run.Settings.Config.Prompt.WarnAboveTokens, workflow.DefaultWarnAbove)
	guard := func() *workflow.Park {
		q = d.Engine.Compile(*run, ask)
		return workflow.Guard(run.Settings.Definition, q.Request.Prompt, limit, run.Confirmed)
	}
	if park = guard(); park == nil {
		return q, nil, nil, nil
	}
	if !run.Trim {
		if said, err = d.chosen(ctx, key, run, ask.Step); err != nil {
			return q, nil, nil, err
		}
	}
	if run.Trim {
		bare := *run
		bare.Cut = workflow.Cut{}
		brief := d.Engine.Brief(bare, ask.Step)
		brief.Ask = ask
		var lost []string
		run.Cut, lost = workflow.Trim(brief, run.Cut, limit, d.Engine.Count)
		q = d.Engine.Compile(*run, ask)
		if len(lost) > 0 {
			run.Lost = append(run.Lost, lost...)
			said = append(said, store.Event{Kind: "trimmed", StepID: ask.Step.ID, Text: fmt.Sprintf("The prompt was cut to %d tokens, without %s", q.Request.Prompt.Tokens(), strings.Join(lost, "; "))})
		}
		return q, said, nil, nil
	}
	if park = guard(); park == nil {
		return q, said, nil, nil
	}
	park.StepID = ask.Step.ID
	run.Long = d.itemised(*run, ask, q, limit)
	return q, said, park, nil
}

// chosen does what a person said to this content before, or else what is the repository's rule.
func (d *Desk) chosen(ctx context.Context, key string, run *Run, step workflow.Step) ([]store.Event, error) {
	var data ticketData
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		_, data, err = d.remembered(ctx, r, key)
		return err
	})
	if err != nil {
		return nil, err
	}
	if data.Chosen != nil && data.Chosen.covers(d.Engine.contentOf(*run, step)) {
		run.choose(*data.Chosen)
		return []store.Event{{Kind: "confirmed", StepID: step.ID, Text: "The prompt is long, and it was confirmed before: " + data.Chosen.Choice}}, nil
	}
	rule, err := d.rule(ctx, run.Place.Repository.ID)
	if err != nil || rule == nil {
		return nil, err
	}
	run.choose(Chosen{Choice: rule.Choice, Drop: []string{rule.Drop}})
	return []store.Event{{Kind: "confirmed", StepID: step.ID, Text: "The prompt is long; the repository's rule is " + rule.says(true) + ", by @" + rule.By}}, nil
}

// choose lets a run do what was chosen.
func (r *Run) choose(c Chosen) {
	switch c.Choice {
	case command.Trim:
		r.Trim = true
	case command.Drop:
		for _, name := range c.Drop {
			if name != "" && !slices.Contains(r.Cut.Sources, name) {
				r.Cut.Sources, r.Lost = append(slices.Clone(r.Cut.Sources), name), append(r.Lost, name)
			}
		}
	default:
		r.Confirmed = true
	}
}

// itemised says what a long question is made of, and what trimming it would lose.
func (d *Desk) itemised(run Run, ask workflow.Ask, q Question, limit int) *Long {
	e := d.Engine
	out := Long{Content: e.contentOf(run, ask.Step)}
	hours := run.Settings.Config.Prompt.ExpiresHours
	out.Expires = d.Clock().Add(time.Duration(hours * float64(time.Hour)))
	bare := run
	bare.Cut = workflow.Cut{}
	brief := e.Brief(bare, ask.Step)
	brief.Ask = ask
	cut, lost := workflow.Trim(brief, run.Cut, limit, e.Count)
	out.Trimmed, out.Lost = workflow.Compile(brief.Without(cut), e.Count).Tokens(), lost
	for _, expense := range workflow.Itemise(q.Request.Brief, e.Count) {
		out.Sources = append(out.Sources, Expense{expense, e.price(run, q, expense.Tokens)})
	}
	out.USD = e.price(run, q, q.Request.Prompt.Tokens())
	return &out
}

// price is what so many tokens of a prompt cost: by how much a call that reads them costs more. 0: no price is known.
func (e Engine) price(run Run, q Question, tokens int) float64 {
	request := model.Request{Brief: q.Request.Brief}
	without, _ := model.Estimate(e.drafter(run), request)
	request.Prompt.User = []workflow.Part{{Tokens: tokens}}
	with, _ := model.Estimate(e.drafter(run), request)
	if !with.Priced {
		return 0
	}
	return with.CostUSD - without.CostUSD
}

// told is the question for people. In public there is no money in it, and no source that is nobody's business.
func (l Long) told(hours policy.Hours, public bool) *templates.Long {
	out := templates.Long{Trimmed: l.Trimmed, Expires: l.Expires}
	if at, err := hours.Location(); err == nil {
		out.Expires = l.Expires.In(at)
	}
	money := func(usd float64) string {
		if usd == 0 || public {
			return ""
		}
		return fmt.Sprintf("$%.4f", usd)
	}
	out.Cost = money(l.USD)
	rest, most := 0, 0
	for _, s := range l.Sources {
		if public && (s.Private || s.Name == "") && s.What != "the ticket's own text" {
			rest += s.Tokens
			continue
		}
		out.Sources = append(out.Sources, templates.Expense{Name: s.Name, What: s.What, Tokens: s.Tokens, Cost: money(s.USD), Loses: s.Loses})
		if s.Name != "" && s.Tokens > most {
			out.Drop, most = s.Name, s.Tokens
		}
	}
	if public {
		out.Sources = append(out.Sources, templates.Expense{What: "everything else", Tokens: rest})
	} else {
		out.Lost = l.Lost
	}
	return &out
}

// confirm obeys /oioi confirm.
func (a answering) confirm(ctx context.Context, cmd command.Command) error {
	private := a.closed()
	choice := cmp.Or(cmd.Choice, command.Full)
	waits := a.status == runParked && a.run.Parked != nil && a.run.Parked.Kind == workflow.ParkLongPrompt
	if cmd.Always && choice == command.Ask {
		rule, err := a.desk.rule(ctx, a.v.place.Repository.ID)
		if err != nil {
			return err
		}
		if rule == nil {
			a.no("No choice holds for every ticket here: OiOi asks about each long prompt already.")
			return nil
		}
		a.keepRule(choice, "")
		a.react("+1")
		return nil
	}
	if !waits && !cmd.Always {
		a.no("There is nothing to confirm: no run of this ticket waits behind a long prompt.")
		return nil
	}
	if choice == command.Drop && waits && a.run.Long != nil {
		var names []string
		for _, s := range a.run.Long.Sources {
			if s.Name != "" && (private || !s.Private) {
				names = append(names, s.Name)
			}
		}
		if !slices.Contains(names, cmd.Drop) {
			text := "Nothing can be left out of this prompt."
			if len(names) > 0 {
				text = "It holds: `" + strings.Join(names, "`, `") + "`."
			}
			a.no(fmt.Sprintf("The prompt holds no source %s. %s", effect.Code(cmd.Drop), text))
			return nil
		}
	}
	if choice == command.Drop && !workflow.CanLeaveOut(cmd.Drop) {
		a.no(fmt.Sprintf("No prompt holds a source %s. The note about a long prompt names those that it holds.", effect.Code(cmd.Drop)))
		return nil
	}
	if cmd.Always {
		a.keepRule(choice, cmd.Drop)
	}
	a.react("+1")
	if waits && a.v.start == nil {
		a.v.confirm = &Chosen{Choice: choice, Drop: []string{cmd.Drop}}
		a.note("confirmed", fmt.Sprintf("The long prompt was confirmed by @%s: %s", a.e.Sender.Login, strings.TrimSuffix(choice+":"+cmd.Drop, ":")))
	}
	return nil
}

func (a answering) keepRule(choice, drop string) {
	a.v.rule = &Rule{Choice: choice, Drop: drop, By: a.e.Sender.Login, At: a.desk.Clock()}
	a.note("rule", "Long prompts of this repository: "+strings.TrimSuffix(choice+":"+drop, ":")+" from now on, by @"+a.e.Sender.Login)
}

// confirm lets a run that waits behind the long-prompt guardrail go on as was chosen, and remembers it.
func (d *Desk) confirm(ctx context.Context, tx store.Tx, row *store.Ticket, ticket *ticketData, chosen Chosen) error {
	run, err := tx.Run(ctx, ticket.RunID)
	if err != nil {
		return err
	}
	data, err := decode[Run](run.Data)
	if err != nil || run.Status != runParked {
		return err // it has gone on, or ended, meanwhile
	}
	data.choose(chosen)
	if data.Long != nil {
		chosen.Content, chosen.Drop = data.Long.Content, data.Cut.Sources
		ticket.Chosen = &chosen
	}
	data.Parked, data.Long = nil, nil
	data.Seq++
	run.Status, run.Data, row.Status = runWorking, encode(data), runWorking
	if err := tx.PutRun(ctx, run); err != nil {
		return err
	}
	return tx.Enqueue(ctx, StepArgs{RunID: run.ID, Generation: run.Generation, Seq: data.Seq}, data.urgency())
}

// ExpireArgs is the job that ends a run which nobody let go on behind a long prompt.
type ExpireArgs struct {
	TicketKey string `json:"ticket_key"`
	RunID     string `json:"run_id"`
}

// Kind names the job in the queue.
func (ExpireArgs) Kind() string { return "expire" }

type expireWorker struct {
	river.WorkerDefaults[ExpireArgs]
	desk *Desk
}

func (w *expireWorker) Work(ctx context.Context, job *river.Job[ExpireArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return waiting(w.desk.expire(ctx, job.Args, job.JobRow))
}

// expire ends the run once its time is up, and says so on the issue.
func (d *Desk) expire(ctx context.Context, args ExpireArgs, job *rivertype.JobRow) error {
	var run store.Run
	var at Run
	look := look{args.TicketKey, job, func(r store.Reader, data ticketData) (due time.Time, err error) {
		if data.RunID != args.RunID {
			return due, nil
		}
		if run, err = r.Run(ctx, args.RunID); err == nil {
			at, err = decode[Run](run.Data)
		}
		if err == nil && run.Status == runParked && at.Long != nil {
			due = at.Long.Expires
		}
		return due, err
	}}
	if _, _, ready, err := d.ready(ctx, look); !ready {
		return err
	}
	return d.looked(ctx, look, func(tx store.Tx, row store.Ticket, _ ticketData) error {
		if err := d.end(ctx, tx, &row, args.RunID, runCancelled, "nobody confirmed the long prompt in time"); err != nil {
			return err
		}
		row.UpdatedAt = d.Clock()
		if err := tx.PutTicket(ctx, row); err != nil {
			return err
		}
		place := Place{InstallationID: row.InstallationID, Repository: at.Place.Repository}
		place.Repository.Owner, place.Repository.Name = row.Owner, row.Name
		said := comment(place, row.Number, fmt.Sprintf("expired/%d", run.Generation),
			"Nobody answered the question about the long prompt, so the run has ended. `/oioi rerun` begins another.").Inside(at.Inside)
		return d.propose(ctx, tx, at.priority(), row.Key, args.RunID, row.Generation, []effect.Effect{said})
	})
}
