package hub

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// Ticket reads an issue with all its comments.
func (h *Hub) Ticket(ctx context.Context, installationID int64, repo ticket.Repository, number int) (ticket.Ticket, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return ticket.Ticket{}, err
	}
	op := fmt.Sprintf("read %s#%d", repo.FullName(), number)
	full, _, err := c.Repositories.Get(ctx, repo.Owner, repo.Name)
	if err != nil {
		return ticket.Ticket{}, wrap(op, err)
	}
	issue, _, err := c.Issues.Get(ctx, repo.Owner, repo.Name, number)
	if err != nil {
		return ticket.Ticket{}, wrap(op, err)
	}
	out := TicketOf(repositoryOf(full), issue)
	out.Comments, err = h.conversation(ctx, installationID, repo, number)
	return out, err
}

// TicketOf turns GitHub's issue into a ticket without comments.
func TicketOf(repo ticket.Repository, issue *github.Issue) ticket.Ticket {
	out := ticket.Ticket{
		Repository: repo, Number: issue.GetNumber(), ID: issue.GetID(), URL: issue.GetHTMLURL(),
		Title: ticket.Text(issue.GetTitle()), Body: ticket.Text(issue.GetBody()),
		Author: personOf(issue.GetUser(), issue.GetAuthorAssociation()),
		State:  issue.GetState(), StateReason: issue.GetStateReason(), Locked: issue.GetLocked(),
		CreatedAt: issue.GetCreatedAt().Time, UpdatedAt: issue.GetUpdatedAt().Time,
	}
	for _, label := range issue.Labels {
		out.Labels = append(out.Labels, label.GetName())
	}
	for _, assignee := range issue.Assignees {
		out.Assignees = append(out.Assignees, assignee.GetLogin())
	}
	return out
}

func repositoryOf(r *github.Repository) ticket.Repository {
	return ticket.Repository{ID: r.GetID(), Owner: r.GetOwner().GetLogin(), Name: r.GetName(), Private: r.GetPrivate(),
		DefaultBranch: r.GetDefaultBranch(), Archived: r.GetArchived()}
}

func personOf(user *github.User, association string) ticket.Person {
	return ticket.Person{Login: user.GetLogin(), ID: user.GetID(), Bot: user.GetType() == "Bot", Association: association}
}

func (h *Hub) comments(ctx context.Context, c *github.Client, repo ticket.Repository, number int) ([]*github.IssueComment, error) {
	options := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	return pages(func(page int) ([]*github.IssueComment, *github.Response, error) {
		options.Page = page
		return c.Issues.ListComments(ctx, repo.Owner, repo.Name, number, options)
	})
}

// pages reads every page of a list.
func pages[T any](list func(page int) ([]T, *github.Response, error)) ([]T, error) {
	var all []T
	for page := 1; page != 0; {
		found, resp, err := list(page)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		page = resp.NextPage
	}
	return all, nil
}

// Permission returns what an account may do in the repository: none, read, triage, write, maintain or admin.
// https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
func (h *Hub) Permission(ctx context.Context, installationID int64, repo ticket.Repository, login string) (string, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return "", err
	}
	op := fmt.Sprintf("ask what @%s may do in %s", login, repo.FullName())
	u := fmt.Sprintf("repos/%s/%s/collaborators/%s/permission", repo.Owner, repo.Name, url.PathEscape(login))
	req, err := c.NewRequest(http.MethodGet, u, nil)
	if err != nil {
		return "", wrap(op, err)
	}
	// go-github v62 leaves out role_name, which alone tells triage from read and maintain from write.
	var level struct {
		Permission string `json:"permission"`
		RoleName   string `json:"role_name"`
	}
	if _, err := c.Do(ctx, req, &level); err != nil {
		if wrapped := wrap(op, err); NotFound(wrapped) {
			return "none", nil
		}
		return "", wrap(op, err)
	}
	switch level.RoleName {
	case "read", "triage", "write", "maintain", "admin":
		return level.RoleName, nil
	}
	return level.Permission, nil // a custom role: GitHub maps it to the nearest of its own
}

// Member reports whether the account is an active member of an organization's team, child teams included. A team or a
// member that GitHub does not know, or does not show to this App, is none. The App needs the organization permission
// "Members: read".
// https://docs.github.com/en/rest/teams/members#get-team-membership-for-a-user
func (h *Hub) Member(ctx context.Context, installationID int64, repo ticket.Repository, slug, login string) (bool, error) {
	c, err := h.client(installationID, repo, toAskTeam)
	if err != nil {
		return false, err
	}
	op := fmt.Sprintf("ask whether @%s is in the team %s/%s", login, repo.Owner, slug)
	membership, _, err := c.Teams.GetTeamMembershipBySlug(ctx, repo.Owner, slug, url.PathEscape(login))
	if wrapped := wrap(op, err); NotFound(wrapped) {
		return false, nil
	} else if wrapped != nil {
		return false, wrapped
	}
	return membership.GetState() == "active", nil
}

// File reads one file of the repository's default branch. found is false where there is none. The path is checked: it
// must be relative and clean, because the client would send a crafted one to another repository.
func (h *Hub) File(ctx context.Context, installationID int64, repo ticket.Repository, ref, name string) (content []byte, found bool, err error) {
	if err := checkPath(name); err != nil {
		return nil, false, err
	}
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, false, err
	}
	op := fmt.Sprintf("read %s of %s", name, repo.FullName())
	file, _, _, err := c.Repositories.GetContents(ctx, repo.Owner, repo.Name, name, &github.RepositoryContentGetOptions{Ref: ref})
	if err != nil {
		if wrapped := wrap(op, err); NotFound(wrapped) {
			return nil, false, nil
		}
		return nil, false, wrap(op, err)
	}
	if file == nil {
		return nil, false, nil // a folder
	}
	text, err := file.GetContent()
	if err != nil {
		return nil, false, wrap(op, err)
	}
	return []byte(text), true, nil
}

// Folder lists the files of a folder, not below it. A missing folder has none.
func (h *Hub) Folder(ctx context.Context, installationID int64, repo ticket.Repository, ref, name string) ([]string, error) {
	if err := checkPath(name); err != nil {
		return nil, err
	}
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, err
	}
	op := fmt.Sprintf("list %s of %s", name, repo.FullName())
	_, entries, _, err := c.Repositories.GetContents(ctx, repo.Owner, repo.Name, name, &github.RepositoryContentGetOptions{Ref: ref})
	if err != nil {
		if wrapped := wrap(op, err); NotFound(wrapped) {
			return nil, nil
		}
		return nil, wrap(op, err)
	}
	var out []string
	for _, entry := range entries {
		if entry.GetType() == "file" {
			out = append(out, entry.GetPath())
		}
	}
	return out, nil
}

func checkPath(name string) error {
	if name == "" || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../") || strings.ContainsAny(name, "\\\x00?#%") {
		return fmt.Errorf("%q is not a plain path in the repository: write it relative to the top, without .. or special characters", name)
	}
	return nil
}

// Head returns the commit that a branch points to.
func (h *Hub) Head(ctx context.Context, installationID int64, repo ticket.Repository, branch string) (string, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return "", err
	}
	ref, _, err := c.Git.GetRef(ctx, repo.Owner, repo.Name, "heads/"+branch)
	if err != nil {
		return "", reading(fmt.Sprintf("read branch %s of %s", branch, repo.FullName()), err)
	}
	return ref.GetObject().GetSHA(), nil
}

// Newest returns the newest commit of the default branch, whatever that is called by now.
// https://docs.github.com/en/rest/commits/commits#get-a-commit
func (h *Hub) Newest(ctx context.Context, installationID int64, repo ticket.Repository) (string, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return "", err
	}
	sha, _, err := c.Repositories.GetCommitSHA1(ctx, repo.Owner, repo.Name, "HEAD", "")
	if err != nil {
		return "", reading("read the newest commit of "+repo.FullName(), err)
	}
	return sha, nil
}

// Archive returns a gzipped tar of the repository at a commit, in one call. The caller closes it.
// https://docs.github.com/en/rest/repos/contents#download-a-repository-archive-tar
func (h *Hub) Archive(ctx context.Context, installationID int64, repo ticket.Repository, commit string) (io.ReadCloser, error) {
	c, err := h.client(installationID, repo, toRead)
	if err != nil {
		return nil, err
	}
	op := "download " + repo.FullName()
	link, _, err := c.Repositories.GetArchiveLink(ctx, repo.Owner, repo.Name, github.Tarball, &github.RepositoryContentGetOptions{Ref: commit}, 0)
	if err != nil {
		return nil, wrap(op, err)
	}
	// The link carries its own short-lived token; the App's credentials must not follow it to another host.
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link.String(), nil)
	if err != nil {
		return nil, wrap(op, err)
	}
	resp, err := h.plain.Do(req)
	if err != nil {
		return nil, wrap(op, err)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		e := &Error{Op: op, Status: resp.StatusCode, Message: "the archive could not be downloaded", after: retryAfter(resp.Header)}
		e.classify()
		return nil, e
	}
	return resp.Body, nil
}
