package playbook

import (
	"regexp"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/policy"
)

// wordedByTeam is what it adds to the score of another ticket's reply that a person edited it.
const wordedByTeam = 0.1

// earlier is the passage of the reply to another ticket, without what every reply says.
func (c *casework) earlier(p passage) passage {
	always := []string{strings.TrimSpace(c.brief.Policy.Reply.SignOff)}
	for _, known := range slices.Concat(c.brief.Playbooks, policy.EmbeddedPlaybooks()) {
		for _, skeleton := range known.Replies {
			always = append(always, strings.TrimSpace(skeleton.Closing))
		}
	}
	lines := strings.Split(p.item.Resolution.Raw(), "\n")
	p.text = strings.Join(slices.DeleteFunc(lines, func(line string) bool {
		line = strings.TrimSpace(line)
		return line != "" && slices.Contains(always, line)
	}), "\n")
	if p.item.Edited {
		p.score += wordedByTeam
	}
	return p
}

// alike is how much the ticket of an older reply is like this one: better words make it no more so.
func (p passage) alike() float64 {
	if p.item.Edited {
		return p.score - wordedByTeam
	}
	return p.score
}

// promises reports whether a sentence of an older reply says until when another customer hears of the team.
func promises(p passage, s string) bool {
	return p.item.Resolution.Raw() != "" && promised.MatchString(s)
}

var promised = regexp.MustCompile(`(?i)\b(?:hear from|write to|writes to|tell|contact|get|have|confirm|back to) (?:us|you|your|an|a)\b[^.]*\bwithin (?:an hour|one|\d)|` +
	`\b(?:Ihnen|Sie|sich|Anfrage) innerhalb von (?:einer|einem|\d)|\bdans un délai (?:de|d') ?(?:une|un|\d)|\ben un plazo de (?:una|un|\d)`)
