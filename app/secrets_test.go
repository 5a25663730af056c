package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/workflow/policy"
)

// notebook is a log that may be read while it is written.
type notebook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notebook) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notebook) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// None of OiOi's own secrets gets into a log, the database, a page, an answer, or anything on GitHub; not even where GitHub
// and the model's provider fail and send back what they were sent.
func TestSecretsStayWhereTheyBelong(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	secrets := map[string]string{modeltest.Key: "the model's key"}
	failing := 0
	betray := roundTrip(func(r *http.Request) (*http.Response, error) {
		_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		mu.Lock()
		if token != "" {
			secrets[token] = "a credential for " + r.URL.Path
		}
		fail := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/labels") && failing < 3
		if fail {
			failing++
		}
		mu.Unlock()
		if fail {
			return &http.Response{StatusCode: http.StatusUnprocessableEntity, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
				Body: io.NopCloser(strings.NewReader(fmt.Sprintf(`{"message":"bad request with Authorization: Bearer %s"}`, token)))}, nil
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	provider := modeltest.NewServer(t)
	for range 12 {
		provider.Next(modeltest.Status(http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+modeltest.Key))
	}
	log, database := &notebook{}, filepath.Join(t.TempDir(), "oioi.db")
	const password = "the-password-of-the-queue"
	secrets[password] = "the queue's password"
	spans := tracetest.NewInMemoryExporter()
	traced := telemetry.New(telemetry.Options{Exporter: spans})
	w := newTown(t, townOptions{transport: betray, log: log, store: database, telemetry: traced, queue: password,
		model: config.Model{Provider: "openai", BaseURL: provider.URL, Key: modeltest.Key, Model: "gpt-4.1", Timeout: policy.Duration(time.Minute)}})
	ticket := w.sample("docs-error")
	written := w.comments(ticket)
	if len(written) == 0 || failing == 0 || len(provider.Requests()) == 0 {
		t.Fatalf("%d comments, %d failures of GitHub, %d calls of the model: nothing was tried", len(written), failing, len(provider.Requests()))
	}

	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ticket.Repo)
	w.check(err)
	secrets[w.world.Secret] = "the webhook secret"
	key := strings.Split(strings.TrimSpace(string(w.world.PrivateKey)), "\n")
	secrets[key[len(key)/2]] = "a line of the private key"
	written = append(written, w.show(ticket), log.String())
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/dashboard", "/queue/", "/queue/api/jobs?state=completed", "/", fmt.Sprintf("/progress/%d/%d", repo.ID, ticket.Number)} {
		res, err := http.Get(w.hooks + path)
		w.check(err)
		body, err := io.ReadAll(res.Body)
		w.check(err)
		_ = res.Body.Close()
		written = append(written, string(body))
	}
	w.check(traced.Flush(t.Context()))
	text, err := json.Marshal(spans.GetSpans())
	w.check(err)
	if len(spans.GetSpans()) < 5 {
		t.Errorf("only %d spans", len(spans.GetSpans()))
	}
	written = append(written, string(text))
	forged, err := http.NewRequest(http.MethodPost, w.hooks+intake.Path, strings.NewReader(`{}`))
	w.check(err)
	forged.Header.Set("X-GitHub-Event", "issues")
	forged.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64))
	res, err := http.DefaultClient.Do(forged)
	w.check(err)
	body, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	written = append(written, string(body))
	for _, file := range []string{database, database + "-wal"} {
		data, err := os.ReadFile(file)
		w.check(err)
		written = append(written, string(data))
	}
	if !strings.Contains(written[len(written)-1]+written[len(written)-2], "docs/") {
		t.Error("the database holds nothing that could be read: the search would find no secret either")
	}

	mu.Lock()
	defer mu.Unlock()
	if len(secrets) < 5 {
		t.Fatalf("only %d secrets were in use", len(secrets))
	}
	all := strings.Join(written, "\n")
	for secret, what := range secrets {
		for form, text := range map[string]string{"as it is": secret, "in base64": base64.StdEncoding.EncodeToString([]byte(secret))} {
			if at := strings.Index(all, text); at >= 0 {
				around := strings.ReplaceAll(all[max(0, at-200):min(len(all), at+len(text)+60)], text, "[HERE]")
				t.Errorf("%s came out, %s: %s", what, form, around)
			}
		}
	}
}
