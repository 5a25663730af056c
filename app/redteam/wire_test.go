package redteam_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/oioi-app/oioi/app/connect/web"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/fetch"
	"github.com/oioi-app/oioi/app/redteam"
	"github.com/oioi-app/oioi/app/store"

	llm "github.com/oioi-app/oioi/app/model"
)

// wire is all of the network that a case can reach: the real reader of web pages with the real guard of its connections, a
// resolver in which every name leads to this machine, and a record of what the guard let through.
type wire struct {
	guard fetch.Control
	names *net.Resolver

	mu  sync.Mutex
	let []string // addresses that the guard let through
}

// publicName is the one name that leads to the public internet; nothing is really asked there.
const (
	publicName    = "status.tallypost.example"
	publicAddress = "9.9.9.9"
)

// control asks the guard, and ends what would leave this machine: the corpus is played without a network.
func (w *wire) control(network, address string, c syscall.RawConn) error {
	if err := w.guard(network, address, c); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(address)
	w.mu.Lock()
	w.let = append(w.let, host)
	w.mu.Unlock()
	if ip, err := netip.ParseAddr(host); err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return fetch.Refused{Reason: "nobody is asked in a test"}
}

// reached are the hosts that something was let through to, by the names that a case can list.
func (w *wire) reached() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, host := range w.let {
		if host == publicAddress {
			host = publicName
		}
		if !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	return out
}

// reader is OiOi's reader of web pages on this wire.
func (w *wire) reader() web.Reader {
	return web.Reader{Fetch: fetch.New(fetch.Options{Control: w.control, Resolver: w.names, UserAgent: "OiOi/test"})}
}

// hostsOf are the hosts of all addresses in a case, as a careless team would allow them all.
func hostsOf(c redteam.Case) []string {
	var out []string
	for _, address := range web.Addresses(c.Title + "\n" + c.Body) {
		u, err := url.Parse(address)
		if err != nil {
			continue
		}
		name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
		for _, host := range []string{strings.ToLower(u.Host), name, net.JoinHostPort(name, u.Port())} {
			if !slices.Contains(out, host) {
				out = append(out, host)
			}
		}
	}
	return out
}

// resolver answers every question for a name with this machine's address, but for the one public name.
func resolver(t testing.TB) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 4096)
		for {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := resolve(buffer[:n]); answer != nil {
				_, _ = socket.WriteTo(answer, from)
			}
		}
	}()
	t.Cleanup(func() { _ = socket.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

func resolve(question []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	q := m.Questions[0]
	if q.Type == dnsmessage.TypeA {
		address := netip.MustParseAddr("127.0.0.1")
		if strings.HasPrefix(q.Name.String(), publicName+".") {
			address = netip.MustParseAddr(publicAddress)
		}
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}, Body: &dnsmessage.AResource{A: address.As4()}}}
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}

// ledger is a budget that writes down what is set aside and what was used.
type ledger struct {
	mu                    sync.Mutex
	held, calls, reserved int
}

func (l *ledger) Reserve(_ context.Context, _ desk.Run, q desk.Question, most llm.Usage) (store.Charge, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held++
	l.calls++
	l.reserved += most.PromptTokens + most.CompletionTokens
	return store.Charge{ID: fmt.Sprint(l.calls, q.Hash)}, nil
}

func (l *ledger) Settle(context.Context, store.Charge, store.Cost) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held--
	return nil
}
