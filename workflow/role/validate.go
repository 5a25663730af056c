package role

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
)

// Problem is one reason why an output is not accepted. Where is a path such as "understanding.reply[2].citations".
type Problem struct {
	Where   string `json:"where"`
	Message string `json:"message"` // what is wrong and what is allowed
}

// Context is what an output is checked against.
type Context struct {
	TicketText string                       // the ticket's own words, which claims may cite as "ticket"
	Customer   string                       // of these words the customer's, without what a form and others say; "": TicketText
	Unrecorded bool                         // the ticket is nothing that follow-up work may quote where it is read
	PolicyText string                       // the words of the team's policy, which claims may cite as "policy"
	Evidence   evidence.Set                 // what the step's prompt held; of a whole run, what its readers may see
	ForTeam    bool                         // some of it only the team may read
	Owners     []string                     // whom the team's policy names; empty: nobody
	Targets    []string                     // escalation targets of the policy
	CheckReply func(reply string) []Problem // the policy's standards for replies; nil: none
	Outputs    Outputs                      // what the steps before returned
	Floor      float64                      // the confidence that an answer needs; 0: DefaultFloor
	Directed   bool                         // a maintainer said what the draft should be
	Repaired   bool                         // the author had its repair turn: what still lacks a source is marked, and asked for no more
}

// The most of each that one run may make; more is noise.
const (
	MaxChecks       = 5
	MaxFollowUps    = 2
	MaxAlternatives = 3
	MaxActions      = 8
	maxText         = 4000 // characters of one text
)

// Validate checks that exactly the asked part is there and fulfils its contract.
func Validate(asked Returns, out Output, in Context) []Problem {
	v := validator{in: in}
	parts := map[Returns]bool{
		ReturnsUnderstanding: out.Understanding != nil, ReturnsHandlingPlan: out.HandlingPlan != nil,
		ReturnsMeasurement: out.Measurement != nil, ReturnsFollowThrough: out.FollowThrough != nil,
	}
	for _, part := range AllReturns {
		if parts[part] != (part == asked) {
			v.add(string(part), "must be %s: this step returns %s and nothing else", map[bool]string{true: "filled", false: "null"}[part == asked], asked)
		}
	}
	if len(v.problems) > 0 {
		return v.problems
	}
	switch asked {
	case ReturnsUnderstanding:
		v.understanding(*out.Understanding)
	case ReturnsHandlingPlan:
		v.plan(*out.HandlingPlan)
	case ReturnsMeasurement:
		v.measurement(*out.Measurement)
	case ReturnsFollowThrough:
		v.followThrough(*out.FollowThrough)
	}
	return v.problems
}

type validator struct {
	in       Context
	problems []Problem
}

func (v *validator) add(where, format string, args ...any) {
	v.problems = append(v.problems, Problem{Where: where, Message: fmt.Sprintf(format, args...)})
}

func (v *validator) text(where, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		v.add(where, "must not be empty")
	case len([]rune(s)) > maxText:
		v.add(where, "has more than %d characters", maxText)
	}
}

func oneOf[T ~string](v *validator, where string, got T, allowed []T) {
	if !slices.Contains(allowed, got) {
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = string(a)
		}
		v.add(where, "is %q; allowed: %s", string(got), strings.Join(words, ", "))
	}
}

func (v *validator) citations(where string, list []Citation) {
	for i, c := range list {
		at := fmt.Sprintf("%s[%d]", where, i)
		if v.in.Holds(c) {
			continue
		}
		switch item, ok := v.in.Evidence.ByID(c.Evidence); {
		case c.Evidence == TicketCitation:
			v.add(at, "%s", wrongQuote(c, evidence.Contains(v.in.TicketText, c.Quote), "the ticket"))
		case c.Evidence == PolicyCitation:
			v.add(at, "%s", wrongQuote(c, evidence.Contains(v.in.PolicyText, c.Quote), "the policy's macros, limits and ladder"))
		case !ok:
			v.add(at, "cites %q, which is no evidence of this run; allowed: ticket, policy, %s", c.Evidence, strings.Join(ids(v.in.Evidence), ", "))
		default:
			v.add(at, "%s", wrongQuote(c, evidence.Contains(item.Text.Raw()+"\n"+item.Resolution.Raw(), c.Quote), c.Evidence))
		}
	}
}

// Holds reports whether a citation's source is there and says what it quotes.
func (in Context) Holds(c Citation) bool {
	switch c.Evidence {
	case TicketCitation:
		return evidence.QuotesLine(in.TicketText, c.Quote)
	case PolicyCitation:
		return evidence.QuotesLine(in.PolicyText, c.Quote)
	}
	item, ok := in.Evidence.ByID(c.Evidence)
	return ok && evidence.Quoted(item, c.Quote)
}

// Sourced reports whether citations name anything but the ticket itself: a customer's words are no source for what to do.
func Sourced(list []Citation) bool {
	return slices.ContainsFunc(list, func(c Citation) bool { return c.Evidence != TicketCitation })
}

// wrongQuote says what is wrong with a quote that does not hold.
func wrongQuote(c Citation, there bool, source string) string {
	if there {
		return fmt.Sprintf("quotes only %q, which shows nothing; quote at least three words of %s, word for word", c.Quote, source)
	}
	return "quotes words that are not in " + source + "; quote it word for word, at least three words, none of them cut"
}

func ids(set evidence.Set) []string {
	out := make([]string, len(set.Items))
	for i, item := range set.Items {
		out[i] = item.ID
	}
	return out
}

func (v *validator) hours(where string, h float64) {
	if h < 0 || h > 24*90 {
		v.add(where, "is %g; allowed: 0 to %d hours", h, 24*90)
	}
}

func (v *validator) owner(where, owner string) {
	if owner != Unassigned && !slices.Contains(v.in.Owners, owner) {
		v.add(where, "is %q, whom the team's policy does not name; allowed: %s", owner, strings.Join(append(slices.Clone(v.in.Owners), Unassigned), ", "))
	}
}

func (v *validator) understanding(u Understanding) {
	for where, s := range map[string]string{"summary": u.Summary, "customer_goal": u.CustomerGoal, "blocked_on": u.BlockedOn, "impact": u.Impact, "language": u.Language} {
		v.text("understanding."+where, s)
	}
	oneOf(v, "understanding.severity", u.Severity, Severities)
	oneOf(v, "understanding.category", u.Category, Categories)
	for i, fact := range u.Facts {
		at := fmt.Sprintf("understanding.facts[%d]", i)
		v.text(at+".text", fact.Text)
		if len(fact.Citations) == 0 {
			v.add(at+".citations", "must name at least one source")
		}
		v.citations(at+".citations", fact.Citations)
	}
	for i, m := range u.Missing {
		v.text(fmt.Sprintf("understanding.missing[%d].question", i), m.Question)
	}
	if len(u.ReplyMust) == 0 {
		v.add("understanding.reply_must", "must say what a good response has to achieve")
	}
	if len(u.Reply) == 0 && (u.ReplyNone == nil || strings.TrimSpace(*u.ReplyNone) == "") {
		v.add("understanding.reply", "must hold at least one block, or reply_none must say why there is no reply")
	}
	for i, b := range u.Reply {
		v.block(fmt.Sprintf("understanding.reply[%d]", i), b)
	}
	if len(u.Reply) > 0 && v.in.CheckReply != nil {
		v.problems = append(v.problems, v.in.CheckReply(ReplyText(u.Reply))...)
	}
}

// ReplyText is the reply as one text.
func ReplyText(blocks []Block) string {
	texts := make([]string, len(blocks))
	for i, b := range blocks {
		texts[i] = strings.TrimSpace(b.Text)
	}
	return strings.Join(texts, "\n\n")
}

func (v *validator) block(at string, b Block) {
	oneOf(v, at+".kind", b.Kind, BlockKinds)
	v.text(at+".text", b.Text)
	v.citations(at+".citations", b.Citations)
	switch b.Kind {
	case Fact:
		if len(b.Citations) == 0 {
			v.add(at+".citations", "a fact needs at least one source")
		}
	case Instruction:
		if !Sourced(b.Citations) {
			v.add(at+".citations", "an instruction needs a source that is not the ticket itself: evidence, or the team's policy; without one, ask or leave it to a person")
		}
	case Commitment:
		if b.Owner == nil || b.DueHours == nil || b.Action == nil || *b.Action == "" {
			v.add(at, "a commitment needs owner, due_hours and the id of the action that keeps it")
			return
		}
		v.owner(at+".owner", *b.Owner)
		v.hours(at+".due_hours", *b.DueHours)
	}
}

func (v *validator) plan(p HandlingPlan) {
	oneOf(v, "handling_plan.path", p.Path, Paths)
	v.text("handling_plan.why", p.Why)
	v.citations("handling_plan.why_citations", p.WhyCitations)
	if p.Path.NeedsSource() && !Sourced(p.WhyCitations) && !v.in.Repaired {
		v.add("handling_plan.why_citations", "the path is %s, and nothing but the ticket says that it is right; cite the evidence, or the team's policy, that does", p.Path)
	}
	v.owner("handling_plan.owner", p.Owner)
	v.text("handling_plan.owner_why", p.OwnerWhy)
	if len(p.Actions) == 0 && p.Path != "no_action" {
		v.add("handling_plan.actions", "must hold at least one action, unless the path is no_action")
	}
	if len(p.Actions) > MaxActions {
		v.add("handling_plan.actions", "holds %d actions; allowed are at most %d", len(p.Actions), MaxActions)
	}
	known := map[string]bool{}
	for i, a := range p.Actions {
		at := fmt.Sprintf("handling_plan.actions[%d]", i)
		v.text(at+".id", a.ID)
		if known[a.ID] {
			v.add(at+".id", "%q stands twice", a.ID)
		}
		known[a.ID] = true
		v.text(at+".text", a.Text)
		v.owner(at+".owner", a.Owner)
		v.hours(at+".due_hours", a.DueHours)
		v.text(at+".done_when", a.DoneWhen)
	}
	if u := v.in.Outputs.Understanding; u != nil {
		for _, b := range u.Reply {
			if b.Kind == Commitment && b.Action != nil && !known[*b.Action] {
				v.add("handling_plan.actions", "the reply commits to action %q; add an action with this id", *b.Action)
			}
		}
	}
	if e := p.Escalation; e != nil {
		v.text("handling_plan.escalation.level", e.Level)
		v.text("handling_plan.escalation.rule", e.Rule)
		if e.Target != Unassigned && !slices.Contains(v.in.Targets, e.Target) {
			v.add("handling_plan.escalation.target", "is %q; allowed: %s", e.Target, strings.Join(append(slices.Clone(v.in.Targets), Unassigned), ", "))
		}
		v.hours("handling_plan.escalation.deadline_hours", e.DeadlineHours)
	}
	if len(p.Alternatives) > MaxAlternatives {
		v.add("handling_plan.alternatives", "holds %d; allowed are at most %d", len(p.Alternatives), MaxAlternatives)
	}
	for i, a := range p.Alternatives {
		v.text(fmt.Sprintf("handling_plan.alternatives[%d].text", i), a.Text)
		v.text(fmt.Sprintf("handling_plan.alternatives[%d].gain", i), a.Gain)
		v.citations(fmt.Sprintf("handling_plan.alternatives[%d].citations", i), a.Citations)
	}
	for i, limit := range p.LimitsApplied {
		v.text(fmt.Sprintf("handling_plan.limits_applied[%d].text", i), limit.Text)
		v.citations(fmt.Sprintf("handling_plan.limits_applied[%d].citations", i), limit.Citations)
	}
	v.hours("handling_plan.next_update_hours", p.NextUpdateHours)
	if p.DuplicateOf != nil {
		if item, ok := v.in.Evidence.ByID(*p.DuplicateOf); !ok || !item.IsCanonical() {
			v.add("handling_plan.duplicate_of", "is %q; it must be the evidence id of an open ticket that is older and no duplicate itself, or null", *p.DuplicateOf)
		}
	}
}

func (v *validator) measurement(m Measurement) {
	if len(m.Checks) == 0 || len(m.Checks) > MaxChecks {
		v.add("measurement.checks", "holds %d checks; allowed: 1 to %d", len(m.Checks), MaxChecks)
	}
	known := map[string]bool{}
	for i, c := range m.Checks {
		at := fmt.Sprintf("measurement.checks[%d]", i)
		v.text(at+".id", c.ID)
		if known[c.ID] {
			v.add(at+".id", "%q stands twice", c.ID)
		}
		known[c.ID] = true
		oneOf(v, at+".kind", c.Kind, CheckKinds)
		v.text(at+".text", c.Text)
		v.hours(at+".due_hours", c.DueHours)
		switch c.Kind {
		case "release_contains", "page_contains", "linear_state", "human_question":
			v.text(at+".subject", c.Subject)
		}
	}
	for i, metric := range m.Metrics {
		at := fmt.Sprintf("measurement.metrics[%d]", i)
		v.text(at+".name", metric.Name)
		v.text(at+".decides", metric.Decides)
	}
}

func (v *validator) followThrough(f FollowThrough) {
	if len(f.FollowUps) > MaxFollowUps {
		v.add("follow_through.follow_ups", "holds %d; allowed are at most %d", len(f.FollowUps), MaxFollowUps)
	}
	nothing := f.Nothing != nil && strings.TrimSpace(*f.Nothing) != ""
	if nothing == (len(f.FollowUps)+len(f.DocsEdits) > 0) {
		v.add("follow_through.nothing", "must say why nothing follows where there is no follow-up and no docs edit, and be null otherwise")
	}
	for i, up := range f.FollowUps {
		at := fmt.Sprintf("follow_through.follow_ups[%d]", i)
		oneOf(v, at+".kind", up.Kind, FollowUpKinds)
		v.text(at+".title", up.Title)
		v.text(at+".body", up.Body)
		oneOf(v, at+".tracker", up.Tracker, []string{"github", "linear"})
		oneOf(v, at+".priority", up.Priority, []string{"P1", "P2", "P3"})
		if len(up.Acceptance) == 0 {
			v.add(at+".acceptance", "must say when it is done")
		}
	}
	for i, edit := range f.DocsEdits {
		at := fmt.Sprintf("follow_through.docs_edits[%d]", i)
		v.text(at+".page", edit.Page)
		v.text(at+".why", edit.Why)
		if len(edit.Edits) == 0 {
			v.add(at+".edits", "must hold at least one edit")
		}
		for j, e := range edit.Edits {
			v.text(fmt.Sprintf("%s.edits[%d].insert", at, j), e.Insert)
		}
		v.citations(at+".sources", edit.Sources)
	}
}
