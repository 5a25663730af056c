package playbook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// part is a block of the reply with how well it can be done without: 0 is needed, the highest goes first.
type part struct {
	role.Block
	spare int
}

// letter collects the parts of a reply.
type letter struct{ parts []part }

func (l *letter) say(spare int, kind role.BlockKind, text string, sources ...quote) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	citations := []role.Citation{}
	for _, q := range sources {
		citations = append(citations, q.citation())
	}
	l.parts = append(l.parts, part{role.Block{Kind: kind, Text: text, Citations: citations}, spare})
}

// reply writes the reply, or says why there is none.
func (c *casework) reply() ([]role.Block, *string) {
	none := func(why string) ([]role.Block, *string) { return []role.Block{}, &why }
	switch {
	case c.idle():
		return none(fmt.Sprintf("The ticket looks like %q: it asks for nothing that the team could answer.", c.playbook.Title))
	case !c.speaks:
		if c.reading.language == "und" {
			return none("The customer writes in a language that OiOi does not know, and no language model is set up. The plan holds as far as it was understood; a person reads the ticket and writes the reply.")
		}
		return none(fmt.Sprintf("The customer writes in a language (%s) in which the playbook %s has no reply, and no language model is set up. The plan holds; a person writes the reply.", c.reading.language, c.playbook.ID))
	}
	skeleton := c.playbook.Replies[c.phrases.Language]
	l := &letter{}
	l.say(0, role.Courtesy, c.opening(skeleton))
	if c.wish.friendlier {
		l.say(2, role.Courtesy, c.phrases.Friendly)
	}
	c.sayKnown(l)
	if c.answer != nil {
		c.sayAnswer(l, skeleton)
	}
	c.sayMentioned(l)
	c.sayOpen(l)
	c.sayVersions(l)
	promise := ""
	if c.situation != answered {
		promise = c.text(skeleton.Unanswered)
		if c.situation == missing && c.category() != role.Outage && c.category() != role.DataLoss && c.category() != role.Security {
			promise = "" // what is asked comes first; nobody has looked for an answer yet
		}
	}
	if len(c.asked) > 0 {
		l.say(0, role.Question, c.questions(skeleton))
	}
	c.commit(l, skeleton, promise)
	if !c.wish.shorter {
		l.say(3, role.Courtesy, c.text(skeleton.Closing))
	}
	return c.fit(l), nil
}

func (c *casework) opening(skeleton policy.ReplySkeleton) string {
	text := c.text(skeleton.Opening)
	if !c.wish.formal {
		return text
	}
	// "Hello sam, thank you …" becomes "Dear sam," and a sentence of its own.
	_, rest, found := strings.Cut(text, ", ")
	if !found {
		return text
	}
	greeting := c.phrases.Formal
	if strings.Contains(greeting, "%s") {
		greeting = fmt.Sprintf(greeting, c.findings.Customer)
	}
	return greeting + " " + capital(rest)
}

// sayKnown says what is known already: an incident, an open ticket.
func (c *casework) sayKnown(l *letter) {
	if c.incident != nil {
		if facts, _ := c.query.pick(*c.incident); len(facts) > 0 {
			l.say(0, role.Fact, fmt.Sprintf(c.phrases.Incident, oneLine(c.incident.item.Title, 100), facts[0].text), facts[0])
		}
	}
	if c.twin != nil {
		title := quote{exact: flat(c.twin.item.Text.Raw()), item: c.twin.item}
		if all := sentences(title.exact); len(all) > 0 {
			title.exact = all[0]
		}
		if quotable(c.twin.item, title.exact) {
			l.say(1, role.Fact, fmt.Sprintf(c.phrases.Twin, oneLine(c.twin.item.Title, 120)), title)
		}
	}
}

// sayAnswer quotes the passage that answers: its sentences and its steps, in its order.
func (c *casework) sayAnswer(l *letter, skeleton policy.ReplySkeleton) {
	lead := ""
	switch {
	case c.answer.item.Kind == evidence.Similar:
		lead = c.phrases.Earlier
	case c.answer.item.Kind == evidence.Release:
		lead = "" // the line names its release
	case c.category() == role.Documentation || c.severity <= "S2" || policy.Sensitive(c.category()):
		lead = c.text(skeleton.Answered)
		if c.answer.item.Kind == evidence.Docs && c.category() == role.Documentation {
			lead = fmt.Sprintf(c.phrases.PageSays, oneLine(strings.ReplaceAll(c.answer.item.Title, " › ", ", "), 100))
		}
	default:
		lead = c.text(skeleton.Answered)
	}
	if c.phrases.Language != "en" && foreign(slices.Concat(c.facts, c.steps), c.phrases.Language) {
		lead = strings.TrimSpace(lead + " " + c.phrases.NotInOwn)
	}
	var after []quote
	if len(c.facts) > 0 && !(c.wish.shorter && len(c.steps) > 0) {
		facts := c.facts
		if c.wish.shorter {
			facts = facts[:1]
		}
		if at := slices.IndexFunc(facts, func(f quote) bool { return f.late }); at >= 0 && len(c.steps) > 0 {
			facts, after = facts[:at], facts[at:]
		}
		if len(facts) > 0 {
			c.sayFacts(l, lead, facts)
			lead = ""
		}
	}
	if len(c.steps) > 0 {
		c.saySteps(l, lead)
		lead = ""
	}
	if len(after) > 0 {
		c.sayFacts(l, lead, after)
	}
}

// saySteps quotes the steps of the answer, each with the code that follows it.
func (c *casework) saySteps(l *letter, lead string) {
	var lines []string
	var sources []quote
	for i, s := range c.steps {
		number := strconv.Itoa(i+1) + ". "
		lines = append(lines, number+s.text)
		sources = append(sources, s)
		if s.code != nil {
			lines = append(lines, "", indented(s.code.text, strings.Repeat(" ", len(number))), "")
			sources = append(sources, *s.code)
		}
	}
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	if lead != "" && !c.wish.shorter {
		text = lead + "\n\n" + text
	}
	l.say(0, role.Instruction, text, sources...)
}

// sayFacts quotes sentences of one source as one quotation.
func (c *casework) sayFacts(l *letter, lead string, facts []quote) {
	between := " "
	if strings.HasPrefix(facts[0].text, "- ") {
		between = "\n> "
	}
	text := facts[0].text
	sources := facts[:1:1]
	if first := facts[0].first; first != nil {
		text = strings.TrimPrefix(indented(first.text, "> "), "> ") + "\n>\n> " + text
		sources = []quote{*first, facts[0]}
	}
	for i, f := range facts {
		if i > 0 {
			text += between + f.text
			sources = append(sources, f)
		}
		if between = " "; strings.HasPrefix(f.text, "- ") {
			between = "\n> "
		}
		if f.code != nil {
			text += "\n>\n" + indented(f.code.text, "> ")
			sources = append(sources, *f.code)
			between = "\n>\n> "
		}
	}
	if c.answer.item.Kind == evidence.Release {
		l.say(0, role.Fact, fmt.Sprintf(c.phrases.Since, c.answer.item.Title, text), sources...)
		return
	}
	text = "> " + text
	if lead != "" && !c.wish.shorter {
		text = lead + "\n\n" + text
	}
	l.say(0, role.Fact, text, sources...)
}

// foreign reports whether quotes are in another language than the reply.
func foreign(facts []quote, language string) bool {
	for _, f := range facts {
		if guess := ticketLanguage(f.exact); guess == language {
			return false
		}
	}
	return len(facts) > 0
}

// sayVersions says what release notes say, and where the customer's version is too old.
func (c *casework) sayVersions(l *letter) {
	if c.fix != nil {
		says := c.phrases.Fixed
		if c.fix.item.Kind == evidence.Linked {
			says = c.phrases.Mended
		}
		l.say(0, role.Fact, fmt.Sprintf(says, c.fixedIn, c.fix.text), *c.fix)
		if v := c.reading.version; v != "" && evidence.Contains(c.reading.raw, v) {
			l.parts = append(l.parts, part{role.Block{Kind: role.Instruction, Text: fmt.Sprintf(c.phrases.YouAreOn, v, c.fixedIn),
				Citations: []role.Citation{c.stated(v), c.fix.citation()}}, 0})
		}
		return
	}
	if c.wanted != nil && c.answer == nil { // an answer has said it
		l.say(1, role.Fact, fmt.Sprintf(c.phrases.Since, c.wanted.item.Title, c.wanted.text), *c.wanted)
	}
	if lines := c.brief.Policy.Limits.SupportedVersions; c.reading.version != "" && len(lines) > 0 && !supported(c.reading.version, lines) && numbers(c.reading.version) != nil &&
		newer(highest(lines), c.reading.version) && evidence.Contains(c.reading.raw, c.reading.version) {
		l.parts = append(l.parts, part{role.Block{Kind: role.Instruction, Text: fmt.Sprintf(c.phrases.Unsupported, c.reading.version, strings.Join(lines, ", ")),
			Citations: []role.Citation{c.stated(c.reading.version), c.ruled("supported versions: " + strings.Join(lines, ", "))}}, 1})
	}
}

func highest(lines []string) string {
	best := lines[0]
	for _, l := range lines {
		if newer(l, best) {
			best = l
		}
	}
	return best
}

func (c *casework) questions(skeleton policy.ReplySkeleton) string {
	lead := strings.TrimRight(c.text(skeleton.Questions), ":. ")
	if len(c.asked) == 1 {
		return lead + ": " + c.asked[0].text
	}
	lines := []string{lead + ":", ""}
	for i, q := range c.asked {
		lines = append(lines, strconv.Itoa(i+1)+". "+q.text)
	}
	return strings.Join(lines, "\n")
}

// commit adds the promise that an action of the plan keeps. Without such an action nothing is promised.
func (c *casework) commit(l *letter, skeleton policy.ReplySkeleton, before string) {
	action := c.keeper()
	text := strings.TrimSpace(before + " " + c.text(skeleton.Commitment))
	if c.wish.noPromise || action == "" || strings.TrimSpace(skeleton.Commitment) == "" {
		l.say(0, role.Courtesy, before)
		return
	}
	owner, hours := c.owner, c.nextUpdate()
	l.parts = append(l.parts, part{role.Block{Kind: role.Commitment, Text: text, Citations: []role.Citation{}, Owner: &owner, DueHours: &hours, Action: &action}, 0})
}

// defaultWords is how long a reply may be where the policy does not say it.
const defaultWords = 180

// fit holds the reply to the team's standards: what is forbidden is left out, what is required is added, and what can be done
// without goes until the reply is short enough.
func (c *casework) fit(l *letter) []role.Block {
	p := c.brief.Policy.Reply
	l.parts = slices.DeleteFunc(l.parts, func(b part) bool {
		return b.Kind != role.Commitment && b.Kind != role.Question && forbidden(b.Text, p.Forbidden)
	})
	for i := range l.parts {
		if forbidden(l.parts[i].Text, p.Forbidden) {
			l.parts[i].Text = without(l.parts[i].Text, p.Forbidden)
		}
	}
	l.parts = slices.DeleteFunc(l.parts, func(b part) bool { return b.Text == "" })
	limit := p.MaxWords
	if limit == 0 {
		limit = defaultWords
	}
	if c.wish.shorter {
		limit = min(limit, 90)
	}
	tail := strings.TrimSpace(p.SignOff)
	if c.wish.shorter || forbidden(tail, p.Forbidden) {
		tail = ""
	}
	for {
		blocks := make([]role.Block, 0, len(l.parts)+2)
		for _, b := range l.parts {
			blocks = append(blocks, b.Block)
		}
		for _, phrase := range p.Required {
			if !strings.Contains(strings.ToLower(role.ReplyText(blocks)+"\n"+tail), strings.ToLower(phrase)) {
				blocks = append(blocks, role.Block{Kind: role.Courtesy, Text: strings.TrimRight(phrase, ".!") + ".", Citations: []role.Citation{}})
			}
		}
		if tail != "" {
			blocks = append(blocks, role.Block{Kind: role.Courtesy, Text: tail, Citations: []role.Citation{}})
		}
		switch {
		case len(strings.Fields(role.ReplyText(blocks))) <= limit:
			return blocks
		case l.drop():
		case tail != "":
			tail = ""
		default:
			return blocks
		}
	}
}

// drop leaves out what the reply can best do without, and reports whether there was anything left to drop.
func (l *letter) drop() bool {
	at := -1
	for i, b := range l.parts {
		if b.spare > 0 && (at < 0 || b.spare >= l.parts[at].spare) {
			at = i
		}
	}
	if at < 0 { // only what is needed is left: the longest quotation goes, then the longest steps
		for i, b := range l.parts {
			if (b.Kind == role.Fact || b.Kind == role.Instruction) && len(l.parts) > 2 && (at < 0 || len(b.Text) > len(l.parts[at].Text)) {
				at = i
			}
		}
	}
	if at < 0 {
		return false
	}
	l.parts = slices.Delete(l.parts, at, at+1)
	return true
}

func forbidden(text string, phrases []string) bool {
	probe := policy.Policy{Reply: policy.Reply{Forbidden: phrases, MaxWords: 1 << 30}}
	return len(probe.CheckReply(text)) > 0
}

// without takes the sentences out of a text that hold a forbidden phrase.
func without(text string, phrases []string) string {
	var kept []string
	for _, s := range sentences(text) {
		if !forbidden(s, phrases) {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, " ")
}
