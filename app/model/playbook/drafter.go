// Package playbook answers roles without a language model: from the playbooks, the ticket's own words and the passages that
// were found. It needs no network and no key, quotes its sources word for word, says what it does not know, and draws no
// conclusion that a source does not draw. The same brief always gets the same answer.
package playbook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/workflow/role"
)

// name is what the drafter calls itself.
const name = "playbook"

// Drafter is a model.Model. It keeps nothing and is safe for concurrent use.
type Drafter struct{}

// New returns a drafter.
func New() *Drafter { return &Drafter{} }

// Name returns "playbook".
func (*Drafter) Name() string { return name }

// Complete fills in the part that the request asks for, from the request's brief alone. It fails only for a part that it
// does not know, or when ctx is done.
func (*Drafter) Complete(ctx context.Context, r model.Request) (model.Response, error) {
	if err := ctx.Err(); err != nil {
		return model.Response{}, &model.Error{Class: model.Stopped, Message: "The draft was stopped.", Cause: err}
	}
	c := open(r.Brief)
	var out role.Output
	switch r.Returns {
	case role.ReturnsUnderstanding:
		out.Understanding = c.understanding()
	case role.ReturnsHandlingPlan:
		out.HandlingPlan = c.plan()
	case role.ReturnsMeasurement:
		out.Measurement = c.measurement()
	case role.ReturnsFollowThrough:
		out.FollowThrough = c.followThrough()
	default:
		return model.Response{}, &model.Error{Class: model.Misconfigured,
			Message: fmt.Sprintf("The playbooks cannot make %q; a step returns one of %s. Check the workflow's file.", r.Returns, all())}
	}
	note := c.handoff(r.Returns)
	out.Handoff = &note
	data, err := json.Marshal(out)
	if err != nil {
		return model.Response{}, err
	}
	return model.Response{Output: data, Model: "the playbook " + c.playbook.ID, Drafter: name, Undone: strings.Join(c.undone, " "), Usage: model.Usage{Priced: true}}, nil
}

func all() string {
	parts := make([]string, len(role.AllReturns))
	for i, r := range role.AllReturns {
		parts[i] = string(r)
	}
	return strings.Join(parts, ", ")
}
