package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// brokenSteps is a store in which no step can end: each dies, or is refused, in the commit of its answer.
type brokenSteps struct {
	store.Store
	end func() error
}

func (b brokenSteps) Update(ctx context.Context, fn func(store.Tx) error) error {
	return b.Store.Update(ctx, func(tx store.Tx) error { return fn(brokenTx{tx, b.end}) })
}

type brokenTx struct {
	store.Tx
	end func() error
}

func (b brokenTx) PutAnswer(context.Context, store.Answer) error { return b.end() }

// A step that fails again and again, in whatever way, waits for a person: the ticket says why and what tries again.
func TestAStepThatFailsParksVisibly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end  func() error
		says string
	}{
		"it panics": {func() error { panic("boom, with what a customer wrote") }, "a bug in OiOi ended this; OiOi's log says where"},
		"it fails":  {func() error { return &json.SyntaxError{} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log lockedBuffer
			w := newTown(t, townOptions{log: &log, stepAttempts: 2, around: func(s store.Store) store.Store { return brokenSteps{s, test.end} }})
			ref := w.sample("rotate-token")
			notices := w.comments(ref)
			if len(notices) != 1 || w.status(ref) != "parked" {
				t.Fatalf("%d comments, %s", len(notices), w.status(ref))
			}
			holds(t, notices[0], "### OiOi needs a person", test.says, "`/oioi rerun` tries again")
			if strings.Contains(notices[0], "boom") {
				t.Errorf("the notice shows a panic's words: %s", notices[0])
			}
			holds(t, log.String(), "the run waits for a person")
		})
	}
}

// A model that hangs for longer than a job may take is given up like one that does not answer.
func TestAJobsTimeIsUp(t *testing.T) {
	t.Parallel()
	m, asked, _ := hangingModel(t)
	w := newTown(t, townOptions{model: m, jobTimeout: 500 * time.Millisecond * slowness})
	drafts := w.comments(w.sample("rotate-token"))
	if n := asked.Load(); len(drafts) != 1 || n == 0 || n > 3 {
		t.Fatalf("%d comments after %d calls", len(drafts), asked.Load())
	}
	holds(t, drafts[0], "without a language model")
}

// A bug in one source of evidence, also in what it does side by side, takes neither the process nor the draft with it.
func TestASourceThatPanicsIsNamed(t *testing.T) {
	t.Parallel()
	for path, says := range map[string]string{
		`/tarball/`:   "The help center did not answer",
		`/releases$`:  "The list of releases did not answer",
		`/issues$`:    "The list of earlier tickets did not answer",
		`/issues/12$`: "#12 did not answer",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			bug := regexp.MustCompile(path)
			var log lockedBuffer
			w := newTown(t, townOptions{log: &log, transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodGet && bug.MatchString(r.URL.Path) {
					panic("boom")
				}
				return http.DefaultTransport.RoundTrip(r)
			})})
			ref := w.file("How do we replace an API token?", "As in #12: our nightly job needs a new token.")
			w.told(ref, says)
			if n := len(w.comments(ref)); n != 1 {
				t.Errorf("%d comments", n)
			}
			holds(t, log.String(), "a source of evidence panicked; this is a bug in OiOi", "panic.said=boom")
		})
	}
}

// After a way back to an older OiOi, what the newer one has stored is not guessed at: the run waits and says which version to start.
func TestWhatANewerVersionStoredParksTheRun(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("rotate-token")
	w.settle(ref)
	change := func(old, new string) {
		w.check(w.oioi.Store.Update(t.Context(), func(tx store.Tx) error {
			effects, err := tx.Effects(t.Context(), w.row(ref).Key)
			for _, e := range effects {
				if data, ok := bytes.CutPrefix(e.Data, []byte(old)); ok && strings.HasSuffix(e.Key, "/comment/draft/1") {
					e.Data = append([]byte(new), data...)
					return tx.PutEffect(t.Context(), e)
				}
			}
			return cmp.Or(err, errors.New("there is no draft"))
		}))
	}
	again := func() string {
		_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ref, "/oioi rerun")
		w.check(err)
		all := w.comments(ref)
		return all[len(all)-1]
	}
	change("{", `{"shape":99,`)
	holds(t, again(), "### OiOi needs a person", "a newer OiOi wrote it; start that version")
	if w.status(ref) != "parked" {
		t.Errorf("the run is %s", w.status(ref))
	}
	change(`{"shape":99,`, "{")
	holds(t, again(), "Select the token and then **Rotate**")
}
