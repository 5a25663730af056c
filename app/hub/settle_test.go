package hub_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/effect"
)

// A follow-up that is answered hears of it once. After the reply it is closed, unless a person has had to do with it, and it is
// opened again where its question is without an answer again.
func TestAnAnsweredFollowUpIsToldOnceAndClosed(t *testing.T) {
	maintainer := forge.As("maintainer")
	for name, test := range map[string]struct {
		touch func(b *bench, ref forge.Ref)
		state string
		said  int
		why   string
	}{
		"nobody has touched it": {func(*bench, forge.Ref) {}, "closed", 1, ""},
		"a person has commented": {func(b *bench, ref forge.Ref) {
			_, err := b.world.Forge.CreateComment(maintainer, ref, "I write that page.")
			b.check(err)
		}, "open", 2, "a person works on it"},
		"a person is assigned": {func(b *bench, ref forge.Ref) {
			_, err := b.world.Forge.EditIssue(maintainer, ref, forge.IssueEdit{Assignees: &[]string{"maintainer"}})
			b.check(err)
		}, "open", 1, "a person works on it"},
		"a person has edited it": {func(b *bench, ref forge.Ref) {
			title := "Another title"
			_, err := b.world.Forge.EditIssue(maintainer, ref, forge.IssueEdit{Title: &title})
			b.check(err)
		}, "open", 1, "a person works on it"},
		"a person has closed it": {func(b *bench, ref forge.Ref) {
			_, err := b.world.Forge.CloseIssue(maintainer, ref, "")
			b.check(err)
		}, "closed", 0, "it is closed"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			gap := b.effect(effect.KindIssue, "follow_up/1")
			gap.Issue = &effect.Issue{Title: "Say how large an export may be", Body: "Body\n\n" + effect.Marker(gap.Key), Marker: effect.Marker(gap.Key), Gap: true}
			opened := b.publish(gap, effect.Receipt{}, false)
			ref := forge.Ref{Repo: b.issue.Ref.Repo, Number: opened.Number}
			test.touch(b, ref)
			e := b.effect(effect.KindComment, effect.SlotAnswered+"follow_up/1")
			e.Comment = &effect.Comment{Body: "A draft answers this.\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key), On: opened.Number, Settle: &effect.Settle{Answered: true}}
			told := b.publish(e, effect.Receipt{}, false)
			told = b.publish(e, told, false) // a rerun says the same
			if issue, err := b.world.Forge.Issue(maintainer, ref); err != nil || test.said > 0 && issue.State != "open" {
				t.Fatalf("before the reply was sent it is %+v, %v", issue, err)
			}
			e.Comment.Settle.Hash = opened.Hash
			told = b.publish(e, told, false)
			told = b.publish(e, told, true)
			issue, err := b.world.Forge.Issue(maintainer, ref)
			b.check(err)
			comments, err := b.world.Forge.ListComments(maintainer, ref, b.issue.CreatedAt)
			b.check(err)
			if issue.State != test.state || len(comments) != test.said {
				t.Fatalf("it is %s with %d comments, want %s with %d: %+v", issue.State, len(comments), test.state, test.said, told)
			}
			if test.why != "" {
				if told.Skipped != test.why {
					t.Errorf("it says %q, want %q", told.Skipped, test.why)
				}
				return
			}
			if issue.StateReason != "not_planned" {
				t.Errorf("it is closed as %q", issue.StateReason)
			}
			again := b.publish(gap, opened, false)
			e.Comment.Body, e.Comment.Settle = strings.Replace(e.Comment.Body, "answers", "does not answer", 1), &effect.Settle{}
			told.Skipped = ""
			b.publish(e, told, false)
			issue, err = b.world.Forge.Issue(maintainer, ref)
			b.check(err)
			comments, err = b.world.Forge.ListComments(maintainer, ref, b.issue.CreatedAt)
			b.check(err)
			if issue.State != "open" || again.Skipped != "" || len(comments) != 1 || !strings.Contains(comments[0].Body, "does not answer") {
				t.Errorf("without an answer again it is %s, %+v, with %+v", issue.State, again, comments)
			}
		})
	}
}

// A docs pull request of OiOi's hears of it once, too, and is closed by the same rules. Another one opens where the change is needed
// again.
func TestAnAnsweredDocsPullRequestIsToldOnceAndClosed(t *testing.T) {
	maintainer := forge.As("maintainer")
	const works = "a person works on it"
	for name, test := range map[string]struct {
		touch func(b *bench, ref forge.Ref, e effect.Effect)
		state string
		said  int
		why   string
	}{
		"nobody has touched it": {func(*bench, forge.Ref, effect.Effect) {}, "closed", 1, ""},
		"a person has pushed": {func(b *bench, _ forge.Ref, e effect.Effect) {
			_, err := b.world.Forge.AddCommit(repoName, e.Pull.Branch, "maintainer", "My words", b.issue.CreatedAt, fstest.MapFS{"docs/new-page.md": {Data: []byte("# Mine\n")}})
			b.check(err)
		}, "open", 1, "its branch holds more than OiOi has written for this ticket"},
		"a person has reviewed it": {func(b *bench, ref forge.Ref, _ effect.Effect) {
			_, err := b.world.Forge.ReviewPull(maintainer, ref, "APPROVE", "")
			b.check(err)
		}, "open", 1, works},
		"a person has commented": {func(b *bench, ref forge.Ref, _ effect.Effect) {
			_, err := b.world.Forge.CreateComment(maintainer, ref, "I merge that tomorrow.")
			b.check(err)
		}, "open", 2, works},
		"a person has commented on a line": {func(b *bench, ref forge.Ref, _ effect.Effect) {
			_, err := b.world.Forge.CreateReviewComment(maintainer, ref, forge.ReviewCommentInput{Body: "Good", Path: "docs/new-page.md", WholeFile: true})
			b.check(err)
		}, "open", 1, works},
		"a person has marked it as ready": {func(b *bench, ref forge.Ref, _ effect.Effect) {
			draft := false
			_, err := b.world.Forge.EditPull(maintainer, ref, forge.PullEdit{Draft: &draft})
			b.check(err)
		}, "open", 1, works},
		"a person is assigned": {func(b *bench, ref forge.Ref, _ effect.Effect) {
			_, err := b.world.Forge.EditIssue(maintainer, ref, forge.IssueEdit{Assignees: &[]string{"maintainer"}})
			b.check(err)
		}, "open", 1, works},
		"a person has edited it": {func(b *bench, ref forge.Ref, _ effect.Effect) {
			title := "Another title"
			_, err := b.world.Forge.EditPull(maintainer, ref, forge.PullEdit{Title: &title})
			b.check(err)
		}, "open", 1, works},
		"a person has closed it": {func(b *bench, ref forge.Ref, _ effect.Effect) {
			closed := "closed"
			_, err := b.world.Forge.EditPull(maintainer, ref, forge.PullEdit{State: &closed})
			b.check(err)
		}, "closed", 0, "it is closed"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			pull := b.pullEffect("# New\n")
			opened := b.publish(pull, effect.Receipt{}, false)
			ref := forge.Ref{Repo: repoName, Number: opened.Number}
			test.touch(b, ref, pull)
			e := b.effect(effect.KindComment, "answered/docs/14")
			e.Comment = &effect.Comment{Body: "The pages answer this.\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key), On: opened.Number, Settle: &effect.Settle{Answered: true, Pull: true}}
			told := b.publish(e, b.publish(e, effect.Receipt{}, false), false)
			if issue, err := b.world.Forge.Issue(maintainer, ref); err != nil || test.said > 0 && issue.State != "open" {
				t.Fatalf("before the reply was sent it is %+v, %v", issue, err)
			}
			e.Comment.Settle = &effect.Settle{Answered: true, Pull: true, Hash: opened.Hash, Commit: opened.Commit}
			told = b.publish(e, b.publish(e, told, false), true)
			issue, err := b.world.Forge.Issue(maintainer, ref)
			b.check(err)
			comments, err := b.world.Forge.ListComments(maintainer, ref, b.issue.CreatedAt)
			b.check(err)
			if issue.State != test.state || len(comments) != test.said || told.Skipped != test.why {
				t.Fatalf("it is %s with %d comments, want %s with %d: %+v", issue.State, len(comments), test.state, test.said, told)
			}
			if test.why != "" {
				return
			}
			if again := b.publish(pull, opened, false); again.Number == opened.Number || again.Skipped != "" {
				t.Errorf("needed again, %+v is there", again)
			}
		})
	}
}

// The ticket's line in the list of docs gaps is ticked and opened again in its place, while it is as OiOi wrote it.
func TestAnAnsweredLineOfTheDocsGapsIsTicked(t *testing.T) {
	maintainer := forge.As("maintainer")
	const changed = "a person has changed the line"
	for name, test := range map[string]struct {
		touch func(body string) string
		old   bool // the line was listed before receipts held what it was
		why   string
	}{
		"nobody has touched it":               {touch: func(body string) string { return body }},
		"an earlier version has listed it":    {touch: func(body string) string { return body }, old: true},
		"a person has written above it":       {touch: func(body string) string { return strings.ReplaceAll("My own words\n\n"+body, "\n", "\r\n") }},
		"a person has ticked it":              {touch: func(body string) string { return strings.Replace(body, "[ ]", "[x]", 1) }, why: changed},
		"a person has said more":              {touch: func(body string) string { return strings.Replace(body, "How?", "How do I?", 1) }, why: changed},
		"a person has taken it off the list":  {touch: func(body string) string { return body[:strings.Index(body, "- [ ]")] }, why: "a person has taken the line off the list"},
		"a person has closed the list of all": {why: "the list is closed"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setUp(t)
			e := b.effect(effect.KindGap, effect.SlotGap)
			marker := effect.Marker(e.Key)
			gap := effect.Gap{Title: "Docs gaps", Intro: "Gaps <!-- list -->", Marker: "<!-- list -->", Line: "- [ ] How? " + marker, LineMarker: marker}
			e.Gap = &gap
			listed := b.publish(e, effect.Receipt{}, false)
			if test.old {
				listed.Hash = ""
			}
			ref := forge.Ref{Repo: repoName, Number: listed.Number}
			body := func() string {
				issue, err := b.world.Forge.Issue(maintainer, ref)
				b.check(err)
				return issue.Body
			}
			var edit forge.IssueEdit
			if closed := "closed"; test.touch == nil {
				edit.State = &closed
			} else {
				now := test.touch(body())
				edit.Body = &now
			}
			_, err := b.world.Forge.EditIssue(maintainer, ref, edit)
			b.check(err)
			before := body()
			ticked := gap
			ticked.Settle, ticked.Answered = true, "[a page](https://docs.example.com/a)"
			e.Gap = &ticked
			told := b.publish(e, b.publish(e, listed, false), true) // the second attempt does not know of the first
			if told.Skipped != test.why {
				t.Fatalf("it says %q, want %q", told.Skipped, test.why)
			}
			want := strings.Replace(before, gap.Line, "- [x] How?, answered by now in [a page](https://docs.example.com/a) "+marker, 1)
			if test.why != "" {
				want = before
			}
			if now := body(); now != want {
				t.Fatalf("the list is\n%s\nwant\n%s", now, want)
			}
			if listed.Hash == "" {
				told = b.publish(e, effect.Receipt{Number: listed.Number}, true) // the answer to the edit was lost
			}
			e.Gap = &gap
			if test.why != "" {
				gap.Settle = true
			}
			again := b.publish(e, told, false)
			if now := body(); now != before || again.Number != listed.Number {
				t.Errorf("open again, the list is\n%s\nwant\n%s", now, before)
			}
		})
	}
}
