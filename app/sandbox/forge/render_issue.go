package forge

// renderIssue renders an issue or a pull request as the issues API shows it.
func (f *Forge) renderIssue(i *Issue) object {
	r := f.st.Repos[fold(i.Ref.Repo)]
	self := f.api("/repos/%s/issues/%d", r.FullName(), i.Ref.Number)
	out := object{"id": i.ID, "node_id": i.NodeID(), "url": self, "repository_url": f.api("/repos/%s", r.FullName()),
		"labels_url": self + "/labels{/name}", "comments_url": self + "/comments", "events_url": self + "/events",
		"timeline_url": self + "/timeline", "html_url": f.issuePage(i), "number": i.Ref.Number, "state": i.State,
		"state_reason": orNil(i.StateReason), "title": i.Title, "body": orNil(i.Body), "user": f.user(i.Author),
		"labels": f.renderLabels(r, f.labelsOf(r, i)), "assignee": nil, "assignees": f.users(i.Assignees), "milestone": nil,
		"locked": i.Locked, "active_lock_reason": orNil(i.LockReason), "comments": i.Comments, "closed_at": stampOrNil(i.ClosedAt),
		"created_at": stamp(i.CreatedAt), "updated_at": stamp(i.UpdatedAt), "closed_by": f.userOrNil(i.ClosedBy),
		"author_association": i.Association, "performed_via_github_app": f.renderApp(i.App), "reactions": rollup(self, i.Reactions)}
	if len(i.Assignees) > 0 {
		out["assignee"] = f.user(i.Assignees[0])
	}
	if i.Pull != nil {
		page := f.issuePage(i)
		out["draft"] = i.Pull.Draft
		out["pull_request"] = object{"url": f.api("/repos/%s/pulls/%d", r.FullName(), i.Ref.Number), "html_url": page,
			"diff_url": page + ".diff", "patch_url": page + ".patch", "merged_at": stampOrNil(i.Pull.MergedAt)}
		return out
	}
	completed := 0
	for _, s := range i.SubIssues {
		if sub := f.byRef(s); sub != nil && sub.State == "closed" {
			completed++
		}
	}
	percent := 0
	if n := len(i.SubIssues); n > 0 {
		percent = completed * 100 / n
	}
	out["sub_issues_summary"] = object{"total": len(i.SubIssues), "completed": completed, "percent_completed": percent}
	blocked := 0
	for _, b := range i.BlockedBy {
		if x := f.byRef(b); x != nil && x.State == "open" {
			blocked++
		}
	}
	out["issue_dependencies_summary"] = object{"blocked_by": blocked, "total_blocked_by": len(i.BlockedBy), "blocking": 0, "total_blocking": 0}
	if i.Parent != nil {
		out["parent_issue_url"] = f.api("/repos/%s/issues/%d", i.Parent.Repo, i.Parent.Number)
	}
	return out
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// issuePage is the address of the page of an issue or pull request.
func (f *Forge) issuePage(i *Issue) string {
	kind := "issues"
	if i.Pull != nil {
		kind = "pull"
	}
	return f.web("/%s/%s/%d", i.Ref.Repo, kind, i.Ref.Number)
}

func (f *Forge) renderComment(c *Comment) object {
	self := f.api("/repos/%s/issues/comments/%d", c.Issue.Repo, c.ID)
	page := f.web("/%s/issues/%d", c.Issue.Repo, c.Issue.Number)
	if i := f.byRef(c.Issue); i != nil {
		page = f.issuePage(i)
	}
	out := object{"id": c.ID, "node_id": nodeID("IC", c.ID), "url": self, "html_url": page + "#issuecomment-" + id(c.ID),
		"issue_url": f.api("/repos/%s/issues/%d", c.Issue.Repo, c.Issue.Number), "user": f.user(c.Author), "body": c.Body,
		"created_at": stamp(c.CreatedAt), "updated_at": stamp(c.UpdatedAt), "author_association": c.Association,
		"performed_via_github_app": f.renderApp(c.App), "reactions": rollup(self, c.Reactions)}
	if c.Minimized != "" {
		out["minimized"] = object{"reason": c.Minimized}
	}
	return out
}

// renderEvent renders a row of the timeline; nil is a kind that the API does not show.
func (f *Forge) renderEvent(e *Event, timeline bool) object {
	i := f.byRef(e.Issue)
	if i == nil {
		return nil
	}
	out := object{"id": e.ID, "node_id": nodeID("EV", e.ID), "url": f.api("/repos/%s/issues/events/%d", e.Issue.Repo, e.ID),
		"actor": f.user(e.Actor), "event": e.Kind, "commit_id": nil, "commit_url": nil, "created_at": stamp(e.CreatedAt),
		"performed_via_github_app": f.renderApp(e.App)}
	if e.CommitSHA != "" {
		out["commit_id"], out["commit_url"] = e.CommitSHA, f.api("/repos/%s/commits/%s", e.Issue.Repo, e.CommitSHA)
	}
	switch e.Kind {
	case "labeled", "unlabeled":
		out["label"] = object{"name": e.Label.Name, "color": e.Label.Color}
	case "assigned", "unassigned":
		out["assignee"] = f.user(e.Assignee)
		if !timeline {
			out["assigner"] = f.user(e.Actor)
		}
	case "renamed":
		out["rename"] = object{"from": e.From, "to": e.To}
	case "review_requested", "review_request_removed":
		out["review_requester"] = f.user(e.Actor)
		if t := f.st.Teams[fold(e.Reviewer)]; t != nil {
			out["requested_team"] = f.requestedTeam(f.st.Repos[fold(e.Issue.Repo)], t)
		} else {
			out["requested_reviewer"] = f.user(e.Reviewer)
		}
	case "locked", "unlocked":
		out["lock_reason"] = orNil(e.Reason)
	case "closed", "reopened":
		out["state_reason"] = orNil(e.Reason)
	case "sub_issue_added", "sub_issue_removed":
		out["sub_issue"] = f.issueReference(*e.Source)
	case "parent_issue_added", "parent_issue_removed":
		out["parent_issue"] = f.issueReference(*e.Source)
	case "blocked_by_added", "blocked_by_removed":
		out["blocked_by"] = f.issueReference(*e.Source)
	case "cross-referenced":
		source := f.byRef(*e.Source)
		if source == nil || !timeline {
			return nil // only the timeline shows references
		}
		rendered := f.renderIssue(source)
		rendered["repository"] = f.repository(f.st.Repos[fold(source.Ref.Repo)], nil)
		return object{"event": e.Kind, "actor": f.user(e.Actor), "created_at": stamp(e.CreatedAt), "updated_at": stamp(e.CreatedAt),
			"source": object{"type": "issue", "issue": rendered}}
	case "reviewed":
		return nil // the review itself stands in the timeline
	}
	return out
}

func (f *Forge) issueReference(ref Ref) any {
	i := f.byRef(ref)
	if i == nil {
		return nil
	}
	return object{"number": i.Ref.Number, "title": i.Title, "state": i.State, "state_reason": orNil(i.StateReason),
		"repository": f.simpleRepo(f.st.Repos[fold(i.Ref.Repo)]), "issue_type": nil}
}
