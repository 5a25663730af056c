package forge

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/sorting"
)

const reviewCommentPath = "/repos/{owner}/{repo}/pulls/comments/{id}"

var reviewRoutes = map[string]handler{
	"GET " + pullPath + "/reviews":                     listReviews,
	"POST " + pullPath + "/reviews":                    createReview,
	"GET " + pullPath + "/reviews/{id}/comments":       commentsOfReview,
	"GET " + pullPath + "/comments":                    listReviewComments,
	"POST " + pullPath + "/comments":                   createReviewComment,
	"POST " + pullPath + "/comments/{id}/replies":      replyToReviewComment,
	"GET " + reviewCommentPath:                         getReviewComment,
	"PATCH " + reviewCommentPath:                       editReviewComment,
	"DELETE " + reviewCommentPath:                      deleteReviewComment,
	"GET " + reviewCommentPath + "/reactions":          reviewCommentReactions,
	"POST " + reviewCommentPath + "/reactions":         reactToReviewComment,
	"DELETE " + reviewCommentPath + "/reactions/{id2}": unreactToReviewComment,
	"GET " + pullPath + "/requested_reviewers":         getReviewers,
	"POST " + pullPath + "/requested_reviewers":        changeReviewers,
	"DELETE " + pullPath + "/requested_reviewers":      changeReviewers,
}

func listReviews(c *call) (answer, error) {
	i, err := c.f.Issue(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	if i.Pull == nil {
		return answer{}, ErrNotFound
	}
	return ok(render(paged(c, i.Pull.Reviews), func(v Review) object { return c.f.renderReview(i, &v) })), nil
}

// lineBody is where a comment stands, as a request says it.
type lineBody struct {
	Body      string `json:"body"`
	Path      string `json:"path"`
	Side      string `json:"side"`
	Line      int    `json:"line"`
	StartSide string `json:"start_side"`
	StartLine int    `json:"start_line"`
	Position  int    `json:"position"`
}

func (b lineBody) input(commit string) ReviewCommentInput {
	return ReviewCommentInput{Body: b.Body, CommitSHA: commit, Path: b.Path, Side: b.Side, Line: b.Line, StartSide: b.StartSide, StartLine: b.StartLine, Position: b.Position}
}

func createReview(c *call) (answer, error) {
	var body struct {
		Body, Event string
		CommitID    string `json:"commit_id"`
		Comments    []lineBody
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	if body.Event == "" {
		return answer{}, notHere("pending reviews: say which event it is, APPROVE, COMMENT or REQUEST_CHANGES")
	}
	var lines []ReviewCommentInput
	for _, b := range body.Comments {
		lines = append(lines, b.input(body.CommitID))
	}
	v, err := c.f.ReviewPull(c.actor, c.ref(), body.Event, body.Body, lines...)
	if err != nil {
		return answer{}, err
	}
	i, err := c.f.Issue(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderReview(i, v) }), nil
}

func (c *call) reviewComment(x *ReviewComment, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.renderReviewComment(x, false) }), nil
}

func (c *call) newReviewComment(in ReviewCommentInput) (answer, error) {
	a, err := c.reviewComment(c.f.CreateReviewComment(c.actor, c.ref(), in))
	a.status = http.StatusCreated
	return a, err
}

// listReviewComments lists those of one pull request, or of the whole repository when the address names none.
func listReviewComments(c *call) (answer, error) {
	since, err := c.since()
	if err != nil {
		return answer{}, err
	}
	list, err := c.f.ListReviewComments(c.actor, c.ref(), since)
	if err != nil {
		return answer{}, err
	}
	sort, err := oneOf(c.query("sort"), "created", "sort", "created", "created_at", "updated")
	if err != nil {
		return answer{}, err
	}
	sorting.Stable(list, func(x, y *ReviewComment) int {
		n := x.CreatedAt.Compare(y.CreatedAt)
		if sort == "updated" {
			n = x.UpdatedAt.Compare(y.UpdatedAt)
		}
		n = cmp.Or(n, cmp.Compare(x.ID, y.ID))
		if c.query("direction") == "desc" && c.query("sort") != "" {
			n = -n
		}
		return n
	})
	return ok(render(paged(c, list), func(x *ReviewComment) object { return c.f.renderReviewComment(x, false) })), nil
}

// commentsOfReview lists a review's comments in the older shape, which knows of no sides that a comment left.
func commentsOfReview(c *call) (answer, error) {
	list, err := c.f.ListReviewComments(c.actor, c.ref(), time.Time{})
	if err != nil {
		return answer{}, err
	}
	i, err := c.f.Issue(c.actor, c.ref())
	if err != nil {
		return answer{}, err
	}
	if !slices.ContainsFunc(i.Pull.Reviews, func(v Review) bool { return v.ID == c.int64("id") }) {
		return answer{}, ErrNotFound
	}
	list = slices.DeleteFunc(list, func(x *ReviewComment) bool { return x.Review != c.int64("id") })
	return ok(render(paged(c, list), func(x *ReviewComment) object {
		out := c.f.renderReviewComment(x, false)
		out["position"] = zeroNil(int64(x.Position))
		return out
	})), nil
}

func createReviewComment(c *call) (answer, error) {
	var body struct {
		lineBody
		CommitID    string `json:"commit_id"`
		InReplyTo   int64  `json:"in_reply_to"`
		SubjectType string `json:"subject_type"`
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	in := body.input(body.CommitID)
	in.InReplyTo, in.WholeFile = body.InReplyTo, body.SubjectType == "file"
	if in.InReplyTo == 0 {
		for field, value := range map[string]string{"commit_id": body.CommitID, "path": body.Path} {
			if value == "" {
				return answer{}, invalid(reviewCommentResource, field, "missing_field", "%s can't be blank", field)
			}
		}
	}
	return c.newReviewComment(in)
}

func replyToReviewComment(c *call) (answer, error) {
	var body bodyText
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	if x, err := c.f.ReviewComment(c.actor, c.repo(), c.int64("id")); err != nil {
		return answer{}, err
	} else if strconv.Itoa(x.Pull.Number) != c.vars["number"] {
		return answer{}, ErrNotFound
	}
	return c.newReviewComment(ReviewCommentInput{Body: body.Body, InReplyTo: c.int64("id")})
}

func getReviewComment(c *call) (answer, error) {
	return c.reviewComment(c.f.ReviewComment(c.actor, c.repo(), c.int64("id")))
}

func editReviewComment(c *call) (answer, error) {
	var body bodyText
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	return c.reviewComment(c.f.EditReviewComment(c.actor, c.repo(), c.int64("id"), body.Body))
}

func deleteReviewComment(c *call) (answer, error) {
	return noContent, c.f.DeleteReviewComment(c.actor, c.repo(), c.int64("id"))
}

func reviewCommentReactions(c *call) (answer, error) {
	x, err := c.f.ReviewComment(c.actor, c.repo(), c.int64("id"))
	if err != nil {
		return answer{}, err
	}
	return c.reactions(x.Reactions)
}

func reactToReviewComment(c *call) (answer, error) {
	return c.reacted(func(content string) (Reaction, bool, error) {
		return c.f.ReactToReviewComment(c.actor, c.repo(), c.int64("id"), content)
	})
}

func unreactToReviewComment(c *call) (answer, error) {
	return noContent, c.f.DeleteReviewCommentReaction(c.actor, c.repo(), c.int64("id"), c.int64("id2"))
}

func getReviewers(c *call) (answer, error) {
	if _, _, err := c.f.Reviewers(c.actor, c.ref()); err != nil {
		return answer{}, err
	}
	return ok(func() any {
		i := c.f.byRef(c.ref())
		return object{"users": c.f.users(i.Pull.Reviewers), "teams": c.f.requestedTeams(c.f.st.Repos[fold(c.repo())], i)}
	}), nil
}

func changeReviewers(c *call) (answer, error) {
	var body struct {
		Reviewers []string
		Teams     []string `json:"team_reviewers"`
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	do, status := c.f.RequestReviewers, http.StatusCreated
	if c.r.Method == http.MethodDelete {
		do, status = c.f.RemoveReviewers, http.StatusOK
	}
	for n, slug := range body.Teams { // some clients send org/team
		body.Teams[n] = slug[strings.LastIndexByte(slug, '/')+1:]
	}
	i, err := do(c.actor, c.ref(), body.Reviewers, body.Teams)
	if err != nil {
		return answer{}, err
	}
	return answer{status: status, body: func() any { return c.f.pullRequest(i, true) }}, nil
}
