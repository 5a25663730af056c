package forge

import (
	"cmp"
)

// renderReview renders a review of pull request i.
func (f *Forge) renderReview(i *Issue, v *Review) object {
	page := f.issuePage(i) + "#pullrequestreview-" + id(v.ID)
	pull := f.api("/repos/%s/pulls/%d", i.Ref.Repo, i.Ref.Number)
	return object{"id": v.ID, "node_id": nodeID("PRR", v.ID), "user": f.user(v.User), "body": v.Body, "state": v.State, "html_url": page,
		"pull_request_url": pull, "_links": object{"html": object{"href": page}, "pull_request": object{"href": pull}},
		"submitted_at": stamp(v.SubmittedAt), "commit_id": v.CommitSHA, "author_association": cmp.Or(v.Association, "NONE")}
}

// renderReviewComment renders a comment on a diff. In webhooks, what an outdated comment has no more is null; the
// description of the REST API leaves it out.
func (f *Forge) renderReviewComment(c *ReviewComment, webhook bool) object {
	self := f.api("/repos/%s/pulls/comments/%d", c.Pull.Repo, c.ID)
	pull := f.api("/repos/%s/pulls/%d", c.Pull.Repo, c.Pull.Number)
	page := f.web("/%s/pull/%d#discussion_r%d", c.Pull.Repo, c.Pull.Number, c.ID)
	subject := "line"
	if c.WholeFile {
		subject = "file"
	}
	href := func(to string) object { return object{"href": to} }
	out := object{"id": c.ID, "node_id": nodeID("PRRC", c.ID), "url": self, "html_url": page, "pull_request_url": pull,
		"pull_request_review_id": c.Review, "diff_hunk": c.Hunk, "path": c.Path, "commit_id": c.CommitSHA, "original_commit_id": c.OriginalCommitSHA,
		"original_position": max(c.OriginalPosition, 1), "side": c.Side, "start_side": orNil(c.StartSide), "start_line": zeroNil(int64(c.StartLine)),
		"original_start_line": zeroNil(int64(c.OriginalStartLine)), "subject_type": subject, "user": f.user(c.Author), "body": c.Body,
		"created_at": stamp(c.CreatedAt), "updated_at": stamp(c.UpdatedAt), "author_association": c.Association,
		"reactions": rollup(self, c.Reactions), "_links": object{"self": href(self), "html": href(page), "pull_request": href(pull)}}
	if c.InReplyTo != 0 {
		out["in_reply_to_id"] = c.InReplyTo
	}
	for name, n := range map[string]int{"line": c.Line, "original_line": c.OriginalLine, "position": c.Position} {
		if n != 0 || webhook {
			out[name] = zeroNil(int64(n))
		}
	}
	return out
}
