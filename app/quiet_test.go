package app

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// dot adds a dot to the ticket's text, as its customer does.
func (w *town) dot(ref forge.Ref) {
	w.t.Helper()
	issue, err := w.world.Forge.Issue(forge.As("jo-lindqvist"), ref)
	w.check(err)
	body := issue.Body + "."
	_, err = w.world.Forge.EditIssue(forge.As("customer"), ref, forge.IssueEdit{Body: &body})
	w.check(err)
	w.settle(ref)
}

// Edits that change neither the reply nor the plan make no comment: the draft is brought up to date where it stands, a person's words in
// it stay, and what was sent stays sent.
func TestEditsThatChangeNothingAreQuiet(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("rotate-token")
	w.settle(ref)
	before := w.all(ref)
	w.dot(ref)
	w.check(w.reword("maintainer", ref, "thank you for your question", "good question"))
	w.settle(ref)
	w.dot(ref)
	w.dot(ref)
	after := w.all(ref)
	if len(after) != len(before) || !strings.Contains(after[len(after)-1].Body, "good question") || !strings.Contains(after[len(after)-1].Body, "draft 1 ") {
		t.Fatalf("%d comments became %d:\n%s", len(before), len(after), w.show(ref))
	}
	w.say("maintainer", ref, "/oioi status")
	holds(t, w.show(ref), "Draft 1", "waits for a person")
	w.ahead.Add(60 * 1e9)
	w.say("maintainer", ref, "/oioi send")
	holds(t, w.show(ref), "good question.\n", "Sent by `@maintainer`")
	before = w.all(ref)
	w.dot(ref)
	if after := w.all(ref); len(after) != len(before) {
		t.Errorf("there was nothing to add, and OiOi said something:\n%s", after[len(after)-1].Body)
	}
	w.say("maintainer", ref, "/oioi status")
	holds(t, w.show(ref), "A person of the team is on it already")
	w.say("maintainer", ref, "/oioi rerun")
	if shown := w.show(ref); !strings.Contains(shown, "/comment/draft/2") {
		t.Errorf("a person asked for a draft and got none:\n%s", shown)
	}
}

// A command that was written before the draft was brought up to date covers the older text.
func TestASendFromBeforeTheEditIsRefused(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{clock: func() time.Time { return began }})
	ref := w.sample("rotate-token")
	w.settle(ref)
	w.dot(ref)
	w.write("maintainer", ref, "/oioi send") // within the second of the edit: nobody can say what its writer saw
	w.settle(ref)
	holds(t, w.show(ref), "the ticket was edited, and the draft was made again from it")
}

// A reply that was sent without a person, and its plan, still hold after an edit that changes nothing: there is nothing to add.
func TestNothingToAddToWhatWasSent(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/support", ".github/oioi.yml", "modes: {how_to: auto}\nauto_above: 0.6\n")
	ref := w.sample("rotate-token")
	w.settle(ref)
	before := len(w.all(ref))
	w.dot(ref)
	if after := len(w.all(ref)); after != before {
		t.Errorf("%d comments became %d:\n%s", before, after, w.show(ref))
	}
	w.say("maintainer", ref, "/oioi status")
	holds(t, w.show(ref), "Sent automatically by OiOi", "there is nothing to add")
}

// A burst of edits is worked once, when the ticket rests.
func TestABurstOfEditsIsWorkedOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{rests: 3 * time.Second})
	ref := w.sample("rotate-token")
	w.settle(ref)
	for i, words := range []string{"The job runs at night.", "The job runs at night, on eu-1.", "It is the API that refuses the old token, with TP-1001."} {
		_, err := w.world.Forge.EditIssue(forge.As("customer"), ref, forge.IssueEdit{Body: &words})
		w.check(err)
		w.waitFor("the edit is seen", func() bool { return w.row(ref).Generation >= int64(2*i+2) && w.status(ref) == "gathering" })
	}
	w.settle(ref)
	gathered := 0
	for _, event := range w.timeline(ref) {
		if event.Kind == "gathered" {
			gathered++
		}
	}
	if gathered != 2 || strings.Contains(w.show(ref), "/comment/draft/3") {
		t.Errorf("three edits were worked %d times:\n%s", gathered-1, w.show(ref))
	}
}

// meanwhile lets a person act once, while OiOi makes a chosen request.
type meanwhile struct {
	once sync.Once
	path string
	act  func()
}

func (m *meanwhile) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, m.path) && m.act != nil {
		m.once.Do(m.act)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Where a person answers while the run is under way, or closes the ticket, no draft comes; the status says why, and a run that is asked for does.
func TestAPersonAnswersWhileOiOiWorks(t *testing.T) {
	t.Parallel()
	const planKept = "The plan that was made meanwhile is kept"
	for name, test := range map[string]struct {
		act  func(w *town, ref forge.Ref)
		told string // by /oioi status, unless the plan was made first
	}{
		"answers": {func(w *town, ref forge.Ref) { w.write("maintainer", ref, "Select Rotate on the token's page.") }, planKept},
		"closes": {func(w *town, ref forge.Ref) {
			state := "closed"
			_, err := w.world.Forge.EditIssue(forge.As("maintainer"), ref, forge.IssueEdit{State: &state})
			w.check(err)
		}, "the ticket was closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cut := &meanwhile{path: "/releases"}
			w := newTown(t, townOptions{transport: cut})
			w.gate.Lock()
			ref := w.sample("rotate-token")
			cut.act = func() { test.act(w, ref) }
			w.gate.Unlock()
			w.settle(ref)
			if shown := w.show(ref); strings.Contains(shown, "/comment/") {
				t.Fatalf("a person was faster, and OiOi said something:\n%s", shown)
			}
			w.say("maintainer", ref, "/oioi status")
			if shown := w.show(ref); !strings.Contains(shown, planKept) {
				holds(t, shown, test.told)
			}
			w.say("maintainer", ref, "/oioi run")
			holds(t, w.show(ref), "/comment/draft/1")
		})
	}
}

// Once a person has answered by hand, the draft that stands says so and waits no more; OiOi says nothing, and the draft can still be sent.
func TestADraftStepsBackBehindAPersonsAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ config, sample string }{"draft": {"", "rotate-token"}, "approve": {"mode: approve\n", "empty-pdf"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.commit("tallypost/support", ".github/oioi.yml", c.config)
			ref := w.sample(c.sample)
			w.settle(ref)
			before := len(w.all(ref))
			w.say("maintainer", ref, "> a quote alone\n")
			if strings.Contains(w.show(ref), "waits no more") {
				t.Fatal("a quote is no answer")
			}
			w.say("maintainer", ref, "We know of it; it is mended on Friday.")
			shown := w.show(ref)
			holds(t, shown, "`@maintainer` has answered the customer. This draft is kept and waits no more")
			if len(w.all(ref)) != before+2 || strings.Contains(shown, "nothing is sent until") {
				t.Errorf("OiOi says something, or waits on:\n%s", shown)
			}
			w.say("maintainer", ref, "/oioi status")
			holds(t, w.show(ref), "is kept: `@maintainer` has answered the customer; `/oioi send` sends it all the same")
			w.ahead.Add(60 * 1e9)
			w.say("maintainer", ref, "/oioi send")
			holds(t, w.show(ref), "Sent by `@maintainer`", "**Sent** to customer")
			if strings.Contains(w.show(ref), "waits no more") {
				t.Error("the draft was sent and says that it is kept")
			}
		})
	}
}
