package telemetry

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// Gauge is a number that somebody else keeps.
type Gauge struct {
	Name  string // with its labels, as label gives them
	Value float64
}

// Label writes a metric's name with labels: name, key, value, key, value, …
func Label(name string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		sep := ","
		if i == 0 {
			sep = "{"
		}
		name += fmt.Sprintf("%s%s=%q", sep, pairs[i], pairs[i+1])
	}
	if len(pairs) > 0 {
		name += "}"
	}
	return name
}

// Count adds one to a counter.
func (t *Telemetry) Count(name string, pairs ...string) { t.Add(1, name, pairs...) }

// Add adds to a counter. What is added must not be negative.
func (t *Telemetry) Add(n float64, name string, pairs ...string) {
	if t != nil && n >= 0 {
		t.set.GetOrCreateFloatCounter(Label(name, pairs...)).Add(n)
	}
}

// Took records a duration.
func (t *Telemetry) Took(d time.Duration, name string, pairs ...string) {
	if t != nil {
		t.set.GetOrCreatePrometheusHistogram(Label(name, pairs...)).Update(d.Seconds())
	}
}

// Metrics serves the metrics in Prometheus' text format. gauges are asked each time; their error is counted, and the other
// metrics come all the same. https://prometheus.io/docs/instrumenting/exposition_formats/
func (t *Telemetry) Metrics(gauges func(r *http.Request) ([]Gauge, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		list, err := gauges(r)
		if err != nil {
			t.Count("oioi_metrics_errors_total")
		}
		var out bytes.Buffer
		for _, g := range list {
			fmt.Fprintf(&out, "%s %v\n", g.Name, g.Value)
		}
		t.set.WritePrometheus(&out)
		metrics.WriteProcessMetrics(&out)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(out.Bytes())
	})
}
