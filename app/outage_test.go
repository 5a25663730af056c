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
		"filtered": modeltest.Filtered(), "reset": modeltest.Drop(), "timeout": modeltest.Hang(), "wrong schema": wrongSchema,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, second := modeltest.NewServer(t), modeltest.NewServer(t)
			for range 40 {
				first.Next(reply)
			}
			var log lockedBuffer
			timeout := time.Minute
			if name == "timeout" {
				timeout = answerTime
			}
			w := newTown(t, townOptions{log: &log, model: config.Model{Provider: "openai", BaseURL: first.URL, Key: modeltest.Key, Model: "gpt-4.1",
				Timeout: policy.Duration(timeout), Retries: -1,
				FallbackModel: "spare-model", FallbackBaseURL: second.URL, FallbackKey: modeltest.Key}})
			drafts := w.comments(w.sample("rotate-token"))
			if len(drafts) != 1 || len(second.Requests()) == 0 || len(first.Requests()) == 0 {
				t.Fatalf("%d comments; %d and %d calls", len(drafts), len(first.Requests()), len(second.Requests()))
			}
			if strings.Contains(drafts[0], "without a language model") {
				t.Errorf("the playbooks drafted though the fallback model answers: %s", lineWith(log.String(), "level=WARN"))
			}
			if !strings.Contains(strings.ToLower(log.String()), "the fallback model is asked") {
				t.Error("the log does not tell that the fallback model is asked")
			}
			if calls := len(first.Requests()); name == "wrong schema" && calls != 2 {
				t.Errorf("a model whose repaired answer is wrong, too, was asked %d times", calls)
			}
		})
	}
}

// answerTime is enough for a model of the tests to answer, also where a slow machine runs many tests at once.
const answerTime = 300 * time.Millisecond * slowness

// wrongSchema is JSON that no role returns.
var wrongSchema = modeltest.Content(`{"understanding": {"summary": 7}, "thoughts": "hm"}`)

// What asking again does not mend is not waited for: without a second model, or where that one does the same, the playbooks draft
// at once, the draft says that they did, and the timeline why.
func TestAModelWhoseAnswersAreOfNoUseIsReplacedByThePlaybooks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply modeltest.Reply
		says  string
		calls int // of each model, before it is given up
	}{
		"truncated":    {modeltest.Truncated("{\"understanding\":{}}"), "did not fit into its limit", 1},
		"refused":      {modeltest.Refusal("I cannot help with that."), "refuses to work on this ticket", 1},
		"filtered":     {modeltest.Filtered(), "content filter", 1},
		"wrong schema": {wrongSchema, "stayed invalid after one repair", 2},
	} {
		for _, models := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, %d models", name, models), func(t *testing.T) {
				t.Parallel()
				servers := []*modeltest.Server{modeltest.NewServer(t), modeltest.NewServer(t)}
				for range 40 {
					servers[0].Next(test.reply)
					servers[1].Next(test.reply)
				}
				m := modelAt(servers[0])
				if models == 2 {
					m.FallbackModel, m.FallbackBaseURL, m.FallbackKey = "spare-model", servers[1].URL, modeltest.Key
				}
				w := newTown(t, townOptions{model: m})
				ref := w.sample("rotate-token")
				drafts := w.comments(ref)
				if len(drafts) != 1 {
					t.Fatalf("%d comments", len(drafts))
				}
				holds(t, drafts[0], "Drafted without a language model", "because the model gave no answer that can be used", "Select the token and then **Rotate**")
				w.told(ref, test.says)
				for i, server := range servers {
					if got, want := len(server.Requests()), test.calls; got != want && i < models {
						t.Errorf("model %d was asked %d times, %d are enough", i+1, got, want)
					}
				}
			})
		}
	}
}

// Where the playbooks' reply is against the team's policy as well, nobody is left, and the ticket says so.
func TestWhereNobodyCanAnswerAPersonIsAsked(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	server.Next(wrongSchema, wrongSchema)
	w := withModel(t, server)
	w.commit("tallypost/support", ".github/oioi.yml", "policy: {reply: {forbidden: [we, you, your, the]}}\n")
	ref := w.sample("rotate-token")
	notices := w.comments(ref)
	if len(notices) != 1 || w.status(ref) != "parked" || len(server.Requests()) != 2 {
		t.Fatalf("%d comments, %s, %d calls\n%s", len(notices), w.status(ref), len(server.Requests()), notices)
	}
	holds(t, notices[0], "### OiOi needs a person", "stayed invalid after one repair", "`/oioi rerun` tries again")
	w.told(ref, "The playbooks draft: ")
}

// An API that fails again and again is left alone for a while: tickets do not wait for it one by one.
func TestABrokenModelIsLeftAlone(t *testing.T) {
	t.Parallel()
	first, second := modeltest.NewServer(t), modeltest.NewServer(t)
	for range 40 {
		first.Next(modeltest.Status(http.StatusInternalServerError, "server_error", "oops"))
	}
	m := modelAt(first)
	m.Retries, m.FallbackModel, m.FallbackBaseURL, m.FallbackKey = -1, "spare-model", second.URL, modeltest.Key
	w := newTown(t, townOptions{model: m})
	for range 3 {
		if drafts := w.comments(w.sample("rotate-token")); len(drafts) != 1 || strings.Contains(drafts[0], "without a language model") {
			t.Fatalf("%d comments, or none of the fallback model", len(drafts))
		}
	}
	const tolerance = 6 // see the package openai
	if calls := len(first.Requests()); calls != tolerance {
		t.Errorf("the broken API was asked %d times for three tickets", calls)
	}
}

// Without a second model, an outage that lasts is waited for a while, which the timeline says, and then the playbooks draft. One
// that passes meanwhile is not seen in the draft. Both with the client's own retries as they are by default.
func TestALastingOutageOfTheOnlyModelEndsInADraft(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]modeltest.Reply{
		"500s for good":        modeltest.Status(http.StatusInternalServerError, "server_error", "oops"),
		"429 with Retry-After": modeltest.Status(http.StatusTooManyRequests, "rate_limit_exceeded", "slow down", "Retry-After", "45"),
		"resets":               modeltest.Drop(),
		"timeouts":             modeltest.Hang(),
	} {
		for _, passes := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, passes: %v", name, passes), func(t *testing.T) {
				t.Parallel()
				server := modeltest.NewServer(t)
				answers, m := 40, modelAt(server)
				quick := name == "resets" || name == "timeouts" // what the client does by itself is tested with the others
				if quick {
					m.Retries = -1
				}
				if name == "timeouts" {
					m.Timeout = policy.Duration(200 * time.Millisecond)
					if passes {
						m.Timeout = policy.Duration(answerTime)
					}
				}
				if passes {
					answers = 4 // the first call and its retries
					if quick || strings.HasPrefix(name, "429") {
						answers = 2 // a wait of 45 s is the job's
					}
				}
				for range answers {
					server.Next(reply)
				}
				w := newTown(t, townOptions{model: m})
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
