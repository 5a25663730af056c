package hub

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"
)

func TestWritesStayUnderGitHubsLimits(t *testing.T) {
	w := &writes{}
	start := time.UnixMilli(1_800_000_000_000)
	var sent []time.Time
	for range 1200 { // as fast as it is allowed: nobody waits for anything else
		now := start
		if len(sent) > 0 {
			now = sent[len(sent)-1]
		}
		at := w.turn(now, 100*time.Millisecond)
		w.Times = append(w.Times, at.UnixMilli())
		sent = append(sent, at)
	}
	for _, window := range []struct {
		span time.Duration
		most int
	}{{time.Minute, 79}, {time.Hour, 499}, {100 * time.Millisecond, 1}} {
		for i := range sent {
			n := 0
			for _, at := range sent[i:] {
				if at.Sub(sent[i]) < window.span {
					n++
				}
			}
			if n > window.most {
				t.Fatalf("%d writes within %s of write %d; at most %d are allowed", n, window.span, i, window.most)
			}
		}
	}
}

// The next process keeps the distance to what the one before wrote, and GitHub's wish for silence.
func TestTheLimitOutlivesTheProcess(t *testing.T) {
	ledger := newMemory()
	open := func() *Hub {
		return &Hub{options: Options{WriteInterval: time.Second, Ledger: ledger}, held: map[int64]time.Time{}, clients: map[scope]*github.Client{}}
	}
	ctx := context.Background()
	began := time.Now()
	for range 3 {
		if err := open().turn(ctx, 7, true); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("three writes of three processes within %s: there must be a second between two", took)
	}
	open().hold(ctx, 7, time.Now().Add(time.Hour))
	if err := open().turn(ctx, 8, true); err != nil {
		t.Errorf("another installation waits too: %v", err)
	}
	err := open().turn(ctx, 7, true)
	if e := (*Error)(nil); !errors.As(err, &e) || e.RetryAfter() < 59*time.Minute {
		t.Errorf("after GitHub asked for an hour of silence: %v", err)
	}
}

// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func TestEveryFormOfTheLimitsIsRead(t *testing.T) {
	reset := time.Now().Add(90 * time.Second)
	for name, tt := range map[string]struct {
		status   int
		header   map[string]string
		body     string
		from, to time.Duration
	}{
		"403, seconds":            {403, map[string]string{"Retry-After": "30"}, `{"message":"You have exceeded a secondary rate limit."}`, 30 * time.Second, 30 * time.Second},
		"429, seconds":            {429, map[string]string{"Retry-After": "7"}, `{}`, 7 * time.Second, 7 * time.Second},
		"403, a date":             {403, map[string]string{"Retry-After": reset.UTC().Format(http.TimeFormat)}, `{}`, 88 * time.Second, 91 * time.Second},
		"403, words only":         {403, nil, `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}`, time.Minute, time.Minute},
		"403, old words":          {403, nil, `{"message":"You have triggered an abuse detection mechanism."}`, time.Minute, time.Minute},
		"429, nothing else":       {429, nil, ``, time.Minute, time.Minute},
		"403, the hour's is used": {403, map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": timestamp(reset)}, `{}`, 88 * time.Second, 91 * time.Second},
		"429, the hour's is used": {429, map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": timestamp(reset)}, `{}`, 88 * time.Second, 91 * time.Second},
		"403, an ordinary no":     {403, map[string]string{"X-Ratelimit-Remaining": "4000", "X-Ratelimit-Reset": timestamp(reset)}, `{"message":"Resource not accessible by integration"}`, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			for k, v := range tt.header {
				header.Set(k, v)
			}
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://github.example/x", nil)
			resp := &http.Response{StatusCode: tt.status, Header: header, Body: io.NopCloser(strings.NewReader(tt.body)), Request: req}
			if got := pauseOf(resp); got < tt.from || got > tt.to {
				t.Errorf("the next request waits %s, want %s to %s", got, tt.from, tt.to)
			}
			err := wrap("write", github.CheckResponse(resp))
			e := err.(*Error)
			if e.RetryAfter() < tt.from || e.RetryAfter() > tt.to || e.Permanent() != (tt.to == 0) {
				t.Errorf("the effect waits %s (permanent %t), want %s to %s", e.RetryAfter(), e.Permanent(), tt.from, tt.to)
			}
		})
	}
}

func timestamp(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// A shorter wish for silence does not end a longer one, and the next process keeps it for reads, too.
func TestSilenceIsKept(t *testing.T) {
	ledger := newMemory()
	open := func() *Hub {
		return &Hub{options: Options{WriteInterval: time.Millisecond, Ledger: ledger}, held: map[int64]time.Time{}, clients: map[scope]*github.Client{}}
	}
	ctx := context.Background()
	first := open()
	first.hold(ctx, 7, time.Now().Add(time.Hour))
	first.hold(ctx, 7, time.Now().Add(time.Second))
	for name, h := range map[string]*Hub{"this process": first, "the next": open()} {
		var refused *Error
		if err := h.turn(ctx, 7, false); !errors.As(err, &refused) || refused.RetryAfter() < 59*time.Minute {
			t.Errorf("%s: a read may be sent: %v", name, err)
		}
		if err := h.turn(ctx, 8, false); err != nil {
			t.Errorf("%s: another installation: %v", name, err)
		}
	}
}

// While a tracker is read page by page, what was read already changes again and moves to the end: nothing is skipped.
func TestNothingSlipsBetweenThePages(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	var issues []*github.Issue
	for i := range 7 {
		issues = append(issues, &github.Issue{ID: github.Int64(int64(i)), UpdatedAt: &github.Timestamp{Time: start.Add(time.Duration(i) * time.Second)}})
	}
	reads := 0
	found, err := changed(start, func(since time.Time, page int) ([]*github.Issue, *github.Response, error) {
		var list []*github.Issue
		for _, issue := range issues {
			if !issue.GetUpdatedAt().Before(since) {
				list = append(list, issue)
			}
		}
		const size = 3
		from := min((page-1)*size, len(list))
		resp := &github.Response{}
		if from+size < len(list) {
			resp.NextPage = page + 1
		}
		answer := list[from:min(from+size, len(list))]
		if reads++; reads == 1 { // the first two change
			issues = append(issues[2:], issues[0], issues[1])
			for _, issue := range issues[5:] {
				issue.UpdatedAt = &github.Timestamp{Time: start.Add(time.Minute)}
			}
		}
		return answer, resp, nil
	})
	seen := map[int64]bool{}
	for _, issue := range found {
		seen[issue.GetID()] = true
	}
	if err != nil || len(seen) != 7 || len(found) != 7 {
		t.Errorf("%d of 7 issues were read, %d times: %v", len(seen), len(found), err)
	}
}
