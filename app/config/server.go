// Package config holds OiOi's two configuration files as types with their defaults, strict decoding and JSON schemas:
// config.yml of the server, and .github/oioi.yml of a repository.
package config

import (
	"github.com/oioi-app/oioi/workflow/policy"
)

// Server is config.yml. Secrets are never written there: a *_file key names a file, and each has an environment
// variable that wins over the file.
type Server struct {
	Server Listen `yaml:"server" json:"server"`
	GitHub GitHub `yaml:"github" json:"github"`
	Store  Store  `yaml:"store" json:"store"`
	Model  Model  `yaml:"model" json:"model"`
	Log    Log    `yaml:"log" json:"log"`
}

// Listen says where the server listens.
type Listen struct {
	Addr      string `yaml:"addr" json:"addr"`             // default ":8080"; environment: OIOI_ADDR
	PublicURL string `yaml:"public_url" json:"public_url"` // how GitHub and people reach it; optional
}

// GitHub says which App this is.
type GitHub struct {
	WebURL            string          `yaml:"web_url" json:"web_url"`                         // default https://github.com; GITHUB_WEB_URL
	APIURL            string          `yaml:"api_url" json:"api_url"`                         // default https://api.github.com; GITHUB_API_URL
	AppID             int64           `yaml:"app_id" json:"app_id"`                           // GITHUB_APP_ID
	PrivateKeyFile    string          `yaml:"private_key_file" json:"private_key_file"`       // GITHUB_APP_PRIVATE_KEY_FILE, or the key itself in GITHUB_APP_PRIVATE_KEY
	WebhookSecretFile string          `yaml:"webhook_secret_file" json:"webhook_secret_file"` // GITHUB_APP_WEBHOOK_SECRET_FILE, or GITHUB_APP_WEBHOOK_SECRET; during a rotation one a line, the new one first
	WriteInterval     policy.Duration `yaml:"write_interval" json:"write_interval"`           // between two content writes of an installation; default 1s

	PrivateKey     []byte   `yaml:"-" json:"-"` // read from the file or the environment
	WebhookSecrets []string `yaml:"-" json:"-"`
}

// Store says where OiOi keeps its data.
type Store struct {
	Path string `yaml:"path" json:"path"` // the SQLite file; default "oioi.db"; environment: OIOI_DB
}

// Model says who drafts.
type Model struct {
	Provider   string            `yaml:"provider" json:"provider"`       // openai or playbook; default: openai where a key or base URL is set, else playbook
	BaseURL    string            `yaml:"base_url" json:"base_url"`       // any OpenAI-compatible API; OPENAI_BASE_URL
	Model      string            `yaml:"model" json:"model"`             // OPENAI_MODEL
	Roles      map[string]string `yaml:"roles" json:"roles"`             // another model for a role, by role id
	KeyFile    string            `yaml:"key_file" json:"key_file"`       // OPENAI_API_KEY_FILE, or the key itself in OPENAI_API_KEY
	Timeout    policy.Duration   `yaml:"timeout" json:"timeout"`         // a call; default 2m
	Retries    int               `yaml:"retries" json:"retries"`         // default 3
	Prices     map[string]Price  `yaml:"prices" json:"prices"`           // US dollars for a million tokens, by model
	APIVersion string            `yaml:"api_version" json:"api_version"` // Azure OpenAI only

	Key string `yaml:"-" json:"-"`
}

// Price of a model, in US dollars for a million tokens.
type Price struct {
	Input       float64 `yaml:"input" json:"input"`
	CachedInput float64 `yaml:"cached_input" json:"cached_input"`
	Output      float64 `yaml:"output" json:"output"`
}

// Log tunes the log.
type Log struct {
	Level  string `yaml:"level" json:"level"`   // debug, info, warn or error; default info
	Format string `yaml:"format" json:"format"` // json or text; default json
}
