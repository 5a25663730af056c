// Package fetch reads web pages whose addresses strangers have written, without giving them anything: no credential, no
// cookie, no proxy, no address inside the network that OiOi runs in.
package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// The limits of one page.
const (
	MaxBytes     = 2 << 20 // after decompression
	MaxRedirects = 3
	Timeout      = 10 * time.Second // with its redirects and robots.txt
)

// types are the media types that are read; every other is refused before its body is.
var types = []string{"text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/x-markdown", "text/x-rst", "text/asciidoc", "application/json"}

// Refused is an address or an answer that is not read, and why. It names no address but the one asked for.
type Refused struct{ Reason string }

// Error says why.
func (r Refused) Error() string { return r.Reason }

// Control decides on a connection at the moment it is made, with the address that the name stands for now: no name can
// mean one thing when it is checked and another when it is used. It is a net.Dialer's Control.
type Control func(network, address string, c syscall.RawConn) error

// PublicOnly refuses every address that is not on the public internet: private, loopback, link-local and metadata services,
// shared (CGNAT), multicast, documentation and benchmark ranges, and IPv6 forms that carry an IPv4 address (mapped, NAT64,
// 6to4, Teredo). The lists are IANA's registries of special-purpose addresses.
func PublicOnly() Control {
	guard := ssrf.New(ssrf.WithAnyPort()) // ports are checked with the address's URL
	return func(network, address string, c syscall.RawConn) error {
		if err := guard.Safe(network, address, c); err != nil {
			return Refused{"its host has an address that is not public"}
		}
		return nil
	}
}

// Options say what a client may do.
type Options struct {
	Control   Control       // default PublicOnly
	Resolver  *net.Resolver // default: the system's
	UserAgent string        // sent, and looked for in robots.txt by its part before the slash
	Clock     func() time.Time
}

// Client fetches pages. It is safe for several goroutines at once.
type Client struct {
	http   *http.Client
	agent  string
	robots robots
}

// New returns a client.
func New(o Options) *Client {
	if o.Control == nil {
		o.Control = PublicOnly()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: o.Control, Resolver: o.Resolver}
	c := &Client{agent: o.UserAgent, http: &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: Timeout,
			MaxResponseHeaderBytes: 64 << 10, MaxConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.robots = robots{clock: o.Clock, fetch: c.raw}
	return c
}

// Page is what was fetched.
type Page struct {
	URL    string // where it was in the end
	Type   string // its media type, without parameters
	Body   []byte
	SHA256 string // of Body, in hexadecimal digits
}

// Get fetches a page. Allowed says whether a host with its port ("docs.example.com", "docs.example.com:8443") may be asked; it
// is called for each redirect, too. The error is a Refused where the page is not wanted, else what went wrong on the way.
func (c *Client) Get(ctx context.Context, address string, allowed func(host string) bool) (Page, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	for range MaxRedirects + 1 {
		u, err := check(address, allowed)
		if err != nil {
			return Page{}, err
		}
		if ok, err := c.robots.allow(ctx, u, c.agent); err != nil {
			return Page{}, err
		} else if !ok {
			return Page{}, Refused{"its robots.txt does not allow it"}
		}
		page, next, err := c.page(ctx, u)
		if err != nil || next == "" {
			return page, plain(err)
		}
		address = next
	}
	return Page{}, Refused{fmt.Sprintf("it redirects more than %d times", MaxRedirects)}
}

// Host is an address's host as configurations name it: in small letters, with the port where that is not its scheme's own.
func Host(u *url.URL) string {
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		return net.JoinHostPort(host, port)
	}
	return host
}

// check reads an address and refuses what is never asked.
func check(address string, allowed func(string) bool) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, Refused{"it is no web address"}
	}
	host := Host(u)
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, Refused{"only http and https are read"}
	case u.User != nil:
		return nil, Refused{"it holds a user name"}
	}
	if !allowed(host) {
		return nil, Refused{"its host is not in connections.web.allow"}
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// page makes one request. next is where it redirects to.
func (c *Client) page(ctx context.Context, u *url.URL) (page Page, next string, err error) {
	res, err := c.raw(ctx, u)
	if err != nil {
		return page, "", err
	}
	defer func() { _ = res.Body.Close() }()
	switch res.StatusCode {
	case http.StatusOK:
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		to, err := u.Parse(res.Header.Get("Location"))
		if err != nil {
			return page, "", Refused{"it redirects to no web address"}
		}
		return page, to.String(), nil
	default:
		return page, "", Refused{fmt.Sprintf("the server answered %d", res.StatusCode)}
	}
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(types, kind) {
		return page, "", Refused{"it is no text"}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxBytes+1))
	if err != nil {
		return page, "", err
	}
	if len(body) > MaxBytes {
		return page, "", Refused{fmt.Sprintf("it is larger than %d MB", MaxBytes>>20)}
	}
	sum := sha256.Sum256(body)
	return Page{URL: u.String(), Type: kind, Body: body, SHA256: hex.EncodeToString(sum[:])}, "", nil
}

// raw asks for an address that has been checked.
func (c *Client) raw(ctx context.Context, u *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, Refused{"it is no web address"}
	}
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept", "text/html, text/plain, text/markdown, application/json;q=0.5")
	return c.http.Do(req)
}

// plain is the error without the addresses and names of machines that the network's own errors hold.
func plain(err error) error {
	var refused Refused
	var dns *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &dns):
		return errors.New("its host has no address")
	}
	return errors.New("the server could not be reached")
}
