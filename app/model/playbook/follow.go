package playbook

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

func (c *casework) followThrough() *role.FollowThrough {
	f := &role.FollowThrough{FollowUps: []role.FollowUp{}, DocsEdits: []role.DocsEdit{}}
	nothing := func(why string) *role.FollowThrough {
		f.Nothing = &why
		return f
	}
	switch {
	case c.idle():
		return nothing("The ticket asks for nothing.")
	case c.wish.noFollowUp:
		return nothing("A maintainer asked for no follow-up.")
	case c.twin != nil && c.category() != role.HowTo && (c.category() != role.Documentation || c.answer == nil): // of a page, each has its own correction
		return nothing("The open ticket " + oneLine(c.twin.item.Title, 100) + " covers it.")
	}
	for _, up := range c.playbook.FollowUps {
		if c.in(up.When) && len(f.FollowUps) < role.MaxFollowUps && !(up.Kind == "bug" && c.onlyAsks()) {
			f.FollowUps = append(f.FollowUps, c.followUp(up))
		}
	}
	if edit := c.docsEdit(); edit != nil {
		f.DocsEdits = append(f.DocsEdits, *edit)
	} else if up := c.docsFollowUp(); up != nil && len(f.FollowUps) < role.MaxFollowUps {
		f.FollowUps = append(f.FollowUps, *up)
	}
	if c.answer != nil && c.answer.item.Kind == evidence.Similar && c.repeats() >= 2 && len(f.FollowUps) < role.MaxFollowUps && (c.category() == role.HowTo || c.category() == role.Integration) {
		f.FollowUps = append(f.FollowUps, c.macro())
	}
	switch {
	case len(f.FollowUps)+len(f.DocsEdits) > 0:
		return f
	case c.fix != nil:
		return nothing(c.fixedIn + " has mended it already.")
	case policy.Sensitive(c.category()):
		return nothing("What follows from a matter like this is decided where it is handled, not on a tracker.")
	case c.incident != nil || c.category() == role.Outage || c.category() == role.DataLoss:
		return nothing("What follows is decided once the cause is known; the ticket does not name it.")
	case c.answer != nil && c.answer.item.Kind != evidence.Docs:
		return nothing("An earlier reply answers it, and one ticket more is no reason for a page yet.")
	case c.situation == answered:
		return nothing("The help center answers this where the customer can find it.")
	case c.situation == missing:
		return nothing("Too little is known to open work; the customer is asked first.")
	}
	return nothing("The ticket shows no gap in the product or the help center.")
}

func (c *casework) followUp(up policy.PlaybookFollowUp) role.FollowUp {
	out := role.FollowUp{Kind: up.Kind, Title: oneLine(c.text(up.Title), 120), Body: clip(c.text(up.Body), 3800), Acceptance: []string{}, Tracker: "github", Priority: up.Priority}
	if c.severity == "S1" || c.severity == "S2" && out.Priority == "P3" {
		out.Priority = map[bool]string{true: "P1", false: "P2"}[c.severity == "S1"]
	}
	if out.Title == "" {
		out.Title = c.findings.Title
	}
	if strings.TrimSpace(out.Body) == "" {
		out.Body = c.findings.Question
	}
	for _, text := range up.Acceptance {
		out.Acceptance = append(out.Acceptance, c.text(text))
	}
	return out
}

// macro proposes a prepared text for a question that was answered by hand more than once.
func (c *casework) macro() role.FollowUp {
	return role.FollowUp{Kind: "macro", Title: oneLine("Macro: "+c.findings.Question, 110), Priority: "P3", Tracker: "github",
		Body:       fmt.Sprintf("This was asked at least %d times and answered by hand. The reply that resolved it (%s) said:\n\n> %s", c.repeats()+1, oneLine(c.answer.item.Title, 100), c.facts[0].exact),
		Acceptance: []string{"A macro answers the question, and the policy names it"}}
}

// docsFollowUp asks for a page where the help center is silent or wrong and no source has the sentence that is missing.
func (c *casework) docsFollowUp() *role.FollowUp {
	asks := role.PageQuestion(c.category(), c.reading.title+"\n"+c.reading.words)
	gap := c.wish.docs && !policy.Sensitive(c.category())
	switch c.category() {
	case role.Documentation:
		gap = gap || c.situation != missing
	case role.HowTo:
		gap = gap || c.situation == unanswered || c.situation == missing && asks != ""
	case role.FeatureRequest:
		gap = gap || c.situation == missing && asks != "" // else its own follow-up holds the question
	default:
		gap = gap || c.situation != answered && asks != "" || c.situation == unanswered && c.wonders()
	}
	if !gap {
		return nil
	}
	out := &role.FollowUp{Kind: "docs", Priority: "P3", Tracker: "github", Acceptance: []string{"A page answers the question in words that a customer would use", "A search in the help center for the question finds it"}}
	question := c.findings.Question
	if asks != "" && c.category() != role.HowTo {
		question = oneLine(asks, 180)
	}
	asked := oneLine(question, 300)
	if asked != c.findings.Title {
		asked = c.findings.Title + "\n> " + asked
	}
	question = c.standing(question)
	if c.category() == role.Documentation {
		out.Title = oneLine("Help center: "+c.findings.Title, 110)
		out.Body = "A customer says that a page is wrong or silent:\n\n> " + asked + "\n\nNo source says what is right, so a person has to check it against the product."
		out.Acceptance = []string{"The page and the product say the same"}
	} else {
		out.Title = oneLine("Help center: answer \""+question+"\"", 110)
		silent, near := "no page answers", ""
		if p := c.nearest(); p != nil {
			silent = "no page surely answers"
			near = fmt.Sprintf(" The nearest is %q (`%s`): if it answers this, it should say so in the customer's words.", oneLine(p.item.Title, 120), p.item.Path)
		}
		out.Body = "A customer asked, and " + silent + ":\n\n> " + asked + "\n\nThere is no reply or release note whose sentences a page could take over, so a person has to write it." + near
		for _, o := range c.open {
			out.Body += "\n\nThey also ask:\n\n> " + o.text
		}
	}
	if p := c.home(); p != nil && c.nearest() == nil {
		out.Body += " The nearest page is `" + p.item.Path + "`."
	}
	return out
}

// standing is a question that says what it is about, or the ticket's title: "Is there a switch?" tells nobody anything.
func (c *casework) standing(question string) string {
	if title := telling(c.findings.Title); len(title) > 0 && speaks(title, termSet(question)) == 0 {
		return c.findings.Title
	}
	return question
}

// wonders reports whether a ticket that reports nothing in particular is a question about something.
func (c *casework) wonders() bool {
	asks := c.category() == role.Integration || c.category() == role.Other
	return asks && strings.HasSuffix(c.reading.question, "?") && len(telling(c.reading.question)) > 0
}

// onlyAsks reports whether a ticket about an integration is a question in which nothing fails: no bug follows from it.
func (c *casework) onlyAsks() bool {
	return c.category() == role.Integration && c.severity == "S4" && c.wonders() && c.reading.log == "" && len(c.reading.codes) == 0
}

// home is the section that a missing sentence belongs to: the nearest one, of a page that is about the matter rather than one
// that names everything.
func (c *casework) home() *passage {
	if c.category() == role.Documentation {
		return c.wrongPage()
	}
	if c.wish.page != "" {
		for i, p := range c.docs {
			if p.item.Path == c.wish.page || strings.HasSuffix(p.item.Path, "/"+c.wish.page) {
				return &c.docs[i]
			}
		}
	}
	best, most := -1, 0.0
	title := termSet(c.reading.title)
	for i, p := range c.docs {
		name := strings.ToLower(p.item.Path[strings.LastIndexByte(p.item.Path, '/')+1:])
		page, _, _ := strings.Cut(p.item.Title, " ›")
		value := p.score
		for t := range termSet(page) {
			if title[t] {
				value += 0.2
				break
			}
		}
		if strings.HasPrefix(name, "index.") || strings.HasPrefix(name, "readme.") || strings.HasPrefix(name, "changelog") {
			value -= 0.4
		}
		if p.words >= minWords && value > most {
			best, most = i, value
		}
	}
	if best < 0 {
		return nil
	}
	return &c.docs[best]
}

// docsEdit changes a page with sentences that exist already, or with the customer's own wording and a link to what answers it.
// It returns nil where neither is honest.
func (c *casework) docsEdit() *role.DocsEdit {
	if policy.Sensitive(c.category()) || c.wish.noFollowUp || c.idle() || c.situation != answered || c.answer == nil || len(c.facts) == 0 {
		return nil
	}
	switch {
	case c.category() == role.Documentation:
		return c.correction()
	case c.answer.item.Kind == evidence.Similar && (c.wish.docs || c.category() == role.HowTo || c.category() == role.Integration || c.category() == role.Other):
		return c.addition()
	case c.answer.item.Kind == evidence.Docs && (c.looked() || c.shown || c.wish.docs):
		return c.signpost()
	}
	return nil
}

// correction puts what another source says next to what is wrong.
func (c *casework) correction() *role.DocsEdit {
	page := c.wrongPage()
	if page == nil || page.item.Path == "" || page.item.ID == c.answer.item.ID {
		return nil
	}
	names := literals(c.reading.title + "\n" + c.reading.words + "\n" + c.reading.log)
	anchor := anchorNear(page.item.Text.Raw(), names)
	for i := 0; anchor == "" && i < len(c.docs); i++ { // a mere table has no place for a note; its page may have one
		if other := &c.docs[i]; other.item.Path == page.item.Path {
			if anchor = anchorNear(other.item.Text.Raw(), names); anchor != "" {
				page = other
			}
		}
	}
	fact := c.facts[0]
	note := "**Note:** " + capital(fact.exact)
	edit := role.Edit{Find: anchor, Insert: "\n\n" + note}
	if first := blockOf(page.item.Text.Raw(), names); first != "" && markdownPage(page.item.Path) {
		anchor, edit = first, role.Edit{Find: first, Insert: note + "\n\n" + first, Replace: true} // before what it takes back
	}
	if anchor == "" || strings.Contains(flat(page.item.Text.Raw()), fact.exact) {
		return nil
	}
	return &role.DocsEdit{
		Page: page.item.Path, Title: oneLine(c.findings.Title, 90),
		Why:     fmt.Sprintf("A customer followed this page and it did not work. %s says what is right; its sentence is added word for word.%s", oneLine(c.answer.item.Title, 90), c.leftOver(page.item, names)),
		Edits:   []role.Edit{edit},
		Sources: []role.Citation{fact.citation()},
	}
}

// leftOver says what of a corrected page a person still has to change: OiOi adds sentences that exist and writes none.
func (c *casework) leftOver(page evidence.Item, names []string) string {
	var still []string
	for _, n := range names {
		if holdsLiteral(page.Text.Raw(), n) && len(still) < 3 {
			still = append(still, "`"+n+"`")
		}
	}
	if len(still) == 0 {
		return " Still to do for a person: change what the page says besides."
	}
	return " Still to do for a person: the page around the note is as it was; change or delete what it says about " + strings.Join(still, ", ") + ", examples included."
}

// markdownPage reports whether a page's own lines can be written again as they are: what is inserted is Markdown, and a page of
// another format is given it in its own.
func markdownPage(name string) bool {
	return strings.HasSuffix(name, ".md") || strings.HasSuffix(name, ".mdx") || strings.HasSuffix(name, ".markdown")
}

// blockOf returns the first line of the paragraph, list or introduction to an example that names what is wrong first, where a
// note can be put before it: it stands only once. "" where there is none such.
func blockOf(text string, names []string) string {
	fence, start, before := "", "", ""
	for l := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(l)
		inside := fence != ""
		if mark := fenceOf(trimmed); mark != "" && (!inside || strings.HasPrefix(mark, fence)) {
			if fence = mark; inside {
				fence = ""
			}
			start = ""
			continue
		}
		switch {
		case inside:
		case trimmed == "", strings.HasPrefix(trimmed, "#"):
			start = ""
		case start == "":
			start, before = l, l
		}
		if !slices.ContainsFunc(names, func(n string) bool { return holdsLiteral(l, n) }) {
			continue
		}
		if before == "" || strings.HasPrefix(strings.TrimSpace(before), "|") || strings.HasPrefix(before, " ") || strings.Count(text, before) != 1 {
			return ""
		}
		return before // of an example: what leads in to it
	}
	return ""
}

// addition puts a reply that resolved an earlier ticket where the next customer looks.
func (c *casework) addition() *role.DocsEdit {
	page := c.home()
	var said []string
	var sources []role.Citation
	for _, f := range c.facts {
		said = append(said, capital(strings.TrimPrefix(f.exact, "- ")))
		sources = append(sources, f.citation())
	}
	if page == nil || page.item.Path == "" || c.wish.newPage {
		if fresh := c.newPage(strings.Join(said, " "), sources); fresh != nil {
			return fresh
		}
	}
	if page == nil || page.item.Path == "" {
		return nil
	}
	return &role.DocsEdit{
		Page: page.item.Path, Title: oneLine(strings.TrimSuffix(c.findings.Question, "?")+"?", 90),
		Why:     fmt.Sprintf("Customers ask this, and no page answers it. The sentences are those of the reply that resolved %s.", oneLine(c.answer.item.Title, 90)),
		Edits:   []role.Edit{{Insert: "## " + plainText(c.findings.Question) + "\n\n" + strings.Join(said, " ")}}, // at the end of the page
		Sources: sources,
	}
}

// newPage puts what answers on a page of its own, beside the page that is nearest.
func (c *casework) newPage(said string, sources []role.Citation) *role.DocsEdit {
	near := ""
	if home := c.home(); home != nil {
		near = home.item.Path
	}
	for _, p := range c.docs {
		if near == "" && p.item.Path != "" && strings.Contains(p.item.Path, "/") {
			near = p.item.Path
		}
	}
	if near == "" && len(c.brief.Pages) > 0 {
		near = c.brief.Pages[0].Path
	}
	if near == "" {
		return nil
	}
	page := path.Join(path.Dir(near), helpcenter.Topic(c.findings.Question)+path.Ext(near))
	if slices.ContainsFunc(c.brief.Pages, func(p evidence.Listed) bool { return p.Path == page }) {
		return nil
	}
	why := "Customers ask this, and no page is about it."
	if c.wish.newPage {
		why = "Customers ask this, and a maintainer wants a page about it."
	}
	return &role.DocsEdit{
		Page: page, NewPage: true, Title: oneLine(plainText(c.findings.Question), 90),
		Why:   fmt.Sprintf("%s The nearest is `%s`, so the new one stands beside it. The sentences are those of the reply that resolved %s.", why, near, oneLine(c.answer.item.Title, 90)),
		Edits: []role.Edit{{Insert: "# " + plainText(c.findings.Question) + "\n\n" + said}}, Sources: sources,
	}
}

// looked reports whether the customer says that they looked in the help center and did not find it.
func (c *casework) looked() bool {
	return policy.Mentions(c.reading.words, "nothing in the help", "not in the help", "found nothing", "could not find", "couldnt find", "cant find .. in the help", "cannot find .. in the help", "searched the help", "looked in the help",
		"searched the docs", "looked in the docs", "nothing in the docs", "not in the docs", "nicht gefunden", "nichts gefunden", "pas trouve", "rien trouve", "no encontre", "no he encontrado")
}

// signpost adds the customer's words to a page near by, with a link to the section that answers.
func (c *casework) signpost() *role.DocsEdit {
	answer := c.answer.item
	at, most := -1, 0.0
	about := telling(answer.Title + "\n" + c.answer.text)
	for i, p := range c.docs {
		if p.item.Path == answer.Path || p.item.Path == "" || p.share <= 0.2 {
			continue
		}
		// Where the customer's words lead, and what answers is near: else the way stands where nobody expects it.
		if near := p.share + speaks(about, termSet(p.item.Title+"\n"+p.text)); near > most {
			at, most = i, near
		}
	}
	if home := c.home(); c.wish.page != "" && home != nil && home.item.Path != answer.Path {
		at = slices.IndexFunc(c.docs, func(p passage) bool { return p.item.ID == home.item.ID })
	}
	if at < 0 || answer.Path == "" {
		return nil
	}
	page := c.docs[at].item
	target := relative(page.Path, answer.Path)
	if answer.Anchor != "" {
		target += "#" + answer.Anchor
	}
	asked, see := plainText(c.standing(c.findings.Question)), " See ["
	if !strings.HasSuffix(asked, "?") && !strings.HasSuffix(asked, ".") && !strings.HasSuffix(asked, "!") {
		see = ": see ["
	}
	way := asked + see + plainText(lastHeading(answer.Title)) + "](" + target + ")."
	edit := role.Edit{Insert: way} // at the end of the page
	if anchor := lastLine(page.Text.Raw()); anchor != "" && markdownPage(page.Path) {
		edit = role.Edit{Find: anchor, Insert: "\n\n" + way} // in the section that the customer's words lead to
	}
	why := "A customer looked for this in the help center and did not find the section that answers it."
	if c.shown {
		why = "A customer asked this, and a maintainer had to name the section that answers it: their words lead elsewhere."
	}
	return &role.DocsEdit{
		Page: page.Path, Title: oneLine("Where to find: "+c.standing(c.findings.Question), 90),
		Why:   why + " Their own words now lead there.",
		Edits: []role.Edit{edit}, Sources: []role.Citation{c.facts[0].citation()},
	}
}

// lastLine is the line after which a section's end can be added to: one of prose or of a table, long enough to stand only once
// in its page; "" where there is none such.
func lastLine(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	last := text[strings.LastIndexByte(text, '\n')+1:]
	if len(strings.TrimSpace(last)) < 20 || strings.HasPrefix(last, "#") || strings.HasPrefix(last, " ") || fenceOf(last) != "" || strings.Count(text, last) != 1 {
		return ""
	}
	return last
}

// anchorNear returns the line of a section after which something can be inserted: the last paragraph line, or the one that names
// what is wrong; long enough to stand only once in its page. It never points into code.
func anchorNear(text string, names []string) string {
	fence := ""
	last, near := "", ""
	pending := false
	for l := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(l)
		if mark := fenceOf(trimmed); mark != "" && (fence == "" || strings.HasPrefix(mark, fence)) {
			if fence == "" {
				fence = mark
			} else {
				fence = ""
			}
			continue
		}
		if slices.ContainsFunc(names, func(n string) bool { return holdsLiteral(l, n) }) {
			pending = true // the first line of prose after the wrong words
		}
		if fence != "" || len(trimmed) < 40 || strings.HasPrefix(trimmed, "|") || strings.HasPrefix(trimmed, "#") || strings.Count(text, l) != 1 {
			continue
		}
		last = l
		if pending && near == "" {
			near = l
		}
	}
	if near != "" {
		return near
	}
	return last
}

// plainText takes from a customer's words what Markdown would act on.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("`*_[]<>#|@\\", r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(flat(s))
}

// relative is the path of a page as a link from another page writes it.
func relative(from, to string) string {
	a, b := strings.Split(from, "/"), strings.Split(to, "/")
	i := 0
	for i < len(a)-1 && i < len(b)-1 && a[i] == b[i] {
		i++
	}
	return strings.Repeat("../", len(a)-1-i) + strings.Join(b[i:], "/")
}
