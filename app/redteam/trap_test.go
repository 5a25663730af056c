package redteam_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/redteam"
)

type model = desk.Model

// trap listens where the addresses of hostile tickets lead and counts who comes.
type trap struct {
	address, port string
	connections   atomic.Int64
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	out := &trap{address: listener.Addr().String()}
	_, out.port, _ = net.SplitHostPort(out.address)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			out.connections.Add(1)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return out
}

// set puts the trap's address into a case.
func (p *trap) set(c redteam.Case) redteam.Case {
	fill := strings.NewReplacer("{trap}", p.address, "{port}", p.port)
	c.Title, c.Body = fill.Replace(c.Title), fill.Replace(c.Body)
	return c
}
