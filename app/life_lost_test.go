package app

import (
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// deaf lets webhooks vanish, as if GitHub had never sent them, while fn runs.
func (w *town) deaf(fn func()) {
	w.t.Helper()
	w.check(w.world.Forge.Drain(w.t.Context()))
	w.world.Forge.SetMischief(forge.Mischief{Seed: 1, Vanish: 1})
	fn()
	w.check(w.world.Forge.Drain(w.t.Context()))
	w.world.Forge.SetMischief(forge.Mischief{})
}

func (w *town) drafted(ref forge.Ref) int {
	return strings.Count(strings.Join(w.comments(ref), "\n"), "comment/draft/")
}

// What becomes of an issue or a repository is found although no webhook tells of it: the beginning of a hold and its end.
func TestAHoldIsFoundWithoutAWebhook(t *testing.T) {
	t.Parallel()
	jo := forge.As("jo-lindqvist")
	for name, test := range map[string]struct {
		begin, end func(w *town, ref forge.Ref)
		why        string
	}{
		"locked": {
			func(w *town, ref forge.Ref) { w.check(w.world.Forge.LockIssue(jo, ref, "")) },
			func(w *town, ref forge.Ref) { w.check(w.world.Forge.UnlockIssue(jo, ref)) }, "the issue is locked",
		},
		"archived": {
			func(w *town, ref forge.Ref) { w.change(ref.Repo, forge.Settings{Archived: new(true)}) },
			func(w *town, ref forge.Ref) { w.change(ref.Repo, forge.Settings{Archived: new(false)}) }, "the repository is archived",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			ref := w.sample("rotate-token")
			w.settle(ref)
			w.ahead.Add(2e9) // GitHub counts in seconds
			w.deaf(func() { test.begin(w, ref) })
			w.check(w.oioi.Recover(t.Context()))
			w.told(ref, map[string]string{"locked": "was locked:", "archived": test.why}[name])
			w.comes(ref, "/oioi rerun shorter, please")
			w.waitFor("the command in the inbox", func() bool { return strings.Contains(w.busy(t.Context(), ref), "inbox") })
			w.deaf(func() { test.end(w, ref) })
			w.check(w.oioi.Recover(t.Context()))
			if n := w.drafted(ref); n != 2 {
				t.Errorf("%d drafts after the hold, want 2", n)
			}
		})
	}
}

// A write to a repository that was renamed a moment ago goes to its new name, although nobody has told of it, and is made once.
func TestAWriteFollowsARenamedRepository(t *testing.T) {
	t.Parallel()
	w, last := changedLate(t, forge.Settings{Name: new("helpdesk")})
	ref := w.sample("rotate-token")
	now := forge.Ref{Repo: "tallypost/helpdesk", Number: ref.Number}
	w.waitFor("the change", last.Load)
	if n := w.drafted(now); n != 1 {
		t.Errorf("%d drafts", n)
	}
	w.told(now, "The repository is tallypost/helpdesk now")
}

// changedLate changes the repository just before the first write, and no webhook tells of it.
func changedLate(t *testing.T, s forge.Settings) (w *town, done *atomic.Bool) {
	var begun atomic.Bool
	done = &atomic.Bool{}
	w = newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/reactions") && begun.CompareAndSwap(false, true) {
			w.deaf(func() { w.change("tallypost/support", s) })
			done.Store(true)
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	return w, done
}

// What the App may not do any more is shown as refused, and carried out when it may again.
func TestAPermissionThatIsGivenBack(t *testing.T) {
	t.Parallel()
	for _, heard := range []bool{true, false} {
		t.Run(map[bool]string{true: "a webhook tells", false: "nobody tells"}[heard], func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.settle(w.sample("rotate-token"))
			w.check(w.oioi.Recover(t.Context()))
			all := w.world.Install.Permissions
			less := maps.Clone(all)
			less["issues"] = "read"
			w.check(w.world.Forge.Permit(w.world.Install.ID, less))
			ref := w.sample("rotate-token")
			w.told(ref, "Resource not accessible")
			w.settle(ref)
			if n := w.drafted(ref); n != 0 {
				t.Fatalf("%d drafts without the permission", n)
			}
			back := func() { w.check(w.world.Forge.Permit(w.world.Install.ID, all)) }
			if heard {
				back()
			} else {
				w.check(w.oioi.Recover(t.Context()))
				w.deaf(back)
				w.check(w.oioi.Recover(t.Context()))
			}
			w.told(ref, "what GitHub refused is tried again")
			w.waitFor("the draft", func() bool { return w.stand(ref) > 0 })
			if n := w.drafted(ref); n != 1 {
				t.Errorf("%d drafts with the permission", n)
			}
		})
	}
}

// A repository that is taken from the App waits, and goes on when the App gets it back.
func TestARepositoryIsTakenFromTheApp(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("rotate-token")
	w.settle(ref)
	w.check(w.world.Forge.RemoveFromInstallation(w.world.Install.ID, ref.Repo))
	w.told(ref, "taken from the App")
	w.comes(ref, "/oioi rerun shorter, please")
	w.waitFor("the command in the inbox", func() bool { return strings.Contains(w.busy(t.Context(), ref), "inbox") })
	w.check(w.world.Forge.AddToInstallation(w.world.Install.ID, ref.Repo))
	w.told(ref, "reaches the repository again")
	if n := w.drafted(ref); n != 2 {
		t.Errorf("%d drafts, want 2", n)
	}
}

// A repository that was made public while a draft was on its way to it gets nothing that is for the private one, although nobody
// has told of the change.
func TestNothingPrivateFollowsIntoThePublic(t *testing.T) {
	t.Parallel()
	w, changed := changedLate(t, forge.Settings{Private: new(false)})
	ref := w.sample("rotate-token")
	w.settle(ref)
	if n := w.drafted(ref); n != 0 || !changed.Load() {
		t.Errorf("%d drafts that were made for a private repository stand in public", n)
	}
}
