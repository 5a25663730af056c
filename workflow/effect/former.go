package effect

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/oioi-app/oioi/workflow/role"
)

// Former is the draft that a newer one takes the place of.
type Former struct {
	Draft   int
	Reply   string // as it was drafted
	Outputs role.Outputs
	Kept    []string // the roles, by title, whose parts the newer draft keeps
}

// Changed says what differs from the former draft, section by section, and nothing that does not.
type Changed struct {
	Draft int
	Reply string // a diff
	Lines []string
	Kept  []string
}

// Any reports whether anything differs.
func (c Changed) Any() bool { return c.Reply != "" || len(c.Lines) > 0 }

// target is where a link goes. It may differ, by a commit, where the words are the same.
var target = regexp.MustCompile(`\]\([^)\s]*\)`)

// changed compares a draft with the former one.
func (p *planner) changed(reply string) *Changed {
	if p.in.Former == nil {
		return nil
	}
	was, is := p.in.Former.Outputs, p.outputs
	out := Changed{Draft: p.in.Former.Draft, Reply: difference(p.in.Former.Reply, reply), Kept: p.in.Former.Kept}
	value := func(what, was, is string) {
		if was = orNothing(was); was != orNothing(is) {
			out.Lines = append(out.Lines, fmt.Sprintf("**%s:** %s → %s", what, p.line(was), p.line(orNothing(is))))
		}
	}
	list := func(what string, was, is []string) {
		for _, text := range is {
			if !slices.Contains(was, text) {
				out.Lines = append(out.Lines, fmt.Sprintf("**%s, new:** %s", what, p.line(text)))
			}
		}
		for _, text := range was {
			if !slices.Contains(is, text) {
				out.Lines = append(out.Lines, fmt.Sprintf("**%s, gone:** %s", what, p.line(text)))
			}
		}
	}
	if a, b := was.Understanding, is.Understanding; a != nil && b != nil {
		value("Severity", string(a.Severity), string(b.Severity))
		value("Category", words(a.Category), words(b.Category))
	}
	if a, b := was.HandlingPlan, is.HandlingPlan; a != nil && b != nil {
		value("Path", words(a.Path), words(b.Path))
		value("Owner", a.Owner, b.Owner)
		value("Escalation", escalates(a.Escalation), escalates(b.Escalation))
		list("Action", actions(a.Actions), actions(b.Actions))
	}
	if a, b := was.Measurement, is.Measurement; a != nil && b != nil {
		list("Check", checks(a.Checks), checks(b.Checks))
	}
	if a, b := was.FollowThrough, is.FollowThrough; a != nil && b != nil {
		list("Follow-up", followUps(*a), followUps(*b))
	}
	return &out
}

func words[T ~string](v T) string { return strings.ReplaceAll(string(v), "_", " ") }

func orNothing(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func escalates(e *role.Escalation) string {
	if e == nil {
		return ""
	}
	return e.Level + ", " + e.Target
}

func actions(list []role.Action) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.Text+" ("+a.Owner+")")
	}
	return out
}

func checks(list []role.Check) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.Text)
	}
	return out
}

func followUps(f role.FollowThrough) []string {
	var out []string
	for _, up := range f.FollowUps {
		out = append(out, up.Title)
	}
	for _, edit := range f.DocsEdits {
		out = append(out, edit.Title+" ("+edit.Page+")")
	}
	return out
}

// difference shows what of a text for people has changed; "" where nothing has but the addresses of links.
func difference(was, is string) string {
	plain := func(s string) string { return strings.TrimSpace(target.ReplaceAllString(s, "]")) + "\n" }
	if was, is = plain(was), plain(is); was == is {
		return ""
	}
	text := udiff.Unified("before", "now", was, is)
	_, text, _ = strings.Cut(text, "@@") // the file names say nothing
	_, text, _ = strings.Cut(text, "\n")
	return text
}
