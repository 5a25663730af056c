package store_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/web"
)

// front is what GitHub and an orchestrator see: the webhook and the readiness check, over a database on disk.
type front struct {
	asked time.Time // by the readiness check
	t     *testing.T
	store store.Store
	path  string
	log   bytes.Buffer
	mux   *http.ServeMux
	mu    sync.Mutex
}

func newFront(t *testing.T) *front {
	f := &front{t: t, path: filepath.Join(t.TempDir(), "oioi.db")}
	f.open()
	return f
}

func (f *front) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *front) open() {
	f.t.Helper()
	log := slog.New(slog.NewTextHandler(&lockedLog{f: f}, nil))
	var err error
	f.store, err = store.OpenSQLite(context.Background(), f.path, store.Options{Logger: log})
	f.check(err)
	f.t.Cleanup(func() { _ = f.store.Close() })
	registry, err := intake.NewRegistry(intake.Handlers()...)
	f.check(err)
	hooks, err := intake.New(intake.Options{Secrets: []string{"secret"}, Inbox: f.store, Handlers: registry, AppSlug: "oioi", Logger: log,
		Relevant: func(string, string) bool { return true }, TicketOf: func(intake.PullRequest) int { return 0 }})
	f.check(err)
	f.mux = http.NewServeMux()
	f.mux.Handle(intake.Path, hooks)
	f.mux.Handle("/", web.Handler(web.Options{Store: f.store, Log: log, Clock: func() time.Time { // it looks each time
		f.asked = f.asked.Add(time.Minute)
		return f.asked
	}}))
}

type lockedLog struct{ f *front }

func (l *lockedLog) Write(p []byte) (int, error) {
	l.f.mu.Lock()
	defer l.f.mu.Unlock()
	return l.f.log.Write(p)
}

// deliver sends the n-th delivery, with a large text that does not become smaller when it is packed.
func (f *front) deliver(n int) int {
	random := rand.New(rand.NewPCG(uint64(n), 0))
	text := make([]byte, 8<<10)
	for i := range text {
		text[i] = byte('!' + random.IntN(90))
	}
	body := fmt.Sprintf(`{"action":"opened","issue":{"number":%d,"title":"Help","body":"%s"},"repository":{"id":7,"name":"support"},"installation":{"id":3},"sender":{"login":"ada","id":5}}`,
		n+1, strings.NewReplacer(`"`, "_", `\`, "_").Replace(string(text)))
	r := httptest.NewRequest(http.MethodPost, intake.Path, strings.NewReader(body))
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte(body))
	for name, value := range map[string]string{"Content-Type": "application/json", "X-GitHub-Event": "issues", "X-GitHub-Delivery": guid(n),
		"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(mac.Sum(nil))} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	f.mux.ServeHTTP(w, r)
	return w.Code
}

func guid(n int) string { return fmt.Sprintf("72d3162e-cc78-11e3-81ab-%012x", n) }

func (f *front) ready() int {
	w := httptest.NewRecorder()
	f.mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return w.Code
}

// holds reports whether the n-th delivery is in the database.
func (f *front) holds(n int) bool {
	err := f.store.View(context.Background(), func(r store.Reader) error {
		_, err := r.Delivery(context.Background(), guid(n))
		return err
	})
	return err == nil
}

// With a database that cannot commit, whatever the reason, GitHub hears of no delivery that it was taken, an orchestrator hears
// that OiOi is not ready, and the log says what to do. Once it can, GitHub's next try is taken.
func TestNoDeliveryIsAcknowledgedInVain(t *testing.T) {
	for name, trouble := range map[string]struct {
		begin func(f *front) (end func())
		says  []string // the log, on what to do
		heals bool
	}{
		"the disk is full": {func(f *front) func() {
			pages, err := store.Pragma(f.store, "page_count")
			f.check(err)
			_, err = store.Pragma(f.store, fmt.Sprintf("max_page_count(%d)", pages+1)) // SQLite answers as if the disk were full
			f.check(err)
			return func() {
				_, err := store.Pragma(f.store, "max_page_count(1000000)")
				f.check(err)
			}
		}, []string{"free space"}, true},
		"another program holds the lock": {func(f *front) func() {
			_, err := store.Pragma(f.store, "busy_timeout(1)")
			f.check(err)
			other, err := sql.Open("sqlite", f.path)
			f.check(err)
			other.SetMaxOpenConns(1)
			_, err = other.Exec(`BEGIN IMMEDIATE`)
			f.check(err)
			return func() {
				_, err := other.Exec(`ROLLBACK`)
				f.check(errors.Join(err, other.Close()))
			}
		}, []string{"close it"}, true},
		"the database is damaged": {func(f *front) func() {
			for n := range 40 { // beyond what the pages of the schema hold
				f.deliver(1000 + n)
			}
			f.check(f.store.Close())
			b, err := os.ReadFile(f.path)
			f.check(err)
			for i := 3 * 4096; i < len(b); i++ {
				b[i] ^= 0x5a
			}
			f.check(os.WriteFile(f.path, b, 0o600))
			return func() {}
		}, []string{"backup"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t)
			if code := f.deliver(0); code != http.StatusAccepted || f.ready() != http.StatusOK {
				t.Fatalf("a sound database: %d, ready %d", code, f.ready())
			}
			end := trouble.begin(f)
			const tries = 20
			refused := 0
			if !trouble.heals {
				_, err := store.OpenSQLite(t.Context(), f.path, store.Options{Logger: slog.New(slog.NewTextHandler(&lockedLog{f: f}, nil))})
				if err == nil {
					t.Fatal("a damaged database opens as if nothing were wrong")
				}
				f.log.WriteString(err.Error()) // what the process ends with
			}
			for n := 1; n <= tries; n++ {
				code := f.deliver(n)
				if code >= 300 {
					refused++
				}
				if code < 300 && !f.holds(n) {
					t.Errorf("delivery %d got a %d and is not in the database", n, code)
				}
			}
			ready := f.ready()
			if refused == 0 || ready != http.StatusServiceUnavailable {
				t.Errorf("%d of %d deliveries were refused; ready says %d", refused, tries, ready)
			}
			f.mu.Lock()
			for _, words := range trouble.says {
				if !strings.Contains(f.log.String(), words) {
					t.Errorf("the log does not say %q:\n%s", words, f.log.String())
				}
			}
			f.mu.Unlock()
			end()
			again := 0
			for n := 1; trouble.heals && n <= tries; n++ {
				if code := f.deliver(n); code != http.StatusAccepted || !f.holds(n) {
					t.Errorf("afterwards delivery %d got a %d", n, code)
				}
				again++
			}
			if trouble.heals && f.ready() != http.StatusOK {
				t.Error("afterwards it is not ready")
			}
			result := fmt.Sprintf("%d refused, none acknowledged in vain, not ready, the log says what to do", refused)
			if t.Failed() {
				result = "FAILED"
			}
			t.Logf("chaos: | %s | %d deliveries, and again %d afterwards | %s |", name, tries, again, result)
		})
	}
}
