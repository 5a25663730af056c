package hub_test

import (
	"strings"
	"testing"

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
