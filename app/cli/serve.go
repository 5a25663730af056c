package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"

	"github.com/oioi-app/oioi/app"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/telemetry"
)

type serveCommand struct {
	Config  string `help:"The configuration file. Left out: config.yml where there is one, else the environment alone." placeholder:"FILE"`
	Sandbox string `help:"The sandbox.json of an 'oioi sandbox --github-only': serve that GitHub instead of the configured one." placeholder:"FILE"`
	Addr    string `help:"Host and port to listen on; wins over the configuration." placeholder:"HOST:PORT"`
}

func (c *serveCommand) Run(ctx context.Context, p *Process) error {
	server, hook, err := c.load(p.Env)
	if err != nil {
		return input(err)
	}
	log, err := newLog(p.Stderr, server.Log.Level, server.Log.Format)
	if err != nil {
		return input(err)
	}
	for _, warning := range server.Warnings {
		log.WarnContext(ctx, warning)
	}
	return app.Serve(ctx, app.Options{Config: server, Log: log, Telemetry: telemetry.New(telemetry.Options{Exporter: telemetry.OTLP(p.Env, log)})}, func(addr net.Addr) {
		if port := strconv.Itoa(addr.(*net.TCPAddr).Port); hook != nil && hook.Port() != port {
			log.WarnContext(ctx, "the sandbox's webhooks go elsewhere, so tickets are found late: start it with --webhook http://127.0.0.1:"+port+intake.Path, "webhooks", hook.String())
		}
		log.InfoContext(ctx, "listening", "addr", addr.String(), "webhook", intake.Path, "drafts", server.Model.Provider, "version", app.Version)
	})
}

// load reads the configuration, with the flags over the environment. hook is where a sandbox sends its webhooks, if there
// is one: without another address, that is where OiOi listens.
func (c *serveCommand) load(env func(string) (string, bool)) (server config.Server, hook *url.URL, err error) {
	over := map[string]string{}
	if c.Sandbox != "" {
		info, err := readSandbox(c.Sandbox)
		if err != nil {
			return config.Server{}, nil, err
		}
		over = map[string]string{
			"GITHUB_WEB_URL": info.WebURL, "GITHUB_API_URL": info.RESTURL, "GITHUB_APP_ID": strconv.FormatInt(info.AppID, 10),
			"GITHUB_APP_PRIVATE_KEY": "", "GITHUB_APP_PRIVATE_KEY_FILE": info.PrivateKeyFile,
			"GITHUB_APP_WEBHOOK_SECRET": info.WebhookSecret, "GITHUB_APP_WEBHOOK_SECRET_FILE": "",
			"OIOI_WRITE_INTERVAL": "0s", // nobody's limits are to be kept there
		}
		if hook, err = url.Parse(info.WebhookURL); err != nil || hook.Port() == "" {
			hook = nil
		} else if _, set := env("OIOI_ADDR"); !set {
			over["OIOI_ADDR"] = hook.Host
		}
	}
	if c.Addr != "" {
		over["OIOI_ADDR"] = c.Addr
	}
	path := c.Config
	if path == "" {
		if _, err := os.Stat("config.yml"); err == nil {
			path = "config.yml"
		}
	}
	server, err = config.LoadServer(path, func(name string) (string, bool) {
		if value, ok := over[name]; ok {
			return value, value != ""
		}
		return env(name)
	})
	return server, hook, err
}

func readSandbox(name string) (info sandbox.Info, err error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return info, fmt.Errorf("there is no file %s: start 'oioi sandbox --github-only --state DIR' first; it writes DIR/sandbox.json", name)
	}
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return info, fmt.Errorf("%s is not the sandbox.json that 'oioi sandbox' writes: %w", name, err)
	}
	return info, nil
}

func newLog(w io.Writer, level, format string) (*slog.Logger, error) {
	var options slog.HandlerOptions
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, err
	}
	options.Level = least
	if format == "text" {
		return slog.New(slog.NewTextHandler(w, &options)), nil
	}
	return slog.New(slog.NewJSONHandler(w, &options)), nil
}
