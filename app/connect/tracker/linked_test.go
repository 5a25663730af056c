package tracker_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// missing lists what an error names.
func missing(err error) map[string]string {
	out := map[string]string{}
	var m evidence.Missing
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			for k, v := range missing(e) {
				out[k] = v
			}
		}
	} else if errors.As(err, &m) {
		out[m.Source] = m.Reason
	}
	return out
}

func TestWhatATicketNamesIsRead(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	sha, merge := strings.Repeat("1a", 20), strings.Repeat("2b", 20)
	r.file(1, "Zebra upside down", about, closed("completed"))
	r.say(1, member, "Turn the paper.")
	r.closings[1] = []tracker.Closing{{Kind: "cross-referenced", Pull: 2, Body: "closes #1"}, {Kind: "closed"}}
	r.pulls[2] = tracker.Work{Pull: true, Merged: true, SHA: merge, Done: start, Ticket: ticket.Ticket{Number: 2, State: "closed",
		Title: ticket.Text("Turn the zebra"), Body: ticket.Text("It was upside down."), URL: web + "/acme/support/pull/2"}}
	r.commits[sha] = tracker.Work{SHA: sha, Done: start, Ticket: ticket.Ticket{URL: web + "/acme/support/commit/" + sha, Body: ticket.Text("Paint stripes\n\nBlack ones.")}}
	r.releases = []tracker.Release{{Tag: "v3", Published: start.Add(time.Hour)}, {Tag: "v2", Published: start.Add(-time.Hour)}}
	r.contained["v3"] = []string{merge}
	asking := r.file(9, "Still upside down", "Like #1, in spite of "+web+"/acme/support/pull/2 and commit 1a1a1a1 ("+sha+"), see #9. Request 4f2a9c1d.")
	items, err := (&tracker.Tracker{From: g, WebURL: web}).Linked(t.Context(), 7, asks(asking, 5), nil)
	if err != nil {
		t.Fatalf("a word that is no commit, and the ticket itself, are no failures: %v", err)
	}
	if len(items) != 3 {
		t.Fatalf("%d items: %+v", len(items), items)
	}
	for i, want := range []struct{ title, state, outcome, resolution string }{
		{"#1 Zebra upside down", "closed", "closed as completed by pull request #2, released in v3", "Turn the paper."},
		{"#2 Turn the zebra", "merged", "a pull request, merged on 2026-11-24, released in v3", ""},
		{"commit 1a1a1a1: Paint stripes", "", "a commit of 2026-11-24", ""},
	} {
		got := items[i]
		if got.Kind != evidence.Linked || got.Title != want.title || got.State != want.state || got.Outcome != want.outcome || got.Resolution.Raw() != want.resolution || got.Visibility != evidence.Repository {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if items[1].IsCanonical() || items[1].Number != 0 {
		t.Error("a pull request can be no duplicate's original")
	}
	for _, q := range g.questions("compare") {
		if strings.Contains(q, " v2 ") {
			t.Errorf("a release from before the fix was asked: %q", q)
		}
	}
}

func TestAnotherRepositoryIsAskedOnlyWhereItIsAllowed(t *testing.T) {
	g := newGitHub()
	r, app, secret := g.add(1, "acme", "support", true), g.add(2, "acme", "app", false), g.add(3, "acme", "secret", true)
	app.file(6, "App issue", "In the app.")
	secret.file(7, "Secret issue", "Nobody knows.")
	asking := r.file(9, "See others", "acme/app#6 and acme/secret#7 and evil/else#8")
	tr := &tracker.Tracker{From: g, WebURL: web}
	items, err := tr.Linked(t.Context(), 7, asks(asking, 5), []string{"acme/APP", "acme/secret"})
	if len(items) != 2 || items[0].Visibility != evidence.Public || items[1].Visibility != evidence.Private || items[0].Number != 0 {
		t.Errorf("%+v: a private repository's issue is for the team only, and no other repository's is a duplicate's original", items)
	}
	if got := missing(err); len(got) != 2 || !strings.Contains(got["evil/else#8"], "linked_repositories") || got["acme/app#6"] != "" {
		t.Errorf("named are %q", got)
	}
	hidden := missing(err)["acme/secret#7"]
	for name, ref := range map[string]string{"no such issue": "acme/secret#404", "no such repository": "acme/gone#7", "no such commit": "acme/secret@1234abc"} {
		items, err := tr.Linked(t.Context(), 7, asks(r.file(10, "See another", "See "+ref+" please"), 5), []string{"acme/secret", "acme/gone"})
		if got := missing(err)[ref]; len(items) != 0 || got == "" || got != hidden {
			t.Errorf("%s: the ticket's readers are told %q, and %q of what is there and private", name, got, hidden)
		}
	}
	g.questions("")
	if items, err := tr.Linked(t.Context(), 7, asks(asking, 5), nil); len(items) != 0 || len(missing(err)) != 3 {
		t.Errorf("without leave there is %+v, %v", items, err)
	}
	if got := g.questions(""); len(got) != 0 {
		t.Errorf("without leave GitHub was asked %q", got)
	}
}

func TestLinksThatFailAreNamedAndCapped(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", false)
	r.file(2, "Found", "It is there.")
	asking := r.file(99, "See", "#1 #2 #3 #4 #5 #6 #7 and commit 1234abc")
	tr := &tracker.Tracker{From: g, WebURL: web}
	items, err := tr.Linked(t.Context(), 7, asks(asking, 20), nil)
	got := missing(err)
	if len(items) != 1 || items[0].Visibility != evidence.Public || len(got) != tracker.MaxLinked-1 || !strings.Contains(got["acme/support#1"], "not there") {
		t.Errorf("%d items, and named are %q", len(items), got)
	}
	if asked := g.questions("work"); len(asked) != tracker.MaxLinked {
		t.Errorf("asked %q", asked)
	}
	g.fail["work"] = tracker.ErrMoved
	_, err = tr.Linked(t.Context(), 7, asks(r.file(98, "See", "#2"), 5), nil)
	if got := missing(err); !strings.Contains(got["acme/support#2"], "moved") {
		t.Errorf("named are %q", got)
	}
	g.fail["work"] = errors.New("dial tcp 10.0.0.1: secret")
	_, err = tr.Linked(t.Context(), 7, asks(r.issues[98], 5), nil)
	if got := missing(err); got["acme/support#2"] != "it failed" {
		t.Errorf("the draft would say %q", got)
	}
}

func TestWhatOiOiWroteNamesNothing(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", false)
	asking := r.file(9, "See", "Nothing.")
	asking.Comments = []ticket.Comment{{Ours: true, Author: robot, Body: ticket.Text("#1")}, {Author: member, Body: ticket.Text("/oioi rerun as in #2")}, {Author: member, Body: ticket.Text("see #3")}}
	_, err := (&tracker.Tracker{From: g}).Linked(t.Context(), 7, asks(asking, 5), nil)
	if got := missing(err); len(got) != 1 || got["acme/support#3"] == "" {
		t.Errorf("named are %q", got)
	}
}
