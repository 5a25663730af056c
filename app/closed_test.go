package app

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// set closes an issue, or opens it again.
func (w *town) set(login string, ref forge.Ref, state string) {
	w.t.Helper()
	w.ahead.Add(2e9) // GitHub counts in seconds
	_, err := w.world.Forge.EditIssue(forge.As(login), ref, forge.IssueEdit{State: &state})
	w.check(err)
}

// said counts the lines of the ticket's timeline that say something.
func (w *town) said(ref forge.Ref, words string) (n int) {
	for _, e := range w.timeline(ref) {
		if strings.Contains(e.Text, words) {
			n++
		}
	}
	return n
}

// A closing ends a run that nobody has asked for, also during a call to the model; opened again, the ticket is worked on. The look
// for what was missed finds both.
func TestAClosingEndsTheRun(t *testing.T) {
	t.Parallel()
	for _, heard := range []bool{true, false} {
		t.Run(map[bool]string{true: "a webhook tells", false: "nobody tells"}[heard], func(t *testing.T) {
			t.Parallel()
			m, asked, hungUp := hangingModel(t)
			w := newTown(t, townOptions{model: m})
			w.recover()
			set := func(ref forge.Ref, state string) {
				if heard {
					w.set("customer", ref, state)
					return
				}
				w.deaf(func() { w.set("customer", ref, state) })
				w.recover()
			}
			ref := w.file("Export stops", "The export of the report stops in the middle of it.")
			w.waitFor("a call to the model", func() bool { return asked.Load() == 1 })
			set(ref, "closed")
			w.waitFor("the end of the run", func() bool { return w.status(ref) == "cancelled" })
			w.waitFor("the end of the call", func() bool { return hungUp.Load() == 1 })
			w.settle(ref)
			if said := w.comments(ref); len(said) != 0 {
				t.Errorf("%d comments stand on a ticket that was closed before its draft", len(said))
			}
			want := "The ticket was closed by its reporter, @customer as completed"
			if !heard {
				want = "The ticket was closed as completed"
			}
			w.recover()
			if n := w.said(ref, want); n != 1 {
				t.Errorf("%q stands %d times on the timeline: %v", want, n, w.timeline(ref))
			}
			set(ref, "open")
			w.waitFor("another call to the model", func() bool { return asked.Load() == 2 })
			if n := w.said(ref, "Work begins: the ticket was reopened"); n != 1 {
				t.Errorf("the work began %d times anew", n)
			}

			w.check(w.comment("maintainer", ref, "/oioi rerun"))
			w.waitFor("the call that a person asked for", func() bool { return asked.Load() == 3 })
			set(ref, "closed")
			w.told(ref, want)
			w.waitFor("both closings", func() bool { return w.said(ref, want) == 2 })
			if w.status(ref) == "cancelled" {
				t.Error("a closing has ended what a person asked for")
			}
			w.check(w.comment("maintainer", ref, "/oioi cancel"))
			w.settle(ref)
		})
	}
}

// A draft on a ticket that was closed waits no more, and says so without a comment; opened again, it waits as before.
func TestAClosedTicketsDraftWaitsNoMore(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.recover()
	ref := w.sample("rotate-token")
	w.settle(ref)
	before := len(w.all(ref))
	const kept, waits = "`@jo-lindqvist` has closed the ticket. This draft is kept and waits no more; `/oioi send` sends it all the same", "nothing is sent until a person sends it"
	w.set("jo-lindqvist", ref, "closed")
	w.waitFor("the draft's new words", func() bool { return strings.Contains(w.show(ref), kept) })
	w.settle(ref)
	if strings.Contains(w.show(ref), waits) || len(w.all(ref)) != before {
		t.Errorf("OiOi says something, or waits on:\n%s", w.show(ref))
	}
	w.set("jo-lindqvist", ref, "open")
	w.waitFor("the draft's first words", func() bool { return strings.Contains(w.show(ref), waits) })
	w.deliver("issues", "closed", ref.Repo, nil, map[string]any{"issue": map[string]any{"number": ref.Number, "user": map[string]any{"login": "customer", "id": 1}}}) // told late
	w.recover()
	w.settle(ref)
	if strings.Contains(w.show(ref), kept) || len(w.all(ref)) != before {
		t.Errorf("after it was opened again:\n%s", w.show(ref))
	}
	for words, want := range map[string]int{"The ticket was closed": 1, "The ticket was opened again": 1, "Work begins": 1} {
		if n := w.said(ref, words); n != want {
			t.Errorf("%q stands %d times on the timeline, want %d", words, n, want)
		}
	}
	w.set("jo-lindqvist", ref, "closed")
	w.waitFor("the draft's new words", func() bool { return strings.Contains(w.show(ref), kept) })
	w.say("maintainer", ref, "/oioi rerun shorter, please")
	if n := w.drafted(ref); n != 2 {
		t.Errorf("%d drafts, one of them asked for on a closed ticket", n)
	}
	w.say("maintainer", ref, "/oioi status")
	holds(t, w.show(ref), "waits for a person")
}

// A ticket that was closed before OiOi came to it gets its draft when it is opened again.
func TestATicketThatWasClosedAtOnceIsDraftedWhenItIsOpenedAgain(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.recover()
	var ref forge.Ref
	w.deaf(func() {
		ref = w.file("How do we rotate an API token?", "Our nightly job needs a new token.")
		w.set("customer", ref, "closed")
	})
	w.recover()
	w.settle(ref)
	if n := w.drafted(ref); n != 0 {
		t.Fatalf("%d drafts on a closed ticket", n)
	}
	w.set("customer", ref, "open")
	w.waitFor("the draft", func() bool { return w.drafted(ref) == 1 })
	w.settle(ref)
}
