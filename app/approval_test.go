package app

import (
	"cmp"
	"fmt"
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
	after string // counting begins after the first request that ends so
	act   func()
}

func (i *interrupted) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	act := func() {}
	if !i.armed && i.after != "" && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, i.after) {
		defer func() { i.mu.Lock(); i.armed = true; i.mu.Unlock() }()
	}
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

func (i *interrupted) arm(at int, after string, act func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.armed, i.at, i.after, i.act = after == "", at, after, act
}

// A way is how something comes to be allowed, and what is done then.
type way struct {
	repo, config string // the tracker, and its configuration
	sample       string
	after        string // changes count after this request; "": from the person's word on
	allow        func(w *town, ref forge.Ref)
	done         func(w *town, ref forge.Ref) bool
	write        string // the end of the path of the request that does it
	unmoved      []string
}

// A change is something that nobody who allowed it has seen.
type change struct {
	act  func(w *town, ref forge.Ref)
	read string // in the path of the request that sees it
}

const theTeam, theCustomer = "maintainer", "customer"

var approvalWays = map[string]way{
	"send": {sample: "rotate-token", allow: func(w *town, ref forge.Ref) { w.write(theTeam, ref, "/oioi send") }, done: replied, write: "/comments"},
	"send through the internal issue": {repo: "tallypost/tallypost", config: insideConfig, sample: "public-holidays", done: replied, write: "/comments",
		allow: func(w *town, ref forge.Ref) { w.write("jo-lindqvist", w.inside(ref).Ref, "/oioi send") }},
	"approve ID": {config: "mode: approve\n", sample: "empty-pdf", done: opened, write: "/issues", unmoved: []string{"the reply is edited", "the draft is deleted"},
		allow: func(w *town, ref forge.Ref) {
			for what, id := range w.waitingIDs(ref) {
				if strings.Contains(what, "follow-up") {
					w.write(theTeam, ref, "/oioi approve "+id)
				}
			}
		}},
	"approve all": {config: "mode: approve\n", sample: "empty-pdf", done: opened, write: "/issues", unmoved: []string{"the reply is edited", "the draft is deleted"},
		allow: func(w *town, ref forge.Ref) { w.write(theTeam, ref, "/oioi approve all") }},
	"mode auto": {config: "modes: {how_to: auto}\nauto_above: 0.6\n", sample: "rotate-token", after: "/comments", allow: func(*town, forge.Ref) {}, done: replied, write: "/comments"},
}

func (w *town) write(login string, ref forge.Ref, words string) {
	w.t.Helper()
	_, err := w.world.Forge.CreateComment(forge.As(login), ref, words)
	w.check(err)
}

func replied(w *town, ref forge.Ref) bool {
	return slices.ContainsFunc(w.all(ref), func(c *forge.Comment) bool {
		answer := strings.Contains(c.Body, "**Rotate**") || strings.Contains(c.Body, "thank you for the idea") // none to a text that was changed
		return answer && strings.Contains(c.Body, "/comment/reply/")
	})
}

func opened(w *town, ref forge.Ref) bool {
	children, err := w.world.Forge.SubIssues(forge.As("jo-lindqvist"), ref)
	w.check(err)
	return len(children) > 0
}

// drafts are the comments that hold a draft, with the issue that they stand on.
func (w *town) drafts(ref forge.Ref) (on forge.Ref, out []*forge.Comment) {
	on = ref
	if inside := w.inside(ref); inside != nil {
		on = inside.Ref
	}
	for _, c := range w.all(on) {
		if _, draft := effect.ReplyOf(c.Body); draft {
			out = append(out, c)
		}
	}
	return on, out
}

var approvalChanges = map[string]change{
	"the reply is edited": {func(w *town, ref forge.Ref) {
		_, drafts := w.drafts(ref)
		for _, c := range drafts {
			_, err := w.world.Forge.EditComment(forge.As("jo-lindqvist"), c.Issue.Repo, c.ID, strings.Replace(c.Body, effect.ReplyEnd, "And one thing more.\n\n"+effect.ReplyEnd, 1))
			w.check(err)
		}
	}, "draft"},
	"the draft is deleted": {func(w *town, ref forge.Ref) {
		_, drafts := w.drafts(ref)
		for _, c := range drafts {
			w.check(w.world.Forge.DeleteComment(forge.As("jo-lindqvist"), c.Issue.Repo, c.ID))
		}
	}, "draft"},
	"the customer comments": {func(w *town, ref forge.Ref) {
		w.write(theCustomer, ref, "Never mind the nightly job, it is the API that fails.")
	}, "ticket/comments"},
	"the customer edits the ticket": {func(w *town, ref forge.Ref) {
		title, body := "A report does not arrive", "Something else altogether: the scheduled report does not arrive."
		_, err := w.world.Forge.EditIssue(forge.As(theCustomer), ref, forge.IssueEdit{Title: &title, Body: &body})
		w.check(err)
	}, "ticket"},
	"the team switches to watching": {func(w *town, ref forge.Ref) {
		w.commit(ref.Repo, ".github/oioi.yml", "mode: observe\n")
	}, "/commits/HEAD"},
}

// Whatever changes between a person's word and what it allows, before whichever request of OiOi's: nothing is carried out that
// covers something else than what stands there when OiOi looks for the last time.
func TestNoStaleApprovalIsCarriedOut(t *testing.T) {
	t.Parallel()
	full := os.Getenv("OIOI_CHAOS") != ""
	for name, way := range approvalWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			undisturbed, done := way.try(t, -1, nil)
			write := way.written(undisturbed)
			if !done || write < 0 {
				t.Fatalf("nobody disturbs, and nothing is done: %q", undisturbed)
			}
			tried := 0
			for what, change := range approvalChanges {
				if slices.Contains(way.unmoved, what) {
					continue
				}
				last := change.seen(undisturbed[:write])
				if last < 0 {
					t.Fatalf("%s: OiOi never looks before it acts: %q", what, undisturbed[:write])
				}
				for at := 0; at <= last; at++ {
					if !full && at != last && (at != 0 || every > 1) && (name != "send" || at%(6*every) != 0) {
						continue // all of them in `make chaos`
					}
					tried++
					t.Run(fmt.Sprintf("%s before request %d, %s", what, at, undisturbed[at]), func(t *testing.T) {
						t.Parallel()
						seen, done := way.try(t, at, change.act)
						// Some requests change their order from run to run: what counts is whether OiOi looked after the change.
						if write := way.written(seen); done && (write < 0 || at <= change.seen(seen[:write])) {
							t.Errorf("it was done all the same; the requests were %q", seen)
						}
					})
				}
			}
			t.Cleanup(func() {
				proven(t, "stale approvals: "+name, fmt.Sprintf("%d changes before %d requests", tried, write), "none carried out")
			})
		})
	}
}

// written is the request that does what is allowed; -1 where there is none.
func (way way) written(requests []string) int {
	return slices.IndexFunc(requests, func(r string) bool {
		return strings.HasPrefix(r, "POST ") && strings.HasSuffix(r, way.write) && !strings.Contains(r, "inside/comments")
	})
}

// seen is the last request that sees the change.
func (c change) seen(requests []string) int {
	read := c.read
	if read == "draft" {
		read = "ticket/comments"
		if slices.Contains(requests, "GET inside/comments") {
			read = "inside/comments"
		}
	}
	for i, r := range slices.Backward(requests) {
		if strings.HasPrefix(r, "GET ") && strings.HasSuffix(r, read) {
			return i
		}
	}
	return -1
}

// try lets a person allow something and returns OiOi's requests since, and whether it was done.
func (way way) try(t *testing.T, at int, change func(w *town, ref forge.Ref)) (requests []string, done bool) {
	cut := &interrupted{}
	w := newTown(t, townOptions{transport: cut})
	repo := cmp.Or(way.repo, "tallypost/support")
	if way.config != "" {
		w.commit(repo, ".github/oioi.yml", way.config)
	}
	var ref forge.Ref
	act := func() { change(w, ref) }
	if way.after != "" {
		w.gate.Lock()
		ref = w.sample(way.sample)
		cut.arm(at, way.after, act)
		w.gate.Unlock()
	} else {
		ref = w.sample(way.sample)
		w.rest(ref)
		w.ahead.Add(5 * 60 * 1e9) // the command comes long after the draft
		cut.arm(at, "", act)
		way.allow(w, ref)
	}
	w.rest(ref)
	done = way.done(w, ref)
	names := []string{fmt.Sprintf("/api/v3/repos/%s/issues/%d", ref.Repo, ref.Number), "ticket"}
	if inside := w.inside(ref); inside != nil {
		names = append(names, fmt.Sprintf("/api/v3/repos/%s/issues/%d", inside.Ref.Repo, inside.Ref.Number), "inside")
	}
	cut.mu.Lock()
	defer cut.mu.Unlock()
	for _, r := range cut.seen {
		requests = append(requests, strings.NewReplacer(names...).Replace(r))
	}
	return requests, done
}

// rest waits until OiOi has nothing to do for the ticket and for its internal issue.
func (w *town) rest(ref forge.Ref) {
	w.t.Helper()
	w.settle(ref)
	if inside := w.inside(ref); inside != nil {
		w.settle(inside.Ref)
		w.settle(ref)
	}
}

// all are the comments of a ticket as they stand.
func (w *town) all(ref forge.Ref) []*forge.Comment {
	w.t.Helper()
	comments, err := w.world.Forge.ListComments(forge.As("jo-lindqvist"), ref, zeroTime)
	w.check(err)
	return comments
}
