package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// noise fills a tracker with issues about other things.
func noise(r *repository, from, to int) {
	topics := []string{"billing", "login", "colours", "webhooks", "printing", "fonts", "calendar", "search", "avatars", "shortcuts"}
	for n := from; n <= to; n++ {
		topic := topics[n%len(topics)]
		r.file(n, "A question about "+topic, fmt.Sprintf("How does %s work in room %d?", topic, n), closed("completed"))
	}
}

func TestATrackerIsReadOnceAndThenOnlyWhatChanged(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	noise(r, 1, 250)
	r.file(251, "Parquet export stops at row 65536", "The parquet export of a wide table stops.", closed("completed"))
	r.pulls[252] = tracker.Work{Pull: true, Ticket: ticket.Ticket{Number: 252, UpdatedAt: start.Add(300 * time.Minute)}}
	tr := &tracker.Tracker{From: g}
	asking := r.file(260, "Parquet export stops early", "My parquet export of a wide table stops at row 65536.")
	if got := similar(t, tr, asks(asking, 4)); got[0].Number != 251 {
		t.Fatalf("found %v", numbers(got))
	}
	if got := g.questions("issues"); len(got) != 3 {
		t.Fatalf("the first ticket asked %q, want three pages", got)
	}
	r.file(261, "Parquet export of a wide table fails", "It stops with an error at row 65536.", func(t *ticket.Ticket) { t.UpdatedAt = start.Add(400 * time.Minute) })
	changed := r.issues[251]
	changed.State, changed.StateReason, changed.UpdatedAt = "open", "reopened", start.Add(401*time.Minute)
	r.issues[251] = changed
	got := similar(t, tr, asks(asking, 4))
	if find(t, got, 251).State != "open" || find(t, got, 261).State != "open" {
		t.Fatalf("what changed is not seen: %+v", got)
	}
	if got, want := g.questions("issues"), []string{"7 acme/support issues since 15:00:00 page 1 label "}; !reflect.DeepEqual(got, want) {
		t.Fatalf("the second ticket asked %q, want %q: the newest update was a pull request's", got, want)
	}
	similar(t, tr, asks(asking, 4))
	if got := g.questions(""); len(got) != 1 {
		t.Fatalf("nothing changed, and the third ticket asked %q: the conversations were read before", got)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	r.file(1, "Zebra crossing report is upside down", "The zebra crossing report is upside down.", closed("completed"))
	old := r.file(2, "Incident: imports are slow", "Imports wait.", labeled("incident"))
	noise(r, 3, tracker.MaxIssues+150)
	tr := &tracker.Tracker{From: g}
	asking := r.file(5000, "Zebra crossing report", "The zebra crossing report is upside down again.")
	got := similar(t, tr, asks(asking, 4))
	for _, i := range got {
		if i.Number == 1 {
			t.Error("an issue is found beyond the cap")
		}
	}
	pages := 0
	for _, q := range g.questions("issues") {
		if strings.HasSuffix(q, "label ") {
			pages++
		}
	}
	if pages != tracker.MaxIssues/100 {
		t.Errorf("%d pages were read, want %d", pages, tracker.MaxIssues/100)
	}
	if i := find(t, got, old.Number); i.Kind != evidence.Incident {
		t.Errorf("an old open incident is beyond the cap and must be asked for: %+v", i)
	}
}

func TestNothingIsMixedAcrossRepositoriesOrInstallations(t *testing.T) {
	g := newGitHub()
	one, other := g.add(1, "acme", "support", true), g.add(2, "acme", "public", false)
	one.file(1, "Salary export leaks", "The salary export shows a secret name: Rumpelstilzchen.", closed("completed"))
	noise(other, 1, 5)
	tr := &tracker.Tracker{From: g}
	similar(t, tr, asks(one.file(9, "Salary export leaks", "The salary export shows a secret name."), 4))
	asking := other.file(9, "Salary export leaks", "The salary export shows a secret name.")
	if got := similar(t, tr, asks(asking, 4)); len(got) != 0 {
		t.Fatalf("the public tracker's ticket was answered with %+v", got)
	}
	// Another installation asks for itself, and what GitHub refuses it is not answered from memory.
	g.questions("")
	g.fail["issues"] = tracker.ErrNotThere
	query := asks(one.issues[9], 4)
	if items, err := tr.Similar(t.Context(), 8, query, ""); len(items) != 0 || !errors.Is(err, tracker.ErrNotThere) {
		t.Fatalf("another installation got %+v, %v", items, err)
	}
	// Nor is what the first one saw, once it may see it no more; and when it may again, all is read anew.
	if items, err := tr.Similar(t.Context(), 7, query, ""); len(items) != 0 || !errors.Is(err, tracker.ErrNotThere) {
		t.Fatalf("without access there is %+v, %v", items, err)
	}
	delete(g.fail, "issues")
	g.questions("")
	similar(t, tr, query)
	if got := g.questions("issues"); len(got) != 1 || !strings.Contains(got[0], "since - page 1") {
		t.Fatalf("with access again it asked %q", got)
	}
	// A repository that was made public is another place.
	public := one.issues[9]
	public.Repository.Private = false
	similar(t, tr, asks(public, 4))
	if got := g.questions("issues"); len(got) != 1 || !strings.Contains(got[0], "since - page 1") {
		t.Fatalf("once public it asked %q", got)
	}
}

func TestWhatWasDeletedIsForgotten(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	noise(r, 1, 20)
	r.file(21, "Parquet export stops", "The parquet export stops at a row.", closed("completed"))
	asking := r.file(30, "Parquet export stops", "Our parquet export stops at a row.")
	now := start
	tr := &tracker.Tracker{From: g, Clock: func() time.Time { return now }}
	find(t, similar(t, tr, asks(asking, 4)), 21)
	delete(r.issues, 21)
	r.file(22, "Parquet export is slow", "The parquet export is slow at each row.", closed("completed"), func(t *ticket.Ticket) { t.UpdatedAt = start.Add(time.Hour) })
	now = now.Add(61 * time.Minute)
	if got := similar(t, tr, asks(asking, 4)); find(t, got, 22).Number != 22 || len(got) != 1 {
		t.Fatalf("after an hour a deleted issue is still there: %v", numbers(got))
	}
	if got := g.questions("issues"); !strings.Contains(got[len(got)-1], "since -") {
		t.Fatalf("once an hour all is read again: %q", got)
	}
}

func TestASlowTrackerAnswersWithWhatWasRead(t *testing.T) {
	g := newGitHub()
	g.pageSize, g.hold = 10, make(chan struct{})
	r := g.add(1, "acme", "support", true)
	r.file(1, "Zebra report is upside down", "The zebra report is upside down.", closed("completed"))
	noise(r, 2, 29)
	r.file(30, "Zebra report is empty", "The zebra report has no rows.", closed("completed"))
	asking := r.file(31, "Zebra report", "The zebra report is upside down and has no rows.")
	tr := &tracker.Tracker{From: g}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	items, err := tr.Similar(ctx, 7, asks(asking, 4), "")
	var missing evidence.Missing
	if !errors.As(err, &missing) || !strings.Contains(missing.Reason, "did not answer in time; what was read of it before is used") {
		t.Fatalf("the error is %v", err)
	}
	if find(t, items, 30).Number != 30 || len(items) != 1 {
		t.Fatalf("from the first page there is %v", numbers(items))
	}
	close(g.hold) // the reading went on meanwhile, and the next ticket shares it
	if got := similar(t, tr, asks(asking, 4)); find(t, got, 1).Number != 1 {
		t.Fatal("what came later is not there")
	}
	if got := g.questions("issues"); len(got) > 5 {
		t.Errorf("all was asked for again: %q", got)
	}
}

func TestAFailingTrackerIsNamed(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", true)
	asking := r.file(1, "Nothing works", "Really nothing works.")
	g.fail["issues"] = errors.New("boom")
	tr := &tracker.Tracker{From: g}
	if items, err := tr.Similar(t.Context(), 7, asks(asking, 4), "incident"); err == nil || len(items) != 0 {
		t.Fatalf("got %+v, %v", items, err)
	}
}
