package app

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/effect"
)

// interrupted lets a person act just before a chosen request of OiOi's, counted from the moment that it is armed.
type interrupted struct {
	mu    sync.Mutex
	at    int // the request before which act is called; -1: none
	seen  []string
	armed bool
	act   func()
}

func (i *interrupted) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	act := func() {}
	if i.armed && !strings.Contains(r.URL.Path, "access_tokens") {
		if len(i.seen) == i.at {
			act = i.act
		}
		i.seen = append(i.seen, r.Method+" "+r.URL.Path)
	}
	i.mu.Unlock()
	act()
	return http.DefaultTransport.RoundTrip(r)
}

func (i *interrupted) arm(at int, act func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed, i.at, i.act = true, at, act
}

// Whatever changes between a person's /oioi send and the reply, before whichever request of OiOi's: no approval is carried out
// that covers something else than what stands there when OiOi looks for the last time.
func TestNoStaleApprovalIsCarriedOut(t *testing.T) {
	t.Parallel()
	const team, customer = "maintainer", "customer"
	changes := map[string]struct {
		act  func(w *town, ref forge.Ref)
		read string // the end of the path of the request that sees it
	}{
		"the reply is edited": {func(w *town, ref forge.Ref) { w.check(w.reword(team, ref, "24 hours", "48 hours")) }, "/comments"},
		"the draft is deleted": {func(w *town, ref forge.Ref) {
			for _, c := range w.all(ref) {
				if _, draft := effect.ReplyOf(c.Body); draft {
					w.check(w.world.Forge.DeleteComment(forge.As("tallypost"), ref.Repo, c.ID))
				}
			}
		}, "/comments"},
		"the customer comments": {func(w *town, ref forge.Ref) {
			_, err := w.world.Forge.CreateComment(forge.As(customer), ref, "Never mind the nightly job, it is the API that fails.")
			w.check(err)
		}, "/comments"},
		"the customer edits the ticket": {func(w *town, ref forge.Ref) {
			body := "Something else altogether: how do I export a report?"
			_, err := w.world.Forge.EditIssue(forge.As(customer), ref, forge.IssueEdit{Body: &body})
			w.check(err)
		}, "/issues/13"},
	}
	// send lets a person send the draft and returns OiOi's requests up to the reply, and whether the reply was posted.
	send := func(t *testing.T, at int, change func(w *town, ref forge.Ref)) (requests []string, posted bool) {
		cut := &interrupted{}
		w := newTown(t, townOptions{transport: cut})
		ref := w.sample("rotate-token")
		w.settle(ref)
		w.ahead.Add(5 * 60 * 1e9) // the command comes long after the draft
		cut.arm(at, func() { change(w, ref) })
		_, err := w.world.Forge.CreateComment(forge.As(team), ref, "/oioi send")
		w.check(err)
		w.settle(ref)
		for _, c := range w.all(ref) {
			posted = posted || strings.Contains(c.Body, "Sent by `@"+team+"`")
		}
		cut.mu.Lock()
		defer cut.mu.Unlock()
		return cut.seen, posted
	}
	undisturbed, posted := send(t, -1, nil)
	reply := slices.IndexFunc(undisturbed, func(r string) bool {
		return strings.HasPrefix(r, "POST") && strings.HasSuffix(r, "/issues/13/comments")
	})
	if !posted || reply < 0 {
		t.Fatalf("nobody disturbs, and the reply is not sent: %q", undisturbed)
	}
	for name, change := range changes {
		last := -1
		for i, r := range undisturbed[:reply] {
			if strings.HasPrefix(r, "GET") && strings.HasSuffix(r, change.read) {
				last = i
			}
		}
		if last < 0 {
			t.Fatalf("%s: OiOi never looks before it posts: %q", name, undisturbed[:reply])
		}
		for at := 0; at <= last; at++ {
			if os.Getenv("OIOI_CHAOS") == "" && at != last && at%4 != 0 {
				continue // all of them in `make chaos`
			}
			t.Run(name+" before "+undisturbed[at], func(t *testing.T) {
				t.Parallel()
				if seen, posted := send(t, at, change.act); posted {
					t.Errorf("the reply was posted all the same; the requests were %q", seen)
				}
			})
		}
	}
}

// all are the comments of a ticket as they stand.
func (w *town) all(ref forge.Ref) []*forge.Comment {
	w.t.Helper()
	comments, err := w.world.Forge.ListComments(forge.As("jo-lindqvist"), ref, zeroTime)
	w.check(err)
	return comments
}
