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

// replay answers the customer's question from the help center alone, as it is and with the changes. The playbooks replay
// with retrieval: the passage that answers has to come first. A language model is asked twice, and has to quote what the
// change brought.
//
// Where the budget does not allow that, retrieval decides, and limited says so.
func (e Engine) replay(ctx context.Context, run Run, changes []effect.Change) (out *effect.Replay, limited *Reached, err error) {
	patched := map[string]string{}
	for _, c := range changes {
		patched[c.File.Path] = c.File.New
	}
	goal := run.State.Outputs().Understanding.CustomerGoal
	query := evidence.Query{Ticket: run.Ticket, Words: run.Ticket.Words(), Limit: docsLimit, Audience: e.audience(run.Ticket)}
	before, after, err := e.Sources.Replay(ctx, run.Place, run.Settings.Config.Docs.Root, run.Commit, patched, query)
	if err != nil {
		return nil, nil, fmt.Errorf("replay the ticket with the changed pages: %w", err)
	}
	out = &effect.Replay{Question: goal}
	step, asked := understandingStep(run.Settings.Definition)
	playbooks := run.Fallback != "" || e.Fallback == nil || !asked
	if !playbooks {
		if out.Before, _, err = e.answerFrom(ctx, run, step, before, nil); err == nil {
			out.After, out.Differs, err = e.answerFrom(ctx, run, step, after, changes)
		}
		if model.Classify(err) == model.Stopped || err != nil && !model.Classify(err).Permanent() {
			return nil, nil, err
		}
		errors.As(err, &limited)
		playbooks = err != nil // the model does not answer: retrieval does
	}
	if playbooks {
		if run.State.Outputs().Understanding.Category == role.Documentation { // the customer is on the page that is wrong
			elsewhere := func(item evidence.Item) bool { _, changed := patched[item.Path]; return !changed }
			before, after = slices.DeleteFunc(before, elsewhere), slices.DeleteFunc(after, elsewhere)
		}
		out.Before, _ = firstPassage(before, nil)
		out.After, out.Differs = firstPassage(after, changes)
	}
	switch {
	case out.Differs:
		out.Why = "the question is answered by what the change brings"
	case out.After.Where == "":
		out.Why = "nothing answers the question with the change either"
	default:
		out.Why = "the question is still answered from " + out.After.Where
	}
	return out, limited, nil
}

func understandingStep(def *workflow.Definition) (workflow.Step, bool) {
	for _, step := range def.Steps {
		if step.Returns == role.ReturnsUnderstanding {
			return step, true
		}
	}
	return workflow.Step{}, false
}

// firstPassage is what retrieval puts first, and whether a change brought it.
func firstPassage(items []evidence.Item, changes []effect.Change) (effect.Answer, bool) {
	if len(items) == 0 {
		return effect.Answer{}, false
	}
	first := items[0]
	for _, c := range changes {
		for _, line := range c.Inserted() {
			if first.Path == c.File.Path && evidence.Contains(first.Text.Raw(), line) {
				return effect.Answer{Text: line, Where: first.Title}, true
			}
		}
	}
	return effect.Answer{Text: excerpt(first.Text.Raw()), Where: first.Title}, false
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

// answerFrom asks the drafter with these passages as the only evidence.
func (e Engine) answerFrom(ctx context.Context, run Run, step workflow.Step, items []evidence.Item, changes []effect.Change) (effect.Answer, bool, error) {
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
	differs := false
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
			differs = differs || brought(changes, item, citation.Quote)
		}
	}
	return out, differs, nil
}

// brought reports whether a change brought the quoted words to the passage.
func brought(changes []effect.Change, item evidence.Item, words string) bool {
	for _, c := range changes {
		if c.File.Path != item.Path {
			continue
		}
		for _, line := range c.Inserted() {
			if evidence.Contains(line, words) || evidence.Contains(words, line) {
				return true
			}
		}
	}
	return false
}

func (e Engine) recall(ctx context.Context, hash string) (model.Response, bool, error) {
	if e.Memory == nil {
		return model.Response{}, false, nil
	}
	return e.Memory.Recall(ctx, hash)
}
