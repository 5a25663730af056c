package role

import (
	"maps"
	"slices"
	"strings"
)

// Unmet is a check of the definition of done that does not hold, and the part that owes it.
type Unmet struct {
	Check string  `json:"check"`
	Owes  Returns `json:"owes"`
	Why   string  `json:"why"`
}

// doneCheck is one named check: "" when it holds, else why not.
type doneCheck struct {
	owes Returns
	fn   func(Outputs, Context) string
	by   func(Outputs) Returns // who owes it, where that depends; nil: owes
}

var doneChecks = map[string]doneCheck{
	"reply_ready": {owes: ReturnsUnderstanding, fn: func(o Outputs, _ Context) string {
		if len(o.Understanding.Reply) == 0 && o.Understanding.ReplyNone == nil {
			return "there is no reply, and nothing says why"
		}
		return ""
	}},
	"facts_cited": {owes: ReturnsUnderstanding, fn: func(o Outputs, _ Context) string {
		for _, b := range o.Understanding.Reply {
			if b.Kind == Fact && len(b.Citations) == 0 {
				return "a fact of the reply names no source"
			}
		}
		return ""
	}},
	"questions_asked": {owes: ReturnsUnderstanding, fn: func(o Outputs, _ Context) string {
		asks := slices.ContainsFunc(o.Understanding.Reply, func(b Block) bool { return b.Kind == Question })
		if len(o.Understanding.Missing) > 0 && len(o.Understanding.Reply) > 0 && !asks {
			return "information is missing, and the reply does not ask for it"
		}
		return ""
	}},
	"answer_grounded": {owes: ReturnsUnderstanding, fn: ungrounded, by: func(o Outputs) Returns {
		if slices.ContainsFunc(o.Understanding.Reply, claims) {
			return ReturnsUnderstanding
		}
		return ReturnsHandlingPlan // the reply claims nothing; the path says that it does
	}},
	"gap_recorded": {owes: ReturnsFollowThrough, fn: unrecorded},
	"path_chosen": {owes: ReturnsHandlingPlan, fn: func(o Outputs, _ Context) string {
		if o.HandlingPlan.Path == "ask" && len(o.Understanding.Missing) == 0 {
			return "the path is to ask, but no information is missing"
		}
		return ""
	}},
	"owner_named": {owes: ReturnsHandlingPlan, fn: func(o Outputs, in Context) string {
		if o.HandlingPlan.Owner == Unassigned && len(in.Owners) > 0 && strings.TrimSpace(o.HandlingPlan.OwnerWhy) == "" {
			return "the policy names owners, and none is chosen"
		}
		return ""
	}},
	"commitments_backed": {owes: ReturnsHandlingPlan, fn: func(o Outputs, _ Context) string {
		for _, b := range o.Understanding.Reply {
			if b.Kind == Commitment && b.Action != nil && !slices.ContainsFunc(o.HandlingPlan.Actions, func(a Action) bool { return a.ID == *b.Action }) {
				return "the reply commits to " + *b.Action + ", and no action keeps it"
			}
		}
		return ""
	}},
	"next_update_set": {owes: ReturnsHandlingPlan, fn: func(o Outputs, _ Context) string {
		if o.HandlingPlan.NextUpdateHours == 0 && o.HandlingPlan.Path != "no_action" {
			return "nobody said when the customer hears from us next"
		}
		return ""
	}},
	"checks_defined": {owes: ReturnsMeasurement, fn: func(o Outputs, _ Context) string {
		if len(o.Measurement.Checks) == 0 {
			return "nothing says how we see that the handling worked"
		}
		return ""
	}},
	"follow_through_decided": {owes: ReturnsFollowThrough, fn: func(o Outputs, _ Context) string {
		f := o.FollowThrough
		if len(f.FollowUps)+len(f.DocsEdits) == 0 && f.Nothing == nil {
			return "neither follow-up work nor a reason for none is given"
		}
		return ""
	}},
}

// DoneCheckNames lists the named checks that a definition of done may use.
func DoneCheckNames() []string { return slices.Sorted(maps.Keys(doneChecks)) }

// Unfulfilled runs the named checks and returns those that do not hold, in the order of names.
func Unfulfilled(names []string, o Outputs, in Context) []Unmet {
	var out []Unmet
	for _, name := range names {
		check, ok := doneChecks[name]
		if !ok || o.Understanding == nil || o.HandlingPlan == nil || o.Measurement == nil || o.FollowThrough == nil {
			continue // an unknown name does not get through Parse; a part that is missing is Next's to ask for
		}
		if why := check.fn(o, in); why != "" {
			owes := check.owes
			if check.by != nil {
				owes = check.by(o)
			}
			out = append(out, Unmet{Check: name, Owes: owes, Why: why})
		}
	}
	return out
}
