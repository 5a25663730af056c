package forge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
	"github.com/oioi-app/oioi/app/sandbox/forge/hookshot"
)

// Mischief makes webhook deliveries go wrong on purpose; see hookshot.Mischief.
type Mischief = hookshot.Mischief

// SetMischief starts or, with the zero value, stops mischief for webhooks from now on.
func (f *Forge) SetMischief(m Mischief) { f.hooks.SetMischief(m) }

// Drain waits until all webhooks so far have been delivered or given up.
func (f *Forge) Drain(ctx context.Context) error { return f.hooks.Drain(ctx) }

// Deliveries lists an App's webhook deliveries of the last three days, newest first.
func (f *Forge) Deliveries(slug string) ([]hookshot.Delivery, error) {
	app, err := f.App(slug)
	if err != nil {
		return nil, err
	}
	return f.hooks.Log(app.ID), nil
}

// SetWebhook tells where an App's webhooks go and with which secret they are signed; an empty address switches them off.
// A ping follows, as on GitHub.
func (f *Forge) SetWebhook(slug, url, secret string) error {
	f.mu.Lock()
	defer f.end()
	app, ok := f.st.Apps[slug]
	if !ok {
		return ErrNotFound
	}
	app.WebhookURL, app.WebhookSecret = url, secret
	f.queue = append(f.queue, Change{Kind: "installation"})
	f.outgoing = append(f.outgoing, f.message(app, nil, "ping", "", "app", object{"zen": "Keep it logically awesome.", "hook_id": app.hookID(),
		"hook": object{"type": "App", "id": app.hookID(), "name": "web", "active": true, "events": nonNil(app.Events), "app_id": app.ID,
			"config":     object{"content_type": "json", "insecure_ssl": "0", "url": url},
			"created_at": stamp(app.CreatedAt), "updated_at": stamp(f.now()), "deliveries_url": f.api("/app/hook/deliveries")}})...)
	return nil
}

func (a *App) hookID() int64 { return a.ID + 1 }

type outgoing struct {
	target  hookshot.Target
	message hookshot.Message
}

// message renders one webhook for an App that takes webhooks.
func (f *Forge) message(app *App, r *Repo, event, action, lane string, payload object) []outgoing {
	if app.WebhookURL == "" || f.past.Load() != nil {
		return nil
	}
	raw, err := marshal(payload)
	if err != nil {
		f.log.Error("a webhook could not be rendered", "event", event, "error", err)
		return nil
	}
	m := hookshot.Message{Event: event, Action: action, Payload: raw, Lane: fmt.Sprintf("%d %s", app.ID, lane)}
	if in, ok := payload["installation"].(object); ok {
		m.Installation, _ = in["id"].(int64)
	}
	if r != nil {
		m.Repo = r.ID
	}
	return []outgoing{{hookshot.Target{App: app.ID, HookID: app.hookID(), URL: app.WebhookURL, Secret: app.WebhookSecret}, m}}
}

// hook turns a change into webhooks for the Apps that are installed where it happened and asked for the event. An App
// hears of what it did itself too.
func (f *Forge) hook(c change) {
	for _, id := range slices.Sorted(maps.Keys(f.st.Installations)) {
		in := f.st.Installations[id]
		app := f.st.Apps[in.App]
		if app.WebhookURL == "" || in.SuspendedAt != nil || !slices.Contains(in.Events, c.event) || !f.reaches(in, c.repo) {
			continue
		}
		payload := f.payload(c)
		payload["installation"] = object{"id": in.ID, "node_id": nodeID("MDIz", in.ID)}
		lane := c.repo.FullName()
		if c.issue != nil {
			lane = c.issue.Ref.String()
		}
		f.outgoing = append(f.outgoing, f.message(app, c.repo, c.event, c.action, lane, payload)...)
	}
}

// reaches reports whether an installation is on a repository.
func (f *Forge) reaches(in *Installation, r *Repo) bool {
	if in.All {
		return strings.EqualFold(in.Account, r.Owner)
	}
	return slices.Contains(in.Repos, r.ID)
}

func (f *Forge) payload(c change) object {
	out := object{"repository": f.repository(c.repo, nil), "sender": f.user(c.by.Login)}
	if c.action != "" {
		out["action"] = c.action
	}
	if f.isOrg(c.repo.Owner) {
		out["organization"] = f.organization(c.repo.Owner)
	}
	if c.was != nil {
		out["changes"] = c.was
	}
	if c.label != nil {
		out["label"] = f.renderLabel(c.repo, *c.label)
	}
	if c.assignee != "" {
		out["assignee"] = f.user(c.assignee)
	}
	switch c.event {
	case "issues":
		out["issue"] = f.renderIssue(c.issue)
	case "issue_comment":
		out["issue"], out["comment"] = f.renderIssue(c.issue), f.renderComment(c.comment)
	case "pull_request":
		out["number"], out["pull_request"] = c.issue.Ref.Number, f.pullRequest(c.issue, false)
		if c.push != nil {
			out["before"], out["after"] = c.push.before, c.push.after
		}
		if c.reviewer != "" {
			out["requested_reviewer"] = f.user(c.reviewer)
		}
		if c.team != nil {
			out["requested_team"] = f.requestedTeam(c.repo, c.team)
		}
	case "pull_request_review_comment":
		out["pull_request"], out["comment"] = f.pullRequest(c.issue, true), f.renderReviewComment(c.reviewComment, true)
	case "pull_request_review":
		review := f.renderReview(c.issue, c.review)
		review["state"] = strings.ToLower(c.review.State)
		out["pull_request"], out["review"] = f.pullRequest(c.issue, true), review
	case "sub_issues":
		out["sub_issue_id"], out["sub_issue"] = c.issue.ID, f.renderIssue(c.issue)
		out["parent_issue_id"], out["parent_issue"] = c.parent.ID, f.renderIssue(c.parent)
		if strings.HasPrefix(c.action, "parent") {
			out["parent_issue_repo"] = f.repository(f.st.Repos[fold(c.parent.Ref.Repo)], nil)
		} else {
			out["sub_issue_repo"] = f.repository(f.st.Repos[fold(c.issue.Ref.Repo)], nil)
		}
	case "release":
		out["release"] = f.renderRelease(c.release)
	case "push":
		f.pushPayload(out, c)
	}
	return out
}

func (f *Forge) organization(login string) object {
	u := f.st.Users[fold(login)]
	self := f.api("/orgs/%s", u.Login)
	return object{"login": u.Login, "id": u.ID, "node_id": nodeID("O", u.ID), "url": self, "repos_url": self + "/repos", "events_url": self + "/events",
		"hooks_url": self + "/hooks", "issues_url": self + "/issues", "members_url": self + "/members{/member}",
		"public_members_url": self + "/public_members{/member}", "avatar_url": f.web("/avatars/%s", u.Login), "description": ""}
}

const zeroSHA = "0000000000000000000000000000000000000000"

func (f *Forge) pushPayload(out object, c change) {
	p, g := c.push, f.git[c.repo.ID]
	before, after := p.before, p.after
	if before == "" {
		before = zeroSHA
	}
	if after == "" {
		after = zeroSHA
	}
	repo := out["repository"].(object)
	repo["created_at"], repo["pushed_at"] = c.repo.CreatedAt.Unix(), c.repo.PushedAt.Unix()
	repo["stargazers"], repo["master_branch"] = 0, c.repo.DefaultBranch
	var list []gitstore.CommitInfo
	if p.after != "" {
		base := p.before
		if base == "" {
			base = "refs/heads/" + c.repo.DefaultBranch
		}
		if compared, err := g.Compare(base, p.after); err == nil {
			list = compared.Ahead
		}
	}
	commits := []object{}
	for _, x := range list {
		commits = append(commits, f.pushedCommit(c.repo, g, x))
	}
	var head any
	if p.after != "" {
		if x, err := g.CommitInfo(p.after); err == nil {
			head = f.pushedCommit(c.repo, g, x)
		}
	}
	who := f.signature(c.by.Login, f.now())
	out["ref"], out["before"], out["after"], out["base_ref"] = p.ref, before, after, nil
	out["created"], out["deleted"], out["forced"] = p.before == "", p.after == "", p.forced
	out["compare"] = f.web("/%s/compare/%.12s...%.12s", c.repo.FullName(), before, after)
	out["commits"], out["head_commit"] = commits, head
	out["pusher"] = object{"name": c.by.Login, "email": who.Email}
}

func (f *Forge) pushedCommit(r *Repo, g *gitstore.Store, x gitstore.CommitInfo) object {
	files := map[string][]string{"added": {}, "removed": {}, "modified": {}}
	if changed, err := g.CommitFiles(x.SHA); err == nil {
		for _, d := range changed {
			status := d.Status
			if status == "renamed" {
				files["removed"] = append(files["removed"], d.PreviousPath)
				status = "added"
			}
			files[status] = append(files[status], d.Path)
		}
	}
	person := func(s gitstore.Signature) object {
		return object{"name": s.Name, "email": s.Email, "date": stamp(s.When)}
	}
	return object{"id": x.SHA, "tree_id": x.Tree, "distinct": true, "message": x.Message, "timestamp": stamp(x.Author.When),
		"url": f.web("/%s/commit/%s", r.FullName(), x.SHA), "author": person(x.Author), "committer": person(x.Committer),
		"added": files["added"], "removed": files["removed"], "modified": files["modified"]}
}

// installed tells an App about its installation: created, deleted, suspend, unsuspend.
func (f *Forge) installed(in *Installation, action string) {
	payload := object{"action": action, "installation": f.renderInstallation(in), "sender": f.user(in.Account)}
	if action == "created" || action == "deleted" {
		payload["repositories"] = f.shortRepos(in, nil)
		payload["requester"] = nil
	}
	f.outgoing = append(f.outgoing, f.message(f.st.Apps[in.App], nil, "installation", action, fmt.Sprintf("installation %d", in.ID), payload)...)
	f.queue = append(f.queue, Change{Kind: "installation"})
}

// shortRepos lists an installation's repositories, or only some of them, as installation events do.
func (f *Forge) shortRepos(in *Installation, only []int64) []object {
	out := []object{}
	for _, name := range f.st.RepoOrder {
		r := f.st.Repos[fold(name)]
		if only != nil && !slices.Contains(only, r.ID) || only == nil && !f.reaches(in, r) {
			continue
		}
		out = append(out, object{"id": r.ID, "node_id": nodeID("R", r.ID), "name": r.Name, "full_name": r.FullName(), "private": r.Private})
	}
	return out
}
