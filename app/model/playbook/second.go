package playbook

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/words"
)

// openQuestion is a further question of the customer that what is quoted does not answer.
type openQuestion struct {
	text string
	page *passage // the section that speaks most about it; nil where none speaks about most of it
}

const (
	furtherMost  = 2    // so many further questions are followed up
	furtherCover = 0.50 // of a question's telling words: what speaks about so many of them may answer it
	nearestCover = 0.60 // the same, for a page that is named and not quoted
	sameQuestion = 0.50 // of them, where another question says the same
)

// further collects the customer's other questions that nothing quoted answers, so that none is dropped without a word.
func (c *casework) further() {
	if c.idle() {
		return
	}
	said := ""
	if c.answer != nil {
		said = c.answer.item.Title
	}
	for _, q := range slices.Concat(c.facts, c.steps) {
		said += "\n" + q.text
		if q.code != nil {
			said += "\ncommand\n" + q.code.exact // that is what it is called where it is asked for
		}
	}
	quoted, asked := termSet(said), termSet(c.reading.question)
	for _, s := range append([]string{c.reading.title}, sentences(flat(c.reading.words))...) {
		if n := len(strings.Fields(s)); !strings.HasSuffix(s, "?") || s == c.reading.question || n < 3 || n > 40 || len(c.open) == furtherMost {
			continue
		}
		terms := telling(s)
		if len(terms) == 0 || speaks(terms, asked) >= sameQuestion || speaks(terms, quoted) >= furtherCover {
			continue
		}
		o := openQuestion{text: oneLine(s, 200)}
		most := nearestCover
		for i, p := range c.docs {
			if len(terms) < minWords {
				break // one word is in many pages
			}
			if n := speaks(terms, termSet(p.item.Title+"\n"+p.text)); n >= most && (o.page == nil || n > most) {
				most, o.page = n, &c.docs[i]
			}
		}
		c.open = append(c.open, o)
		asked = maps.Clone(asked)
		maps.Copy(asked, termSet(s))
	}
}

// telling are the words of a question that say what it is about: "Is that possible?" has none.
func telling(question string) []words.Term {
	var b words.Builder
	b.Add(question, 1)
	return slices.DeleteFunc(b.Query().Terms, func(t words.Term) bool { return t.Weak })
}

// speaks is how much of some words a text holds, from 0 to 1.
func speaks(terms []words.Term, set map[string]bool) float64 {
	got := 0.0
	for _, t := range terms {
		switch {
		case holdsAny(set, t.Keys):
			got++
		case holdsAny(set, t.Near):
			got += nearCover
		}
	}
	return got / float64(len(terms))
}

// openAction is what the plan does about the further questions; "" where there are none.
func (c *casework) openAction() string {
	if len(c.open) == 0 {
		return ""
	}
	var out []string
	for _, o := range c.open {
		text := fmt.Sprintf("%q", o.text)
		if o.page != nil {
			text += " (nearest page: " + oneLine(o.page.item.Title, 100) + ")"
		}
		out = append(out, text)
	}
	return "Answer what else the customer asks: " + strings.Join(out, ", ")
}

// sayOpen tells the customer that a further question is not forgotten. Where nothing at all is answered, the reply's promise
// covers it.
func (c *casework) sayOpen(l *letter) {
	id := c.openID()
	if c.situation != answered || id == "" || c.wish.noPromise || c.wish.shorter {
		return
	}
	var quoted []string
	for _, o := range c.open {
		quoted = append(quoted, o.text)
	}
	owner, hours := c.owner, c.nextUpdate()
	text := fmt.Sprintf(c.phrases.Further, strings.Join(quoted, " "), c.findings.NextUpdate)
	l.parts = append(l.parts, part{role.Block{Kind: role.Commitment, Text: text, Citations: []role.Citation{}, Owner: &owner, DueHours: &hours, Action: &id}, 0})
}

// openID is the id of the plan's action for the further questions; "" where there is none.
func (c *casework) openID() string {
	n := 1
	for _, a := range c.playbook.Actions {
		if c.in(a.When) {
			n++
		}
	}
	if len(c.open) == 0 || n > role.MaxActions {
		return ""
	}
	return "A" + strconv.Itoa(n)
}
