package forge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

// page is a help-center page with so many numbered lines; put replaces some.
func page(lines int, put map[int]string) []byte {
	var b strings.Builder
	for n := range lines {
		if text, ok := put[n+1]; ok {
			b.WriteString(text)
		} else {
			fmt.Fprintf(&b, "Line %d\n", n+1)
		}
	}
	return []byte(b.String())
}

// reviewed is a pull request by morgan that changes line 10 of docs/page.md, a page of 20 lines.
func reviewed(t testing.TB, f *forge.Forge) *forge.Issue {
	t.Helper()
	_, _, err := f.WriteFile(maintainer, private, forge.FileInput{Path: "docs/page.md", Message: "Page", Content: page(20, nil)})
	check(t, err)
	head := must[[]gitstore.Ref](t)(f.Branches(maintainer, private))[0].SHA
	check(t, f.CreateRef(maintainer, private, "refs/heads/docs", head))
	write(t, f, "docs", page(20, map[int]string{10: "Ten\n"}))
	return must[*forge.Issue](t)(f.CreatePull(maintainer, private, forge.PullInput{Title: "Docs", Head: "docs", Base: "main"}))
}

func write(t testing.TB, f *forge.Forge, branch string, content []byte) {
	t.Helper()
	g := must[interface {
		ReadFile(string, string) ([]byte, string, error)
	}](t)(f.Git(maintainer, private))
	_, sha, err := g.ReadFile(branch, "docs/page.md")
	check(t, err)
	_, _, err = f.WriteFile(maintainer, private, forge.FileInput{Path: "docs/page.md", Branch: branch, SHA: sha, Message: "Change", Content: content})
	check(t, err)
}

func on(line int) forge.ReviewCommentInput {
	return forge.ReviewCommentInput{Body: "Say more", Path: "docs/page.md", Line: line}
}

func TestACommentStandsOnALineOfTheDiff(t *testing.T) {
	w := newWorld(t, forge.Options{})
	p := reviewed(t, w.Forge)
	c := must[*forge.ReviewComment](t)(w.CreateReviewComment(customer, p.Ref, on(10)))
	if c.Side != "RIGHT" || c.Line != 10 || c.Position != 5 || c.CommitSHA != p.Pull.HeadSHA || c.Author != "casey" {
		t.Errorf("the comment is %+v", c)
	}
	if want := "@@ -7,7 +7,7 @@\n Line 7\n Line 8\n Line 9\n-Line 10\n+Ten"; c.Hunk != want {
		t.Errorf("the hunk is %q, want %q", c.Hunk, want)
	}
	left := on(10)
	left.Side = "LEFT"
	if c := must[*forge.ReviewComment](t)(w.CreateReviewComment(customer, p.Ref, left)); c.Position != 4 {
		t.Errorf("the old line's position is %d", c.Position)
	}
	old := on(0)
	old.Position = 4
	if c := must[*forge.ReviewComment](t)(w.CreateReviewComment(customer, p.Ref, old)); c.Side != "LEFT" || c.Line != 10 {
		t.Errorf("position 4 is line %d on the %s", c.Line, c.Side)
	}
	several := on(11)
	several.StartLine = 8
	if c := must[*forge.ReviewComment](t)(w.CreateReviewComment(customer, p.Ref, several)); c.StartLine != 8 || c.StartSide != "RIGHT" {
		t.Errorf("several lines begin at %d on the %s", c.StartLine, c.StartSide)
	}
	for name, change := range map[string]func(*forge.ReviewCommentInput){
		"a line outside the diff":    func(in *forge.ReviewCommentInput) { in.Line = 3 },
		"a line that is not there":   func(in *forge.ReviewCommentInput) { in.Line = 99 },
		"a negative line":            func(in *forge.ReviewCommentInput) { in.Line = -1 },
		"the hunk's header":          func(in *forge.ReviewCommentInput) { in.Line, in.Position = 0, -2 },
		"no line":                    func(in *forge.ReviewCommentInput) { in.Line = 0 },
		"a file that is not changed": func(in *forge.ReviewCommentInput) { in.Path = "README.md" },
		"a side that is none":        func(in *forge.ReviewCommentInput) { in.Side = "UP" },
		"a foreign commit":           func(in *forge.ReviewCommentInput) { in.CommitSHA = p.Pull.BaseSHA },
		"no words":                   func(in *forge.ReviewCommentInput) { in.Body = " " },
		"lines from back to front":   func(in *forge.ReviewCommentInput) { in.StartLine = 11 },
		"a reply to nothing":         func(in *forge.ReviewCommentInput) { in.InReplyTo = 1 },
	} {
		in := on(10)
		change(&in)
		if _, err := w.CreateReviewComment(customer, p.Ref, in); !isStatus(err, 422) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := must[[]*forge.ReviewComment](t)(w.ListReviewComments(customer, p.Ref, time.Time{})); len(got) != 4 {
		t.Errorf("%d comments were stored, want 4", len(got))
	}
}

func isStatus(err error, status int) bool {
	e, ok := err.(*forge.Error)
	return ok && e.Status == status
}

func TestCommentsFollowTheirLineUntilItChanges(t *testing.T) {
	w := newWorld(t, forge.Options{})
	p := reviewed(t, w.Forge)
	first := must[*forge.ReviewComment](t)(w.CreateReviewComment(customer, p.Ref, on(10)))
	left := on(10)
	left.Side = "LEFT"
	gone := must[*forge.ReviewComment](t)(w.CreateReviewComment(customer, p.Ref, left))
	now := func(id int64) *forge.ReviewComment {
		return must[*forge.ReviewComment](t)(w.ReviewComment(customer, private, id))
	}
	write(t, w.Forge, "docs", page(20, map[int]string{8: "Eight\nand a half\n", 10: "Ten\n"}))
	if c := now(first.ID); c.Line != 11 || c.OriginalLine != 10 || c.CommitSHA == c.OriginalCommitSHA {
		t.Errorf("after a line was added above, the comment is on line %d of %s", c.Line, c.CommitSHA)
	}
	// A new comment can still name the first commit, and stands where its line went.
	old := on(10)
	old.CommitSHA = p.Pull.HeadSHA
	if c := must[*forge.ReviewComment](t)(w.CreateReviewComment(customer, p.Ref, old)); c.Line != 11 || c.OriginalLine != 10 {
		t.Errorf("a comment on line 10 of the first commit is on line %d", c.Line)
	}
	write(t, w.Forge, "docs", page(20, map[int]string{8: "Eight\n", 9: "Nine\n"}))
	if c := now(first.ID); !c.Outdated() || c.Position != 0 {
		t.Errorf("the line is gone and the comment on %d", c.Line)
	}
	if c := now(gone.ID); c.Outdated() {
		t.Error("line 10 of the base is in the diff still, and its comment is not") // as context
	}
	answered, _, err := w.Bot.PullRequests.GetComment(ctx, "acme", "support", first.ID)
	check(t, err)
	if answered.Line != nil || answered.GetOriginalLine() != 10 || answered.GetBody() != "Say more" {
		t.Errorf("the outdated comment is answered as %v", answered)
	}
}

func TestWhoMayReview(t *testing.T) {
	w := newWorld(t, forge.Options{})
	p := reviewed(t, w.Forge)
	c := must[*forge.ReviewComment](t)(w.CreateReviewComment(customer, p.Ref, on(10)))
	bot := must[forge.Actor](t)(w.AsInstallation(w.Installation.ID))
	_, err := w.CreateReviewComment(outsider, p.Ref, on(10))
	wantErr(t, err, forge.ErrNotFound)
	_, err = w.CreateReviewComment(nobody, p.Ref, on(10))
	wantErr(t, err, forge.ErrNotFound)
	reply := must[*forge.ReviewComment](t)(w.CreateReviewComment(bot, p.Ref, forge.ReviewCommentInput{Body: "Done", InReplyTo: c.ID}))
	if reply.App != "helper" || reply.InReplyTo != c.ID || reply.Line != 10 {
		t.Errorf("the App's reply is %+v", reply)
	}
	if _, err = w.CreateReviewComment(bot, p.Ref, forge.ReviewCommentInput{Body: "Done", InReplyTo: reply.ID}); !isStatus(err, 422) {
		t.Errorf("a reply to a reply: %v", err)
	}
	_, err = w.EditReviewComment(customer, private, reply.ID, "Mine")
	wantErr(t, err, forge.ErrForbidden)
	wantErr(t, w.DeleteReviewComment(customer, private, reply.ID), forge.ErrForbidden)
	_, err = w.EditReviewComment(maintainer, private, c.ID, "Better")
	check(t, err)
	_, err = w.ReviewComment(customer, public, c.ID)
	wantErr(t, err, forge.ErrNotFound)
	check(t, w.LockIssue(maintainer, p.Ref, ""))
	_, err = w.CreateReviewComment(customer, p.Ref, on(10))
	wantErr(t, err, forge.ErrForbidden)
	_, err = w.CreateReviewComment(maintainer, p.Ref, on(10))
	check(t, err)

	// What begins the thread goes, what answered it stays and begins it.
	check(t, w.DeleteReviewComment(customer, private, c.ID))
	if now := must[*forge.ReviewComment](t)(w.ReviewComment(customer, private, reply.ID)); now.InReplyTo != 0 {
		t.Errorf("the reply still points at %d", now.InReplyTo)
	}
	reviews := must[*forge.Issue](t)(w.Issue(customer, p.Ref)).Pull.Reviews
	if by := names(reviews, func(v forge.Review) string { return v.User + " " + v.State }); !slices.Equal(by, []string{"helper[bot] COMMENTED", "morgan COMMENTED"}) {
		t.Errorf("the reviews are %v", by)
	}
}

func TestAReviewAnswersARequest(t *testing.T) {
	w := newWorld(t, forge.Options{})
	must[*forge.Team](t)(w.AddTeam(forge.Team{Org: "acme", Slug: "docs", Members: []string{"casey"}, Permissions: map[string]forge.Permission{private: forge.Read}}))
	must[*forge.Team](t)(w.AddTeam(forge.Team{Org: "acme", Slug: "apart", Members: []string{"casey"}}))
	p := reviewed(t, w.Forge)
	w.drained(t)
	for name, who := range map[string][2][]string{"the author": {{"morgan"}}, "a stranger": {{"otis"}}, "nobody": {{"nobody"}}, "a team without the repository": {nil, {"apart"}}} {
		if _, err := w.RequestReviewers(maintainer, p.Ref, who[0], who[1]); !isStatus(err, 422) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.RequestReviewers(customer, p.Ref, []string{"casey"}, nil)
	wantErr(t, err, forge.ErrForbidden)
	asked := must[*forge.Issue](t)(w.RequestReviewers(maintainer, p.Ref, []string{"Casey"}, []string{"docs"}))
	if !slices.Equal(asked.Pull.Reviewers, []string{"casey"}) || !slices.Equal(asked.Pull.TeamReviewers, []string{"docs"}) {
		t.Errorf("asked are %v and %v", asked.Pull.Reviewers, asked.Pull.TeamReviewers)
	}
	must[*forge.Issue](t)(w.RequestReviewers(maintainer, p.Ref, []string{"casey"}, []string{"docs"})) // nothing new
	got := w.drained(t)
	if !slices.Equal(eventNames(got), []string{"pull_request.review_requested", "pull_request.review_requested"}) {
		t.Fatalf("sent %v", eventNames(got))
	}
	if got[0].Payload["requested_reviewer"].(m)["login"] != "casey" || got[1].Payload["requested_team"].(m)["slug"] != "docs" {
		t.Errorf("asked %v and %v", got[0].Payload["requested_reviewer"], got[1].Payload["requested_team"])
	}
	must[*forge.Review](t)(w.ReviewPull(customer, p.Ref, "COMMENT", "", on(10), on(11)))
	if now := must[*forge.Issue](t)(w.Issue(customer, p.Ref)).Pull; len(now.Reviewers)+len(now.TeamReviewers) != 0 {
		t.Errorf("after the review %v and %v are still asked", now.Reviewers, now.TeamReviewers)
	}
	want := []string{"pull_request_review.submitted", "pull_request_review_comment.created", "pull_request_review_comment.created"}
	got = w.drained(t)
	if !slices.Equal(eventNames(got), want) {
		t.Fatalf("sent %v, want %v", eventNames(got), want)
	}
	comment, pull := got[1].Payload["comment"].(m), got[1].Payload["pull_request"].(m)
	head := pull["head"].(m)
	if comment["path"] != "docs/page.md" || comment["line"] != 10.0 || comment["user"].(m)["login"] != "casey" || head["ref"] != "docs" || head["repo"].(m)["full_name"] != private {
		t.Errorf("the App hears of %v on %v", comment, head)
	}
	if _, err := w.ReviewPull(customer, p.Ref, "COMMENT", "", on(10), on(99)); !isStatus(err, 422) {
		t.Errorf("a review with a comment outside the diff: %v", err)
	}
	if got := w.drained(t); len(got) != 0 {
		t.Errorf("a refused review sent %v", eventNames(got))
	}
}

func TestReviewCommentsAreKept(t *testing.T) {
	o := forge.Options{State: t.TempDir()}
	f := seeded(t, o)
	p := reviewed(t, f)
	c := must[*forge.ReviewComment](t)(f.CreateReviewComment(customer, p.Ref, on(10)))
	_, _, err := f.ReactToReviewComment(maintainer, private, c.ID, "heart")
	check(t, err)
	check(t, f.Close())
	again := must[*forge.Forge](t)(forge.New(o))
	defer func() { check(t, again.Close()) }()
	list := must[[]*forge.ReviewComment](t)(again.ListReviewComments(customer, p.Ref, time.Time{}))
	if len(list) != 1 || list[0].Body != "Say more" || list[0].Hunk != c.Hunk || len(list[0].Reactions) != 1 {
		t.Errorf("after a restart there are %+v", list)
	}
}

func TestAPullRequestOpensAgainWhereItsBranchStands(t *testing.T) {
	w := newWorld(t, forge.Options{})
	p := reviewed(t, w.Forge)
	must[*forge.Issue](t)(w.CloseIssue(maintainer, p.Ref, ""))
	write(t, w.Forge, "docs", page(20, map[int]string{10: "Ten!\n"}))
	w.drained(t)
	open := must[*forge.Issue](t)(w.ReopenIssue(maintainer, p.Ref))
	if tip := must[[]gitstore.Ref](t)(w.Branches(maintainer, private))[0]; tip.Name != "refs/heads/docs" || open.Pull.HeadSHA != tip.SHA {
		t.Errorf("open again its head is %s, the branch is at %s", open.Pull.HeadSHA, tip.SHA)
	}
	if got := eventNames(w.drained(t)); !slices.Equal(got, []string{"pull_request.reopened"}) {
		t.Errorf("sent %v", got)
	}
	check(t, w.DeleteRef(maintainer, private, "refs/heads/docs"))
	if _, err := w.ReopenIssue(maintainer, p.Ref); !isStatus(err, 422) {
		t.Errorf("it opens without its branch: %v", err)
	}
}
