package effect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Input is what a plan is made from. Outputs are accepted and raised to the policy's floors already.
type Input struct {
	Ticket    ticket.Ticket
	Outputs   role.Outputs
	Unmet     []role.Unmet
	Cut       []string     // claims that were left out because no source says them
	Docs      *DocsChange  // what ChangeDocs made of the docs edits; nil: Plan calls it
	Replay    *Replay      // of the docs edits; nil where none was made
	Evidence  evidence.Set // what the readers of the ticket may see
	ForTeam   evidence.Set // what only the team may read: the plan, the checks and the follow-ups may rest on it, the reply never
	Policy    policy.Policy
	Floors    []string // what policy code raised
	Now       time.Time
	Draft     int // the number of this draft, 1 for the first
	Rules     Rules
	Links     []string          // URL prefixes that stay links: this repository, the help center
	Pages     map[string]string // the repository's files as they stand at Commit, where the run edits docs: see helpcenter.Check
	Commit    string
	Help      string              // OWNER/NAME of the repository that holds the help center, which OiOi only reads; "": the ticket's own
	HelpReads evidence.Visibility // who may read that repository; 0 where there is none
	Direction string
	About     About
	Public    bool   // the draft stands where anybody reads it
	Channel   string // where sensitive matters go on a public tracker
	Refused   []Refusal
	Revision  string             // of what the customer said; "": Ticket.Revision
	Warnings  []string           // what looks like an attempt to give OiOi orders; for maintainers
	Full      bool               // as many docs pull requests are open as may be
	Anew      bool               // a person asked for the docs pull request
	Onto      *OpenPull          // an open docs pull request that touches the same section; Pages and Commit are its branch's then, unless it is a person's by now
	Inside    *ticket.Repository // where the draft is shown instead of on the ticket; nil: on the ticket
	Auto      bool               // the reply is sent without a person, once the draft stands
	ByHand    string             // why a person sends the reply although its category is in mode auto
	Former    *Former            // the draft before, to say what has changed; nil: there is none, or it may not be shown here
	Lost      []string           // what was left out of the prompts, because they were long
	Contested string             // who sent which handoff note back, and why; ""
	// Waits returns the ID by which a person approves an effect, or "" where it does not wait. nil: nothing does.
	Waits func(Effect) string
	Gaps  []StandingGap // follow-ups of earlier runs
	// Unverified are instructions that were left out of the reply because no source says them. A person may keep one.
	Unverified []string
	Amended    []string // what code changed, because the definition of done was not met
}

// About says who drafted and what it took; it is shown in private places only.
type About struct {
	Models     []string
	Drafter    string // "playbook" when no language model was used
	Undone     string // what of the direction could not be acted on; shown everywhere
	Limit      string // of the budget, which did not allow a call to the model, and when it starts anew; shown everywhere
	Fallback   string // why the playbook drafted instead of the configured model
	Prompt     int    // tokens
	Cached     int
	Completion int
	CostUSD    float64
	Priced     bool
	Missing    []evidence.Missing
	Confidence float64
}

// Texts renders what people read. Package templates does it.
type Texts interface {
	Draft(d Draft) (string, error)
	Handoff(d Draft) (string, error)
	FollowUp(f FollowUpText) (string, error)
	Pull(p PullText) (string, error)
	Note(p PullText) (string, error)
	Patch(p PatchText) (string, error)
	// Waiting renders what waits for a person, below a reply that was not sent.
	Waiting(list []Waiting) (string, error)
}

// Draft is what the draft comment says. Every text in it is sanitized.
type Draft struct {
	Input
	Number     int
	Digest     string
	Unsent     string // the line that says that nothing was sent
	Waiting    string // what waits for a person, with that line; "" where nothing does
	Reply      string // Markdown, with numbered sources
	ReplyNone  string
	Changed    *Changed             // since the draft before; nil where there is none
	Sources    []evidence.Item      // in the order of their numbers
	Due        map[string]time.Time // by action or check id, and "next_update", "escalation"
	Backed     Backed               // by what the plan's lines are
	FollowUps  []string             // links, to be resolved when the effects are carried out
	ReplyStart string
	ReplyEnd   string
	Shown      Shown
	EvidenceAs map[string]string   // title with link, by evidence id
	Clean      func(string) string // for texts that stand on their own
	Line       func(string) string // for texts in a line
}

// TeamOnly reports whether an item of the evidence is one that the readers of the ticket may not see.
func (d Draft) TeamOnly(id string) bool {
	_, found := d.ForTeam.ByID(id)
	return found
}

// NotIn is the team's language where the plan is not written in it: playbooks write plans in English. "" where it is.
func (d Draft) NotIn() string {
	language := d.Policy.Reply.Language
	if base, _, _ := strings.Cut(strings.ToLower(language), "-"); d.About.Drafter != "playbook" || base == "en" {
		return ""
	}
	return language
}

// FollowUpText is the body of a follow-up issue.
type FollowUpText struct {
	role.FollowUp
	Ticket ticket.Ticket
	Inside bool // it stands in another repository than the ticket
	Clean  func(string) string
	Line   func(string) string
}

// PullText is the body of a docs pull request, or of the comment on one that a change is added to.
type PullText struct {
	Edits    []role.DocsEdit
	Notes    []string // on the navigation
	Question string
	Ticket   ticket.Ticket
	Links    map[string]string // to the sources, by evidence id
	Replay   *Replay           // nil where none was made
	Clean    func(string) string
	Line     func(string) string
}

// PatchText is the body of a follow-up that holds a docs change which no pull request may make.
type PatchText struct {
	PullText
	Problems   []helpcenter.Problem
	Unfit      []role.DocsEdit // that do not fit their pages
	Repository string          // OWNER/NAME of the repository that it is for; "": the ticket's
	Patch      string          // of the edits that fit, as `git apply` takes it; "" where none does
}

// Plan turns a run's outputs into effects, in the order in which they are carried out: labels, follow-ups and the docs pull
// request first, then the draft that links to them, then the fold of the draft before. The gate has passed on all of them.
func Plan(in Input, texts Texts) ([]Effect, []Refusal, string, error) {
	p := planner{in: in, outputs: in.Outputs, texts: texts, made: map[[2]string]string{}}
	p.allowed = Allowed{Mentions: []string{in.Ticket.Author.Login}, Links: in.Links}
	p.in.Rules.Mentions = append(slices.Clone(in.Rules.Mentions), in.Ticket.Author.Login)
	sensitive := in.Public && policy.Sensitive(in.Outputs.Understanding.Category)
	p.in.Rules.Sensitive = p.in.Rules.Sensitive || sensitive
	if in.Inside != nil {
		p.effects = append(p.effects, Internal(in.Ticket, in.Inside, in.Rules.LabelPrefix))
	}
	if !sensitive {
		p.labels()
	}
	if !sensitive || in.Inside != nil {
		if err := p.followUps(); err != nil {
			return nil, nil, "", err
		}
	}
	if !sensitive {
		if err := p.pull(); err != nil {
			return nil, nil, "", err
		}
	}
	allowed, refused := p.in.Rules.Check(p.effects)
	p.in.Refused = append(p.in.Refused, refused...)
	if in.Inside != nil { // only the team reads it
		p.in.Public, sensitive = false, false
	}
	draft, digest, err := p.draft(allowed, sensitive)
	if err != nil {
		return nil, nil, "", err
	}
	late := append([]Effect{draft.Inside(in.Inside)}, p.settled...)
	if in.Draft > 1 {
		fold := p.effect(KindFold, fmt.Sprintf("draft/%d", in.Draft-1))
		fold.Fold = &Fold{TargetKey: p.effect(KindComment, fmt.Sprintf("draft/%d", in.Draft-1)).Key, Summary: "Superseded by a newer draft"}
		late = append(late, fold.Inside(in.Inside))
	}
	more, refusedLate := p.in.Rules.Check(late)
	return append(allowed, more...), append(p.in.Refused, refusedLate...), digest, nil
}

type planner struct {
	in      Input
	outputs role.Outputs // as the run left them
	texts   Texts
	allowed Allowed
	effects []Effect
	settled []Effect             // on follow-ups of earlier runs
	made    map[[2]string]string // clean texts
}

// maxField is how many characters of one text of a role are posted. The contracts ask for less; not every text has a limit there.
const maxField = 6000

func cut(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

func (p *planner) clean(s string) string {
	return p.once("clean", s, func() string { return Sanitize(cut(strings.TrimSpace(s), maxField), p.allowed) })
}

// line is clean text for a line of ours, such as a list item.
func (p *planner) line(s string) string {
	return p.once("line", s, func() string { return SanitizeLine(cut(s, maxField), p.allowed) })
}

// once remembers what was made of a text: a draft is rendered more than once, and says some things twice.
func (p *planner) once(how, s string, make func() string) string {
	key := [2]string{how, s}
	out, known := p.made[key]
	if !known {
		out = make()
		p.made[key] = out
	}
	return out
}

// label is clean text for the words of a link.
func (p *planner) label(s string) string {
	return SanitizeLine(strings.NewReplacer("[", "(", "]", ")", "|", "/", "{", "(", "}", ")").Replace(Plain(cut(s, maxField))), Allowed{})
}

// link shows where a thing is. An address that we did not make ourselves or that is not below an allowed one is shown and not linked.
func (p *planner) link(words, address string, kind evidence.Kind) string {
	words = p.label(words)
	target, err := url.Parse(address)
	switch {
	case address == "":
		return words
	case err != nil || (target.Scheme != "https" && target.Scheme != "http") || kind == evidence.Page && !allowedLink(address, p.allowed):
		return words + " (" + codeSpan(ownMarks(visible(cut(address, maxAddress)))) + ")"
	}
	return "[" + words + "](" + linkTarget(address) + ")"
}

// linkTarget writes an address so that nothing in it ends the link.
func linkTarget(address string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", " ", "%20", "\n", "%0A", `\`, "%5C", `"`, "%22", "`", "%60").Replace(address)
}

func (p *planner) effect(kind Kind, slot string) Effect {
	t := p.in.Ticket
	return Effect{Key: Key(t.Repository.ID, t.Number, kind, slot), Kind: kind, Slot: slot, Repository: t.Repository, Number: t.Number, IssueID: t.ID,
		Visibility: p.visibility()}
}

// visibility is how private a text is that the roles wrote: as private as the most private evidence they saw.
func (p *planner) visibility() evidence.Visibility {
	most := evidence.Public
	for _, item := range p.in.Evidence.Items {
		most = max(most, item.ReadBy())
	}
	return most
}

// rests makes an effect as private as the evidence of the roles whose part stays between the members of the team.
func (p *planner) rests(e Effect) Effect {
	for _, item := range p.in.ForTeam.Items {
		e.Visibility = max(e.Visibility, item.ReadBy())
	}
	return e
}

var severityColors = map[role.Severity]string{"S1": "b60205", "S2": "d93f0b", "S3": "fbca04", "S4": "c2e0c6"}

// labels says at a glance what a ticket is. In public it says only that a draft is there.
func (p *planner) labels() {
	prefix := p.in.Rules.LabelPrefix
	want := map[string]Label{"drafted": {Name: prefix + "drafted", Color: "5319e7", Description: "OiOi has drafted a reply; a person decides"}}
	if u := p.in.Outputs.Understanding; !p.in.Public {
		want["severity"] = Label{Name: prefix + string(u.Severity), Color: severityColors[u.Severity], Description: "Severity, as OiOi understands the ticket"}
		want["category"] = Label{Name: prefix + string(u.Category), Color: "bfd4f2", Description: "Category, as OiOi understands the ticket"}
	}
	names := []string{"drafted", "severity", "category"}
	kept := map[string]bool{}
	for _, slot := range names {
		if label, ok := want[slot]; ok {
			kept[strings.ToLower(label.Name)] = true
		}
	}
	for i, name := range p.in.Ticket.Labels {
		if strings.HasPrefix(name, prefix) && !kept[strings.ToLower(name)] {
			e := p.effect(KindLabel, fmt.Sprintf("old/%d", i))
			e.Visibility, e.Label = evidence.Public, &Label{Name: name, Remove: true}
			p.effects = append(p.effects, e)
		}
	}
	for _, slot := range names {
		label, ok := want[slot]
		if !ok || p.in.Ticket.HasLabel(label.Name) {
			continue
		}
		e := p.effect(KindLabel, slot)
		e.Label = &label
		if slot == "drafted" {
			e.Visibility = evidence.Public
		}
		p.effects = append(p.effects, e)
	}
}

func (p *planner) followUps() error {
	for i, up := range p.in.Outputs.FollowThrough.FollowUps {
		e := p.rests(p.effect(KindIssue, fmt.Sprintf("follow_up/%d", i+1)))
		body, err := p.texts.FollowUp(FollowUpText{FollowUp: up, Ticket: p.in.Ticket, Inside: p.in.Inside != nil, Clean: p.clean, Line: p.line})
		if err != nil {
			return err
		}
		marker := Marker(e.Key)
		e.Issue = &Issue{Title: cmp.Or(clipTitle(Plain(cut(up.Title, maxField))), "Follow-up of a support ticket"), Body: body + "\n\n" + marker, Marker: marker,
			Labels: []string{p.in.Rules.LabelPrefix + "follow-up"}, Gap: up.Kind == "docs"}
		p.effects = append(p.effects, e.Inside(p.in.Inside))
	}
	return nil
}

func clipTitle(s string) string {
	return cut(s, 120)
}

// pull makes the docs edits one pull request. An edit that does not fit its page is refused with the reason.
func (p *planner) pull() error {
	change := p.in.Docs
	if change == nil {
		made := ChangeDocs(p.in)
		change = &made
	}
	p.in.Refused = append(p.in.Refused, change.Refused...)
	p.keepMergeChecks(change.Changes)
	text := PullText{Question: p.in.Outputs.Understanding.CustomerGoal, Ticket: p.in.Ticket, Clean: p.clean, Line: p.line}
	if len(change.Changes) == 0 {
		return p.patch(text, &DocsChange{Unfit: change.Unfit})
	}
	e := p.rests(p.effect(KindPull, SlotPull))
	files, made := change.Files(), make([]role.DocsEdit, len(change.Changes))
	for i, c := range change.Changes {
		made[i] = c.Edit
	}
	replay := p.in.Replay
	if replay != nil && !replay.Differs && p.in.Onto != nil {
		return p.patch(text, &DocsChange{Unfit: change.Unfit}) // the draft links to the pull request that is open
	}
	if replay != nil && !replay.Differs && replay.Answered {
		reason := "the change would not help the next customer: " + replay.Why
		p.in.Refused = append(p.in.Refused, Refusal{Key: e.Key, What: "docs pull request for " + files[0].Path, Reason: reason})
		for _, u := range change.Unfit {
			p.in.Refused = append(p.in.Refused, Refusal{Key: e.Key, What: "docs edit of " + u.Edit.Page, Reason: reason})
		}
		p.keepMergeChecks(nil)
		return nil
	}
	if replay != nil && !replay.Differs { // the question is still without an answer: a person has the patch to begin with
		change.Problems = append(slices.Clone(change.Problems), helpcenter.Problem{Kind: replayed, Page: files[0].Path,
			What: "the change would not help the next customer: " + replay.Why, Do: "word it so that a search for the customer's question finds it, or change another page"})
	}
	alone := text
	text.Edits, text.Notes, text.Links, text.Replay = made, change.Notes, p.links(), replay
	if len(change.Problems) > 0 {
		p.keepMergeChecks(nil)
		return p.patch(text, change)
	}
	if onto := p.in.Onto; p.in.Rules.PullRequests && e.Visibility <= p.in.Rules.Audience && (p.in.Full || onto != nil && onto.Theirs) {
		p.keepMergeChecks(nil)
		p.effects = append(p.effects, p.gap(made))
		return p.patch(alone, &DocsChange{Unfit: change.Unfit})
	}
	heading := "Docs: " + clipTitle(Plain(cut(made[0].Title, maxField)))
	marker := Marker(e.Key)
	e.Pull = &Pull{Branch: Branch(p.in.Ticket.Number), Base: p.in.Ticket.Repository.DefaultBranch, BaseSHA: p.in.Commit,
		Title: heading, Marker: marker, Message: heading + "\n\nFrom a support ticket; the pull request says why.",
		Files: files, Labels: []string{p.in.Rules.LabelPrefix + "docs"}, Links: p.in.Links, Anew: p.in.Anew, Gap: p.gap(made).Gap}
	render := p.texts.Pull
	if onto := p.in.Onto; onto != nil {
		e.Pull.Onto, e.Pull.Branch, e.Pull.Gap, render = onto.Number, onto.Branch, nil, p.texts.Note
	}
	body, err := render(text)
	if err != nil {
		return err
	}
	e.Pull.Body = body + "\n\n" + marker
	why := p.in.Rules.Refuse(e)
	if p.in.Help != "" {
		why = "the page stands in another repository than the ticket, and OiOi only reads there"
	}
	if why != "" { // a person may make the change by hand
		p.keepMergeChecks(nil)
		change.Problems = []helpcenter.Problem{{Kind: helpcenter.Protected, Page: files[0].Path, What: why}}
		return p.patch(text, change)
	}
	p.effects = append(p.effects, e)
	return p.patch(alone, &DocsChange{Unfit: change.Unfit})
}

// Branch is the branch of a ticket's docs pull request.
func Branch(number int) string { return fmt.Sprintf("%sticket-%d-docs", BranchPrefix, number) }

// Next is the branch of a ticket's docs pull request after n were merged or closed.
func Next(branch string, n int) string {
	if n == 0 {
		return branch
	}
	return fmt.Sprintf("%s-%d", branch, n+1)
}

// SlotPatch is the slot of the follow-up that holds a docs change which no pull request may make.
const SlotPatch = "docs_patch"

// Kinds of problems that a change has which makes no difference to the next customer, and an edit that does not fit its page.
const (
	replayed helpcenter.Kind = "replay"
	unfit    helpcenter.Kind = "unfit"
)

// SlotPull is the slot of the docs pull request.
const SlotPull = "docs"

// patch makes a follow-up of a docs change that would break something, or that belongs where OiOi changes nothing, and of edits
// that do not fit their pages. Without either there is none.
func (p *planner) patch(text PullText, change *DocsChange) error {
	content := PatchText{PullText: text, Problems: slices.Clone(change.Problems), Repository: p.in.Help, Patch: Patch(change.Files())}
	all := content.Patch
	for _, u := range change.Unfit {
		content.Problems = append(content.Problems, helpcenter.Problem{Kind: unfit, Page: u.Edit.Page, What: u.Why, Do: "find where its words belong"})
		content.Unfit = append(content.Unfit, u.Edit)
		all += Sketch(u.Edit.Edits)
	}
	if len(content.Problems) == 0 {
		return nil
	}
	e := p.rests(p.effect(KindIssue, SlotPatch))
	e.Visibility = max(e.Visibility, p.in.HelpReads)
	if strings.Contains(all, "<!-- oioi:") { // it would be taken for a mark of our own
		p.in.Refused = append(p.in.Refused, Refusal{Key: e.Key, What: "docs change of " + content.Problems[0].Page, Reason: content.Problems[0].What})
		return nil
	}
	body, err := p.texts.Patch(content)
	if err != nil {
		return err
	}
	marker := Marker(e.Key)
	title := slices.Concat(text.Edits, content.Unfit)[0].Title
	e.Issue = &Issue{Title: "Docs change to finish by hand: " + clipTitle(Plain(cut(title, maxField))), Body: body + "\n\n" + marker, Marker: marker,
		Labels: []string{p.in.Rules.LabelPrefix + "docs"}, Gap: true}
	p.effects = append(p.effects, e.Inside(p.in.Inside))
	return nil
}

// keepMergeChecks drops the checks that wait for a change of a page which is not proposed after all.
func (p *planner) keepMergeChecks(changes []Change) {
	if p.in.Outputs.Measurement == nil {
		return
	}
	m := *p.in.Outputs.Measurement
	m.Checks = slices.DeleteFunc(slices.Clone(m.Checks), func(c role.Check) bool {
		page := func(page string) bool { return page == c.Subject }
		wanted := slices.ContainsFunc(p.in.Outputs.FollowThrough.DocsEdits, func(e role.DocsEdit) bool { return page(e.Page) })
		return c.Kind == "pr_merged" && wanted && !slices.ContainsFunc(changes, func(c Change) bool { return page(c.File.Path) })
	})
	p.in.Outputs.Measurement = &m
}

// links are the evidence's links, by id.
func (p *planner) links() map[string]string {
	out := map[string]string{}
	for _, item := range p.in.Evidence.Items {
		out[item.ID] = p.link(item.Title, item.URL, item.Kind)
	}
	return out
}

func (p *planner) draft(opened []Effect, sensitive bool) (Effect, string, error) {
	e := p.rests(p.effect(KindComment, fmt.Sprintf("draft/%d", p.in.Draft)))
	said := p.visibility() // the reply alone
	reply, sources := p.reply(p.in.Outputs.Understanding.Reply)
	var answered []string
	if !sensitive {
		answered = p.settle(sources, opened)
	}
	p.in.Evidence = p.in.Evidence.With(p.in.ForTeam) // the reply is written; the rest of the draft may rest on all of it
	backed, sources := p.backed(*p.in.Outputs.HandlingPlan, sources)
	d := Draft{Input: p.in, Reply: reply, Sources: sources, Backed: backed, Number: p.in.Draft, Due: map[string]time.Time{},
		ReplyStart: ReplyStart, ReplyEnd: ReplyEnd, Shown: p.shown(sources), EvidenceAs: p.links(), Clean: p.clean, Line: p.line}
	o := p.in.Outputs
	if o.Understanding.ReplyNone != nil {
		d.ReplyNone = p.clean(*o.Understanding.ReplyNone)
	}
	due := func(id string, hours float64) {
		if at, err := p.in.Policy.Due(p.in.Now, hours, o.Understanding.Severity); err == nil {
			d.Due[id] = at
		}
	}
	due("next_update", o.HandlingPlan.NextUpdateHours)
	if o.HandlingPlan.Escalation != nil {
		due("escalation", o.HandlingPlan.Escalation.DeadlineHours)
	}
	for _, a := range o.HandlingPlan.Actions {
		due(a.ID, a.DueHours)
	}
	for _, c := range o.Measurement.Checks {
		due(c.ID, c.DueHours)
	}
	for _, effect := range opened {
		switch effect.Kind {
		case KindIssue:
			d.FollowUps = append(d.FollowUps, Link(effect.Slot, p.label(effect.Issue.Title)))
		case KindGap:
			d.FollowUps = append(d.FollowUps, Link(effect.Slot, "a line in the list of docs gaps, because "+p.gapWhy()))
		case KindPull:
			title := p.label(effect.Pull.Title)
			if effect.Pull.Onto != 0 {
				title = "added to an open pull request about the same section: " + title
			}
			d.FollowUps = append(d.FollowUps, Link(effect.Slot, title))
		}
	}
	d.FollowUps = append(d.FollowUps, answered...)
	if onto := p.in.Onto; onto != nil && !slices.ContainsFunc(opened, func(e Effect) bool { return e.Kind == KindPull }) {
		line := "an open pull request is about the same section: " + p.link(onto.Title, onto.URL, evidence.Linked)
		if r := p.in.Replay; r != nil && !r.Differs {
			line += ", and with a change more " + p.line(r.Why)
		}
		d.FollowUps = append(d.FollowUps, line)
	} else if r := p.in.Replay; r != nil && !r.Differs && r.Answered && !p.in.Public {
		d.FollowUps = append(d.FollowUps, "no change of the help center: "+p.line(r.Why))
	}
	d.Unsent, d.Changed = Unsent, p.changed(reply)
	if err := p.waiting(&d, slices.Concat(opened, p.settled)); err != nil {
		return e, "", err
	}
	render := p.texts.Draft
	if sensitive {
		render = p.texts.Handoff
		e.Visibility, said = evidence.Public, evidence.Public
	}
	write := func() (string, error) {
		body, err := render(d)
		if err == nil && utf8.RuneCountInString(body) > maxDraft {
			body, err = render(tooLong(d))
		}
		return body, err
	}
	// The digest covers the reply as it is read from the comment again, so the text comes first.
	body, err := write()
	if err != nil {
		return e, "", err
	}
	stands, _ := ReplyOf(body)
	plan := Digest(values(o.HandlingPlan), values(o.Measurement))
	d.Digest = DraftDigest(stands, plan, cmp.Or(p.in.Revision, p.in.Ticket.Revision()))
	if body, err = write(); err != nil {
		return e, "", err
	}
	marker := Marker(e.Key)
	e.Comment = &Comment{Body: strings.TrimSpace(body) + "\n\n" + marker, Marker: marker, Digest: d.Digest, Plan: plan,
		Auto: p.in.Auto && !sensitive && len(d.Refused) == 0}
	if e.Visibility != said {
		e.Comment.Reply = said
	}
	return e, d.Digest, nil
}

// waiting lists what waits for a person in the draft.
func (p *planner) waiting(d *Draft, opened []Effect) error {
	var list []Waiting
	for _, e := range opened {
		if p.in.Waits == nil || !e.Asks() {
			continue
		}
		if id := p.in.Waits(e); id != "" {
			list = append(list, Waiting{ID: id, What: e.Does(), State: "waits"})
		}
	}
	if len(list) == 0 {
		return nil
	}
	text, err := p.texts.Waiting(list)
	d.Waiting = statusBlock(text)
	return err
}

// maxDraft leaves room in a comment for the marker and for the addresses of what the draft links to.
const maxDraft = maxCommentBody - 4096

// tooLong is a draft of which GitHub would not take the whole: who has it, what it is, and that a person has to write the reply.
func tooLong(d Draft) Draft {
	d.Reply, d.Sources, d.ReplyNone = "", nil, "What was drafted is longer than GitHub lets a comment be, so a person has to write the reply."
	d.Unmet, d.Cut, d.Unverified, d.Amended, d.Floors, d.Evidence, d.EvidenceAs, d.Direction, d.Changed, d.Contested, d.Lost = nil, nil, nil, nil, nil, evidence.Set{}, nil, "", nil, "", nil
	d.Refused = d.Refused[:min(len(d.Refused), 5)]
	d.Refused = slices.Clone(d.Refused)
	for i, r := range d.Refused {
		d.Refused[i].What, d.Refused[i].Reason = short(r.What), short(r.Reason)
	}
	d.About.Missing = nil
	o := d.Outputs
	plan := *o.HandlingPlan
	plan.Owner, plan.Why, plan.OwnerWhy, plan.Actions, plan.Alternatives, plan.LimitsApplied, plan.Escalation = short(plan.Owner), short(plan.Why), short(plan.OwnerWhy), nil, nil, nil, nil
	d.Outputs = role.Outputs{HandlingPlan: &plan, Measurement: &role.Measurement{}, FollowThrough: &role.FollowThrough{}, Understanding: &role.Understanding{
		Summary: short(o.Understanding.Summary), CustomerGoal: short(o.Understanding.CustomerGoal), BlockedOn: short(o.Understanding.BlockedOn),
		Impact: short(o.Understanding.Impact), Severity: o.Understanding.Severity, Category: o.Understanding.Category,
	}}
	return d
}

// values writes an output so that the same values are always the same text.
func values(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error() // plain structs always marshal
	}
	return string(data)
}

// reply writes the reply with numbered sources. A fact whose citation does not hold is left out: nobody may be told what
// nobody can show.
func (p *planner) reply(blocks []role.Block) (string, []evidence.Item) {
	var sources []evidence.Item
	var out []string
	says := p.says()
	for _, b := range blocks {
		text := p.clean(b.Text)
		var marks []string
		verified := false
		for _, c := range b.Citations {
			if c.Evidence == role.TicketCitation { // it was held against the ticket when it was accepted
				verified = verified || b.Kind == role.Fact
				continue
			}
			if !says.Holds(c) {
				continue
			}
			verified = true
			item, ok := p.in.Evidence.ByID(c.Evidence)
			if !ok {
				continue
			}
			var mark string
			if sources, mark = p.numbered(sources, item); mark != "" && !slices.Contains(marks, mark) {
				marks = append(marks, mark)
			}
		}
		if b.Kind == role.Fact && !verified {
			p.in.Refused = append(p.in.Refused, Refusal{What: "a sentence of the reply", Reason: "it states a fact without a source that says so: " + short(b.Text)})
			continue
		}
		if b.Kind == role.Instruction && !verified {
			p.in.Unverified = append(p.in.Unverified, b.Text)
			continue
		}
		if len(marks) > 0 {
			text += endOfBlock(text) + strings.Join(marks, " ")
		}
		out = append(out, text)
	}
	return strings.Join(out, "\n\n"), sources
}

// says is what citations are held against once more before anybody reads them.
func (p *planner) says() role.Context {
	return role.Context{Evidence: p.in.Evidence, PolicyText: p.in.Policy.Quotable()}
}

// numbered gives an item its number among the sources, and the mark that links to it; "" where nothing can be linked to.
func (p *planner) numbered(sources []evidence.Item, item evidence.Item) (all []evidence.Item, mark string) {
	n := slices.IndexFunc(sources, func(s evidence.Item) bool { return s.ID == item.ID })
	if n < 0 {
		sources, n = append(sources, item), len(sources)
	}
	if item.URL != "" {
		mark = p.mark(n+1, item)
	}
	return sources, mark
}

// mark is a numbered source after a sentence.
func (p *planner) mark(n int, item evidence.Item) string {
	if link := p.link(fmt.Sprint(n), item.URL, item.Kind); strings.HasPrefix(link, "[") {
		return "[" + link[:1] + strings.Replace(link[1:], "]", "]]", 1)
	}
	return ""
}

// endOfBlock is what must stand between a text and a mark behind it: behind the closing line of a code fence a mark would
// open it again.
func endOfBlock(text string) string {
	last := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	if strings.HasPrefix(last, "```") || strings.HasPrefix(last, "~~~") || strings.HasPrefix(last, "|") {
		return "\n\n"
	}
	return " "
}
