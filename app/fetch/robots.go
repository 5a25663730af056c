package fetch

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/temoto/robotstxt"
)

// What RFC 9309 asks of a reader of robots.txt: at least 500 KiB are read, and nothing is kept longer than a day.
const (
	robotsBytes = 512 << 10
	robotsKept  = time.Hour
	robotsHosts = 256
)

// robots keeps the rules of each host for a while.
type robots struct {
	clock func() time.Time
	fetch func(context.Context, *url.URL) (*http.Response, error)

	mu    sync.Mutex
	hosts map[string]rules
}

type rules struct {
	data  *robotstxt.RobotsData
	until time.Time
}

// allow reports whether the host's robots.txt lets an agent read the page. Where there is none (4xx) everything is allowed,
// where it cannot be had (5xx) nothing is.
func (r *robots) allow(ctx context.Context, u *url.URL, agent string) (bool, error) {
	name, _, _ := strings.Cut(agent, "/")
	key := u.Scheme + "://" + u.Host
	r.mu.Lock()
	known, ok := r.hosts[key]
	r.mu.Unlock()
	if !ok || !r.clock().Before(known.until) {
		data, err := r.read(ctx, u)
		if err != nil {
			return false, plain(err)
		}
		known = rules{data: data, until: r.clock().Add(robotsKept)}
		r.mu.Lock()
		if r.hosts == nil || len(r.hosts) >= robotsHosts {
			r.hosts = map[string]rules{}
		}
		r.hosts[key] = known
		r.mu.Unlock()
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return known.data.TestAgent(path, name), nil
}

// read follows redirects on the same host only, as from http to https. One that leads elsewhere counts as none.
func (r *robots) read(ctx context.Context, u *url.URL) (*robotstxt.RobotsData, error) {
	at := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
	for range MaxRedirects + 1 {
		res, err := r.fetch(ctx, at)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(io.LimitReader(res.Body, robotsBytes))
		_ = res.Body.Close()
		if err != nil {
			return nil, err
		}
		if res.StatusCode < 300 || res.StatusCode >= 400 {
			return robotstxt.FromStatusAndBytes(res.StatusCode, body)
		}
		to, err := at.Parse(res.Header.Get("Location"))
		if err != nil || to.Host != u.Host || to.User != nil || to.Scheme != "http" && to.Scheme != "https" {
			break
		}
		at = to
	}
	return robotstxt.FromStatusAndBytes(http.StatusNotFound, nil)
}
