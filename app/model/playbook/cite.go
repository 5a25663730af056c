package playbook

import (
	"cmp"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
)

// passageOf is what is cited of a source for some words of it, "" where it does not hold them. Words that are too few to
// prove anything are cited with their neighbours.
func passageOf(item evidence.Item, words string) string {
	return cmp.Or(evidence.Passage(item.Text.Raw(), words), evidence.Passage(item.Resolution.Raw(), words))
}

func quotable(item evidence.Item, words string) bool { return passageOf(item, words) != "" }

func (q quote) citation() role.Citation {
	return role.Citation{Evidence: q.item.ID, Quote: passageOf(q.item, q.exact)}
}

// opening cites how a passage begins, nothing where it cannot be quoted.
func opening(p passage) []role.Citation {
	for _, s := range sentences(flat(p.item.Text.Raw())) {
		if words := passageOf(p.item, s); words != "" {
			return []role.Citation{{Evidence: p.item.ID, Quote: words}}
		}
	}
	return nil
}

// stated cites the ticket for words that stand in it.
func (c *casework) stated(words string) role.Citation {
	return role.Citation{Evidence: role.TicketCitation, Quote: evidence.Passage(c.reading.raw, words)}
}

// ruled cites the team's policy for a line of it.
func (c *casework) ruled(line string) role.Citation {
	return role.Citation{Evidence: role.PolicyCitation, Quote: evidence.Passage(c.brief.Policy.Quotable(), line)}
}
