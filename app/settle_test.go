package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// firewallPage answers the sample ticket firewall.
const firewallPage = `---
title: Addresses for your firewall
description: The addresses from which SFTP deliveries and database connections come.
---

# Addresses for your firewall

## Which addresses a firewall must allow for SFTP deliveries

Your firewall must allow these addresses for SFTP deliveries: in the region ` + "`eu-1`" + ` 203.0.113.16 to 203.0.113.23, in the region
` + "`us-1`" + ` 198.51.100.32 to 198.51.100.39. Hand the list of addresses to your network team.
`

// What a person has touched stays as it is when the help center answers the question by now: the pull request is told once and stays
// open, and the line in the list of docs gaps is theirs.
func TestWhatAPersonHasTouchedIsNotSettled(t *testing.T) {
	t.Parallel()
	answer := func(w *town, ref forge.Ref) {
		w.commit(supportRepo, "docs/deliveries/addresses.md", firewallPage)
		w.say("maintainer", ref, "/oioi rerun")
		w.say("maintainer", ref, "/oioi rerun")
		w.say("maintainer", ref, "/oioi send")
		holds(t, strings.Join(w.comments(ref), "\n"), "docs/deliveries/addresses.md", "<sub>Sent by `@maintainer`</sub>")
	}
	t.Run("pull request", func(t *testing.T) {
		t.Parallel()
		w := newTown(t, townOptions{})
		ref := w.sample("firewall")
		w.settle(ref)
		pull := w.docsPull(ref.Repo)
		diff, err := w.world.Forge.Diff(forge.As("maintainer"), pull.Ref)
		w.check(err)
		w.check(w.push("maintainer", ref.Repo, pull.Pull.Head, diff.Files[0].Path, "# Mine now\n"))
		w.settle(ref)
		answer(w, ref)
		if pull = w.docsPull(ref.Repo); pull.State != "open" {
			t.Errorf("the pull request with a person's commit is %s", pull.State)
		}
		if n := strings.Count(strings.Join(w.comments(pull.Ref), "\n"), "OiOi finds the answer in the help center by now"); n != 1 {
			t.Errorf("it is told %d times", n)
		}
	})
	t.Run("line", func(t *testing.T) {
		t.Parallel()
		w := newTown(t, townOptions{})
		w.commit(supportRepo, ".github/oioi.yml", "docs: { max_open: 1 }\n")
		other := w.sample("docs-error")
		w.settle(other)
		ref := w.sample("firewall")
		w.settle(ref)
		list := forge.Ref{Repo: ref.Repo, Number: ref.Number + 1}
		issue, err := w.world.Forge.Issue(forge.As("maintainer"), list)
		w.check(err)
		body := strings.Replace(issue.Body, "- [ ] ", "- [ ] (Jo writes this) ", 1)
		_, err = w.world.Forge.EditIssue(forge.As("maintainer"), list, forge.IssueEdit{Body: &body})
		w.check(err)
		answer(w, ref)
		if issue, err = w.world.Forge.Issue(forge.As("maintainer"), list); err != nil || issue.Body != body || !strings.Contains(body, "Jo writes this") {
			t.Errorf("the list is\n%s\nwant\n%s", issue.Body, body)
		}
		told := false
		for _, e := range w.timeline(ref) {
			told = told || strings.Contains(e.Text, "a person has changed the line")
		}
		if !told {
			t.Error("the ticket's progress does not say why the line stays")
		}
	})
}

// Who closed a docs pull request is asked where GitHub's list does not say: what OiOi closes itself is no news on the ticket, and a
// person is named.
func TestWhoClosedADocsPullIsAsked(t *testing.T) {
	t.Parallel()
	lists := roundTrip(func(r *http.Request) (*http.Response, error) { // as GitHub answers
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil || r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/issues") {
			return response, err
		}
		var issues []map[string]any
		if err := json.NewDecoder(response.Body).Decode(&issues); err != nil {
			return nil, err
		}
		for _, issue := range issues {
			delete(issue, "closed_by")
		}
		text, err := json.Marshal(issues)
		response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		response.Header.Del("Content-Length")
		return response, err
	})
	w := newTown(t, townOptions{transport: lists})
	told := func(ref forge.Ref, words string) (n int) {
		w.ahead.Add(int64(5 * time.Minute))
		w.recover()
		w.settle(ref)
		for _, e := range w.timeline(ref) {
			if strings.Contains(e.Text, words) {
				n++
			}
		}
		return n
	}
	const closed = "The docs pull request was closed"
	ref := w.sample("firewall")
	w.settle(ref)
	w.commit(supportRepo, "docs/deliveries/addresses.md", firewallPage)
	w.say("maintainer", ref, "/oioi rerun")
	w.say("maintainer", ref, "/oioi send")
	if pull := w.docsPull(ref.Repo); pull.State != "closed" || pull.ClosedBy != w.world.App.Bot() {
		t.Fatalf("the pull request is %s by %s", pull.State, pull.ClosedBy)
	}
	if n := told(ref, closed); n != 0 {
		t.Errorf("what OiOi has closed itself is told %d times", n)
	}
	other := w.sample("docs-error")
	w.settle(other)
	state := "closed"
	w.deaf(func() {
		_, err := w.world.Forge.EditPull(forge.As("maintainer"), w.docsPull(ref.Repo).Ref, forge.PullEdit{State: &state})
		w.check(err)
	})
	if n := told(other, closed+" by @maintainer without being merged"); n != 1 {
		t.Errorf("what a person has closed is told %d times", n)
	}
}

// What OiOi itself opened is no ticket: a command there is answered with where it belongs, and the trigger label begins nothing.
func TestOiOisOwnIssuesAreNoTickets(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit(supportRepo, ".github/oioi.yml", "docs: { max_open: 1 }\n")
	for _, id := range []string{"docs-error", "firewall"} {
		w.settle(w.sample(id))
	}
	maintainer := forge.As("maintainer")
	all, err := w.world.Forge.ListIssues(maintainer, supportRepo, forge.IssueFilter{State: "open", Creator: w.world.App.Bot()})
	w.check(err)
	at := slices.IndexFunc(all, func(i *forge.Issue) bool { return i.Title == "Docs gaps from support tickets" })
	if at < 0 {
		t.Fatal("there is no list of docs gaps")
	}
	list := all[at].Ref
	w.say("maintainer", list, "/oioi docs")
	w.say("maintainer", list, "/oioi help")
	_, err = w.world.Forge.AddLabels(maintainer, list, "oioi")
	w.check(err)
	w.settle(list)
	said := w.comments(list)
	if len(said) != 2 {
		t.Fatalf("OiOi says %q", said)
	}
	holds(t, said[0], "OiOi opened this issue itself", "Write the command on the support ticket that it came from.")
	holds(t, said[1], "show this list")
	if issue, err := w.world.Forge.Issue(maintainer, list); err != nil || strings.Join(issue.Labels, " ") != "oioi:docs" {
		t.Errorf("its labels are %v, %v", issue.Labels, err)
	}
}

// Where the answer to what settles a docs gap is lost, the next attempt finds it done: one comment, one closing, one tick.
func TestSettlingSurvivesLostAnswers(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"", "docs-error"} { // with a pull request before it, the ticket is only listed
		var lost sync.Map
		w := newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			var sent []byte
			if r.Body != nil {
				sent, _ = io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(sent))
			}
			response, err := http.DefaultTransport.RoundTrip(r)
			for _, words := range []string{"OiOi finds the answer", `{"state":"closed"}`, "answered by now in"} {
				if err != nil || r.Method == http.MethodGet || !bytes.Contains(sent, []byte(words)) {
					continue
				}
				if _, again := lost.LoadOrStore(words, true); !again {
					_ = response.Body.Close()
					return nil, io.ErrUnexpectedEOF
				}
			}
			return response, err
		})})
		want := "OiOi finds the answer"
		if first != "" {
			w.commit(supportRepo, ".github/oioi.yml", "docs: { max_open: 1 }\n")
			w.settle(w.sample(first))
			want = "answered by now in"
		}
		ref := w.sample("firewall")
		w.settle(ref)
		w.commit(supportRepo, "docs/deliveries/addresses.md", firewallPage)
		w.say("maintainer", ref, "/oioi rerun")
		w.say("maintainer", ref, "/oioi send")
		if n := strings.Count(w.show(ref), want); n != 1 {
			t.Errorf("%q stands there %d times", want, n)
		}
		_, closed := lost.Load(`{"state":"closed"}`)
		if _, said := lost.Load(want); !said || closed != (first == "") {
			t.Errorf("no answer was lost after %q", want)
		}
		if pull := w.docsPull(supportRepo); pull.State != map[bool]string{true: "closed", false: "open"}[first == ""] {
			t.Errorf("the pull request is %s", pull.State)
		}
		for _, e := range w.timeline(ref) {
			if strings.Contains(e.Text, "left as it is") || e.Kind == "unknown" || e.Kind == "failed" {
				t.Errorf("the ticket's progress says %q", e.Text)
			}
		}
	}
}
