package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Owners lists everybody whom the policy names as an owner, once each, in its order.
func (p Policy) Owners() []string {
	var out []string
	add := func(name string) {
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, area := range p.Areas {
		add(area.Owner)
	}
	add(p.DefaultOwner)
	for _, level := range p.Escalation {
		add(level.Target)
		add(level.Deputy)
	}
	return out
}

// Targets lists whom a ticket may be escalated to.
func (p Policy) Targets() []string {
	var out []string
	for _, level := range p.Escalation {
		for _, name := range []string{level.Target, level.Deputy} {
			if name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// OwnerFor chooses the owner of a ticket: the area whose name the customer chose in the form, else the one with the most
// keywords in the text, else the one for the category, else the default. It says why.
func (p Policy) OwnerFor(category role.Category, chosen, text string, labels []string) (owner, area, why string) {
	text = " " + strings.ToLower(text) + " "
	best, most := -1, 0
	for i, a := range p.Areas {
		if a.Owner == "" {
			continue
		}
		if chosen != "" && strings.EqualFold(strings.TrimSpace(chosen), a.Name) {
			return a.Owner, a.Name, "the customer chose the area " + a.Name
		}
		score := 0
		for _, label := range a.Labels {
			if slices.ContainsFunc(labels, func(l string) bool { return strings.EqualFold(l, label) }) {
				score += 3
			}
		}
		for _, word := range a.Keywords {
			if containsWord(text, strings.ToLower(word)) {
				score += 2
			}
		}
		if slices.Contains(a.Categories, category) {
			score++
		}
		if score > most {
			best, most = i, score
		}
	}
	if best >= 0 {
		a := p.Areas[best]
		return a.Owner, a.Name, "the ticket's words are those of the area " + a.Name
	}
	if p.DefaultOwner != "" {
		return p.DefaultOwner, "", "no area fits, so the policy's default owner takes it"
	}
	if len(p.Areas) == 0 {
		return role.Unassigned, "", "the repository's policy names no owners"
	}
	return role.Unassigned, "", "no area of the policy fits, and there is no default owner"
}

// containsWord reports whether a text holds a word or phrase at word borders; both are lower case already.
func containsWord(text, word string) bool {
	if word == "" {
		return false
	}
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		start, end := from+at, from+at+len(word)
		if (start == 0 || !letter(text[start-1])) && (end == len(text) || !letter(text[end])) {
			return true
		}
		from = start + 1
	}
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b > 127 }

// Sensitive reports whether a ticket of this category must not be discussed in public.
func Sensitive(category role.Category) bool {
	switch category {
	case role.Security, role.PrivacyLegal, role.Billing, role.AccountAccess, role.Abuse:
		return true
	}
	return false
}

// MayBeAutomatic reports whether replies to tickets of this category may be sent without a person, where a team says so: a wrong
// one must do little harm.
func MayBeAutomatic(category role.Category) bool {
	return !Sensitive(category) && category != role.DataLoss && category != role.Outage
}

// minimum is the least severity of a category, whatever a model says.
var minimum = map[role.Category]role.Severity{role.Outage: "S2", role.DataLoss: "S2", role.Security: "S2"}

// FloorSeverity returns the graver of a severity and its category's minimum.
func FloorSeverity(category role.Category, severity role.Severity) role.Severity {
	if least, ok := minimum[category]; ok && severity > least { // "S1" < "S4"
		return least
	}
	return severity
}

// FloorEscalation returns the escalation that the ladder demands for a ticket, or nil. Of several levels that apply, it is
// the highest.
func (p Policy) FloorEscalation(category role.Category, severity role.Severity) *role.Escalation {
	for _, level := range slices.Backward(p.Escalation) {
		bySeverity := slices.Contains(level.Severities, severity)
		if !bySeverity && !slices.Contains(level.Categories, category) {
			continue
		}
		why := fmt.Sprintf("every %s ticket goes to %s", severity, level.Name)
		if !bySeverity {
			why = fmt.Sprintf("every ticket of the category %s goes to %s", category, level.Name)
		}
		return &role.Escalation{Level: level.Name, Target: level.Target, Rule: why, DeadlineHours: level.Within.Hours()}
	}
	return nil
}

// level returns the position of a level in the ladder, or -1.
func (p Policy) level(name string) int {
	return slices.IndexFunc(p.Escalation, func(l Level) bool { return strings.EqualFold(l.Name, name) })
}

// RaiseUnderstanding raises an understanding to the floors, never lowers it, and says what it changed.
func (p Policy) RaiseUnderstanding(u *role.Understanding) []string {
	floor := FloorSeverity(u.Category, u.Severity)
	if floor == u.Severity {
		return nil
	}
	said := fmt.Sprintf("severity raised from %s to %s: the least for the category %s", u.Severity, floor, u.Category)
	u.Severity = floor
	return []string{said}
}

// RaisePlan raises a plan to the floors, never lowers it, and says what it changed.
func (p Policy) RaisePlan(t ticket.Ticket, u role.Understanding, plan *role.HandlingPlan) []string {
	var said []string
	if floor := p.FloorEscalation(u.Category, u.Severity); floor != nil {
		if plan.Escalation == nil || p.level(plan.Escalation.Level) < p.level(floor.Level) {
			plan.Escalation = floor
			said = append(said, fmt.Sprintf("escalation to %s (%s) added: %s", floor.Level, floor.Target, floor.Rule))
		} else if floor.DeadlineHours > 0 && plan.Escalation.DeadlineHours > floor.DeadlineHours && strings.EqualFold(plan.Escalation.Level, floor.Level) {
			plan.Escalation.DeadlineHours = floor.DeadlineHours
			said = append(said, fmt.Sprintf("the deadline of the escalation is the policy's: %g hours", floor.DeadlineHours))
		}
	}
	if why := p.BeyondRefund(u.Category, t); why != "" && granted(plan.Path) {
		limit := role.Limit{Text: why, Citations: []role.Citation{{Evidence: role.PolicyCitation, Quote: p.Limits.Refunds()}}}
		plan.Path, plan.Why, plan.WhyCitations = "policy_decision", "The policy's limits: "+why, limit.Citations
		plan.LimitsApplied = append(plan.LimitsApplied, limit)
		said = append(said, "the path is a policy decision: "+why)
	}
	level := p.Level(u.Severity)
	if next := level.NextUpdate.Hours(); next > 0 && plan.Path != "no_action" && (plan.NextUpdateHours == 0 || plan.NextUpdateHours > next) {
		if plan.NextUpdateHours > next {
			said = append(said, fmt.Sprintf("the next update is due after %g hours, as the service level of %s says", next, u.Severity))
		}
		plan.NextUpdateHours = next
	}
	return said
}

// granted reports whether a path lets the team answer by itself.
func granted(path role.Path) bool {
	switch path {
	case "policy_decision", "escalate", "ask", "duplicate", "no_action":
		return false
	}
	return true
}

// CheckReply holds a reply against the standards.
func (p Policy) CheckReply(reply string) []role.Problem {
	var out []role.Problem
	add := func(format string, args ...any) {
		out = append(out, role.Problem{Where: "understanding.reply", Message: fmt.Sprintf(format, args...)})
	}
	limit := p.Reply.MaxWords
	if limit == 0 {
		limit = 180
	}
	if n := len(strings.Fields(reply)); n > limit {
		add("has %d words; the policy allows at most %d", n, limit)
	}
	lower := strings.ToLower(reply)
	for _, phrase := range p.Reply.Forbidden {
		if containsWord(lower, strings.ToLower(phrase)) {
			add("holds %q, which the policy forbids", phrase)
		}
	}
	for _, phrase := range p.Reply.Required {
		if !strings.Contains(lower, strings.ToLower(phrase)) {
			add("lacks %q, which the policy requires", phrase)
		}
	}
	return out
}
