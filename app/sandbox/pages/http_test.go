package pages_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/pages"
)

// send makes a request as somebody and returns the answer with its text; redirects are not followed.
func (s *site) send(who, method, path string, form url.Values, header ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(form.Encode()))
	s.ok(err)
	r.AddCookie(&http.Cookie{Name: "sandbox_user", Value: who})
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	s.ok(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	s.ok(err)
	return answer, string(body)
}

func TestEveryPageIsGuarded(t *testing.T) {
	s := newSite(t)
	for _, page := range s.everyPage() {
		answer, body := s.send(page.who, "GET", page.path, nil)
		policy := answer.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "img-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the content policy lacks %s: %q", page.name, want, policy)
			}
		}
		if answer.Header.Get("X-Content-Type-Options") != "nosniff" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the headers are %v", page.name, answer.Header)
		}
		if strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "<no value>") {
			t.Errorf("%s: a template failed", page.name)
		}
		if strings.Contains(strings.ReplaceAll(body, "<style>", ""), " style=") {
			t.Errorf("%s: a style stands in the page, where the policy forbids it", page.name)
		}
	}
}

func TestNobodyPostsFromElsewhere(t *testing.T) {
	s := newSite(t)
	ticket := s.file("A ticket", "Words.")
	form := url.Values{"do": {"comment"}, "body": {"From elsewhere"}, "user": {"maintainer"}, "back": {"/"}, "title": {"x"}}
	for _, path := range []string{s.page(ticket), "/switch", "/samples/rotate-token", "/" + support + "/issues/new", "/" + support + "/pull/1", "/settings/deliveries"} {
		for name, header := range map[string][]string{"another site": {"Sec-Fetch-Site", "cross-site"}, "a neighbour": {"Sec-Fetch-Site", "same-site"}, "an old browser": {"Origin", "https://evil.example"}} {
			if answer, _ := s.send("maintainer", "POST", path, form, header...); answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s from %s: %s", path, name, answer.Status)
			}
		}
	}
	if answer, _ := s.send("customer", "POST", s.page(ticket), form, "Sec-Fetch-Site", "same-origin", "Origin", s.url); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("the page's own form: %s", answer.Status)
	}
	comments, err := s.forge.ListComments(forge.As("customer"), ticket, time.Time{})
	s.ok(err)
	if len(comments) != 1 {
		t.Errorf("%d comments were made", len(comments))
	}
}

func TestRefusalsAreKind(t *testing.T) {
	s := newSite(t)
	ticket, pull := s.story()
	long := strings.Repeat("ä", 65537)
	for _, c := range []struct {
		name, who, path string
		form            url.Values
		status          int
		says            string
	}{
		{"an empty comment", "customer", s.page(ticket), url.Values{"do": {"comment"}, "body": {" \r\n"}}, 422, "Please write something first"},
		{"a long comment", "customer", s.page(ticket), url.Values{"do": {"comment"}, "body": {long}}, 422, "Body is too long (maximum is 65536 characters)."},
		{"a ticket without a title", "customer", s.page(ticket), url.Values{"do": {"edit"}, "title": {" "}, "body": {"kept words"}}, 422, "kept words"},
		{"another's text", "outsider", s.page(forge.Ref{Repo: "tallypost/tallypost", Number: 1}), url.Values{"do": {"edit"}, "title": {"x"}}, 403, "outsider: "},
		{"a private ticket", "outsider", s.page(ticket), url.Values{"do": {"comment"}, "body": {"x"}}, 404, "may not see it"},
		{"a merge by the customer", "customer", "/" + support + "/pull/" + itoa(pull.Number), url.Values{"do": {"merge"}}, 403, "customer: "},
		{"a merge of a draft", "maintainer", "/" + support + "/pull/" + itoa(pull.Number), url.Values{"do": {"merge"}}, 405, "still a draft"},
		{"an unknown deed", "customer", s.page(ticket), url.Values{"do": {"explode"}}, 422, "close, close-not-planned, comment"},
		{"a comment that is not there", "customer", s.page(ticket), url.Values{"do": {"edit-comment"}, "id": {"x"}}, 404, "nothing here"},
		{"too much", "customer", s.page(ticket), url.Values{"body": {strings.Repeat("x", 1<<20)}}, 413, "1 MB"},
		{"a sample that is not there", "customer", "/samples/none", nil, 404, "nothing here"},
		{"a long title", "customer", "/" + support + "/issues/new", url.Values{"title": {strings.Repeat("x", 300)}, "body": {"kept words"}}, 422, "kept words"},
		{"deliveries for the customer", "customer", "/settings/deliveries", url.Values{"id": {"1"}}, 404, "nothing here"},
		{"a delivery that is not there", "maintainer", "/settings/deliveries", url.Values{"id": {"1"}}, 404, "nothing here"},
	} {
		answer, body := s.send(c.who, "POST", c.path, c.form)
		if answer.StatusCode != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %s, the page lacks %q", c.name, answer.Status, c.says)
		}
	}
	for _, path := range []string{"/nobody/nothing", "/" + support + "/issues/0", "/" + support + "/issues/x", "/" + support + "/pull/1", "/" + support + "/blob/main/none.md", "/" + support + "/tree/none",
		"/" + support + "/live/999", "/static/pages.go", "/labels/x.css", "/labels/..%2fx.css", "/a/b/c/d/e", "/" + support + "/releases/tag/none"} {
		if answer, _ := s.send("customer", "GET", path, nil); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
}

func TestWhereOldAddressesLead(t *testing.T) {
	s := newSite(t)
	_, pull := s.story()
	for path, want := range map[string]string{
		"/" + support + "/issues/" + itoa(pull.Number): "/" + support + "/pull/" + itoa(pull.Number),
		"/" + support + "/security/policy":             "/" + support + "/blob/main/SECURITY.md",
		"/" + support + "/blob/main/docs":              "/" + support + "/tree/main/docs",
	} {
		if answer, _ := s.send("customer", "GET", path, nil); answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != want {
			t.Errorf("%s: %s to %s, want %s", path, answer.Status, answer.Header.Get("Location"), want)
		}
	}
	answer, _ := s.send("customer", "POST", "/switch", url.Values{"user": {"maintainer"}, "back": {"//evil.example/x"}})
	if answer.Header.Get("Location") != "/" {
		t.Errorf("the switch leads to %s", answer.Header.Get("Location"))
	}
}

func TestTheLivePartIsSentOnlyWhenItChanged(t *testing.T) {
	s := newSite(t)
	ticket := s.file("A ticket", "Words.")
	answer, body := s.send("customer", "GET", s.page(ticket), nil, "X-Fragment", "new")
	if strings.Contains(body, "<html") || !strings.Contains(body, "A ticket") {
		t.Errorf("the part is %s", body)
	}
	tag := answer.Header.Get("X-Fragment")
	if answer, body = s.send("customer", "GET", s.page(ticket), nil, "X-Fragment", tag); answer.StatusCode != http.StatusNoContent || body != "" {
		t.Errorf("an unchanged part: %s with %d bytes", answer.Status, len(body))
	}
	_, err := s.forge.CreateComment(forge.As("maintainer"), ticket, "New words")
	s.ok(err)
	if answer, body = s.send("customer", "GET", s.page(ticket), nil, "X-Fragment", tag); answer.StatusCode != http.StatusOK || !strings.Contains(body, "New words") {
		t.Errorf("a changed part: %s", answer.Status)
	}
}

func TestTheTeamSeesDeliveriesAndSendsOneAgain(t *testing.T) {
	s := newSite(t)
	asked := make(chan string, 10)
	var status atomic.Int64
	status.Store(http.StatusInternalServerError)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		code := int(status.Load()) // before the test goes on
		asked <- r.Header.Get("X-GitHub-Event")
		w.WriteHeader(code)
	}))
	defer receiver.Close()
	s.ok(s.forge.SetWebhook("oioi", receiver.URL, "secret"))
	s.ok(s.forge.Drain(context.Background()))
	<-asked // the ping
	s.file("A ticket", "Words.")
	s.ok(s.forge.Drain(context.Background()))
	<-asked
	tab := s.open("/")
	tab.as("maintainer")
	tab.to("/")
	tab.press(".bottom a", "Webhook deliveries")
	if got := tab.text(".rows li"); !strings.Contains(got, "500") || !strings.Contains(got, "issues.") {
		t.Fatalf("the newest delivery is %q", got)
	}
	for len(asked) > 0 {
		<-asked
	}
	status.Store(http.StatusAccepted)
	tab.press(".rows li:first-child button", "Redeliver")
	if got := <-asked; got != "issues" {
		t.Errorf("the receiver got %q again", got)
	}
	s.ok(s.forge.Drain(context.Background()))
	tab.to("/settings/deliveries")
	if got := tab.text(".rows li"); !strings.Contains(got, "202") || !strings.Contains(got, "redelivery") {
		t.Errorf("the newest delivery is %q", got)
	}
	if _, body := s.send("customer", "GET", "/", nil); strings.Contains(body, "/settings/deliveries") {
		t.Error("the customer is offered the deliveries")
	}
}

// BenchmarkIssue measures what a page costs that refreshes itself while OiOi works.
func BenchmarkIssue(b *testing.B) {
	s := newSite(b)
	ticket, _ := s.story()
	s.oioi.set("finished", finished(time.Now())...)
	for b.Loop() {
		if answer, _ := s.send("maintainer", "GET", s.page(ticket), nil, "X-Fragment", "new"); answer.StatusCode != http.StatusOK {
			b.Fatal(answer.Status)
		}
	}
}

// BenchmarkHandler measures what the pages add to the start of a sandbox.
func BenchmarkHandler(b *testing.B) {
	s := newSite(b)
	for b.Loop() {
		if _, err := pages.Handler(pages.Options{Forge: s.forge, People: sandbox.People, Bot: "oioi[bot]"}); err != nil {
			b.Fatal(err)
		}
	}
}

// gone is a browser that hangs up while a page is written.
type gone struct {
	header   http.Header
	statuses int
}

func (g *gone) Header() http.Header     { return g.header }
func (g *gone) WriteHeader(int)         { g.statuses++ }
func (*gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Whoever hangs up gets no second page about that, which would be one in the middle of the first.
func TestWhoHangsUpGetsNoErrorPage(t *testing.T) {
	s := newSite(t)
	h, err := pages.Handler(pages.Options{Forge: s.forge, People: sandbox.People, Bot: s.world.App.Bot()})
	s.ok(err)
	browser := &gone{header: http.Header{}}
	h.ServeHTTP(browser, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/tallypost/support/issues", nil))
	if browser.statuses > 0 || browser.header.Get("Content-Type") == "" {
		t.Errorf("%d statuses were written after the page", browser.statuses)
	}
}
