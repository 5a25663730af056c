package hub

import (
	"context"
	"io"
	"net/http"
	"time"
)

// within gives each request its time, the reading of the answer included. http.Client's own Timeout is not used: it keeps a
// goroutine, and all that the request's context holds, until the time is over or the body is closed, and go-github never
// closes the body of an answer that says no: it has put another in its place by then.
func within(limit time.Duration, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		ctx, done := context.WithTimeout(r.Context(), limit)
		resp, err := next.RoundTrip(r.WithContext(ctx))
		if err != nil {
			done()
			return nil, err
		}
		resp.Body = &timedBody{resp.Body, done}
		return resp, nil
	})
}

// inTime is within for a call of GitHub's API.
func (h *Hub) inTime(next http.RoundTripper) http.RoundTripper {
	return within(h.options.Timeout, next)
}

// timedBody ends a request's time when its answer is read or given up.
type timedBody struct {
	io.ReadCloser
	done context.CancelFunc
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.done()
	}
	return n, err
}

func (b *timedBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}
