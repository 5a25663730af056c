package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a collector gets is one trace, whose id follows from the delivery's, with the headers that the environment names.
func TestOTLP(t *testing.T) {
	var bodies [][]byte
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, body)
		if r.URL.Path != "/v1/traces" || r.Header.Get("Api-Key") != "k" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v", r.URL.Path, r.Header)
		}
	}))
	defer collector.Close()
	env := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL + "/", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=k"}
	exporter := OTLP(func(k string) (string, bool) { v, ok := env[k]; return v, ok }, slog.New(slog.DiscardHandler))
	ctx := context.Background()
	traced := New(Options{Exporter: exporter})
	w := Work{Delivery: "d1", Repository: "acme/support", Issue: 7}
	w.Kind = "delivery"
	_, end := traced.Begin(ctx, w)
	end(nil)
	w.Kind, w.Name, w.Run = "step", "plan", "7/1/1"
	inner, end := New(Options{Exporter: exporter}).Begin(ctx, w) // another process, later
	_ = inner
	end(nil)
	within, endStep := traced.Begin(ctx, w)
	_, endModel := traced.Begin(within, Work{Kind: "model"})
	endModel(errors.New("quoted words of a customer"))
	endStep(nil)
	if err := traced.Close(ctx); err != nil {
		t.Fatal(err)
	}
	var got struct {
		ResourceSpans []struct{ ScopeSpans []struct{ Spans []otlpSpan } }
	}
	if len(bodies) != 1 {
		t.Fatalf("%d requests", len(bodies))
	}
	if err := json.Unmarshal(bodies[0], &got); err != nil {
		t.Fatal(err)
	}
	by := map[string]otlpSpan{}
	for _, s := range got.ResourceSpans[0].ScopeSpans[0].Spans {
		by[s.Name] = s
		if s.TraceID != traceID("d1").String() || s.Start == "" || s.End < s.Start {
			t.Errorf("%+v", s)
		}
	}
	if by["delivery"].Parent != "" || by["delivery"].SpanID != deliverySpan("d1").String() || by["step plan"].Parent != runSpan("7/1/1").String() ||
		by["model"].Parent != by["step plan"].SpanID {
		t.Errorf("%+v", by)
	}
	if bytes.Contains(bodies[0], []byte("customer")) || by["model"].Status["code"] != 2.0 {
		t.Errorf("the failed call: %s", bodies[0])
	}
	if OTLP(func(string) (string, bool) { return "", false }, nil) != nil {
		t.Error("traces are sent though nobody asked")
	}
}

func TestLogLinesSayWhatTheyAreAbout(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(LogHandler(slog.NewTextHandler(&out, nil)))
	ctx := About(context.Background(), Work{Delivery: "d1", Repository: "acme/support", Issue: 7})
	ctx = About(ctx, Work{Run: "7/1/1"})
	log.With("a", 1).InfoContext(ctx, "x", "delivery", "d1")
	log.Info("y")
	lines := strings.Split(out.String(), "\n")
	if !strings.HasSuffix(lines[0], "msg=x a=1 delivery=d1 repository=acme/support issue=7 run=7/1/1") || !strings.HasSuffix(lines[1], "msg=y") {
		t.Errorf("%q", lines)
	}
	var none *Telemetry
	_, end := none.Begin(ctx, Work{})
	end(nil)
	none.Count("x")
}
