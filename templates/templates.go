// Package templates holds the texts that people read on GitHub: drafts, follow-ups, docs pull requests, notices. What comes
// from outside or from a model is sanitized before it gets here.
package templates

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/role"
)

//go:embed *.tmpl
var files embed.FS

var all = template.Must(template.New("").Funcs(template.FuncMap{
	"date":     date,
	"hours":    hours,
	"human":    func(v any) string { return strings.ReplaceAll(fmt.Sprint(v), "_", " ") },
	"cell":     cell,
	"owner":    owner,
	"quote":    quote,
	"thousand": thousand,
	"join":     strings.Join,
	"add":      func(a, b int) int { return a + b },
	"verified": verified,
}).ParseFS(files, "*.tmpl"))

// Texts renders for package effect.
type Texts struct{}

// Draft renders the draft comment.
func (Texts) Draft(d effect.Draft) (string, error) {
	if d.Public {
		return run("draft_public.tmpl", d)
	}
	return run("draft.tmpl", d)
}

// Handoff renders the fixed text for a sensitive matter on a public tracker.
func (Texts) Handoff(d effect.Draft) (string, error) { return run("handoff.tmpl", d) }

// FollowUp renders the body of a follow-up issue.
func (Texts) FollowUp(f effect.FollowUpText) (string, error) { return run("follow_up.tmpl", f) }

// Pull renders the body of a docs pull request.
func (Texts) Pull(p effect.PullText) (string, error) { return run("pull.tmpl", p) }

// Parked is why a run waits for a person.
type Parked struct {
	Reason string
	Kind   string // workflow.ParkKind
	Public bool
	Step   string
	Parts  []Part // long_prompt: the prompt, part by part
	Tokens int
	Limit  int
}

// Part is one line of a long prompt's table.
type Part struct {
	Name   string
	Tokens int
	Share  int // percent
}

// Notice renders the comment of a run that waits for a person.
func Notice(p Parked) (string, error) { return run("notice.tmpl", p) }

// ConfigMistake renders the report of mistakes in the repository's configuration, each with its file and line.
func ConfigMistake(mistakes []string) (string, error) { return run("config_mistake.tmpl", mistakes) }

func run(name string, data any) (string, error) {
	var out strings.Builder
	if err := all.ExecuteTemplate(&out, name, data); err != nil {
		return "", fmt.Errorf("render %s: %w", name, err)
	}
	return strings.TrimSpace(tidy(out.String())) + "\n", nil
}

// tidy folds runs of empty lines, which conditions in the templates leave behind, into one; not in code, where they mean something.
func tidy(s string) string {
	var out []string
	fence, empty := "", false
	for line := range strings.SplitSeq(s, "\n") {
		trimmed := strings.TrimSpace(line)
		if mark := len(trimmed) - len(strings.TrimLeft(trimmed, "`")); mark >= 3 {
			if fence == "" {
				fence = trimmed[:mark]
			} else if trimmed == fence {
				fence = ""
			}
		}
		if trimmed == "" && empty && fence == "" {
			continue
		}
		empty = trimmed == ""
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// date is a time for people, in the team's timezone: Tue 24 Nov, 17:00 CET.
func date(t time.Time) string {
	if t.IsZero() {
		return "not set"
	}
	return t.Format("Mon 2 Jan, 15:04 MST")
}

func hours(h float64) string {
	switch {
	case h == 1:
		return "1 hour"
	case h > 0 && h < 1:
		return fmt.Sprintf("%.0f minutes", h*60)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", h), ".0") + " hours"
}

// cell keeps a text inside one cell of a table.
func cell(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "|", "\\|")), " ")
}

// owner shows who without calling them: nobody is notified by a draft.
func owner(name string) string {
	if name == role.Unassigned || name == "" {
		return "unassigned"
	}
	return "`" + strings.ReplaceAll(name, "`", "") + "`"
}

// quote makes a Markdown quote.
func quote(s string) string {
	return "> " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n> ")
}

// thousand writes 12345 as 12,345.
func thousand(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// verified says how sure a number of sources makes one.
func verified(confidence float64) string {
	switch {
	case confidence >= 0.7:
		return "high"
	case confidence >= 0.4:
		return "medium"
	}
	return "low"
}
