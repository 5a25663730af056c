package role

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/words"
)

// DefaultFloor is the confidence below which a reply answers nothing, where the team's policy names none.
const DefaultFloor = 0.5

// Confidence is how much its sources carry a reply, from 0 to 1. It is computed, never asked from a model: the share of its
// citations that hold, weighed with how well the best of them fits the ticket and how far it is ahead of the next. The ticket's
// own words count for nothing.
func Confidence(reply []Block, in Context) float64 {
	all, good, best, cited := 0, 0, 0.0, ""
	for _, b := range reply {
		for _, c := range b.Citations {
			if c.Evidence == TicketCitation {
				continue
			}
			all++
			if !in.Holds(c) {
				continue
			}
			good++
			score := 1.0 // what the team wrote for such tickets
			if item, ok := in.Evidence.ByID(c.Evidence); ok {
				score = item.Score
			}
			if cited == "" || score > best {
				best, cited = score, c.Evidence
			}
		}
	}
	if good == 0 {
		return 0
	}
	next := 0.0
	for _, item := range in.Evidence.Items[:min(2, len(in.Evidence.Items))] {
		if item.ID != cited {
			next = max(next, item.Score)
		}
	}
	return float64(good) / float64(all) * evidence.Strength(best, next)
}

// ungrounded says why a reply is no answer; "" where it is one, or where there is none and a person writes it.
func ungrounded(o Outputs, in Context) string {
	reply := o.Understanding.Reply
	if p := o.HandlingPlan.Path; p != "answer" && p != "workaround" || len(reply) == 0 {
		return ""
	}
	if !answers(reply, in) {
		return fmt.Sprintf("the path is %s, and the reply cites nothing that says so but the ticket itself; where no source answers, the reply asks or says that it is not known, and the path is ask or escalate", o.HandlingPlan.Path)
	}
	floor := cmp.Or(in.Floor, DefaultFloor)
	if have := Confidence(reply, in); have < floor {
		return fmt.Sprintf("the path is %s, and the confidence that the sources give it is %.2f, below the floor of %.2f; where no source surely answers, the reply asks or says that it is not known, and the path is ask or escalate", o.HandlingPlan.Path, have, floor)
	}
	return ""
}

// answers reports whether a reply says anything that a source beside the ticket bears out.
func answers(reply []Block, in Context) bool {
	return slices.ContainsFunc(reply, func(b Block) bool {
		return slices.ContainsFunc(b.Citations, func(c Citation) bool { return c.Evidence != TicketCitation && in.Holds(c) })
	})
}

func claims(b Block) bool { return b.Kind == Fact || b.Kind == Instruction }

// unrecorded says why a question that nothing answers is lost to the help center; "" where it is not.
func unrecorded(o Outputs, in Context) string {
	u, p, f := o.Understanding, o.HandlingPlan, o.FollowThrough
	switch {
	case in.Directed, in.Unrecorded, answers(u.Reply, in), !forPage(u, p.Path, in.customer()):
		return ""
	case Recorded(*f, in.TicketText):
		return ""
	}
	return "no source answers the question, and no docs follow-up records it in the customer's own words"
}

func (in Context) customer() string { return cmp.Or(in.Customer, in.TicketText) }

// forPage reports whether a page of the help center could have spared the customer their ticket.
func forPage(u *Understanding, path Path, ticketText string) bool {
	switch path {
	case "no_action", "duplicate", "fix", "feature_request": // nothing is asked, or other work has the question
		return false
	}
	if PageQuestion(u.Category, ticketText) != "" {
		return true
	}
	asksHow := u.Category == HowTo || u.Category == Integration || u.Category == Documentation
	return asksHow && path != "policy_decision" && (len(u.Reply) > 0 || path == "escalate") &&
		(path != "ask" || len(u.Missing) == 0) // what the question is, is not known yet
}

// PageQuestion returns the first question of a ticket that a page of the help center could answer; "" where it has none, or is
// about something that no page answers.
func PageQuestion(c Category, ticketText string) string {
	if c == Outage || c == Abuse {
		return ""
	}
	for _, q := range words.PageQuestions(ticketText) {
		if c != DataLoss || !words.GetsBack(q) {
			return q
		}
	}
	return ""
}

// Recorded reports whether follow-up work holds the customer's question: a docs edit, whose pull request quotes it, or a
// follow-up that does.
func Recorded(f FollowThrough, ticketText string) bool {
	return len(f.DocsEdits) > 0 || slices.ContainsFunc(f.FollowUps, func(up FollowUp) bool { return quotesTicket(up.Title+"\n"+up.Body, ticketText) })
}

// sameWords is how many words in a row show that a text quotes a ticket.
const sameWords = 5

// quotesTicket reports whether a text holds so many of the ticket's words in a row, or all of its title.
func quotesTicket(text, ticketText string) bool {
	split := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	}
	has := " " + strings.Join(split(text), " ") + " "
	title, _, _ := strings.Cut(ticketText, "\n")
	if words := split(title); len(words) > 0 && strings.Contains(has, " "+strings.Join(words, " ")+" ") {
		return true
	}
	words := split(ticketText)
	for i := 0; i+sameWords <= len(words); i++ {
		if strings.Contains(has, " "+strings.Join(words[i:i+sameWords], " ")+" ") {
			return true
		}
	}
	return false
}

// Amended is what code changed in outputs that the definition of done is not content with, after the roles had their chance.
type Amended struct {
	Outputs Outputs
	Notes   []string // what was changed, for the team
	Cut     []string // what was left out of the reply
}

// Amend does what the checks named demand and the roles did not: an answer that no source carries becomes a question or goes to
// a person, and a question that nothing answers becomes a docs follow-up.
func Amend(names []string, unmet []Unmet, o Outputs, in Context) (Amended, bool) {
	out := Amended{Outputs: o}
	for _, u := range unmet {
		switch u.Check {
		case "answer_grounded":
			out.unanswer(u.Why, in)
			if slices.Contains(names, "gap_recorded") && !in.Directed && !in.Unrecorded && forPage(out.Outputs.Understanding, out.Outputs.HandlingPlan.Path, in.customer()) && !Recorded(*out.Outputs.FollowThrough, in.TicketText) {
				out.record(in)
			}
		case "gap_recorded":
			if !Recorded(*out.Outputs.FollowThrough, in.TicketText) {
				out.record(in)
			}
		}
	}
	return out, len(out.Notes) > 0
}

// unanswer takes the answer out of the reply. What is asked stays; where nothing is asked, a person finds the answer.
func (a *Amended) unanswer(why string, in Context) {
	u, p := *a.Outputs.Understanding, *a.Outputs.HandlingPlan
	u.Reply = slices.DeleteFunc(slices.Clone(u.Reply), func(b Block) bool {
		own := b.Kind == Fact && len(b.Citations) > 0 && !Sourced(b.Citations) // the customer's own words
		if claims(b) && !own {
			a.Cut = append(a.Cut, b.Text)
			return true
		}
		return false
	})
	before := p.Path
	says := func(kind BlockKind) bool {
		return slices.ContainsFunc(u.Reply, func(b Block) bool { return b.Kind == kind })
	}
	if p.Path = "escalate"; len(u.Missing) > 0 && says(Question) {
		p.Path = "ask"
	}
	p.WhyCitations, p.Why = nil, "No source surely answers this, so "+map[Path]string{"ask": "the customer is asked first", "escalate": "a person has to find the answer"}[p.Path]
	if p.Path == "escalate" {
		p.Actions = slices.Clone(p.Actions[:min(len(p.Actions), MaxActions-1)])
		find := Action{ID: freeID(p.Actions), Text: "Find the answer and write it to the customer", Owner: p.Owner, DueHours: p.NextUpdateHours, DoneWhen: "The customer has an answer that a source bears out"}
		p.Actions = append(p.Actions, find)
		if !says(Question) && !says(Commitment) {
			if text := notKnown[base(u.Language)]; text != "" {
				u.Reply = append(u.Reply, Block{Kind: Commitment, Text: text, Citations: []Citation{}, Owner: &find.Owner, DueHours: &find.DueHours, Action: &find.ID})
			} else {
				u.Reply = nil
			}
		}
	}
	if len(u.Reply) == 0 || in.CheckReply != nil && len(in.CheckReply(ReplyText(u.Reply))) > 0 {
		none := "No source surely answers the question, so a person has to write the reply."
		u.Reply, u.ReplyNone = []Block{}, &none
	}
	a.Outputs.Understanding, a.Outputs.HandlingPlan = &u, &p
	a.Notes = append(a.Notes, fmt.Sprintf("the path is %s and no more %s: %s", p.Path, before, why))
}

// notKnown is what a customer reads where no source answers, by language.
var notKnown = map[string]string{
	"en": "We do not know the answer to this yet, and we would rather not guess. A person of our team looks for it and writes to you here.",
	"de": "Die Antwort darauf kennen wir noch nicht, und raten möchten wir nicht. Jemand aus unserem Team sucht sie und schreibt Ihnen hier.",
	"es": "Todavía no conocemos la respuesta y preferimos no adivinar. Una persona de nuestro equipo la busca y le escribirá aquí.",
	"fr": "Nous ne connaissons pas encore la réponse et préférons ne pas deviner. Une personne de notre équipe la cherche et vous écrira ici.",
}

func base(language string) string {
	out, _, _ := strings.Cut(strings.ToLower(language), "-")
	return out
}

func freeID(actions []Action) string {
	for n := len(actions) + 1; ; n++ {
		id := fmt.Sprintf("A%d", n)
		if !slices.ContainsFunc(actions, func(a Action) bool { return a.ID == id }) {
			return id
		}
	}
}

// record adds the docs follow-up that holds the customer's question.
func (a *Amended) record(in Context) {
	f := *a.Outputs.FollowThrough
	title, rest, _ := strings.Cut(in.TicketText, "\n")
	title = strings.TrimSpace(title)
	asked := title
	if q := PageQuestion(a.Outputs.Understanding.Category, in.customer()); q != "" && q != title {
		asked += "\n> " + q
	} else if q == "" {
		for line := range strings.Lines(rest) { // in any language
			if line = strings.TrimSpace(line); strings.HasSuffix(line, "?") && !strings.HasPrefix(line, "#") {
				asked += "\n> " + line
				break
			}
		}
	}
	f.FollowUps = append(slices.Clone(f.FollowUps), FollowUp{Kind: "docs", Title: "Help center: answer \"" + title + "\"", Tracker: "github", Priority: "P3",
		Body:       "A customer asked, and no source answers it:\n\n> " + asked + "\n\nA person has to find the answer first.",
		Acceptance: []string{"A page answers the question in words that a customer would use"}})
	f.Nothing = nil
	a.Outputs.FollowThrough = &f
	a.Notes = append(a.Notes, "a docs follow-up with the customer's question was added, because no source answers it")
}
