package cli

import (
	"fmt"
	"strings"
)

// markdown is the result as one document: what would stand on the ticket, and below it what would be opened beside it.
func (r result) markdown() string {
	var b strings.Builder
	b.WriteString(r.draft())
	for _, issue := range r.issues() {
		fmt.Fprintf(&b, "\n---\n\n# Follow-up: %s\n\n%s\n", issue.Title, strings.TrimSpace(strings.ReplaceAll(issue.Body, issue.Marker, "")))
	}
	if diff := patch(r.pull()); diff != "" {
		fmt.Fprintf(&b, "\n---\n\n# Docs patch\n\n````diff\n%s````\n", diff)
	}
	return b.String()
}

func (r result) planMarkdown() string {
	var b strings.Builder
	b.WriteString("# Handling plan\n\n")
	line := func(name, text string) {
		if strings.TrimSpace(text) != "" {
			fmt.Fprintf(&b, "- **%s:** %s\n", name, oneLine(text))
		}
	}
	if u := r.Understanding; u != nil {
		line("Ticket", fmt.Sprintf("%s, %s: %s", u.Severity, words(string(u.Category)), u.Summary))
		line("Impact", u.Impact)
	}
	p := r.HandlingPlan
	if p == nil {
		return b.String()
	}
	line("Path", words(string(p.Path))+": "+sourced(p.Why, p.WhyCitations, p.Path.NeedsSource()))
	line("Owner", p.Owner+": "+p.OwnerWhy)
	if e := p.Escalation; e != nil {
		line("Escalation", fmt.Sprintf("%s, %s, until %s: %s", e.Level, e.Target, r.due(e.DeadlineHours), e.Rule))
	}
	if p.NextUpdateHours > 0 {
		line("Next update", r.due(p.NextUpdateHours))
	}
	for _, limit := range p.LimitsApplied {
		line("Limit", sourced(limit.Text, limit.Citations, true))
	}
	for _, a := range p.Alternatives {
		line("Alternative", sourced(a.Text+" Gain: "+a.Gain, a.Citations, true))
	}
	if len(p.Actions) > 0 {
		b.WriteString("\n| | action | owner | due | done when |\n| --- | --- | --- | --- | --- |\n")
		for _, a := range p.Actions {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", cell(a.ID), cell(a.Text), cell(a.Owner), r.due(a.DueHours), cell(a.DoneWhen))
		}
	}
	return b.String()
}

func (r result) checksMarkdown() string {
	var b strings.Builder
	b.WriteString("# Resolution checks\n\n")
	if r.Measurement == nil || len(r.Measurement.Checks) == 0 {
		b.WriteString("None.\n")
		return b.String()
	}
	for _, c := range r.Measurement.Checks {
		fmt.Fprintf(&b, "- [ ] **%s** %s (%s", c.ID, oneLine(c.Text), words(string(c.Kind)))
		if c.Source != "" {
			fmt.Fprintf(&b, "; read from %s", oneLine(c.Source))
		}
		if c.DueHours > 0 {
			fmt.Fprintf(&b, "; until %s", r.due(c.DueHours))
		}
		b.WriteString(")\n")
	}
	for _, m := range r.Measurement.Metrics {
		fmt.Fprintf(&b, "- Metric: %s; decides %s; from %s\n", oneLine(m.Name), oneLine(m.Decides), oneLine(m.Source))
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// cell is text that stays in its cell of a Markdown table.
func cell(s string) string { return strings.ReplaceAll(oneLine(s), "|", `\|`) }
