package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
)

const lineWidth = 96

// text is the result for people at a terminal: the reply first, ready to copy, then what the team does.
func (r result) text() string {
	var b strings.Builder
	section := func(title string) { fmt.Fprintf(&b, "\n%s\n\n", strings.ToUpper(title)) }
	fmt.Fprintf(&b, "REPLY TO THE CUSTOMER\n\n")
	if reply := r.reply(); reply != "" {
		text, sources := numbered(reply)
		if len(sources) == 0 {
			sources = r.cited()
		}
		b.WriteString(indented(text, "  ", lineWidth))
		if len(sources) > 0 {
			b.WriteString("\n")
		}
		for _, source := range sources {
			fmt.Fprintf(&b, "  %s\n", source)
		}
	} else {
		b.WriteString(indented(r.noReply(), "  ", lineWidth))
	}
	section("handling plan")
	b.WriteString(r.planText())
	section("resolution checks")
	b.WriteString(r.checksText())
	section("follow-ups")
	b.WriteString(r.followUpsText())
	if len(r.Evidence.Items)+len(r.Evidence.Missing) > 0 {
		section("evidence")
		for _, item := range r.Evidence.Items {
			fmt.Fprintf(&b, "  %-4s %s: %s (%s)\n", item.ID, item.Kind, item.Title, place(item))
		}
		for _, missing := range r.Evidence.Missing {
			fmt.Fprintf(&b, "  -    %s: %s\n", missing.Source, missing.Reason)
		}
	}
	section("definition of done")
	b.WriteString(r.doneText())
	for _, refusal := range r.refused {
		b.WriteString(hanging("  left out: ", refusal.What+": "+refusal.Reason))
	}
	fmt.Fprintf(&b, "\nDrafted %s.\n", r.drafted())
	return b.String()
}

// hanging wraps text behind a label; the lines after the first stand below its beginning.
func hanging(label, text string) string {
	pad := strings.Repeat(" ", len([]rune(label)))
	body := indented(text, pad, max(20, lineWidth-len(pad)))
	return label + strings.TrimPrefix(body, pad)
}

func (r result) planText() string {
	var b strings.Builder
	line := func(name, text string) {
		if strings.TrimSpace(text) != "" {
			b.WriteString(hanging(fmt.Sprintf("  %-12s", name), text))
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
	} else {
		line("Escalation", "none")
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
		var rows [][]string
		for _, a := range p.Actions {
			rows = append(rows, []string{a.ID, a.Text, a.Owner, r.due(a.DueHours), a.DoneWhen})
		}
		b.WriteString("\n" + table([]column{{"", 4}, {"ACTION", 34}, {"OWNER", 24}, {"DUE", 22}, {"DONE WHEN", 26}}, rows))
	}
	return b.String()
}

// sourced puts the ids of its sources behind a line of the plan, or that it has none where it should.
func sourced(text string, citations []role.Citation, needed bool) string {
	var ids []string
	for _, c := range citations {
		if !slices.Contains(ids, c.Evidence) {
			ids = append(ids, c.Evidence)
		}
	}
	switch {
	case len(ids) > 0:
		return text + " (" + strings.Join(ids, ", ") + ")"
	case needed:
		return text + " (no source)"
	}
	return text
}

// words writes an identifier as words.
func words(id string) string { return strings.ReplaceAll(id, "_", " ") }

// source is a numbered link as a draft has it: [[1]](page#section).
var source = regexp.MustCompile(`\[\[(\d+)\]\]\(([^)]*)\)`)

// numbered leaves only the numbers of the sources in a text, and lists the sources.
func numbered(reply string) (text string, sources []string) {
	for _, m := range source.FindAllStringSubmatch(reply, -1) {
		if entry := "[" + m[1] + "] " + m[2]; !slices.Contains(sources, entry) {
			sources = append(sources, entry)
		}
	}
	return source.ReplaceAllString(reply, "[$1]"), sources
}

// place is where a passage stands: file and line, or its address.
func place(item evidence.Item) string {
	if item.StartLine > 0 {
		return fmt.Sprintf("%s:%d", item.Path, item.StartLine)
	}
	return item.URL
}

// cited lists the evidence that the reply's blocks cite, in their order.
func (r result) cited() []string {
	var out []string
	if r.Understanding == nil {
		return nil
	}
	for _, block := range r.Understanding.Reply {
		for _, c := range block.Citations {
			item, ok := r.Evidence.ByID(c.Evidence)
			if entry := "Source: " + item.Title + " (" + place(item) + ")"; ok && !slices.Contains(out, entry) {
				out = append(out, entry)
			}
		}
	}
	return out
}

func (r result) checksText() string {
	if r.Measurement == nil || len(r.Measurement.Checks) == 0 {
		return "  none\n"
	}
	var b strings.Builder
	for _, c := range r.Measurement.Checks {
		text := fmt.Sprintf("%s (%s", c.Text, words(string(c.Kind)))
		if c.DueHours > 0 {
			text += ", until " + r.due(c.DueHours)
		}
		b.WriteString(hanging(fmt.Sprintf("  [ ] %-3s ", c.ID), text+")"))
	}
	for _, m := range r.Measurement.Metrics {
		b.WriteString(hanging("  metric  ", m.Name+": decides "+m.Decides))
	}
	return b.String()
}

func (r result) followUpsText() string {
	var b strings.Builder
	if r.FollowThrough != nil {
		for i, f := range r.FollowThrough.FollowUps {
			b.WriteString(hanging(fmt.Sprintf("  %d. ", i+1), fmt.Sprintf("%s (%s, %s)", f.Title, f.Kind, f.Priority)))
		}
	}
	if pull := r.pull(); pull != nil {
		for _, f := range pull.Files {
			b.WriteString(hanging("  docs: ", fmt.Sprintf("%s changes %s", pull.Title, f.Path)))
		}
	}
	if b.Len() == 0 {
		b.WriteString(hanging("  ", "none: "+nothing(r.FollowThrough)))
	}
	return b.String()
}

func nothing(f *role.FollowThrough) string {
	if f != nil && f.Nothing != nil {
		return *f.Nothing
	}
	return "there is nothing to do"
}

func (r result) doneText() string {
	var b strings.Builder
	met := 0
	for _, d := range r.Done {
		if d.Met {
			met++
		}
	}
	fmt.Fprintf(&b, "  %d of %d\n", met, len(r.Done))
	for _, d := range r.Done {
		if !d.Met {
			b.WriteString(hanging("  missing: ", d.Text+" "+d.Why))
		}
	}
	return b.String()
}
