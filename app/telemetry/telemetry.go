// Package telemetry says what OiOi is doing: every piece of work becomes a span of its delivery's trace, a duration in the
// metrics, and the attributes that each line of the log about it carries. What people wrote never gets in, only who and where.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Telemetry counts and traces. A nil one does neither, but the log's attributes work all the same. Close it.
type Telemetry struct {
	set      *metrics.Set
	provider *sdk.TracerProvider // nil: no traces
	tracer   trace.Tracer
}

// Options for New.
type Options struct {
	// Exporter takes the spans; nil: there are no traces. See OTLP.
	Exporter sdk.SpanExporter
}

// New returns a Telemetry.
func New(o Options) *Telemetry {
	t := &Telemetry{set: metrics.NewSet()}
	if o.Exporter != nil {
		t.provider = sdk.NewTracerProvider(sdk.WithBatcher(o.Exporter), sdk.WithIDGenerator(ids{}), sdk.WithResource(resourceOf()))
		t.tracer = t.provider.Tracer("github.com/oioi-app/oioi")
	}
	return t
}

// Flush sends the spans that wait now.
func (t *Telemetry) Flush(ctx context.Context) error {
	if t == nil || t.provider == nil {
		return nil
	}
	return t.provider.ForceFlush(ctx)
}

// Close sends the spans that wait.
func (t *Telemetry) Close(ctx context.Context) error {
	if t == nil || t.provider == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Work is one piece of work. The kind is one of few words; it names the span and a label of the metrics. Empty attributes are
// left out.
type Work struct {
	Kind       string // delivery, mailbox, step, model, effect
	Name       string // which of its kind: a step's id, a model's name, an effect's kind
	Delivery   string // X-GitHub-Delivery of the event that it all began with; it identifies the trace
	Repository string // OWNER/NAME
	Issue      int
	Run        string
}

func (w Work) attrs() []slog.Attr {
	var out []slog.Attr
	add := func(key, value string) {
		if value != "" {
			out = append(out, slog.String(key, value))
		}
	}
	add("delivery", w.Delivery)
	add("repository", w.Repository)
	if w.Issue > 0 {
		out = append(out, slog.Int("issue", w.Issue))
	}
	add("run", w.Run)
	return out
}

// Begin returns a context in which log lines carry what w is about and spans belong to w, and a function that ends the work.
func (t *Telemetry) Begin(ctx context.Context, w Work) (context.Context, func(error)) {
	parent := workOf(ctx)
	w = w.within(parent)
	ctx = context.WithValue(ctx, workKey{}, w)
	if t == nil {
		return ctx, func(error) {}
	}
	began := time.Now()
	var span trace.Span
	if t.tracer != nil {
		ctx, span = t.start(ctx, w)
	}
	return ctx, func(err error) {
		result := "ok"
		if err != nil {
			result = "error"
		}
		t.set.GetOrCreatePrometheusHistogram(fmt.Sprintf("oioi_work_seconds{kind=%q,name=%q,result=%q}", w.Kind, w.Name, result)).Update(time.Since(began).Seconds())
		if span != nil {
			if err != nil {
				span.SetStatus(codes.Error, "the log says why") // an error's text may quote what people wrote
			}
			span.End()
		}
	}
}

// Ran records a run that ended: its span covers everything that was done for it.
func (t *Telemetry) Ran(ctx context.Context, w Work, status string, began, ended time.Time) {
	if t == nil {
		return
	}
	t.set.GetOrCreatePrometheusHistogram(fmt.Sprintf("oioi_run_seconds{status=%q}", status)).Update(ended.Sub(began).Seconds())
	if t.tracer == nil {
		return
	}
	w.Kind = "run"
	ctx = trace.ContextWithSpanContext(context.WithValue(ctx, fixedKey{}, fixed{traceID(w.Delivery), runSpan(w.Run)}), parentOf(Work{Delivery: w.Delivery}))
	_, span := t.tracer.Start(ctx, "run", trace.WithTimestamp(began), trace.WithAttributes(attributes(w)...), trace.WithAttributes(attribute.String("oioi.status", status)))
	span.End(trace.WithTimestamp(ended))
}

func (t *Telemetry) start(ctx context.Context, w Work) (context.Context, trace.Span) {
	name := w.Kind
	if w.Name != "" {
		name += " " + w.Name
	}
	options := []trace.SpanStartOption{trace.WithAttributes(attributes(w)...)}
	switch {
	case w.Kind == "delivery":
		ctx = context.WithValue(ctx, fixedKey{}, fixed{traceID(w.Delivery), deliverySpan(w.Delivery)})
		options = append(options, trace.WithNewRoot())
	case !trace.SpanContextFromContext(ctx).IsValid() && w.Delivery != "":
		ctx = trace.ContextWithSpanContext(ctx, parentOf(w))
	}
	ctx, span := t.tracer.Start(ctx, name, options...)
	return context.WithValue(ctx, fixedKey{}, nil), span
}

func attributes(w Work) []attribute.KeyValue {
	var out []attribute.KeyValue
	for _, a := range w.attrs() {
		if a.Value.Kind() == slog.KindInt64 {
			out = append(out, attribute.Int64("oioi."+a.Key, a.Value.Int64()))
		} else {
			out = append(out, attribute.String("oioi."+a.Key, a.Value.String()))
		}
	}
	return out
}

type workKey struct{}

func workOf(ctx context.Context) Work {
	w, _ := ctx.Value(workKey{}).(Work)
	return w
}

// within fills in what w leaves out from the work that it is part of.
func (w Work) within(p Work) Work {
	fill := func(s *string, from string) {
		if *s == "" {
			*s = from
		}
	}
	fill(&w.Delivery, p.Delivery)
	fill(&w.Repository, p.Repository)
	fill(&w.Run, p.Run)
	if w.Issue == 0 {
		w.Issue = p.Issue
	}
	return w
}

// About returns a context in which log lines carry what w is about.
func About(ctx context.Context, w Work) context.Context {
	return context.WithValue(ctx, workKey{}, w.within(workOf(ctx)))
}
