package playbook

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func (d *draft) understanding() (*role.Understanding, string) {
	f := d.found
	u := &role.Understanding{
		Summary: clip(f.Title, 200), CustomerGoal: f.Question, BlockedOn: d.blockedOn(), Impact: d.impact(), Severity: d.severity,
		Category: d.book.Category, Language: d.language, Facts: d.facts(), Assumptions: []string{}, Missing: []role.MissingInfo{},
		ReplyMust: d.mustAchieve(), Reply: []role.Block{},
	}
	if f.Question == f.Title && f.Happened != "" {
		if list := sentences(f.Happened); len(list) > 0 {
			u.Summary = clip(f.Title+": "+line(list[0]), 300)
		}
	}
	for _, fact := range d.asks {
		u.Missing = append(u.Missing, role.MissingInfo{Question: inLanguage(fact.Question, "en"), Why: fact.Why})
	}
	if f.Version == "" && d.book.Category == role.Bug {
		u.Assumptions = append(u.Assumptions, "The customer uses a supported version")
	}
	u.Reply = d.reply()
	if len(u.Reply) == 0 {
		why := d.noReply()
		u.ReplyNone = &why
	}
	return u, d.noteOfUnderstanding()
}

// noReply says why there is no reply.
func (d *draft) noReply() string {
	if _, ok := d.book.Replies[d.language]; !ok && d.book.Path.Answered != "no_action" {
		return fmt.Sprintf("The ticket is in a language (%s) for which the playbook %s has no reply, and no language model is set up. The plan below holds; the reply needs a person.", d.language, d.book.ID)
	}
	return "Nothing in the ticket asks for a reply."
}

func inLanguage(texts map[string]string, language string) string {
	if s := texts[language]; s != "" {
		return s
	}
	return texts["en"]
}

func (d *draft) blockedOn() string {
	switch {
	case d.found.Code != "":
		return d.found.Code
	case d.found.Log != "":
		return clip(line(strings.SplitN(d.found.Log, "\n", 2)[0]), 160)
	case len(d.asks) > 0 && d.state == missing:
		return "It is not known yet: information is missing"
	}
	return d.found.Question
}

func (d *draft) impact() string {
	if d.found.Impact != "" {
		return d.found.Impact
	}
	return map[role.Severity]string{"S1": "Nobody can work, or data is being lost", "S2": "An important part fails without a workaround",
		"S3": "Something fails, and work goes on", "S4": "A question or a wish; nothing fails"}[d.severity]
}

// facts are what the ticket itself says, each with its own words as the source.
func (d *draft) facts() []role.Claim {
	var out []role.Claim
	add := func(format, quote string) {
		if quote = strings.TrimSpace(quote); quote != "" && evidence.Contains(d.brief.Ticket.Title.Raw()+"\n"+d.brief.Ticket.Body.Raw(), quote) {
			out = append(out, role.Claim{Text: fmt.Sprintf(format, quote), Citations: []role.Citation{{Evidence: role.TicketCitation, Quote: quote}}})
		}
	}
	add("Version %s", strings.TrimPrefix(d.found.Version, "v"))
	add("Environment: %s", d.found.Environment)
	add("The error is %s", d.found.Code)
	add("The amount is %s", d.found.Amount)
	if d.answer != nil && len(d.answer.facts) > 0 {
		out = append(out, role.Claim{Text: d.answer.facts[0], Citations: []role.Citation{{Evidence: d.answer.item.ID, Quote: d.answer.facts[0]}}})
	}
	if out == nil {
		out = []role.Claim{}
	}
	return out
}

func (d *draft) mustAchieve() []string {
	switch d.state {
	case answered:
		return []string{"Answer the question from the source, so that the customer can go on at once"}
	case missing:
		return []string{"Ask for what is missing, and for nothing else"}
	}
	return []string{"Say honestly that there is no answer yet, who looks into it, and when the customer hears from us"}
}

// reply writes the reply's blocks: empty where the playbook has none in the customer's language.
func (d *draft) reply() []role.Block {
	skeleton, ok := d.book.Replies[d.language]
	if !ok {
		return []role.Block{}
	}
	var out []role.Block
	say := func(kind role.BlockKind, text string, citations ...role.Citation) {
		if text = strings.TrimSpace(text); text == "" {
			return
		}
		if citations == nil {
			citations = []role.Citation{}
		}
		out = append(out, role.Block{Kind: kind, Text: text, Citations: citations})
	}
	say(role.Courtesy, d.text(skeleton.Opening))
	if d.incident != nil {
		if list := sentences(d.incident.Text.Raw()); len(list) > 0 {
			say(role.Fact, "> "+clip(list[0], 300), role.Citation{Evidence: d.incident.ID, Quote: list[0]})
		}
	}
	if d.fixed != nil {
		say(role.Fact, d.fixed.item.Title+": "+d.fixed.text, role.Citation{Evidence: d.fixed.item.ID, Quote: d.fixed.text})
	}
	switch d.state {
	case answered:
		d.sayAnswer(skeleton.Answered, say)
	case unanswered:
		say(role.Instruction, d.text(skeleton.Unanswered))
	}
	if len(d.asks) > 0 && d.state != answered || len(d.wish.facts) > 0 {
		d.sayQuestions(skeleton.Questions, say)
	}
	if d.state != answered || d.found.Target != "" {
		d.commit(skeleton.Commitment, &out)
	}
	if !d.wish.shorter {
		say(role.Courtesy, d.text(skeleton.Closing))
	}
	return d.fit(out)
}

func (d *draft) sayAnswer(lead string, say func(role.BlockKind, string, ...role.Citation)) {
	cite := func(quote string) role.Citation { return role.Citation{Evidence: d.answer.item.ID, Quote: quote} }
	if !d.wish.shorter || len(d.answer.steps) == 0 {
		say(role.Courtesy, d.text(lead))
	}
	facts := d.answer.facts
	if d.wish.shorter {
		facts = facts[:min(1, len(facts))]
		if len(d.answer.steps) > 0 {
			facts = nil
		}
	}
	if len(facts) > 0 {
		text := strings.Join(facts, " ")
		citations := []role.Citation{}
		for _, fact := range facts {
			citations = append(citations, cite(fact))
		}
		say(role.Fact, text, citations...)
	}
	if len(d.answer.steps) > 0 {
		var text []string
		for i, step := range d.answer.steps {
			text = append(text, strconv.Itoa(i+1)+". "+step)
		}
		say(role.Instruction, strings.Join(text, "\n"), cite(d.answer.steps[0]))
	}
}

func (d *draft) sayQuestions(lead string, say func(role.BlockKind, string, ...role.Citation)) {
	text := strings.TrimRight(d.text(lead), ":. ") + ":"
	for _, fact := range d.asks {
		text += "\n- " + inLanguage(fact.Question, d.language)
	}
	say(role.Question, text)
}

// commit adds the promise that an action of the plan keeps.
func (d *draft) commit(text string, out *[]role.Block) {
	action := d.keeper()
	if text = d.text(text); text == "" || action == "" {
		return
	}
	owner, hours := d.found.Owner, d.nextUpdate()
	*out = append(*out, role.Block{Kind: role.Commitment, Text: text, Citations: []role.Citation{}, Owner: &owner, DueHours: &hours, Action: &action})
}

// fit keeps the reply to the policy's standards: it leaves out what is forbidden, adds what is required, and shortens from the
// least needed end.
func (d *draft) fit(blocks []role.Block) []role.Block {
	p := d.brief.Policy
	for _, phrase := range p.Reply.Forbidden {
		var kept []role.Block
		for _, b := range blocks {
			if !d.forbidden(b.Text, phrase) {
				kept = append(kept, b)
			}
		}
		blocks = kept
	}
	for _, phrase := range p.Reply.Required {
		if !strings.Contains(strings.ToLower(role.ReplyText(blocks)), strings.ToLower(phrase)) {
			blocks = append(blocks, role.Block{Kind: role.Courtesy, Text: strings.TrimRight(phrase, ".!") + ".", Citations: []role.Citation{}})
		}
	}
	if sign := strings.TrimSpace(p.Reply.SignOff); sign != "" && !d.wish.shorter {
		blocks = append(blocks, role.Block{Kind: role.Courtesy, Text: sign, Citations: []role.Citation{}})
	}
	limit := p.Reply.MaxWords
	if limit == 0 {
		limit = 180
	}
	for len(blocks) > 1 && len(strings.Fields(role.ReplyText(blocks))) > limit {
		at := longest(blocks)
		if at < 0 {
			break
		}
		blocks = append(blocks[:at:at], blocks[at+1:]...)
	}
	return blocks
}

func (d *draft) forbidden(text, phrase string) bool {
	for _, problem := range d.brief.Policy.CheckReply(text) {
		if strings.Contains(problem.Message, strconv.Quote(phrase)+", which the policy forbids") {
			return true
		}
	}
	return false
}

// longest returns the longest block that a reply can do without, or -1.
func longest(blocks []role.Block) int {
	best, words := -1, 0
	for i, b := range blocks {
		if b.Kind == role.Commitment || b.Kind == role.Question || i == 0 {
			continue
		}
		if n := len(strings.Fields(b.Text)); n > words {
			best, words = i, n
		}
	}
	return best
}

func (d *draft) noteOfUnderstanding() string {
	note := map[situation]string{
		answered:   "A source answers the ticket; the reply quotes it.",
		unanswered: "No source answers the ticket; the reply says so and promises an update.",
		missing:    fmt.Sprintf("The reply asks for %d things first.", len(d.asks)),
	}[d.state]
	if d.wish.ignored {
		note += " The direction was not understood by the playbooks: they know shorter, escalate, a language, and asking for log, version or steps."
	}
	if len(ticket.Visible(d.brief.Ticket.Body.Raw())) == 0 {
		note += " The ticket has no text."
	}
	return note
}
