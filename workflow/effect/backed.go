package effect

import (
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
)

// noSource marks a line of the plan that nothing bears out.
const noSource = "(no source)"

// Backed says of the plan's lines where each comes from: marks to stand behind it, or that it has no source.
type Backed struct {
	Why          string
	Alternatives []string // in the order of the plan's
	Limits       []string // in the order of the plan's
}

// backed numbers the plan's sources on from the reply's.
func (p *planner) backed(plan role.HandlingPlan, sources []evidence.Item) (Backed, []evidence.Item) {
	var out Backed
	says := p.says()
	marks := func(list []role.Citation, needed bool) string {
		var found []string
		for _, c := range list {
			mark := "(the ticket)" // it was held against the ticket when it was accepted
			if c.Evidence != role.TicketCitation {
				if !says.Holds(c) {
					continue
				}
				mark = "(the policy)"
			}
			if item, ok := p.in.Evidence.ByID(c.Evidence); ok {
				if sources, mark = p.numbered(sources, item); mark == "" {
					mark = "(" + item.ID + ")"
				}
			}
			if !slices.Contains(found, mark) {
				found = append(found, mark)
			}
		}
		if len(found) == 0 && needed {
			return noSource
		}
		return strings.Join(found, " ")
	}
	out.Why = marks(plan.WhyCitations, plan.Path.NeedsSource())
	for _, a := range plan.Alternatives {
		out.Alternatives = append(out.Alternatives, marks(a.Citations, true))
	}
	for _, l := range plan.LimitsApplied {
		out.Limits = append(out.Limits, marks(l.Citations, true))
	}
	return out, sources
}
