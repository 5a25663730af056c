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

const about = "The zebra report is upside down when it has more than ten columns."

func TestHowATicketWasResolvedIsTold(t *testing.T) {
	sent := "Please turn the paper around: **Layout**, then **Turn**."
	draft := "### Draft\n<!-- oioi:reply:start -->\nDo something wrong.\n<!-- oioi:reply:end -->\n<!-- oioi:v1 1/1/comment/draft/1 -->"
	for name, c := range map[string]struct {
		change  func(*ticket.Ticket)
		say     func(*repository)
		outcome string
		reply   string
	}{
		"a person's reply": {closed("completed"), func(r *repository) {
			r.say(1, member, "Which layout is it?")
			r.say(1, member, sent)
			r.say(1, customer, "Thanks!")
			r.say(1, member, "/oioi help")
		}, "closed as completed", sent},
		"a reply that OiOi sent": {closed("completed"), func(r *repository) {
			r.say(1, robot, sent+"\n\n<sub>Sent by `@jo`</sub>\n\n<!-- oioi:v1 1/1/comment/reply/1 -->")
			r.say(1, robot, "The commands are …\n\n<!-- oioi:v1 1/1/comment/answer/5 -->")
		}, "closed as completed", sent},
		"a reply that the team edited before OiOi sent it": {func(*ticket.Ticket) {}, func(r *repository) {
			r.say(1, robot, sent+"\n\n<sub>Gesendet von `@jo`</sub>\n\n<!-- oioi:edited -->\n<!-- oioi:v1 1/1/comment/reply/1 -->")
			r.say(1, customer, "Thanks! <!-- oioi:edited --><!-- oioi:v1 1/1/comment/reply/2 -->")
			r.say(1, member, "Good to hear.")
		}, "open; the team edited the reply", sent},
		"a reply that OiOi sent later takes its place": {func(*ticket.Ticket) {}, func(r *repository) {
			r.say(1, robot, "Do not.\n\n<!-- oioi:edited -->\n<!-- oioi:v1 1/1/comment/reply/1 -->")
			r.say(1, robot, sent+"\n\n<!-- oioi:v1 1/1/comment/reply/2 -->")
		}, "open", ""},
		"an edited reply to what is not planned": {closed("not_planned"), func(r *repository) {
			r.say(1, robot, sent+"\n\n<!-- oioi:edited -->\n<!-- oioi:v1 1/1/comment/reply/1 -->")
		}, "closed as not planned", ""},
		"a draft is no reply": {closed("completed"), func(r *repository) { r.say(1, robot, draft) }, "closed as completed", ""},
		"a draft that was folded is none either": {closed("completed"), func(r *repository) {
			r.say(1, robot, "<details>\n<summary>Superseded</summary>\n\n"+draft+"\n\n</details>")
		}, "closed as completed", ""},
		"another bot says nothing": {closed("completed"), func(r *repository) {
			r.say(1, ticket.Person{Login: "stale[bot]", ID: 9, Bot: true, Association: "MEMBER"}, "This issue is stale.")
		}, "closed as completed", ""},
		"not planned": {closed("not_planned"), func(r *repository) { r.say(1, member, "We will not do this.") }, "closed as not planned", ""},
		"open":        {func(*ticket.Ticket) {}, func(r *repository) { r.say(1, member, "We look into it.") }, "open", ""},
		"closed by a pull request": {closed("completed"), func(r *repository) {
			r.say(1, member, sent)
			r.pulls[3] = tracker.Work{Pull: true, Merged: true, SHA: strings.Repeat("c", 40), Done: start, Ticket: ticket.Ticket{Number: 3, State: "closed"}}
			r.closings[1] = []tracker.Closing{
				{Kind: "cross-referenced", Pull: 2, Body: "Not yet: see #1"}, {Kind: "cross-referenced", Pull: 3, Body: "Fixes #1"}, {Kind: "closed"}}
			r.releases = []tracker.Release{{Tag: "v2.0.0", Published: start.Add(2 * time.Hour)}, {Tag: "v1.9.0", Published: start.Add(time.Hour)}, {Tag: "v1.8.0", Published: start.Add(-time.Hour)}}
			r.contained["v2.0.0"] = []string{strings.Repeat("c", 40)}
		}, "closed as completed by pull request #3, released in v2.0.0", sent},
		"closed by a commit whose release names it": {closed("completed"), func(r *repository) {
			r.commits[strings.Repeat("d", 40)] = tracker.Work{SHA: strings.Repeat("d", 40), Done: start}
			r.closings[1] = []tracker.Closing{{Kind: "closed", Commit: strings.Repeat("d", 40)}}
			r.releases = []tracker.Release{{Tag: "v1.9.0", Notes: "- Turned the zebra around (#1)", Published: start.Add(time.Hour)}}
		}, "closed as completed by commit ddddddd, released in v1.9.0", ""},
		"reopened and closed by hand": {closed("completed"), func(r *repository) {
			r.closings[1] = []tracker.Closing{{Kind: "closed", Commit: strings.Repeat("d", 40)}, {Kind: "reopened"}, {Kind: "closed"}}
		}, "closed as completed", ""},
		"duplicate": {closed("duplicate"), func(r *repository) { r.say(1, member, "Duplicate of #77") }, "closed as a duplicate of #77", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGitHub()
			r := g.add(1, "acme", "support", true)
			r.file(1, "Zebra report is upside down", about, c.change)
			noise(r, 10, 25)
			c.say(r)
			tr := &tracker.Tracker{From: g}
			item := find(t, similar(t, tr, asks(r.file(90, "Zebra report upside down", about), 4)), 1)
			if item.Outcome != c.outcome || item.Resolution.Raw() != c.reply {
				t.Errorf("%q and the reply %q, want %q and %q", item.Outcome, item.Resolution.Raw(), c.outcome, c.reply)
			}
		})
	}
}

func TestOnlyTicketsAreSimilar(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	noise(r, 10, 25)
	r.file(1, "Say in the help center that the zebra report is upside down", about, by(robot))
	r.file(2, "Zebra report is upside down", about, closed("completed"))
	asking := r.file(90, "Zebra report upside down", about)
	items := similar(t, &tracker.Tracker{From: g}, asks(asking, 4))
	if got := numbers(items); len(got) != 1 || got[0] != 2 {
		t.Fatalf("found %v, want #2: neither itself nor OiOi's follow-up", got)
	}
}

func TestOpenIncidentsAreAlwaysThere(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	noise(r, 10, 25)
	r.file(1, "Incident: the cloud is dark", "No lamp shines.", labeled("Incident"), closed("completed"))
	r.file(2, "Incident: deliveries late", "Mail waits in the queue.", labeled("incident"))
	r.file(3, "Incident: zebra report", about, labeled("INCIDENT"), by(robot))
	r.file(4, "Incident: sign-in slow", "Sign-in takes a minute.", labeled("incident"))
	asking := r.file(90, "Zebra report upside down", about)
	var got []int
	for _, i := range similar(t, &tracker.Tracker{From: g}, asks(asking, 4)) {
		if i.Kind != evidence.Incident || i.Outcome != "an open incident" {
			t.Errorf("#%d is %s, %q", i.Number, i.Kind, i.Outcome)
		}
		got = append(got, i.Number)
	}
	if len(got) != 2 || got[0] != 4 && got[0] != 3 {
		t.Fatalf("the incidents are %v, want two open ones", got)
	}
	if items, err := (&tracker.Tracker{From: g}).Similar(t.Context(), 7, asks(asking, 4), ""); err != nil || len(items) != 0 {
		t.Errorf("without a label there are no incidents: %v %v", numbers(items), err)
	}
}

func TestTheOldestOpenIssueOfAChainIsCanonical(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	noise(r, 40, 60)
	r.file(5, "Reports turned around", "Some reports come out wrong.")
	r.file(20, "Zebra report is upside down", about)
	r.file(21, "Zebra report upside down again", about)
	r.say(21, member, "Duplicate of #20")
	r.say(20, member, "Duplicate of #5")
	r.say(5, customer, "Duplicate of #1") // the customer does not decide it
	tr := &tracker.Tracker{From: g}
	asking := r.file(90, "Zebra report upside down", about)
	items := similar(t, tr, asks(asking, 4))
	if !find(t, items, 5).IsCanonical() {
		t.Errorf("#5 is the canonical one: %+v", find(t, items, 5))
	}
	for _, n := range []int{20, 21} {
		if i := find(t, items, n); i.IsCanonical() || i.Canonical != 5 {
			t.Errorf("#%d names #%d", n, i.Canonical)
		}
	}
	// When the oldest is closed, the next one takes its place.
	oldest := r.issues[5]
	closed("completed")(&oldest)
	oldest.UpdatedAt = start.Add(100 * time.Minute)
	r.issues[5] = oldest
	items = similar(t, tr, asks(asking, 4))
	if a, b := find(t, items, 20), find(t, items, 21); !a.IsCanonical() || b.Canonical != 20 {
		t.Errorf("#20 names #%d, #21 names #%d", a.Canonical, b.Canonical)
	}
}

func TestTwoIssuesNeverPointAtEachOther(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	noise(r, 40, 60)
	a := r.file(20, "Zebra report is upside down", about)
	b := r.file(21, "Zebra report upside down", about)
	tr := &tracker.Tracker{From: g}
	check := func(when string) {
		t.Helper()
		if i := find(t, similar(t, tr, asks(b, 4)), 20); !i.IsCanonical() {
			t.Errorf("%s: seen from #21, #20 is not canonical: %+v", when, i)
		}
		if i := find(t, similar(t, tr, asks(a, 4)), 21); i.IsCanonical() || i.Canonical != 20 {
			t.Errorf("%s: seen from #20, #21 names #%d", when, i.Canonical)
		}
	}
	check("nobody said anything")
	r.say(20, member, "Duplicate of #21") // in a circle
	r.say(21, member, "Duplicate of #20")
	tr = &tracker.Tracker{From: g}
	check("in a circle")
}

func TestAConversationThatFailsIsNamed(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	noise(r, 40, 60)
	r.file(20, "Zebra report is upside down", about, closed("completed"))
	g.fail["timeline"] = errors.New("boom")
	r.say(20, member, "Turn the paper.")
	items, err := (&tracker.Tracker{From: g}).Similar(t.Context(), 7, asks(r.file(90, "Zebra report upside down", about), 4), "")
	var missing evidence.Missing
	if !errors.As(err, &missing) || missing.Source != "The replies to earlier tickets" || missing.Reason != "it failed" {
		t.Errorf("the error is %v", err)
	}
	if i := find(t, items, 20); i.Resolution.Raw() != "Turn the paper." {
		t.Errorf("what was read is not used: %+v", i)
	}
}

// What a person edited is preferred, and so it is asked for each time: it goes with its comment or its ticket. No other
// repository ever learns of it.
func TestAnEditedReplyGoesWithItsTicket(t *testing.T) {
	const edited = "Turn the paper.\n\n<!-- oioi:edited -->\n<!-- oioi:v1 1/1/comment/reply/1 -->"
	g := newGitHub()
	r, public := g.add(1, "acme", "support", true), g.add(2, "acme", "public", false)
	noise(r, 40, 60)
	noise(public, 40, 60)
	r.file(20, "Zebra report is upside down", about)
	r.say(20, robot, edited)
	tr := &tracker.Tracker{From: g}
	asking := r.file(90, "Zebra report upside down", about)
	if i := find(t, similar(t, tr, asks(asking, 4)), 20); !i.Edited || i.Resolution.Raw() != "Turn the paper." || i.Visibility != evidence.Repository {
		t.Fatalf("it is not found: %+v", i)
	}
	if got := g.questions("comments"); len(got) != 1 {
		t.Errorf("read %q", got)
	}
	for _, i := range similar(t, tr, asks(public.file(90, "Zebra report upside down", about), 4)) {
		if i.Edited || i.Number == 20 {
			t.Errorf("the public ticket is told of the private one: %+v", i)
		}
	}
	said := r.comments[20]
	r.comments[20] = nil
	if i := find(t, similar(t, tr, asks(asking, 4)), 20); i.Edited || i.Resolution.Raw() != "" {
		t.Errorf("the reply outlives its comment: %+v", i)
	}
	r.comments[20] = said
	changed := r.issues[20]
	changed.UpdatedAt = start.Add(100 * time.Minute)
	r.issues[20] = changed
	find(t, similar(t, tr, asks(asking, 4)), 20)
	delete(r.issues, 20)
	if got := numbers(similar(t, tr, asks(asking, 4))); len(got) != 0 {
		t.Errorf("the reply outlives its ticket: %v", got)
	}
}
