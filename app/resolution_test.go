package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// A closing is judged once, whoever tells of it; opened again, the ticket is not judged any more, and closed again it is judged
// anew. Nobody hears of it by a comment.
func TestAClosedTicketIsJudged(t *testing.T) {
	t.Parallel()
	for _, heard := range []bool{true, false} {
		t.Run(map[bool]string{true: "a webhook tells", false: "nobody tells"}[heard], func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.recover()
			set := func(ref forge.Ref, state string) {
				if heard {
					w.set("maintainer", ref, state)
				} else {
					w.deaf(func() { w.set("maintainer", ref, state) })
					w.recover()
				}
				w.settle(ref)
			}
			ref := w.sample("rotate-token")
			w.settle(ref)
			w.say("maintainer", ref, "/oioi send")
			before := len(w.all(ref))
			set(ref, "closed")
			const assumed = "The resolution is assumed: it was closed after the answer"
			w.waitFor("the verdict", func() bool { return strings.Contains(w.show(ref), assumed) })
			set(ref, "open")
			w.waitFor("the draft without it", func() bool { return !strings.Contains(w.show(ref), "The resolution is") })
			w.write("customer", ref, "Perfect, it works now.")
			set(ref, "closed")
			w.waitFor("the next verdict", func() bool {
				return strings.Contains(w.show(ref), "The resolution is confirmed: the customer says that it is solved")
			})
			w.recover()
			w.settle(ref)
			for verdict, want := range map[string]int{"The resolution is assumed": 1, "The resolution is confirmed": 1} {
				if n := w.said(ref, verdict); n != want {
					t.Errorf("%q stands %d times on the timeline: %v", verdict, n, w.timeline(ref))
				}
			}
			if n := len(w.all(ref)); n != before+1 { // the customer's
				t.Errorf("%d comments, before there were %d", n, before)
			}
			_, metrics := w.get("/metrics", "", "")
			holds(t, metrics, `oioi_resolutions_total{verdict="assumed"} 1`, `oioi_resolutions_total{verdict="confirmed"} 1`)
		})
	}
}

// Without an answer nothing is proven, unless the customer says so; an answer by hand is one.
func TestWhatAClosingProves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		says [][2]string
		by   string
		want string
	}{
		"nobody has answered":           {nil, "maintainer", "unproven: it was closed without an answer to the customer"},
		"the customer closes it":        {nil, "customer", "confirmed: the customer has closed the ticket as completed"},
		"the customer has found it":     {[][2]string{{"customer", "Found it, it works now."}}, "maintainer", "confirmed: the customer says that it is solved"},
		"a person has answered":         {[][2]string{{"maintainer", "Open Settings and select Rotate."}}, "maintainer", "assumed: it was closed after the answer"},
		"a person, and it did not help": {[][2]string{{"maintainer", "Open Settings and select Rotate."}, {"customer", "There is no such button, it still does not work."}}, "maintainer", "unproven: the customer says that it is not solved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			ref := w.sample("rotate-token")
			w.settle(ref)
			for _, said := range test.says {
				w.write(said[0], ref, said[1])
				w.settle(ref)
			}
			w.set(test.by, ref, "closed")
			want := fmt.Sprintf("The resolution is %s", test.want)
			w.waitFor("the verdict", func() bool { return strings.Contains(w.show(ref), want) })
			w.settle(ref)
		})
	}
}
