package telemetry

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	"go.opentelemetry.io/otel/trace"
)

// A delivery's trace has an id that follows from the delivery's: hours later, and after a restart, what is done for it
// joins the same trace, and whoever knows the delivery finds the trace.

func digest(parts ...string) (sum [32]byte) {
	h := sha256.New()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	h.Sum(sum[:0])
	return sum
}

func traceID(delivery string) trace.TraceID {
	sum := digest("trace", delivery)
	return trace.TraceID(sum[:16])
}

func deliverySpan(delivery string) trace.SpanID {
	sum := digest("delivery", delivery)
	return trace.SpanID(sum[:8])
}

func runSpan(run string) trace.SpanID {
	sum := digest("run", run)
	return trace.SpanID(sum[:8])
}

// parentOf is what work that starts in a process of its own hangs below: its run, or else its delivery.
func parentOf(w Work) trace.SpanContext {
	span := deliverySpan(w.Delivery)
	if w.Run != "" {
		span = runSpan(w.Run)
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID(w.Delivery), SpanID: span, TraceFlags: trace.FlagsSampled, Remote: true})
}

type fixedKey struct{}

type fixed struct {
	trace trace.TraceID
	span  trace.SpanID
}

// ids gives spans random ids, except where the context fixes them.
type ids struct{}

func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if f, ok := ctx.Value(fixedKey{}).(fixed); ok {
		return f.trace, f.span
	}
	var t trace.TraceID
	_, _ = rand.Read(t[:]) // it never fails
	return t, random()
}

func (ids) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	if f, ok := ctx.Value(fixedKey{}).(fixed); ok {
		return f.span
	}
	return random()
}

func random() (s trace.SpanID) {
	_, _ = rand.Read(s[:])
	return s
}
