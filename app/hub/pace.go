package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
)

// What GitHub allows an installation to write, and a little less than it.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
const (
	writesPerMinute = 79  // GitHub: 80
	writesPerHour   = 499 // GitHub: 500

	longestPause  = 10 * time.Second // that a request waits for its turn; a longer wait goes back to the caller
	secondaryWait = time.Minute      // GitHub's advice where a secondary limit comes without a time
)

// Ledger keeps what must be remembered from one process to the next.
type Ledger interface {
	// Change replaces the text kept under a key by what fn makes of it ("" where there is none), in one transaction.
	Change(ctx context.Context, key string, fn func(old string) (string, error)) error
}

// writes is what an installation has written lately, as the ledger keeps it.
type writes struct {
	Next  int64   `json:"next"`  // Unix milliseconds before which nothing may be sent, because GitHub said so
	Times []int64 `json:"times"` // of the writes of the last hour, oldest first
}

// turn returns when the next write may be sent, at now or later.
func (w *writes) turn(now time.Time, interval time.Duration) time.Time {
	at := max(now.Add(time.Millisecond-1).UnixMilli(), w.Next) // rounded up, so that no two are closer than they should be
	hourAgo := at - time.Hour.Milliseconds()
	for len(w.Times) > 0 && w.Times[0] <= hourAgo {
		w.Times = w.Times[1:]
	}
	if n := len(w.Times); n > 0 {
		at = max(at, w.Times[n-1]+interval.Milliseconds())
	}
	if n := len(w.Times); n >= writesPerMinute {
		at = max(at, w.Times[n-writesPerMinute]+time.Minute.Milliseconds())
	}
	if n := len(w.Times); n >= writesPerHour {
		at = max(at, w.Times[n-writesPerHour]+time.Hour.Milliseconds())
	}
	return time.UnixMilli(at)
}

func parseWrites(text string) writes {
	var w writes
	if json.Unmarshal([]byte(text), &w) != nil {
		return writes{} // an unreadable ledger is an empty one: GitHub's own answers still hold
	}
	return w
}

type beforeWriteKey struct{}

// BeforeWrite returns a context whose writes ask check just before each request is sent, after the wait for its turn. An error
// of check is returned instead of sending.
func BeforeWrite(ctx context.Context, check func(context.Context) error) context.Context {
	return context.WithValue(ctx, beforeWriteKey{}, check)
}

// theApp stands for the App itself, which asks for tokens and deliveries. What GitHub says to it holds for no installation's
// own requests.
const theApp = 0

// pacedApp is paced for the requests that the App makes as itself.
func (h *Hub) pacedApp(next http.RoundTripper) http.RoundTripper {
	app := h.paced(theApp)(next)
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path+"/", "/app/") {
			return app.RoundTrip(r)
		}
		return next.RoundTrip(r)
	})
}

// paced is the last stop of every request of one installation: it waits for its turn, asks whether it is still wanted, and
// reads from the answer what holds for the requests after it.
func (h *Hub) paced(installationID int64) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			write := r.Method != http.MethodGet && r.Method != http.MethodHead && installationID != theApp
			if err := h.turn(r.Context(), installationID, write); err != nil {
				return nil, err
			}
			if check, ok := r.Context().Value(beforeWriteKey{}).(func(context.Context) error); ok && write {
				if err := check(r.Context()); err != nil {
					return nil, err
				}
			}
			send := next.RoundTrip
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				send = persistent(next).RoundTrip
			}
			resp, err := send(r)
			if err != nil {
				return nil, err
			}
			if foreign(resp) {
				_ = resp.Body.Close()
				return nil, &Error{Op: r.Method + " " + r.URL.Path, Message: "what came is no answer of GitHub's API; a proxy on the way may have given it"}
			}
			switch resp.StatusCode {
			case http.StatusUnauthorized:
				h.forget(installationID) // its token was revoked or expired early: the next request fetches a new one
			case http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable:
				if pause := pauseOf(resp); pause > 0 {
					h.hold(r.Context(), installationID, h.now().Add(pause))
				} else {
					h.forget(installationID) // its token knows the permissions of the time when it was made
				}
			}
			return resp, nil
		})
	}
}

// A read that GitHub does not answer properly is sent so often, with such a pause before the second time: what is over in a
// moment costs no evidence and no attempt of a job. A write is the caller's to look after.
const (
	readTries = 3
	readPause = 100 * time.Millisecond
)

// persistent sends reads again that fail in a way that may be over in a moment.
func persistent(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		for try := 1; try < readTries && hiccup(resp, err) && r.Context().Err() == nil; try++ {
			if resp != nil {
				_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
				_ = resp.Body.Close()
			}
			if err := sleep(r.Context(), time.Duration(try)*readPause); err != nil {
				return nil, err
			}
			resp, err = next.RoundTrip(r)
		}
		return resp, err
	})
}

// hiccup reports whether a request failed in a way that may be over in a moment.
func hiccup(resp *http.Response, err error) bool {
	if err != nil {
		var own *Error
		var token *ghinstallation.HTTPError
		return !errors.As(err, &own) && !errors.As(err, &token)
	}
	if foreign(resp) {
		return true
	}
	switch resp.StatusCode {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return retryAfter(resp.Header) == 0
	}
	return false
}

// foreign reports whether a success is none of GitHub's API: a page, or nothing where there must be something. The client would
// take an empty answer for an issue without a title, or an account without permissions.
func foreign(resp *http.Response) bool {
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated || resp.Request == nil {
		return false
	}
	if accept := resp.Request.Header.Get("Accept"); strings.Contains(accept, "raw") || strings.Contains(accept, "sha") {
		return false // a file may be empty
	}
	return resp.ContentLength == 0 || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
}

// pauseOf reads how long GitHub wants to be left alone, in every form that it says so; 0 for an ordinary refusal. The body
// can be read again afterwards.
func pauseOf(resp *http.Response) time.Duration {
	if pause := retryAfter(resp.Header); pause > 0 {
		return pause
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		return secondaryWait
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if limited(string(body)) {
		return secondaryWait
	}
	return 0
}

// limited reports whether a refusal's words are those of the secondary limit, under its new and its old name.
func limited(words string) bool {
	words = strings.ToLower(words)
	return strings.Contains(words, "secondary rate limit") || strings.Contains(words, "abuse detection")
}

// LedgerPrefix is what the keys of the Ledger begin with; behind it stands the installation's number.
const LedgerPrefix = "writes/"

func ledgerKey(installationID int64) string { return fmt.Sprintf("%s%d", LedgerPrefix, installationID) }

// Pace reads what the Ledger keeps for an installation: how much it has written in the last minute and hour, and when it may
// write next, at now or later, with that interval between two writes.
func Pace(kept string, interval time.Duration, now time.Time) (lastMinute, lastHour int, next time.Time) {
	w := parseWrites(kept)
	for _, at := range w.Times {
		if at > now.Add(-time.Hour).UnixMilli() {
			lastHour++
		}
		if at > now.Add(-time.Minute).UnixMilli() {
			lastMinute++
		}
	}
	return lastMinute, lastHour, w.turn(now, interval)
}

// turn waits until the installation may send its next request. Waits of more than a few seconds go back as an Error that
// says when to try again, so that no worker is held up by them.
func (h *Hub) turn(ctx context.Context, installationID int64, write bool) error {
	now := h.now()
	until, err := h.heldUntil(ctx, installationID)
	if err != nil {
		return err
	}
	if until.After(now) {
		return tooSoon(until.Sub(now))
	}
	if !write || h.options.WriteInterval <= 0 {
		return nil
	}
	var at time.Time
	err = h.options.Ledger.Change(ctx, ledgerKey(installationID), func(old string) (string, error) {
		w := parseWrites(old)
		if at = w.turn(now, h.options.WriteInterval); at.Sub(now) > longestPause {
			return old, nil
		}
		w.Times = append(w.Times, at.UnixMilli())
		kept, err := json.Marshal(w)
		return string(kept), err
	})
	if err != nil {
		return fmt.Errorf("note a write to GitHub: %w", err)
	}
	pause := at.Sub(now)
	if pause > longestPause {
		return tooSoon(pause)
	}
	return sleep(ctx, pause)
}

// heldUntil returns until when the installation is to be silent, also where the process before this one was told so.
func (h *Hub) heldUntil(ctx context.Context, installationID int64) (time.Time, error) {
	h.mu.Lock()
	until, known := h.held[installationID]
	h.mu.Unlock()
	if known || h.options.WriteInterval <= 0 {
		return until, nil
	}
	err := h.options.Ledger.Change(ctx, ledgerKey(installationID), func(old string) (string, error) {
		if next := parseWrites(old).Next; next > 0 {
			until = time.UnixMilli(next)
		}
		return old, nil
	})
	if err != nil {
		return until, fmt.Errorf("read how long GitHub wants to be left alone: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if until.After(h.held[installationID]) || h.held[installationID].IsZero() {
		h.held[installationID] = until
	}
	return h.held[installationID], nil
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func tooSoon(pause time.Duration) error {
	return &Error{Op: "keep GitHub's limits", Message: fmt.Sprintf("the next request may be sent in %s", pause.Round(time.Second)), after: pause}
}

// hold keeps the installation from sending anything until then, also in the next process.
func (h *Hub) hold(ctx context.Context, installationID int64, until time.Time) {
	h.mu.Lock()
	if until.After(h.held[installationID]) { // a shorter one does not end a longer one
		h.held[installationID] = until
	}
	h.mu.Unlock()
	if h.options.WriteInterval <= 0 {
		return
	}
	// Where this fails, GitHub's next answer says it again.
	_ = h.options.Ledger.Change(context.WithoutCancel(ctx), ledgerKey(installationID), func(old string) (string, error) {
		w := parseWrites(old)
		w.Next = max(w.Next, until.UnixMilli())
		kept, err := json.Marshal(w)
		return string(kept), err
	})
}

// forget drops the installation's clients and with them their tokens.
func (h *Hub) forget(installationID int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key := range h.clients {
		if key.installation == installationID {
			delete(h.clients, key)
		}
	}
}

// memory is the ledger of a hub that was given none: it lasts as long as the process.
type memory struct {
	turn  chan struct{}
	texts map[string]string
}

func newMemory() *memory { return &memory{make(chan struct{}, 1), map[string]string{}} }

func (m *memory) Change(ctx context.Context, key string, fn func(string) (string, error)) error {
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.turn }()
	text, err := fn(m.texts[key])
	if err == nil {
		m.texts[key] = text
	}
	return err
}
