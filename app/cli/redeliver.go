package cli

import (
	"context"
	"time"

	"github.com/oioi-app/oioi/app"
)

type redeliverCommand struct {
	Config  string        `help:"The configuration file. Left out: config.yml where there is one, else the environment alone." placeholder:"FILE"`
	Sandbox string        `help:"The sandbox.json of an 'oioi sandbox --github-only'." placeholder:"FILE"`
	Since   time.Duration `help:"How far back to look. GitHub keeps three days." default:"72h" placeholder:"72h"`
}

func (c *redeliverCommand) Run(ctx context.Context, p *Process) error {
	if c.Since <= 0 {
		return badInput("--since must be a time like 24h, more than nothing")
	}
	serve := serveCommand{Config: c.Config, Sandbox: c.Sandbox}
	server, _, err := serve.load(p.Env)
	if err != nil {
		return input(err)
	}
	now := time.Now
	if p.Clock != nil {
		now = p.Clock
	}
	asked, err := app.Redeliver(ctx, app.Options{Config: server}, now().Add(-c.Since))
	if err != nil {
		return err
	}
	what := "deliveries"
	if asked == 1 {
		what = "delivery"
	}
	p.printf("%d %s asked for again\n", asked, what)
	return nil
}
