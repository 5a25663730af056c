package intake_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/store"
)

// TestGitHubsExamples sends every example payload that GitHub's own tools publish. go-github's decoding says what each is
// about; the front must say the same without decoding, and no event of GitHub's may be refused.
func TestGitHubsExamples(t *testing.T) {
	const pkg = "@octokit/webhooks-examples"
	b, err := os.ReadFile(filepath.Join(need.NodeModules(t, pkg), filepath.FromSlash(pkg), "api.github.com", "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var events []struct {
		Name     string
		Examples []map[string]json.RawMessage
	}
	if err := json.Unmarshal(b, &events); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range events {
		names = append(names, e.Name)
	}
	inbox := &recorder{}
	o := options(t, inbox)
	o.Handlers, o.PullRequests = registry(t, names...), true
	h := serve(t, o)
	sent, tickets := 0, 0
	for _, e := range events {
		for i, payload := range e.Examples {
			if e.Name == "ping" {
				continue
			}
			if _, ok := payload["installation"]; !ok { // some are of repositories' webhooks
				payload["installation"] = json.RawMessage(`{"id":3}`)
			}
			body, err := json.Marshal(payload)
			if err != nil {
				t.Fatal(err)
			}
			r := delivery(e.Name, string(body))
			r.Header.Set("X-GitHub-Delivery", fmt.Sprintf("example-%s-%d", e.Name[:2], sent))
			sent++
			name := fmt.Sprintf("%s, example %d", e.Name, i)
			if status, message := send(t, h, r); status != http.StatusAccepted || message != "accepted" {
				t.Errorf("%s: %d %s", name, status, message)
				continue
			}
			got := inbox.deliveries[len(inbox.deliveries)-1]
			want := store.Delivery{Event: e.Name}
			if event, err := github.ParseWebHook(e.Name, body); err == nil {
				if e, ok := event.(interface{ GetAction() string }); ok {
					want.Action = e.GetAction()
				}
				if e, ok := event.(interface{ GetInstallation() *github.Installation }); ok {
					want.InstallationID = e.GetInstallation().GetID()
				} else {
					want.InstallationID = got.InstallationID
				}
				issue, hasIssue := event.(interface{ GetIssue() *github.Issue })
				repo, hasRepo := event.(interface{ GetRepo() *github.Repository })
				if hasIssue && hasRepo && issue.GetIssue() != nil {
					want.TicketKey = store.TicketKey(repo.GetRepo().GetID(), issue.GetIssue().GetNumber())
					tickets++
				}
			} else {
				continue // an event that this go-github does not know, or a value that it does not expect
			}
			if _, ok := inbox.jobs[len(inbox.jobs)-1].(intake.MailboxArgs); ok != (got.TicketKey != "") {
				t.Errorf("%s: ticket %q has job %#v", name, got.TicketKey, inbox.jobs[len(inbox.jobs)-1])
			}
			if got.Event != want.Event || want.Action != "" && got.Action != want.Action ||
				got.InstallationID != want.InstallationID || got.TicketKey != want.TicketKey {
				t.Errorf("%s: stored %s %s %d %q, want %s %s %d %q", name, got.Event, got.Action, got.InstallationID,
					got.TicketKey, want.Event, want.Action, want.InstallationID, want.TicketKey)
			}
		}
	}
	if sent < 200 || tickets < 30 {
		t.Errorf("only %d examples, %d of them about issues: is the package complete?", sent, tickets)
	}
}
