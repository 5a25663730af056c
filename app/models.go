package app

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/desk"
	port "github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/model/openai"
	"github.com/oioi-app/oioi/app/model/playbook"
)

// Models makes who drafts, and who drafts when that one does not answer (nil when the playbooks draft anyway).
func Models(c config.Model, log *slog.Logger) (model, fallback desk.Model, err error) {
	books := playbook.New()
	if c.Provider != "openai" {
		return books, nil, nil
	}
	prices := map[string]openai.Price{}
	for name, p := range c.Prices {
		prices[name] = openai.Price{Input: p.Input, CachedInput: p.CachedInput, Output: p.Output}
	}
	client, err := openai.New(openai.Config{
		BaseURL: c.BaseURL, Key: c.Key, Model: c.Model, Roles: c.Roles, APIVersion: c.APIVersion, Timeout: time.Duration(c.Timeout),
		Retries: c.Retries, Prices: prices, Log: log,
	})
	if err != nil {
		return nil, nil, err
	}
	if c.FallbackModel == "" {
		return client, books, nil
	}
	base, key, version := c.FallbackBaseURL, c.FallbackKey, ""
	if base == "" {
		base, version = c.BaseURL, c.APIVersion
		if key == "" {
			key = c.Key
		}
	}
	second, err := openai.New(openai.Config{
		BaseURL: base, Key: key, Model: c.FallbackModel, APIVersion: version, Timeout: time.Duration(c.Timeout),
		Retries: c.Retries, Prices: prices, Log: log,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("the fallback model: %w", err)
	}
	return port.Chain{First: client, Second: second, Log: log}, books, nil
}

// stepTimeout is how long one step may take: each of the models twice, which is what their clients try after a timeout, and
// the rest. 0: not longer than any job.
func stepTimeout(o Options) time.Duration {
	models := 1
	if o.Config.Model.FallbackModel != "" {
		models = 2
	}
	const anyJob, rest = 5 * time.Minute, time.Minute
	if all := time.Duration(2*models)*time.Duration(o.Config.Model.Timeout) + rest; o.JobTimeout == 0 && all > anyJob {
		return all
	}
	return 0
}
