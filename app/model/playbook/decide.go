package playbook

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/words"
)

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
		if !p.does && slices.ContainsFunc(c.docs, func(other passage) bool { return headed(other) && other.fit > p.fit-farBehind }) {
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
		if (p.cover < mostCover || !p.may) && c.asksWhether() {
			enough += unsure
		}
		if c.faulty() && p.cover < faultCover && !p.coded {
			continue
		}
		if !p.coded && c.unsaid(p) {
			continue // its sentences speak of something else than the question, whatever the rest of the section names
		}
		if (p.words >= minWords || p.cover >= wholeCover || c.query.heads(p)) && p.fit >= enough || p.coded && p.fit >= codeFloor {
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

// unsaid reports whether what would be quoted of a section speaks about next to nothing of the title and the question.
func (c *casework) unsaid(p passage) bool {
	if len(telling(c.reading.title+"\n"+c.reading.question)) == 0 {
		return false
	}
	facts, steps := c.query.pick(p)
	text := lastHeading(p.item.Title)
	for _, q := range slices.Concat(facts, steps) {
		text += "\n" + q.text
	}
	return c.query.holds(termSet(text), 0) < leastSaid
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

// asksWhether reports whether the customer asks if something is possible at all.
func (c *casework) asksWhether() bool {
	return whether.MatchString(way.ReplaceAllString(words.Fold(c.reading.title+"\n"+c.reading.words), "$1"))
}

var (
	// whether matches questions for a capability, in folded text.
	// A question for the way, "how can I …", supposes that there is one.
	way     = regexp.MustCompile(`\b(how|where|wie|wo|comment|como|donde) (can|could|do|does|kann|konnen|puis|peut|pouvons|se|puedo|podemos|es)\b`)
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
