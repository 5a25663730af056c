package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/policy"
)

// Whatever a provider does, a ticket gets a draft, and the draft says who wrote it: the fallback model where there is one,
// else the playbooks. What was wrong is in the log.
func TestNoOutageOfTheModelIsSilent(t *testing.T) {
	t.Parallel()
	busy := modeltest.Status(http.StatusTooManyRequests, "rate_limit_exceeded", "slow down", "Retry-After", "7200")
	for name, reply := range map[string]modeltest.Reply{
		"429": busy, "500": modeltest.Status(http.StatusInternalServerError, "server_error", "oops"),
		"truncated": modeltest.Truncated("{\"understanding\":{}}"), "refused": modeltest.Refusal("I cannot help with that."),
		"filtered": modeltest.Filtered(), "reset": modeltest.Drop(), "timeout": modeltest.Hang(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := modeltest.NewServer(t), modeltest.NewServer(t)
			for range 40 {
				first.Next(reply)
			}
			var log lockedBuffer
			w := newTown(t, townOptions{log: &log, model: config.Model{Provider: "openai", BaseURL: first.URL, Key: modeltest.Key, Model: "gpt-4.1",
				Timeout: policy.Duration(300 * time.Millisecond), Retries: -1,
				FallbackModel: "spare-model", FallbackBaseURL: second.URL, FallbackKey: modeltest.Key}})
			drafts := w.comments(w.sample("rotate-token"))
			if len(drafts) != 1 || len(second.Requests()) == 0 || len(first.Requests()) == 0 {
				t.Fatalf("%d comments; %d and %d calls", len(drafts), len(first.Requests()), len(second.Requests()))
			}
			if strings.Contains(drafts[0], "without a language model") {
				t.Errorf("the playbooks drafted though the fallback model answers: %s", lineWith(log.String(), "level=WARN"))
			}
			holds(t, log.String(), "the fallback model is asked")
		})
	}
}

// Without a second model, an outage that lasts is waited for a while, which the timeline says, and then the playbooks draft. One
// that passes meanwhile is not seen in the draft. Both with the client's own retries as they are by default.
func TestALastingOutageOfTheOnlyModelEndsInADraft(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]modeltest.Reply{
		"500s for good":        modeltest.Status(http.StatusInternalServerError, "server_error", "oops"),
		"429 with Retry-After": modeltest.Status(http.StatusTooManyRequests, "rate_limit_exceeded", "slow down", "Retry-After", "45"),
	} {
		for _, passes := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, passes: %v", name, passes), func(t *testing.T) {
				t.Parallel()
				server := modeltest.NewServer(t)
				answers := 40
				if passes {
					answers = 4 // the first call and its retries
					if strings.HasPrefix(name, "429") {
						answers = 2 // a wait of 45 s is the job's
					}
				}
				for range answers {
					server.Next(reply)
				}
				w := newTown(t, townOptions{model: modelAt(server)})
				ref := w.sample("rotate-token")
				w.told(ref, "it is asked again in")
				for tries := 1; tries > 0; tries = w.tries(ref) {
					// The rest is counted from the end of the job, which comes after what it stores.
					w.waitFor("the step's rest", func() bool { return w.jobs("step", "running") == 0 })
					w.ahead.Add(int64(46 * time.Second)) // the queue's clock goes with it
					w.waitFor("the next try", func() bool { return w.tries(ref) != tries })
				}
				drafts := w.comments(ref)
				if len(drafts) != 1 {
					t.Fatalf("%d comments", len(drafts))
				}
				if byPlaybooks := strings.Contains(drafts[0], "without a language model"); byPlaybooks == passes {
					t.Errorf("drafted by the playbooks: %v\n%s", byPlaybooks, drafts[0])
				}
				waits := 0
				for _, e := range w.timeline(ref) {
					if e.Kind == "waiting" {
						waits++
					}
				}
				if waits != 1 {
					t.Errorf("the timeline tells of %d waits", waits)
				}
			})
		}
	}
}

// jobs counts those of a kind in a state.
func (w *town) jobs(kind, state string) (n int64) {
	w.t.Helper()
	w.check(w.oioi.Store.View(w.t.Context(), func(r store.Reader) error {
		counts, err := r.Counts(w.t.Context())
		n = counts.Jobs[store.JobState{Kind: kind, State: state}]
		return err
	}))
	return n
}

// tries says how often a run has asked a model that does not answer.
func (w *town) tries(ref forge.Ref) (n int) {
	w.t.Helper()
	w.check(w.oioi.Store.View(w.t.Context(), func(r store.Reader) error {
		runs, err := r.Runs(w.t.Context(), w.row(ref).Key)
		if len(runs) > 0 {
			n = int(gjson.GetBytes(runs[0].Data, "waiting.tries").Int())
		}
		return err
	}))
	return n
}
