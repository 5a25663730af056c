package app

import (
	"regexp"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

var waitingLine = regexp.MustCompile("(?m)^\\| `(e[0-9a-f]{6})` \\| (.*) \\| waits \\|$")

// waitingIDs reads from the newest draft what waits: its IDs, by what it would do.
func (w *town) waitingIDs(ref forge.Ref) map[string]string {
	w.t.Helper()
	comments, err := w.world.Forge.ListComments(forge.As("jo-lindqvist"), ref, zeroTime)
	w.check(err)
	out := map[string]string{}
	for i := len(comments) - 1; i >= 0 && len(out) == 0; i-- {
		for _, m := range waitingLine.FindAllStringSubmatch(comments[i].Body, -1) {
			out[m[2]] = m[1]
		}
	}
	return out
}

func (w *town) say(login string, ref forge.Ref, words string) {
	w.t.Helper()
	_, err := w.world.Forge.CreateComment(forge.As(login), ref, words)
	w.check(err)
	w.settle(ref)
}

// An approval covers the content that the person saw: once the follow-up says something else, its old ID approves nothing,
// and what waits now is shown. What was approved is made once, what was rejected never, and nobody is asked twice.
func TestAnApprovalCoversTheContentThatWasSeen(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/support", ".github/oioi.yml", "mode: approve\n")
	ref := w.sample("empty-pdf")
	w.settle(ref)
	find := func(list map[string]string, part string) string {
		t.Helper()
		for what, id := range list {
			if strings.Contains(what, part) {
				return id
			}
		}
		t.Fatalf("nothing that waits would %q: %v\n%s", part, list, w.show(ref))
		return ""
	}
	before := w.waitingIDs(ref)
	old := find(before, "follow-up")
	issue, err := w.world.Forge.Issue(forge.As("jo-lindqvist"), ref)
	w.check(err)
	body := strings.Replace(issue.Body, "Select Send now.", "Select Send now, twice.", 1)
	_, err = w.world.Forge.EditIssue(forge.As("customer"), ref, forge.IssueEdit{Body: &body})
	w.check(err)
	w.settle(ref)
	after := w.waitingIDs(ref)
	if find(after, "follow-up") == old {
		t.Fatalf("the follow-up's content has changed and its ID has not: %v", after)
	}
	w.say("maintainer", ref, "/oioi approve "+old)
	shown := w.show(ref)
	holds(t, shown, "its content has changed since. These wait:")
	holds(t, shown, "- `"+find(after, "follow-up")+"`")
	if strings.Contains(shown, "=== sub-issue") {
		t.Fatalf("an approval of what nobody saw was carried out:\n%s", shown)
	}

	w.say("maintainer", ref, "/oioi approve "+find(after, "follow-up"))
	w.say("maintainer", ref, "/oioi reject "+find(after, "oioi:S3")+" it is worse")
	shown = w.show(ref)
	holds(t, shown, "=== sub-issue")
	holds(t, shown, "rejected by `@maintainer`: it is worse")
	if strings.Contains(strings.SplitN(shown, "\n", 3)[1], "oioi:") {
		t.Errorf("a label was set that nobody approved:\n%s", shown)
	}
	w.say("maintainer", ref, "/oioi rerun")
	again := w.waitingIDs(ref)
	for what := range again {
		if strings.Contains(what, "oioi:S3") || strings.Contains(what, "follow-up") {
			t.Errorf("a person was asked once more to %s", what)
		}
	}
	if n := strings.Count(w.show(ref), "=== sub-issue"); n != 1 {
		t.Errorf("%d follow-ups", n)
	}
}

// A reply that nobody approved is not posted where a person of the team was faster: what counts is the moment before it is posted.
func TestNothingIsSentAutomaticallyBehindAPerson(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{"a person answers": "Select Rotate on the token's page.", "nobody does": "/oioi help"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.commit("tallypost/support", ".github/oioi.yml", "modes: {how_to: auto}\nauto_above: 0.6\n")
			w.gate.Lock()
			ref := w.sample("rotate-token")
			_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ref, "/oioi hold")
			w.check(err)
			w.gate.Unlock()
			w.settle(ref)
			w.say("maintainer", ref, first)
			w.say("maintainer", ref, "/oioi resume")
			if sent := strings.Contains(w.show(ref), "Sent automatically by OiOi"); sent != (first == "/oioi help") {
				t.Errorf("sent: %t\n%s", sent, w.show(ref))
			}
		})
	}
}

// What was approved is held against how many docs pull requests wait by then: beyond docs.max_open the ticket becomes a line of the
// list. Reviewers are asked for what opens, and for nothing else.
func TestAnApprovedDocsPullRequestKeepsToTheLimit(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/support", ".github/oioi.yml", "mode: approve\ndocs: { max_open: 1, request_reviews: true }\n")
	w.commit("tallypost/support", ".github/CODEOWNERS", "docs/ @ines-rocha\n")
	first, second := w.sample("docs-error"), w.sample("firewall")
	for _, ref := range []forge.Ref{first, second} {
		w.settle(ref)
		if shown := w.show(ref); strings.Contains(shown, "=== pull request") || strings.Contains(shown, "=== list") {
			t.Fatalf("before anybody approved:\n%s", shown)
		}
	}
	w.say("maintainer", first, "/oioi approve all")
	holds(t, w.show(first), "--- asked to review: ines-rocha")
	w.say("maintainer", second, "/oioi approve all")
	shown := w.show(second)
	holds(t, shown, "as many as `docs.max_open` allows; the ticket is on the list of docs gaps")
	holds(t, shown, "/ticket-13-docs into main")
	holds(t, shown, "=== list")
	if strings.Contains(shown, "ticket-14-docs") {
		t.Errorf("more wait than may:\n%s", shown)
	}
	third := w.sample("docs-error") // by now it is known that enough wait
	w.settle(third)
	if shown := w.show(third); strings.Contains(shown, "ticket-15-docs") {
		t.Errorf("more wait than may:\n%s", shown)
	}
}
