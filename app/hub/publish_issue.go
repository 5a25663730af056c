package hub

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
)

// issue creates a follow-up and makes it a sub-issue of the ticket, or updates the one that stands and nobody touched.
func (w writer) issue(ctx context.Context, e effect.Effect, prior effect.Receipt, lookFirst bool) (effect.Receipt, error) {
	op := "open a follow-up of " + where(e)
	for _, label := range e.Issue.Labels {
		if err := w.ensureLabel(ctx, e.Repository, label, "", ""); err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
	}
	if prior.Number == 0 {
		// Without a receipt this is the first attempt, or one that nobody knows the end of. Either way another ticket may
		// have opened an issue on the same topic, and one list of our own open issues answers both.
		state := "open"
		if lookFirst {
			state = "all" // a person may have closed it meanwhile
		}
		found, err := w.ownIssues(ctx, e, state)
		if err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
		for _, issue := range found {
			if lookFirst && strings.Contains(issue.GetBody(), e.Issue.Marker) {
				receipt := effect.Receipt{ID: issue.GetID(), Number: issue.GetNumber(), URL: issue.GetHTMLURL(),
					Hash: hashOf(issue.GetTitle(), issue.GetBody()), Adopted: true}
				return receipt, w.attach(ctx, e, issue.GetID())
			}
		}
		for _, issue := range found {
			if issue.GetState() == "open" && !strings.Contains(issue.GetBody(), e.Issue.Marker) && !effect.StandsForTicket(issue.GetBody()) && sameTopic(issue.GetTitle(), e.Issue.Title) {
				receipt := effect.Receipt{ID: issue.GetID(), Number: issue.GetNumber(), URL: issue.GetHTMLURL(), Adopted: true,
					Skipped: "an open issue on the same topic is linked instead"}
				return receipt, w.attach(ctx, e, issue.GetID())
			}
		}
		return w.createIssue(ctx, e)
	}
	return w.updateIssue(ctx, e, prior)
}

// internal opens the issue that stands for a ticket in a private repository, or finds the one that it has. It is no sub-issue:
// the ticket's readers would see it. What a person made of it stays.
func (w writer) internal(ctx context.Context, e effect.Effect, prior effect.Receipt) (effect.Receipt, error) {
	if prior.Number != 0 {
		return prior, nil
	}
	op := "open the internal issue in " + e.Repository.FullName()
	for _, label := range e.Issue.Labels {
		if err := w.ensureLabel(ctx, e.Repository, label, "", ""); err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
	}
	// A receipt may be lost with a database; the issue may have been closed since. One list answers both.
	found, err := w.ownIssues(ctx, e, "all")
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	for _, issue := range found {
		if strings.Contains(issue.GetBody(), e.Issue.Marker) {
			return effect.Receipt{ID: issue.GetID(), Number: issue.GetNumber(), URL: issue.GetHTMLURL(), Adopted: true}, nil
		}
	}
	issue, _, err := w.c.Issues.Create(ctx, e.Repository.Owner, e.Repository.Name, &github.IssueRequest{Title: &e.Issue.Title, Body: &e.Issue.Body, Labels: &e.Issue.Labels})
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	return effect.Receipt{ID: issue.GetID(), Number: issue.GetNumber(), URL: issue.GetHTMLURL()}, nil
}

func (w writer) createIssue(ctx context.Context, e effect.Effect) (effect.Receipt, error) {
	op := "open a follow-up of " + where(e)
	issue, _, err := w.c.Issues.Create(ctx, e.Repository.Owner, e.Repository.Name, &github.IssueRequest{
		Title: &e.Issue.Title, Body: &e.Issue.Body, Labels: &e.Issue.Labels,
	})
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	receipt := effect.Receipt{ID: issue.GetID(), Number: issue.GetNumber(), URL: issue.GetHTMLURL(), Hash: hashOf(e.Issue.Title, e.Issue.Body)}
	return receipt, w.attach(ctx, e, issue.GetID())
}

func (w writer) updateIssue(ctx context.Context, e effect.Effect, prior effect.Receipt) (effect.Receipt, error) {
	op := fmt.Sprintf("update follow-up #%d of %s", prior.Number, where(e))
	issue, _, err := w.c.Issues.Get(ctx, e.Repository.Owner, e.Repository.Name, prior.Number)
	if err != nil {
		if wrapped := wrap(op, err); !NotFound(wrapped) {
			return effect.Receipt{}, wrapped
		}
		prior.Skipped = "a person has deleted it"
		return prior, nil
	}
	closed := issue.GetState() != "open"
	switch {
	case !w.ours(issue.GetUser()) || prior.Hash == "":
		prior.Skipped = "it is not OiOi's own"
	case closed && !w.ours(issue.GetClosedBy()): // what OiOi closed because it was answered is open again
		prior.Skipped = "a person has closed it"
	case hashOf(issue.GetTitle(), issue.GetBody()) != prior.Hash:
		prior.Skipped = "a person has edited it"
	case hashOf(e.Issue.Title, e.Issue.Body) == prior.Hash && !closed:
		prior.Skipped = ""
	default:
		change := &github.IssueRequest{Title: &e.Issue.Title, Body: &e.Issue.Body}
		if closed {
			change.State = github.String("open")
		}
		if _, _, err := w.c.Issues.Edit(ctx, e.Repository.Owner, e.Repository.Name, prior.Number, change); err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
		prior.Skipped, prior.Hash = "", hashOf(e.Issue.Title, e.Issue.Body)
	}
	return prior, w.attach(ctx, e, issue.GetID())
}

// ownIssues lists this App's issues of the repository, newest first; state is open or all.
func (w writer) ownIssues(ctx context.Context, e effect.Effect, state string) ([]*github.Issue, error) {
	options := &github.IssueListByRepoOptions{State: state, Creator: w.bot, ListOptions: github.ListOptions{PerPage: 100}}
	found, err := pages(func(page int) ([]*github.Issue, *github.Response, error) {
		options.Page = page
		return w.c.Issues.ListByRepo(ctx, e.Repository.Owner, e.Repository.Name, options)
	})
	own := found[:0]
	for _, issue := range found {
		if w.ours(issue.GetUser()) && !issue.IsPullRequest() {
			own = append(own, issue)
		}
	}
	return own, err
}

// subIssue is what the sub-issue calls take: the database id, not the number.
// https://docs.github.com/en/rest/issues/sub-issues
type subIssue struct {
	SubIssueID int64 `json:"sub_issue_id"`
}

// attach makes an issue a sub-issue of the ticket. An issue has one parent: where it has another already, the ticket
// only links to it.
func (w writer) attach(ctx context.Context, e effect.Effect, id int64) error {
	op := "link a follow-up to " + where(e)
	base := fmt.Sprintf("repos/%s/%s/issues/%d/sub_issues", e.Repository.Owner, e.Repository.Name, e.Number)
	children, err := pages(func(page int) ([]*github.Issue, *github.Response, error) {
		req, err := w.c.NewRequest(http.MethodGet, fmt.Sprintf("%s?per_page=100&page=%d", base, page), nil)
		if err != nil {
			return nil, nil, err
		}
		var found []*github.Issue
		resp, err := w.c.Do(ctx, req, &found)
		return found, resp, err
	})
	if err != nil {
		return wrap(op, err)
	}
	for _, child := range children {
		if child.GetID() == id {
			return nil
		}
	}
	req, err := w.c.NewRequest(http.MethodPost, base, subIssue{SubIssueID: id})
	if err != nil {
		return wrap(op, err)
	}
	if _, err := w.c.Do(ctx, req, nil); err != nil {
		if wrapped := wrap(op, err); status(wrapped) != http.StatusUnprocessableEntity {
			return wrapped
		} // it has a parent already, or the ticket has all the sub-issues it can have: the link in the draft has to do
	}
	return nil
}

// sameTopic compares two titles by their words: the same but for case, order, and a word in five.
func sameTopic(a, b string) bool {
	wordsOf := func(s string) map[string]bool {
		words := map[string]bool{}
		for _, word := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
		}) {
			if len(word) > 2 {
				words[word] = true
			}
		}
		return words
	}
	left, right := wordsOf(a), wordsOf(b)
	both := 0
	for word := range left {
		if right[word] {
			both++
		}
	}
	all := len(left) + len(right) - both
	return all >= 3 && float64(both) >= 0.8*float64(all)
}

// gap puts a line into the repository's list of docs gaps, and opens the list where there is none. What people wrote or ticked
// there stays; a line that stands is only brought up to date: see rewrite. A list that was closed is done with, and a new one begins.
func (w writer) gap(ctx context.Context, e effect.Effect, prior effect.Receipt) (effect.Receipt, error) {
	w.gaps.Lock()
	defer w.gaps.Unlock()
	op := "list a docs gap of " + where(e)
	for _, label := range e.Gap.Labels {
		if err := w.ensureLabel(ctx, e.Repository, label, "", ""); err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
	}
	found, err := w.ownIssues(ctx, e, "open")
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	for _, issue := range found {
		if !strings.Contains(issue.GetBody(), e.Gap.Marker) {
			continue
		}
		receipt := effect.Receipt{ID: issue.GetID(), Number: issue.GetNumber(), URL: issue.GetHTMLURL(), Adopted: true}
		switch listed := strings.Contains(issue.GetBody(), e.Gap.LineMarker); {
		case listed:
			receipt, err := w.rewrite(ctx, e, issue, receipt, prior)
			return receipt, wrap(op, err)
		case e.Gap.Settle:
			receipt.Skipped = "a person has taken the line off the list"
			return receipt, nil
		}
		body := strings.TrimRight(issue.GetBody(), "\r\n ") + "\n" + e.Gap.Line
		if len(body) > maxIssueBody {
			receipt.Skipped = "the list is full: close it when it is dealt with, and a new one begins"
			return receipt, nil
		}
		_, _, err := w.c.Issues.Edit(ctx, e.Repository.Owner, e.Repository.Name, issue.GetNumber(), &github.IssueRequest{Body: &body})
		receipt.Hash = hashOf(e.Gap.Line)
		return receipt, wrap(op, err)
	}
	if e.Gap.Settle {
		prior.Skipped = "the list is closed"
		return prior, nil
	}
	body := e.Gap.Intro + "\n\n" + e.Gap.Line
	issue, _, err := w.c.Issues.Create(ctx, e.Repository.Owner, e.Repository.Name, &github.IssueRequest{Title: &e.Gap.Title, Body: &body, Labels: &e.Gap.Labels})
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	return effect.Receipt{ID: issue.GetID(), Number: issue.GetNumber(), URL: issue.GetHTMLURL(), Hash: hashOf(e.Gap.Line)}, nil
}

// maxIssueBody is the longest body of an issue, in characters, which are bytes at the most.
const maxIssueBody = 65536
