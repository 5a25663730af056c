// Package web reads the pages that a ticket names, on the hosts that the repository's configuration allows.
package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/app/aside"
	"github.com/oioi-app/oioi/app/fetch"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// MaxPages is how many of the pages that a ticket names are read.
const MaxPages = 3

// maxText is how much of a page becomes evidence, in characters.
const maxText = 6000

// score is what being named by the ticket is worth. Naming a page does not make it an answer.
const score = 0.5

// Fetcher fetches a page from a host that is allowed.
type Fetcher interface {
	Get(ctx context.Context, address string, allowed func(host string) bool) (fetch.Page, error)
}

// Reader turns web pages into evidence.
type Reader struct{ Fetch Fetcher }

// Pages returns the pages that the ticket names, at most MaxPages, from hosts in allow: a name, a name with a port, or
// "*." before a name for everything below it. With an error, which names what could not be read, there may be pages
// nevertheless. Addresses on other hosts are not asked.
func (r Reader) Pages(ctx context.Context, q evidence.Query, allow []string) ([]evidence.Item, error) {
	if len(allow) == 0 {
		return nil, nil
	}
	allowed := func(host string) bool { return Allowed(allow, host) }
	addresses := slices.DeleteFunc(Addresses(said(q.Ticket)), func(a string) bool {
		u, err := url.Parse(a)
		return err != nil || !allowed(fetch.Host(u))
	})
	addresses = addresses[:min(len(addresses), MaxPages, max(q.Limit, 0))]
	items, failures := make([]evidence.Item, len(addresses)), make([]error, len(addresses))
	var wait sync.WaitGroup
	for i, address := range addresses {
		wait.Go(func() {
			err := aside.Do(func() error {
				page, err := r.Fetch.Get(ctx, address, allowed)
				if err == nil {
					items[i] = item(address, page)
				}
				return err
			})
			if err != nil {
				failures[i] = evidence.Missing{Source: address, Reason: reason(err), Cause: err}
			}
		})
	}
	wait.Wait()
	items = slices.DeleteFunc(items, func(i evidence.Item) bool { return i.URL == "" })
	return items, errors.Join(failures...)
}

func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "it did not answer in time"
	}
	return err.Error()
}

// item pins what the page said to the digest of its text: a page has no versions that could be named.
func item(address string, page fetch.Page) evidence.Item {
	title, text := "", strings.ToValidUTF8(string(page.Body), "\uFFFD")
	if strings.HasSuffix(page.Type, "html") || page.Type == "application/xhtml+xml" {
		title, text = Text(text)
	}
	if title == "" {
		title = address
	}
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText])
	}
	sum := sha256.Sum256([]byte(text))
	return evidence.Item{Kind: evidence.Page, Title: title, URL: page.URL, Pin: "sha256:" + hex.EncodeToString(sum[:]), Text: ticket.Text(text),
		Visibility: evidence.Public, Score: score}
}

// Allowed reports whether the configuration names the host.
func Allowed(allow []string, host string) bool {
	return slices.ContainsFunc(allow, func(a string) bool {
		a = strings.ToLower(a)
		if below, ok := strings.CutPrefix(a, "*"); ok {
			return strings.HasSuffix(host, below) && len(host) > len(below)
		}
		return a == host
	})
}

// said is what people wrote in the ticket, without what OiOi and other machines did.
func said(t ticket.Ticket) string {
	parts := []string{t.Title.Raw(), t.Body.Raw()}
	for _, c := range t.Comments {
		if !c.Ours && !c.Author.Bot {
			parts = append(parts, c.Body.Raw())
		}
	}
	return strings.Join(parts, "\n\n")
}

var address = regexp.MustCompile("https?://[^\\s<>\"'`\\[\\]{}|\\\\^]+")

// Addresses lists the web addresses in a text, each once, in order and without their fragments. One in which something was
// replaced by a placeholder is not among them.
func Addresses(text string) []string {
	var out []string
	for _, at := range address.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		if at[1] < len(text) && text[at[1]] == '[' {
			continue
		}
		for found != "" {
			last := found[len(found)-1]
			if strings.IndexByte(".,;:!?*_~", last) >= 0 || last == ')' && strings.Count(found, ")") > strings.Count(found, "(") {
				found = found[:len(found)-1]
				continue
			}
			break
		}
		found, _, _ = strings.Cut(found, "#")
		if u, err := url.Parse(found); err != nil || u.Host == "" || slices.Contains(out, found) {
			continue
		}
		out = append(out, found)
	}
	return out
}
