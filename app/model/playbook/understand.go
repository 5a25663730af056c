package playbook

import (
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func ticketLanguage(text string) string { return ticket.Language(text) }

func (c *casework) understanding() *role.Understanding {
	u := &role.Understanding{
		Summary: c.summary(), CustomerGoal: c.goal(), BlockedOn: c.blockedOn(), Impact: c.impact(), Severity: c.severity,
		Category: c.category(), Language: c.reading.language, Facts: c.known(), Assumptions: c.assumptions(), Missing: []role.MissingInfo{},
		ReplyMust: c.replyMust(),
	}
	for _, q := range c.asked {
		u.Missing = append(u.Missing, role.MissingInfo{Question: q.english, Why: q.why})
	}
	u.Reply, u.ReplyNone = c.reply()
	return u
}

// verbs say what a customer does with a ticket of a category.
var verbs = map[role.Category]string{
	role.HowTo: "asks", role.Bug: "reports a fault", role.Outage: "reports an outage", role.Performance: "finds it too slow", role.DataLoss: "misses data",
	role.AccountAccess: "cannot get in", role.Billing: "has a billing matter", role.Security: "reports a security matter", role.Integration: "asks about an integration",
	role.Documentation: "found a mistake or a gap in the help center", role.FeatureRequest: "wishes for", role.PrivacyLegal: "asks about personal data or the law",
	role.Abuse: "sends advertising or insults", role.Other: "writes",
}

func (c *casework) summary() string {
	who := "A customer"
	if c.findings.Environment != "" {
		who += " (" + c.findings.Environment
		if c.findings.Version != "" {
			who += ", " + c.findings.Version
		}
		who += ")"
	} else if c.findings.Version != "" {
		who += " on " + c.findings.Version
	}
	text := fmt.Sprintf("%s %s: %s", who, verbs[c.category()], c.findings.Title)
	if c.findings.Question != c.findings.Title && c.category() != role.Abuse {
		text += " — " + c.findings.Question
	}
	return oneLine(text, 400)
}

func (c *casework) goal() string {
	if c.idle() {
		return "Nothing that the team could do"
	}
	if c.reading.expected != "" {
		return oneLine(c.reading.expected, 300)
	}
	if c.standing(c.findings.Question) != c.findings.Question {
		return oneLine(c.findings.Title+" — "+c.findings.Question, 300)
	}
	return oneLine(c.findings.Question, 300)
}

func (c *casework) blockedOn() string {
	switch {
	case c.idle():
		return "Nothing"
	case c.findings.Code != "":
		return oneLine(c.findings.Code+line(c.reading.log, ": "), 240)
	case c.reading.log != "":
		return oneLine(line(c.reading.log, ""), 240)
	case c.situation == missing:
		return "Not known yet; the customer is asked: " + c.asked[0].english
	}
	return oneLine(c.findings.Question, 240)
}

// line is the first line of a log with words, after a separator; "" where there is none.
func line(log, separator string) string {
	for l := range strings.SplitSeq(log, "\n") {
		if l = strings.TrimSpace(l); len(strings.Fields(l)) > 1 {
			return separator + l
		}
	}
	return ""
}

func (c *casework) impact() string {
	if c.reading.impact != "" {
		return c.reading.impact
	}
	switch c.severity {
	case "S1":
		return "Nobody can work, or data is being lost"
	case "S2":
		return "An important part fails, and the ticket names no workaround"
	case "S3":
		return "Something fails while work goes on"
	}
	return "A question or a wish; nothing fails"
}

// known are the facts that the ticket states, each in its own words, and the one that answers.
func (c *casework) known() []role.Claim {
	out := []role.Claim{}
	add := func(format, words string) {
		if words = strings.TrimSpace(words); words != "" && evidence.Contains(c.reading.raw, words) {
			out = append(out, role.Claim{Text: fmt.Sprintf(format, words), Citations: []role.Citation{c.stated(words)}})
		}
	}
	add("The customer's version is %s", c.reading.version)
	for _, item := range c.brief.Evidence.Items {
		if item.Kind != evidence.Version {
			continue
		}
		// How that version stands to the releases: "Released after it: v2.4.1".
		for _, s := range sentences(flat(item.Text.Raw())) {
			if !strings.HasPrefix(s, "The ticket states") && evidence.Quoted(item, s) {
				out = append(out, role.Claim{Text: s, Citations: []role.Citation{{Evidence: item.ID, Quote: s}}})
			}
		}
	}
	add("The environment is %s", c.reading.environment)
	for _, code := range c.reading.codes[:min(2, len(c.reading.codes))] {
		add("The error is %s", code)
	}
	add("The amount is %s", c.reading.amount)
	for _, f := range c.facts[:min(1, len(c.facts))] {
		out = append(out, role.Claim{Text: strings.TrimPrefix(f.text, "- "), Citations: []role.Citation{f.citation()}})
	}
	return out
}

func (c *casework) assumptions() []string {
	out := []string{}
	if c.answer != nil && c.answer.score < firmFloor {
		out = append(out, fmt.Sprintf("%q is what the customer means; it shares their words, and nobody has confirmed it", oneLine(c.answer.item.Title, 100)))
	}
	if c.category() == role.Bug && c.reading.version == "" && c.situation != missing {
		out = append(out, "The customer uses a version that is still supported")
	}
	return out
}

func (c *casework) replyMust() []string {
	switch {
	case c.idle():
		return []string{"Take no time from anybody"}
	case c.situation == answered && c.fix != nil:
		return []string{"Say that a newer release mends it, and how to get there"}
	case c.situation == answered:
		return []string{"Give the answer first, in the words of its source, so that the customer can go on at once"}
	case c.situation == missing:
		return []string{"Ask for what is missing and for nothing else", "Say when the customer hears from us next"}
	}
	return []string{"Say plainly that no source answers this", "Say who looks into it and when the customer hears from us next"}
}

// handoff is the note to the next role.
func (c *casework) handoff(asked role.Returns) string {
	var out []string
	switch asked {
	case role.ReturnsUnderstanding:
		out = append(out, fmt.Sprintf("Playbook %s, severity %s.", c.playbook.ID, c.severity))
		switch {
		case c.idle():
			out = append(out, "The ticket asks for nothing.")
		case c.answer != nil:
			out = append(out, fmt.Sprintf("%s answers it (fit %.2f); the reply quotes it.", c.answer.item.ID, c.answer.score))
		case c.situation == answered:
			out = append(out, "It is known already; the reply says where.")
		case c.situation == missing:
			out = append(out, "No source answers it, and something is missing; the reply asks for it.")
		default:
			out = append(out, "No source answers it; the reply says so and promises an update.")
		}
	case role.ReturnsHandlingPlan:
		out = append(out, c.owner+" owns it: "+c.ownerWhy+".")
	case role.ReturnsMeasurement:
		out = append(out, "The checks come from the playbook "+c.playbook.ID+" and fit this ticket's path.")
	case role.ReturnsFollowThrough:
		out = append(out, "Sentences for a page were only taken from sources; where there are none, a person has to write them.")
	}
	if len(c.undone) > 0 {
		out = append(out, fmt.Sprintf("Not done of the direction: %s", strings.Join(c.undone, " ")))
	}
	if c.brief.TeamLanguage != "" && c.brief.TeamLanguage != "en" && asked == role.ReturnsUnderstanding {
		out = append(out, "The playbooks write everything but the reply in English.")
	}
	return strings.Join(out, " ")
}
