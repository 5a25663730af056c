package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// limited makes a repository ask before prompts of more than so many tokens.
func (w *town) limited(repo string, tokens int) {
	w.t.Helper()
	config, err := w.world.Forge.ReadFile(forge.As("jo-lindqvist"), repo, "", ".github/oioi.yml")
	w.check(err)
	w.commit(repo, ".github/oioi.yml", fmt.Sprintf("%s\nprompt: {warn_above_tokens: %d}\n", config, tokens))
}

func TestALongPromptIsItemisedAndAskedAboutOnce(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := withModel(t, server)
	w.limited("tallypost/support", 2800)
	ref := w.sample("rotate-token")
	last := func() string { all := w.comments(ref); return all[len(all)-1] }
	holds(t, last(), "unusually long", "`docs`: sections of the help center (8)", "$0.0", "`/oioi confirm trim` cuts it to about 2,", "loses the playbook", "drop:docs")
	if n := len(server.Requests()); n != 0 {
		t.Fatalf("the model was asked %d times before anybody confirmed", n)
	}
	w.say("maintainer", ref, "/oioi confirm drop:linear")
	holds(t, last(), "no source `linear`. It holds: `playbook-")
	w.say("maintainer", ref, "/oioi confirm trim")
	holds(t, last(), "The help center says: ", "**Not read, because the prompt was long:** the playbook ")
	if first := server.Requests()[0].Prompt("user"); strings.Count(first, "Playbook \"") > 1 {
		t.Error("nothing was cut")
	}
	asked := func() int { return strings.Count(strings.Join(w.comments(ref), "\n"), "unusually long") }
	before := asked()
	w.say("maintainer", ref, "/oioi rerun mention that it takes a minute")
	holds(t, last(), "/oioi send")
	shorter := "How do we replace a token?"
	_, err := w.world.Forge.EditIssue(forge.As("customer"), ref, forge.IssueEdit{Body: &shorter})
	w.check(err)
	w.say("maintainer", ref, "/oioi rerun")
	holds(t, last(), "draft 3 ", "/oioi send")
	if now := asked(); now != before {
		t.Errorf("the same or less was asked about again: %d questions, %d before", now, before)
	}
	longer := "How do we replace a token?\n\n" + strings.Repeat("One more line of a log that nobody has seen before.\n", 400)
	_, err = w.world.Forge.EditIssue(forge.As("customer"), ref, forge.IssueEdit{Body: &longer})
	w.check(err)
	w.say("maintainer", ref, "/oioi rerun")
	holds(t, last(), "unusually long", "loses the playbook", "the middle of what the ticket says beyond 3000 characters")
	w.say("maintainer", ref, "/oioi confirm drop:docs")
	w.say("maintainer", ref, "/oioi confirm full")
	requests := server.Requests()
	if prompt := requests[len(requests)-1].Prompt("user"); strings.Contains(prompt, ", docs, page") || !strings.Contains(prompt, "nobody has seen before") {
		t.Errorf("the help center was left out, the log was not:\n%s", prompt)
	}
}

// One more word makes the choice the repository's rule; it is shown, and it can be taken back.
func TestAChoiceForEveryTicketOfARepository(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := withModel(t, server)
	w.limited("tallypost/support", 2000)
	first := w.sample("rotate-token")
	w.settle(first)
	w.say("maintainer", first, "/oioi confirm drop:docs always")
	next := w.sample("refund")
	w.settle(next)
	w.say("maintainer", next, "/oioi status")
	holds(t, w.show(next), "Long prompts: `drop:docs` holds for every ticket here, as `@maintainer` chose. `/oioi confirm ask always` ends that.")
	w.say("maintainer", first, "/oioi confirm trim always")
	third := w.sample("vague")
	w.settle(third)
	if said := w.show(third); strings.Contains(said, "unusually long") || !strings.Contains(said, "/oioi send") {
		t.Errorf("the rule was not followed:\n%s", said)
	}
	w.say("maintainer", third, "/oioi confirm ask always")
	w.say("maintainer", third, "/oioi status")
	if strings.Contains(w.comments(third)[len(w.comments(third))-1], "holds for every ticket") {
		t.Error("the rule that was taken back is shown")
	}
	fourth := w.sample("outage")
	w.settle(fourth)
	holds(t, w.show(fourth), "unusually long")
}

// A question that nobody answers ends the run after a while, once, and says so.
func TestAQuestionAboutALongPromptExpires(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.limited("tallypost/support", 1000)
	ref := w.sample("rotate-token")
	w.settle(ref)
	expire := func(key, _ string) river.JobArgs { return desk.ExpireArgs{TicketKey: key, RunID: key + "/1"} }
	const note = "Nobody answered the question about the long prompt, so the run has ended."
	w.wake(ref, 73*time.Hour, expire)
	holds(t, w.show(ref), note)
	w.say("maintainer", ref, "/oioi confirm")
	holds(t, w.show(ref), "There is nothing to confirm")
	w.say("maintainer", ref, "/oioi rerun")
	w.say("maintainer", ref, "/oioi confirm")
	holds(t, w.show(ref), "/oioi send")
	w.wake(ref, 100*time.Hour, expire)
	if n := strings.Count(w.show(ref), note); n != 1 {
		t.Errorf("%d notes", n)
	}
}

// In public the question names no price and no source that is nobody's business.
func TestALongPromptInPublicNamesNoMoney(t *testing.T) {
	t.Parallel()
	w := withModel(t, modeltest.NewServer(t))
	w.limited("tallypost/tallypost", 1000)
	ref := w.sample("public-holidays")
	said := w.comments(ref)[0]
	holds(t, said, "unusually long", "everything else", "the ticket's own text")
	for _, secret := range []string{"$", "playbook", "policy", "evidence E"} {
		if strings.Contains(said, secret) {
			t.Errorf("the public question says %q:\n%s", secret, said)
		}
	}
}
