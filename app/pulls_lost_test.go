package app

import (
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// docsPull is the docs pull request that OiOi has opened.
func (w *town) docsPull(repo string) *forge.Issue {
	w.t.Helper()
	pulls, err := w.world.Forge.ListPulls(forge.As("jo-lindqvist"), repo, forge.PullFilter{State: "all"})
	w.check(err)
	for _, pull := range pulls {
		if pull.Author == w.world.App.Bot() {
			return pull
		}
	}
	w.t.Fatalf("there is no docs pull request in %s", repo)
	return nil
}

// What people say on a docs pull request, beside it and on its diff, and what becomes of it, is found although no webhook tells
// of it; and what a webhook has told as well is worked once.
func TestWhatBecomesOfADocsPullIsFoundWithoutAWebhook(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample(chaosTicket)
	w.settle(ref)
	pull := w.docsPull(ref.Repo)
	look := func() {
		for range 3 { // those after the first find nothing new
			w.recover()
			w.settle(ref)
		}
	}
	later := func() { w.ahead.Add(int64(5 * time.Minute)) } // GitHub's times have whole seconds
	runs := func() (n int) {
		w.check(w.oioi.Store.View(t.Context(), func(r store.Reader) error {
			all, err := r.Runs(t.Context(), w.row(ref).Key)
			n = len(all)
			return err
		}))
		return n
	}
	told := func(words string) (n int) {
		for _, e := range w.timeline(ref) {
			if strings.Contains(e.Text, words) {
				n++
			}
		}
		return n
	}
	maintainer := forge.As("maintainer")
	diff, err := w.world.Forge.Diff(maintainer, pull.Ref)
	w.check(err)

	for i, say := range []func(words string) func() []forge.Reaction{
		func(words string) func() []forge.Reaction {
			c, err := w.world.Forge.CreateComment(maintainer, pull.Ref, words)
			w.check(err)
			return func() []forge.Reaction {
				c, err := w.world.Forge.Comment(maintainer, ref.Repo, c.ID)
				w.check(err)
				return c.Reactions
			}
		},
		func(words string) func() []forge.Reaction {
			c, err := w.world.Forge.CreateReviewComment(maintainer, pull.Ref, forge.ReviewCommentInput{Body: words, Path: diff.Files[0].Path, WholeFile: true})
			w.check(err)
			return func() []forge.Reaction {
				c, err := w.world.Forge.ReviewComment(maintainer, ref.Repo, c.ID)
				w.check(err)
				return c.Reactions
			}
		},
	} {
		later()
		var lost, plain, heard func() []forge.Reaction
		before := runs()
		w.deaf(func() { lost, plain = say("/oioi docs say it shorter"), say("Looks good to me.") })
		if runs() != before {
			t.Fatal("a webhook told of it")
		}
		look()
		if n := runs() - before; n != 1 {
			t.Errorf("%d: %d runs began with the comment that no webhook told of", i, n)
		}
		later()
		heard = say("/oioi docs say it in one sentence")
		w.settle(ref)
		look()
		if n := runs() - before; n != 2 {
			t.Errorf("%d: %d runs began with two comments, of which one was told", i, n)
		}
		for what, reactions := range map[string]func() []forge.Reaction{"lost": lost, "heard": heard} {
			if all := reactions(); len(all) != 1 || all[0].Content != "eyes" {
				t.Errorf("%d: the comment that was %s has the reactions %v", i, what, all)
			}
		}
		if all := plain(); len(all) != 0 {
			t.Errorf("%d: a comment that does not address OiOi has the reactions %v", i, all)
		}
	}

	later()
	const pushed, theirs = "@maintainer pushed to the branch of the docs pull request", "`@maintainer` has pushed to this branch. It is yours now"
	w.deaf(func() { w.check(w.push("maintainer", ref.Repo, pull.Pull.Head, diff.Files[0].Path, "# Mine now\n")) })
	look()
	if n, said := told(pushed), strings.Count(strings.Join(w.comments(pull.Ref), "\n"), theirs); n != 1 || said != 1 {
		t.Errorf("a push of which no webhook told stands %d times on the timeline, and is said %d times", n, said)
	}
	later()
	w.check(w.push("maintainer", ref.Repo, pull.Pull.Head, diff.Files[0].Path, "# Mine still\n"))
	w.settle(ref)
	later()
	look()
	if n, said := told(pushed), strings.Count(strings.Join(w.comments(pull.Ref), "\n"), theirs); n != 2 || said != 1 {
		t.Errorf("after a push that was told, pushes stand %d times on the timeline, and one is said %d times", n, said)
	}

	set := func(state string) {
		later()
		_, err := w.world.Forge.EditIssue(maintainer, pull.Ref, forge.IssueEdit{State: &state})
		w.check(err)
	}
	const closed = "The docs pull request was closed by @maintainer without being merged"
	w.deaf(func() { set("closed") })
	look()
	if n := told(closed); n != 1 {
		t.Errorf("that it was closed, of which no webhook told, stands %d times on the timeline", n)
	}
	set("open")
	set("closed")
	w.settle(ref)
	look()
	if n := told(closed); n != 2 {
		t.Errorf("that it was closed twice stands %d times on the timeline", n)
	}
	set("open")
	ready := false
	_, err = w.world.Forge.EditPull(maintainer, pull.Ref, forge.PullEdit{Draft: &ready})
	w.check(err)
	later()
	w.deaf(func() {
		_, err := w.world.Forge.MergePull(maintainer, pull.Ref, forge.MergeOptions{})
		w.check(err)
	})
	look()
	if n := told("The docs pull request was merged by @maintainer"); n != 1 || told(closed) != 2 {
		t.Errorf("that it was merged stands %d times on the timeline, that it was closed %d times", n, told(closed))
	}
}
