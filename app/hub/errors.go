package hub

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/google/go-github/v62/github"
)

// Error is what GitHub said no to, with what to do about it.
type Error struct {
	Op      string // what OiOi was doing
	Status  int    // HTTP status, 0 when there was no answer
	Message string

	permanent bool
	noToken   bool // there was no installation token to ask with
	after     time.Duration
	cause     error
}

// Error says what failed and why.
func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s: %s", e.Op, e.Message)
	}
	return fmt.Sprintf("%s: GitHub answered %d: %s", e.Op, e.Status, e.Message)
}

// Unwrap returns the library's error.
func (e *Error) Unwrap() error { return e.cause }

// Permanent reports whether trying again cannot help.
func (e *Error) Permanent() bool { return e.permanent }

// RetryAfter returns how long GitHub asks to wait; zero when it does not say.
func (e *Error) RetryAfter() time.Duration { return e.after }

// NotFound reports whether GitHub knows no such thing, or does not show it to this App.
func NotFound(err error) bool {
	return status(err) == http.StatusNotFound || status(err) == http.StatusGone
}

func status(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// suspendedFor is how long OiOi waits before it asks again for a token of an installation that is suspended or removed.
const suspendedFor = 10 * time.Minute

// wrap turns an error of the client into an Error that says whether and when to try again.
func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	out := &Error{Op: op, Message: err.Error(), cause: err}
	var own *Error
	if errors.As(err, &own) {
		own.Op = op
		return own
	}
	var primary *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	var answer *github.ErrorResponse
	var token *ghinstallation.HTTPError
	switch {
	case errors.As(err, &primary):
		out.Status, out.Message = http.StatusForbidden, "the hourly rate limit is used up"
		if out.after = time.Second; primary.Response != nil {
			out.after = max(retryAfter(primary.Response.Header), out.after)
		}
	case errors.As(err, &secondary):
		out.Status, out.Message, out.after = http.StatusForbidden, "the limit for content writes is reached", secondaryWait
		if secondary.Response != nil {
			if said := retryAfter(secondary.Response.Header); said > 0 {
				out.after = said
			}
		}
		if secondary.RetryAfter != nil && *secondary.RetryAfter > 0 {
			out.after = *secondary.RetryAfter
		}
	case errors.As(err, &answer):
		out.Status, out.Message = answer.Response.StatusCode, answer.Message
		for _, detail := range answer.Errors {
			out.Message += fmt.Sprintf("; %s %s %s %s", detail.Resource, detail.Field, detail.Code, detail.Message)
		}
		out.after = retryAfter(answer.Response.Header)
		out.classify()
	case errors.As(err, &token):
		out.Message, out.noToken = "no installation token: "+token.Message, true
		if token.Response != nil {
			out.Status, out.after = token.Response.StatusCode, retryAfter(token.Response.Header)
			out.classify()
			if out.permanent { // suspended or removed: that may be taken back, and nothing is lost by waiting
				out.permanent, out.after = false, suspendedFor
			}
		}
	}
	out.Message = credential.ReplaceAllString(out.Message, "[credential]")
	return out
}

// credential is what authenticates requests: GitHub's tokens and an App's JWT. A proxy on the way to GitHub may send back in
// an error what it was sent. https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
var credential = regexp.MustCompile(`\bgh[a-z]_\w{16,}|\bgithub_pat_\w{16,}|\beyJ[\w-]+\.[\w-]+\.[\w-]+|(?i:\b(?:bearer|token|basic)\s+)[\w.~+/=-]{16,}`)

func (e *Error) classify() {
	switch e.Status {
	case http.StatusTooManyRequests:
		if e.after == 0 {
			e.after = secondaryWait
		}
	case http.StatusUnauthorized:
		// An expired token is replaced by the next request; a wrong key stays wrong and the retries end.
	case http.StatusForbidden:
		if e.after == 0 && limited(e.Message) {
			e.after = secondaryWait
		}
		if e.after > 0 {
			return
		}
		e.permanent = e.after == 0
		e.Message += "; check that the App's permissions are granted and that the repository is not archived"
	case http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusMethodNotAllowed:
		e.permanent = true
	}
}

// retryAfter reads the Retry-After header, in seconds or as a date, and x-ratelimit-reset where x-ratelimit-remaining is 0.
// Dates are GitHub's, so they are held against GitHub's clock, which the answer tells, and not against this machine's.
// https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
func retryAfter(h http.Header) time.Duration {
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		return max(at.Sub(now), time.Second)
	}
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if h.Get("X-RateLimit-Remaining") == "0" {
		if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			return max(time.Unix(reset, 0).Sub(now), time.Second)
		}
	}
	return 0
}
