package desk

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
)

// Memory keeps answers of a model that were paid for, by the hash of their question.
type Memory interface {
	Recall(ctx context.Context, hash string) (model.Response, bool, error)
	Keep(ctx context.Context, ticketKey, hash string, answer model.Response, paid *Paid) error
}

// replay answers the customer's question from the help center at a commit alone, as it is and with the changes. The playbooks
// replay with retrieval: the passage that answers has to come first. A language model is asked twice, and has to quote what the
// change brought. A change makes no difference where the pages answered without it, unless it replaces what they said or the
// customer reports that they are wrong.
//
// Where the budget does not allow that, retrieval decides, and limited says so.
func (e Engine) replay(ctx context.Context, run Run, commit string, changes []effect.Change) (out *effect.Replay, limited *Reached, err error) {
	patched := map[string]string{}
	for _, c := range changes {
		patched[c.File.Path] = c.File.New
	}
	u := run.State.Outputs().Understanding
	wrong := u.Category == role.Documentation
	query := evidence.Query{Ticket: run.Ticket, Words: run.Ticket.Words(), Limit: docsLimit, Audience: e.audience(run.Ticket)}
	before, after, err := e.Sources.Replay(ctx, run.Place.holding(run.Help), run.Settings.Config.Docs.Root, commit, patched, query)
	if err != nil {
		return nil, nil, fmt.Errorf("replay the ticket with the changed pages: %w", err)
	}
	out = &effect.Replay{Question: u.CustomerGoal}
	var answered, rests, brought bool
	step, asked := understandingStep(run.Settings.Definition)
	playbooks := run.Fallback != "" || e.Fallback == nil || !asked
	if !playbooks {
		if out.Before, rests, err = e.answerFrom(ctx, run, step, before, changed(changes, effect.Change.Replaced)); err == nil {
			out.After, brought, err = e.answerFrom(ctx, run, step, after, changed(changes, effect.Change.Brought))
		}
		if model.Classify(err) == model.Stopped || err != nil && !model.Classify(err).Permanent() {
			return nil, nil, err
		}
		answered = out.Before.Text != ""
		errors.As(err, &limited)
		playbooks = err != nil // the model does not answer: retrieval does
	}
	if playbooks {
		if wrong { // the customer is on the page that is wrong
			elsewhere := func(item evidence.Item) bool { _, changed := patched[item.Path]; return !changed }
			before, after = slices.DeleteFunc(before, elsewhere), slices.DeleteFunc(after, elsewhere)
		}
		out.Before, out.After = firstPassage(before), firstPassage(after)
		answered, rests = answers(run, before), false
		for _, c := range changes {
			for _, line := range c.Inserted() {
				if len(after) > 0 && after[0].Path == c.File.Path && evidence.Contains(after[0].Text.Raw(), line) && !brought {
					out.After.Text, brought = line, true
				}
			}
		}
		if leads := answers(run, after); leads && !answered && !wrong { // a way to what answers: it comes first now
			brought = true
		}
	}
	out.Answered = answered && !rests && !wrong
	out.Differs = brought && !out.Answered
	switch {
	case out.Differs:
		out.Why = "the change brings the answer, or what leads to it"
	case brought:
		out.Why = "the question is answered from " + out.Before.Where + " already"
	case out.After.Where == "":
		out.Why = "nothing answers the question with the change either"
	default:
		out.Why = "the question is still answered from " + out.After.Where
	}
	return out, limited, nil
}

// answers reports whether what retrieval puts first is what the reply rests on.
func answers(run Run, items []evidence.Item) bool {
	if len(items) == 0 {
		return false
	}
	for _, block := range run.State.Outputs().Understanding.Reply {
		for _, c := range block.Citations {
			if item, ok := run.Evidence.ByID(c.Evidence); ok && evidence.Quoted(item, c.Quote) && evidence.Contains(items[0].Text.Raw(), c.Quote) {
				return true
			}
		}
	}
	return false
}

// changed reports of a quote whether one of the changes of its page did that to it.
func changed(changes []effect.Change, did func(effect.Change, string) bool) func(evidence.Item, string) bool {
	return func(item evidence.Item, quote string) bool {
		return slices.ContainsFunc(changes, func(c effect.Change) bool { return c.File.Path == item.Path && did(c, quote) })
	}
}

func understandingStep(def *workflow.Definition) (workflow.Step, bool) {
	for _, step := range def.Steps {
		if step.Returns == role.ReturnsUnderstanding {
			return step, true
		}
	}
	return workflow.Step{}, false
}

// firstPassage is what retrieval puts first.
func firstPassage(items []evidence.Item) effect.Answer {
	if len(items) == 0 {
		return effect.Answer{}
	}
	return effect.Answer{Text: excerpt(items[0].Text.Raw()), Where: items[0].Title}
}

// fenced matches a block of code, which a line cannot hold.
var fenced = regexp.MustCompile("(?s)(```|~~~).*?(```|~~~|$)")

// excerpt is the beginning of a passage, as one line without its code.
func excerpt(text string) string {
	const most = 280
	text = fenced.ReplaceAllString(text, "…")
	line := strings.Join(strings.Fields(text), " ")
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most]) + " …"
	}
	return line
}

// answerFrom asks the drafter with these passages as the only evidence, and reports whether it quotes something that counts.
func (e Engine) answerFrom(ctx context.Context, run Run, step workflow.Step, items []evidence.Item, counts func(evidence.Item, string) bool) (effect.Answer, bool, error) {
	run.Evidence = evidence.Set{Items: evidence.Rank(items, evidence.DefaultBudget)}
	run.State, run.Direction, run.Anew = workflow.State{}, "", ""
	q := e.Compile(run, workflow.Ask{Step: step})
	response, known, err := e.recall(ctx, q.Hash)
	if err != nil {
		return effect.Answer{}, false, err
	}
	if !known {
		var paid *Paid
		if response, paid, err = e.Complete(ctx, run, q); err != nil {
			return effect.Answer{}, false, err
		}
		if e.Memory != nil {
			if err := e.Memory.Keep(ctx, store.TicketKey(run.Place.Repository.ID, run.Ticket.Number), q.Hash, response, paid); err != nil {
				return effect.Answer{}, false, err
			}
		}
	}
	state := workflow.Accept(run.Settings.Definition, workflow.State{Repairs: map[string]int{step.ID: 1}}, step, response.Output, q.Hash, e.context(run))
	u := state.Outputs().Understanding
	if u == nil {
		return effect.Answer{}, false, nil // an answer that breaks its contract answers nothing
	}
	var out effect.Answer
	counted := false
	for _, block := range u.Reply {
		if block.Kind != role.Fact && block.Kind != role.Instruction || len(block.Citations) == 0 {
			continue
		}
		out.Text = strings.TrimSpace(out.Text + "\n\n" + block.Text)
		for _, citation := range block.Citations {
			item, ok := run.Evidence.ByID(citation.Evidence)
			if !ok {
				continue
			}
			if out.Where == "" {
				out.Where = item.Title
			}
			counted = counted || counts(item, citation.Quote)
		}
	}
	return out, counted, nil
}

func (e Engine) recall(ctx context.Context, hash string) (model.Response, bool, error) {
	if e.Memory == nil {
		return model.Response{}, false, nil
	}
	return e.Memory.Recall(ctx, hash)
}
