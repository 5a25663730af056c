// Package sandbox is a local GitHub to try and test OiOi on: the forge with the sample product in it, its pages, and the
// file sandbox.json that tells a client how to reach it.
package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing/fstest"
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
	Repositories   []string          `json:"repositories"` // OWNER/NAME, the private support repository first
	Tokens         map[string]string `json:"tokens"`       // by person
}

// secrets survive a restart with the state, so that a server beside the sandbox can stay configured.
type secrets struct {
	PrivateKey    string            `json:"private_key"` // PEM
	WebhookSecret string            `json:"webhook_secret"`
	Tokens        map[string]string `json:"tokens"`
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
}

// Options say where a world keeps its state and who listens to its webhooks.
type Options struct {
	Dir        string // the state folder; "" keeps everything in memory
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
	if o.Dir != "" {
		state = filepath.Join(o.Dir, "github")
		if err := os.MkdirAll(state, 0o700); err != nil {
			return nil, fmt.Errorf("make the sandbox's folder: %w", err)
		}
	}
	f, err := forge.New(forge.Options{State: state, Now: o.Now, Log: o.Log})
	if err != nil {
		return nil, err
	}
	w := &World{Forge: f, dir: o.Dir}
	if err := w.open(o); err != nil {
		_ = f.Close()
		return nil, err
	}
	return w, nil
}

func (w *World) open(o Options) error {
	known, err := w.secrets()
	if err != nil {
		return err
	}
	w.PrivateKey, w.Secret, w.Tokens = []byte(known.PrivateKey), known.WebhookSecret, known.Tokens
	app, err := w.Forge.App(AppSlug)
	if errors.Is(err, forge.ErrNotFound) {
		if err := w.seed(o); err != nil {
			return fmt.Errorf("fill the sandbox with its sample: %w", err)
		}
		app, err = w.Forge.App(AppSlug)
	}
	if err != nil {
		return err
	}
	w.App = app
	installations := w.Forge.Installations(AppSlug)
	if len(installations) == 0 {
		return errors.New("the sandbox's folder holds no installation of OiOi: delete the folder to start anew")
	}
	w.Install = installations[0]
	return w.Forge.SetWebhook(AppSlug, o.WebhookURL, w.Secret)
}

// secrets reads the world's secrets, or makes them.
func (w *World) secrets() (secrets, error) {
	var s secrets
	file := ""
	if w.dir != "" {
		file = filepath.Join(w.dir, "secrets.json")
		data, err := os.ReadFile(file)
		if err == nil {
			return s, json.Unmarshal(data, &s)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return s, err
	}
	s.PrivateKey = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	s.WebhookSecret = random(20)
	s.Tokens = map[string]string{}
	for _, person := range People {
		s.Tokens[person] = "ghp_" + random(18)
	}
	if file == "" {
		return s, nil
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return s, err
	}
	return s, os.WriteFile(file, data, 0o600)
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b)
}

func (w *World) publicKey() (string, error) {
	block, _ := pem.Decode(w.PrivateKey)
	if block == nil {
		return "", errors.New("the sandbox's private key is damaged: delete its folder to start anew")
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

func (w *World) seed(o Options) error {
	f := w.Forge
	if _, err := f.AddUser(forge.User{Login: sample.Owner, Type: "Organization"}); err != nil {
		return err
	}
	for _, user := range sample.Users() {
		if _, err := f.AddUser(forge.User{Login: user.Login, Name: user.Name, Bio: user.Bio}); err != nil {
			return err
		}
	}
	for person, token := range w.Tokens {
		if err := f.AddToken(token, person); err != nil {
			return err
		}
	}
	for _, repo := range sample.Repositories() {
		if err := w.seedRepository(repo, o); err != nil {
			return fmt.Errorf("%s: %w", repo.FullName(), err)
		}
	}
	public, err := w.publicKey()
	if err != nil {
		return err
	}
	if _, err := f.AddApp(forge.App{
		Slug: AppSlug, Name: "OiOi", Owner: sample.Owner, Description: "Resolves support tickets filed as GitHub issues",
		PublicKeyPEM: public, Permissions: Permissions(), Events: Events,
	}); err != nil {
		return err
	}
	_, err = f.Install(AppSlug, sample.Owner)
	return err
}

// Permissions are what OiOi's App asks for; the README's table says why.
func Permissions() map[string]string {
	return map[string]string{"issues": "write", "contents": "write", "pull_requests": "write", "metadata": "read"}
}

// Events are what OiOi's App subscribes to.
var Events = []string{"issues", "issue_comment"}

func (w *World) seedRepository(repo sample.Repository, o Options) error {
	f := w.Forge
	in := forge.RepoInput{Owner: repo.Owner, Name: repo.Name, Description: repo.Description, Private: repo.Private,
		DefaultBranch: repo.DefaultBranch, Permissions: map[string]forge.Permission{}}
	for login, p := range repo.Permissions {
		in.Permissions[login] = forge.Permission(p)
	}
	for _, l := range repo.Labels {
		in.Labels = append(in.Labels, forge.Label{Name: l.Name, Color: l.Color, Description: l.Description})
	}
	if _, err := f.AddRepo(in); err != nil {
		return err
	}
	tree, err := repo.Tree(o.WebURL)
	if err != nil {
		return err
	}
	files := fstest.MapFS{}
	for name, data := range tree {
		files[name] = &fstest.MapFile{Data: data}
	}
	began := time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC)
	if _, err := f.AddCommit(repo.FullName(), "", "maintainer", "Help center, forms and policy", began, files); err != nil {
		return err
	}
	for _, release := range slices.Backward(repo.Releases) {
		err := f.Seed(release.Published, func() error {
			_, err := f.CreateRelease(forge.As(release.Author), repo.FullName(), forge.ReleaseInput{Tag: release.Tag, Name: release.Name, Body: release.Body})
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, issue := range repo.Issues {
		if err := w.seedIssue(repo, issue); err != nil {
			return fmt.Errorf("issue %q: %w", issue.Title, err)
		}
	}
	return nil
}

func (w *World) seedIssue(repo sample.Repository, issue sample.Issue) error {
	f := w.Forge
	var ref forge.Ref
	err := f.Seed(issue.Created, func() error {
		made, err := f.CreateIssue(forge.As(issue.Author), repo.FullName(), forge.IssueInput{Title: issue.Title, Body: issue.Body})
		if err != nil {
			return err
		}
		ref = made.Ref
		if len(issue.Labels) == 0 {
			return nil
		}
		_, err = f.AddLabels(forge.As("maintainer"), ref, issue.Labels...)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range issue.Comments {
		err := f.Seed(c.Created, func() error {
			_, err := f.CreateComment(forge.As(c.Author), ref, c.Body)
			return err
		})
		if err != nil {
			return err
		}
	}
	if issue.State != "closed" {
		return nil
	}
	return f.Seed(issue.Closed, func() error {
		_, err := f.CloseIssue(forge.As("maintainer"), ref, "completed")
		return err
	})
}

// Info says how to reach the world at webURL. With a state folder it writes sandbox.json and the private key there.
func (w *World) Info(webURL string) (Info, error) {
	info := Info{
		WebURL: webURL, RESTURL: webURL + "/api/v3", GitURL: webURL,
		AppID: w.App.ID, InstallationID: w.Install.ID, WebhookSecret: w.Secret, Tokens: maps.Clone(w.Tokens),
	}
	for _, repo := range sample.Repositories() {
		info.Repositories = append(info.Repositories, repo.FullName())
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
	return info, os.WriteFile(filepath.Join(dir, "sandbox.json"), append(data, '\n'), 0o600)
}

// Close saves and stops the forge.
func (w *World) Close() error { return w.Forge.Close() }
