package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// wake lets time pass and starts the job that would start then: the queue counts by the machine's clock, which no test moves.
func (w *town) wake(ref forge.Ref, passed time.Duration, job func(key, digest string) river.JobArgs) {
	w.t.Helper()
	w.ahead.Add(int64(passed))
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	w.check(err)
	ctx := context.Background()
	key, before := store.TicketKey(repo.ID, ref.Number), 0
	count := func(r store.Reader) (n int, err error) {
		counts, err := r.Counts(ctx)
		return int(counts.Jobs[store.JobState{Kind: job("", "").Kind(), State: "completed"}]), err
	}
	w.check(w.oioi.Store.Update(ctx, func(tx store.Tx) error {
		row, err := tx.Ticket(ctx, key)
		w.check(err)
		before, err = count(tx)
		w.check(err)
		return tx.Enqueue(ctx, job(key, gjson.GetBytes(row.Data, "sent.digest").Str), nil)
	}))
	for until := time.Now().Add(patience); ; {
		now := 0
		w.check(w.oioi.Store.View(ctx, func(r store.Reader) (err error) { now, err = count(r); return err }))
		if now > before {
			break
		}
		if time.Now().After(until) {
			w.t.Fatal("the job did not run")
		}
		select {
		case <-w.news:
		case <-time.After(20 * time.Millisecond):
		}
	}
	w.settle(ref)
}

func silence(key, digest string) river.JobArgs {
	return desk.SilenceArgs{TicketKey: key, Digest: digest}
}

func nextUpdate(key, digest string) river.JobArgs {
	return desk.UpdateArgs{TicketKey: key, Digest: digest}
}

// Silence after questions gets one reminder and then a note to the maintainers; the ticket stays open, and a late answer still
// resumes the run.
func TestSilenceAfterQuestions(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("vague")
	w.settle(ref)
	w.say("customer", ref, "Hello? Is anybody there?") // before anything was asked: an ordinary comment
	if strings.Contains(w.show(ref), "comment/draft/2") {
		t.Fatal("an ordinary comment started a run")
	}
	w.say("maintainer", ref, "/oioi send")
	w.say("maintainer", ref, "/oioi send") // the customer's comment came after the draft
	if !strings.Contains(w.show(ref), "Sent by `@maintainer`") {
		w.say("maintainer", ref, "/oioi rerun")
		w.say("maintainer", ref, "/oioi send")
	}
	const reminded, noted = "we still need your answer", "has not answered the questions"
	for range 2 {
		w.wake(ref, 7*24*time.Hour, silence)
		shown := w.show(ref)
		if n := strings.Count(shown, reminded); n != 1 {
			t.Fatalf("%d reminders:\n%s", n, shown)
		}
	}
	w.wake(ref, 7*24*time.Hour, silence)
	shown := w.show(ref)
	if n := strings.Count(shown, noted); n != 1 || strings.Count(shown, reminded) != 1 {
		t.Fatalf("%d notes:\n%s", n, shown)
	}
	issue, err := w.world.Forge.Issue(forge.As("jo-lindqvist"), ref)
	w.check(err)
	if issue.State != "open" {
		t.Error("OiOi closed a ticket")
	}
	before := strings.Count(shown, "comment/draft/")
	w.say("customer", ref, "Version v2.4.1, self-hosted. The report rep_5521 ends with TP-9000 since Monday.")
	if after := strings.Count(w.show(ref), "comment/draft/"); after != before+1 {
		t.Errorf("%d drafts before the answer, %d after it", before, after)
	}
	w.say("customer", ref, "Thank you!") // nothing is asked any more
	if after := strings.Count(w.show(ref), "comment/draft/"); after != before+1 {
		t.Errorf("an ordinary comment started a run: %d drafts", after)
	}
}

// Where a person of the team goes on with the customer, OiOi steps back: no reminder, no new draft.
func TestOiOiStepsBackFromQuestions(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("vague")
	w.settle(ref)
	w.say("maintainer", ref, "/oioi send")
	w.say("maintainer", ref, "Did you try it in another browser?")
	w.say("customer", ref, "Yes, the same.")
	w.wake(ref, 14*24*time.Hour, silence)
	if shown := w.show(ref); strings.Contains(shown, "we still need") || strings.Contains(shown, "comment/draft/2") || !strings.Contains(shown, "comment/draft/1") {
		t.Errorf("OiOi went on behind a person:\n%s", shown)
	}
}

// The owner is reminded of the next update once, when it is due.
func TestTheNextUpdateIsRemindedOfOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("rotate-token")
	w.settle(ref)
	w.say("maintainer", ref, "/oioi send")
	w.say("maintainer", ref, "/oioi assign @maintainer")
	for range 2 {
		w.wake(ref, 30*24*time.Hour, nextUpdate)
		shown := w.show(ref)
		if n := strings.Count(shown, "was promised an update by now"); n != 1 {
			t.Fatalf("%d reminders:\n%s", n, shown)
		}
		holds(t, shown, "it was due, and the owner was reminded")
	}
}

// An answer whose webhook vanished is found, and nobody is reminded of what they have answered.
func TestAnAnswerIsFoundWithoutAWebhook(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("vague")
	w.settle(ref)
	w.say("maintainer", ref, "/oioi send")
	w.check(w.oioi.Recover(t.Context()))
	w.ahead.Add(int64(2 * time.Second)) // GitHub counts in seconds
	w.deaf(func() {
		w.say("customer", ref, "Version v2.4.1, self-hosted. The report rep_5521 ends with TP-9000 since Monday.")
	})
	if shown := w.show(ref); strings.Contains(shown, "comment/draft/2") {
		t.Fatal("the answer was heard")
	}
	w.check(w.oioi.Recover(t.Context()))
	w.told(ref, "The customer has answered the questions")
	w.settle(ref)
	shown := w.show(ref)
	if strings.Count(shown, "comment/draft/") != 2 || strings.Contains(shown, "we still need your answer") {
		t.Errorf("after an answer that nobody told of:\n%s", shown)
	}
}
