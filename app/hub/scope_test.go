package hub_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/hub"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// tokenLog notes what tokens are asked for.
type tokenLog struct {
	mu    sync.Mutex
	asked []tokenRequest
}

type tokenRequest struct {
	Repositories []string          `json:"repositories"`
	Permissions  map[string]string `json:"permissions"`
}

func (l *tokenLog) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/access_tokens") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var asked tokenRequest
		if err := json.Unmarshal(body, &asked); err != nil {
			return nil, err
		}
		l.mu.Lock()
		l.asked = append(l.asked, asked)
		l.mu.Unlock()
	}
	return http.DefaultTransport.RoundTrip(r)
}

func writes(permissions map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		if permissions[name] != "read" {
			out = append(out, name)
		}
	}
	return out
}

func TestATokenReachesOneRepositoryAndWhatTheStepNeeds(t *testing.T) {
	b := setUp(t)
	log := &tokenLog{}
	var err error
	b.hub, err = hub.New(hub.Options{APIURL: b.web + "/api/v3", AppID: b.world.App.ID, PrivateKey: b.world.PrivateKey, Transport: log})
	b.check(err)
	_, err = b.hub.Ticket(t.Context(), b.world.Install.ID, b.repo, b.issue.Ref.Number)
	b.check(err)
	comment := b.effect(effect.KindComment, "draft/1")
	comment.Comment = &effect.Comment{Body: "hello\n\n" + effect.Marker(comment.Key), Marker: effect.Marker(comment.Key)}
	b.publish(comment, effect.Receipt{}, false)
	pull := b.effect(effect.KindPull, "docs")
	head, err := b.hub.Head(t.Context(), b.world.Install.ID, b.repo, "main")
	b.check(err)
	pull.Pull = &effect.Pull{Branch: "oioi/ticket-1-docs", Base: "main", BaseSHA: head, Title: "Docs", Body: effect.Marker(pull.Key), Marker: effect.Marker(pull.Key), Message: "Docs",
		Files: []effect.File{{Path: "docs/new.md", New: "# New\n"}}}
	b.publish(pull, effect.Receipt{}, false)
	var got []string
	for _, asked := range log.asked {
		if !slices.Equal(asked.Repositories, []string{"support"}) || len(asked.Permissions) == 0 {
			t.Errorf("a token for %v with %v was asked for", asked.Repositories, asked.Permissions)
		}
		got = append(got, strings.Join(writes(asked.Permissions), " "))
	}
	if want := []string{"", "issues pull_requests", "contents issues pull_requests"}; !slices.Equal(got, want) {
		t.Errorf("tokens that may write %q, want %q", got, want)
	}
}

// grants refuses tokens with permissions of their own, as GitHub does where the App was granted less.
type grants struct {
	tokenLog
	less atomic.Bool
}

func (g *grants) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := g.tokenLog.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/access_tokens") || !g.less.Load() {
		return res, err
	}
	g.mu.Lock()
	last := g.asked[len(g.asked)-1]
	g.mu.Unlock()
	if len(last.Permissions) > 0 {
		_ = res.Body.Close()
		return &http.Response{StatusCode: http.StatusUnprocessableEntity, Status: "422", Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(`{"message":"not granted"}`))}, nil
	}
	return res, err
}

// Once the team has granted the App what was missing, its tokens are narrow again.
func TestTokensAreNarrowAgain(t *testing.T) {
	b := setUp(t)
	log := &grants{}
	log.less.Store(true)
	now := time.Now()
	var err error
	b.hub, err = hub.New(hub.Options{APIURL: b.web + "/api/v3", AppID: b.world.App.ID, PrivateKey: b.world.PrivateKey, Transport: log, Clock: func() time.Time { return now }})
	b.check(err)
	read := func() tokenRequest {
		t.Helper()
		_, err := b.hub.Ticket(t.Context(), b.world.Install.ID, b.repo, b.issue.Ref.Number)
		b.check(err)
		return log.asked[len(log.asked)-1]
	}
	if wide := read(); len(wide.Permissions) != 0 || !slices.Equal(wide.Repositories, []string{"support"}) {
		t.Errorf("the token asked for: %+v", wide)
	}
	log.less.Store(false)
	n := len(log.asked)
	if read(); len(log.asked) != n {
		t.Error("the narrow token is asked for with every request")
	}
	now = now.Add(time.Hour)
	if narrow := read(); len(narrow.Permissions) == 0 {
		t.Errorf("after an hour the token is as wide as before: %+v", narrow)
	}
}

// A token of one repository is worth nothing in another, and where the App is not installed it reads what anybody reads.
func TestOtherRepositoriesAreReadAsAnybodyReadsThem(t *testing.T) {
	b := setUp(t)
	if _, found, err := b.hub.File(t.Context(), b.world.Install.ID, ticket.Repository{Owner: "tallypost", Name: ".github"}, "", ".github/oioi.yml"); err != nil || found {
		t.Errorf("the owner's .github: %t, %v", found, err)
	}
	if _, err := b.hub.Repository(t.Context(), b.world.Install.ID, "tallypost", "there-is-none"); err == nil || !hub.NotFound(err) {
		t.Errorf("a repository that is not there: %v", err)
	}
	if public, err := b.hub.Repository(t.Context(), b.world.Install.ID, "tallypost", "tallypost"); err != nil || public.Private {
		t.Errorf("a public repository: %+v, %v", public, err)
	}
}
