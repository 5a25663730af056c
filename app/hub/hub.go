// Package hub reads and writes on GitHub, through go-github and the App's installation tokens.
package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v62/github"
	"github.com/palantir/go-githubapp/githubapp"
	"github.com/tidwall/gjson"
)

// Options say which App this is and where GitHub is.
type Options struct {
	APIURL        string // https://api.github.com, or https://HOST/api/v3 of a GitHub Enterprise Server
	AppID         int64
	PrivateKey    []byte // PEM
	UserAgent     string
	WriteInterval time.Duration     // between two content writes of one installation; 0: no limits are kept
	Ledger        Ledger            // remembers the writes; default: in memory
	Transport     http.RoundTripper // default: http.DefaultTransport's settings with timeouts
	Timeout       time.Duration     // of one request; default 30 s
	Clock         func() time.Time  // default time.Now
}

// Hub is one App's view of GitHub. It is safe for concurrent use.
type Hub struct {
	options Options
	creator githubapp.ClientCreator
	plain   *http.Client // without credentials, for the signed links that GitHub hands out

	mu      sync.Mutex
	clients map[scope]*github.Client
	slug    string
	held    map[int64]time.Time // by installation: GitHub asked for silence until then
	labels  map[labelOf]bool    // seen or made since the start
	gaps    sync.Mutex          // held while a list of docs gaps is read and written
}

// labelOf names a label of a repository.
type labelOf struct {
	repositoryID int64
	name         string
}

// labelsKept is how many labels are remembered to exist; beyond that the hub begins anew.
const labelsKept = 4096

// New returns a hub. It calls nobody yet.
func New(o Options) (*Hub, error) {
	if o.AppID == 0 || len(o.PrivateKey) == 0 {
		return nil, fmt.Errorf("the App's id and private key are needed to talk to GitHub: set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE")
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Transport == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.ResponseHeaderTimeout = o.Timeout
		transport.MaxIdleConnsPerHost = 16
		o.Transport = transport
	}
	api := strings.TrimSuffix(o.APIURL, "/") + "/"
	if o.Ledger == nil {
		o.Ledger = newMemory()
	}
	h := &Hub{
		options: o, clients: map[scope]*github.Client{}, held: map[int64]time.Time{},
		plain: &http.Client{Transport: within(2*o.Timeout, persistent(o.Transport))},
	}
	h.creator = githubapp.NewClientCreator(api, strings.TrimSuffix(api, "v3/")+"graphql", o.AppID, o.PrivateKey,
		githubapp.WithClientUserAgent(o.UserAgent),
		// ghinstallation asks for tokens with this transport too: its timeouts keep a hung refresh from blocking everybody.
		githubapp.WithTransport(o.Transport),
		githubapp.WithClientMiddleware(h.inTime, h.pacedApp, stayHere),
	)
	return h, nil
}

func (h *Hub) now() time.Time {
	if h.options.Clock == nil {
		return time.Now()
	}
	return h.options.Clock()
}

// stayHere refuses redirects that would carry the App's credentials to another host, or turn a write into something else:
// ghinstallation adds the Authorization header on every hop, and net/http turns a redirected POST into a GET.
func stayHere(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil || resp.StatusCode < 300 || resp.StatusCode > 399 || resp.StatusCode == http.StatusNotModified {
			return resp, err
		}
		location, parseErr := resp.Location()
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		if read && parseErr == nil && location.Host == r.URL.Host && location.Scheme == r.URL.Scheme && !stays(r) {
			return resp, nil
		}
		if read && isArchive(r.URL.Path) {
			return resp, nil // its caller reads the Location itself and follows it without credentials
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
		_ = resp.Body.Close()
		return nil, &Error{Op: r.Method + " " + r.URL.Path, Status: resp.StatusCode, permanent: true,
			Message: "GitHub answered with a redirect, which OiOi does not follow here; the repository was probably renamed or moved"}
	})
}

func isArchive(path string) bool { return strings.Contains(path, "/tarball/") }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// App returns the App's slug and the login of its bot account. GitHub is asked once.
func (h *Hub) App(ctx context.Context) (slug, login string, err error) {
	h.mu.Lock()
	slug = h.slug
	h.mu.Unlock()
	if slug == "" {
		c, err := h.creator.NewAppClient()
		if err != nil {
			return "", "", fmt.Errorf("make the App's client: %w", err)
		}
		app, _, err := c.Apps.Get(ctx, "")
		if err != nil {
			return "", "", wrap("ask GitHub which App this is", err)
		}
		slug = app.GetSlug()
		h.mu.Lock()
		h.slug = slug
		h.mu.Unlock()
	}
	return slug, slug + "[bot]", nil
}

// Installation is where the App is installed.
type Installation struct {
	ID          int64
	Account     string
	CreatedAt   time.Time
	SuspendedAt time.Time
	Grants      string // what it may do, each as KIND:LEVEL, sorted
}

// Installation asks for one installation.
func (h *Hub) Installation(ctx context.Context, id int64) (Installation, error) {
	c, err := h.creator.NewAppClient()
	if err != nil {
		return Installation{}, fmt.Errorf("make the App's client: %w", err)
	}
	in, _, err := c.Apps.GetInstallation(ctx, id)
	if err != nil {
		return Installation{}, wrap(fmt.Sprintf("read installation %d", id), err)
	}
	return installationOf(in), nil
}

// Installations asks where the App is installed now.
func (h *Hub) Installations(ctx context.Context) ([]Installation, error) {
	c, err := h.creator.NewAppClient()
	if err != nil {
		return nil, fmt.Errorf("make the App's client: %w", err)
	}
	var all []Installation
	page := &github.ListOptions{PerPage: 100}
	for {
		list, response, err := c.Apps.ListInstallations(ctx, page)
		if err != nil {
			return nil, wrap("list the App's installations", err)
		}
		for _, in := range list {
			all = append(all, installationOf(in))
		}
		if response.NextPage == 0 {
			return all, nil
		}
		page.Page = response.NextPage
	}
}

func installationOf(in *github.Installation) Installation {
	var grants []string
	if raw, err := json.Marshal(in.Permissions); err == nil {
		gjson.ParseBytes(raw).ForEach(func(kind, level gjson.Result) bool {
			grants = append(grants, kind.Str+":"+level.Str)
			return true
		})
	}
	slices.Sort(grants)
	return Installation{ID: in.GetID(), Account: in.GetAccount().GetLogin(), CreatedAt: in.GetCreatedAt().Time,
		SuspendedAt: in.GetSuspendedAt().Time, Grants: strings.Join(grants, " ")}
}
