package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
)

// Outputs returns what the accepted steps have made so far.
func (s State) Outputs() role.Outputs {
	var out role.Outputs
	for _, a := range s.Accepted {
		if p := a.Output.Understanding; p != nil {
			out.Understanding = p
		}
		if p := a.Output.HandlingPlan; p != nil {
			out.HandlingPlan = p
		}
		if p := a.Output.Measurement; p != nil {
			out.Measurement = p
		}
		if p := a.Output.FollowThrough; p != nil {
			out.FollowThrough = p
		}
	}
	return out
}

// Notes returns the accepted handoff notes, in order.
func (s State) Notes() []Note {
	var out []Note
	for _, a := range s.Accepted {
		if a.Output.Handoff != nil && strings.TrimSpace(*a.Output.Handoff) != "" {
			out = append(out, Note{StepID: a.StepID, Role: a.Role, Text: *a.Output.Handoff})
		}
	}
	return out
}
