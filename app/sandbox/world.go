// Package sandbox is a local GitHub to try and test OiOi on: the forge with the sample product in it, its pages, and the
// file sandbox.json that tells a client how to reach it.
package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

// The three people of the sandbox, in the order of its switch.
var People = []string{"customer", "maintainer", "outsider"}

// AppSlug is the slug under which OiOi is registered in the sandbox.
const AppSlug = "oioi"

// Info is the content of sandbox.json: all that a client or a server beside the sandbox needs.
type Info struct {
	WebURL         string            `json:"web_url"`
	RESTURL        string            `json:"rest_url"`
	GitURL         string            `json:"git_url"`
	AppID          int64             `json:"app_id"`
	InstallationID int64             `json:"installation_id"`
	PrivateKeyFile string            `json:"private_key_file"`
	WebhookSecret  string            `json:"webhook_secret"`
	WebhookURL     string            `json:"webhook_url,omitempty"` // where the App's webhooks go
	Repositories   []string          `json:"repositories"`          // OWNER/NAME, the private support repository first
	Tokens         map[string]string `json:"tokens"`                // by person
}

// World is a forge with the sample in it and OiOi's App installed.
type World struct {
	Forge      *forge.Forge
	App        *forge.App
	Install    *forge.Installation
	PrivateKey []byte
	Secret     string
	Tokens     map[string]string
	dir        string
	hook       string
}

// Options say where a world keeps its state and who listens to its webhooks.
type Options struct {
	Dir        string // the state folder; "" keeps everything in memory
	Passing    bool   // Dir is gone after this run: it gets sandbox.json and the keys, the forge stays in memory, which is faster
	WebURL     string // http://HOST:PORT under which the pages are served
	WebhookURL string // where the App's webhooks go; "" for nowhere
	Log        *slog.Logger
	Now        func() time.Time // default time.Now
}

// Open makes a world, or opens the one that its folder holds.
func Open(o Options) (*World, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	state := ""
	if o.Dir != "" && !o.Passing {
		state = filepath.Join(o.Dir, "github")
		if err := os.MkdirAll(state, 0o700); err != nil {
			return nil, fmt.Errorf("make the sandbox's folder: %w", err)
		}
	}
	f, err := forge.New(forge.Options{State: state, Now: o.Now, Log: o.Log})
	if err != nil {
		return nil, err
	}
	w := &World{Forge: f, dir: o.Dir, hook: o.WebhookURL}
	if err := w.open(o); err != nil {
		_ = f.Close()
		return nil, err
	}
	return w, nil
}

func (w *World) open(o Options) error {
	// Making a key takes longer than all the rest, so the sample goes in meanwhile.
	type made struct {
		secrets
		err error
	}
	making := make(chan made, 1)
	go func() {
		known, err := loadSecrets(w.dir)
		making <- made{known, err}
	}()
	app, err := w.Forge.App(AppSlug)
	fresh := errors.Is(err, forge.ErrNotFound)
	if fresh {
		if len(w.Forge.ListUsers()) > 0 {
			return errors.New("the sandbox's folder was left half filled: delete it to start anew")
		}
		if err = w.seed(o); err != nil {
			err = fmt.Errorf("fill the sandbox with its sample: %w", err)
		}
	}
	known := <-making
	if err := errors.Join(err, known.err); err != nil {
		return err
	}
	w.PrivateKey, w.Secret, w.Tokens = []byte(known.PrivateKey), known.WebhookSecret, known.Tokens
	if fresh {
		if app, err = w.register(); err != nil {
			return fmt.Errorf("install OiOi in the sandbox: %w", err)
		}
	}
	w.App = app
	installations := w.Forge.Installations(AppSlug)
	if len(installations) == 0 {
		return errors.New("the sandbox's folder holds no installation of OiOi: delete the folder to start anew")
	}
	w.Install = installations[0]
	return w.Forge.SetWebhook(AppSlug, o.WebhookURL, w.Secret)
}

// Permissions are what OiOi's App asks for; the README's table says why.
func Permissions() map[string]string {
	return map[string]string{"issues": "write", "contents": "write", "pull_requests": "write", "metadata": "read", "members": "read"}
}

// Events are what OiOi's App subscribes to.
var Events = []string{"issues", "issue_comment", "pull_request", "pull_request_review_comment", "push", "repository"}

// Info says how to reach the world at webURL. With a state folder it writes sandbox.json and the private key there.
func (w *World) Info(webURL string) (Info, error) {
	info := Info{
		WebURL: webURL, RESTURL: webURL + "/api/v3", GitURL: webURL,
		AppID: w.App.ID, InstallationID: w.Install.ID, WebhookSecret: w.Secret, WebhookURL: w.hook, Tokens: maps.Clone(w.Tokens),
		Repositories: []string{sample.Owner + "/" + sample.SupportRepository, sample.Owner + "/" + sample.ProductRepository},
	}
	if w.dir == "" {
		return info, nil
	}
	dir, err := filepath.Abs(w.dir)
	if err != nil {
		return info, err
	}
	info.PrivateKeyFile = filepath.Join(dir, "app.pem")
	if err := os.WriteFile(info.PrivateKeyFile, w.PrivateKey, 0o600); err != nil {
		return info, err
	}
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return info, err
	}
	// Whoever waits for the file never sees half of it.
	name := filepath.Join(dir, "sandbox.json")
	if err := os.WriteFile(name+".new", append(data, '\n'), 0o600); err != nil {
		return info, err
	}
	return info, os.Rename(name+".new", name)
}

// Close saves and stops the forge.
func (w *World) Close() error { return w.Forge.Close() }
