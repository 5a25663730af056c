package openai

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	goopenai "github.com/sashabaranov/go-openai"
	"github.com/sony/gobreaker/v2"

	"github.com/oioi-app/oioi/app/model"
)

// drafter is the client's name.
const drafter = "openai"

// Client is a model.Model. It is safe for concurrent use.
type Client struct {
	config  Config
	host    string
	api     *goopenai.Client
	breaker *gobreaker.CircuitBreaker[model.Response]

	mu      sync.Mutex
	learned map[string]shape // by model: the strongest shape it has accepted
}

// Name returns "openai".
func (c *Client) Name() string { return drafter }

// errTimeout marks our own timeout, as opposed to the caller's deadline.
var errTimeout = errors.New("timeout")

// Complete asks the model. Passing failures are tried again as often as the configuration says; a longer wait than
// MaxWait is left to the caller, who gets it as Error.RetryAfter.
func (c *Client) Complete(ctx context.Context, r model.Request) (model.Response, error) {
	name := c.config.modelFor(r.Brief.Step.Role)
	form := c.shape(name, r.Schema)
	pause := &backoff.ExponentialBackOff{
		InitialInterval: time.Second, RandomizationFactor: backoff.DefaultRandomizationFactor, Multiplier: 2, MaxInterval: 20 * time.Second,
	}
	var spent model.Usage
	timeouts := 0
	for attempt, retries := 1, 0; ; attempt++ {
		out, x, failed := c.attempt(ctx, name, r, form)
		if failed == nil {
			if len(r.Schema) > 0 {
				c.learn(name, form)
			}
			if spent != (model.Usage{}) {
				out.Usage = spent.Add(out.Usage)
			}
			return out, nil
		}
		if failed.Usage != (model.Usage{}) {
			spent = spent.Add(failed.Usage)
		}
		failed.Usage, failed.Attempts = spent, attempt
		c.config.Log.WarnContext(ctx, "the model's API failed", "model", name, "error", failed)
		if weaker, ok := form.weaker(x); ok {
			form = weaker
			continue
		}
		if errors.Is(failed.Cause, errTimeout) {
			timeouts++
		}
		wait := max(failed.RetryAfter, pause.NextBackOff())
		again := failed.Class == model.Retryable || failed.Class == model.Unavailable && failed.RetryAfter == 0
		// A second timeout will hardly be the last, and each costs minutes.
		if !again || retries >= c.config.Retries || timeouts > 1 || failed.RetryAfter > c.config.MaxWait {
			return model.Response{}, failed
		}
		retries++
		if err := c.config.Sleep(ctx, wait); err != nil {
			return model.Response{}, &model.Error{Class: model.Stopped, Message: "The call to the model was stopped.", Attempts: attempt, Usage: spent, Cause: err}
		}
	}
}

// attempt makes one request through the breaker.
func (c *Client) attempt(ctx context.Context, name string, r model.Request, form shape) (model.Response, *exchange, *model.Error) {
	within, cancel := context.WithTimeoutCause(ctx, c.config.Timeout, errTimeout)
	defer cancel()
	within, x := withExchange(within)
	out, err := c.breaker.Execute(func() (model.Response, error) {
		res, err := c.api.CreateChatCompletion(within, c.config.request(name, r, form))
		if err != nil && errors.Is(context.Cause(within), errTimeout) {
			err = errTimeout
		}
		if err != nil || x.failed() {
			return model.Response{}, c.failure(ctx, x, err, name)
		}
		out, failed := c.config.read(name, res)
		if failed != nil {
			failed.Detail = c.safe(failed.Detail)
			return out, failed
		}
		return out, nil
	})
	var failed *model.Error
	switch {
	case err == nil:
		return out, x, nil
	case errors.As(err, &failed):
		return out, x, failed
	}
	return out, x, &model.Error{Class: model.Unavailable, RetryAfter: c.config.Rest, Cause: err,
		Message: c.host + " has failed again and again; OiOi leaves it alone for " + c.config.Rest.String() + "."}
}

// tolerance is how many requests in a row may fail before the API is left alone.
const tolerance = 6

func newBreaker(rest time.Duration) *gobreaker.CircuitBreaker[model.Response] {
	return gobreaker.NewCircuitBreaker[model.Response](gobreaker.Settings{
		Name: drafter, Timeout: rest,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= tolerance },
		IsSuccessful: func(err error) bool {
			switch model.Classify(err) {
			case model.Retryable, model.Unavailable:
				return false
			}
			return true // it answered, even if we do not like what it says
		},
		IsExcluded: func(err error) bool {
			var failed *model.Error
			return model.Classify(err) == model.Stopped || errors.As(err, &failed) && failed.Status == 429
		},
	})
}

func (c *Client) shape(name string, schema []byte) shape {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.learned[name]; ok && (len(schema) > 0 || s.rung >= jsonObject) {
		return s
	}
	return firstShape(name, schema)
}

func (c *Client) learn(name string, s shape) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.learned[name] = s
}
