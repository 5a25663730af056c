package app

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// repositoryEvent delivers a `repository` event as GitHub does.
func (w *town) repositoryEvent(action, repo string, change map[string]any) {
	w.t.Helper()
	w.deliver("repository", action, repo, change, nil)
}

// deliver sends a webhook of the App's installation; change is what of the repository is said otherwise than it stands, more
// what else the event says.
func (w *town) deliver(event, action, repo string, change, more map[string]any) {
	w.t.Helper()
	r, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), repo)
	w.check(err)
	owner, name, _ := strings.Cut(repo, "/")
	said := map[string]any{"id": r.ID, "name": name, "full_name": repo, "owner": map[string]any{"login": owner, "id": 1}, "private": r.Private, "default_branch": "main"}
	for k, v := range change {
		said[k] = v
	}
	payload := map[string]any{"action": action, "repository": said, "installation": map[string]any{"id": w.world.Install.ID},
		"sender": map[string]any{"login": "jo-lindqvist", "id": 7, "type": "User"}}
	maps.Copy(payload, more)
	body, err := json.Marshal(payload)
	w.check(err)
	mac := hmac.New(sha256.New, []byte(w.world.Secret))
	mac.Write(body)
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.hooks+intake.Path, bytes.NewReader(body))
	w.check(err)
	id := sha256.Sum256(fmt.Appendf(body, "%d", w.ahead.Add(1)))
	for name, value := range map[string]string{"Content-Type": "application/json", "X-GitHub-Event": event, "X-GitHub-Hook-Installation-Target-Type": "integration",
		"X-GitHub-Delivery": fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16]), "X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil))} {
		req.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(req)
	w.check(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		w.t.Fatalf("the event %s.%s of %s was answered %d", event, action, repo, answer.StatusCode)
	}
}

// told waits until the ticket's timeline says something.
func (w *town) told(ref forge.Ref, words string) {
	w.t.Helper()
	w.waitFor("a timeline that says "+words, func() bool {
		for _, e := range w.timeline(ref) {
			if strings.Contains(e.Text, words) {
				return true
			}
		}
		return false
	})
}

// What becomes of an issue, a repository or the App is followed: the ticket waits and says for what, a command that comes
// meanwhile is not lost, and the work goes on when the wait ends.
func TestATicketWaitsAndGoesOn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		begin, end     func(w *town, ref forge.Ref)
		says, saysThen string
	}{
		"the issue is locked": {
			func(w *town, ref forge.Ref) { w.check(w.world.Forge.LockIssue(forge.As("jo-lindqvist"), ref, "")) },
			func(w *town, ref forge.Ref) { w.check(w.world.Forge.UnlockIssue(forge.As("jo-lindqvist"), ref)) },
			"was locked by @jo-lindqvist", "was unlocked by @jo-lindqvist",
		},
		"the repository is archived": {
			func(w *town, ref forge.Ref) { w.change(ref.Repo, forge.Settings{Archived: new(true)}) },
			func(w *town, ref forge.Ref) { w.change(ref.Repo, forge.Settings{Archived: new(false)}) },
			"the repository is archived", "no longer archived",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			ref := w.sample("rotate-token")
			w.settle(ref)
			test.begin(w, ref)
			w.told(ref, test.says)
			before := w.stand(ref)
			w.comes(ref, "/oioi rerun shorter, please")
			w.waitFor("the command in the inbox", func() bool { return strings.Contains(w.busy(t.Context(), ref), "inbox") })
			if got := w.stand(ref); got != before {
				t.Errorf("%d comments while it waits, %d before", got, before)
			}
			test.end(w, ref)
			w.told(ref, test.saysThen)
			w.settle(ref)
			if drafts := strings.Count(strings.Join(w.comments(ref), "\n"), "comment/draft/"); drafts != 2 {
				t.Errorf("after the wait %d drafts stand there, want the first and that of the command", drafts)
			}
		})
	}
}

// A ticket that is gone gets no more work; one whose repository changes is followed by its id.
func TestWhatIsGoneAndWhatMoves(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	gone := w.sample("rotate-token")
	w.settle(gone)
	w.check(w.world.Forge.DeleteIssue(forge.As("tallypost"), gone))
	w.waitFor("the end of the ticket", func() bool { return w.holds(gone) == "the issue was deleted" })

	moved := w.sample("rotate-token")
	w.settle(moved)
	w.deliver("issues", "transferred", moved.Repo, nil, map[string]any{
		"issue":   map[string]any{"number": moved.Number, "title": "x", "user": map[string]any{"login": "customer", "id": 3, "type": "User"}},
		"changes": map[string]any{"new_issue": map[string]any{"number": 3}, "new_repository": map[string]any{"full_name": "tallypost/elsewhere"}},
	})
	w.waitFor("the end of the ticket that moved", func() bool { return w.holds(moved) == "the issue was moved to tallypost/elsewhere#3" })

	stays := w.file("Export stops", "The export of the report stops in the middle of it.")
	w.settle(stays)
	w.change(stays.Repo, forge.Settings{Name: new("helpdesk")})
	stays.Repo = "tallypost/helpdesk"
	w.told(stays, "is tallypost/helpdesk now")
	if row := w.row(stays); row.Owner+"/"+row.Name != "tallypost/helpdesk" {
		t.Errorf("the ticket stands in %s/%s", row.Owner, row.Name)
	}
	w.change(stays.Repo, forge.Settings{Private: new(false)})
	w.told(stays, "is public now")
	// A delivery that was under way for long tells of what was before.
	w.repositoryEvent("renamed", stays.Repo, map[string]any{"private": true, "name": "support", "full_name": "tallypost/support"})
	w.repositoryEvent("archived", stays.Repo, map[string]any{"archived": true})
	w.quiet()
	if row := w.row(stays); row.Private || row.Name != "helpdesk" || w.heldFor(row.RepositoryID) != "" {
		t.Errorf("a late delivery was believed: private %v, %s, %q", row.Private, row.Name, w.heldFor(row.RepositoryID))
	}
	w.check(w.world.Forge.LockIssue(forge.As("jo-lindqvist"), stays, ""))
	w.told(stays, "was locked by @jo-lindqvist")
	w.check(w.world.Forge.UnlockIssue(forge.As("jo-lindqvist"), stays))
	w.told(stays, "was unlocked by @jo-lindqvist")
	w.deliver("issues", "locked", stays.Repo, nil, map[string]any{"issue": map[string]any{"number": stays.Number, "title": "x", "locked": true, "user": map[string]any{"login": "customer", "id": 3, "type": "User"}}})
	w.settle(stays)
	if why := w.holds(stays); why != "" {
		t.Errorf("a late delivery holds the ticket: %s", why)
	}
	// What comes in for a ticket that is gone is put away.
	w.deliver("issues", "edited", stays.Repo, nil, map[string]any{"issue": map[string]any{"number": gone.Number, "title": "x", "user": map[string]any{"login": "customer", "id": 3, "type": "User"}}})
	w.quiet()
}

// A suspension that a webhook tells of holds at once, without waiting for the next look.
func TestASuspensionIsHeardAtOnce(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.sample("rotate-token")
	w.settle(ref)
	w.check(w.world.Forge.Suspend(w.world.Install.ID, true))
	w.waitFor("the suspension", func() bool { return w.installation() == "suspended" })
	w.told(ref, "The App was suspended")
	w.check(w.world.Forge.Suspend(w.world.Install.ID, false))
	w.waitFor("the end of the suspension", func() bool { return w.installation() == "active" })
	if n := len(w.comments(w.file("Export stops", "The export of the report stops in the middle of it."))); n != 1 {
		t.Errorf("%d comments after the suspension", n)
	}
	w.check(w.world.Forge.Uninstall(w.world.Install.ID))
	w.waitFor("the removal", func() bool { return w.installation() == "removed" })
}

// change changes a repository's settings, as its owner does.
func (w *town) change(repo string, s forge.Settings) {
	w.t.Helper()
	_, err := w.world.Forge.ChangeRepo(forge.As("tallypost"), repo, s)
	w.check(err)
	w.check(w.world.Forge.Drain(w.t.Context()))
}

// comes delivers a comment by jo-lindqvist that GitHub would not let anybody write now: it was under way.
func (w *town) comes(ref forge.Ref, words string) {
	w.t.Helper()
	issue, err := w.world.Forge.Issue(forge.As("jo-lindqvist"), ref)
	w.check(err)
	author := map[string]any{"login": "customer", "id": 3, "type": "User"}
	w.deliver("issue_comment", "created", ref.Repo, nil, map[string]any{
		"issue":   map[string]any{"id": issue.ID, "number": ref.Number, "title": issue.Title, "body": issue.Body, "user": author},
		"comment": map[string]any{"id": w.ahead.Add(1) + 1<<40, "body": words, "user": map[string]any{"login": "jo-lindqvist", "id": 7, "type": "User"}, "author_association": "MEMBER"},
	})
}

// quiet waits until every delivery is handled.
func (w *town) quiet() {
	w.t.Helper()
	w.check(w.world.Forge.Drain(w.t.Context()))
	w.waitFor("an empty inbox", func() (quiet bool) {
		w.check(w.oioi.Store.View(w.t.Context(), func(r store.Reader) error {
			counts, err := r.Counts(w.t.Context())
			quiet = counts.Inbox == 0
			return err
		}))
		return quiet
	})
}

// heldFor is why nothing is written in a repository, "" where it is.
func (w *town) heldFor(repositoryID int64) (why string) {
	w.t.Helper()
	w.check(w.oioi.Store.View(w.t.Context(), func(r store.Reader) (err error) {
		if why, err = r.Value(w.t.Context(), fmt.Sprintf("hold/%d", repositoryID)); errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	}))
	return why
}

// stand counts the ticket's comments as they stand, whatever OiOi has to do still.
func (w *town) stand(ref forge.Ref) int {
	w.t.Helper()
	comments, err := w.world.Forge.ListComments(forge.As("jo-lindqvist"), ref, zeroTime)
	w.check(err)
	return len(comments)
}

// holds is why a ticket waits, "" where it does not.
func (w *town) holds(ref forge.Ref) (why string) {
	w.t.Helper()
	row := w.row(ref)
	w.check(w.oioi.Store.View(w.t.Context(), func(r store.Reader) (err error) {
		why, err = r.Value(w.t.Context(), "hold/"+row.Key)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	}))
	return why
}

// installation is how the store says that the App's installation stands.
func (w *town) installation() (state string) {
	w.t.Helper()
	w.check(w.oioi.Store.View(w.t.Context(), func(r store.Reader) error {
		in, err := r.Installation(w.t.Context(), w.world.Install.ID)
		state = in.State
		return err
	}))
	return state
}
