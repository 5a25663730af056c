package forge_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// keyPEM is made once: making RSA keys is slow.
var keyPEM = sync.OnceValues(func() (private, public []byte) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
})

const secret = "webhook secret"

// world is a running forge with an App installed on both repositories, and clients for everybody.
type world struct {
	*forge.Forge
	URL          string
	App          *forge.App
	Installation *forge.Installation
	Received     *receiver

	Casey, Morgan, Otis, Nobody, Bot, AppClient *github.Client
}

func tokenFor(login string) string { return "ghp_" + login }

func newWorld(t testing.TB, o forge.Options) *world {
	t.Helper()
	return newWorldBehind(t, o, nil)
}

// newWorldBehind puts a transport between all clients and the forge.
func newWorldBehind(t testing.TB, o forge.Options, wrap func(http.RoundTripper) http.RoundTripper) *world {
	t.Helper()
	w := &world{Forge: seeded(t, o), Received: &receiver{}}
	for _, login := range []string{"casey", "morgan", "otis"} {
		check(t, w.AddToken(tokenFor(login), login))
	}
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	w.URL = server.URL
	w.SetBaseURL(server.URL)
	private1, public1 := keyPEM()
	w.App = must[*forge.App](t)(w.AddApp(forge.App{Slug: "helper", Owner: "acme", Description: "Helps.", PublicKeyPEM: string(public1),
		Permissions: map[string]string{"issues": "write", "contents": "write", "pull_requests": "write", "metadata": "read", "members": "read"},
		Events:      []string{"issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment", "push", "sub_issues", "release", "repository"}}))
	w.Installation = must[*forge.Installation](t)(w.Install("helper", "acme", private, public))
	hooks := httptest.NewServer(w.Received)
	t.Cleanup(hooks.Close)
	check(t, w.SetWebhook("helper", hooks.URL, secret))
	if wrap == nil {
		wrap = func(rt http.RoundTripper) http.RoundTripper { return rt }
	}
	base := wrap(http.DefaultTransport)
	client := func(rt http.RoundTripper) *github.Client {
		return must[*github.Client](t)(github.NewClient(&http.Client{Transport: rt}).WithEnterpriseURLs(w.URL, w.URL))
	}
	w.Casey, w.Morgan = client(base).WithAuthToken(tokenFor("casey")), client(base).WithAuthToken(tokenFor("morgan"))
	w.Otis, w.Nobody = client(base).WithAuthToken(tokenFor("otis")), client(base)
	apps := must[*ghinstallation.AppsTransport](t)(ghinstallation.NewAppsTransport(base, w.App.ID, private1))
	apps.BaseURL = w.URL + "/api/v3"
	w.AppClient = client(apps)
	w.Bot = client(ghinstallation.NewFromAppsTransport(apps, w.Installation.ID))
	return w
}

// delivered is one webhook as it arrived.
type delivered struct {
	Event, GUID string
	Header      http.Header
	Raw         []byte
	Payload     map[string]any
}

func (d delivered) name() string {
	if action, ok := d.Payload["action"].(string); ok {
		return d.Event + "." + action
	}
	return d.Event
}

// receiver takes webhooks; a wrong signature is a 401.
type receiver struct {
	mu   sync.Mutex
	got  []delivered
	fail int // status to answer instead of 200
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	raw, _ := io.ReadAll(req.Body)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(raw)
	if req.Header.Get("X-Hub-Signature-256") != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	d := delivered{Event: req.Header.Get("X-GitHub-Event"), GUID: req.Header.Get("X-GitHub-Delivery"), Header: req.Header, Raw: raw}
	_ = json.Unmarshal(raw, &d.Payload)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != 0 {
		w.WriteHeader(r.fail)
		return
	}
	r.got = append(r.got, d)
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = status
}

// drained waits for the forge's webhooks and returns and forgets what arrived.
func (w *world) drained(t testing.TB) []delivered {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	check(t, w.Drain(ctx))
	w.Received.mu.Lock()
	defer w.Received.mu.Unlock()
	got := w.Received.got
	w.Received.got = nil
	return got
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
