package model_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/model"
)

type scripted struct {
	name string
	err  error
	n    int
}

func (s *scripted) Name() string { return s.name }
func (s *scripted) Complete(context.Context, model.Request) (model.Response, error) {
	s.n++
	return model.Response{Model: s.name, Usage: model.Usage{PromptTokens: 5}}, s.err
}

func TestChain(t *testing.T) {
	fail := func(class model.Class) error {
		return &model.Error{Class: class, Message: "No: " + string(class) + ".", Usage: model.Usage{PromptTokens: 2}}
	}
	for _, c := range []struct {
		first, second error
		want          model.Class
		answers       string
		tokens, asked int
	}{
		{nil, nil, "", "one", 5, 0},
		{fail(model.Unavailable), nil, "", "two", 7, 1},
		{fail(model.Refused), nil, "", "two", 7, 1},
		{fail(model.Unauthorized), nil, "", "two", 7, 1},
		{fail(model.Truncated), nil, "", "two", 7, 1},
		{fail(model.Stopped), nil, model.Stopped, "", 2, 0},
		{fail(model.Unauthorized), fail(model.Retryable), model.Retryable, "", 4, 1},
		{fail(model.Retryable), fail(model.Unauthorized), model.Retryable, "", 4, 1},
		{fail(model.Refused), fail(model.Refused), model.Refused, "", 4, 1},
		{fail(model.Retryable), fail(model.Stopped), model.Stopped, "", 4, 1},
	} {
		one, two := &scripted{name: "one", err: c.first}, &scripted{name: "two", err: c.second}
		response, err := model.Chain{First: one, Second: two, Log: slog.New(slog.DiscardHandler)}.Complete(context.Background(), model.Request{})
		if model.Classify(err) != c.want || two.n != c.asked || one.n != 1 {
			t.Errorf("%v, %v: %v, the second was asked %d times", c.first, c.second, err, two.n)
		}
		if err == nil {
			if response.Model != c.answers || response.Usage.PromptTokens != c.tokens {
				t.Errorf("%v, %v: %+v", c.first, c.second, response)
			}
			continue
		}
		if got := err.(*model.Error); got.Usage.PromptTokens != c.tokens || c.asked == 1 && c.want != model.Stopped && !strings.Contains(got.Message, "either: No") {
			t.Errorf("%v, %v: %+v", c.first, c.second, got)
		}
	}
}

func TestAChainAsksItsSecondModelAlone(t *testing.T) {
	one, two := &scripted{name: "one"}, &scripted{name: "two"}
	chain := model.Chain{First: one, Second: two, Log: slog.New(slog.DiscardHandler)}
	response, err := chain.Complete(context.Background(), model.Request{Second: true})
	if err != nil || response.Model != "two" || one.n != 0 || !model.HasSecond(chain) || model.HasSecond(one) {
		t.Errorf("%+v, %v; the first was asked %d times", response, err, one.n)
	}
}
