package app

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// What a person switches off while a run is under way is off: the gate looks at the configuration of the moment.
func TestTheGateHoldsWhatTheConfigurationSaysNow(t *testing.T) {
	t.Parallel()
	var w *town
	var once sync.Once
	meanwhile := roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "/tarball/") { // the run has begun, and gathers
			once.Do(func() { w.commit("tallypost/support", ".github/oioi.yml", "docs:\n  pull_requests: false\n") })
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	w = newTown(t, townOptions{transport: meanwhile})
	ref := w.sample("docs-error")
	drafts := w.comments(ref)
	if len(drafts) != 1 {
		t.Fatalf("%d comments", len(drafts))
	}
	holds(t, drafts[0], "docs pull requests are switched off in the configuration")
	pulls, err := w.world.Forge.ListPulls(forge.As("jo-lindqvist"), ref.Repo, forge.PullFilter{State: "all"})
	w.check(err)
	if len(pulls) != 0 {
		t.Errorf("%d pull requests were opened", len(pulls))
	}
}

// Whatever lies in the outbox passes the gate, also what no plan put there.
func TestNothingLeavesTheOutboxPastTheGate(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("rotate-token")
	w.settle(ref)
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	w.check(err)
	other, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), "tallypost/tallypost")
	w.check(err)
	before := w.show(ref)
	ctx, key := context.Background(), store.TicketKey(repo.ID, ref.Number)
	here := ticket.Repository{ID: repo.ID, Owner: "tallypost", Name: "support", Private: true, DefaultBranch: "main"}
	there := ticket.Repository{ID: other.ID, Owner: "tallypost", Name: "tallypost", DefaultBranch: "main"}
	say := func(repository ticket.Repository, slot, body string, visibility evidence.Visibility) effect.Effect {
		e := effect.Effect{Key: effect.Key(repo.ID, ref.Number, effect.KindComment, slot), Kind: effect.KindComment, Slot: slot, Repository: repository, Number: ref.Number, Visibility: visibility}
		e.Comment = &effect.Comment{Body: body + "\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key)}
		return e
	}
	planted := map[string]effect.Effect{
		"is not this ticket's":  say(there, "answer/1", "hello", evidence.Public),
		"mentions somebody":     say(here, "answer/2", "ask @outsider", evidence.Public),
		"begins a line with":    say(here, "answer/3", "/oioi send", evidence.Public),
		"may not see":           say(here, "answer/4", "secret", evidence.Private),
		"how private":           say(here, "answer/5", "hello", 0),
		"not OiOi's own":        {Key: effect.Key(repo.ID, ref.Number, effect.KindLabel, "x"), Kind: effect.KindLabel, Slot: "x", Repository: here, Number: ref.Number, Visibility: evidence.Public, Label: &effect.Label{Name: "security"}},
		"outside the help cent": planted(here, ref.Number),
	}
	w.check(w.oioi.Store.Update(ctx, func(tx store.Tx) error {
		seq := 1000
		for _, e := range planted {
			seq++
			data, err := json.Marshal(e)
			if err != nil {
				return err
			}
			if err := tx.PutEffect(ctx, store.Effect{Key: e.Key, TicketKey: key, Seq: seq, State: store.EffectProposed, Data: data}); err != nil {
				return err
			}
		}
		return tx.Enqueue(ctx, desk.EffectsArgs{TicketKey: key}, &river.InsertOpts{})
	}))
	w.settle(ref)
	if after := w.show(ref); after != before {
		t.Errorf("something was done:\n%s", after)
	}
	w.check(w.oioi.Store.View(ctx, func(r store.Reader) error {
		for why, e := range planted {
			stored, err := r.Effect(ctx, e.Key)
			if err != nil {
				return err
			}
			if stored.State != store.EffectFailed || !strings.Contains(stored.Note, why) {
				t.Errorf("%s is %s because %q, want %q", e.Key, stored.State, stored.Note, why)
			}
		}
		return nil
	}))
	told := 0
	for _, event := range w.timeline(ref) {
		if event.Kind == "failed" && strings.Contains(event.Text, "the gate holds it back") {
			told++
		}
	}
	if told != len(planted) {
		t.Errorf("the timeline tells of %d of %d", told, len(planted))
	}
}

// planted is a pull request that changes what runs.
func planted(repository ticket.Repository, number int) effect.Effect {
	e := effect.Effect{Key: effect.Key(repository.ID, number, effect.KindPull, "docs"), Kind: effect.KindPull, Slot: "docs", Repository: repository, Number: number, Visibility: evidence.Public}
	e.Pull = &effect.Pull{Branch: "oioi/ticket-1-docs", Base: "main", BaseSHA: "c0ffee", Title: "Docs", Message: "Docs", Body: "text\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key),
		Files: []effect.File{{Path: ".github/workflows/ci.md", New: "x"}}}
	return e
}
