package intake_test

import (
	"context"
	"crypto/hmac"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/store"
)

// issuePayload is about as large and as repetitive as GitHub's `issues` event: 10 KB.
func issuePayload(number int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"action":"opened","issue":{"number":%d,"title":"Help","body":"It does not start."`, number)
	for i := range 60 {
		fmt.Fprintf(&b, `,"f%d_url":"https://api.github.com/repos/acme/support/issues/%d/comments{/id}","node%d":"%x"`, i, i*7919, i, i*2654435761)
	}
	b.WriteString(`},"repository":{"id":7,"name":"support"`)
	for i := range 60 {
		fmt.Fprintf(&b, `,"r%d_url":"https://api.github.com/repos/acme/support/%d{/sha}"`, i, i)
	}
	b.WriteString(`},"installation":{"id":3},"sender":{"login":"ada","id":5}}`)
	return b.String()
}

// BenchmarkWebhook counts deliveries a second that GitHub is told are stored, over HTTP, beside a server that reads the
// body and checks the signature, and nothing else, and beside a file to which the same bytes are appended, each on the disk
// before the next.
func BenchmarkWebhook(b *testing.B) {
	const tickets = 100
	var bodies, signatures [tickets]string
	for i := range bodies {
		bodies[i] = issuePayload(i + 1)
		signatures[i] = sign(secret, []byte(bodies[i]))
	}
	signatureOnly := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !hmac.Equal([]byte(sign(secret, body)), []byte(r.Header.Get("X-Hub-Signature-256"))) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	for _, connections := range []int{1, 8, 64} {
		load := func(b *testing.B, h http.Handler) {
			server := httptest.NewServer(h)
			defer server.Close()
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
			took := make([]time.Duration, b.N)
			var next atomic.Int64
			var all sync.WaitGroup
			begun, used := time.Now(), processorTime()
			for range connections {
				all.Go(func() {
					for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
						r, err := http.NewRequest(http.MethodPost, server.URL+intake.Path, strings.NewReader(bodies[i%tickets]))
						if err != nil {
							b.Error(err)
							return
						}
						r.Header = http.Header{
							"Content-Type": {"application/json"}, "X-Github-Event": {"issues"},
							"X-Github-Delivery":   {fmt.Sprintf("72d3162e-cc78-11e3-81ab-%012x", (i*2654435761)%(1<<48))},
							"X-Hub-Signature-256": {signatures[i%tickets]},
						}
						start := time.Now()
						answer, err := client.Do(r)
						if err != nil {
							b.Error(err)
							return
						}
						_, _ = io.Copy(io.Discard, answer.Body)
						answer.Body.Close()
						took[i] = time.Since(start)
						if answer.StatusCode != http.StatusAccepted {
							b.Errorf("status %d", answer.StatusCode)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "acks/s")
			b.ReportMetric(float64((processorTime()-used).Microseconds())/float64(b.N), "cpu-us") // with the client's
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
			b.ReportMetric(0, "ns/op")
		}
		b.Run(fmt.Sprintf("Intake/connections=%d", connections), func(b *testing.B) {
			log := slog.New(slog.DiscardHandler)
			s, err := store.OpenSQLite(context.Background(), filepath.Join(b.TempDir(), "b.db"), store.Options{Logger: log})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			h, err := intake.New(intake.Options{Secrets: []string{secret}, Inbox: s, Handlers: registry(b, "issues"), AppSlug: "oioi", Logger: log})
			if err != nil {
				b.Fatal(err)
			}
			load(b, h)
		})
		b.Run(fmt.Sprintf("SignatureOnly/connections=%d", connections), func(b *testing.B) { load(b, signatureOnly) })
	}
	b.Run("AppendAndSync", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		begun := time.Now()
		for i := range b.N {
			if _, err := f.WriteString(bodies[i%tickets]); err != nil {
				b.Fatal(err)
			}
			if err := datasync(f); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "acks/s")
		b.ReportMetric(0, "ns/op")
	})
}
