package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// Attempt is one line of the App's delivery log, which keeps three days.
type Attempt struct {
	ID        int64
	GUID      string // the same for each attempt at one delivery
	Event     string
	At        time.Time
	Delivered bool
	Status    int // of the answer; 0 where there was none
}

// Attempts reads the App's delivery log back to a time, newest first.
// https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
func (h *Hub) Attempts(ctx context.Context, since time.Time) ([]Attempt, error) {
	c, err := h.creator.NewAppClient()
	if err != nil {
		return nil, fmt.Errorf("make the App's client: %w", err)
	}
	var all []Attempt
	for options := (&github.ListCursorOptions{PerPage: 100}); ; {
		found, resp, err := c.Apps.ListHookDeliveries(ctx, options)
		if err != nil {
			return nil, wrap("read the App's delivery log", err)
		}
		for _, d := range found {
			if d.GetDeliveredAt().Before(since) {
				return all, nil
			}
			all = append(all, Attempt{ID: d.GetID(), GUID: d.GetGUID(), Event: d.GetEvent(), At: d.GetDeliveredAt().Time, Status: d.GetStatusCode(),
				Delivered: d.GetStatusCode() >= 200 && d.GetStatusCode() < 400})
		}
		if resp.Cursor == "" || len(found) == 0 {
			return all, nil
		}
		options.Cursor = resp.Cursor
	}
}

// Redeliver asks GitHub to send a delivery again.
// https://docs.github.com/en/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook
func (h *Hub) Redeliver(ctx context.Context, id int64) error {
	c, err := h.creator.NewAppClient()
	if err != nil {
		return fmt.Errorf("make the App's client: %w", err)
	}
	_, _, err = c.Apps.RedeliverHookDelivery(ctx, id)
	if accepted := (*github.AcceptedError)(nil); errors.As(err, &accepted) {
		return nil // 202 is GitHub's yes here
	}
	return wrap(fmt.Sprintf("ask for delivery %d again", id), err)
}

// Repositories lists what an installation reaches.
func (h *Hub) Repositories(ctx context.Context, installationID int64) ([]ticket.Repository, error) {
	c, err := h.client(installationID, ticket.Repository{}, toList)
	if err != nil {
		return nil, err
	}
	found, err := pages(func(page int) ([]*github.Repository, *github.Response, error) {
		list, resp, err := c.Apps.ListRepos(ctx, &github.ListOptions{Page: page, PerPage: 100})
		if err != nil {
			return nil, nil, err
		}
		return list.Repositories, resp, nil
	})
	if err != nil {
		return nil, wrap("list the repositories of an installation", err)
	}
	out := make([]ticket.Repository, len(found))
	for i, r := range found {
		out[i] = repositoryOf(r)
	}
	return out, nil
}

// Change is something on a tracker in the form of the webhook that tells of it.
type Change struct {
	ID      string // the same each time the same thing is found
	Event   string
	Action  string
	Number  int
	At      time.Time // when it was last changed, by GitHub's clock
	Ticket  ticket.Ticket
	Payload []byte
}

// Changes lists what changed since a time: each issue as `opened`, or as `edited` or `labeled` where the name of that action is
// asked for by want, each new comment that addresses OiOi, or any at all on an issue that it hears, and what became of the pull
// requests that this App has opened, see pullLook. newest is the last change's time.
func (h *Hub) Changes(ctx context.Context, installationID int64, repo ticket.Repository, since time.Time, prefix string,
	want func(ticket.Ticket) (action, label string), hears func(number int) bool) (changes []Change, newest time.Time, err error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, since, err
	}
	op := "look for what was missed in " + repo.FullName()
	newest = since
	full, _, err := c.Repositories.Get(stay(ctx), repo.Owner, repo.Name)
	if err != nil {
		return nil, since, wrap(op, err)
	}
	_, bot, err := h.App(ctx)
	if err != nil {
		return nil, since, err
	}
	installation := &github.Installation{ID: &installationID}
	pulls := pullLook{client: c, repo: full, installation: installation, bot: bot, since: since, prefix: prefix}
	issues, err := changed(since, func(since time.Time, page int) ([]*github.Issue, *github.Response, error) {
		return c.Issues.ListByRepo(ctx, repo.Owner, repo.Name, &github.IssueListByRepoOptions{State: "all", Sort: "updated", Direction: "asc",
			Since: since, ListOptions: github.ListOptions{Page: page, PerPage: 100}})
	})
	if err != nil {
		return nil, since, wrap(op, err)
	}
	known := map[int]*github.Issue{}
	for _, issue := range issues {
		if at := issue.GetUpdatedAt().Time; at.After(newest) {
			newest = at
		}
		known[issue.GetNumber()] = issue
		if issue.IsPullRequest() {
			found, err := pulls.changes(ctx, issue)
			if err != nil {
				return nil, since, wrap(op, err)
			}
			changes = append(changes, found...)
			continue
		}
		t := TicketOf(repositoryOf(full), issue)
		action, label := want(t)
		if action == "" {
			continue
		}
		event := github.IssuesEvent{Action: &action, Issue: issue, Repo: full, Sender: issue.User, Installation: installation}
		id := fmt.Sprintf("sweep-%d-%s", issue.GetID(), action)
		if action != "opened" {
			id += "-" + strconv.FormatInt(issue.GetUpdatedAt().Unix(), 10)
		}
		if label != "" {
			event.Label = &github.Label{Name: &label}
		}
		payload, err := json.Marshal(event)
		if err != nil {
			return nil, since, err
		}
		changes = append(changes, Change{ID: id, Event: "issues", Action: action, Number: t.Number, At: issue.GetUpdatedAt().Time, Ticket: t, Payload: payload})
	}
	sort, ascending := "updated", "asc"
	comments, err := changed(since, func(since time.Time, page int) ([]*github.IssueComment, *github.Response, error) {
		return c.Issues.ListComments(ctx, repo.Owner, repo.Name, 0, &github.IssueListCommentsOptions{Sort: &sort, Direction: &ascending, Since: &since,
			ListOptions: github.ListOptions{Page: page, PerPage: 100}})
	})
	if err != nil {
		return nil, since, wrap(op, err)
	}
	for _, comment := range comments {
		if at := comment.GetUpdatedAt().Time; at.After(newest) {
			newest = at
		}
		// A command counts only in a comment as it was first written.
		plain := !strings.Contains(comment.GetBody(), prefix)
		if !comment.GetUpdatedAt().Equal(comment.GetCreatedAt()) || comment.GetCreatedAt().Before(since) {
			continue
		}
		number, err := strconv.Atoi(path.Base(comment.GetIssueURL()))
		if err != nil || plain && !hears(number) {
			continue
		}
		issue := known[number]
		if issue == nil {
			if issue, _, err = c.Issues.Get(stay(ctx), repo.Owner, repo.Name, number); err != nil {
				if status(wrap(op, err)) == http.StatusNotFound {
					continue
				}
				return nil, since, wrap(op, err)
			}
		}
		if issue.IsPullRequest() {
			if number = pulls.ticket(issue); number == 0 {
				continue
			}
		}
		action := "created"
		payload, err := json.Marshal(github.IssueCommentEvent{Action: &action, Issue: issue, Comment: comment, Repo: full, Sender: comment.User, Installation: installation})
		if err != nil {
			return nil, since, err
		}
		changes = append(changes, Change{ID: fmt.Sprintf("sweep-comment-%d", comment.GetID()), Event: "issue_comment", Action: action, Number: number,
			At: comment.GetCreatedAt().Time, Payload: payload})
	}
	return changes, newest, nil
}

// changed reads what changed since a time, page by page, by the time of the last that was read: pages by number would slip where
// something changes meanwhile. What changes twice is returned once, as it was read last.
func changed[T interface {
	GetID() int64
	GetUpdatedAt() github.Timestamp
}](since time.Time, list func(since time.Time, page int) ([]T, *github.Response, error)) ([]T, error) {
	var all []T
	at := map[int64]int{}
	for page := 1; ; {
		found, resp, err := list(since, page)
		if err != nil {
			return nil, err
		}
		for _, item := range found {
			if i, known := at[item.GetID()]; known {
				all[i] = item
				continue
			}
			at[item.GetID()] = len(all)
			all = append(all, item)
		}
		if resp.NextPage == 0 || len(found) == 0 {
			return all, nil
		}
		if last := found[len(found)-1].GetUpdatedAt().Time; last.After(since) {
			since, page = last, 1 // GitHub returns what is as old as that again
		} else {
			page = resp.NextPage
		}
	}
}
