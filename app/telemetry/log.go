package telemetry

import (
	"context"
	"log/slog"
)

// LogHandler adds to each record what the work that its context belongs to is about: delivery, repository, issue, run.
func LogHandler(inner slog.Handler) slog.Handler { return logHandler{inner} }

type logHandler struct{ slog.Handler }

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	about := workOf(ctx).attrs()
	if len(about) > 0 {
		said := map[string]bool{}
		r.Attrs(func(a slog.Attr) bool { said[a.Key] = true; return true })
		r = r.Clone()
		for _, a := range about {
			if !said[a.Key] {
				r.AddAttrs(a)
			}
		}
	}
	return h.Handler.Handle(ctx, r)
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs)}
}
func (h logHandler) WithGroup(name string) slog.Handler { return logHandler{h.Handler.WithGroup(name)} }
