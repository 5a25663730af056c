package playbook

import (
	"slices"

	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/words"
)

// choose returns the playbook that a maintainer names, the one of the accepted understanding, or the best.
func (c *casework) choose() policy.Playbook {
	list := c.brief.Playbooks
	if len(list) == 0 {
		for _, s := range policy.Classify(policy.EmbeddedPlaybooks(), c.brief.Ticket) {
			list = append(list, s.Playbook)
		}
	}
	category := role.Category(c.wish.category)
	if u := c.brief.Accepted.Understanding; u != nil {
		category = u.Category // a language model may have understood it otherwise, and may have failed since
	}
	if category == "" {
		return c.settle(list[0])
	}
	for _, p := range slices.Concat(list, policy.EmbeddedPlaybooks()) {
		if p.Category == category {
			return p
		}
	}
	return list[0]
}

// How near another category's score has to be to that of an outage.
const (
	tie      = 0.95 // the signals alone do not tell the two apart
	knownTie = 0.75 // the same, where a page has the very symptom as its heading
	symptom  = 3    // words of a heading, at the least, for it to name a symptom rather than a part
)

// settle takes back the alarm where the words of an outage are nearly outweighed by those of a smaller matter, and the help
// center has the customer's symptom as a heading: who wakes people for "Slack channel not found" is not believed the next
// time. Where many are hit it stays an outage, whatever a page says.
func (c *casework) settle(chosen policy.Playbook) policy.Playbook {
	if chosen.Category != role.Outage || len(c.docs) == 0 || !c.symptom(c.docs[0]) || c.widespread(chosen) {
		return chosen
	}
	if other := c.rival(chosen, knownTie); other != nil {
		return *other
	}
	return chosen
}

// symptom reports whether a section is about something that goes wrong, and its whole heading stands in the ticket.
func (c *casework) symptom(p passage) bool {
	var reader words.Analyzer
	return p.precise >= 1 && len(reader.Tokens(lastHeading(p.item.Title))) >= symptom && c.query.explains(p)
}

// widespread reports whether the ticket says that many are hit.
func (c *casework) widespread(outage policy.Playbook) bool {
	text := c.reading.title + "\n" + c.reading.words + "\n" + c.reading.log
	return slices.ContainsFunc(outage.Severity.Rules, func(r policy.SeverityRule) bool { return r.Severity == "S1" && policy.Mentions(text, r.Any...) })
}

// rival is the best playbook of another category that does not alarm anybody either, where it scores at least such a share of
// what the chosen one does.
func (c *casework) rival(chosen policy.Playbook, share float64) *policy.Playbook {
	most := 0.0
	for _, s := range policy.Classify(policy.MergePlaybooks(policy.EmbeddedPlaybooks(), c.brief.Playbooks), c.brief.Ticket) {
		switch {
		case s.Playbook.ID == chosen.ID:
			most = s.Score
		case policy.MayBeAutomatic(s.Playbook.Category) && s.Playbook.Path.Answered != "no_action" && len(s.Playbook.Signals) > 0:
			if s.Score < share*most {
				return nil
			}
			return &s.Playbook
		}
	}
	return nil
}
