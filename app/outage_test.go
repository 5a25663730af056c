package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
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
