package playbook

import (
	"regexp"
	"strings"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// situation is where a ticket stands once its evidence was read.
type situation int

const (
	unanswered situation = iota
	answered
	missing
)

// casework is what was found out about one ticket. All roles of a run find out the same, so that their parts fit together.
type casework struct {
	brief     workflow.Brief
	playbook  policy.Playbook
	reading   reading
	wish      wish
	phrases   phrases
	speaks    bool // there is a reply skeleton in the reply's language
	query     query
	docs      []passage // help-center sections, best first
	answer    *passage
	facts     []quote
	steps     []quote
	fix       *quote // what mends it: a line of the notes of a release that is newer than the customer's version, or a change that the ticket names
	fixedIn   string // that release
	wanted    *quote // a line of release notes that brings what the ticket asks for
	incident  *passage
	twin      *passage // an open ticket about the same
	asked     []question
	open      []openQuestion
	situation situation
	severity  role.Severity
	findings  policy.Findings
	owner     string
	ownerWhy  string
	mentioned *passage // the page that a maintainer wants mentioned
	shown     bool     // a maintainer had to name the page that answers
	undone    []string // what of a maintainer's direction could not be done
}

// question is something the customer is asked.
type question struct{ text, english, why string }

// The floors below which OiOi says that it does not know. They were set on the sample help center and on set a of the
// labelled tickets.
const (
	floor          = 0.65 // of a section's fit, for a question
	firmFloor      = 0.74 // where sharing words is not yet an answer
	fewWords       = 0.04 // more, of a section that shares no more than minWords
	farBehind      = 0.20 // less fit than another section: naming the act does not make up for it
	leastSaid      = 0.20 // of the title and the question, of what is quoted
	otherAct       = 0.10 // more, of a section that does not name what the customer asks how to do
	mostCover      = 0.60 // of the title and the question; a page says how a part works, and not what it lacks, so
	unsure         = 0.20 // more, of a section that covers less, where the customer asks whether something is possible at all
	sureFloor      = 0.90 // of a section that is no explanation of a fault, for a fault
	headedFloor    = 0.70 // of a heading that stands in the ticket
	nearFloor      = 0.50 // of a section's fit, for a person to look at it
	faultCover     = 0.45 // of the title and the question, for a fault: what a page does not name it does not explain
	wholeCover     = 0.70 // of the title and the question, where that is one term
	outageFloor    = 0.85 // where somebody has to look now, whatever a page says
	codeFloor      = 0.70 // where the section names the ticket's error code
	replyFloor     = 0.50 // of the score of an older ticket whose reply answers
	firmReplyFloor = 0.55 // the same, where sharing words is not yet an answer
	sameFault      = 0.66 // of an older ticket about a fault: two faults share more words than two questions
	twinFloor      = 0.60 // of an open ticket about the same
	twinTitle      = 0.50 // of its title that this ticket is about, too: one that names another thing is about that
	minWords       = 2    // different terms that a passage shares with the ticket, at the least
)

// open reads a brief.
func open(b workflow.Brief) *casework {
	team := b.TeamLanguage
	if team == "" {
		team = "en"
	}
	c := &casework{brief: b, reading: readTicket(b.Ticket, team), wish: readWish(b.Direction)}
	items := b.Evidence.Items
	c.query = newQuery(c.reading, items)
	c.query.longer = c.wish.longer
	for _, item := range items {
		if item.Kind == evidence.Docs {
			c.docs = append(c.docs, c.query.match(item))
		}
	}
	c.query.fits(c.docs)
	c.playbook = c.choose()
	language := c.reading.language
	if c.wish.language != "" {
		language = c.wish.language
	}
	_, c.speaks = c.playbook.Replies[language]
	if c.phrases = phrasesIn(language); c.phrases.Language == "" {
		c.speaks = false
		c.phrases = phrasesIn("en")
	}
	c.reading.language = language
	c.evidence()
	c.severity = c.grade()
	c.owner, _, c.ownerWhy = b.Policy.OwnerFor(c.category(), c.reading.area, b.Ticket.Words()+"\n"+c.reading.area, b.Ticket.Labels)
	c.ask()
	switch {
	case c.answer != nil || c.fix != nil || c.incident != nil || c.twin != nil && c.playbook.Category != role.Outage:
		c.situation = answered
	case len(c.asked) > 0:
		c.situation = missing
	}
	c.further()
	c.fill()
	return c
}

func (c *casework) category() role.Category { return c.playbook.Category }

// idle reports whether the ticket asks for nothing.
func (c *casework) idle() bool { return c.playbook.Path.Answered == "no_action" }

// evidence finds what answers the ticket.
func (c *casework) evidence() {
	if c.idle() {
		c.docs = nil
		return
	}
	var replies, twins []passage
	for _, item := range c.brief.Evidence.Items {
		if item.Kind == evidence.Docs {
			continue
		}
		p := c.query.match(item)
		switch item.Kind {
		case evidence.Incident:
			if c.incident == nil && p.words > minWords && p.share > 0.3 && c.brokenNow() && !c.excluded(p) {
				c.incident = &p
			}
		case evidence.Similar:
			if item.IsCanonical() {
				twins = append(twins, p)
			}
			if item.Resolution.Raw() != "" {
				replies = append(replies, c.earlier(p))
			}
		case evidence.Linked:
			p.score += namedByTicket
			switch {
			case item.Resolution.Raw() != "":
				replies = append(replies, c.earlier(p))
			case item.IsCanonical():
				twins = append(twins, p)
			default:
				c.mended(item)
			}
		case evidence.Release, evidence.Changelog:
			c.release(item)
		}
	}
	best := func(list []passage) {
		sorting.Stable(list, func(a, b passage) int {
			switch {
			case a.score > b.score:
				return -1
			case a.score < b.score:
				return 1
			}
			return 0
		})
	}
	best(replies)
	best(twins)
	if len(twins) > 0 && twins[0].score >= twinFloor && twins[0].precise >= twinTitle && twins[0].words > minWords && !policy.Sensitive(c.category()) {
		c.twin = &twins[0]
	}
	c.decide(replies)
	c.direct()
	if c.answer != nil && c.twin != nil && c.answer.item.ID == c.twin.item.ID && !c.faulty() {
		c.twin = nil // a question that was answered there waits for nothing
	}
	if c.answer != nil && c.category() == role.HowTo {
		c.wanted = nil // how it is done says already that it can be done
	}
}

// ask collects what is really not known.
func (c *casework) ask() {
	if c.idle() {
		return
	}
	known := func(fact policy.RequiredFact) bool {
		form := c.brief.Ticket
		if len(fact.Fields) > 0 && ticket.ParseForm(form.Body.Raw()).Get(fact.Fields...) != "" {
			return true
		}
		if fact.Pattern == "" {
			return false
		}
		pattern, err := regexp.Compile(fact.Pattern)
		return err == nil && pattern.MatchString(c.reading.title+"\n"+form.Words()+"\n"+c.reading.environment)
	}
	seen := map[string]bool{}
	for _, id := range c.wish.ask {
		seen[id] = true
		c.asked = append(c.asked, question{c.phrases.Ask[id], phrasesIn("en").Ask[id], "A maintainer asked for it"})
	}
	solved := c.answer != nil || c.fix != nil || c.incident != nil || c.twin != nil
	for _, fact := range c.playbook.RequiredFacts {
		if seen[fact.ID] || solved && fact.When != "always" || known(fact) {
			continue
		}
		text := fact.Question[c.phrases.Language]
		if text == "" {
			text = fact.Question["en"]
		}
		c.asked = append(c.asked, question{text, fact.Question["en"], fact.Why})
	}
	if c.wish.noQuestion {
		c.asked = c.asked[:min(len(c.asked), len(c.wish.ask))]
	}
	c.asked = c.asked[:min(len(c.asked), 3)]
}

// grade is the severity: the playbook's rules, what the customer says of the impact, and the category's floor.
func (c *casework) grade() role.Severity {
	if u := c.brief.Accepted.Understanding; u != nil {
		return u.Severity
	}
	severity, ruled := c.playbook.Severity.Default, false
	text := c.reading.title + "\n" + c.reading.words + "\n" + c.reading.log
	for _, rule := range c.playbook.Severity.Rules {
		if policy.Mentions(text, rule.Any...) {
			severity, ruled = rule.Severity, true
			break
		}
	}
	switch impact := c.reading.impact; {
	case c.idle(), impact == "":
	case policy.Mentions(impact, "cannot work", "cant work", "blocked", "blocker", "critical", "nobody can work", "down"):
		severity = min(severity, "S2") // "S1" sorts before "S2"
	case policy.Mentions(impact, "workaround") && !ruled:
		severity = max(severity, "S3")
	case policy.Mentions(impact, "question", "annoyance", "minor", "low", "cosmetic") && !ruled:
		severity = "S4"
	}
	return policy.FloorSeverity(c.category(), severity)
}

// fill prepares what the playbook's texts may use.
func (c *casework) fill() {
	r, f := c.reading, &c.findings
	f.Customer, f.Title, f.Question = c.brief.Ticket.Author.Login, r.title, oneLine(r.question, 180)
	if f.Title == "" {
		f.Title = "A ticket without a title"
	}
	if f.Question == "" {
		f.Question = f.Title
	}
	f.Happened, f.Expected, f.Steps, f.Log = r.happened, r.expected, r.steps, r.log
	f.Area, f.Version, f.Environment, f.Impact, f.Amount = r.area, r.version, r.environment, r.impact, r.amount
	if strings.EqualFold(f.Area, "something else") || strings.EqualFold(f.Area, "other") {
		f.Area = ""
	}
	if len(r.codes) > 0 {
		f.Code = r.codes[0]
	}
	if c.fix != nil {
		f.FixedIn = c.fixedIn
	}
	page := c.answer
	if c.category() == role.Documentation {
		page = c.wrongPage()
	}
	if page != nil && page.item.Kind == evidence.Docs {
		f.Page, f.PagePath = strings.ReplaceAll(page.item.Title, " › ", ", "), page.item.Path
	}
	if c.answer != nil && c.answer.item.Kind == evidence.Similar {
		f.Similar = oneLine(c.answer.item.Title, 120)
	}
	if c.twin != nil {
		f.Similar = oneLine(c.twin.item.Title, 120)
	}
	if c.incident != nil {
		f.Incident = oneLine(c.incident.item.Title, 120)
	}
	if c.situation == answered {
		f.Answered = "yes"
	}
	f.Owner, f.Severity, f.Category = c.owner, c.severity, c.category()
	f.NextUpdate = c.phrases.span(c.nextUpdate(), c.brief.Policy.Level(c.severity).Clock == "always")
	if e := c.escalation(); e != nil {
		f.Target = e.Target
	}
}

func (c *casework) nextUpdate() float64 { return c.brief.Policy.Level(c.severity).NextUpdate.Hours() }

// text fills in a text of the playbook. ParsePlaybook has tried it, so it fails only for playbooks made in code; then it
// stays as it is written.
func (c *casework) text(s string) string {
	out, err := policy.RenderText(s, c.findings)
	if err != nil {
		return s
	}
	return out
}

// in reports whether a part of the playbook that is for a situation applies.
func (c *casework) in(when string) bool {
	switch when {
	case "", "always":
		return true
	case "answered":
		return c.situation == answered
	case "unanswered":
		return c.situation == unanswered
	case "missing":
		return c.situation == missing
	case "open":
		return c.situation != answered
	case "escalated":
		return c.escalation() != nil
	}
	return false
}
