package playbook

import (
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// keeper is the id of the action that keeps the reply's promise, or "".
func (d *draft) keeper() string {
	n := 0
	for _, a := range d.book.Actions {
		if d.in(a.When) {
			if n++; a.Keeps {
				return fmt.Sprintf("A%d", n)
			}
		}
	}
	return ""
}

func (d *draft) plan() (*role.HandlingPlan, string) {
	owner, _, why := d.owner()
	p := &role.HandlingPlan{Owner: owner, OwnerWhy: why, Actions: []role.Action{}, Escalation: d.escalation(), LimitsApplied: d.limits(),
		Alternatives: []role.Alternative{}, NextUpdateHours: d.nextUpdate()}
	switch d.state {
	case answered:
		p.Path, p.Why = d.book.Path.Answered, "A source answers it: "+d.source()
	case missing:
		p.Path, p.Why = d.book.Path.Missing, "Information is missing without which nobody can act"
	default:
		p.Path, p.Why = d.book.Path.Unanswered, "No page, release note or earlier reply answers it"
	}
	if p.Path == "no_action" {
		p.Why, p.NextUpdateHours = "The ticket asks for nothing that the team could do", 0
		return p, "Nothing to do."
	}
	if d.twin != nil && d.state != answered {
		p.DuplicateOf = &d.twin.ID
		p.Alternatives = append(p.Alternatives, role.Alternative{Text: "Join it with the open ticket " + line(d.twin.Title), Gain: "One place to work on the same problem"})
	}
	for _, a := range d.book.Actions {
		if !d.in(a.When) {
			continue
		}
		hours := a.DueHours
		if hours == 0 {
			hours = d.nextUpdate()
		}
		p.Actions = append(p.Actions, role.Action{ID: fmt.Sprintf("A%d", len(p.Actions)+1), Text: d.text(a.Text), Owner: owner, DueHours: hours, DoneWhen: d.text(a.DoneWhen)})
	}
	return p, fmt.Sprintf("%s has it, with %d actions.", owner, len(p.Actions))
}

func (d *draft) source() string {
	if d.answer.item.Kind == evidence.Similar {
		return "the reply to " + line(d.answer.item.Title)
	}
	return line(d.answer.item.Title)
}

// limits names the policy's limits that bear on this ticket.
func (d *draft) limits() []string {
	l := d.brief.Policy.Limits
	out := []string{}
	if d.book.Category == role.Billing && l.RefundDays > 0 {
		text := fmt.Sprintf("Refunds within %d days", l.RefundDays)
		if l.RefundMax != "" {
			text += ", up to " + l.RefundMax
		}
		out = append(out, text)
	}
	if d.found.Version != "" && len(l.SupportedVersions) > 0 {
		supported := false
		for _, v := range l.SupportedVersions {
			supported = supported || strings.HasPrefix(strings.TrimPrefix(d.found.Version, "v")+".", strings.TrimPrefix(v, "v")+".")
		}
		if !supported {
			out = append(out, fmt.Sprintf("%s is not supported any more; supported: %s", d.found.Version, strings.Join(l.SupportedVersions, ", ")))
		}
	}
	if d.book.Category == role.FeatureRequest || d.book.Category == role.Bug {
		for _, promise := range l.NoPromises {
			out = append(out, "Nobody promises "+promise)
		}
	}
	return out[:min(len(out), 3)]
}

func (d *draft) measurement() (*role.Measurement, string) {
	m := &role.Measurement{Checks: []role.Check{}, Metrics: []role.Metric{}}
	for _, c := range d.book.Checks {
		if !d.in(c.When) || len(m.Checks) == 3 {
			continue
		}
		hours := c.DueHours
		if hours == 0 {
			hours = d.brief.Policy.Level(d.severity).Resolve.Hours()
		}
		m.Checks = append(m.Checks, role.Check{ID: fmt.Sprintf("C%d", len(m.Checks)+1), Kind: c.Kind, Text: d.text(c.Text), Subject: d.text(c.Subject), Source: d.text(c.Source), DueHours: hours})
	}
	if len(m.Checks) == 0 {
		m.Checks = append(m.Checks, role.Check{ID: "C1", Kind: "reporter_confirms", Text: "The customer says that it is solved", Source: "the ticket's comments", DueHours: 40})
	}
	return m, fmt.Sprintf("%d checks show whether it worked.", len(m.Checks))
}

func (d *draft) followThrough() (*role.FollowThrough, string) {
	f := &role.FollowThrough{FollowUps: []role.FollowUp{}, DocsEdits: []role.DocsEdit{}}
	if d.twin == nil || d.book.Category == role.HowTo {
		for _, up := range d.book.FollowUps {
			if d.in(up.When) && len(f.FollowUps) < role.MaxFollowUps {
				acceptance := []string{}
				for _, a := range up.Acceptance {
					acceptance = append(acceptance, d.text(a))
				}
				f.FollowUps = append(f.FollowUps, role.FollowUp{Kind: up.Kind, Title: clip(line(d.text(up.Title)), 120), Body: clip(d.text(up.Body), 3500), Acceptance: acceptance, Tracker: "github", Priority: up.Priority})
			}
		}
	}
	if edit := d.docsEdit(); edit != nil {
		f.DocsEdits = append(f.DocsEdits, *edit)
	} else if d.gap() && len(f.FollowUps) < role.MaxFollowUps {
		f.FollowUps = append(f.FollowUps, d.gapFollowUp())
	}
	if len(f.FollowUps)+len(f.DocsEdits) > 0 {
		return f, "The follow-up work is linked to the ticket."
	}
	why := "The ticket shows no gap in the product or the help center."
	switch {
	case d.twin != nil:
		why = "The open ticket " + line(d.twin.Title) + " covers it."
	case d.state == answered:
		why = "The help center answers this already."
	case d.state == missing:
		why = "Too little is known yet to open work for it."
	}
	f.Nothing = &why
	return f, "No follow-up work."
}

// gap reports whether the ticket shows that the help center lacks something.
func (d *draft) gap() bool {
	if policy.Sensitive(d.book.Category) {
		return false
	}
	switch d.book.Category {
	case role.Documentation:
		return d.state != missing
	case role.HowTo, role.Integration:
		return d.state == unanswered
	}
	return false
}

func (d *draft) gapFollowUp() role.FollowUp {
	where := ""
	if d.found.PagePath != "" {
		where = " The nearest page is `" + d.found.PagePath + "`."
	}
	title := "Help center: answer “" + clip(d.found.Question, 90) + "”"
	if d.book.Category == role.Documentation {
		title = "Help center: " + clip(d.found.Title, 100)
	}
	return role.FollowUp{Kind: "docs", Title: title, Priority: "P3", Tracker: "github",
		Body:       "A customer asked this, and no page answers it:\n\n> " + clip(line(d.found.Question), 300) + "\n\nNo source was found whose words a page could take over, so a person has to write it." + where,
		Acceptance: []string{"A page answers the question in the customer's words", "Searching the help center for the question finds that page"}}
}

// docsEdit changes a page only with sentences that exist: of a reply that was sent, or of a release note.
func (d *draft) docsEdit() *role.DocsEdit {
	page := d.pageToMend()
	source := d.sentence()
	if page == nil || source == nil || policy.Sensitive(d.book.Category) || strings.Contains(page.Text.Raw(), source.text) {
		return nil
	}
	anchor := tail(page.Text.Raw())
	if anchor == "" {
		return nil
	}
	why := "A customer read this page and was misled. "
	if d.book.Category != role.Documentation {
		why = "A customer looked for this and did not find it in the help center. "
	}
	from := "the reply to an earlier ticket"
	if source.item.Kind == evidence.Release {
		from = "the notes of " + source.item.Title
	}
	note := "\n\n> **Note:** " + source.text
	return &role.DocsEdit{Page: page.Path, Title: clip(d.found.Title, 90), Why: why + "The sentence that is added stands in " + from + "; nothing was written anew.",
		Edits: []role.Edit{{Find: anchor, Insert: note}}, Sources: []role.Citation{{Evidence: source.item.ID, Quote: source.text}}}
}

// pageToMend is the section that the change belongs to: the one the customer names, else the one nearest to the question.
func (d *draft) pageToMend() *evidence.Item {
	var nearest *evidence.Item
	for i := range d.brief.Evidence.Items {
		it := &d.brief.Evidence.Items[i]
		if it.Kind != evidence.Docs {
			continue
		}
		if nearest == nil {
			nearest = it
		}
		if d.names(*it) {
			return it
		}
	}
	return nearest
}

// sentence is the sentence that the page lacks.
func (d *draft) sentence() *quoted {
	topic := d.topic()
	best, share := (*quoted)(nil), recallFloor
	for _, it := range d.brief.Evidence.Items {
		text := ""
		switch {
		case it.Kind == evidence.Similar && it.State == "closed":
			text = it.Resolution.Raw()
		case it.Kind == evidence.Release && d.book.Category == role.Documentation:
			text = it.Text.Raw()
		}
		for _, s := range sentences(text) {
			if greeting(s) || strings.HasSuffix(s, "?") || len(strings.Fields(s)) < 5 || len(s) > 300 {
				continue
			}
			if got, words := about(topic, "", s); words >= 3 && got > share {
				best, share = &quoted{it, s}, got
			}
		}
	}
	if d.book.Category != role.Documentation && (d.answer == nil || d.answer.item.Kind != evidence.Similar) {
		return nil // a page answers already, or nothing does
	}
	return best
}

// tail is the end of a section, long enough to stand only once in its page.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for n := 1; n <= min(4, len(lines)); n++ {
		end := strings.Join(lines[len(lines)-n:], "\n")
		if len(end) >= 40 && strings.Count(text, end) == 1 {
			return end
		}
	}
	return ""
}
