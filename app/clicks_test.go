package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/launcher/flags"
	"github.com/go-rod/rod/lib/proto"

	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// looker is a person with a browser in front of a town.
type looker struct {
	*rod.Page
	town *town
	url  string
	ref  forge.Ref
}

// look opens the sandbox's pages over the town, with its whole OiOi behind them.
func (w *town) look(ref forge.Ref) *looker {
	w.t.Helper()
	path := need.Chromium(w.t)
	live := &liveProgress{changed: make(chan struct{})}
	live.open(w.oioi)
	open := make(chan struct{})
	close(open)
	ctx, stop := context.WithCancel(context.Background())
	handler, err := front(ctx, w.world, live, open, SandboxOptions{Log: slog.New(slog.DiscardHandler), Clock: time.Now})
	w.check(err)
	server := httptest.NewServer(handler)
	l := launcher.New().Bin(path).Leakless(false).Headless(true).NoSandbox(true)
	for _, flag := range []flags.Flag{"disable-gpu", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync", "disable-quic", "disable-dev-shm-usage"} {
		l.Set(flag)
	}
	address, err := l.Launch()
	w.check(err)
	browser := rod.New().ControlURL(address)
	w.check(browser.Connect())
	page, err := browser.Page(proto.TargetCreateTarget{})
	w.check(err)
	w.t.Cleanup(func() {
		_ = browser.Close()
		l.Kill()
		l.Cleanup()
		stop()
		server.Close()
	})
	p := &looker{Page: page.WithPanic(func(v any) { w.t.Helper(); w.t.Fatal(v) }).Timeout(patience), town: w, url: server.URL, ref: ref}
	return p
}

// as looks at the ticket as somebody, once OiOi has nothing more to do.
func (p *looker) as(who string) *looker {
	p.town.t.Helper()
	p.town.settle(p.ref)
	p.MustSetCookies(&proto.NetworkCookieParam{Name: "sandbox_user", Value: who, URL: p.url})
	p.MustNavigate(fmt.Sprintf("%s/%s/issues/%d", p.url, p.ref.Repo, p.ref.Number)).MustWaitLoad()
	return p
}

// press clicks a button, unfolding the group that it is in, waits for OiOi and reads the page again.
func (p *looker) press(words string) string {
	p.town.t.Helper()
	for _, folded := range p.MustElements("details.more:not([open]) > summary") {
		folded.MustClick()
	}
	wait := p.MustWaitNavigation()
	p.MustElementR("button, a.button", words).MustClick()
	wait()
	p.MustWaitLoad()
	p.town.settle(p.ref)
	p.MustReload().MustWaitLoad()
	return p.MustElement("main").MustText()
}

func (p *looker) offered() string {
	var out []string
	for _, e := range p.MustElements(".commands button, .commands a") {
		out = append(out, strings.TrimSpace(fmt.Sprint(e.MustEval("() => this.textContent"))))
	}
	return strings.Join(out, " · ")
}

// All that steers OiOi can be clicked in the sandbox: confirm, approve, hold, resume, rerun from a role, edit, send, and a refusal.
func TestEverythingIsOneClickInTheSandbox(t *testing.T) {
	w := newTown(t, townOptions{})
	w.limited("tallypost/support", 1000)
	config, err := w.world.Forge.ReadFile(forge.As("jo-lindqvist"), "tallypost/support", "", ".github/oioi.yml")
	w.check(err)
	w.commit("tallypost/support", ".github/oioi.yml", string(config)+"mode: approve\n")
	ref := w.sample("rotate-token")
	p := w.look(ref).as("maintainer")
	sees := func(where, text string, all ...string) {
		t.Helper()
		for _, want := range all {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not to be seen in\n%s", where, want, text)
			}
		}
	}
	sees("parked", p.offered(), "/oioi confirm full", "/oioi confirm trim", "/oioi confirm drop:docs", "/oioi cancel")
	if strings.Contains(p.offered(), "/oioi send") {
		t.Error("there is no draft, and sending it is offered")
	}
	sees("confirm", p.press("^/oioi confirm full$"), "Reply to customer", "Waits for approval")
	sees("drafted", p.offered(), "/oioi send", "Edit the reply", "/oioi approve all", "/oioi reject e", "/oioi hold", "/oioi rerun from:support_specialist", "/oioi rerun from:product_manager")
	if strings.Contains(p.offered(), "confirm") || strings.Contains(p.offered(), "cancel") {
		t.Errorf("what is over is offered: %s", p.offered())
	}
	sees("approve", p.press("^/oioi approve e"), "added the label oioi:")
	p.press("^/oioi hold$")
	if offers := p.offered(); !strings.Contains(offers, "/oioi resume") || strings.Contains(offers, "/oioi send") || strings.Contains(offers, "/oioi hold") {
		t.Errorf("on hold, these are offered: %s", offers)
	}
	p.press("^/oioi resume$")
	sees("resumed", p.offered(), "/oioi hold", "/oioi send")
	sees("rerun", p.press("^/oioi rerun from:analyst$"), "those of draft 1", "draft 2")
	wait := p.MustWaitNavigation()
	p.MustElementR("a.button", "^Edit the reply$").MustClick()
	wait()
	box := p.MustElement("#edit textarea")
	edited := strings.Replace(box.MustProperty("value").Str(), "thank you for your question", "thank you for your patience", 1)
	box.MustSelectAllText().MustInput(edited)
	sees("edit", p.press("^Save$"), "thank you for your patience")
	sees("send", p.press("^/oioi send$"), "Sent by @maintainer")
	if strings.Contains(p.offered(), "/oioi send") {
		t.Error("what was sent is offered again")
	}
	comments, err := w.world.Forge.ListComments(forge.As("customer"), ref, zeroTime)
	w.check(err)
	sent := comments[len(comments)-1]
	for _, c := range comments {
		if strings.Contains(c.Body, "<sub>Sent by ") {
			sent = c
		}
	}
	sees("what the customer reads", sent.Body, "thank you for your patience", "Sent by `@maintainer`")

	p.as("customer")
	sees("the customer", p.offered(), "/oioi send", "/oioi approve all")
	if strings.Contains(p.offered(), "from:") {
		t.Errorf("the customer is offered what the team does: %s", p.offered())
	}
	sees("refused", p.press("^/oioi send$"), "is for people with write permission or more")
	p.MustSetViewport(390, 800, 1, true)
	p.as("maintainer")
	if wide := p.MustEval("() => document.documentElement.scrollWidth > innerWidth").Bool(); wide {
		t.Error("on a phone the page is wider than the screen")
	}
}
