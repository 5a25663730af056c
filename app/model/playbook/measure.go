package playbook

import (
	"strconv"

	"github.com/oioi-app/oioi/workflow/role"
)

// enough is how many checks a ticket gets at the most: more would not be read.
const enough = 3

func (c *casework) measurement() *role.Measurement {
	m := &role.Measurement{Checks: []role.Check{}, Metrics: []role.Metric{}}
	add := func(kind role.CheckKind, text, subject, source string, hours float64) {
		if hours == 0 {
			hours = c.brief.Policy.Level(c.severity).Resolve.Hours()
		}
		m.Checks = append(m.Checks, role.Check{ID: "C" + strconv.Itoa(len(m.Checks)+1), Kind: kind, Text: text, Subject: subject, Source: source, DueHours: hours})
	}
	for _, check := range c.playbook.Checks {
		if c.in(check.When) && len(m.Checks) < enough {
			add(check.Kind, c.text(check.Text), c.text(check.Subject), c.text(check.Source), check.DueHours)
		}
	}
	if len(m.Checks) == 0 {
		add("reporter_confirms", "The customer says that it is solved", "", "the ticket's comments", 40)
	}
	if f := c.brief.Accepted.FollowThrough; f == nil && len(m.Checks) < enough && !c.idle() {
		if edit := c.docsEdit(); edit != nil {
			add("pr_merged", "The change of "+edit.Page+" is merged", edit.Page, "the docs pull request", 80)
		}
	}
	if n := c.repeats(); n >= 2 {
		m.Metrics = append(m.Metrics, role.Metric{Name: "Tickets that ask the same, in 90 days", Decides: "whether the page needs to be found more easily or the product needs to change", Source: "the tracker"})
	}
	return m
}

// repeats is how many earlier tickets are about the same.
func (c *casework) repeats() int {
	n := 0
	for _, item := range c.brief.Evidence.Items {
		if item.Kind == "similar" {
			if p := c.query.match(item); p.score >= replyFloor && p.words > minWords {
				n++
			}
		}
	}
	return n
}
