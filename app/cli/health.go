package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

type healthCommand struct {
	URL     string        `name:"url" help:"What to ask. Left out: /readyz on this machine, at the port of OIOI_ADDR or 8080." placeholder:"URL"`
	Timeout time.Duration `help:"How long to wait for the answer." default:"4s"`
}

func (c *healthCommand) Run(ctx context.Context, p *Process) error {
	address := c.URL
	if address == "" {
		addr, _ := p.Env("OIOI_ADDR")
		if addr == "" {
			addr = ":8080"
		}
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return badInput("OIOI_ADDR: %w", err)
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		address = "http://" + net.JoinHostPort(host, port) + "/readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return badInput("--url: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("not healthy: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 500))
		return fmt.Errorf("not healthy: %s answers %s: %s", address, response.Status, body)
	}
	p.printf("ok\n")
	return nil
}
