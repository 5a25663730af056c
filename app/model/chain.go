package model

import (
	"context"
	"errors"
	"log/slog"
)

// Chain is a Model that asks a second one where the first does not answer: unreachable, overloaded, without credit, or
// unwilling; and where the caller could not use what the first one answers. Each keeps its own retries and its own breaker. Chains of more are chains of chains.
type Chain struct {
	First, Second Model
	Log           *slog.Logger
}

// Name is the first one's: whoever of the two answered stands in Response.Model.
func (c Chain) Name() string { return c.First.Name() }

// Complete answers with what was used by both. Where neither answers, the error is the one that may pass, if one may: then
// it is worth while to ask again later.
func (c Chain) Complete(ctx context.Context, r Request) (Response, error) {
	if r.Second {
		r.Second = false
		return c.Second.Complete(ctx, r)
	}
	response, err := c.First.Complete(ctx, r)
	if err == nil || Classify(err) == Stopped {
		return response, err
	}
	c.Log.WarnContext(ctx, "the model did not answer; the fallback model is asked", "class", Classify(err), "error", err)
	spent := usageOf(err)
	response, err2 := c.Second.Complete(ctx, r)
	if err2 == nil {
		if spent != (Usage{}) {
			response.Usage = spent.Add(response.Usage)
		}
		return response, nil
	}
	if Classify(err2) == Stopped || Classify(err).Permanent() && !Classify(err2).Permanent() {
		err, err2 = err2, err
	}
	var failed *Error
	if errors.As(err, &failed) {
		both := *failed
		both.Usage = usageOf(err2).Add(failed.Usage)
		both.Message += " The other model did not answer either: " + err2.Error()
		if both.Class == Stopped {
			both.Message = failed.Message
		}
		return Response{}, &both
	}
	return Response{}, err
}

// Estimate is what the dearer of the two may use: a first one that does not answer is seldom paid for.
func (c Chain) Estimate(r Request) Usage {
	a, _ := Estimate(c.First, r)
	b, _ := Estimate(c.Second, r)
	return Usage{PromptTokens: max(a.PromptTokens, b.PromptTokens), CompletionTokens: max(a.CompletionTokens, b.CompletionTokens),
		CostUSD: max(a.CostUSD, b.CostUSD), Priced: a.Priced && b.Priced}
}

// HasSecond says that Request.Second means something here.
func (c Chain) HasSecond() bool { return true }

// HasSecond reports whether m has a second model to ask.
func HasSecond(m any) bool {
	chain, ok := m.(interface{ HasSecond() bool })
	return ok && chain.HasSecond()
}

func usageOf(err error) Usage {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Usage
	}
	return Usage{}
}
