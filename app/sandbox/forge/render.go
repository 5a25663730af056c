package forge

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/sorting"
)

// What is stored is not what is answered: this file and its siblings make GitHub's JSON of it, for REST and for webhooks
// alike. All of them run under the forge's lock. Shapes are those of GitHub's published description
// (https://github.com/github/rest-api-description).

type object = map[string]any

// SetBaseURL tells the forge where it is reached, such as http://127.0.0.1:8080: links in answers and webhooks start with it.
func (f *Forge) SetBaseURL(base string) { f.base.Store(strings.TrimRight(base, "/")) }

// BaseURL returns what SetBaseURL was given, http://localhost before that.
func (f *Forge) BaseURL() string {
	if base, ok := f.base.Load().(string); ok {
		return base
	}
	return "http://localhost"
}

func (f *Forge) api(format string, args ...any) string {
	return f.BaseURL() + "/api/v3" + fmt.Sprintf(format, args...)
}

// web makes the address of a page.
func (f *Forge) web(format string, args ...any) string {
	return f.BaseURL() + fmt.Sprintf(format, args...)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func stampOrNil(t *time.Time) any {
	if t == nil {
		return nil
	}
	return stamp(*t)
}

// user renders a simple user; an unknown login gets GitHub's "ghost".
func (f *Forge) user(login string) object {
	u, ok := f.st.Users[fold(login)]
	if !ok {
		u = &User{ID: 10137, Login: "ghost", Type: "User"}
	}
	self := f.api("/users/%s", url.PathEscape(u.Login))
	page := f.web("/%s", url.PathEscape(u.Login))
	if slug, ok := strings.CutSuffix(u.Login, "[bot]"); ok && u.Type == "Bot" {
		page = f.web("/apps/%s", slug)
	}
	kind := map[string]string{"Bot": "BOT", "Organization": "O"}[u.Type]
	return object{
		"login": u.Login, "id": u.ID, "node_id": nodeID(cmp.Or(kind, "U"), u.ID), "avatar_url": f.web("/avatars/%s", url.PathEscape(u.Login)),
		"gravatar_id": "", "url": self, "html_url": page, "followers_url": self + "/followers", "following_url": self + "/following{/other_user}",
		"gists_url": self + "/gists{/gist_id}", "starred_url": self + "/starred{/owner}{/repo}", "subscriptions_url": self + "/subscriptions",
		"organizations_url": self + "/orgs", "repos_url": self + "/repos", "events_url": self + "/events{/privacy}",
		"received_events_url": self + "/received_events", "type": u.Type, "user_view_type": "public", "site_admin": false,
	}
}

func (f *Forge) userOrNil(login string) any {
	if login == "" {
		return nil
	}
	return f.user(login)
}

func (f *Forge) users(logins []string) []object {
	out := make([]object, 0, len(logins))
	for _, l := range logins {
		out = append(out, f.user(l))
	}
	return out
}

// fullUser renders a user with what only their own page has. The private part is for the user's own token.
func (f *Forge) fullUser(login string, own bool) object {
	u := f.st.Users[fold(login)]
	out := f.user(login)
	var name, bio any
	if u.Name != "" {
		name = u.Name
	}
	if u.Bio != "" {
		bio = u.Bio
	}
	repos := 0
	for _, r := range f.st.Repos {
		if strings.EqualFold(r.Owner, u.Login) && !r.Private {
			repos++
		}
	}
	for k, v := range (object{"name": name, "company": nil, "blog": "", "location": nil, "email": nil, "hireable": nil, "bio": bio,
		"twitter_username": nil, "public_repos": repos, "public_gists": 0, "followers": 0, "following": 0,
		"created_at": stamp(u.CreatedAt), "updated_at": stamp(u.CreatedAt)}) {
		out[k] = v
	}
	if own {
		out["user_view_type"] = "private"
		for _, k := range []string{"private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators"} {
			out[k] = 0
		}
		out["two_factor_authentication"] = true
	}
	return out
}

// repoURLs are the addresses below a repository's own, as every rendering of a repository lists them.
var repoURLs = map[string]string{
	"archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}",
	"branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}", "comments_url": "/comments{/number}",
	"commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}", "contents_url": "/contents/{+path}",
	"contributors_url": "/contributors", "deployments_url": "/deployments", "downloads_url": "/downloads", "events_url": "/events",
	"forks_url": "/forks", "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}", "git_tags_url": "/git/tags{/sha}",
	"hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}", "issue_events_url": "/issues/events{/number}",
	"issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}", "labels_url": "/labels{/name}", "languages_url": "/languages",
	"merges_url": "/merges", "milestones_url": "/milestones{/number}", "notifications_url": "/notifications{?since,all,participating}",
	"pulls_url": "/pulls{/number}", "releases_url": "/releases{/id}", "stargazers_url": "/stargazers", "statuses_url": "/statuses/{sha}",
	"subscribers_url": "/subscribers", "subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams",
	"trees_url": "/git/trees{/sha}",
}

// simpleRepo renders a repository without its counts.
func (f *Forge) simpleRepo(r *Repo) object {
	self := f.api("/repos/%s", r.FullName())
	var description any
	if r.Description != "" {
		description = r.Description
	}
	out := object{"id": r.ID, "node_id": nodeID("R", r.ID), "name": r.Name, "full_name": r.FullName(), "private": r.Private,
		"owner": f.user(r.Owner), "html_url": f.web("/%s", r.FullName()), "description": description, "fork": false, "url": self}
	for k, v := range repoURLs {
		out[k] = self + v
	}
	return out
}

// repository renders a repository as lists and webhooks show it; permissions are those of whoever asks.
func (f *Forge) repository(r *Repo, a *Actor) object {
	open := 0
	for _, i := range f.st.Issues[fold(r.FullName())] {
		if i.State == "open" {
			open++
		}
	}
	out := f.simpleRepo(r)
	visibility := "public"
	if r.Private {
		visibility = "private"
	}
	page := f.web("/%s", r.FullName())
	for k, v := range (object{"git_url": "git" + strings.TrimPrefix(page, "http") + ".git", "ssh_url": "git@localhost:" + r.FullName() + ".git",
		"clone_url": page + ".git", "svn_url": page, "mirror_url": nil, "homepage": nil, "size": 0, "stargazers_count": 0, "watchers_count": 0,
		"language": nil, "has_issues": true, "has_projects": false, "has_downloads": false, "has_wiki": false, "has_pages": false,
		"has_discussions": false, "forks_count": 0, "archived": r.Archived, "disabled": false, "open_issues_count": open, "license": nil,
		"allow_forking": true, "is_template": false, "web_commit_signoff_required": false, "topics": []string{}, "visibility": visibility,
		"forks": 0, "open_issues": open, "watchers": 0, "default_branch": r.DefaultBranch, "created_at": stamp(r.CreatedAt),
		"updated_at": stamp(r.UpdatedAt), "pushed_at": stamp(r.PushedAt)}) {
		out[k] = v
	}
	if a != nil {
		out["permissions"] = f.permissionFlags(*a, r)
	}
	return out
}

func (f *Forge) permissionFlags(a Actor, r *Repo) map[string]bool {
	p := f.permission(r, a.Login)
	if a.grant != nil {
		p = Read
		if f.scope(a.grant, "contents") == "write" {
			p = Write
		}
	}
	return flags(p)
}

func flags(p Permission) map[string]bool {
	return map[string]bool{"admin": p.AtLeast(Admin), "maintain": p.AtLeast(Maintain), "push": p.AtLeast(Write),
		"triage": p.AtLeast(Triage), "pull": p.AtLeast(Read)}
}

// fullRepo renders a repository as its own address shows it.
func (f *Forge) fullRepo(r *Repo, a Actor) object {
	out := f.repository(r, &a)
	for k, v := range (object{"temp_clone_token": nil, "allow_squash_merge": true, "allow_merge_commit": true, "allow_rebase_merge": true,
		"allow_auto_merge": false, "delete_branch_on_merge": false, "allow_update_branch": false, "network_count": 0, "subscribers_count": 0}) {
		out[k] = v
	}
	if f.isOrg(r.Owner) {
		out["organization"] = f.user(r.Owner)
	}
	return out
}

func (f *Forge) renderLabel(r *Repo, l Label) object {
	var description any
	if l.Description != "" {
		description = l.Description
	}
	return object{"id": l.ID, "node_id": nodeID("LA", l.ID), "url": f.api("/repos/%s/labels/%s", r.FullName(), url.PathEscape(l.Name)),
		"name": l.Name, "color": l.Color, "default": false, "description": description}
}

func (f *Forge) renderLabels(r *Repo, list []Label) []object {
	out := make([]object, 0, len(list))
	for _, l := range list {
		out = append(out, f.renderLabel(r, l))
	}
	return out
}

// renderApp renders an App as performed_via_github_app and /app show it; "" is null.
func (f *Forge) renderApp(slug string) any {
	a, ok := f.st.Apps[slug]
	if !ok {
		return nil
	}
	var description any
	if a.Description != "" {
		description = a.Description
	}
	page := f.web("/apps/%s", a.Slug)
	return object{"id": a.ID, "slug": a.Slug, "node_id": nodeID("A", a.ID), "client_id": clientID(a), "owner": f.user(a.Owner),
		"name": a.Name, "description": description, "external_url": page, "html_url": page, "created_at": stamp(a.CreatedAt),
		"updated_at": stamp(a.CreatedAt), "permissions": a.Permissions, "events": nonNil(a.Events)}
}

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (f *Forge) renderInstallation(in *Installation) object {
	app, account := f.st.Apps[in.App], f.st.Users[fold(in.Account)]
	var suspendedBy any
	if in.SuspendedAt != nil {
		suspendedBy = f.user(in.Account)
	}
	return object{"id": in.ID, "client_id": clientID(app), "account": f.user(in.Account), "repository_selection": in.selection(),
		"access_tokens_url": f.api("/app/installations/%d/access_tokens", in.ID), "repositories_url": f.api("/installation/repositories"),
		"html_url": f.web("/settings/installations/%d", in.ID), "app_id": app.ID, "app_slug": app.Slug, "target_id": account.ID,
		"target_type": account.Type, "permissions": in.Permissions, "events": nonNil(in.Events), "created_at": stamp(in.CreatedAt),
		"updated_at": stamp(in.UpdatedAt), "single_file_name": nil, "has_multiple_single_files": false, "single_file_paths": []string{},
		"suspended_by": suspendedBy, "suspended_at": stampOrNil(in.SuspendedAt)}
}

func (in *Installation) selection() string {
	if in.All {
		return "all"
	}
	return "selected"
}

// rollup counts reactions as GitHub shows them beside an issue or comment.
func rollup(self string, list []Reaction) object {
	out := object{"url": self + "/reactions", "total_count": len(list)}
	for _, content := range Reactions {
		out[content] = 0
	}
	for _, r := range list {
		out[r.Content] = out[r.Content].(int) + 1
	}
	return out
}

func (f *Forge) renderReaction(r Reaction) object {
	return object{"id": r.ID, "node_id": nodeID("REA", r.ID), "user": f.user(r.User), "content": r.Content, "created_at": stamp(r.CreatedAt)}
}

func (f *Forge) renderRelease(x *Release) object {
	self := f.api("/repos/%s/releases/%d", x.Repo, x.ID)
	var published, updated any
	if !x.PublishedAt.IsZero() {
		published, updated = stamp(x.PublishedAt), stamp(x.PublishedAt)
	}
	return object{"url": self, "html_url": f.web("/%s/releases/tag/%s", x.Repo, url.PathEscape(x.Tag)), "assets_url": self + "/assets",
		"upload_url":  f.web("/api/uploads/repos/%s/releases/%d/assets{?name,label}", x.Repo, x.ID),
		"tarball_url": f.api("/repos/%s/tarball/%s", x.Repo, x.Tag), "zipball_url": f.api("/repos/%s/zipball/%s", x.Repo, x.Tag),
		"id": x.ID, "node_id": nodeID("RE", x.ID), "tag_name": x.Tag, "target_commitish": x.Target, "name": x.Name, "body": x.Body,
		"draft": x.Draft, "prerelease": x.Prerelease, "immutable": false, "created_at": stamp(x.CreatedAt), "published_at": published,
		"updated_at": updated, "author": f.user(x.Author), "assets": []any{}}
}

// sortedTeams lists teams in the order they were made.
func sortedTeams(m map[string]*Team) []*Team {
	out := make([]*Team, 0, len(m))
	for _, t := range m {
		out = append(out, t)
	}
	sorting.Stable(out, func(x, y *Team) int { return cmp.Compare(x.ID, y.ID) })
	return out
}
