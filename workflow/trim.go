package workflow

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Expense is one thing that a prompt holds, with what it costs and what its prompt loses without it.
type Expense struct {
	Name    string // by which it is left out; "": it cannot be
	What    string
	Tokens  int
	Loses   string
	Private bool // how it is called is not for the public
}

// Cut is what is left out of the prompts of a run.
type Cut struct {
	Sources  []string `json:"sources,omitempty"`  // by name
	Evidence []string `json:"evidence,omitempty"` // by id
	Comments []int64  `json:"comments,omitempty"` // by id
	Texts    int      `json:"texts,omitempty"`    // what the customer wrote is shortened to so many characters a text; 0: it is not
}

// The comments of a ticket are three sources, by who wrote them.
const (
	customerComments = "customer-comments"
	teamComments     = "team-comments"
	otherComments    = "other-comments"
)

const playbookSource = "playbook-"

// kindsInWords says what each kind of evidence is and what is lost without it.
var kindsInWords = map[evidence.Kind][2]string{
	evidence.Docs:      {"sections of the help center", "the reply quotes no page of the help center"},
	evidence.Similar:   {"earlier tickets", "what helped others before is not known"},
	evidence.Release:   {"releases", "whether a release mends it is not known"},
	evidence.Changelog: {"sections of the change log", "what changed between versions is not known"},
	evidence.Incident:  {"open incidents", "an incident that explains it may be missed"},
	evidence.Linked:    {"threads that the ticket names", "what they say is not known"},
	evidence.Version:   {"how the stated version stands", "whether the version is current is not known"},
	evidence.Page:      {"web pages that the ticket names", "what they say is not known"},
	evidence.Linear:    {"issues in Linear", "what the team plans is not known"},
	evidence.Figma:     {"designs in Figma", "how it is designed is not known"},
}

func commentsBy(t ticket.Ticket, c ticket.Comment) string {
	switch {
	case c.Author.ID == t.Author.ID:
		return customerComments
	case c.Author.OnTeam():
		return teamComments
	}
	return otherComments
}

// Itemise lists what makes up the prompt of a brief. The numbers add up to the whole but for a few tokens of frame.
func Itemise(b Brief, count Counter) []Expense {
	add := func(list *[]Expense, s Expense, text string) {
		if text = strings.TrimSpace(text); text != "" {
			s.Tokens = count(text)
			*list = append(*list, s)
		}
	}
	var out []Expense
	add(&out, Expense{What: "the workflow, the policy and the contract"}, workflowPart(b)+policyPart(b.Policy)+contractPart())
	bare := b.Ticket
	bare.Comments = nil
	add(&out, Expense{What: "the ticket's own text"}, ticketPart(bare))
	for _, kind := range []struct{ name, what, loses string }{
		{customerComments, "later comments of the customer", "what the customer added is not known"},
		{teamComments, "comments of the team", "what the team said is not known"},
		{otherComments, "comments of others", "what others said is not known"},
	} {
		var text strings.Builder
		n := 0
		for _, c := range b.Ticket.Comments {
			if !c.Ours && commentsBy(b.Ticket, c) == kind.name {
				text.WriteString("A later comment by them:\n" + Fence("comment", c.Body) + "\n\n")
				n++
			}
		}
		add(&out, Expense{Name: kind.name, What: fmt.Sprintf("%s (%d)", kind.what, n), Loses: kind.loses}, text.String())
	}
	for _, p := range b.Playbooks {
		add(&out, Expense{Name: playbookSource + p.ID, What: "the playbook " + p.ID, Loses: "its advice for such tickets is not given", Private: true}, playbooksPart([]policy.Playbook{p}))
	}
	all := b.Evidence.With(b.ForTeam)
	for _, kind := range kindsOf(all) {
		var of evidence.Set
		private := kind == evidence.Linear || kind == evidence.Figma
		for _, item := range all.Items {
			if item.Kind == kind {
				of.Items = append(of.Items, item)
				private = private || item.ReadBy() > evidence.Public
			}
		}
		in := kindsInWords[kind]
		add(&out, Expense{Name: string(kind), What: fmt.Sprintf("%s (%d)", in[0], len(of.Items)), Loses: in[1], Private: private}, evidencePart("Evidence", of))
	}
	var made strings.Builder
	for _, part := range acceptedParts(b) {
		made.WriteString(part.text + "\n")
	}
	add(&out, Expense{What: "what the roles before have made"}, made.String())
	add(&out, Expense{What: "the role's instructions"}, rolePart(b))
	return out
}

// CanLeaveOut reports whether some prompt may hold a source of this name.
func CanLeaveOut(name string) bool {
	_, kind := kindsInWords[evidence.Kind(name)]
	return kind || strings.HasPrefix(name, playbookSource) || slices.Contains([]string{customerComments, teamComments, otherComments}, name)
}

// kindsOf lists the kinds of evidence, in the order in which they first appear.
func kindsOf(set evidence.Set) []evidence.Kind {
	var out []evidence.Kind
	for _, item := range set.Items {
		if !slices.Contains(out, item.Kind) {
			out = append(out, item.Kind)
		}
	}
	return out
}

// Without returns the brief with what a cut leaves out left out.
func (b Brief) Without(c Cut) Brief {
	if len(c.Sources)+len(c.Evidence)+len(c.Comments)+c.Texts == 0 {
		return b
	}
	dropped := func(name string) bool { return slices.Contains(c.Sources, name) }
	b.Ticket.Comments = slices.DeleteFunc(slices.Clone(b.Ticket.Comments), func(comment ticket.Comment) bool {
		return slices.Contains(c.Comments, comment.ID) || dropped(commentsBy(b.Ticket, comment))
	})
	b.Playbooks = slices.DeleteFunc(slices.Clone(b.Playbooks), func(p policy.Playbook) bool { return dropped(playbookSource + p.ID) })
	for _, set := range []*evidence.Set{&b.Evidence, &b.ForTeam} {
		set.Items = slices.DeleteFunc(slices.Clone(set.Items), func(i evidence.Item) bool {
			return slices.Contains(c.Evidence, i.ID) || dropped(string(i.Kind))
		})
	}
	if c.Texts > 0 {
		b.Ticket.Body = shorten(b.Ticket.Body, c.Texts)
		for i := range b.Ticket.Comments {
			b.Ticket.Comments[i].Body = shorten(b.Ticket.Comments[i].Body, c.Texts)
		}
	}
	return b
}

// shorten keeps the beginning of a text and, of a log that ends in what went wrong, the end.
func shorten(t ticket.Untrusted, most int) ticket.Untrusted {
	text := t.Raw()
	if utf8.RuneCountInString(text) <= most {
		return t
	}
	runes := []rune(text)
	head := most * 2 / 3
	return ticket.Text(fmt.Sprintf("%s\n[… %d characters are left out here …]\n%s", string(runes[:head]), len(runes)-most, string(runes[len(runes)-(most-head):])))
}

// The lengths to which trimming shortens what the customer wrote, one after the other.
var textLengths = []int{8000, 3000, 1200}

// keptBest is how many pieces of evidence are cut last.
const keptBest = 3

// Trim leaves out of a brief, beyond what is left out already, what is worth least, until its prompt is no longer than the limit.
// It says what was lost, in the order in which it went. Where even that is not enough, the prompt is as short as it gets.
func Trim(b Brief, already Cut, limit int, count Counter) (cut Cut, lost []string) {
	cut = Cut{Sources: slices.Clone(already.Sources), Evidence: slices.Clone(already.Evidence), Comments: slices.Clone(already.Comments), Texts: already.Texts}
	left := b.Without(cut)
	count = remembering(count)
	fits := func() bool { return Compile(b.Without(cut), count).Tokens() <= limit }
	if fits() {
		return cut, nil
	}
	playbooks := func(from int) {
		for i := len(left.Playbooks) - 1; i >= from && i < len(left.Playbooks) && !fits(); i-- {
			cut.Sources = append(cut.Sources, playbookSource+left.Playbooks[i].ID)
			lost = append(lost, "the playbook "+left.Playbooks[i].ID)
		}
		left = b.Without(cut)
	}
	pieces := func(keep int) {
		var gone []string
		items := left.Evidence.With(left.ForTeam).Items
		for i := len(items) - 1; i >= keep && !fits(); i-- {
			item := items[i]
			cut.Evidence = append(cut.Evidence, item.ID)
			gone = append(gone, item.ID+" "+string(item.Kind))
		}
		if len(gone) > 0 {
			lost = append(lost, "evidence "+strings.Join(gone, ", "))
		}
		left = b.Without(cut)
	}
	comments := func(by, what string) {
		n := 0
		for _, c := range left.Ticket.Comments {
			if fits() {
				break
			}
			if !c.Ours && commentsBy(left.Ticket, c) == by {
				cut.Comments = append(cut.Comments, c.ID)
				n++
			}
		}
		if n > 0 {
			lost = append(lost, fmt.Sprintf("%d comments of %s, the oldest first", n, what))
		}
		left = b.Without(cut)
	}
	texts := func(most int) {
		if fits() || cut.Texts > 0 && cut.Texts <= most {
			return
		}
		longer := func(t ticket.Untrusted) bool { return utf8.RuneCountInString(t.Raw()) > most }
		if longer(left.Ticket.Body) || slices.ContainsFunc(left.Ticket.Comments, func(c ticket.Comment) bool { return longer(c.Body) }) {
			cut.Texts = most
			lost = append(lost, fmt.Sprintf("the middle of what the ticket says beyond %d characters a text", most))
		}
		left = b.Without(cut)
	}
	playbooks(1)
	pieces(keptBest)
	comments(otherComments, "others")
	comments(teamComments, "the team")
	texts(textLengths[0])
	playbooks(0)
	texts(textLengths[1])
	pieces(0)
	comments(customerComments, "the customer")
	texts(textLengths[2])
	return cut, lost
}

// remembering counts each text once: most parts of a prompt stay what they were while another is cut.
func remembering(count Counter) Counter {
	known := map[string]int{}
	return func(text string) int {
		n, ok := known[text]
		if !ok {
			n = count(text)
			known[text] = n
		}
		return n
	}
}
