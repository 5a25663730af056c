package playbook

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// keeper is the id of the action that keeps the reply's promise, or "".
func (c *casework) keeper() string {
	n := 0
	for _, a := range c.playbook.Actions {
		if c.in(a.When) {
			if n++; a.Keeps {
				return "A" + strconv.Itoa(n)
			}
		}
	}
	return ""
}

func (c *casework) plan() *role.HandlingPlan {
	p := &role.HandlingPlan{Owner: c.owner, OwnerWhy: c.ownerWhy, Actions: []role.Action{}, LimitsApplied: c.limits(), Alternatives: c.alternatives()}
	p.Path, p.Why, p.WhyCitations = c.path()
	if p.Path == "no_action" {
		p.LimitsApplied, p.Alternatives = []role.Limit{}, []role.Alternative{}
		p.Escalation = c.escalation()
		return p
	}
	p.Escalation = c.escalation()
	p.NextUpdateHours = c.nextUpdate()
	if p.Path == "duplicate" {
		p.DuplicateOf = &c.twin.item.ID
	}
	for _, a := range c.playbook.Actions {
		if !c.in(a.When) || len(p.Actions) == role.MaxActions {
			continue
		}
		hours := a.DueHours
		if hours == 0 || a.Keeps {
			hours = c.nextUpdate()
		}
		p.Actions = append(p.Actions, role.Action{ID: "A" + strconv.Itoa(len(p.Actions)+1), Text: c.text(a.Text), Owner: c.owner, DueHours: hours, DoneWhen: c.text(a.DoneWhen)})
	}
	if text := c.openAction(); text != "" && c.openID() != "" {
		p.Actions = append(p.Actions, role.Action{ID: c.openID(), Text: text, Owner: c.owner, DueHours: c.nextUpdate(), DoneWhen: "The customer has an answer to each of their questions."})
	}
	c.keep(p)
	return p
}

// keep adds an action for each promise of an accepted reply that no action keeps: the reply may be somebody else's.
func (c *casework) keep(p *role.HandlingPlan) {
	u := c.brief.Accepted.Understanding
	if u == nil {
		return
	}
	for _, b := range u.Reply {
		if b.Kind != role.Commitment || b.Action == nil || slices.ContainsFunc(p.Actions, func(a role.Action) bool { return a.ID == *b.Action }) || len(p.Actions) == role.MaxActions {
			continue
		}
		owner, hours := c.owner, c.nextUpdate()
		if b.Owner != nil {
			owner = *b.Owner
		}
		if b.DueHours != nil {
			hours = *b.DueHours
		}
		p.Actions = append(p.Actions, role.Action{ID: *b.Action, Text: "Keep what the reply promises: " + oneLine(b.Text, 200), Owner: owner, DueHours: hours, DoneWhen: "The customer has what the reply promised."})
	}
}

func (c *casework) path() (role.Path, string, []role.Citation) {
	why := ""
	var sources []role.Citation
	path := c.playbook.Path.Unanswered
	switch {
	case c.idle():
		return "no_action", fmt.Sprintf("The ticket looks like %q and asks for nothing.", c.playbook.Title), nil
	case c.twin != nil && c.answer == nil && c.fix == nil:
		return "duplicate", "There is an open ticket about the same: " + oneLine(c.twin.item.Title, 120), opening(*c.twin)
	case c.situation == answered:
		path = c.playbook.Path.Answered
		switch {
		case c.fix != nil:
			why = fmt.Sprintf("%s mends it, and the customer is on %s", c.fixedIn, c.reading.version)
			sources = []role.Citation{c.fix.citation()}
		case c.answer != nil:
			why = "A source answers it: " + oneLine(c.answer.item.Title, 120)
			if sources = opening(*c.answer); len(c.facts)+len(c.steps) > 0 {
				sources = []role.Citation{slices.Concat(c.facts, c.steps)[0].citation()}
			}
		default:
			why = "An open incident fits: " + c.findings.Incident
			if c.incident != nil {
				sources = opening(*c.incident)
			}
		}
	case c.situation == missing:
		path, why = c.playbook.Path.Missing, "No source answers it, and the customer has to be asked first: "+c.asked[0].english
	default:
		why = "No page, release note or earlier reply surely answers it"
	}
	if p := c.nearest(); p != nil && c.situation != answered {
		why = after(why, "the nearest page is "+oneLine(p.item.Title, 120))
	}
	if behind := c.behind(); behind != "" && c.fix == nil && (c.category() == role.Bug || c.category() == role.Performance) {
		why = after(why, behind)
	}
	if above := c.brief.Policy.BeyondRefund(c.category(), c.brief.Ticket); above != "" {
		path, why, sources = "policy_decision", capital(above), c.refundRule()
	}
	if c.wish.escalate {
		path, why, sources = "escalate", "A maintainer asked for it", nil
	}
	if path == "escalate" && c.situation != answered && c.category() != role.HowTo && c.category() != role.Other {
		why = c.playbook.Title + ": " + strings.ToLower(why[:1]) + why[1:]
	}
	return path, why, sources
}

// after joins what follows to what is said: a question ends its sentence, and what begins like a sentence is one.
func after(said, more string) string {
	switch {
	case strings.HasSuffix(said, "?"), strings.HasSuffix(said, "!"), strings.HasSuffix(said, "."):
		return said + " " + capital(more)
	case capital(more) == more:
		return said + ". " + more
	}
	return said + "; " + more
}

// behind says what was released after the version that the ticket states; "" where nothing was, or where that is not known.
func (c *casework) behind() string {
	for _, item := range c.brief.Evidence.Items {
		if item.Kind != evidence.Version {
			continue
		}
		if _, after, ok := strings.Cut(flat(item.Text.Raw()), "Released after it: "); ok {
			return fmt.Sprintf("The customer is on %s; released since: %s None of them says that it mends this", c.reading.version, after)
		}
	}
	return ""
}

// escalation is what the policy's ladder, the playbook or the maintainer demands.
func (c *casework) escalation() *role.Escalation {
	floor := c.brief.Policy.FloorEscalation(c.category(), c.severity)
	why := ""
	text := c.reading.title + "\n" + c.reading.words
	for _, rule := range c.playbook.Escalate {
		if (len(rule.Any) == 0 || policy.Mentions(text, rule.Any...)) && (len(rule.Severities) == 0 || slices.Contains(rule.Severities, c.severity)) {
			why = rule.Why
			break
		}
	}
	if c.wish.escalate {
		why = "A maintainer asked for it"
	}
	if floor != nil || why == "" {
		return floor
	}
	hours := c.brief.Policy.Level(c.severity).FirstReply.Hours()
	ladder := c.brief.Policy.Escalation
	if len(ladder) == 0 {
		return &role.Escalation{Level: "next level", Target: role.Unassigned, Rule: why + "; the policy names no ladder", DeadlineHours: hours}
	}
	if within := ladder[0].Within.Hours(); within > 0 {
		hours = within
	}
	return &role.Escalation{Level: ladder[0].Name, Target: ladder[0].Target, Rule: why, DeadlineHours: hours}
}

// limits names the policy's limits that bear on this ticket.
func (c *casework) limits() []role.Limit {
	l := c.brief.Policy.Limits
	out := []role.Limit{}
	if l.RefundDays > 0 && c.wantsRefund() {
		text := fmt.Sprintf("Refunds within %d days", l.RefundDays)
		if l.RefundMax != "" {
			text += ", up to " + l.RefundMax
		}
		if above := c.brief.Policy.BeyondRefund(c.category(), c.brief.Ticket); above != "" {
			text += "; " + above
		}
		out = append(out, role.Limit{Text: text, Citations: c.refundRule()})
	}
	if v := c.reading.version; v != "" && numbers(v) != nil && len(l.SupportedVersions) > 0 && !supported(v, l.SupportedVersions) && newer(highest(l.SupportedVersions), v) {
		versions := strings.Join(l.SupportedVersions, ", ")
		out = append(out, role.Limit{Text: fmt.Sprintf("%s is not supported; supported: %s", v, versions), Citations: []role.Citation{c.ruled("supported versions: " + versions)}})
	}
	switch c.category() {
	case role.FeatureRequest, role.Bug, role.Performance, role.DataLoss:
		for _, promise := range l.NoPromises[:min(3, len(l.NoPromises))] {
			out = append(out, role.Limit{Text: "Not promised: " + promise, Citations: []role.Citation{c.ruled("never promise " + promise)}})
		}
	}
	return out
}

// refundRule cites how far the team may pay back.
func (c *casework) refundRule() []role.Citation {
	return []role.Citation{c.ruled(c.brief.Policy.Limits.Refunds())}
}

func (c *casework) wantsRefund() bool {
	return c.category() == role.Billing && policy.WantsRefund(c.reading.title+"\n"+c.reading.words)
}

// alternatives are other ways, only where one clearly gains something.
func (c *casework) alternatives() []role.Alternative {
	out := []role.Alternative{}
	if c.answer != nil && len(c.docs) > 1 && c.docs[0].item.ID == c.answer.item.ID && c.docs[1].score > c.docs[0].score-0.03 && c.docs[1].score >= floor {
		out = append(out, role.Alternative{Text: "Answer from " + oneLine(c.docs[1].item.Title, 100) + " instead", Gain: "It fits nearly as well; a person sees at once which one is meant", Citations: opening(c.docs[1])})
	}
	if c.twin != nil && (c.answer != nil || c.fix != nil) {
		out = append(out, role.Alternative{Text: "Join it with the open ticket " + oneLine(c.twin.item.Title, 100), Gain: "One place for one problem", Citations: opening(*c.twin)})
	}
	if c.incident != nil && c.category() != role.Outage {
		out = append(out, role.Alternative{Text: "Wait for the end of the incident " + c.findings.Incident, Gain: "If it is the cause, nothing else has to be done", Citations: opening(*c.incident)})
	}
	return append(out, c.forTeam(role.MaxAlternatives-len(out))...)
}

// forTeam leads the team to what only they may read, and what the reply is drafted without: what the ticket names, and pages that
// speak about it.
func (c *casework) forTeam(most int) []role.Alternative {
	var out []role.Alternative
	for _, item := range c.brief.ForTeam.Items {
		p := c.query.match(item)
		if len(out) == most || item.Kind == evidence.Docs && (p.score < replyFloor || p.words <= minWords) {
			continue
		}
		text := "Look at " + oneLine(item.Title, 100)
		if standing := cmp.Or(item.Outcome, item.State); standing != "" {
			text += " (" + standing + ")"
		}
		out = append(out, role.Alternative{Text: text, Gain: "Only the team may read it, so the reply does not rest on it", Citations: opening(p)})
	}
	return out
}
