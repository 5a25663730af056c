package policy

import (
	"fmt"
	"strings"
)

// Line is a step of the ladder as prompts say it.
func (l Level) Line() string { return fmt.Sprintf("%s: %s; when: %s", l.Name, l.Target, l.When) }

// Lines are the limits as prompts say them.
func (l Limits) Lines() []string {
	var out []string
	if line := l.Refunds(); line != "" {
		out = append(out, line)
	}
	if len(l.SupportedVersions) > 0 {
		out = append(out, "supported versions: "+strings.Join(l.SupportedVersions, ", "))
	}
	for _, promise := range l.NoPromises {
		out = append(out, "never promise "+promise)
	}
	return append(out, l.Other...)
}

// Refunds is the line that says how far the team may pay back; "" where nothing limits it.
func (l Limits) Refunds() string {
	switch {
	case l.RefundDays > 0 && l.RefundMax != "":
		return fmt.Sprintf("refunds within %d days, up to %s", l.RefundDays, l.RefundMax)
	case l.RefundDays > 0:
		return fmt.Sprintf("refunds within %d days", l.RefundDays)
	case l.RefundMax != "":
		return "refunds up to " + l.RefundMax
	}
	return ""
}

// Quotable is what a citation of the policy may quote: its macros, its limits and its ladder, line by line as prompts say them.
func (p Policy) Quotable() string {
	var lines []string
	for _, level := range p.Escalation {
		lines = append(lines, level.Line())
	}
	lines = append(lines, p.Limits.Lines()...)
	for _, macro := range p.Macros {
		lines = append(lines, strings.TrimSpace(macro.Text))
	}
	return strings.Join(lines, "\n")
}
