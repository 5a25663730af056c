package app

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/effect"
)

const publicRepo = "tallypost/tallypost"

// pulls are how many pull requests and issues a repository has.
func (w *town) pulls(repo string) int {
	w.t.Helper()
	all, err := w.world.Forge.ListPulls(forge.As("jo-lindqvist"), repo, forge.PullFilter{State: "all"})
	w.check(err)
	return len(all)
}

// The help center of another repository is read with a token for that repository alone, and nothing is written there.
func TestAHelpCenterElsewhereIsOnlyRead(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var tokens []string
	w := newTown(t, townOptions{transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/access_tokens") && r.GetBody != nil {
			body, err := r.GetBody()
			if err == nil {
				text, _ := io.ReadAll(body)
				mu.Lock()
				tokens = append(tokens, string(text))
				mu.Unlock()
			}
		}
		if strings.HasPrefix(r.URL.Path, "/api/v3/repos/"+publicRepo) && r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	w.commit(supportRepo, ".github/oioi.yml", "docs: { repository: "+publicRepo+" }\n")
	ref := w.sample("docs-error")
	w.settle(ref)
	shown := w.show(ref)
	holds(t, shown, "https://github.example/"+publicRepo+"/blob/COMMIT/docs/configuration.md?plain=1#L",
		"a change of the help center in the repository `"+publicRepo+"` ready", "diff --git a/docs/configuration.md b/docs/configuration.md")
	if strings.Contains(shown, supportRepo+"/blob/COMMIT/docs/") {
		t.Errorf("the ticket's own pages are evidence as well:\n%s", shown)
	}
	if n := w.pulls(publicRepo) + w.pulls(supportRepo); n != 0 {
		t.Errorf("there are %d pull requests", n)
	}
	mu.Lock()
	defer mu.Unlock()
	read := false
	for _, token := range tokens {
		if !strings.Contains(token, `"tallypost"`) {
			continue
		}
		read = true
		if strings.Contains(token, `"support"`) || !strings.Contains(token, `"contents":"read"`) || strings.Contains(token, `"write"`) {
			t.Errorf("a token for the help center may do more than read it: %s", token)
		}
	}
	if !read {
		t.Errorf("no token is for the help center alone: %s", tokens)
	}
}

// Each ticket is answered from the help center that its own repository names: the same library reads both.
func TestTwoRepositoriesWithEachOthersHelpCenter(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	first := w.sample("docs-error")
	w.settle(first)
	w.commit(supportRepo, ".github/oioi.yml", "docs: { repository: "+publicRepo+" }\n")
	second := w.sample("docs-error")
	w.settle(second)
	for ref, repo := range map[forge.Ref][2]string{first: {supportRepo, publicRepo}, second: {publicRepo, supportRepo}} {
		draft := w.comments(ref)[0]
		if own, other := repo[0]+"/blob/", repo[1]+"/blob/"; !strings.Contains(draft, own) || strings.Contains(draft, other) {
			t.Errorf("%v is not answered from %s alone:\n%s", ref, repo[0], draft)
		}
	}
}

// A private help center tells those who read a public ticket nothing, and not even that it is there: they are told the same as
// of one that is not there. Where the draft stands inside, the team gets its pages, and the reply is drafted without them.
func TestAPrivateHelpCenterIsNoEvidenceForAPublicTicket(t *testing.T) {
	t.Parallel()
	wrongPage := sampleTicket(t, "docs-error")
	private := "docs: { repository: " + supportRepo + " }\n"
	drafts := map[string]string{}
	var mu sync.Mutex
	t.Run("drafts", func(t *testing.T) {
		for name, config := range map[string]string{"public": private, "inside": private + insideConfig, "gone": "docs: { repository: tallypost/gone }\n"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newTown(t, townOptions{})
				w.commit(publicRepo, ".github/oioi.yml", config)
				ref := w.fileAs(wrongPage.Title, wrongPage.Body())
				w.settle(ref)
				public, inside := w.parts(ref)
				for _, secret := range []string{supportRepo + "/blob/", "diff --git", "Emails that do not arrive"} {
					if strings.Contains(public, secret) {
						t.Errorf("%q of the private help center is told:\n%s", secret, public)
					}
				}
				if name == "inside" {
					holds(t, inside, "not there for OiOi, or not for those who read this ticket", "Emails that do not arrive", "for the team only", "oioi:reply:start")
					reply, _ := effect.ReplyOf(inside[strings.Index(inside, "oioi:reply:start")-5:])
					if strings.Contains(reply, "Emails that do not arrive") || strings.Contains(reply, "/blob/") {
						t.Errorf("the reply is made with it:\n%s", reply)
					}
					return
				}
				holds(t, public, "The help center", "oioi:reply:start")
				if strings.Contains(public, supportRepo) {
					t.Errorf("the public reads about a private repository:\n%s", public)
				}
				mu.Lock()
				drafts[name] = public
				mu.Unlock()
			})
		}
	})
	if drafts["public"] != drafts["gone"] {
		t.Errorf("the public can tell a private help center from one that is not there:\n%s\n---\n%s", drafts["public"], drafts["gone"])
	}
}

// A help center that is not there holds up nothing.
func TestAHelpCenterThatIsGoneIsNamed(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit(supportRepo, ".github/oioi.yml", "docs: { repository: tallypost/gone }\n")
	ref := w.sample("docs-error")
	w.settle(ref)
	draft := w.comments(ref)[0]
	holds(t, draft, "Sources that did not answer", "The help center: OiOi cannot reach the repository that `docs.repository` names; install the App there too", "similar: ")
	if strings.Contains(draft, "docs: ") {
		t.Errorf("there are pages:\n%s", draft)
	}
}

// Who names the ticket's own repository gets what is the default: a pull request.
func TestAHelpCenterThatIsNamedByItsOwnRepository(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	before := w.pulls(supportRepo)
	w.commit(supportRepo, ".github/oioi.yml", "docs: { repository: Tallypost/Support }\n")
	w.settle(w.sample("docs-error"))
	if n := w.pulls(supportRepo) - before; n != 1 {
		t.Errorf("%d pull requests have opened", n)
	}
}
