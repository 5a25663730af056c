package cli

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"syscall"

	"github.com/oioi-app/oioi/app"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/sandbox"
)

const sandboxAddr = "127.0.0.1:3000"

type sandboxCommand struct {
	Addr       string `help:"Host and port of its pages. Left out: 127.0.0.1:3000, or a free port where that is taken." placeholder:"HOST:PORT"`
	State      string `help:"Folder that keeps its state and sandbox.json. Left out: a temporary one, removed at the end." placeholder:"DIR"`
	GitHubOnly bool   `name:"github-only" help:"Start the GitHub without OiOi, for 'oioi serve --sandbox' beside it and for tests."`
	Webhook    string `help:"With --github-only: where the App's webhooks go." default:"http://127.0.0.1:8080/api/github/hook" placeholder:"URL"`
	Log        string `help:"The least grave lines of the log: debug, info, warn or error." default:"warn" enum:"debug,info,warn,error" placeholder:"LEVEL"`
}

func (c *sandboxCommand) Run(ctx context.Context, p *Process) error {
	log, err := newLog(p.Stderr, c.Log, "text")
	if err != nil {
		return input(err)
	}
	model, warnings, err := config.LoadModel("", p.Env)
	if err != nil {
		return input(err)
	}
	if u, err := url.Parse(c.Webhook); err != nil || u.Host == "" {
		return badInput("--webhook is no address; allowed: http://HOST:PORT/api/github/hook")
	}
	for _, warning := range warnings {
		p.tell("oioi: %s\n", warning)
	}
	if c.State != "" { // sandbox.json names its files, and may be read from elsewhere
		if c.State, err = filepath.Abs(c.State); err != nil {
			return err
		}
	}
	options := app.SandboxOptions{Addr: c.Addr, Dir: c.State, GitHubOnly: c.GitHubOnly, Model: model, Log: log}
	if c.GitHubOnly {
		options.WebhookURL = c.Webhook
	}
	options.Ready = func(info sandbox.Info, file string) { c.welcome(p, info, file, model) }
	if c.Addr == "" {
		options.Addr = sandboxAddr
		if err := app.Sandbox(ctx, options); !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
		options.Addr = "127.0.0.1:0"
	}
	return app.Sandbox(ctx, options)
}

func (c *sandboxCommand) welcome(p *Process, info sandbox.Info, file string, m config.Model) {
	p.printf("OiOi's sandbox is ready: a GitHub of your own with a made-up product.\n\n")
	p.printf("  Open it    %s\n", info.WebURL)
	if c.GitHubOnly {
		p.printf("  OiOi       is not in it; start it with: oioi serve --sandbox %s\n", file)
		p.printf("  Webhooks   go to %s\n", info.WebhookURL)
	} else if m.Provider == config.ProviderOpenAI {
		p.printf("  Drafts     come from the language model %s\n", m.Model)
	} else {
		p.printf("  Drafts     come from the playbooks; set OPENAI_API_KEY or OPENAI_BASE_URL for a language model\n")
	}
	p.printf("  REST API   %s\n", info.RESTURL)
	p.printf("  Tokens     %s\n", file)
	if c.State == "" {
		p.printf("\nEverything is forgotten at the end; --state DIR keeps it. ")
	} else {
		p.printf("\n")
	}
	p.printf("Ctrl+C stops it.\n")
}
