package openai

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/role"
)

// clock is a clock that a test moves. Sleeping returns at once and is written down.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

var schema = []byte(`{"type":"object","properties":{"handoff":{"type":["string","null"]}},"required":["handoff"],"additionalProperties":false}`)

func question() model.Request {
	return model.Request{
		Brief: workflow.Brief{Step: workflow.Step{ID: "understand", Role: "support_specialist"}},
		Prompt: workflow.Prompt{
			System: []workflow.Part{{Name: "workflow", Text: "You work tickets."}, {Name: "policy", Text: "Be kind."}},
			User:   []workflow.Part{{Name: "ticket", Text: "It does not work."}, {Name: "notes"}, {Name: "role", Text: "You are the Support Specialist."}},
		},
		Returns: role.ReturnsUnderstanding, Schema: schema,
	}
}

func newClient(t *testing.T, server *modeltest.Server, change func(*Config)) (*Client, *clock) {
	t.Helper()
	time0 := &clock{now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	config := Config{BaseURL: server.URL, Key: modeltest.Key, Model: "gpt-4.1", Now: time0.Now, Sleep: time0.Sleep}
	if change != nil {
		change(&config)
	}
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client, time0
}

const answer = `{"handoff":"over to you"}`

func TestCompleteAsksAndPrices(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Next(modeltest.Content(answer), modeltest.Content(answer))
	client, _ := newClient(t, server, func(c *Config) {
		c.Roles = map[string]string{"support_specialist": "o4-mini"}
		c.Prices = map[string]Price{"o4-mini": {Input: 1, CachedInput: 0.25, Output: 4}}
	})
	first, err := client.Complete(t.Context(), question())
	if err != nil {
		t.Fatal(err)
	}
	if string(first.Output) != answer || first.Model != "o4-mini" || first.Drafter != client.Name() {
		t.Errorf("response = %+v", first)
	}
	want := (float64(first.Usage.PromptTokens) + 4*float64(first.Usage.CompletionTokens)) / 1e6
	if !first.Usage.Priced || first.Usage.CostUSD != want {
		t.Errorf("usage = %+v, want %g dollars", first.Usage, want)
	}
	asked := server.Requests()[0]
	if asked.Prompt("system") != "You work tickets.\n\nBe kind." || asked.Prompt("user") != "It does not work.\n\nYou are the Support Specialist." {
		t.Errorf("messages = %+v", asked.Messages)
	}
	if asked.Format() != modeltest.StrictSchema || asked.MaxCompletionTokens == 0 || asked.MaxTokens != 0 {
		t.Errorf("request = %+v", asked)
	}

	// A role without a model of its own gets the default one, whose price nobody has said.
	other := question()
	other.Brief.Step.Role = "analyst"
	second, err := client.Complete(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	if asked = server.Requests()[1]; asked.Model != "gpt-4.1" || asked.MaxTokens == 0 || second.Usage.Priced {
		t.Errorf("request = %+v, usage = %+v", asked, second.Usage)
	}
}

func TestRepairTurnShowsTheRejectedAnswerAndItsProblems(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Next(modeltest.Content(answer))
	client, _ := newClient(t, server, nil)
	r := question()
	r.Rejected = `{"handoff":7}`
	r.Problems = []role.Problem{{Where: "handoff", Message: "is a number; allowed: a string"}}
	if _, err := client.Complete(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	messages := server.Requests()[0].Messages
	if len(messages) != 4 || messages[2] != (modeltest.Message{Role: "assistant", Content: r.Rejected}) ||
		messages[3].Role != "user" || !strings.Contains(messages[3].Content, "handoff: is a number; allowed: a string") {
		t.Errorf("messages = %+v", messages)
	}
	if messages[0] != server.Requests()[0].Messages[0] || messages[1].Content != "It does not work.\n\nYou are the Support Specialist." {
		t.Error("the repair turn changed the prefix that a cache could serve")
	}
}

func TestLadderStepsDownAndRemembers(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Refuse(modeltest.StrictSchema, modeltest.LooseSchema, modeltest.JSONObject)
	fenced := "Here it is:\n```json\n" + answer + "\n```"
	server.Next(modeltest.Content(fenced), modeltest.Content("<think>{hm}</think>"+answer))
	client, slept := newClient(t, server, nil)
	for range 2 {
		out, err := client.Complete(t.Context(), question())
		if err != nil {
			t.Fatal(err)
		}
		if string(out.Output) != answer {
			t.Errorf("output = %s", out.Output)
		}
	}
	var formats []modeltest.Format
	for _, r := range server.Requests() {
		formats = append(formats, r.Format())
	}
	want := []modeltest.Format{modeltest.StrictSchema, modeltest.LooseSchema, modeltest.JSONObject, modeltest.Plain, modeltest.Plain}
	if !slices.Equal(formats, want) {
		t.Errorf("formats asked for = %q, want %q", formats, want)
	}
	if last := server.Requests()[4]; !strings.Contains(last.Prompt("system"), string(schema)) {
		t.Error("a backend that takes no schema was not told it in words")
	}
	if len(slept.slept) != 0 {
		t.Errorf("stepping down waited: %v", slept.slept)
	}
}

func TestMaxTokensIsRenamedWhereABackendWantsTheOtherName(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Next(
		modeltest.Status(400, "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
		modeltest.Content(answer), modeltest.Content(answer))
	client, _ := newClient(t, server, func(c *Config) { c.Model = "our-deployment" })
	for range 2 {
		if _, err := client.Complete(t.Context(), question()); err != nil {
			t.Fatal(err)
		}
	}
	asked := server.Requests()
	if len(asked) != 3 || asked[1].MaxCompletionTokens == 0 || asked[2].MaxCompletionTokens == 0 || asked[2].Format() != modeltest.StrictSchema {
		t.Errorf("requests = %+v", asked)
	}
}

func TestPassingFailuresAreTriedAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		replies []modeltest.Reply
		atLeast time.Duration
		atMost  time.Duration
	}{
		"Retry-After in seconds": {[]modeltest.Reply{modeltest.Status(429, "rate_limit_exceeded", "slow down", "Retry-After", "7")}, 7 * time.Second, 7 * time.Second},
		"Retry-After as a date":  {[]modeltest.Reply{modeltest.Status(429, "rate_limit_exceeded", "slow down", "Retry-After", "Mon, 23 Nov 2026 09:00:11 GMT")}, 11 * time.Second, 11 * time.Second},
		"Retry-After-Ms":         {[]modeltest.Reply{modeltest.Status(429, "rate_limit_exceeded", "slow down", "Retry-After-Ms", "2500")}, 2500 * time.Millisecond, 2500 * time.Millisecond},
		"500 twice":              {[]modeltest.Reply{modeltest.Status(500, "server_error", "oh"), modeltest.Status(503, "", "overloaded")}, 1500 * time.Millisecond, 5 * time.Second},
		"error inside 200":       {[]modeltest.Reply{modeltest.Body(200, `{"error":{"code":429,"message":"upstream is busy"}}`)}, time.Second / 2, 2 * time.Second},
		"error inside a choice":  {[]modeltest.Reply{modeltest.Body(200, `{"choices":[{"finish_reason":"error","error":{"code":502,"message":"provider failed"},"message":{"content":"half"}}]}`)}, time.Second / 2, 2 * time.Second},
		"no choices":             {[]modeltest.Reply{modeltest.Body(200, `{"id":"x","choices":[]}`)}, time.Second / 2, 2 * time.Second},
		"empty answer":           {[]modeltest.Reply{modeltest.Content("")}, time.Second / 2, 2 * time.Second},
		"dropped connection":     {[]modeltest.Reply{modeltest.Drop()}, time.Second / 2, 2 * time.Second},
		"half a body of JSON":    {[]modeltest.Reply{modeltest.Body(200, `{"id":"x","choi`)}, time.Second / 2, 2 * time.Second},
		"string error as Ollama": {[]modeltest.Reply{modeltest.Body(500, `{"error":"llama runner process has terminated"}`)}, time.Second / 2, 2 * time.Second},
		"array error as Gemini":  {[]modeltest.Reply{modeltest.Body(503, `[{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}]`)}, time.Second / 2, 2 * time.Second},
		"page of a gateway":      {[]modeltest.Reply{modeltest.Body(502, `<html>Bad Gateway</html>`)}, time.Second / 2, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			server := modeltest.NewServer(t)
			server.Next(append(tt.replies, modeltest.Content(answer))...)
			client, time0 := newClient(t, server, nil)
			out, err := client.Complete(t.Context(), question())
			if err != nil {
				t.Fatal(err)
			}
			if string(out.Output) != answer {
				t.Errorf("output = %s", out.Output)
			}
			var slept time.Duration
			for _, d := range time0.slept {
				slept += d
			}
			if slept < tt.atLeast || slept > tt.atMost {
				t.Errorf("waited %s, want %s to %s", slept, tt.atLeast, tt.atMost)
			}
		})
	}
}

func TestFailuresSayWhatToDo(t *testing.T) {
	for name, tt := range map[string]struct {
		reply  modeltest.Reply
		class  model.Class
		says   string
		detail string
		calls  int
	}{
		"truncated":              {modeltest.Truncated(answer), model.Truncated, "model.roles", "length", 1},
		"refusal":                {modeltest.Refusal("I cannot help with that"), model.Refused, "A person has to", "I cannot help", 1},
		"content filter":         {modeltest.Filtered(), model.Refused, "content filter", "", 1},
		"filtered prompt, Azure": {modeltest.Status(400, "content_filter", "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."), model.Refused, "content filter", "", 1},
		"wrong key":              {modeltest.Status(401, "invalid_api_key", "Incorrect API key provided: sk-proj-abcdef1234567890"), model.Unauthorized, "OPENAI_API_KEY", "[key]", 1},
		"wrong key, Gemini":      {modeltest.Body(400, `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]`), model.Unauthorized, "OPENAI_API_KEY", "not valid", 1},
		"forbidden":              {modeltest.Status(403, "", "no access"), model.Unauthorized, "gpt-4.1", "", 1},
		"unknown model, Ollama":  {modeltest.Body(404, `{"error":"model 'gpt-4.1' not found, try pulling it first"}`), model.Misconfigured, "model.model", "try pulling", 1},
		"no credit":              {modeltest.Status(429, "insufficient_quota", "You exceeded your current quota"), model.Misconfigured, "credit", "", 1},
		"prompt too long":        {modeltest.Status(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens."), model.Misconfigured, "larger context", "8192", 1},
		"web page":               {modeltest.Body(200, "<!doctype html><title>Welcome</title>"), model.Misconfigured, "/v1", "", 1},
		"redirect":               {modeltest.Redirect("https://elsewhere.example/v1"), model.Misconfigured, "redirects", "", 1},
		"huge body":              {modeltest.HugeBody(), model.Misconfigured, "4 MB", "", 1},
		"long Retry-After":       {modeltest.Status(429, "rate_limit_exceeded", "org org-abc123 is out of tokens", "Retry-After", "120"), model.Retryable, "too often", "org-abc123", 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := modeltest.NewServer(t)
			server.Next(tt.reply)
			client, _ := newClient(t, server, nil)
			_, err := client.Complete(t.Context(), question())
			var failed *model.Error
			if !errors.As(err, &failed) {
				t.Fatalf("error = %v", err)
			}
			if failed.Class != tt.class || !strings.Contains(failed.Error(), tt.says) || !strings.Contains(failed.Detail, tt.detail) {
				t.Errorf("error = %+v", failed)
			}
			if got := len(server.Requests()); got != tt.calls {
				t.Errorf("%d requests, want %d", got, tt.calls)
			}
			for _, leaked := range []string{modeltest.Key, "sk-proj-abcdef1234567890"} {
				if strings.Contains(failed.Error()+failed.Detail, leaked) {
					t.Errorf("a key is in %+v", failed)
				}
			}
			if tt.detail != "" && strings.Contains(failed.Error(), tt.detail) {
				t.Errorf("what the provider said is in the text for people: %s", failed)
			}
			if name == "long Retry-After" && model.RetryAfter(err) != 2*time.Minute {
				t.Errorf("RetryAfter = %s", model.RetryAfter(err))
			}
			if name == "truncated" && failed.Usage.PromptTokens == 0 {
				t.Error("a paid answer that cannot be used has no usage")
			}
		})
	}
}

func TestAHungAPIDoesNotHoldTheRun(t *testing.T) {
	for name, reply := range map[string]modeltest.Reply{"before the headers": modeltest.Hang(), "in the body": modeltest.HangBody()} {
		t.Run(name, func(t *testing.T) {
			server := modeltest.NewServer(t)
			server.Next(reply, reply, reply, reply)
			client, _ := newClient(t, server, func(c *Config) { c.Timeout = 100 * time.Millisecond })
			_, err := client.Complete(t.Context(), question())
			if model.Classify(err) != model.Retryable || !strings.Contains(err.Error(), "100ms") {
				t.Errorf("error = %v", err)
			}
			if got := len(server.Requests()); got != 2 {
				t.Errorf("%d requests; a timeout is tried again once", got)
			}
		})
	}
}

func TestACancelledCallIsNoFailureOfTheModel(t *testing.T) {
	server := modeltest.NewServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	server.Next(func(_ *modeltest.Server, _ http.ResponseWriter, r *http.Request, _ modeltest.Request) {
		cancel()
		<-r.Context().Done()
	})
	client, _ := newClient(t, server, nil)
	if _, err := client.Complete(ctx, question()); model.Classify(err) != model.Stopped || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if _, err := client.Complete(t.Context(), question()); model.Classify(err) == model.Unavailable {
		t.Errorf("a cancelled call counts against the API: %v", err)
	}
}

func TestBreakerLeavesAFailingAPIAlone(t *testing.T) {
	server := modeltest.NewServer(t)
	for range tolerance {
		server.Next(modeltest.Status(500, "server_error", "oh"))
	}
	server.Next(modeltest.Content(answer))
	client, _ := newClient(t, server, func(c *Config) { c.Retries, c.Rest = -1, time.Second })
	for range tolerance {
		if _, err := client.Complete(t.Context(), question()); model.Classify(err) != model.Retryable {
			t.Fatalf("error = %v", err)
		}
	}
	_, err := client.Complete(t.Context(), question())
	if model.Classify(err) != model.Unavailable || model.RetryAfter(err) <= 0 {
		t.Fatalf("error = %v", err)
	}
	if got := len(server.Requests()); got != tolerance {
		t.Fatalf("%d requests; the open breaker let one through", got)
	}
	for deadline := time.Now().Add(10 * time.Second); err != nil; _, err = client.Complete(t.Context(), question()) {
		if time.Now().After(deadline) {
			t.Fatalf("the breaker never closed: %v", err)
		}
	}
}

func TestAzure(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Next(modeltest.Content(answer))
	client, _ := newClient(t, server, func(c *Config) {
		c.BaseURL, c.APIVersion, c.Model = strings.TrimSuffix(server.URL, "/v1"), "2024-10-21", "support-gpt-3.5"
	})
	if _, err := client.Complete(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	asked := server.Requests()[0]
	if asked.Path != "/openai/deployments/support-gpt-3.5/chat/completions" || asked.Query != "api-version=2024-10-21" ||
		asked.Header.Get("Api-Key") != modeltest.Key || asked.Header.Get("Authorization") != "" {
		t.Errorf("request = %+v", asked)
	}
}

func TestNobodyThere(t *testing.T) {
	server := modeltest.NewServer(t)
	client, _ := newClient(t, server, func(c *Config) { c.BaseURL = "http://127.0.0.1:1/v1" })
	if _, err := client.Complete(t.Context(), question()); model.Classify(err) != model.Unavailable || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("error = %v", err)
	}
}

func TestNewSaysWhatIsWrong(t *testing.T) {
	for name, tt := range map[string]struct {
		config Config
		says   string
	}{
		"no model":       {Config{Key: "k"}, "OPENAI_MODEL"},
		"no key":         {Config{Model: "gpt-5-mini"}, "OPENAI_API_KEY"},
		"user in URL":    {Config{Model: "m", BaseURL: "https://me:secret@host/v1"}, "base URL"},
		"no scheme":      {Config{Model: "m", BaseURL: "localhost:11434/v1"}, "http://"},
		"line in key":    {Config{Model: "m", Key: "abc\n"}, "line break"},
		"query in URL":   {Config{Model: "m", BaseURL: "https://host/v1?key=secret"}, "query"},
		"not even a URL": {Config{Model: "m", BaseURL: "http://[::1"}, "base URL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(tt.config)
			if model.Classify(err) != model.Misconfigured || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("error = %v", err)
			}
		})
	}
	if _, err := New(Config{Model: "llama3", BaseURL: "http://localhost:11434/v1"}); err != nil {
		t.Errorf("a local backend needs no key: %v", err)
	}
}

// Every shape of request the client can send is held to the published description here, whatever else is skipped.
func TestRequestsKeepToTheContract(t *testing.T) {
	need.Contract(t, "openai-chat.json")
	server := modeltest.NewServer(t)
	server.Refuse(modeltest.StrictSchema, modeltest.LooseSchema, modeltest.JSONObject)
	client, _ := newClient(t, server, nil)
	r := question()
	r.Problems = []role.Problem{{Where: "handoff", Message: "is missing"}}
	for _, name := range []string{"gpt-4.1", "o3"} {
		client.config.Model = name
		server.Next(modeltest.Content(answer))
		if _, err := client.Complete(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(server.Requests()); got != 8 {
		t.Errorf("%d requests, want 8", got)
	}
}

func TestObject(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1}`:                              `{"a":1}`,
		"```json\n{\"a\":1}\n```":              `{"a":1}`,
		"Sure {thing}! {\"a\":{\"b\":2}} Bye.": `{"a":{"b":2}}`,
		`{"a":1`:                               `{"a":1`,
		"I do not know.":                       "I do not know.",
		"<think>maybe {\"x\":1}</think> {\"a\":1}": `{"a":1}`,
	} {
		if got, whole := object(in); got != want || whole != (strings.HasPrefix(want, "{") && strings.HasSuffix(want, "}")) {
			t.Errorf("object(%q) = %q, %t", in, got, whole)
		}
	}
}

func FuzzNote(f *testing.F) {
	f.Add(200, `{"error":"x"}`, "5")
	f.Add(400, `[{"error":{"code":400,"message":"m"}}]`, "Mon, 23 Nov 2026 09:00:11 GMT")
	f.Add(500, `<html>`, "-1")
	w := &wire{now: func() time.Time { return time.Unix(1_790_000_000, 0) }}
	c := &Client{config: Config{Key: "very-secret-key"}}
	f.Fuzz(func(t *testing.T, status int, body, after string) {
		x := &exchange{}
		w.note(x, &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}}}, []byte(body))
		if x.retryAfter < 0 {
			t.Errorf("Retry-After %q = %s", after, x.retryAfter)
		}
		if got := c.safe(x.message + c.config.Key); strings.Contains(got, c.config.Key) || len(got) > maxDetail+len("…") {
			t.Errorf("detail %q", got)
		}
		if x.failed() {
			if class, message := c.status(x, "m"); class == "" || message == "" {
				t.Errorf("status %d is not explained", x.status)
			}
		}
	})
}
