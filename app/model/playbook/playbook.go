// Package playbook drafts without a language model: it reads the ticket's form fields and words, picks the passages of the
// evidence that answer it, and fills the four contracts from the playbook that fits. What it says comes from the ticket, from
// quoted sources or from a playbook; it invents nothing.
package playbook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// Drafter answers roles from playbooks. It needs no network and no key, and costs nothing.
type Drafter struct{}

// New returns a drafter.
func New() *Drafter { return &Drafter{} }

// Name returns "playbook".
func (*Drafter) Name() string { return "playbook" }

// Complete drafts one role's part. It fails only where the brief holds no playbook.
func (*Drafter) Complete(ctx context.Context, r model.Request) (model.Response, error) {
	if err := ctx.Err(); err != nil {
		return model.Response{}, &model.Error{Class: model.Stopped, Message: "stopped", Cause: err}
	}
	if len(r.Brief.Playbooks) == 0 {
		return model.Response{}, &model.Error{Class: model.Misconfigured, Message: "there is no playbook to draft from: the folder that `playbooks` in .github/oioi.yml names replaces them all with nothing"}
	}
	d, err := read(r.Brief)
	if err != nil {
		return model.Response{}, &model.Error{Class: model.Misconfigured, Message: "the playbook " + r.Brief.Playbooks[0].ID + " cannot be used: " + err.Error(), Cause: err}
	}
	out := role.Output{}
	var handoff string
	switch r.Returns {
	case role.ReturnsUnderstanding:
		out.Understanding, handoff = d.understanding()
	case role.ReturnsHandlingPlan:
		out.HandlingPlan, handoff = d.plan()
	case role.ReturnsMeasurement:
		out.Measurement, handoff = d.measurement()
	case role.ReturnsFollowThrough:
		out.FollowThrough, handoff = d.followThrough()
	default:
		return model.Response{}, &model.Error{Class: model.Misconfigured, Message: fmt.Sprintf("the playbooks make no part %q", r.Returns)}
	}
	out.Handoff = &handoff
	if d.err != nil {
		return model.Response{}, &model.Error{Class: model.Misconfigured, Message: "the playbook " + d.book.ID + " cannot be used: " + d.err.Error(), Cause: d.err}
	}
	data, err := json.Marshal(out)
	if err != nil {
		return model.Response{}, err
	}
	return model.Response{Output: data, Model: "the playbook " + d.book.ID, Drafter: "playbook", Usage: model.Usage{Priced: true}}, nil
}

// text fills in a text of the playbook.
func (d *draft) text(s string) string {
	out, err := policy.RenderText(s, d.found)
	if err != nil && d.err == nil {
		d.err = err
	}
	return strings.TrimSpace(out)
}

// in reports whether a part of the playbook that is for a situation applies now.
func (d *draft) in(when string) bool {
	switch when {
	case "", "always":
		return true
	case "answered":
		return d.state == answered
	case "unanswered":
		return d.state == unanswered
	case "missing":
		return d.state == missing
	case "open":
		return d.state != answered
	case "escalated":
		return d.escalation() != nil
	}
	return false
}
