package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

func resourceOf() *resource.Resource {
	return resource.NewSchemaless(attribute.String("service.name", "oioi"))
}

// OTLP returns the exporter that OpenTelemetry's environment variables ask for, nil where they name no endpoint:
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces after it, and
// OTEL_EXPORTER_OTLP_HEADERS. It speaks OTLP over HTTP with JSON, which every collector takes; the library's own exporters
// bring gRPC and Protocol Buffers with them, four megabytes. https://opentelemetry.io/docs/specs/otlp/#otlphttp
func OTLP(env func(string) (string, bool), log *slog.Logger) sdk.SpanExporter {
	endpoint, _ := env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if endpoint == "" {
		base, _ := env("OTEL_EXPORTER_OTLP_ENDPOINT")
		if base == "" {
			return nil
		}
		endpoint = strings.TrimSuffix(base, "/") + "/v1/traces"
	}
	headers, _ := env("OTEL_EXPORTER_OTLP_HEADERS")
	e := &otlp{url: endpoint, header: http.Header{"Content-Type": {"application/json"}}, client: &http.Client{Timeout: 10 * time.Second}, log: log}
	for _, pair := range strings.Split(headers, ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			e.header.Set(strings.TrimSpace(key), strings.TrimSpace(value))
		}
	}
	return e
}

type otlp struct {
	url    string
	header http.Header
	client *http.Client
	log    *slog.Logger
}

type otlpValue struct {
	String *string `json:"stringValue,omitempty"`
	Int    *string `json:"intValue,omitempty"` // 64-bit numbers are strings in the JSON of Protocol Buffers
}

type otlpAttribute struct {
	Key   string    `json:"key"`
	Value otlpValue `json:"value"`
}

type otlpSpan struct {
	TraceID    string          `json:"traceId"`
	SpanID     string          `json:"spanId"`
	Parent     string          `json:"parentSpanId,omitempty"`
	Name       string          `json:"name"`
	Kind       int             `json:"kind"`
	Start      string          `json:"startTimeUnixNano"`
	End        string          `json:"endTimeUnixNano"`
	Attributes []otlpAttribute `json:"attributes,omitempty"`
	Status     map[string]any  `json:"status,omitempty"`
}

// ExportSpans sends spans. What cannot be sent is lost, and the log says so: nothing waits for traces.
func (e *otlp) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	out := make([]otlpSpan, len(spans))
	for i, s := range spans {
		out[i] = otlpSpan{
			TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(), Name: s.Name(), Kind: int(s.SpanKind()),
			Start: strconv.FormatInt(s.StartTime().UnixNano(), 10), End: strconv.FormatInt(s.EndTime().UnixNano(), 10), Attributes: otlpAttributes(s.Attributes()),
		}
		if s.Parent().SpanID().IsValid() {
			out[i].Parent = s.Parent().SpanID().String()
		}
		if s.Status().Code == codes.Error {
			out[i].Status = map[string]any{"code": 2, "message": s.Status().Description}
		}
	}
	body, err := json.Marshal(map[string]any{"resourceSpans": []any{map[string]any{
		"resource":   map[string]any{"attributes": otlpAttributes(resourceOf().Attributes())},
		"scopeSpans": []any{map[string]any{"scope": map[string]any{"name": "github.com/oioi-app/oioi"}, "spans": out}},
	}}})
	if err == nil {
		err = e.post(ctx, body)
	}
	if err != nil {
		e.log.WarnContext(ctx, "traces could not be sent; look at OTEL_EXPORTER_OTLP_ENDPOINT", "spans", len(spans), "error", err)
	}
	return nil
}

func (e *otlp) post(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the endpoint is no address")
	}
	r.Header = e.header.Clone()
	res, err := e.client.Do(r)
	if err != nil {
		return fmt.Errorf("%s does not answer", r.URL.Host) // the error's own text holds the whole address, which may hold a key
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %s", r.URL.Host, res.Status)
	}
	return nil
}

// Shutdown does nothing: nothing is kept here.
func (e *otlp) Shutdown(context.Context) error { return nil }

func otlpAttributes(list []attribute.KeyValue) []otlpAttribute {
	var out []otlpAttribute
	for _, a := range list {
		value := a.Value.String()
		if a.Value.Type() == attribute.INT64 {
			out = append(out, otlpAttribute{string(a.Key), otlpValue{Int: &value}})
		} else {
			out = append(out, otlpAttribute{string(a.Key), otlpValue{String: &value}})
		}
	}
	return out
}
