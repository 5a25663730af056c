package playbook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/words"
)

// direct does what a maintainer's direction says about sources, and notes what cannot be done of it.
func (c *casework) direct() {
	if len(c.wish.left) > 0 {
		c.undone = append(c.undone, fmt.Sprintf("Without a language model OiOi does not understand %q. It understands: %s.", strings.Join(c.wish.left, "; "), understood))
	}
	if name := c.wish.use; name != "" {
		p := c.page(name)
		switch {
		case p == nil:
			c.undone = append(c.undone, c.nowhere(name))
		default:
			found := c.follow(*p)
			if facts, steps := c.query.pick(found); len(facts)+len(steps) > 0 {
				c.shown = c.answer == nil || c.answer.item.ID != found.item.ID
				c.answer, c.facts, c.steps = &found, facts, steps
			} else {
				c.undone = append(c.undone, fmt.Sprintf("%q has no sentence that could be quoted.", found.item.Title))
			}
		}
	}
	if name := c.wish.mention; name != "" {
		if c.mentioned = c.page(name); c.mentioned == nil {
			c.undone = append(c.undone, c.nowhere(name))
		}
	}
	if c.wish.longer && c.answer == nil {
		c.undone = append(c.undone, "The reply is no longer than before: no source answers the ticket, so there is nothing more to quote.")
	}
}

// page finds the section at hand that a person means by a path, a page's title or a heading; nil where there is none.
func (c *casework) page(name string) *passage {
	asked := strings.ToLower(strings.TrimSpace(name))
	if asked == "" {
		return nil
	}
	ranks := func(p passage) int {
		title, path := strings.ToLower(p.item.Title), strings.ToLower(p.item.Path)
		first, _, _ := strings.Cut(title, trailMark)
		switch {
		case path == asked, strings.HasSuffix(path, "/"+asked), strings.HasSuffix(p.item.URL, asked) && strings.Contains(asked, "/"):
			return 4
		case strings.ToLower(lastHeading(p.item.Title)) == asked, strings.ReplaceAll(asked, ">", trailMark) == title:
			return 3
		case strings.TrimSpace(first) == asked:
			return 2
		case holdsAll(termSet(p.item.Title), asked):
			return 1
		}
		return 0
	}
	var best *passage
	for i := range c.docs {
		p := &c.docs[i]
		if n := ranks(*p); n > 0 && (best == nil || cmp.Or(cmp.Compare(n, ranks(*best)), cmp.Compare(p.fit, best.fit)) > 0) {
			best = p
		}
	}
	return best
}

// holdsAll reports whether a set of terms holds each word of a name.
func holdsAll(set map[string]bool, name string) bool {
	var b words.Builder
	b.Add(name, 1)
	terms := b.Query().Terms
	return len(terms) > 0 && !slices.ContainsFunc(terms, func(t words.Term) bool { return !holdsAny(set, t.Keys) })
}

// nowhere says that a page is not among what was found, and what is.
func (c *casework) nowhere(name string) string {
	var at []string
	for _, p := range c.docs {
		if p.item.Path != "" && !slices.Contains(at, p.item.Path) && len(at) < 4 {
			at = append(at, p.item.Path)
		}
	}
	text := fmt.Sprintf("No page that was found for this ticket is called %q.", name)
	if len(at) > 0 {
		text += " Found were " + strings.Join(at, ", ") + "."
	}
	return text
}

// sayMentioned points to the page that a maintainer wants mentioned.
func (c *casework) sayMentioned(l *letter) {
	p := c.mentioned
	if p == nil || c.answer != nil && c.answer.item.ID == p.item.ID {
		return
	}
	for _, u := range units(p.text) {
		if quotable(p.item, u.quote) {
			l.say(0, role.Fact, fmt.Sprintf(c.phrases.SeeAlso, oneLine(strings.ReplaceAll(p.item.Title, " › ", ", "), 100)), quote{text: u.quote, exact: u.quote, item: p.item})
			return
		}
	}
}
