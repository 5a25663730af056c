package effect

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

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
	Older     []int              // numbers of drafts that stand and are not folded yet
	Revision  string             // of what the customer said; "": Ticket.Revision
	Warnings  []string           // what looks like an attempt to give OiOi orders; for maintainers
	Full      bool               // as many docs pull requests are open as may be
	Denied    string             // why none can be opened at all; ""
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
	Gaps  []StandingGap // what earlier runs left
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

// Plan turns a run's outputs into effects, in the order in which they are carried out: labels, follow-ups and the docs pull
// request first, then the draft that links to them, then the folds of older drafts. The gate has passed on all of them.
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
	for _, older := range in.Older {
		fold := p.effect(KindFold, fmt.Sprintf("draft/%d", older))
		fold.Fold = &Fold{TargetKey: p.effect(KindComment, fold.Slot).Key, Summary: "Superseded by a newer draft"}
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
	settled []Effect             // on what earlier runs left
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
func (p *planner) label(s string) string { return linkWords(s) }

func linkWords(s string) string {
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

// SlotPatch is the slot of the follow-up that holds a docs change which no pull request may make.
const SlotPatch = "docs_patch"

// Kinds of problems that a change has which makes no difference to the next customer, and an edit that does not fit its page.
const (
	replayed helpcenter.Kind = "replay"
	unfit    helpcenter.Kind = "unfit"
)

// SlotPull is the slot of the docs pull request.
const SlotPull = "docs"

// links are the evidence's links, by id.
func (p *planner) links() map[string]string {
	out := map[string]string{}
	for _, item := range p.in.Evidence.Items {
		out[item.ID] = p.link(item.Title, item.URL, item.Kind)
	}
	return out
}

// maxDraft leaves room in a comment for the marker and for the addresses of what the draft links to.
const maxDraft = maxCommentBody - 4096
