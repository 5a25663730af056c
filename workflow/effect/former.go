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
	Lists   *Lists   // nil: it was drafted before drafts kept theirs
	Kept    []string // the roles, by title, whose parts the newer draft keeps
}

// Lists are what a draft lists of a plan, which may be less than the roles wanted.
type Lists struct {
	Checks    []string `json:"checks,omitempty"`
	FollowUps []string `json:"follow_ups,omitempty"`
}

func (p *planner) lists(opened []Effect) *Lists {
	out := &Lists{Checks: checks(p.in.Outputs.Measurement.Checks), FollowUps: followUps(opened)}
	if onto := p.in.Onto; onto != nil { // whether or not this draft adds to it
		out.FollowUps = append(out.FollowUps, fmt.Sprintf("pull request %d, about the same section: %s", onto.Number, onto.Title))
	}
	return out
}

// wanted is what the roles wanted to list.
func wanted(o role.Outputs) *Lists {
	out := &Lists{}
	if o.Measurement != nil {
		out.Checks = checks(o.Measurement.Checks)
	}
	if f := o.FollowThrough; f != nil {
		for _, up := range f.FollowUps {
			out.FollowUps = append(out.FollowUps, up.Title)
		}
		for _, edit := range f.DocsEdits {
			out.FollowUps = append(out.FollowUps, edit.Title+" ("+edit.Page+")")
		}
	}
	return out
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
func (p *planner) changed(reply string, now *Lists) *Changed {
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
	before := p.in.Former.Lists
	if before == nil {
		before, now = wanted(was), wanted(is)
	}
	list("Check", before.Checks, now.Checks)
	list("Follow-up", before.FollowUps, now.FollowUps)
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

// followUps are what a plan opens, in words that stay the same while the same is proposed.
func followUps(opened []Effect) []string {
	var out []string
	for _, e := range opened {
		switch {
		case e.Kind == KindIssue:
			out = append(out, e.Issue.Title)
		case e.Gap != nil:
			out = append(out, "a line in the list of docs gaps")
		case e.Pull != nil && e.Pull.Onto == 0:
			paths := make([]string, len(e.Pull.Files))
			for i, f := range e.Pull.Files {
				paths[i] = f.Path
			}
			out = append(out, e.Pull.Title+" ("+strings.Join(paths, ", ")+")")
		}
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
