package app

import (
	"context"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// A team that only watches finds nothing of OiOi on its tracker, whatever people do there, and reads in the ticket's
// progress what would have been. Once the mode is draft, a person who asks gets the draft.
func TestObserveWritesNothing(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"observe": "mode: observe\n", "observe, with a mistake elsewhere": "mode: observe\nfollow_ups:\n  max: 99\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.commit("tallypost/support", ".github/oioi.yml", text)
			ref := w.sample("docs-error")
			w.settle(ref)
			_, err := w.world.Forge.CreateComment(forge.As("jo-lindqvist"), ref, "/oioi help")
			w.check(err)
			w.settle(ref)
			if shown := w.show(ref); strings.Contains(shown, "[bot]") || strings.Contains(shown, "oioi:") || strings.Contains(shown, "sub-issue") || strings.Contains(shown, "pull request") {
				t.Errorf("OiOi wrote something:\n%s", shown)
			}
			told := w.held(ref)
			for _, want := range []string{"Reply to customer", "docs pull request", "label oioi:drafted", "reaction", "what it does", "mode: observe in .github/oioi.yml"} {
				holds(t, told, want)
			}

			w.commit("tallypost/support", ".github/oioi.yml", "mode: draft\n")
			_, err = w.world.Forge.CreateComment(forge.As("jo-lindqvist"), ref, "/oioi run")
			w.check(err)
			w.settle(ref)
			holds(t, w.show(ref), "Reply to customer")
		})
	}
}

// held is what the ticket's progress says was held back.
func (w *town) held(ref forge.Ref) string {
	w.t.Helper()
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	w.check(err)
	var out strings.Builder
	w.check(w.oioi.Store.View(context.Background(), func(r store.Reader) error {
		events, err := r.Events(context.Background(), store.TicketKey(repo.ID, ref.Number))
		for _, e := range events {
			if e.Kind == "held" {
				out.WriteString(e.Text + "\n")
			}
		}
		return err
	}))
	return out.String()
}
