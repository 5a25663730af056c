package app

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
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
	holds(t, shown, "https://github.example/"+publicRepo+"/blob/COMMIT/docs/configuration.md?plain=1#L21-L28",
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

// A private help center tells a public ticket nothing, wherever its draft stands. The draft says that the help center is missing,
// and the reason only where the team alone reads it.
func TestAPrivateHelpCenterIsNoEvidenceForAPublicTicket(t *testing.T) {
	t.Parallel()
	wrongPage := sampleTicket(t, "docs-error")
	const why = "is private, and this ticket is public"
	for name, config := range map[string]string{
		"public": "docs: { repository: " + supportRepo + " }\n",
		"inside": "docs: { repository: " + supportRepo + " }\n" + insideConfig,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.commit(publicRepo, ".github/oioi.yml", config)
			ref := w.fileAs(wrongPage.Title, wrongPage.Body())
			w.settle(ref)
			public, inside := w.parts(ref)
			for _, private := range []string{supportRepo + "/blob/", "diff --git", "Emails that do not arrive"} {
				if strings.Contains(public+inside, private) {
					t.Errorf("%q of the private help center is told:\n%s\n%s", private, public, inside)
				}
			}
			draft := public
			if name == "inside" {
				draft = inside
				holds(t, inside, why)
			}
			holds(t, draft, "The help center", "oioi:reply:start")
			if strings.Contains(public, why) || strings.Contains(public, supportRepo) && name == "public" {
				t.Errorf("the public reads about a private repository:\n%s", public)
			}
		})
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
