package playbook

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// quoted is a passage of a source, word for word.
type quoted struct {
	item evidence.Item
	text string
}

// answer is the source that answers the ticket.
type answer struct {
	item  evidence.Item
	facts []string // its sentences that say most about the ticket, in its order
	steps []string // its numbered steps, as they stand there
}

// The floors below which OiOi says that it does not know. They were set on the sample help center and set-a of the test tickets.
const (
	floor         = 0.34 // of the ticket's topic that a section must speak about
	floorWords    = 2    // different words of the topic, at least
	twinFloor     = 0.45 // for an open ticket about the same
	recallFloor   = 0.30 // for an older ticket whose reply answers
	incidentFloor = 0.5  // for an open incident: telling somebody that a known outage explains theirs must be right
)

// topic weighs the words of the ticket: those of the title and of the question twice.
func (d *draft) topic() map[string]float64 {
	out := map[string]float64{}
	for _, w := range terms(d.brief.Ticket.Words()) {
		out[w] = 1
	}
	for _, w := range append(terms(d.found.Title), terms(d.found.Question)...) {
		out[w] = 2
	}
	if len(out) > 60 { // a long ticket: its title and question say what it is about
		for w, weight := range out {
			if weight < 2 {
				delete(out, w)
			}
		}
	}
	return out
}

// about is how much of a topic a text speaks about, from 0 to 1, and with how many words. Words of the heading count more.
func about(topic map[string]float64, heading, body string) (share float64, words int) {
	in := map[string]float64{}
	for _, w := range terms(body) {
		in[w] = 1
	}
	for _, w := range terms(heading) {
		in[w] = 1.6
	}
	got, all := 0.0, 0.0
	for w, weight := range topic {
		all += weight
		if factor, ok := in[w]; ok {
			got += weight * factor
			words++
		}
	}
	if all == 0 {
		return 0, 0
	}
	// A long ticket says much that no page repeats: what counts is the overlap beside a usual one.
	return min(1, got/min(all, 16)), words
}

// sources finds what answers the ticket, what fits an incident, what is the same elsewhere, and what a release fixes.
func (d *draft) sources() {
	topic := d.topic()
	best := 0.0
	for i := range d.brief.Evidence.Items {
		it := d.brief.Evidence.Items[i]
		share, words := about(topic, it.Title, it.Text.Raw())
		switch it.Kind {
		case evidence.Docs:
			if d.book.Category == role.Documentation && d.names(it) {
				continue // the page that the customer says is wrong does not answer what is right
			}
			score := 0.65*share + 0.35*it.Score
			if d.found.Code != "" && strings.Contains(it.Title+it.Text.Raw(), d.found.Code) {
				score += 0.2 // the page names the very error
			}
			if words >= floorWords && score >= floor && score > best && len(sentences(it.Text.Raw())) > 0 {
				best, d.answer = score, &answer{item: it}
			}
		case evidence.Incident:
			if d.incident == nil && words >= 4 && share >= incidentFloor {
				d.incident = &it
			}
		case evidence.Similar:
			if it.State == "open" && share >= twinFloor && d.twin == nil {
				d.twin = &it
			}
			// A reply that was sent answers where no page does better.
			if it.Resolution.Raw() != "" && share >= recallFloor && words > floorWords {
				if score := 0.6*share + 0.3*it.Score; score >= floor && score > best {
					best, d.answer = score, &answer{item: it}
				}
			}
		case evidence.Release:
			if it.Title > d.found.Latest {
				d.found.Latest = it.Title
			}
			d.fix(it, topic)
		}
	}
	// A passage that shares words with a report of a fault is no answer to it; it has to speak about the very thing.
	least := floor
	switch d.book.Category {
	case role.Outage, role.Security, role.PrivacyLegal, role.Abuse:
		least = 2 // never: these need a person
	case role.Bug, role.Performance, role.DataLoss, role.FeatureRequest:
		least = floor + 0.25
	}
	if best < least {
		d.answer = nil
	}
	d.describe(topic)
}

// describe picks what is said of the sources.
func (d *draft) describe(topic map[string]float64) {
	if d.incident != nil {
		d.found.Incident = line(d.incident.Title)
	}
	if d.twin != nil {
		d.found.Similar = line(d.twin.Title)
	}
	if d.fixed != nil {
		d.found.FixedIn = d.fixed.item.Title
	}
	if d.answer == nil {
		return
	}
	text := d.answer.item.Text.Raw()
	if d.answer.item.Kind == evidence.Similar {
		text = d.answer.item.Resolution.Raw()
		d.found.Similar = line(d.answer.item.Title)
	} else {
		d.found.Page = line(strings.ReplaceAll(d.answer.item.Title, " › ", ", "))
		d.found.PagePath = d.answer.item.Path
	}
	d.answer.steps = steps(text)
	type scored struct {
		at    int
		text  string
		share float64
	}
	var list []scored
	for i, s := range sentences(text) {
		if slices.Contains(d.answer.steps, s) || len(strings.Fields(s)) < 4 || len(s) > 400 || greeting(s) {
			continue
		}
		share, _ := about(topic, "", s)
		list = append(list, scored{i, s, share})
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Compare(b.share, a.share) })
	list = list[:min(len(list), 3)]
	slices.SortFunc(list, func(a, b scored) int { return a.at - b.at })
	for _, s := range list {
		if evidence.Quoted(d.answer.item, s.text) {
			d.answer.facts = append(d.answer.facts, s.text)
		}
	}
	if len(d.answer.facts)+len(d.answer.steps) == 0 {
		d.answer = nil
		d.found.Page, d.found.PagePath = "", ""
	}
}

// names reports whether the ticket names the item's page by its path or file.
func (d *draft) names(it evidence.Item) bool {
	base := it.Path[strings.LastIndexByte(it.Path, '/')+1:]
	return it.Path != "" && (strings.Contains(d.text_, it.Path) || strings.Contains(d.text_, base))
}

// greeting reports whether a sentence of an older reply was meant for somebody else.
func greeting(s string) bool {
	return policy.Mentions(s, "hello", "hi", "thank you", "thanks", "sorry", "best regards", "kind regards", "let us know", "hallo", "gracias", "merci")
}

// steps returns the numbered steps of a text, in order, as they stand there without their numbers.
func steps(text string) []string {
	var out []string
	for l := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(l)
		if trimmed != "" && trimmed[0] >= '0' && trimmed[0] <= '9' {
			if step := item(trimmed); step != "" && len(out) < 8 {
				out = append(out, step)
			}
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

var fixWords = regexp.MustCompile(`(?i)\b(fix(es|ed)?|solved|corrected|no longer|resolved)\b`)

// fix looks in release notes for a sentence that says that the ticket's problem is mended.
func (d *draft) fix(it evidence.Item, topic map[string]float64) {
	if d.book.Category != role.Bug && d.book.Category != role.Performance && d.book.Category != role.Integration && d.book.Category != role.Documentation {
		return
	}
	if d.found.Version != "" && compareVersions(it.Title, d.found.Version) <= 0 {
		return
	}
	for _, s := range sentences(it.Text.Raw()) {
		share, words := about(topic, "", s)
		if (fixWords.MatchString(s) || strings.Contains(strings.ToLower(it.Text.Raw()), "fixed")) && words >= 3 && share >= recallFloor && (d.fixed == nil || compareVersions(it.Title, d.fixed.item.Title) < 0) {
			d.fixed = &quoted{it, s}
		}
	}
}

// compareVersions compares two tags such as v2.4.1 by their numbers.
func compareVersions(a, b string) int {
	x, y := numbers(a), numbers(b)
	for i := range max(len(x), len(y)) {
		var m, n int
		if i < len(x) {
			m = x[i]
		}
		if i < len(y) {
			n = y[i]
		}
		if m != n {
			return m - n
		}
	}
	return 0
}

func numbers(tag string) []int {
	var out []int
	n, in := 0, false
	for _, r := range tag + "." {
		if r >= '0' && r <= '9' && n < 1_000_000 {
			n, in = n*10+int(r-'0'), true
			continue
		}
		if in {
			out = append(out, n)
		}
		n, in = 0, false
	}
	return out
}
