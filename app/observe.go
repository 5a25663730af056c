package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/ops"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
	"github.com/oioi-app/oioi/app/web"
	"github.com/oioi-app/oioi/workflow/effect"
)

// observeModel tells of each call of a model; nil stays nil.
func observeModel(m desk.Model, t *telemetry.Telemetry) desk.Model {
	if m == nil {
		return nil
	}
	return observedModel{m, t}
}

type observedModel struct {
	desk.Model
	t *telemetry.Telemetry
}

// Estimate is the model's own.
func (m observedModel) Estimate(r model.Request) model.Usage {
	u, _ := model.Estimate(m.Model, r)
	return u
}

// HasSecond is the model's own.
func (m observedModel) HasSecond() bool { return model.HasSecond(m.Model) }

func (m observedModel) Complete(ctx context.Context, r model.Request) (model.Response, error) {
	ctx, end := m.t.Begin(ctx, telemetry.Work{Kind: "model", Name: r.Brief.Step.Role})
	response, err := m.Model.Complete(ctx, r)
	end(err)
	result, usage := "ok", response.Usage
	var failed *model.Error
	if err != nil {
		result = string(model.Classify(err))
		if errors.As(err, &failed) {
			usage = failed.Usage
		}
	}
	m.t.Count("oioi_model_calls_total", "drafter", m.Name(), "result", result)
	m.t.Add(float64(usage.PromptTokens-usage.CachedTokens), "oioi_model_tokens_total", "drafter", m.Name(), "kind", "prompt")
	m.t.Add(float64(usage.CachedTokens), "oioi_model_tokens_total", "drafter", m.Name(), "kind", "cached")
	m.t.Add(float64(usage.CompletionTokens), "oioi_model_tokens_total", "drafter", m.Name(), "kind", "completion")
	m.t.Add(usage.CostUSD, "oioi_model_cost_dollars_total", "drafter", m.Name())
	return response, err
}

type observedPublisher struct {
	desk.Publisher
	t *telemetry.Telemetry
}

func (p observedPublisher) Publish(ctx context.Context, place desk.Place, e effect.Effect, prior effect.Receipt, lookFirst bool) (effect.Receipt, error) {
	ctx, end := p.t.Begin(ctx, telemetry.Work{Kind: "effect", Name: string(e.Kind)})
	receipt, err := p.Publisher.Publish(ctx, place, e, prior, lookFirst)
	end(err)
	return receipt, err
}

// operations serves what only operators look at: the metrics, and behind a password the dashboard and the job queue.
func operations(s store.Store, o Options) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", o.Telemetry.Metrics(func(r *http.Request) ([]telemetry.Gauge, error) { return gauges(r.Context(), s, o) }))
	if o.Config.Server.QueuePassword == "" {
		return mux, nil
	}
	queue, err := s.QueuePages("/queue")
	if err != nil {
		return nil, err
	}
	status := func(ctx context.Context) (out ops.Status, err error) {
		err = s.View(ctx, func(r store.Reader) error {
			out, err = ops.Read(ctx, r, reading(o.Config, o.Clock()))
			return err
		})
		return out, err
	}
	// A browser sends the password along with what another site asks for: changes from there are refused.
	mux.Handle("/queue/", behind(o.Config.Server.QueuePassword, http.NewCrossOriginProtection().Handler(queue)))
	mux.Handle("GET /queue", http.RedirectHandler("/queue/", http.StatusMovedPermanently))
	mux.Handle("GET /progress/", behind(o.Config.Server.QueuePassword, web.Timelines(web.Options{Store: s, Log: o.Log})))
	mux.Handle("GET /dashboard", behind(o.Config.Server.QueuePassword, web.Dashboard(status, o.Config.GitHub.WebURL, o.Log)))
	return mux, nil
}

// behind asks for the password of the user oioi.
func behind(password string, h http.Handler) http.Handler {
	want := sha256.Sum256([]byte(password))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, given, _ := r.BasicAuth()
		got := sha256.Sum256([]byte(given))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || user != "oioi" {
			w.Header().Set("WWW-Authenticate", `Basic realm="OiOi's job queue"`)
			http.Error(w, "The user is oioi; the password is the one in server.queue_password_file or OIOI_QUEUE_PASSWORD.", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// gauges are what the store counts.
func gauges(ctx context.Context, s store.Store, o Options) ([]telemetry.Gauge, error) {
	var c store.Counts
	var spend ops.Spend
	err := s.View(ctx, func(r store.Reader) (err error) {
		if c, err = r.Counts(ctx); err == nil {
			spend, err = ops.ReadSpend(ctx, r, o.Config.Budget, o.Clock())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := []telemetry.Gauge{{Name: "oioi_inbox_deliveries", Value: float64(c.Inbox)}}
	// The sum alone: whoever may read the metrics need not know the names of private repositories.
	for name, value := range map[string]float64{
		"oioi_spent_today_tokens": float64(spend.Total.Tokens), "oioi_spent_today_dollars": spend.Total.USD,
		"oioi_held_tokens": float64(spend.Total.HeldTokens), "oioi_budget_day_tokens": float64(spend.Total.MostTokens),
		"oioi_budget_day_dollars": spend.Total.MostUSD,
	} {
		out = append(out, telemetry.Gauge{Name: name, Value: value})
	}
	for state, n := range c.Runs {
		out = append(out, telemetry.Gauge{Name: telemetry.Label("oioi_runs", "state", state), Value: float64(n)})
	}
	for state, n := range c.Effects {
		out = append(out, telemetry.Gauge{Name: telemetry.Label("oioi_effects", "state", string(state)), Value: float64(n)})
	}
	for job, n := range c.Jobs {
		out = append(out, telemetry.Gauge{Name: telemetry.Label("oioi_jobs", "kind", job.Kind, "state", job.State), Value: float64(n)})
	}
	return out, nil
}

// serveOperations serves them on an address of their own, where there is one, until the returned function is called.
func (a *App) serveOperations(ctx context.Context, addr string) (stop func() error) {
	if addr == "" {
		return func() error { return nil }
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() {
		err := listen(ctx, addr, a.operations, func(at net.Addr) { a.log.InfoContext(ctx, "operations listen", "addr", at.String()) })
		if err != nil && !errors.Is(err, http.ErrServerClosed) {
			err = fmt.Errorf("the operations' address: %w", err)
			a.log.ErrorContext(ctx, "metrics and queue are not served", "error", err)
		}
		served <- err
	}()
	return func() error {
		cancel()
		select {
		case err := <-served:
			return err
		case <-time.After(drain):
			return nil
		}
	}
}
