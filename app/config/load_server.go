package config

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/strictyaml"
)

const maxFileBytes = 1 << 20

// loader reads one config.yml with the environment over it, and collects everything that is wrong with it.
type loader struct {
	env      func(string) (string, bool)
	places   places
	given    map[string]string // key to the variable that set it
	problems []string
	warnings []string
}

// LoadServer reads the server's configuration: the defaults, over them the file at path, over it the environment. With an
// empty path there is no file. Secrets are read from their files or variables. The error lists everything that is wrong,
// one line each, with its place and what is allowed.
func LoadServer(path string, env func(string) (string, bool)) (Server, error) {
	l, s, err := load(path, env)
	if err != nil {
		return DefaultServer(), err
	}
	l.model(&s.Model)
	l.budget(s)
	l.listen(s.Server)
	l.queue(&s.Server)
	l.github(&s.GitHub)
	l.rest(s)
	s.Warnings = l.warnings
	return s, l.err()
}

// LoadModel reads only who drafts, for commands that need no GitHub App. With an empty path there is no file.
func LoadModel(path string, env func(string) (string, bool)) (m Model, warnings []string, err error) {
	l, s, err := load(path, env)
	if err != nil {
		return DefaultServer().Model, nil, err
	}
	l.model(&s.Model)
	return s.Model, l.warnings, l.err()
}

// LoadStore reads only where OiOi keeps its data, for commands that need no GitHub App. With an empty path there is no file.
func LoadStore(path string, env func(string) (string, bool)) (Store, error) {
	l, s, err := load(path, env)
	if err != nil {
		return DefaultServer().Store, err
	}
	l.rest(s)
	return s.Store, l.err()
}

// LoadOperations reads what is needed to look at an OiOi's database: where it is, and the limits. With an empty path there is no
// file.
func LoadOperations(path string, env func(string) (string, bool)) (Server, error) {
	l, s, err := load(path, env)
	if err != nil {
		return DefaultServer(), err
	}
	l.budget(s)
	l.rest(s)
	return s, l.err()
}

// ParseServer decodes a config.yml strictly over the defaults and checks what it says, without environment and secrets.
func ParseServer(name string, data []byte) (Server, error) {
	l, s, err := parse(name, data, func(string) (string, bool) { return "", false })
	if err != nil {
		return DefaultServer(), err
	}
	l.listen(s.Server)
	l.addresses(s.GitHub)
	l.modelKeys(s.Model)
	l.budget(s)
	l.rest(s)
	return s, l.err()
}

func load(path string, env func(string) (string, bool)) (*loader, Server, error) {
	if path == "" {
		return parse("the environment", nil, env)
	}
	data, err := readFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, Server{}, fmt.Errorf("there is no file %s: copy the reference config.yml, or name your file with --config", path)
	}
	if err != nil {
		return nil, Server{}, err
	}
	return parse(path, data, env)
}

// parse decodes data over the defaults, and the environment over it.
func parse(name string, data []byte, env func(string) (string, bool)) (*loader, Server, error) {
	s := DefaultServer()
	s.GitHub.APIURL = "" // follows from web_url, unless it is given
	if err := strictyaml.Decode(name, data, &s); err != nil {
		return nil, Server{}, err
	}
	l := &loader{env: env, places: placesOf(name, data)}
	l.given, l.problems = fromEnvironment(&s, env)
	if s.GitHub.APIURL == "" {
		s.GitHub.APIURL = apiURL(s.GitHub.WebURL)
	}
	return l, s, nil
}

// apiURL returns the REST address that belongs to a GitHub.
// https://docs.github.com/en/enterprise-server/rest/using-the-rest-api/getting-started-with-the-rest-api
func apiURL(web string) string {
	web = strings.TrimSuffix(web, "/")
	u, err := url.Parse(web)
	switch {
	case web == githubWeb || err != nil:
		return githubAPI
	case strings.HasSuffix(u.Hostname(), ".ghe.com"):
		u.Host = "api." + u.Host
		return u.String()
	}
	return web + "/api/v3"
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err == nil && len(data) > maxFileBytes {
		err = fmt.Errorf("%s is larger than %d MB: this is not a configuration file", name, maxFileBytes>>20)
	}
	return data, err
}

// from says where a key's value came from: its variable, or its place in the file.
func (l *loader) from(path string) string {
	if name := l.given[path]; name != "" {
		return name
	}
	return l.places.of(path)
}

func (l *loader) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// wrong reports the value of a key.
func (l *loader) wrong(path, format string, args ...any) {
	l.problem("%s: %s "+format, append([]any{l.from(path), path}, args...)...)
}

func (l *loader) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	return errors.New(strings.Join(l.problems, "\n"))
}

func (l *loader) listen(s Listen) {
	_, port, err := net.SplitHostPort(s.Addr)
	if _, err2 := strconv.ParseUint(port, 10, 16); err != nil || err2 != nil {
		l.wrong("server.addr", "is %q; allowed: HOST:PORT or :PORT with a port from 0 to 65535, for example :8080", s.Addr)
	}
	l.url("server.public_url", s.PublicURL)
	if _, _, err := net.SplitHostPort(s.OperationsAddr); s.OperationsAddr != "" && err != nil {
		l.wrong("server.operations_addr", "is %q; allowed: HOST:PORT or :PORT, for example 127.0.0.1:9090", s.OperationsAddr)
	}
}

func (l *loader) queue(s *Listen) {
	text, from, ok := l.secret("server.queue_password_file", "OIOI_QUEUE_PASSWORD", s.QueuePasswordFile)
	s.QueuePassword = strings.TrimSpace(text)
	if ok && len(s.QueuePassword) < 16 {
		l.problem("%s: the password of /dashboard and /queue has fewer than 16 characters and can be guessed: make a long random one, for example with: openssl rand -hex 32", from)
	}
}

func (l *loader) url(path, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		l.wrong(path, "is no address; allowed: http://… or https://…") // without the value: it may hold a password
		return
	}
	if u.User != nil {
		l.wrong(path, "holds a user name or password: secrets belong in a file or the environment")
	}
}

func (l *loader) addresses(g GitHub) {
	l.url("github.web_url", g.WebURL)
	l.url("github.api_url", g.APIURL)
	if g.AppID < 0 {
		l.wrong("github.app_id", "is %d; take the number under App ID on the App's settings page", g.AppID)
	}
}

func (l *loader) github(g *GitHub) {
	l.addresses(*g)
	if g.AppID == 0 {
		l.wrong("github.app_id", "is not set; set GITHUB_APP_ID or github.app_id to the number under App ID on the App's settings page")
	}
	key, from, ok := l.secret("github.private_key_file", "GITHUB_APP_PRIVATE_KEY", g.PrivateKeyFile)
	if ok {
		pem, err := privateKey(key)
		if err != nil {
			l.problem("%s: %v", from, err)
		}
		g.PrivateKey = pem
	} else if g.PrivateKeyFile == "" {
		l.missing("github.private_key_file", "GITHUB_APP_PRIVATE_KEY", "the .pem file that GitHub made under Private keys on the App's settings page")
	}
	text, from, ok := l.secret("github.webhook_secret_file", "GITHUB_APP_WEBHOOK_SECRET", g.WebhookSecretFile)
	if ok {
		g.WebhookSecrets = webhookSecrets(text)
		for _, secret := range g.WebhookSecrets {
			if len(secret) < 16 {
				l.warnings = append(l.warnings, from+": a webhook secret has fewer than 16 characters and can be guessed: make a long random one, for example with: openssl rand -hex 32")
			}
		}
	} else if g.WebhookSecretFile == "" {
		l.missing("github.webhook_secret_file", "GITHUB_APP_WEBHOOK_SECRET", "a file with the Webhook secret of the App's settings page; without one anybody could send OiOi events")
	}
}

// missing reports a secret that nothing names.
func (l *loader) missing(path, direct, what string) {
	if text, _ := l.env(direct); strings.TrimSpace(text) != "" {
		return // set twice, which is reported already
	}
	l.wrong(path, "is not set; name with it, or with %s_FILE, %s (or put the content in %s)", direct, what, direct)
}

func (l *loader) rest(s Server) {
	if strings.TrimSpace(s.Store.Path) == "" {
		l.wrong("store.path", "is empty; name the SQLite file, for example oioi.db")
	}
	l.oneOf("log.level", s.Log.Level, LogLevels)
	l.oneOf("log.format", s.Log.Format, LogFormats)
}

func (l *loader) oneOf(path, value string, allowed []string) {
	for _, a := range allowed {
		if value == a {
			return
		}
	}
	l.wrong(path, "is %q; allowed: %s", value, strings.Join(allowed, ", "))
}

// What log.level, log.format and model.provider may say.
var (
	LogLevels  = []string{"debug", "info", "warn", "error"}
	LogFormats = []string{"json", "text"}
	Providers  = []string{ProviderOpenAI, ProviderPlaybook}
)

func (l *loader) modelKeys(m Model) {
	if m.Provider != "" {
		l.oneOf("model.provider", m.Provider, Providers)
	}
	l.url("model.base_url", m.BaseURL)
	l.url("model.fallback_base_url", m.FallbackBaseURL)
	if m.FallbackModel == "" && m.FallbackBaseURL != "" {
		l.wrong("model.fallback_base_url", "is set and model.fallback_model is not; name the model (OIOI_FALLBACK_MODEL)")
	}
	if m.Retries < 0 || m.Retries > maxRetries {
		l.wrong("model.retries", "is %d; allowed: 0 to %d", m.Retries, maxRetries)
	}
	if m.Timeout <= 0 {
		l.wrong("model.timeout", "is 0; a call needs some time, for example 2m")
	}
	_, roles := workflow.Standard()
	for _, id := range sortedKeys(m.Roles) {
		if _, known := roles[id]; !known {
			l.wrong("model.roles."+id, "is no role; allowed: %s", strings.Join(sortedKeys(roles), ", "))
		}
	}
	for _, name := range sortedKeys(m.Prices) {
		if p := m.Prices[name]; p.Input < 0 || p.CachedInput < 0 || p.Output < 0 {
			l.wrong("model.prices."+name, "is negative; write US dollars for a million tokens, 0 or more")
		}
	}
}

const maxRetries = 10

func (l *loader) model(m *Model) {
	l.modelKeys(*m)
	key, _, hasKey := l.secret("model.key_file", "OPENAI_API_KEY", m.KeyFile)
	m.Key = strings.TrimSpace(key)
	key, _, _ = l.secret("model.fallback_key_file", "OIOI_FALLBACK_API_KEY", m.FallbackKeyFile)
	m.FallbackKey = strings.TrimSpace(key)
	elsewhere := m.BaseURL != "" && strings.TrimSuffix(m.BaseURL, "/") != openAI
	if m.BaseURL == "" {
		m.BaseURL = openAI
	}
	if m.Model == "" {
		m.Model = DefaultServer().Model.Model
	}
	if m.Provider == "" {
		m.Provider = ProviderPlaybook
		if hasKey || elsewhere {
			m.Provider = ProviderOpenAI
		}
	}
	if m.Provider != ProviderOpenAI {
		return
	}
	if !hasKey && !elsewhere && m.KeyFile == "" && l.problems == nil {
		l.wrong("model.provider", "is openai and there is no key; set OPENAI_API_KEY, or OPENAI_BASE_URL for an API that needs none, or choose playbook")
	}
	if _, set := l.places.read()["model.model"]; elsewhere && !set && l.given["model.model"] == "" {
		l.warnings = append(l.warnings, fmt.Sprintf("no model is named for %s, so %s is asked for: set OPENAI_MODEL or model.model", host(m.BaseURL), m.Model))
	}
}

func host(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return "the base URL"
}
