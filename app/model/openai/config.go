// Package openai answers roles through any API that speaks OpenAI's chat completions: OpenAI, Azure OpenAI, Ollama, vLLM,
// OpenRouter, Gemini's and Anthropic's compatible endpoints. It never trusts the other side: every call has a timeout,
// every body a limit, redirects are not followed, and what a backend cannot do is found out and remembered.
package openai

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	goopenai "github.com/sashabaranov/go-openai"

	"github.com/oioi-app/oioi/app/model"
)

// DefaultBaseURL is OpenAI's own API.
const DefaultBaseURL = "https://api.openai.com/v1"

// Config says which API is called and how.
type Config struct {
	BaseURL    string            // default DefaultBaseURL; Azure: https://NAME.openai.azure.com
	Key        string            // may be empty where the API asks for none, never for OpenAI's own
	Model      string            // needed
	Roles      map[string]string // another model for a role, by role id
	APIVersion string            // set for Azure OpenAI only: the deployment is then named by Model
	Timeout    time.Duration     // of one request; default 2 minutes
	Retries    int               // further attempts after a passing failure; default 3, negative: none
	MaxWait    time.Duration     // a longer Retry-After is handed to the caller instead of waited for; default 30 seconds
	MaxTokens  int               // an answer's length at the most, reasoning included; default 16,000
	Prices     map[string]Price  // by model
	Rest       time.Duration     // how long an API that keeps failing is left alone; default 30 seconds

	Transport http.RoundTripper // default: one with timeouts for dialling and TLS
	Log       *slog.Logger      // each failed attempt, with what the provider said; default: none
	// Now and Sleep are the clock; default: the system's. Sleep returns early with the context's error.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// Price of a model, in US dollars for a million tokens. A CachedInput of 0 means that cached tokens cost as much as
// others, so that a missing number never makes a call look cheaper than it is.
type Price struct {
	Input, CachedInput, Output float64
}

// New checks the configuration and returns a client. It calls nobody.
func New(c Config) (*Client, error) {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, misconfigured("the model's base URL is not usable: write http:// or https://, host and path, without user, query and fragment, for example %s", DefaultBaseURL)
	}
	if c.Model == "" {
		return nil, misconfigured("no model is named: set OPENAI_MODEL or model.model in config.yml, for example gpt-5-mini")
	}
	if c.Key == "" && strings.EqualFold(u.Hostname(), "api.openai.com") {
		return nil, misconfigured("OpenAI's API needs a key: set OPENAI_API_KEY, or OPENAI_API_KEY_FILE to a file that holds it, or choose the provider playbook")
	}
	if strings.ContainsFunc(c.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, misconfigured("the model's key holds a space, a line break or another character that no key has: check OPENAI_API_KEY or the key file")
	}
	c.defaults()
	return &Client{
		config:  c,
		host:    u.Host,
		api:     goopenai.NewClientWithConfig(c.sdk()),
		breaker: newBreaker(c.Rest),
		learned: map[string]shape{},
	}, nil
}

func misconfigured(format string, args ...any) error {
	return &model.Error{Class: model.Misconfigured, Message: fmt.Sprintf(format, args...)}
}

func (c *Config) defaults() {
	if c.Timeout <= 0 {
		c.Timeout = 2 * time.Minute
	}
	switch {
	case c.Retries == 0:
		c.Retries = 3
	case c.Retries < 0:
		c.Retries = 0
	}
	if c.MaxWait <= 0 {
		c.MaxWait = 30 * time.Second
	}
	if c.MaxTokens <= 0 {
		c.MaxTokens = 16_000
	}
	if c.Rest <= 0 {
		c.Rest = 30 * time.Second
	}
	if c.Transport == nil {
		c.Transport = transport(c.Timeout)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
}

func (c Config) sdk() goopenai.ClientConfig {
	sdk := goopenai.DefaultConfig(c.Key)
	if c.APIVersion != "" {
		sdk = goopenai.DefaultAzureConfig(c.Key, c.BaseURL)
		sdk.APIVersion = c.APIVersion
		sdk.AzureModelMapperFunc = func(deployment string) string { return deployment }
	}
	sdk.BaseURL = c.BaseURL
	sdk.HTTPClient = &wire{client: &http.Client{
		Transport: c.Transport,
		// A redirect would carry the prompt, and some APIs' key header, to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, now: c.Now}
	return sdk
}

// modelFor returns the model that answers a role.
func (c Config) modelFor(roleID string) string {
	if own := c.Roles[roleID]; own != "" {
		return own
	}
	return c.Model
}

// cost prices a call by the model that was asked for, or by what the API says answered.
func (c Config) cost(u goopenai.Usage, names ...string) model.Usage {
	out := model.Usage{PromptTokens: u.PromptTokens, CompletionTokens: u.CompletionTokens}
	if u.PromptTokensDetails != nil {
		out.CachedTokens = min(u.PromptTokensDetails.CachedTokens, u.PromptTokens)
	}
	i := slices.IndexFunc(names, func(name string) bool { _, ok := c.Prices[name]; return ok })
	if i < 0 || out == (model.Usage{}) {
		return out
	}
	price := c.Prices[names[i]]
	if price.CachedInput == 0 {
		price.CachedInput = price.Input
	}
	const million = 1e6
	out.Priced = true
	out.CostUSD = (float64(out.PromptTokens-out.CachedTokens)*price.Input + float64(out.CachedTokens)*price.CachedInput +
		float64(out.CompletionTokens)*price.Output) / million
	return out
}

// Estimate returns what one call may use at the most, in the model's price where it has one.
func (c *Client) Estimate(r model.Request) model.Usage {
	// The prompt's parts are counted; the rest is guessed, and what the call does use is what counts in the end.
	const bytesPerToken, frame = 3, 64
	extra := len(r.Schema) + len(r.Rejected)
	for _, problem := range r.Problems {
		extra += len(problem.Where) + len(problem.Message)
	}
	return c.config.cost(goopenai.Usage{PromptTokens: r.Prompt.Tokens() + extra/bytesPerToken + frame, CompletionTokens: c.config.MaxTokens},
		c.config.modelFor(r.Brief.Step.Role))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
