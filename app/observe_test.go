package app

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/workflow/policy"
)

func (w *town) get(path, user, password string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, w.hooks+path, nil)
	w.check(err)
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	res, err := http.DefaultClient.Do(r)
	w.check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	w.check(err)
	return res.StatusCode, string(body)
}

// One ticket, as an operator sees it: in the metrics, in one trace from the delivery on, and in each line of the log.
func TestOneTicketIsObserved(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	traced := telemetry.New(telemetry.Options{Exporter: spans})
	server := modeltest.NewServer(t)
	var log lockedBuffer
	w := newTown(t, townOptions{telemetry: traced, log: &log,
		model: config.Model{Provider: "openai", BaseURL: server.URL, Key: modeltest.Key, Model: "gpt-4.1", Timeout: policy.Duration(time.Minute)}})
	server.Next(modeltest.Status(http.StatusUnauthorized, "invalid_api_key", "no")) // something to log
	ref := w.sample("rotate-token")
	w.settle(ref)

	stepDone := regexp.MustCompile(`(?m)^oioi_jobs\{kind="step",state="completed"\} [1-9]`)
	var text string
	w.waitFor("the end of a step's job", func() bool { // River writes it down some time after the step's own commit
		_, text = w.get("/metrics", "", "")
		return stepDone.MatchString(text)
	})
	for _, want := range []string{
		`oioi_deliveries_total\{outcome="accepted"\} [1-9]`, `oioi_runs\{state="finished"\} 1`, `oioi_effects\{state="done"\} [1-9]`, `oioi_inbox_deliveries 0`,
		`oioi_model_calls_total\{drafter="openai",result="unauthorized"\} 1`, `oioi_model_calls_total\{drafter="playbook",result="ok"\} 4`,
		`oioi_work_seconds_count\{kind="effect",name="comment",result="ok"\} [1-9]`, `oioi_step_seconds_count\{step="plan",result="answered"\} 1`,
		`oioi_run_seconds_count\{status="finished"\} 1`, `process_resident_memory_bytes `,
	} {
		if !regexp.MustCompile("(?m)^" + want).MatchString(text) {
			t.Errorf("the metrics do not hold %s", want)
		}
	}

	w.check(traced.Flush(t.Context()))
	kinds, parents, ids, traces := map[string]int{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range spans.GetSpans() {
		attributes := map[string]string{}
		for _, a := range s.Attributes {
			attributes[string(a.Key)] = a.Value.String()
		}
		if attributes["oioi.issue"] != fmt.Sprint(ref.Number) || attributes["oioi.delivery"] == "" {
			t.Errorf("span %s is about %v", s.Name, attributes)
		}
		kind, _, _ := strings.Cut(s.Name, " ")
		kinds[kind]++
		if attributes["oioi.run"] != "" || kind == "run" {
			traces[s.SpanContext.TraceID().String()] = true
			parents[s.Parent.SpanID().String()] = true
		}
		ids[s.SpanContext.SpanID().String()] = true
	}
	for _, kind := range []string{"delivery", "mailbox", "step", "model", "effect", "run"} {
		if kinds[kind] == 0 {
			t.Errorf("there is no span of the kind %s: %v", kind, kinds)
		}
	}
	if len(traces) != 1 {
		t.Errorf("the run's work is in %d traces", len(traces))
	}
	for id := range parents {
		if !ids[id] {
			t.Errorf("a span hangs below %s, which is not there", id)
		}
	}
	if line := lineWith(log.String(), "the model did not answer"); !regexp.MustCompile(`delivery=\S+ repository=\S+/\S+ issue=\d+ run=\S+`).MatchString(line) {
		t.Errorf("the line says not what it is about: %s", line)
	}
}

func lineWith(text, words string) string {
	for _, line := range strings.Split(text, "\n") {
		if strings.Contains(line, words) {
			return line
		}
	}
	return ""
}

// A job that fails is logged with everything that its keys stand for.
func TestAFailedJobSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	failed := 0
	w := newTown(t, townOptions{log: &log, transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments") && failed < 3 { // an effect is tried three times in a row before its job fails
			failed++
			return &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	ref := w.sample("rotate-token")
	w.settle(ref)
	line := lineWith(log.String(), "a job failed")
	if !regexp.MustCompile(`kind=effects .*delivery=\S+ repository=` + ref.Repo + ` issue=` + fmt.Sprint(ref.Number) + ` run=\S+`).MatchString(line) {
		t.Errorf("the line is %q", line)
	}
}

// The dashboard and River's pages are for whoever has the password, and for nobody who sends a browser there from elsewhere.
func TestOperatorsPagesAreBehindAPassword(t *testing.T) {
	t.Parallel()
	const password = "0123456789abcdef"
	w := newTown(t, townOptions{queue: password})
	w.settle(w.sample("rotate-token"))
	w.check(w.oioi.Store.Update(t.Context(), func(tx store.Tx) error {
		return tx.Enqueue(t.Context(), hostileArgs{Words: "<script>"}, &river.InsertOpts{ScheduledAt: began.Add(time.Hour)})
	}))
	none := newTown(t, townOptions{})
	for _, path := range []string{"/dashboard", "/queue/", "/queue/api/jobs?state=scheduled"} {
		for _, p := range []struct{ user, password string }{{"", ""}, {"oioi", "wrong"}, {"root", password}} {
			if status, body := w.get(path, p.user, p.password); status != http.StatusUnauthorized || strings.Contains(body, "hostile") {
				t.Errorf("%s: %v gets %d", path, p, status)
			}
		}
		if status, _ := w.get(path, "oioi", password); status != http.StatusOK {
			t.Errorf("%s answers %d", path, status)
		}
		if status, _ := none.get(path, "oioi", ""); status != http.StatusNotFound {
			t.Errorf("without a password %s answers %d", path, status)
		}
	}
	_, page := w.get("/dashboard", "oioi", password)
	holds(t, page, "<td>hostile</td>", `<a href="/queue/jobs?state=scheduled">scheduled</a>`, "1 run finished")

	// A job is cancelled there, but only from the page itself.
	_, jobs := w.get("/queue/api/jobs?state=scheduled", "oioi", password)
	id := regexp.MustCompile(`"id":(\d+)`).FindStringSubmatch(jobs)
	if id == nil {
		t.Fatalf("the job is not listed: %s", jobs)
	}
	for _, p := range []struct {
		origin string
		status int
	}{{"https://elsewhere.example", http.StatusForbidden}, {"", http.StatusOK}} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.hooks+"/queue/api/jobs/cancel", strings.NewReader(`{"ids":["`+id[1]+`"]}`))
		w.check(err)
		request.SetBasicAuth("oioi", password)
		if p.origin != "" {
			request.Header.Set("Origin", p.origin)
		}
		answer, err := http.DefaultClient.Do(request)
		w.check(err)
		_ = answer.Body.Close()
		if answer.StatusCode != p.status {
			t.Errorf("a cancel from %q is answered with %d, want %d", p.origin, answer.StatusCode, p.status)
		}
	}
	_, jobs = w.get("/queue/api/jobs?state=cancelled", "oioi", password)
	holds(t, jobs, `"hostile"`)
}

type hostileArgs struct {
	Words string `json:"words"`
}

func (hostileArgs) Kind() string { return "hostile" }
