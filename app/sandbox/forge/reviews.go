package forge

import (
	"slices"
	"strings"
)

// ReviewPull adds a review: event is APPROVE, REQUEST_CHANGES or COMMENT. Nobody approves their own pull request. Lines are
// the comments on the diff that are part of it; when one of them cannot be placed, there is no review.
func (f *Forge) ReviewPull(a Actor, ref Ref, event, body string, lines ...ReviewCommentInput) (*Review, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.pull(a, ref)
	if err != nil {
		return nil, err
	}
	if err := f.mayReview(a, r, i); err != nil {
		return nil, err
	}
	states := map[string]string{"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
	state, ok := states[event]
	switch {
	case !ok:
		return nil, invalid("PullRequestReview", "event", "invalid", "event must be one of: APPROVE, COMMENT, REQUEST_CHANGES")
	case event != "COMMENT" && strings.EqualFold(a.Login, i.Author):
		return nil, unprocessable("Can not approve or request changes on your own pull request")
	case strings.TrimSpace(body) == "" && (event == "REQUEST_CHANGES" || event == "COMMENT" && len(lines) == 0):
		return nil, unprocessable("A review that comments or asks for changes needs a body")
	}
	var comments []*ReviewComment
	for _, in := range lines {
		c, err := f.place(r, i, in)
		if err != nil {
			return nil, err
		}
		comments = append(comments, c)
	}
	return f.review(a, r, i, state, body, comments), nil
}

// review stores a review with its comments and tells of them.
func (f *Forge) review(a Actor, r *Repo, i *Issue, state, body string, comments []*ReviewComment) *Review {
	v := Review{ID: f.id(), User: a.Login, App: a.app(), Association: f.association(r, a.Login), State: state, Body: body,
		CommitSHA: i.Pull.HeadSHA, SubmittedAt: f.now()}
	i.Pull.Reviews = append(i.Pull.Reviews, v)
	i.UpdatedAt = v.SubmittedAt
	if !strings.EqualFold(a.Login, i.Author) { // who was asked has answered
		i.Pull.Reviewers = slices.DeleteFunc(i.Pull.Reviewers, func(l string) bool { return strings.EqualFold(l, a.Login) })
		i.Pull.TeamReviewers = slices.DeleteFunc(i.Pull.TeamReviewers, func(slug string) bool {
			t := f.st.Teams[fold(r.Owner+"/"+slug)]
			return t == nil || containsFold(t.Members, a.Login)
		})
	}
	f.event(a, i, Event{Kind: "reviewed", Reason: state, CommitSHA: v.CommitSHA})
	f.emit(change{event: "pull_request_review", action: "submitted", repo: r, by: a, issue: i, review: &v})
	f.read(a, i, "review", v.ID, body)
	for _, c := range comments {
		c.ID, c.Review, c.Pull, c.Author, c.App, c.Association = f.id(), v.ID, i.Ref, a.Login, a.app(), v.Association
		c.CreatedAt, c.UpdatedAt = v.SubmittedAt, v.SubmittedAt
		f.st.ReviewComments[c.ID] = c
		f.st.ReviewOrder[i.Ref.Key()] = append(f.st.ReviewOrder[i.Ref.Key()], c.ID)
		f.emit(change{event: "pull_request_review_comment", action: "created", repo: r, by: a, issue: i, reviewComment: c})
		f.read(a, i, "review comment", c.ID, c.Body)
	}
	return &v
}

// RequestReviewers asks people (logins) and teams of the organization (slugs) to review a pull request: its author may,
// and people with triage permission. Nobody is asked when one of them may not see the repository, or wrote the pull request.
func (f *Forge) RequestReviewers(a Actor, ref Ref, people, teams []string) (*Issue, error) {
	return f.changeReviewers(a, ref, people, teams, func(r *Repo, i *Issue) error {
		for _, login := range people {
			switch u, ok := f.st.Users[fold(login)]; {
			case !ok || u.Type != "User" || !f.collaborates(r, u.Login):
				return notCollaborator(r)
			case strings.EqualFold(login, i.Author):
				return unprocessable("Review cannot be requested from pull request author.")
			}
		}
		for _, slug := range teams {
			t, ok := f.st.Teams[fold(r.Owner+"/"+slug)]
			if !ok || !slices.ContainsFunc(f.teamsOf(r.FullName()), func(o object) bool { return o["id"] == t.ID }) {
				return notCollaborator(r)
			}
		}
		for _, login := range people {
			login = f.st.Users[fold(login)].Login
			if !containsFold(i.Pull.Reviewers, login) {
				i.Pull.Reviewers = append(i.Pull.Reviewers, login)
				f.tellReviewer(a, r, i, "review_requested", login, nil)
				f.notify(a, i, login, "review_requested")
			}
		}
		for _, slug := range teams {
			t := f.st.Teams[fold(r.Owner+"/"+slug)]
			if !containsFold(i.Pull.TeamReviewers, t.Slug) {
				i.Pull.TeamReviewers = append(i.Pull.TeamReviewers, t.Slug)
				f.tellReviewer(a, r, i, "review_requested", "", t)
			}
		}
		return nil
	})
}

// RemoveReviewers takes back that people and teams were asked for a review; who was not asked is passed over.
func (f *Forge) RemoveReviewers(a Actor, ref Ref, people, teams []string) (*Issue, error) {
	return f.changeReviewers(a, ref, people, teams, func(r *Repo, i *Issue) error {
		for _, login := range people {
			if at := slices.IndexFunc(i.Pull.Reviewers, func(l string) bool { return strings.EqualFold(l, login) }); at >= 0 {
				login = i.Pull.Reviewers[at]
				i.Pull.Reviewers = slices.Delete(i.Pull.Reviewers, at, at+1)
				f.tellReviewer(a, r, i, "review_request_removed", login, nil)
			}
		}
		for _, slug := range teams {
			at := slices.IndexFunc(i.Pull.TeamReviewers, func(s string) bool { return strings.EqualFold(s, slug) })
			if t := f.st.Teams[fold(r.Owner+"/"+slug)]; at >= 0 && t != nil {
				i.Pull.TeamReviewers = slices.Delete(i.Pull.TeamReviewers, at, at+1)
				f.tellReviewer(a, r, i, "review_request_removed", "", t)
			}
		}
		return nil
	})
}

func notCollaborator(r *Repo) error {
	return unprocessable("Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the %s repository.", r.FullName())
}

func (f *Forge) changeReviewers(a Actor, ref Ref, people, teams []string, do func(*Repo, *Issue) error) (*Issue, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.pull(a, ref)
	if err != nil {
		return nil, err
	}
	if a.grant != nil || !strings.EqualFold(a.Login, i.Author) {
		if err := f.may(a, r, "pull_requests", Triage); err != nil {
			return nil, err
		}
	}
	if err := do(r, i); err != nil {
		return nil, err
	}
	return i.copy(), nil
}

func (f *Forge) tellReviewer(a Actor, r *Repo, i *Issue, what, login string, t *Team) {
	who := login
	if t != nil {
		who = t.Org + "/" + t.Slug
	}
	i.UpdatedAt = f.now()
	f.event(a, i, Event{Kind: what, Reviewer: who})
	f.emit(change{event: "pull_request", action: what, repo: r, by: a, issue: i, reviewer: login, team: t})
}

// collaborates reports whether a person was given a permission of their own or through a team: that a repository is public
// makes nobody a collaborator.
func (f *Forge) collaborates(r *Repo, login string) bool {
	if strings.EqualFold(login, r.Owner) || f.throughTeams(r, login).AtLeast(Read) {
		return true
	}
	for l, p := range r.Permissions {
		if strings.EqualFold(l, login) && p.AtLeast(Read) {
			return true
		}
	}
	return false
}

// Reviewers lists who was asked to review a pull request and has not yet: people, then teams.
func (f *Forge) Reviewers(a Actor, ref Ref) (people []string, teams []Team, err error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, i, err := f.pull(a, ref)
	if err != nil {
		return nil, nil, err
	}
	for _, slug := range i.Pull.TeamReviewers {
		if t := f.st.Teams[fold(r.Owner+"/"+slug)]; t != nil {
			teams = append(teams, *t)
		}
	}
	return slices.Clone(i.Pull.Reviewers), teams, nil
}

func (f *Forge) requestedTeams(r *Repo, i *Issue) []object {
	out := []object{}
	for _, slug := range i.Pull.TeamReviewers {
		if t := f.st.Teams[fold(r.Owner+"/"+slug)]; t != nil {
			out = append(out, f.requestedTeam(r, t))
		}
	}
	return out
}

// requestedTeam renders a team with its own permission in the repository.
func (f *Forge) requestedTeam(r *Repo, t *Team) object {
	best := None
	for name, p := range t.Permissions {
		if strings.EqualFold(name, r.FullName()) {
			best = p
		}
	}
	return f.renderTeam(t, best)
}
