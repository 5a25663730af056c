package playbook

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// situation is where a ticket stands after its evidence was read.
type situation int

const (
	unanswered situation = iota
	answered
	missing
)

// draft is everything that was read from one brief. Every role of a run reads the same, so that their parts fit together.
type draft struct {
	brief    workflow.Brief
	book     policy.Playbook
	form     ticket.Form
	text_    string // all the customer's words
	language string
	wish     wish
	found    policy.Findings
	answer   *answer // the source that answers, or nil
	incident *evidence.Item
	twin     *evidence.Item // an open ticket about the same
	fixed    *quoted        // a release note that fixes it
	asks     []policy.RequiredFact
	state    situation
	severity role.Severity
	err      error
}

// read reads a brief.
func read(b workflow.Brief) (*draft, error) {
	d := &draft{brief: b, book: b.Playbooks[0], form: ticket.ParseForm(b.Ticket.Body.Raw())}
	d.text_ = ticket.Visible(b.Ticket.Title.Raw() + "\n" + b.Ticket.Body.Raw())
	for _, c := range b.Ticket.Comments {
		if !c.Ours && c.Author.ID == b.Ticket.Author.ID {
			d.text_ += "\n" + ticket.Visible(c.Body.Raw())
		}
	}
	d.wish = readWish(b.Direction)
	d.language = d.wish.language
	if d.language == "" {
		d.language = ticket.Language(b.Ticket.Words())
	}
	if d.language == "und" {
		d.language = "en"
	}
	d.fields()
	d.sources()
	d.severity = d.grade()
	for _, fact := range d.book.RequiredFacts {
		known, err := d.known(fact)
		if err != nil {
			return nil, fmt.Errorf("required fact %s: %w", fact.ID, err)
		}
		if !known && (d.answer == nil || fact.When == "always") {
			d.asks = append(d.asks, fact)
		}
	}
	d.asks = append(d.asks, d.wish.asks(d.asks)...)
	if len(d.asks) > 3 {
		d.asks = d.asks[:3]
	}
	switch {
	case d.answer != nil && !d.wish.escalate:
		d.state = answered
	case len(d.asks) > 0:
		d.state = missing
	}
	d.finish()
	return d, nil
}

// Labels of form fields, as GitHub forms of many teams call them.
var (
	happenedFields = []string{"What happened", "What do you want", "Describe", "Description", "Summary", "Problem", "Your question", "Question", "Details", "Issue"}
	expectedFields = []string{"What did you expect", "Expected", "What should"}
	stepFields     = []string{"Steps", "How can we reproduce", "To reproduce", "Reproduction", "Example"}
	logFields      = []string{"Error message", "Log", "Logs", "Stack trace", "Output"}
	areaFields     = []string{"Product area", "Area", "Component"}
	impactFields   = []string{"Impact", "How bad", "Urgency", "Severity", "Priority"}
)

var (
	errorCode = regexp.MustCompile(`\b[A-Z]{2,6}-\d{2,6}\b|\b(?:HTTP |status |error )(?:code )?[45]\d\d\b`)
	money     = regexp.MustCompile(`(?:[€$£]\s?\d[\d.,]*\d|\b(?:EUR|USD|GBP)\s?\d[\d.,]*\d|\d[\d.,]*\d\s?(?:€|EUR|USD|\$|£))`)
	version   = regexp.MustCompile(`\bv?(\d+\.\d+(?:\.\d+)?)\b`)
)

func (d *draft) fields() {
	f := &d.found
	f.Customer = d.brief.Ticket.Author.Login
	f.Title = line(d.brief.Ticket.Title.Raw())
	f.Happened = d.form.Get(happenedFields...)
	if f.Happened == "" {
		f.Happened = d.form.Free
	}
	f.Happened = clip(strings.TrimSpace(ticket.Visible(f.Happened)), 1500)
	f.Expected = clip(d.form.Get(expectedFields...), 800)
	f.Steps = clip(d.form.Get(stepFields...), 800)
	f.Log = clip(d.form.Get(logFields...), 800)
	f.Area = line(d.form.Get(areaFields...))
	f.Environment = line(d.form.Get("Environment"))
	f.Impact = line(d.form.Get(impactFields...))
	f.Version = line(d.form.Get("Version"))
	if m := version.FindStringSubmatch(f.Version); m != nil {
		f.Version = "v" + m[1]
	} else {
		f.Version = ""
	}
	f.Code = errorCode.FindString(d.text_)
	f.Amount = line(money.FindString(d.text_))
	f.Question = d.question()
	f.Category = d.book.Category
}

// question is the sentence that says best what the ticket is about: the first question, else the first sentence, else the title.
func (d *draft) question() string {
	list := sentences(d.found.Happened)
	for _, s := range list {
		if strings.HasSuffix(s, "?") && len(strings.Fields(s)) > 3 {
			return clip(line(s), 200)
		}
	}
	if strings.HasSuffix(d.found.Title, "?") || len(list) == 0 || len(strings.Fields(list[0])) < 4 {
		return d.found.Title
	}
	return clip(line(list[0]), 200)
}

// known reports whether the ticket holds a fact.
func (d *draft) known(fact policy.RequiredFact) (bool, error) {
	if len(fact.Fields) > 0 && d.form.Get(fact.Fields...) != "" {
		return true, nil
	}
	if fact.Pattern == "" {
		return false, nil
	}
	pattern, err := regexp.Compile(fact.Pattern)
	if err != nil {
		return false, err
	}
	words := d.brief.Ticket.Title.Raw() + "\n" + d.brief.Ticket.Words()
	return pattern.MatchString(words), nil
}

// grade is the ticket's severity: the playbook's rules, and what the customer says of the impact.
func (d *draft) grade() role.Severity {
	severity, ruled := d.book.Severity.Default, false
	for _, rule := range d.book.Severity.Rules {
		if policy.Mentions(d.text_, rule.Any...) {
			severity, ruled = rule.Severity, true
			break
		}
	}
	switch impact := strings.ToLower(d.found.Impact); {
	case policy.Mentions(impact, "cannot work", "cant work", "blocked", "critical", "nobody can work"):
		severity = min(severity, "S2") // "S1" < "S2"
	case !ruled && policy.Mentions(impact, "question", "annoyance", "minor", "low"):
		severity = max(severity, "S4")
	case !ruled && policy.Mentions(impact, "workaround"):
		severity = max(severity, "S3")
	}
	return policy.FloorSeverity(d.book.Category, severity)
}

func (d *draft) finish() {
	f := &d.found
	f.Severity = d.severity
	f.Owner, _, _ = d.owner()
	f.NextUpdate = span(d.nextUpdate(), d.brief.Policy.Level(d.severity).Clock == "always", d.language)
	if e := d.escalation(); e != nil {
		f.Target = e.Target
	}
}

func (d *draft) owner() (owner, area, why string) {
	return d.brief.Policy.OwnerFor(d.book.Category, d.found.Area, d.brief.Ticket.Words(), d.brief.Ticket.Labels)
}

func (d *draft) nextUpdate() float64 { return d.brief.Policy.Level(d.severity).NextUpdate.Hours() }

// span says hours in a language.
func span(hours float64, always bool, language string) string {
	n := strconv.FormatFloat(hours, 'f', -1, 64)
	one := hours == 1
	pick := func(single, many string) string {
		if one {
			return n + " " + single
		}
		return n + " " + many
	}
	switch language {
	case "de":
		if always {
			return pick("Stunde", "Stunden")
		}
		return pick("Arbeitsstunde", "Arbeitsstunden")
	case "es":
		if always {
			return pick("hora", "horas")
		}
		return pick("hora laborable", "horas laborables")
	case "fr":
		if always {
			return pick("heure", "heures")
		}
		return pick("heure ouvrée", "heures ouvrées")
	}
	if always {
		return pick("hour", "hours")
	}
	return pick("working hour", "working hours")
}

// escalation is what the playbook or the maintainer asks for; nil where nobody does. The policy's own floors are code's, later.
func (d *draft) escalation() *role.Escalation {
	why := ""
	for _, rule := range d.book.Escalate {
		if (len(rule.Any) == 0 || policy.Mentions(d.text_, rule.Any...)) && (len(rule.Severities) == 0 || slices.Contains(rule.Severities, d.severity)) {
			why = rule.Why
			break
		}
	}
	if d.wish.escalate {
		why = "A maintainer asked for it"
	}
	if why == "" {
		return nil
	}
	if floor := d.brief.Policy.FloorEscalation(d.book.Category, d.severity); floor != nil {
		return floor
	}
	ladder := d.brief.Policy.Escalation
	if len(ladder) == 0 {
		return &role.Escalation{Level: "L1", Target: role.Unassigned, Rule: why, DeadlineHours: d.brief.Policy.Level(d.severity).FirstReply.Hours()}
	}
	hours := ladder[0].Within.Hours()
	if hours == 0 {
		hours = d.brief.Policy.Level(d.severity).FirstReply.Hours()
	}
	return &role.Escalation{Level: ladder[0].Name, Target: ladder[0].Target, Rule: why, DeadlineHours: hours}
}
