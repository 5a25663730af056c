package hub

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// access is what a step needs to do in a repository. A token for it can do no more, and nothing in any other repository of
// the installation.
// https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
type access string

const (
	toList    access = "list"    // the names of its repositories
	toRead    access = "read"    // tickets, pages, releases
	toAnswer  access = "answer"  // issues, comments, labels
	toAskTeam access = "team"    // who is in a team of the organization
	toPropose access = "propose" // a docs pull request: its branch, itself, its labels
)

func permissions(a access) *github.InstallationPermissions {
	read, write := github.String("read"), github.String("write")
	out := &github.InstallationPermissions{Metadata: read, Contents: read, Issues: read, PullRequests: read}
	switch a {
	case toAnswer:
		out.Issues, out.PullRequests = write, write // a comment on a docs pull request is one on an issue; reactions there are not
	case toAskTeam:
		out = &github.InstallationPermissions{Metadata: read, Members: read}
	case toPropose:
		out.Contents, out.Issues, out.PullRequests = write, write, write
	}
	return out
}

// scope is one client: an installation, a repository, and what may be done there.
type scope struct {
	installation int64
	repository   string // OWNER/NAME in small letters
	access       access
}

// maxClients bounds the clients that are kept, each with its token; they are made anew when they are needed again.
const maxClients = 2048

// client returns a client whose tokens reach one repository and do what the step needs.
func (h *Hub) client(installationID int64, repo ticket.Repository, a access) (*github.Client, error) {
	key := scope{installationID, strings.ToLower(repo.FullName()), a}
	h.mu.Lock()
	defer h.mu.Unlock()
	if c, ok := h.clients[key]; ok {
		return c, nil
	}
	if len(h.clients) >= maxClients {
		h.clients = map[scope]*github.Client{}
	}
	api := strings.TrimSuffix(h.options.APIURL, "/")
	base, err := url.Parse(api + "/")
	if err != nil {
		return nil, fmt.Errorf("the address of GitHub's API: %w", err)
	}
	only := []string{repo.Name}
	options := []*github.InstallationTokenOptions{
		{Repositories: only, Permissions: permissions(a)},
		{Repositories: only}, // an App that was granted less: GitHub says at the request what is missing
	}
	if a == toRead {
		// Where the App is not installed there are public repositories, which any token may read.
		options = append(options, &github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Metadata: github.String("read")}})
	}
	if a == toList {
		options = []*github.InstallationTokenOptions{{Permissions: &github.InstallationPermissions{Metadata: github.String("read")}}}
	}
	narrow := &narrowest{now: h.now}
	for _, o := range options {
		token, err := ghinstallation.New(h.pacedApp(stayHere(h.options.Transport)), h.options.AppID, installationID, h.options.PrivateKey)
		if err != nil {
			return nil, fmt.Errorf("make a client for installation %d: %w", installationID, err)
		}
		token.BaseURL, token.InstallationTokenOptions = api, o
		narrow.tokens = append(narrow.tokens, token)
	}
	c := github.NewClient(&http.Client{Transport: h.inTime(h.paced(installationID)(narrow))})
	c.BaseURL, c.UserAgent = base, h.options.UserAgent
	h.clients[key] = c
	return c, nil
}

// narrowest sends requests with the narrowest token that GitHub hands out.
type narrowest struct {
	tokens []*ghinstallation.Transport
	now    func() time.Time

	mu      sync.Mutex
	chosen  int
	widened time.Time // when GitHub refused a narrower one
}

// narrowAgain is how long a wider token is used before the narrowest is asked for once more: somebody may have granted the
// App what was missing, or installed it in the repository.
const narrowAgain = 10 * time.Minute

func (n *narrowest) choice() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.chosen > 0 && n.now().Sub(n.widened) >= narrowAgain {
		n.chosen = 0
	}
	return n.chosen
}

// widen goes from a token that GitHub refuses to the next one.
func (n *narrowest) widen(from int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.chosen == from {
		n.chosen, n.widened = from+1, n.now()
	}
}

// RoundTrip implements http.RoundTripper. GitHub answers 422 where a token asks for a repository that the installation does
// not reach or for a permission that it was not granted.
func (n *narrowest) RoundTrip(r *http.Request) (*http.Response, error) {
	for {
		at := n.choice()
		_, err := n.tokens[at].Token(r.Context())
		var refused *ghinstallation.HTTPError
		if err == nil || at == len(n.tokens)-1 || !errors.As(err, &refused) || refused.Response == nil || refused.Response.StatusCode != http.StatusUnprocessableEntity {
			return n.tokens[at].RoundTrip(r) // where there is no token it says so, and closes the body
		}
		_ = refused.Response.Body.Close()
		n.widen(at)
	}
}
