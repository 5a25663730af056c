package effect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
)

func (p *planner) draft(opened []Effect, sensitive bool) (Effect, string, error) {
	e := p.rests(p.effect(KindComment, fmt.Sprintf("draft/%d", p.in.Draft)))
	said := p.visibility() // the reply alone
	reply, sources := p.reply(p.in.Outputs.Understanding.Reply)
	var answered []string
	var sent *Gap
	if !sensitive {
		answered, sent = p.settle(sources, opened)
	}
	p.in.Evidence = p.in.Evidence.With(p.in.ForTeam) // the reply is written; the rest of the draft may rest on all of it
	backed, sources := p.backed(*p.in.Outputs.HandlingPlan, sources)
	d := Draft{Input: p.in, Reply: reply, Sources: sources, Backed: backed, Number: p.in.Draft, Due: map[string]time.Time{},
		ReplyStart: ReplyStart, ReplyEnd: ReplyEnd, Shown: p.shown(sources), EvidenceAs: p.links(), Clean: p.clean, Line: p.line}
	o := p.in.Outputs
	if o.Understanding.ReplyNone != nil {
		d.ReplyNone = p.clean(*o.Understanding.ReplyNone)
	}
	due := func(id string, hours float64) {
		if at, err := p.in.Policy.Due(p.in.Now, hours, o.Understanding.Severity); err == nil {
			d.Due[id] = at
		}
	}
	due("next_update", o.HandlingPlan.NextUpdateHours)
	if o.HandlingPlan.Escalation != nil {
		due("escalation", o.HandlingPlan.Escalation.DeadlineHours)
	}
	for _, a := range o.HandlingPlan.Actions {
		due(a.ID, a.DueHours)
	}
	for _, c := range o.Measurement.Checks {
		due(c.ID, c.DueHours)
	}
	for _, effect := range opened {
		switch effect.Kind {
		case KindIssue:
			d.FollowUps = append(d.FollowUps, Link(effect.Slot, p.label(effect.Issue.Title)))
		case KindGap:
			d.FollowUps = append(d.FollowUps, Link(effect.Slot, "a line in the list of docs gaps, because "+p.gapWhy()))
		case KindPull:
			title := p.label(effect.Pull.Title)
			if effect.Pull.Onto != 0 {
				title = "added to an open pull request about the same section: " + title
			}
			d.FollowUps = append(d.FollowUps, Link(effect.Slot, title))
		}
	}
	d.FollowUps = append(d.FollowUps, answered...)
	if onto := p.in.Onto; onto != nil && !slices.ContainsFunc(opened, func(e Effect) bool { return e.Kind == KindPull }) {
		line := "an open pull request is about the same section: " + p.link(onto.Title, onto.URL, evidence.Linked)
		if r := p.in.Replay; r != nil && !r.Differs {
			line += ", and with a change more " + p.line(r.Why)
		}
		d.FollowUps = append(d.FollowUps, line)
	} else if r := p.in.Replay; r != nil && !r.Differs && r.Answered && !p.in.Public {
		d.FollowUps = append(d.FollowUps, "no change of the help center: "+p.line(r.Why))
	}
	lists := p.lists(opened)
	d.Unsent, d.Changed = Unsent, p.changed(reply, lists)
	if err := p.waiting(&d, slices.Concat(opened, p.settled)); err != nil {
		return e, "", err
	}
	render := p.texts.Draft
	if sensitive {
		render = p.texts.Handoff
		e.Visibility, said = evidence.Public, evidence.Public
	}
	write := func() (string, error) {
		body, err := render(d)
		if err == nil && utf8.RuneCountInString(body) > maxDraft {
			body, err = render(tooLong(d))
		}
		return body, err
	}
	// The digest covers the reply as it is read from the comment again, so the text comes first.
	body, err := write()
	if err != nil {
		return e, "", err
	}
	stands, _ := ReplyOf(body)
	plan := Digest(values(o.HandlingPlan), values(o.Measurement))
	d.Digest = DraftDigest(stands, plan, cmp.Or(p.in.Revision, p.in.Ticket.Revision()))
	if body, err = write(); err != nil {
		return e, "", err
	}
	marker := Marker(e.Key)
	e.Comment = &Comment{Body: strings.TrimSpace(body) + "\n\n" + marker, Marker: marker, Digest: d.Digest, Plan: plan,
		Sent: sent, Lists: lists, Auto: p.in.Auto && !sensitive && len(d.Refused) == 0}
	if e.Visibility != said {
		e.Comment.Reply = said
	}
	return e, d.Digest, nil
}

// waiting lists what waits for a person in the draft.
func (p *planner) waiting(d *Draft, opened []Effect) error {
	var list []Waiting
	for _, e := range opened {
		if p.in.Waits == nil || !e.Asks() {
			continue
		}
		if id := p.in.Waits(e); id != "" {
			list = append(list, Waiting{ID: id, What: e.Does(), State: "waits"})
		}
	}
	if len(list) == 0 {
		return nil
	}
	text, err := p.texts.Waiting(list)
	d.Waiting = statusBlock(text)
	return err
}

// tooLong is a draft of which GitHub would not take the whole: who has it, what it is, and that a person has to write the reply.
func tooLong(d Draft) Draft {
	d.Reply, d.Sources, d.ReplyNone = "", nil, "What was drafted is longer than GitHub lets a comment be, so a person has to write the reply."
	d.Unmet, d.Cut, d.Unverified, d.Amended, d.Floors, d.Evidence, d.EvidenceAs, d.Direction, d.Changed, d.Contested, d.Lost = nil, nil, nil, nil, nil, evidence.Set{}, nil, "", nil, "", nil
	d.Refused = d.Refused[:min(len(d.Refused), 5)]
	d.Refused = slices.Clone(d.Refused)
	for i, r := range d.Refused {
		d.Refused[i].What, d.Refused[i].Reason = short(r.What), short(r.Reason)
	}
	d.About.Missing = nil
	o := d.Outputs
	plan := *o.HandlingPlan
	plan.Owner, plan.Why, plan.OwnerWhy, plan.Actions, plan.Alternatives, plan.LimitsApplied, plan.Escalation = short(plan.Owner), short(plan.Why), short(plan.OwnerWhy), nil, nil, nil, nil
	d.Outputs = role.Outputs{HandlingPlan: &plan, Measurement: &role.Measurement{}, FollowThrough: &role.FollowThrough{}, Understanding: &role.Understanding{
		Summary: short(o.Understanding.Summary), CustomerGoal: short(o.Understanding.CustomerGoal), BlockedOn: short(o.Understanding.BlockedOn),
		Impact: short(o.Understanding.Impact), Severity: o.Understanding.Severity, Category: o.Understanding.Category,
	}}
	return d
}

// values writes an output so that the same values are always the same text.
func values(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error() // plain structs always marshal
	}
	return string(data)
}

// reply writes the reply with numbered sources. A fact whose citation does not hold is left out: nobody may be told what
// nobody can show.
func (p *planner) reply(blocks []role.Block) (string, []evidence.Item) {
	var sources []evidence.Item
	var out []string
	says := p.says()
	for _, b := range blocks {
		text := p.clean(b.Text)
		var marks []string
		verified := false
		for _, c := range b.Citations {
			if c.Evidence == role.TicketCitation { // it was held against the ticket when it was accepted
				verified = verified || b.Kind == role.Fact
				continue
			}
			if !says.Holds(c) {
				continue
			}
			verified = true
			item, ok := p.in.Evidence.ByID(c.Evidence)
			if !ok {
				continue
			}
			var mark string
			if sources, mark = p.numbered(sources, item); mark != "" && !slices.Contains(marks, mark) {
				marks = append(marks, mark)
			}
		}
		if b.Kind == role.Fact && !verified {
			p.in.Refused = append(p.in.Refused, Refusal{What: "a sentence of the reply", Reason: "it states a fact without a source that says so: " + short(b.Text)})
			continue
		}
		if b.Kind == role.Instruction && !verified {
			p.in.Unverified = append(p.in.Unverified, b.Text)
			continue
		}
		if len(marks) > 0 {
			text += endOfBlock(text) + strings.Join(marks, " ")
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n\n"), sources
}

// says is what citations are held against once more before anybody reads them.
func (p *planner) says() role.Context {
	return role.Context{Evidence: p.in.Evidence, PolicyText: p.in.Policy.Quotable()}
}

// numbered gives an item its number among the sources, and the mark that links to it; "" where nothing can be linked to.
func (p *planner) numbered(sources []evidence.Item, item evidence.Item) (all []evidence.Item, mark string) {
	n := slices.IndexFunc(sources, func(s evidence.Item) bool { return s.ID == item.ID })
	if n < 0 {
		sources, n = append(sources, item), len(sources)
	}
	if item.URL != "" {
		mark = p.mark(n+1, item)
	}
	return sources, mark
}

// mark is a numbered source after a sentence.
func (p *planner) mark(n int, item evidence.Item) string {
	if link := p.link(fmt.Sprint(n), item.URL, item.Kind); strings.HasPrefix(link, "[") {
		return "[" + link[:1] + strings.Replace(link[1:], "]", "]]", 1)
	}
	return ""
}

// endOfBlock is what must stand between a text and a mark behind it: behind the closing line of a code fence a mark would
// open it again.
func endOfBlock(text string) string {
	last := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	if strings.HasPrefix(last, "```") || strings.HasPrefix(last, "~~~") || strings.HasPrefix(last, "|") {
		return "\n\n"
	}
	return " "
}
