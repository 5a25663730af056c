package model

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Class says what a failed call means for the caller.
type Class string

// The classes of failure.
const (
	Retryable     Class = "retryable"     // it may work later, not before Error.RetryAfter; the client's own retries are used up
	Refused       Class = "refused"       // the model or its filter will not answer this prompt
	Truncated     Class = "truncated"     // the answer did not fit
	Unauthorized  Class = "unauthorized"  // the key is missing, wrong, or may not use the model
	Misconfigured Class = "misconfigured" // a person must change the configuration or the account
	Unavailable   Class = "unavailable"   // the API cannot be reached, or failed so often that it is given a rest
	Limited       Class = "limited"       // the budget does not allow the call; it was not made
	Stopped       Class = "stopped"       // the caller gave up; nothing is known about the model
)

// Permanent reports whether the same question will fail again until a person changes something.
func (c Class) Permanent() bool {
	switch c {
	case Refused, Truncated, Unauthorized, Misconfigured, Limited:
		return true
	}
	return false
}

// Error is a failed call. Its text is ours alone: it says what happened and what to do, and may be shown on a ticket.
// What the provider said is in Detail, which is for the operator's log: it can name accounts and quote prompts.
type Error struct {
	Class      Class
	Message    string
	Detail     string // shortened, keys removed; never part of Error()
	Status     int    // HTTP status; 0 where there was no answer
	RetryAfter time.Duration
	Attempts   int
	Usage      Usage // what the failed call used, where the provider said so
	Cause      error // for errors.Is; its text is not shown
}

// Error returns the message for people.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// LogValue shows the operator everything.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("class", string(e.Class)), slog.String("message", e.Message)}
	if e.Detail != "" {
		attrs = append(attrs, slog.String("detail", e.Detail))
	}
	if e.Status != 0 {
		attrs = append(attrs, slog.Int("status", e.Status))
	}
	if e.RetryAfter > 0 {
		attrs = append(attrs, slog.Duration("retry_after", e.RetryAfter))
	}
	if e.Attempts > 0 {
		attrs = append(attrs, slog.Int("attempts", e.Attempts))
	}
	return slog.GroupValue(attrs...)
}

// Classify says what an error means: the class of the *Error in it, Stopped for a cancelled context, and Unavailable
// for anything else. It is "" for nil.
func Classify(err error) Class {
	var failed *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &failed):
		return failed.Class
	case errors.Is(err, context.Canceled):
		return Stopped
	}
	return Unavailable
}

// RetryAfter returns how long to wait before the next call, as the provider asked; 0 where it did not.
func RetryAfter(err error) time.Duration {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.RetryAfter
	}
	return 0
}
