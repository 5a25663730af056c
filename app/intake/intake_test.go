package intake_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
)

func TestAcceptedDeliveryIsStoredWithItsJob(t *testing.T) {
	now := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, event, body string
		want              store.Delivery
		job               river.JobArgs
	}{
		{"an issue", "issues", opened,
			store.Delivery{Event: "issues", Action: "opened", InstallationID: 3, TicketKey: "7/12"}, intake.MailboxArgs{TicketKey: "7/12", Urgency: 1}},
		{"an installation", "installation", `{"action":"created","installation":{"id":3,"app_id":99}}`,
			store.Delivery{Event: "installation", Action: "created", InstallationID: 3}, intake.NoticeArgs{DeliveryID: guid}},
		{"space around", "issues", " \r\n" + opened + "\n",
			store.Delivery{Event: "issues", Action: "opened", InstallationID: 3, TicketKey: "7/12"}, intake.MailboxArgs{TicketKey: "7/12", Urgency: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inbox := &recorder{}
			o := options(t, inbox)
			o.Clock = func() time.Time { return now }
			o.AppSlug, o.AppID = "oioi", 99
			status, message := send(t, serve(t, o), delivery(tt.event, tt.body))
			if status != http.StatusAccepted || message != "accepted" {
				t.Fatalf("%d %s", status, message)
			}
			if len(inbox.deliveries) != 1 {
				t.Fatalf("%d deliveries were stored", len(inbox.deliveries))
			}
			tt.want.ID, tt.want.ReceivedAt, tt.want.Payload, tt.want.State = guid, now, []byte(tt.body), store.DeliveryNew
			if got := inbox.deliveries[0]; fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tt.want) {
				t.Errorf("stored\n%+v, want\n%+v", got, tt.want)
			}
			if inbox.jobs[0] != tt.job {
				t.Errorf("the job is %#v, want %#v", inbox.jobs[0], tt.job)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	large := `{"x":"` + strings.Repeat("a", 26<<20) + `"}`
	for _, tt := range []struct {
		name   string
		change func(*http.Request)
		body   string
		status int
		says   string
	}{
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, "", 405, "POST"},
		{"a form", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, "", 415, "application/json"},
		{"no content type", func(r *http.Request) { r.Header.Del("Content-Type") }, "", 415, "application/json"},
		{"no signature", func(r *http.Request) { r.Header.Del("X-Hub-Signature-256") }, "", 401, "secret"},
		{"SHA-1 only", func(r *http.Request) {
			mac := hmac.New(sha1.New, []byte(secret))
			mac.Write([]byte(opened))
			r.Header.Del("X-Hub-Signature-256")
			r.Header.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(mac.Sum(nil)))
		}, "", 401, "SHA-256"},
		{"SHA-1 in the other header", func(r *http.Request) {
			mac := hmac.New(sha1.New, []byte(secret))
			mac.Write([]byte(opened))
			r.Header.Set("X-Hub-Signature-256", "sha1="+hex.EncodeToString(mac.Sum(nil)))
		}, "", 401, "secret"},
		{"another secret", func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", sign("guess", []byte(opened))) }, "", 401, "must be the same"},
		{"an empty secret", func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", sign("", []byte(opened))) }, "", 401, "must be the same"},
		{"a signature that is no hex", func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha256=zz") }, "", 401, "must be the same"},
		{"half a signature", func(r *http.Request) {
			r.Header.Set("X-Hub-Signature-256", sign(secret, []byte(opened))[:20])
		}, "", 401, "must be the same"},
		{"no delivery id", func(r *http.Request) { r.Header.Del("X-GitHub-Delivery") }, "", 400, "X-GitHub-Delivery"},
		{"a delivery id that is none", func(r *http.Request) { r.Header.Set("X-GitHub-Delivery", "<b>12345678") }, "", 400, "X-GitHub-Delivery"},
		{"no event", func(r *http.Request) { r.Header.Del("X-GitHub-Event") }, "", 400, "X-GitHub-Event"},
		{"null", nil, "null", 400, "JSON object"},
		{"an array", nil, "[]", 400, "JSON object"},
		{"no JSON", nil, "hello", 400, "JSON object"},
		{"half a JSON", nil, opened[:50], 400, "JSON object"},
		{"two JSONs", nil, opened + opened, 400, "JSON object"},
		{"nothing", nil, "", 400, "JSON object"},
		{"26 MB", nil, large, 413, "25 MB"},
		{"26 MB that do not say so", func(r *http.Request) { r.ContentLength = -1 }, large, 413, "25 MB"},
		{"a body that ends early", func(r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(opened[:9]), broken{}))
		}, "", 400, "ended early"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inbox := &recorder{}
			body := tt.body
			if tt.change != nil && body == "" {
				body = opened
			}
			r := delivery("issues", body)
			if tt.change != nil {
				tt.change(r)
			}
			status, message := send(t, serve(t, options(t, inbox)), r)
			if status != tt.status || !strings.Contains(message, tt.says) {
				t.Errorf("%d %q, want %d and %q", status, message, tt.status, tt.says)
			}
			if len(inbox.deliveries) > 0 {
				t.Error("it was stored")
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestIgnored(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(opened, old, new, 1) }
	for _, tt := range []struct{ name, event, body, says string }{
		{"another event", "workflow_run", opened, "workflow_run"},
		{"another action", "issues", change("opened", "pinned"), `"pinned"`},
		{"no installation", "issues", change(`"installation":{"id":3},`, ""), "no installation"},
		{"an installation without an id", "issues", change(`{"id":3}`, `{"id":"3"}`), "no installation"},
		{"our own doing", "issues", change(`"ada"`, `"OiOi-App[bot]"`), "OiOi did this itself"},
		{"a pull request", "issue_comment", change(`"title"`, `"pull_request":{"url":"u"},"title"`), "pull request"},
		{"another App", "installation", `{"action":"created","installation":{"id":3,"app_id":98}}`, "another GitHub App"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inbox := &recorder{}
			o := options(t, inbox)
			o.AppSlug, o.AppID = "oioi-app", 99
			o.Relevant = func(_, action string) bool { return action != "pinned" }
			status, message := send(t, serve(t, o), delivery(tt.event, tt.body))
			if status != http.StatusAccepted || !strings.HasPrefix(message, "ignored: ") || !strings.Contains(message, tt.says) {
				t.Errorf("%d %q, want it to be ignored because of %q", status, message, tt.says)
			}
			if len(inbox.deliveries) > 0 {
				t.Error("it was stored")
			}
		})
	}
	t.Run("a pull request that is wanted", func(t *testing.T) {
		inbox := &recorder{}
		o := options(t, inbox)
		o.PullRequests = true
		send(t, serve(t, o), delivery("issue_comment", change(`"title"`, `"pull_request":{"url":"u"},"title"`)))
		if len(inbox.deliveries) != 1 {
			t.Error("it was not stored")
		}
	})
}

// Only a pull request that the App itself opened, in the same repository, belongs to a ticket. A marker that somebody else
// writes into a pull request means nothing.
func TestPullRequestsOfTickets(t *testing.T) {
	const head = `"action":"created","installation":{"id":3},"repository":{"id":7},"sender":{"login":"ada"}`
	pull := func(login, branch string, repo int) string {
		return fmt.Sprintf(`{%s,"pull_request":{"number":9,"user":{"login":%q},"head":{"ref":%q,"repo":{"id":%d}}}}`, head, login, branch, repo)
	}
	comment := func(login, body string) string {
		return fmt.Sprintf(`{%s,"issue":{"number":9,"pull_request":{},"user":{"login":%q},"body":%q}}`, head, login, body)
	}
	push := func(ref string) string { return fmt.Sprintf(`{%s,"ref":%q}`, head, ref) }
	const marker = "Words.\n\n<!-- oioi:v1 7/12/pull/docs -->"
	for _, tt := range []struct {
		name, event, body string
		ticket            string
	}{
		{"a review comment", "pull_request_review_comment", pull("oioi[bot]", "oioi/ticket-12-docs", 7), store.TicketKey(7, 12)},
		{"a review comment on a person's pull request", "pull_request_review_comment", pull("ada", "oioi/ticket-12-docs", 7), ""},
		{"a review comment on a fork's branch", "pull_request_review_comment", pull("oioi[bot]", "oioi/ticket-12-docs", 8), ""},
		{"a review comment on another branch of ours", "pull_request_review_comment", pull("oioi[bot]", "oioi/ticket-x-docs", 7), ""},
		{"a closed pull request", "pull_request", pull("oioi[bot]", "oioi/ticket-12-docs", 7), store.TicketKey(7, 12)},
		{"a comment", "issue_comment", comment("oioi[bot]", marker), store.TicketKey(7, 12)},
		{"a comment on a forged marker", "issue_comment", comment("mallory", marker), ""},
		{"a push", "push", push("refs/heads/oioi/ticket-12-docs"), store.TicketKey(7, 12)},
		{"a push to main", "push", push("refs/heads/main"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inbox := &recorder{}
			o := options(t, inbox)
			o.Handlers = registry(t, "issue_comment", "pull_request", "pull_request_review_comment", "push")
			o.TicketOf = func(p intake.PullRequest) int {
				if p.Fork || p.Author != "" && p.Author != "oioi[bot]" {
					return 0
				}
				return effect.TicketOf(p.Branch, p.Body)
			}
			send(t, serve(t, o), delivery(tt.event, tt.body))
			got := ""
			if len(inbox.deliveries) > 0 {
				got = inbox.deliveries[0].TicketKey
			}
			if got != tt.ticket || (tt.ticket == "") != (len(inbox.deliveries) == 0) {
				t.Errorf("the ticket is %q, want %q; %d deliveries are stored", got, tt.ticket, len(inbox.deliveries))
			}
		})
	}
}

func TestPing(t *testing.T) {
	inbox := &recorder{}
	status, message := send(t, serve(t, options(t, inbox)), delivery("ping", `{"zen":"Keep it logically awesome.","hook_id":1}`))
	if status != http.StatusOK || !strings.Contains(message, "hears GitHub") || len(inbox.deliveries) > 0 {
		t.Errorf("%d %q, %d stored", status, message, len(inbox.deliveries))
	}
	r := delivery("ping", `{}`)
	r.Header.Set("X-Hub-Signature-256", sign("guess", []byte(`{}`)))
	if status, _ := send(t, serve(t, options(t, inbox)), r); status != http.StatusUnauthorized {
		t.Errorf("an unsigned ping got %d", status)
	}
}

func TestEitherSecret(t *testing.T) {
	inbox := &recorder{}
	o := options(t, inbox)
	o.Secrets = []string{"the next one", secret}
	h := serve(t, o)
	for i, s := range []string{secret, "the next one", "the one before"} {
		r := delivery("issues", opened)
		r.Header.Set("X-GitHub-Delivery", fmt.Sprint("delivery-", i))
		r.Header.Set("X-Hub-Signature-256", sign(s, []byte(opened)))
		want := http.StatusAccepted
		if i == 2 {
			want = http.StatusUnauthorized
		}
		if status, message := send(t, h, r); status != want {
			t.Errorf("signed with %q: %d %s", s, status, message)
		}
	}
	if len(inbox.deliveries) != 2 {
		t.Errorf("%d stored", len(inbox.deliveries))
	}
}

func TestCommitFailureIs503(t *testing.T) {
	var log bytes.Buffer
	o := options(t, inboxFunc(func(context.Context, store.Delivery, river.JobArgs) (bool, error) {
		return false, fmt.Errorf("%w: free space", store.ErrFull)
	}))
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	w := httptest.NewRecorder()
	serve(t, o).ServeHTTP(w, delivery("issues", opened))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if strings.Contains(w.Body.String(), "disk") {
		t.Errorf("the answer tells the world about our disk: %s", w.Body)
	}
	if !strings.Contains(log.String(), "free space") || !strings.Contains(log.String(), guid) {
		t.Errorf("the log does not say what is wrong with which delivery: %s", log.String())
	}
	if strings.Contains(log.String(), secret) {
		t.Error("the log holds the secret")
	}
}

func TestAnswerWaitsForTheCommit(t *testing.T) {
	commit, inIngest := make(chan struct{}), make(chan struct{})
	h := serve(t, options(t, inboxFunc(func(context.Context, store.Delivery, river.JobArgs) (bool, error) {
		close(inIngest)
		<-commit
		return true, nil
	})))
	w, answered := httptest.NewRecorder(), make(chan struct{})
	go func() { h.ServeHTTP(w, delivery("issues", opened)); close(answered) }()
	<-inIngest
	select {
	case <-answered:
		t.Error("GitHub was answered before the commit")
	default:
	}
	close(commit)
	<-answered
	if w.Code != http.StatusAccepted {
		t.Errorf("%d", w.Code)
	}
}

func TestCallerWhoHangsUpDoesNotStopTheCommit(t *testing.T) {
	ctx, hangUp := context.WithCancel(context.Background())
	var during error
	var deadline time.Duration
	h := serve(t, options(t, inboxFunc(func(ctx context.Context, _ store.Delivery, _ river.JobArgs) (bool, error) {
		hangUp()
		during = ctx.Err()
		at, ok := ctx.Deadline()
		if !ok {
			return false, errors.New("no deadline")
		}
		deadline = time.Until(at)
		return true, nil
	})))
	if status, message := send(t, h, delivery("issues", opened).WithContext(ctx)); status != http.StatusAccepted {
		t.Errorf("%d %s", status, message)
	}
	if during != nil {
		t.Errorf("the commit was cancelled: %v", during)
	}
	if deadline <= 0 || deadline > 8*time.Second {
		t.Errorf("the commit may take %v; GitHub waits 10 s", deadline)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	good := options(t, &recorder{})
	for name, change := range map[string]func(*intake.Options){
		"no secret":         func(o *intake.Options) { o.Secrets = nil },
		"an empty secret":   func(o *intake.Options) { o.Secrets = []string{""} },
		"a second, empty":   func(o *intake.Options) { o.Secrets = []string{secret, ""} },
		"a line end":        func(o *intake.Options) { o.Secrets = []string{secret + "\n"} },
		"three secrets":     func(o *intake.Options) { o.Secrets = []string{"a", "b", "c"} },
		"no inbox":          func(o *intake.Options) { o.Inbox = nil },
		"nobody to handle ": func(o *intake.Options) { o.Handlers = nil },
	} {
		o := good
		change(&o)
		if _, err := intake.New(o); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestRegistry(t *testing.T) {
	issues, rest := &handler{events: []string{"issues"}, err: errors.New("from the handler")}, &handler{events: []string{"push", "installation"}}
	r, err := intake.NewRegistry(issues, rest)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := r.Handle(ctx, store.Delivery{ID: "1", Event: "issues", Payload: []byte("{}")}); err != issues.err {
		t.Errorf("error %v", err)
	}
	if err := r.Handle(ctx, store.Delivery{ID: "2", Event: "push", Payload: []byte("[]")}); err != nil {
		t.Error(err)
	}
	if err := r.Handle(ctx, store.Delivery{ID: "3", Event: "gone"}); !errors.Is(err, intake.ErrNoHandler) {
		t.Errorf("error %v", err)
	}
	if got := fmt.Sprint(issues.got, rest.got, r.Events()); got != "[issues 1 {}] [push 2 []] [installation issues push]" {
		t.Error(got)
	}
	if _, err := intake.NewRegistry(issues, &handler{events: []string{"push", "issues"}}); err == nil || !strings.Contains(err.Error(), "issues") {
		t.Errorf("two handlers for one event: %v", err)
	}
}

// TestIntoTheStore drives the real store: what GitHub was told is stored is there, once, and its job runs.
func TestIntoTheStore(t *testing.T) {
	ctx := context.Background()
	s, err := store.OpenSQLite(ctx, filepath.Join(t.TempDir(), "oioi.db"), store.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := options(t, s)
	issues := &handler{events: []string{"issues"}}
	if o.Handlers, err = intake.NewRegistry(issues); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[intake.MailboxArgs]) error {
		err := s.Update(ctx, func(tx store.Tx) error {
			inbox, err := tx.Inbox(ctx, j.Args.TicketKey)
			if err != nil {
				return err
			}
			for _, d := range inbox {
				if err := o.Handlers.Handle(ctx, d); err != nil {
					return err
				}
				if err := tx.MarkDelivery(ctx, d.ID, store.DeliveryDone, ""); err != nil {
					return err
				}
			}
			return tx.CompleteJob(ctx, j.JobRow)
		})
		done <- err
		return err
	}))
	h := serve(t, o)
	for i, want := range []string{"accepted", "accepted already: this delivery is a duplicate"} {
		if status, message := send(t, h, delivery("issues", opened)); status != http.StatusAccepted || message != want {
			t.Errorf("time %d: %d %q", i+1, status, message)
		}
	}
	if err := s.Work(ctx, workers, store.WorkOptions{}); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the mailbox did not run")
	}
	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(issues.got), "[issues "+guid+" "+opened+"]"; got != want {
		t.Errorf("handled %s, want %s", got, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if status, _ := send(t, h, delivery("issues", strings.Replace(opened, "12", "13", 1))); status != http.StatusAccepted {
		if status != http.StatusServiceUnavailable {
			t.Errorf("with a closed store: %d", status)
		}
	} else {
		t.Error("accepted into a closed store")
	}
}
