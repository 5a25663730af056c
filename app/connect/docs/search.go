package docs

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/connect/index"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/ticket"
	"github.com/oioi-app/oioi/workflow/words"
)

// pageLink is a Markdown link to another page, or to a heading.
var pageLink = pattern.Lazy(`\[[^\]\n]*\]\(([^)\s]+)\)`)

// What counts as said about a section by the lines that link to it.
const (
	longestMention = 200 // bytes
	maxMentions    = 5   // of one section
)

// entries returns what is indexed of the sections. A line that links to a section says in other words what the section is
// about: "sign in again after losing my phone" on a start page leads to the heading "Lost phone".
// It returns these lines by section too, and which sections are lists of links.
func (c *Center) entries() (out []index.Entry, mentions [][]string, hubs []bool) {
	at := map[string]int{}         // address#anchor to its section
	pages := map[string][]string{} // what is said about a page as a whole
	for i, s := range c.sections {
		if s.Anchor != "" {
			at[address(s.Path)+"#"+s.Anchor] = i
		}
	}
	mentions = make([][]string, len(c.sections))
	hubs = make([]bool, len(c.sections))
	for i, s := range c.sections {
		lines, linked := 0, 0
		for line := range strings.SplitSeq(s.Text, "\n") {
			if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "| ---") {
				continue
			}
			lines++
			links := pageLink().FindAllStringSubmatch(line, 4)
			if len(links) > 0 {
				linked++
			}
			// A list entry or a short line is about where it leads to; a sentence in a text may be about anything.
			if len(links) != 1 || len(line) > longestMention {
				continue
			}
			target, anchor, _ := strings.Cut(links[0][1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			place := address(s.Path)
			if target != "" {
				place = address(path.Join(path.Dir(s.Path), target))
			}
			said := pageLink().ReplaceAllString(line, "")
			if anchor == "" {
				if place != address(s.Path) && len(pages[place]) < maxMentions {
					pages[place] = append(pages[place], said)
				}
				continue
			}
			if to, ok := at[place+"#"+anchor]; ok && to != i && len(mentions[to]) < maxMentions {
				mentions[to] = append(mentions[to], said)
			}
		}
		hubs[i] = lines >= 3 && 2*linked >= lines || isStart(s.Path)
	}
	out = make([]index.Entry, len(c.sections))
	for i, s := range c.sections {
		e := index.Entry{Title: s.PageTitle, About: s.About + "\n" + strings.Join(pages[address(s.Path)], "\n"), Mention: strings.Join(mentions[i], "\n"), Body: s.Text}
		if n := len(s.Trail); n > 0 {
			e.Heading = s.Trail[n-1]
			for _, parent := range s.Trail[:n-1] {
				if parent != s.PageTitle {
					e.Parents += parent + "\n"
				}
			}
		}
		if e.Heading == s.PageTitle {
			e.Title = ""
		}
		out[i] = e
	}
	return out, mentions, hubs
}

// address is a page without what links leave out: its ending, and index for its folder.
func address(name string) string {
	if IsPage(name) {
		name = strings.TrimSuffix(name, path.Ext(name))
	}
	for _, start := range []string{"/index", "/_index", "/README", "/readme"} {
		name = strings.TrimSuffix(name, start)
	}
	return name
}

// isStart reports whether a page is the start page of a folder: it leads to the others.
func isStart(name string) bool {
	base := strings.ToLower(path.Base(name))
	base = strings.TrimSuffix(base, path.Ext(base))
	return base == "index" || base == "readme" || base == "_index" || base == "summary" || base == "_sidebar"
}

// Candidates that the index finds are looked at once more, section by section.
const candidates = 40

// The weights of what the index does not see, as shares of its score.
const (
	headingShare = 0.22 // the ticket speaks about all that the heading names
	closeShare   = 0.30 // one paragraph, row or list entry speaks about much of the ticket
	pageShare    = 0.10 // other sections of the page speak about it too
	hubLoss      = 0.35 // a list of links is where to look, and not what to read
)

// Search returns the sections that speak about a ticket's text, best first. Its first line is the ticket's title.
func (c *Center) Search(ctx context.Context, text string, limit int) ([]evidence.Item, error) {
	q := words.Asked(text)
	hits, err := c.index.Search(ctx, q, candidates)
	if err != nil {
		return nil, err
	}
	c.rerank(q, hits)
	return c.items(hits, limit), nil
}

// items are the sections of the hits. Lines that several pages include are shown once, on the page where they fit best.
func (c *Center) items(hits []index.Hit, limit int) []evidence.Item {
	visibility := evidence.Public
	if c.private {
		visibility = evidence.Repository
	}
	type lines struct {
		file     string
		from, to int
	}
	shown := map[lines]bool{}
	items := make([]evidence.Item, 0, len(hits))
	for _, hit := range hits {
		s := c.sections[hit.Entry]
		at := lines{s.File, s.StartLine, s.EndLine}
		if shown[at] {
			continue
		}
		if len(items) == limit {
			break
		}
		shown[at] = true
		items = append(items, evidence.Item{
			Kind: evidence.Docs, Title: s.Title(), Path: s.Path, Anchor: s.Anchor, StartLine: s.StartLine, EndLine: s.EndLine,
			URL: c.permalink(s), Pin: c.Commit, Text: ticket.Text(s.Text), Visibility: visibility, Score: hit.Score,
		})
	}
	return items
}

// rerank scores hits by what the index does not see, and sorts them.
func (c *Center) rerank(q words.Query, hits []index.Hit) {
	if len(hits) == 0 {
		return
	}
	weights := c.index.Weigh(q)
	ideal := index.Ideal(weights)
	pages := map[string]float64{} // the best of each page, and of it the second
	second := map[string]float64{}
	for _, h := range hits {
		p := c.sections[h.Entry].Path
		if h.Score > pages[p] {
			pages[p], second[p] = h.Score, pages[p]
		} else if h.Score > second[p] {
			second[p] = h.Score
		}
	}
	asked := map[string]float64{}
	for i, t := range q.Terms {
		for _, k := range t.Keys {
			asked[k] = max(asked[k], weights[i])
		}
	}
	suggested := map[string]float64{}
	for _, s := range q.Suggests {
		suggested[s.Key] = s.Weight
	}
	reader, _ := c.readers.Get().(*words.Analyzer)
	if reader == nil {
		reader = &words.Analyzer{}
	}
	defer c.readers.Put(reader)
	for i := range hits {
		s := c.sections[hits[i].Entry]
		score := hits[i].Score
		other := pages[s.Path]
		if other == hits[i].Score {
			other = second[s.Path]
		}
		bonus := pageShare * other
		if n := len(s.Trail); n > 0 {
			bonus += headingShare * c.named(reader.Tokens(s.Trail[n-1]), asked, suggested)
		}
		bonus += closeShare * c.closest(reader, hits[i].Entry, q, weights) / ideal
		score = score*(1-headingShare-closeShare-pageShare) + bonus
		if c.hubs[hits[i].Entry] {
			score *= 1 - hubLoss
		}
		hits[i].Score = min(1, max(0, score))
	}
	sorting.Stable(hits, func(a, b index.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Entry, b.Entry))
	})
}

// named is how much of what a heading names is asked about, from 0 to 1.
func (c *Center) named(heading []words.Token, asked, suggested map[string]float64) float64 {
	got, all := 0.0, 0.0
	for _, t := range heading {
		weight := c.index.Rarity(t.Name())
		if t.Weak {
			weight *= 0.4
		}
		all += weight
		keys := t.Keys
		if t.Stem != "" {
			keys = append([]string{t.Stem}, keys...)
		}
		best := 0.0
		for _, k := range keys {
			switch {
			case asked[k] > 0:
				best = max(best, min(1, 0.3+asked[k]))
			case suggested[k] > 0:
				best = max(best, 0.6*min(1, suggested[k]))
			}
		}
		got += weight * best
	}
	if all == 0 {
		return 0
	}
	return got / max(all, 0.8) // one common word is no proof
}

// closest is the weight of the terms that the best paragraph, row or list entry of a section holds, or a line that leads to it.
func (c *Center) closest(reader *words.Analyzer, section int, q words.Query, weights []float64) float64 {
	best := 0.0
	for _, keys := range c.keysOf(reader, section) {
		sum := 0.0
		for i, t := range q.Terms {
			if slices.ContainsFunc(t.Keys, func(k string) bool { return keys[k] }) {
				sum += weights[i]
			}
		}
		for _, suggested := range q.Suggests {
			if keys[suggested.Key] {
				sum += suggested.Weight * 0.5 * c.index.Rarity(suggested.Key)
			}
		}
		best = max(best, sum)
	}
	return best
}

// keysOf returns the keys of each block of a section. The sections that tickets ask about are mostly the same.
func (c *Center) keysOf(reader *words.Analyzer, section int) []map[string]bool {
	c.mu.Lock()
	keys, known := c.keys[section]
	c.mu.Unlock()
	if known {
		return keys
	}
	for _, block := range append(blocks(c.sections[section].Text), c.mentions[section]...) {
		keys = append(keys, reader.Keys(block))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= rememberedSections {
		c.keys = map[int][]map[string]bool{}
	}
	c.keys[section] = keys
	return keys
}

// rememberedSections is how many sections of a center are kept with their keys.
const rememberedSections = 200

// blocks cuts Markdown into paragraphs, rows and list entries.
func blocks(text string) []string {
	var out []string
	var open []string
	flush := func() {
		if len(open) > 0 {
			out = append(out, strings.Join(open, "\n"))
			open = nil
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "":
			flush()
			continue
		case strings.HasPrefix(trimmed, "|"), strings.HasPrefix(trimmed, "- "), strings.HasPrefix(trimmed, "* "), len(trimmed) > 2 && trimmed[0] >= '0' && trimmed[0] <= '9' && strings.Contains(trimmed[:3], "."):
			flush()
		}
		open = append(open, line)
	}
	flush()
	return out
}
