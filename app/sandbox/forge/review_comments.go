package forge

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

const reviewCommentResource = "PullRequestReviewComment"

// ReviewCommentInput is a new comment on a pull request's diff. A reply needs InReplyTo and Body only.
type ReviewCommentInput struct {
	Body      string
	CommitSHA string // whose diff; "" is the head's
	Path      string
	WholeFile bool   // about the file, not about a line of it
	Side      string // RIGHT (default) or LEFT
	Line      int    // the line, the last one of several
	StartSide string // default Side
	StartLine int    // the first one of several; 0 for one line
	Position  int    // the older way to say Side and Line
	InReplyTo int64  // the comment that began the thread
}

func (c *ReviewComment) copy() *ReviewComment {
	d := *c
	d.Reactions = slices.Clone(c.Reactions)
	return &d
}

// CreateReviewComment comments on a line of a pull request's diff, as a review of this one comment. Who may see the
// pull request may, but only people with write permission on a locked one. A line that is not in the diff is ErrInvalid.
func (f *Forge) CreateReviewComment(a Actor, ref Ref, in ReviewCommentInput) (*ReviewComment, error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.pull(a, ref)
	if err != nil {
		return nil, err
	}
	if err := f.mayReview(a, r, i); err != nil {
		return nil, err
	}
	c, err := f.place(r, i, in)
	if err != nil {
		return nil, err
	}
	f.review(a, r, i, "COMMENTED", "", []*ReviewComment{c})
	return c.copy(), nil
}

func (f *Forge) mayReview(a Actor, r *Repo, i *Issue) error {
	if err := f.write(a, r, "pull_requests"); err != nil {
		return err
	}
	if i.Locked && a.grant == nil && !f.permission(r, a.Login).AtLeast(Write) {
		return &Error{Status: ErrForbidden.Status, Message: "Unable to create comment because issue is locked."}
	}
	return nil
}

// place finds what a new comment is about, without storing it.
func (f *Forge) place(r *Repo, i *Issue, in ReviewCommentInput) (*ReviewComment, error) {
	if strings.TrimSpace(in.Body) == "" {
		return nil, invalid(reviewCommentResource, "body", "missing_field", "body can't be blank")
	}
	if err := checkText(reviewCommentResource, "", in.Body, false); err != nil {
		return nil, err
	}
	if in.InReplyTo != 0 {
		first, ok := f.st.ReviewComments[in.InReplyTo]
		if !ok || first.Pull.Key() != i.Ref.Key() || first.InReplyTo != 0 {
			return nil, invalid(reviewCommentResource, "in_reply_to", "invalid", "in_reply_to must be the first comment of a thread of this pull request")
		}
		c := first.copy()
		c.ID, c.InReplyTo, c.Body, c.Reactions, c.EditedAt = 0, first.ID, in.Body, nil, nil
		return c, nil
	}
	g := f.git[r.ID]
	commit := cmp.Or(in.CommitSHA, i.Pull.HeadSHA)
	whole, err := g.Compare(i.Pull.BaseSHA, i.Pull.HeadSHA)
	if err != nil {
		return nil, fromGit(err)
	}
	if !slices.ContainsFunc(whole.Ahead, func(x gitstore.CommitInfo) bool { return x.SHA == commit }) {
		return nil, invalid(reviewCommentResource, "commit_id", "custom", "commit_id is not part of the pull request")
	}
	diff := whole
	if commit != i.Pull.HeadSHA {
		if diff, err = g.Compare(i.Pull.BaseSHA, commit); err != nil {
			return nil, fromGit(err)
		}
	}
	c := &ReviewComment{Path: in.Path, WholeFile: in.WholeFile, Side: cmp.Or(in.Side, "RIGHT"), Body: in.Body, CommitSHA: commit, OriginalCommitSHA: commit}
	if err := c.point(diff, in); err != nil {
		return nil, err
	}
	c.OriginalLine, c.OriginalStartLine, c.OriginalPosition = c.Line, c.StartLine, c.Position
	if commit != i.Pull.HeadSHA {
		c.follow(g, diff, whole)
	}
	return c, nil
}

// point sets the lines that a new comment is about, which must be in the diff.
func (c *ReviewComment) point(diff gitstore.Comparison, in ReviewCommentInput) error {
	lines, ok := fileLines(diff, c.Path)
	if !ok {
		return invalid(reviewCommentResource, "path", "invalid", "path must be a file that the pull request changes")
	}
	for _, side := range []string{c.Side, in.StartSide} {
		if side != "" && side != "LEFT" && side != "RIGHT" {
			return invalid(reviewCommentResource, "side", "invalid", "side must be one of: LEFT, RIGHT")
		}
	}
	if c.WholeFile {
		c.Side, c.Position = "RIGHT", 1
		return nil
	}
	at := in.Position
	switch {
	case in.Line == 0 && at == 0:
		return invalid(reviewCommentResource, "line", "missing_field", "line can't be blank")
	case in.Line != 0:
		at = find(lines, c.Side, in.Line)
	case at > 0 && at < len(lines) && lines[at].Kind == "del":
		c.Side = "LEFT"
	default:
		c.Side = "RIGHT"
	}
	if at < 1 || at >= len(lines) || number(lines[at], c.Side) == 0 {
		return invalid(reviewCommentResource, "pull_request_review_thread.line", "custom", "pull_request_review_thread.line must be part of the diff")
	}
	c.Line, c.Position = number(lines[at], c.Side), at
	first := at
	if in.StartLine != 0 {
		c.StartLine, c.StartSide = in.StartLine, cmp.Or(in.StartSide, c.Side)
		if first = find(lines, c.StartSide, c.StartLine); first < 1 {
			return invalid(reviewCommentResource, "pull_request_review_thread.start_line", "custom", "pull_request_review_thread.start_line must be part of the diff")
		}
		if first >= at || slices.ContainsFunc(lines[first:at], func(l gitstore.PatchLine) bool { return l.Kind == "hunk" }) {
			return invalid(reviewCommentResource, "pull_request_review_thread.start_line", "custom", "pull_request_review_thread.start_line must precede the end line in the same hunk")
		}
	}
	for first >= 0 && lines[first].Kind != "hunk" {
		first--
	}
	var hunk []string
	for _, l := range lines[max(first, 0) : at+1] {
		hunk = append(hunk, l.Text)
	}
	c.Hunk = strings.Join(hunk, "\n")
	return nil
}

func fileLines(diff gitstore.Comparison, name string) ([]gitstore.PatchLine, bool) {
	for _, d := range diff.Files {
		if d.Path == name {
			return gitstore.PatchLines(d.Patch), true
		}
	}
	return nil, false
}

// number is a diff line's number on one side, 0 when that side does not have it.
func number(l gitstore.PatchLine, side string) int {
	if side == "LEFT" {
		return l.Old
	}
	return l.New
}

// find is the position of a line in a file's diff, 0 when it is not there.
func find(lines []gitstore.PatchLine, side string, line int) int {
	return max(0, slices.IndexFunc(lines, func(l gitstore.PatchLine) bool { return line > 0 && number(l, side) == line }))
}

// follow moves a comment from the diff that it stands in to a newer one, or leaves it behind as outdated.
func (c *ReviewComment) follow(g *gitstore.Store, from, to gitstore.Comparison) {
	lines, ok := fileLines(to, c.Path)
	if c.WholeFile {
		if ok {
			c.CommitSHA = to.Head
		}
		return
	}
	moved := func(side string, line int) int {
		before, after := from.Head, to.Head
		if side == "LEFT" {
			before, after = from.MergeBase, to.MergeBase
		}
		now, still := g.MapLine(before, after, c.Path, line)
		if !still || find(lines, side, now) == 0 {
			return 0
		}
		return now
	}
	line, start := moved(c.Side, c.Line), 0
	if c.StartLine != 0 {
		if start = moved(c.StartSide, c.StartLine); start == 0 {
			line = 0
		}
	}
	if line == 0 {
		c.Line, c.StartLine, c.Position = 0, 0, 0
		return
	}
	c.Line, c.StartLine, c.Position, c.CommitSHA = line, start, find(lines, c.Side, line), to.Head
}

// followAll moves a pull request's comments after its head or base moved; base and head are where they were before.
func (f *Forge) followAll(r *Repo, i *Issue, base, head string) {
	ids := f.st.ReviewOrder[i.Ref.Key()]
	if len(ids) == 0 {
		return
	}
	g := f.git[r.ID]
	from, err := g.Compare(base, head)
	if err != nil {
		return
	}
	to, err := g.Compare(i.Pull.BaseSHA, i.Pull.HeadSHA)
	if err != nil {
		return
	}
	for _, id := range ids {
		if c := f.st.ReviewComments[id]; !c.Outdated() {
			c.follow(g, from, to)
		}
	}
}

func (f *Forge) reviewComment(a Actor, repo string, id int64) (*Repo, *Issue, *ReviewComment, error) {
	c, ok := f.st.ReviewComments[id]
	if !ok || !strings.EqualFold(c.Pull.Repo, repo) {
		if _, err := f.see(a, repo); err != nil {
			return nil, nil, nil, err
		}
		return nil, nil, nil, ErrNotFound
	}
	r, i, err := f.pull(a, c.Pull)
	return r, i, c, err
}

// ReviewComment returns one comment on a diff.
func (f *Forge) ReviewComment(a Actor, repo string, id int64) (*ReviewComment, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	_, _, c, err := f.reviewComment(a, repo, id)
	if err != nil {
		return nil, err
	}
	return c.copy(), nil
}

// ListReviewComments lists the comments on a pull request's diff, oldest first, updated at or after since when that is set.
func (f *Forge) ListReviewComments(a Actor, ref Ref, since time.Time) ([]*ReviewComment, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if _, _, err := f.pull(a, ref); err != nil {
		return nil, err
	}
	var out []*ReviewComment
	for _, id := range f.st.ReviewOrder[ref.Key()] {
		if c := f.st.ReviewComments[id]; !c.UpdatedAt.Before(since) {
			out = append(out, c.copy())
		}
	}
	return out, nil
}

func (f *Forge) mayChangeReviewComment(a Actor, r *Repo, c *ReviewComment) error {
	if a.grant == nil && a.Login != "" && strings.EqualFold(a.Login, c.Author) {
		return nil
	}
	return f.may(a, r, "pull_requests", Write)
}

// EditReviewComment changes the text of a comment on a diff: its author may, people with write permission, and an
// installation that may write pull requests.
func (f *Forge) EditReviewComment(a Actor, repo string, id int64, body string) (*ReviewComment, error) {
	f.mu.Lock()
	defer f.end()
	r, i, c, err := f.reviewComment(a, repo, id)
	if err != nil {
		return nil, err
	}
	if err := f.mayChangeReviewComment(a, r, c); err != nil {
		return nil, err
	}
	if strings.TrimSpace(body) == "" {
		return nil, invalid(reviewCommentResource, "body", "missing_field", "body can't be blank")
	}
	if err := checkText(reviewCommentResource, "", body, false); err != nil {
		return nil, err
	}
	if body == c.Body {
		return c.copy(), nil
	}
	now := f.now()
	was := map[string]any{"body": map[string]string{"from": c.Body}}
	c.Body, c.UpdatedAt, c.EditedAt = body, now, &now
	f.emit(change{event: "pull_request_review_comment", action: "edited", repo: r, by: a, issue: i, reviewComment: c, was: was})
	f.read(a, i, "review comment", c.ID, body)
	return c.copy(), nil
}

// DeleteReviewComment removes a comment from a diff. Replies stay: the oldest one then begins the thread. A review that
// says nothing more goes too.
func (f *Forge) DeleteReviewComment(a Actor, repo string, id int64) error {
	f.mu.Lock()
	defer f.end()
	r, i, c, err := f.reviewComment(a, repo, id)
	if err != nil {
		return err
	}
	if err := f.mayChangeReviewComment(a, r, c); err != nil {
		return err
	}
	key := i.Ref.Key()
	delete(f.st.ReviewComments, id)
	f.st.ReviewOrder[key] = slices.DeleteFunc(f.st.ReviewOrder[key], func(x int64) bool { return x == id })
	heir, alone := int64(0), true
	for _, other := range f.st.ReviewOrder[key] {
		x := f.st.ReviewComments[other]
		alone = alone && x.Review != c.Review
		if x.InReplyTo == id {
			x.InReplyTo = heir
			heir = cmp.Or(heir, x.ID)
		}
	}
	if alone {
		i.Pull.Reviews = slices.DeleteFunc(i.Pull.Reviews, func(v Review) bool { return v.ID == c.Review && v.State == "COMMENTED" && v.Body == "" })
	}
	i.UpdatedAt = f.now()
	f.emit(change{event: "pull_request_review_comment", action: "deleted", repo: r, by: a, issue: i, reviewComment: c})
	return nil
}

// ReactToReviewComment is React for a comment on a diff.
func (f *Forge) ReactToReviewComment(a Actor, repo string, id int64, content string) (reaction Reaction, created bool, err error) {
	f.mu.Lock()
	defer f.end()
	r, i, c, err := f.reviewComment(a, repo, id)
	if err != nil {
		return Reaction{}, false, err
	}
	if err := f.write(a, r, "pull_requests"); err != nil {
		return Reaction{}, false, err
	}
	return f.react(a, i, &c.Reactions, content)
}

// DeleteReviewCommentReaction is DeleteReaction for a comment on a diff.
func (f *Forge) DeleteReviewCommentReaction(a Actor, repo string, comment, id int64) error {
	f.mu.Lock()
	defer f.end()
	_, i, c, err := f.reviewComment(a, repo, comment)
	if err != nil {
		return err
	}
	return f.unreact(a, i, &c.Reactions, id)
}
