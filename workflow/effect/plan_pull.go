package effect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/role"
)

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
	why = cmp.Or(p.in.Denied, why)
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

// keepMergeChecks drops the checks that wait for a change of a page which is not proposed after all. Where the change goes to another
// page than the analyst thought, because a person asked for that, the check goes with it.
func (p *planner) keepMergeChecks(changes []Change) {
	if p.in.Outputs.Measurement == nil {
		return
	}
	var pages []string
	for _, c := range changes {
		pages = append(pages, c.File.Path)
	}
	m := *p.in.Outputs.Measurement
	waits := func(c role.Check) bool { return c.Kind == "pr_merged" && slices.Contains(pages, c.Subject) }
	followed := slices.ContainsFunc(m.Checks, waits)
	kept := []role.Check{}
	for _, c := range m.Checks {
		page := c.Subject
		wanted := slices.ContainsFunc(p.in.Outputs.FollowThrough.DocsEdits, func(e role.DocsEdit) bool { return e.Page == page })
		if c.Kind == "pr_merged" && !waits(c) && (wanted || SafePath(p.in.Rules.DocsRoot, page) == nil) {
			if followed || len(pages) == 0 {
				continue
			}
			c.Subject, c.Text, followed = pages[0], strings.ReplaceAll(c.Text, page, pages[0]), true
		}
		kept = append(kept, c)
	}
	m.Checks = kept
	p.in.Outputs.Measurement = &m
}
