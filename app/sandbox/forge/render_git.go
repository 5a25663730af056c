package forge

import (
	"encoding/base64"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

// escapePath escapes a path in a repository for an address, keeping its slashes.
func escapePath(p string) string {
	parts := strings.Split(p, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// pullRequest renders a pull request as its own address shows it; simple leaves out what lists do not have. It reads git
// for the counts, so it must run before r's branches move on.
func (f *Forge) pullRequest(i *Issue, simple bool) object {
	r := f.st.Repos[fold(i.Ref.Repo)]
	p := i.Pull
	self := f.api("/repos/%s/pulls/%d", r.FullName(), i.Ref.Number)
	issue := f.api("/repos/%s/issues/%d", r.FullName(), i.Ref.Number)
	statuses := f.api("/repos/%s/statuses/%s", r.FullName(), p.HeadSHA)
	page := f.issuePage(i)
	side := func(branch, sha string) object {
		return object{"label": r.Owner + ":" + branch, "ref": branch, "sha": sha, "user": f.user(r.Owner), "repo": f.repository(r, nil)}
	}
	href := func(to string) object { return object{"href": to} }
	out := object{"id": p.ID, "node_id": i.NodeID(), "url": self, "html_url": page, "diff_url": page + ".diff", "patch_url": page + ".patch",
		"issue_url": issue, "commits_url": self + "/commits", "review_comments_url": self + "/comments",
		"review_comment_url": f.api("/repos/%s/pulls/comments{/number}", r.FullName()), "comments_url": issue + "/comments",
		"statuses_url": statuses, "number": i.Ref.Number, "state": i.State, "locked": i.Locked, "title": i.Title, "user": f.user(i.Author),
		"body": orNil(i.Body), "labels": f.renderLabels(r, f.labelsOf(r, i)), "milestone": nil, "active_lock_reason": orNil(i.LockReason),
		"created_at": stamp(i.CreatedAt), "updated_at": stamp(i.UpdatedAt), "closed_at": stampOrNil(i.ClosedAt), "merged_at": stampOrNil(p.MergedAt),
		"merge_commit_sha": orNil(p.MergeCommitSHA), "assignee": nil, "assignees": f.users(i.Assignees), "requested_reviewers": f.users(p.Reviewers),
		"requested_teams": f.requestedTeams(r, i), "head": side(p.Head, p.HeadSHA), "base": side(p.Base, p.BaseSHA), "draft": p.Draft,
		"author_association": i.Association, "auto_merge": nil,
		"_links": object{"self": href(self), "html": href(page), "issue": href(issue), "comments": href(issue + "/comments"),
			"review_comments": href(self + "/comments"), "review_comment": href(f.api("/repos/%s/pulls/comments{/number}", r.FullName())),
			"commits": href(self + "/commits"), "statuses": href(statuses)}}
	if len(i.Assignees) > 0 {
		out["assignee"] = f.user(i.Assignees[0])
	}
	if simple {
		return out
	}
	out["merged"], out["merged_by"] = p.Merged, f.userOrNil(p.MergedBy)
	out["comments"], out["review_comments"], out["maintainer_can_modify"] = i.Comments, len(f.st.ReviewOrder[i.Ref.Key()]), false
	out["mergeable"], out["rebaseable"], out["mergeable_state"] = nil, nil, "unknown"
	if i.State == "open" {
		_, err := f.git[r.ID].Mergeable("refs/heads/"+p.Base, p.HeadSHA)
		out["mergeable"], out["rebaseable"], out["mergeable_state"] = err == nil, err == nil, "clean"
		switch {
		case err != nil:
			out["mergeable_state"] = "dirty"
		case p.Draft:
			out["mergeable_state"] = "draft"
		}
	}
	added, deleted, files, commits := 0, 0, 0, 0
	if c, err := f.git[r.ID].Compare(p.BaseSHA, p.HeadSHA); err == nil {
		for _, d := range c.Files {
			added, deleted = added+d.Additions, deleted+d.Deletions
		}
		files, commits = len(c.Files), len(c.Ahead)
	}
	out["additions"], out["deletions"], out["changed_files"], out["commits"] = added, deleted, files, commits
	return out
}

func gitUser(s gitstore.Signature) object {
	return object{"name": s.Name, "email": s.Email, "date": stamp(s.When)}
}

// unsigned is what GitHub says of a commit without a signature. What it signs itself (commits of Apps) is not signed here.
func unsigned() object {
	return object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}
}

func (f *Forge) gitCommit(repo string, c gitstore.CommitInfo) object {
	return object{"sha": c.SHA, "node_id": "C_" + c.SHA, "url": f.api("/repos/%s/git/commits/%s", repo, c.SHA),
		"html_url": f.web("/%s/commit/%s", repo, c.SHA), "author": gitUser(c.Author), "committer": gitUser(c.Committer), "message": c.Message,
		"tree": object{"sha": c.Tree, "url": f.api("/repos/%s/git/trees/%s", repo, c.Tree)}, "parents": f.parents(repo, c), "verification": unsigned()}
}

func (f *Forge) parents(repo string, c gitstore.CommitInfo) []object {
	out := make([]object, 0, len(c.Parents))
	for _, p := range c.Parents {
		out = append(out, object{"sha": p, "url": f.api("/repos/%s/commits/%s", repo, p), "html_url": f.web("/%s/commit/%s", repo, p)})
	}
	return out
}

func (f *Forge) commit(repo string, c gitstore.CommitInfo) object {
	self := f.api("/repos/%s/commits/%s", repo, c.SHA)
	return object{"sha": c.SHA, "node_id": "C_" + c.SHA, "url": self, "html_url": f.web("/%s/commit/%s", repo, c.SHA), "comments_url": self + "/comments",
		"commit": object{"url": f.api("/repos/%s/git/commits/%s", repo, c.SHA), "author": gitUser(c.Author), "committer": gitUser(c.Committer),
			"message": c.Message, "comment_count": 0, "tree": object{"sha": c.Tree, "url": f.api("/repos/%s/git/trees/%s", repo, c.Tree)},
			"verification": unsigned()},
		"author": f.byEmail(c.Author.Email), "committer": f.byEmail(c.Committer.Email), "parents": f.parents(repo, c)}
}

// byEmail finds the account that a commit's address belongs to, as GitHub does; nil when there is none.
func (f *Forge) byEmail(email string) any {
	for _, u := range f.st.Users {
		if email == noreply(u) {
			return f.user(u.Login)
		}
	}
	return nil
}

func (f *Forge) commits(repo string, list []gitstore.CommitInfo) []object {
	out := make([]object, 0, len(list))
	for _, c := range list {
		out = append(out, f.commit(repo, c))
	}
	return out
}

func (f *Forge) diffEntries(repo, ref string, files []gitstore.FileDiff) []object {
	out := make([]object, 0, len(files))
	for _, d := range files {
		row := object{"sha": d.SHA, "filename": d.Path, "status": d.Status, "additions": d.Additions, "deletions": d.Deletions,
			"changes": d.Additions + d.Deletions, "blob_url": f.web("/%s/blob/%s/%s", repo, ref, escapePath(d.Path)),
			"raw_url": f.web("/%s/raw/%s/%s", repo, ref, escapePath(d.Path)), "contents_url": f.api("/repos/%s/contents/%s?ref=%s", repo, escapePath(d.Path), ref)}
		if d.Patch != "" {
			row["patch"] = d.Patch
		}
		if d.PreviousPath != "" {
			row["previous_filename"] = d.PreviousPath
		}
		out = append(out, row)
	}
	return out
}

// contentEntry renders one file or folder without its content.
func (f *Forge) contentEntry(repo, ref string, e gitstore.Entry) object {
	kind := map[string]string{"tree": "dir", "commit": "submodule"}[e.Type]
	if kind == "" {
		kind = "file"
		if e.Mode == "120000" {
			kind = "symlink"
		}
	}
	self := f.api("/repos/%s/contents/%s?ref=%s", repo, escapePath(e.Path), url.QueryEscape(ref))
	git := f.api("/repos/%s/git/%ss/%s", repo, e.Type, e.SHA)
	page := f.web("/%s/%s/%s/%s", repo, e.Type, escapePath(ref), escapePath(e.Path))
	var download any
	if kind == "file" {
		download = f.web("/%s/raw/%s/%s", repo, escapePath(ref), escapePath(e.Path))
	}
	return object{"type": kind, "name": path.Base(e.Path), "path": e.Path, "sha": e.SHA, "size": e.Size, "url": self, "html_url": page, "git_url": git,
		"download_url": download, "_links": object{"self": self, "git": git, "html": page}}
}

// contentFile renders a file with its content, in lines of 60 as GitHub breaks base64.
func (f *Forge) contentFile(repo, ref string, e gitstore.Entry, content []byte) object {
	out := f.contentEntry(repo, ref, e)
	encoded := base64.StdEncoding.EncodeToString(content)
	var b strings.Builder
	for len(encoded) > 60 {
		b.WriteString(encoded[:60] + "\n")
		encoded = encoded[60:]
	}
	b.WriteString(encoded + "\n")
	out["encoding"], out["content"] = "base64", b.String()
	return out
}

func (f *Forge) gitRef(repo string, r gitstore.Ref) object {
	return object{"ref": r.Name, "node_id": "REF_" + base64.RawURLEncoding.EncodeToString([]byte(r.Name)),
		"url":    f.api("/repos/%s/git/%s", repo, escapePath(r.Name)),
		"object": object{"type": r.Type, "sha": r.SHA, "url": f.api("/repos/%s/git/%ss/%s", repo, r.Type, r.SHA)}}
}

func (f *Forge) gitTree(repo, sha string, entries []gitstore.Entry) object {
	rows := make([]object, 0, len(entries))
	for _, e := range entries {
		row := object{"path": e.Path, "mode": e.Mode, "type": e.Type, "sha": e.SHA, "url": f.api("/repos/%s/git/%ss/%s", repo, e.Type, e.SHA)}
		if e.Type == "blob" {
			row["size"] = e.Size
		}
		rows = append(rows, row)
	}
	return object{"sha": sha, "url": f.api("/repos/%s/git/trees/%s", repo, sha), "tree": rows, "truncated": false}
}
