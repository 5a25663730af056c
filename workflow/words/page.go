package words

import (
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// What a help center can be asked, in folded text: how something is done, where it is set, whether the product can do it, what
// a word means, what has to be.
var forPage = pattern.Lazy(`\bhow (?:do|does|can|could|should|would|to|may|must|is|are|long|often|many|much|far|big|large|old|soon|quickly|fast|else)\b` +
	`|\bwhere (?:do|does|can|could|should|would|is|are|to|in)\b|\bwhich \w+|\bwhat (?:do|does|is|are|kind|sort|size|access|rights?|permissions?|exactly|else|would|should|must)\b` +
	`|(?:^|[,:;–—(-] ?|\b(?:and|or|but|so|if|also|then|hi|hello|question|please) )(?:can|could|may|must|should|shall) (?:i|we|one|they|he|she|it|an?|the|this|that|these|those|our|my|your|all|\w+s)\b` +
	`|\b(?:do|does|will|would|did) (?:i|we|you|it|they|the|this|that|an?|one|your|our|my|tally\w*|\w+s?) (?:\w+ )?(?:have|need|support|offer|allow|provide|work|require|include|keep|mean|count|cost|stay|stop|get|lose|also|still|use|run|apply)\b` +
	`|\b(?:is|are) there (?:an?|any|some|other|no|also)\b|\b(?:is|are|isnt|arent|would) [^.!?\n]{2,80} (?:supported|possible|available|allowed|included|required|necessary|enough|planned|configurable|limited|compatible|certified|compliant|accredited|audited|encrypted|accessible)\b|\bis it possible\b|\bany way to\b|\bwhats the\b` +
	`|\bwie (?:kann|konn\w+|soll\w*|muss\w*|lasst|lassen|geht|gehen|funktionier\w+|lange|oft|viele?|gross|weit|\w+e?n? (?:ich|wir|man))\b|\bwo(?:mit|durch|ruber|rin|fur)? (?:kann|konn\w+|find\w+|stell\w+|seh\w+|trag\w+|gibt|ist|sind|liegt|steht|ander\w*|leg\w*|bekomm\w+|muss|\w+e?n? (?:ich|wir|man))\b|\bwelche[nrsm]?\b` +
	`|\b(?:kann|konnen|darf|durfen|muss|mussen|sollt?en?) (?:man|ich|wir|ein\w*|der|die|das|den|unser\w*|mein\w*|es|sich|auch)\b|\bgibt es (?:ein\w*|die|auch|dafur|hierfur|irgend\w*)\b|\bist (?:es|das|dies|so etwas) (?:\w+ )?(?:moglich|erlaubt|vorgesehen|geplant)\b|\bwas (?:bedeutet|heisst|ist (?:der|die|das|ein\w*)|muss|mussen|brauch\w+)\b|\blasst sich\b|\bunterstutz\w+\b|\blaufen \w+ \w+ (?:noch )?weiter\b` +
	`|\bcomment \w+|\bou (?:puis|peut|peux|pouvons|se trouve\w*|est|sont|dois|doit|faut|trouv\w+|je|on)\b|\bquel(?:le)?s? \w+|\b(?:peut-on|puis-je|pouvons-nous|est-il possible|serait-il possible|y a-t-il|existe-t-il|faut-il|dois-je|devons-nous|doit-on)\b|\best-ce (?:possible|qu\S* (?:\w+ )?(?:peut|peux|pouvons|possible|existe))\b|\bque signifie\b` +
	`|\bcomo \w+|\bdonde \w+|\bcual(?:es)? \w+|\b(?:se puede\w*|puedo|podemos|podria(?:mos)?|es posible|seria posible|existe|hay (?:alguna?|una?|forma|manera|que))\b|\bque (?:significa|es|son|debo|tengo que)\b`)

// GetsBack reports whether a question asks for what is gone: where something was lost, a person brings it back or nobody does.
func GetsBack(question string) bool { return getsBack().MatchString(Fold(question)) }

var getsBack = pattern.Lazy(`\b(?:recover\w*|restor\w*|repair\w*|(?:get|bring|brought|have|got) (?:\w+ ){0,3}back|backups?|cop(?:y|ies)|older (?:one|version)s?|old ones|hope` +
	`|zuruck\w*|wiederher\w*|retten|sicherung\w*|recuper\w*|restaur\w*|sauvegarde\w*|retrouver|copia\w*)\b`)

// What a page cannot answer: what is going on at this moment, what somebody shall do for this one customer, what went wrong.
var forPeople = pattern.Lazy(`\b(?:refund\w*|money back|reimburs\w+|compensat\w+|any(?:body|one)|some(?:body|one)|known (?:issue|bug|problem)s?|any (?:news|eta|progress|updates?|outage|problem\w*|issues?)|going on|happen\w*|went wrong|(?:is|are|was) wrong|is the (?:problem|matter|issue|cause|reason|status|bug)|(?:fix|solv|resolv|repair)\w* (?:this|that|it|the (?:problem|issue|bug|error))|look (?:into|at)|help (?:me|us)|(?:be|get) (?:fixed|solved|resolved|working|back)|your (?:end|side)|(?:can|could) (?:i|we) (?:do (?:about|now)|expect)|how (?:can|could) (?:this|that|it) be|how long (?:will|does) (?:this|it|that)|right now|(?:send|give) (?:you )?(?:the |more )?details|private channel|report a|are we going to|this is a (?:bug|joke)|you serious|is (?:this|that|it) (?:a )?(?:bug|normal|expected|intended|ok|okay|acceptable))\b` +
	`|\b(?:erstatt\w*|ruckerstatt\w*|geld zuruck|jemand|was ist (?:los|da|passiert)|wie lange (?:dauert|noch)|bekannt\w* (?:problem|fehler)|woran (?:liegt|kann)|was ist das problem|wie kann das|wieder (?:geht|funktioniert|lauft))\b` +
	`|\b(?:rembours\w*|quelqu.un|que se passe|qu.est-ce qui|comment se fait|probleme connu)\b` +
	`|\b(?:reembols\w*|alguien|que (?:pasa|esta pasando|ha pasado)|problema conocido|como es posible)\b`)

// whatIf finds what a page says of a case that may come; "what happened" is for a person.
var whatIf = pattern.Lazy(`\bwhat happens (if|when|once|after|as soon as|to|with)\b`)

// PageQuestions returns the questions of a text, whose first line is its title, that a page of a help center could answer for
// everybody, where they or the title say what they are about. In other languages than the four it finds none.
func PageQuestions(text string) []string {
	title, body, _ := strings.Cut(strings.TrimSpace(text), "\n")
	titled := speaks(title) // then "Where do I enter it?" is a question for a page, too
	var out []string
	for _, part := range append([]string{title}, prose(body)...) {
		for _, s := range questions(strings.Join(strings.Fields(part), " "), mostQuestions) {
			if s = strings.TrimLeft(s, `"'“„«(*_>- `) + "?"; asksPage(s) && (titled || speaks(s)) {
				out = append(out, s)
			}
		}
	}
	return out
}

const mostQuestions = 20 // of one paragraph

// prose returns the paragraphs of a text in Markdown, without its headings and code.
func prose(text string) []string {
	var out []string
	part, fenced := "", false
	end := func() {
		if part != "" {
			out = append(out, part)
		}
		part = ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		fence := strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~")
		switch {
		case fence:
			fenced = !fenced
			end()
		case fenced:
		case line == "", strings.HasPrefix(line, "#"):
			end()
		default:
			part += line + "\n"
		}
	}
	end()
	return out
}

// asksPage reports whether a question asks what a page could say.
func asksPage(s string) bool {
	folded := whatIf().ReplaceAllString(Fold(s), "what is $1")
	return forPage().MatchString(folded) && !forPeople().MatchString(folded)
}

// speaks reports whether a text says what it is about.
func speaks(text string) bool {
	var b Builder
	b.Add(text, 1)
	terms := b.Query().Terms // words that say little say it together: "edit one item"
	return len(terms) > 1 || slices.ContainsFunc(terms, func(t Term) bool { return !t.Weak })
}
