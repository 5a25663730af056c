package playbook

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
	"github.com/oioi-app/oioi/workflow/words"
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
	floor          = 0.68 // of a section's fit, for a question
	firmFloor      = 0.74 // where sharing words is not yet an answer
	fewWords       = 0.04 // more, of a section that shares no more than minWords
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
		slices.SortStableFunc(list, func(a, b passage) int {
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

// excluded reports whether an incident says of what the ticket is about that it is not affected.
func (c *casework) excluded(p passage) bool {
	for _, s := range sentences(flat(p.text)) {
		if _, n := c.query.share(termSet(s), nil); n >= 2 && policy.Mentions(s, "not affected", "unaffected", "nicht betroffen", "not impacted") {
			return true
		}
	}
	return false
}

// brokenNow reports whether the ticket is about something that fails at present, which an incident can explain.
func (c *casework) brokenNow() bool {
	switch c.category() {
	case role.Outage, role.Performance, role.Bug, role.Integration, role.Other:
		return true
	}
	return false
}

// decide chooses the passage that answers, if there is one.
func (c *casework) decide(replies []passage) {
	least := floor
	switch c.category() {
	case role.Bug, role.FeatureRequest, role.Performance, role.DataLoss, role.Security:
		least = firmFloor
	case role.Outage:
		least = outageFloor
		if c.rival(c.playbook, tie) != nil {
			least = firmFloor
		}
	case role.Documentation:
		// The page that is complained about is no answer; another source that says what is right is.
		c.decideRight(replies)
		return
	case role.Other:
		least = firmFloor + 0.06
	}
	var found *passage
	for i, p := range c.docs {
		if c.faulty() && !c.query.explains(p) && (i > 0 || p.fit < sureFloor || !c.query.conditional(p)) {
			if p.coded {
				break // what is said about the very error is no way out, so nothing else is
			}
			continue // a page that describes the part is no answer to a fault in it
		}
		if !p.does && slices.ContainsFunc(c.docs, headed) {
			continue // another section is about doing just that
		}
		if !c.about(p) {
			if c.category() == role.Security || c.category() == role.PrivacyLegal {
				continue
			}
			least = max(least, firmFloor) // signals may have taken the ticket for what it is not
		}
		enough := least
		if p.words <= minWords {
			enough += fewWords
		}
		if !p.does {
			enough += otherAct
		}
		if p.cover < mostCover && whether.MatchString(words.Fold(c.reading.title+"\n"+c.reading.words)) {
			enough += unsure
		}
		if c.faulty() && p.cover < faultCover && !p.coded {
			continue
		}
		if (p.words >= minWords || p.cover >= wholeCover) && p.fit >= enough || p.coded && p.fit >= codeFloor {
			found = &p
		}
		break
	}
	replies = slices.DeleteFunc(replies, c.overtaken)
	// A page that the team wrote for everybody goes before a reply that was written for one.
	enough := replyFloor
	if least > floor {
		enough = firmReplyFloor
	}
	if c.category() == role.Bug {
		enough = sameFault
	}
	for _, p := range replies {
		if p.words <= minWords || p.alike() < enough {
			continue
		}
		if found == nil || p.score > found.score+0.08 || p.score > found.score && p.share > found.share+0.1 {
			found = &p
		}
		break
	}
	if found == nil || c.wish.escalate {
		return
	}
	*found = c.follow(*found)
	c.facts, c.steps = c.query.pick(*found)
	if len(c.facts)+len(c.steps) > 0 {
		c.answer = found
	}
}

// headed reports whether a section names what the customer asks how to do, and its heading stands in the ticket.
func headed(p passage) bool { return p.does && p.precise >= headedFloor }

// nearest is the section that comes nearest where none surely answers, for a person to look at; nil where none is near.
func (c *casework) nearest() *passage {
	switch c.category() {
	case role.HowTo, role.Integration, role.FeatureRequest, role.AccountAccess, role.Billing, role.Other:
	default:
		return nil // what is near a fault is no answer to it
	}
	if c.answer != nil {
		return nil
	}
	for i, p := range c.docs {
		if headed(p) || p.does && p.fit >= nearFloor {
			return &c.docs[i]
		}
	}
	return nil
}

// faulty reports whether the ticket says that something does not work as it should.
func (c *casework) faulty() bool {
	return c.category() == role.Bug || c.category() == role.Performance
}

// matters are the concepts of the categories that have a path of their own: a page that holds none of them is about
// something else, whatever words it shares with the ticket.
var matters = sync.OnceValue(func() map[role.Category]map[string]bool {
	return map[role.Category]map[string]bool{
		role.Security:      words.Set("leaked, vulnerability, virus, revoke, security, attack, two-factor, permission"),
		role.PrivacyLegal:  words.Set("privacy, personal data, processing agreement, region, retention, delete, legal"),
		role.Billing:       words.Set("billing, invoice, payment, refund, charge, price, plan, cancel, credit card, tax, discount, trial, payment method, free"),
		role.AccountAccess: words.Set("login, password, two-factor, lock, sso, saml, account, session, role, member, owner, admin, recovery code, permission, token"),
	}
})

// about reports whether a section is about a ticket's category, where the category has a path of its own.
func (c *casework) about(p passage) bool {
	concepts, ok := matters()[c.category()]
	if !ok || p.coded {
		return true
	}
	for key := range termSet(p.item.Title + "\n" + p.text) {
		if concepts[key] {
			return true
		}
	}
	return false
}

var (
	// whether matches questions for a capability, in folded text.
	whether = regexp.MustCompile(`(?m)(^|[.!?,:]\s+|\b(and|or|but|und|oder|et|ou|y|o)\s+)(can|could) (i|we|you|it|one|an?|the|our|my|they|members?|users?|admins?) [^.!\n]{3,160}\?|\bis there (a|an|any|some)\b[^.!\n]{0,160}\?|\b(do|does) (you|it|the \w+) (support|offer|have|allow)\b|\bis [^.!?\n]{3,60} (supported|possible|available)\b|\bis it possible\b|\b(kann|konnen) (man|ich|wir|ein|eine|die|der)\b|\bgibt es (eine|einen|ein)\b|\bist es moglich\b|\b(est-il|serait-il) possible\b|\b(peut-on|puis-je|pouvons-nous)\b|\by a-t-il\b|\b(es|seria) posible\b|\bse puede\b|\b(puedo|podemos) \w+|\bhay alguna?\b`)
	solved  = regexp.MustCompile(`(?i)\b(?:fixed|solved|resolved|mended) (?:in|with|by) (v?\d+\.\d+(?:\.\d+)?)`)
)

// overtaken reports whether an older reply says that something was fixed in a release that the customer has already.
func (c *casework) overtaken(p passage) bool {
	m := solved.FindStringSubmatch(p.text)
	return m != nil && (c.reading.version == "" || !newer(m[1], c.reading.version))
}

// follow goes from a section that only sends the reader on to the section it names, where that is at hand.
func (c *casework) follow(p passage) passage {
	for _, u := range units(p.text) {
		for _, m := range pageLink().FindAllStringSubmatch(u.quote, 3) {
			if !refers(u.quote) {
				continue
			}
			for _, other := range c.docs {
				if other.item.ID != p.item.ID && strings.HasSuffix(strings.ToLower(other.item.Title), "› "+strings.ToLower(m[1])) && len(other.text) > len(p.text) {
					return other
				}
			}
		}
	}
	return p
}

var pageLink = pattern.Lazy(`\[([^\]]+)\]\([^)]*\)`)

// decideRight looks for a source that says what is right where a page is wrong: one that names the very words in question.
func (c *casework) decideRight(replies []passage) {
	names := literals(c.reading.title + "\n" + c.reading.words + "\n" + c.reading.log)
	var best *passage
	var said []quote
	consider := func(p passage, bonus float64) {
		if c.wrongPage() != nil && p.item.Path != "" && p.item.Path == c.wrongPage().item.Path {
			return
		}
		var facts []quote
		for _, u := range units(p.text) {
			if u.kind == code || len(u.quote) > 420 || personal(u.quote) || len(strings.Fields(u.quote)) < 4 {
				continue
			}
			if slices.ContainsFunc(names, func(n string) bool { return strings.Contains(u.quote, n) }) {
				exact := impersonal(u.quote)
				if quotable(p.item, exact) && len(facts) < 1 {
					facts = append(facts, quote{text: capital(shown(exact)), exact: exact, item: p.item})
				}
			}
		}
		p.score += bonus
		if len(facts) > 0 && (best == nil || p.score > best.score) {
			best, said = &p, facts
		}
	}
	for _, p := range replies {
		consider(p, 0.1)
	}
	for _, item := range c.brief.Evidence.Items {
		if item.Kind == evidence.Release || item.Kind == evidence.Changelog {
			consider(c.query.match(item), 0.3) // the notes of a release say what changed
		}
	}
	for _, p := range c.docs {
		consider(p, 0)
	}
	if best != nil && !c.wish.escalate {
		c.answer, c.facts = best, said
	}
}

// wrongPage is the section that a documentation ticket complains about: the one whose page it names, else the best.
func (c *casework) wrongPage() *passage {
	text := strings.ToLower(c.reading.raw)
	names := literals(c.reading.title + "\n" + c.reading.words + "\n" + c.reading.log)
	var named *passage
	for i := range c.docs {
		p := &c.docs[i]
		page, _, _ := strings.Cut(p.item.Title, " ›")
		if !strings.Contains(text, strings.ToLower(p.item.Path)) && !strings.Contains(text, `"`+strings.ToLower(page)+`"`) {
			continue
		}
		if slices.ContainsFunc(names, func(n string) bool { return holdsLiteral(p.text, n) }) {
			return p
		}
		if named == nil {
			named = p
		}
	}
	if named == nil && len(c.docs) > 0 && c.docs[0].fit >= floor {
		return &c.docs[0]
	}
	return named
}

// holdsLiteral reports whether a text holds a dotted name, or its last part as a key of its own, as YAML writes it.
func holdsLiteral(text, name string) bool {
	if strings.Contains(text, name) {
		return true
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return last != name && regexp.MustCompile(`(?m)^\s*`+regexp.QuoteMeta(last)+`:`).MatchString(text)
}

// literal matches names that a product has and prose has not: settings, flags, paths of an API, names in code font.
var literal = pattern.Lazy("`([^`\n]{3,60})`|\\b([a-z][a-z0-9]*(?:[._][a-z0-9_]+)+)\\b|(--[a-z][a-z0-9-]+)")

func literals(text string) []string {
	var out []string
	for _, m := range literal().FindAllStringSubmatch(text, 40) {
		name := m[1] + m[2] + m[3]
		if strings.HasSuffix(name, ".md") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml") || slices.Contains(out, name) {
			continue
		}
		out = append(out, name)
	}
	return out
}

var (
	fixes = pattern.Lazy(`(?i)\b(fix(es|ed)?|no longer|again|now|accepts?|correct(s|ed)?|resolved)\b`)
	adds  = pattern.Lazy(`(?i)\b(can be|can now|offers?|shows?|new|added?|supports?|now)\b`)
)

// namedByTicket is what it adds to the score of another ticket that the customer names it.
const namedByTicket = 0.1

var releasedIn = pattern.Lazy(`\breleased in (v?\d\S*)$`)

// mended looks whether a pull request or commit that the ticket names is in a release after the customer's own.
func (c *casework) mended(item evidence.Item) {
	tag := releasedIn().FindStringSubmatch(item.Outcome)
	if tag == nil || c.fix != nil || c.reading.version == "" || !newer(tag[1], c.reading.version) || c.category() == role.FeatureRequest || c.category() == role.HowTo {
		return
	}
	subject, _, _ := strings.Cut(strings.TrimSpace(item.Text.Raw()), "\n")
	if exact := flat(subject); exact != "" && len(exact) <= 420 {
		c.fix, c.fixedIn = &quote{text: shown(exact), exact: exact, item: item}, tag[1]
	}
}

// release looks into the notes of a release for a line that mends or brings what the ticket is about.
func (c *casework) release(item evidence.Item) {
	if newer(item.Title, c.findings.Latest) || c.findings.Latest == "" {
		c.findings.Latest = item.Title
	}
	section := ""
	for line := range strings.SplitSeq(item.Text.Raw(), "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "#") {
			section = strings.ToLower(strings.Trim(trimmed, "# "))
			continue
		}
		said := bulleted().ReplaceAllString(line, "")
		exact := flat(said)
		if exact == "" || len(exact) > 420 {
			continue
		}
		share, n := c.query.share(termSet(exact), nil)
		if n < 3 || share < 0.34 && !c.query.names(exact) {
			continue
		}
		found := &quote{text: shown(exact), exact: exact, item: item}
		switch c.category() {
		case role.Bug, role.Performance, role.Integration, role.AccountAccess, role.DataLoss:
			fixed := strings.HasPrefix(section, "fix") || fixes().MatchString(exact)
			// Only a release after the customer's own can mend what they see. Without a version nobody knows.
			if fixed && c.fix == nil && c.reading.version != "" && newer(item.Title, c.reading.version) {
				c.fix, c.fixedIn = found, item.Title
			}
		case role.FeatureRequest, role.HowTo:
			if c.wanted == nil && (strings.HasPrefix(section, "add") || adds().MatchString(exact)) && share >= 0.42 {
				c.wanted = found
			}
		}
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
