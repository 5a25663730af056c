package pages_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/launcher/flags"
	"github.com/go-rod/rod/lib/proto"

	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/pages"
)

// patience is how long a page may take for all that a test does with it.
const patience = time.Minute

// chromium is one browser for all tests of this package; each test gets a window of its own with its own cookies.
var chromium struct {
	once     sync.Once
	browser  *rod.Browser
	launcher *launcher.Launcher
	err      error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.browser != nil {
		_ = chromium.browser.Close()
		chromium.launcher.Kill()
		chromium.launcher.Cleanup()
	}
	os.Exit(code)
}

func window(t testing.TB) *rod.Browser {
	t.Helper()
	path := need.Chromium(t)
	chromium.once.Do(func() {
		l := launcher.New().Bin(path).Leakless(false).Headless(true).NoSandbox(true)
		for _, flag := range []flags.Flag{"disable-gpu", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync", "disable-quic", "disable-dev-shm-usage"} {
			l.Set(flag)
		}
		chromium.launcher = l
		address, err := l.Launch()
		if err != nil {
			chromium.err = err
			return
		}
		browser := rod.New().ControlURL(address)
		if chromium.err = browser.Connect(); chromium.err == nil {
			chromium.browser = browser
		}
	})
	if chromium.err != nil {
		t.Fatalf("%s does not start: %v", path, chromium.err)
	}
	own, err := chromium.browser.Incognito()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Close() })
	return own
}

// site is a sandbox with its pages, served as `oioi sandbox` serves them.
type site struct {
	t     testing.TB
	forge *forge.Forge
	world *sandbox.World
	url   string
	oioi  *fakeProgress
	live  chan int // how many pages listen, after each change of it
}

// listens waits until so many pages listen for changes.
func (s *site) listens(pages int) {
	s.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case now := <-s.live:
			if now == pages {
				return
			}
		case <-deadline:
			s.t.Fatalf("there are never %d pages that listen", pages)
		}
	}
}

// fakeProgress stands for an OiOi that says how far it is.
type fakeProgress struct {
	mu       sync.Mutex
	progress pages.Progress
	changed  chan struct{}
}

func (f *fakeProgress) read(context.Context, int64, int) (pages.Progress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.progress, nil
}

func (f *fakeProgress) wait() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

func (f *fakeProgress) set(status string, steps ...pages.Step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.progress = pages.Progress{Status: status, Steps: steps}
	close(f.changed)
	f.changed = make(chan struct{})
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, oioi: &fakeProgress{changed: make(chan struct{})}, live: make(chan int, 100)}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	s.url = server.URL
	var err error
	s.world, err = sandbox.Open(sandbox.Options{WebURL: s.url, Log: log})
	s.ok(err)
	s.forge = s.world.Forge
	s.forge.SetBaseURL(s.url)
	human, err := pages.Handler(pages.Options{Forge: s.forge, People: sandbox.People, Bot: s.world.App.Bot(), Log: log,
		Progress: s.oioi.read, Changed: s.oioi.wait, Redeliver: s.world.Redeliver})
	s.ok(err)
	machine := s.forge.Handler()
	var mu sync.Mutex
	listening := 0
	count := func(by int) {
		mu.Lock()
		defer mu.Unlock()
		listening += by
		s.live <- listening
	}
	handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forge.Serves(r.URL.Path) {
			machine.ServeHTTP(w, r)
			return
		}
		if strings.Contains(r.URL.Path, "/live/") {
			count(1)
			defer count(-1)
		}
		human.ServeHTTP(w, r)
	})
	t.Cleanup(func() {
		server.CloseClientConnections() // open pages listen until then
		server.Close()
		if err := s.world.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *site) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// tab is one page in a browser, with what went wrong in it.
type tab struct {
	*rod.Page
	site *site
	mu   sync.Mutex
	bad  []string
}

// open opens a path in a window of its own. Scripts that fail and refusals by the content policy fail the test.
func (s *site) open(path string) *tab {
	s.t.Helper()
	return s.openIn(window(s.t), path)
}

func (s *site) openIn(b *rod.Browser, path string) *tab {
	s.t.Helper()
	page, err := b.Page(proto.TargetCreateTarget{})
	s.ok(err)
	tab := &tab{site: s}
	tab.Page = page.WithPanic(func(v any) { s.t.Helper(); s.t.Fatal(v) }).Timeout(patience)
	report := func(what string) {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		tab.bad = append(tab.bad, what)
	}
	go page.EachEvent(func(e *proto.RuntimeExceptionThrown) {
		report(e.ExceptionDetails.Text + " " + e.ExceptionDetails.Exception.Description)
	}, func(e *proto.LogEntryAdded) {
		if e.Entry.Level == proto.LogLogEntryLevelError && e.Entry.Source == proto.LogLogEntrySourceSecurity {
			report(e.Entry.Text + " " + e.Entry.URL)
		}
	})()
	s.ok(proto.LogEnable{}.Call(page))
	s.t.Cleanup(func() { _ = page.Close() })
	s.t.Cleanup(func() {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		if len(tab.bad) > 0 {
			s.t.Errorf("in the page: %s", strings.Join(tab.bad, "\n"))
		}
	})
	tab.to(path)
	return tab
}

func (p *tab) to(path string) {
	p.site.t.Helper()
	p.MustNavigate(p.site.url + path).MustWaitLoad()
}

// press clicks what has this selector and words, and waits for the page that follows.
func (p *tab) press(selector, words string) {
	p.site.t.Helper()
	wait := p.MustWaitNavigation()
	p.MustElementR(selector, words).MustClick()
	wait()
	p.MustWaitLoad()
}

// path is where the page is.
func (p *tab) path() string { return strings.TrimPrefix(p.MustInfo().URL, p.site.url) }

// text is what can be read in the first element with this selector.
func (p *tab) text(selector string) string { return p.MustElement(selector).MustText() }

// file files a sample ticket without the browser and returns its number in the support repository.
func (s *site) file(title, body string) forge.Ref {
	s.t.Helper()
	issue, err := s.forge.CreateIssue(forge.As("customer"), support, forge.IssueInput{Title: title, Body: body, FormLabels: []string{"support"}})
	s.ok(err)
	return issue.Ref
}

const support = "tallypost/support"

func (s *site) page(ref forge.Ref) string { return fmt.Sprintf("/%s/issues/%d", ref.Repo, ref.Number) }
