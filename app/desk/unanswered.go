package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
)

// How long a step waits for a model that does not answer for a passing reason, beyond the client's own retries, before the
// playbooks take over: so many times, and not beyond this time. The waits are counted in the run: the queue does not count
// a job that sleeps as long as a provider asks.
const (
	modelTries    = 3
	modelPatience = 10 * time.Minute
)

// Waiting says that the model did not answer a step yet, and that it is asked again.
type Waiting struct {
	StepID string    `json:"step_id"`
	Tries  int       `json:"tries"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
}

// unanswered decides after a failed call: try again later, let the playbooks draft, or wait for a person. It is never silent.
func (d *Desk) unanswered(ctx context.Context, run Run, ask workflow.Ask, err error, began time.Time) (piece, error) {
	class := model.Classify(err)
	var reached *Reached
	if errors.As(err, &reached) {
		return d.limited(ctx, run, ask, reached, began)
	}
	d.Log.WarnContext(ctx, "the model did not answer", "step", ask.Step.ID, "class", class, "error", err)
	if class == model.Stopped {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return piece{}, err
		}
		class, err = model.Retryable, errors.New("the model did not answer in the time that a step may take; see model.timeout in config.yml")
	}
	if !class.Permanent() {
		if out, again := d.askAgain(run, ask, err, began); again {
			return out, nil
		}
	}
	run.Waiting = nil
	if d.Engine.Fallback == nil || run.Fallback != "" {
		return d.park(run, workflow.Park{Kind: workflow.ParkModel, StepID: ask.Step.ID, Reason: err.Error()}, workflow.Prompt{})
	}
	run.Fallback = err.Error()
	return piece{status: runWorking, data: run, events: []store.Event{
		{Kind: "fallback", StepID: ask.Step.ID, Text: "The model does not answer, so the playbooks draft: " + err.Error(), Took: d.Clock().Sub(began)},
	}}, nil
}

// askAgain lets the step wait as long as the provider asks, or a moment; false where it has waited enough. The first wait
// stands in the timeline.
func (d *Desk) askAgain(run Run, ask workflow.Ask, err error, began time.Time) (piece, bool) {
	waiting := Waiting{StepID: ask.Step.ID, Since: began}
	if run.Waiting != nil && run.Waiting.StepID == ask.Step.ID {
		waiting = *run.Waiting
	}
	waiting.Tries++
	wait := max(model.RetryAfter(err), time.Second<<(waiting.Tries-1))
	waiting.Until = d.Clock().Add(wait)
	if waiting.Tries >= modelTries || waiting.Until.Sub(waiting.Since) > modelPatience {
		return piece{}, false
	}
	run.Waiting = &waiting
	out := piece{status: runWorking, data: run, wait: wait}
	if waiting.Tries == 1 {
		out.events = []store.Event{{Kind: "waiting", StepID: ask.Step.ID, Took: d.Clock().Sub(began),
			Text: fmt.Sprintf("The model does not answer; it is asked again in %s: %s", wait.Round(time.Second), err)}}
	}
	return out, true
}
