package model

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestClassify(t *testing.T) {
	busy := &Error{Class: Retryable, Message: "busy", RetryAfter: time.Minute}
	for _, tt := range []struct {
		err       error
		want      Class
		permanent bool
	}{
		{nil, "", false},
		{fmt.Errorf("step 2: %w", busy), Retryable, false},
		{fmt.Errorf("step 2: %w", context.Canceled), Stopped, false},
		{errors.New("what"), Unavailable, false},
		{&Error{Class: Unauthorized}, Unauthorized, true},
		{&Error{Class: Truncated, Cause: context.Canceled}, Truncated, true},
	} {
		if got := Classify(tt.err); got != tt.want || got.Permanent() != tt.permanent {
			t.Errorf("Classify(%v) = %q (permanent %t), want %q (%t)", tt.err, got, got.Permanent(), tt.want, tt.permanent)
		}
	}
	if got := RetryAfter(fmt.Errorf("x: %w", busy)); got != time.Minute {
		t.Errorf("RetryAfter = %s", got)
	}
}

func TestUsageIsPricedOnlyWhereEveryPartIs(t *testing.T) {
	priced := Usage{PromptTokens: 10, CompletionTokens: 1, CostUSD: 0.5, Priced: true}
	unpriced := Usage{PromptTokens: 5}
	if sum := (Usage{}).Add(priced).Add(priced); !sum.Priced || sum.CostUSD != 1 || sum.PromptTokens != 20 {
		t.Errorf("sum of priced calls = %+v", sum)
	}
	if sum := priced.Add(unpriced).Add(priced); sum.Priced {
		t.Errorf("an unpriced call made a priced sum: %+v", sum)
	}
	if (Usage{}).Add(Usage{}).Priced {
		t.Error("nothing is priced")
	}
}
