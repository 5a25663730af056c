package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Budget is how much evidence a prompt holds at the most.
type Budget struct {
	PerItem int // characters of one item's text
	Total   int // characters of all items together
}

// DefaultBudget fits the default size of a prompt.
var DefaultBudget = Budget{PerItem: 2400, Total: 20000}

// TeamBudget is for what only the team may read, beside the rest.
var TeamBudget = Budget{PerItem: 2400, Total: 8000}

// order is how much a kind says at the same score: what the team wrote for customers first.
var order = map[Kind]float64{Docs: 1.0, Incident: 1.0, Linked: 0.9, Similar: 0.8, Release: 0.7, Changelog: 0.7, Page: 0.6, Linear: 0.6, Figma: 0.5}

// weight is an item's order. A reply that the team put into words of its own says nearly as much as a page.
func weight(i Item) float64 {
	if i.Edited {
		return max(order[i.Kind], 0.95)
	}
	return order[i.Kind]
}

// Rank puts items in order, best first, drops those that say the same place twice, cuts them to the budget, and gives them
// their ids. The same items always get the same ids, whatever order the sources answered in.
func Rank(items []Item, budget Budget) []Item {
	sorted := slices.Clone(items)
	sorting.Stable(sorted, func(a, b Item) int {
		if x, y := a.Score*weight(a), b.Score*weight(b); x != y {
			if x > y {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(place(a), place(b)), strings.Compare(a.Text.Raw(), b.Text.Raw()))
	})
	seen := map[string]bool{}
	left := budget.Total
	var out []Item
	for _, item := range sorted {
		if seen[place(item)] {
			continue
		}
		item, size := cut(item, budget.PerItem)
		if size > left {
			continue
		}
		seen[place(item)] = true
		left -= size
		item.ID = fmt.Sprintf("E%d", len(out)+1)
		item.Visibility = item.ReadBy()
		out = append(out, item)
	}
	return out
}

// nearShare is how well an item fits, as a share of the best one's fit, that comes near it.
const nearShare = 0.6

// Near reports whether an item fits nearly as well as the best one does.
func (s Set) Near(i Item) bool {
	best := 0.0
	for _, other := range s.Items {
		best = max(best, other.Score*weight(other))
	}
	return i.Score*weight(i) >= nearShare*best
}

// RankAfter ranks items whose ids go on where those of a set end, so that the set stays what it is without them.
func RankAfter(set Set, items []Item, budget Budget) []Item {
	out := Rank(items, budget)
	for i := range out {
		out[i].ID = fmt.Sprintf("E%d", len(set.Items)+i+1)
	}
	return out
}

// cut shortens an item to so many characters and returns how many it has then. The reply that resolved a ticket says more
// than the ticket's own text and gets up to half of them.
func cut(item Item, most int) (Item, int) {
	resolution := head(item.Resolution.Raw(), max(most/2, most-utf8.RuneCountInString(item.Text.Raw())))
	text := head(item.Text.Raw(), most-utf8.RuneCountInString(resolution))
	item.Text, item.Resolution = ticket.Text(text), ticket.Text(resolution)
	return item, utf8.RuneCountInString(text) + utf8.RuneCountInString(resolution)
}

// head returns the first characters of a text, up to the end of a line where that loses little.
func head(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	short := string(runes[:most])
	if at := strings.LastIndexByte(short, '\n'); at > len(short)*3/4 {
		short = short[:at]
	}
	return short
}

// place names what an item is a piece of.
func place(i Item) string {
	return fmt.Sprintf("%s|%s|%s|%d|%d|%s", i.Kind, i.Path, i.Anchor, i.StartLine, i.Number, i.URL)
}

// Strength is how much evidence with a score says where the next best has another: it fits, and it stands out.
func Strength(best, next float64) float64 {
	margin := 0.0
	if best > 0 {
		margin = max(0, (best-next)/best)
	}
	return 0.4*best + 0.4 + 0.2*margin
}
