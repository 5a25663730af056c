// Package config holds OiOi's two configuration files as types with their defaults, strict decoding and JSON schemas:
// config.yml of the server, and .github/oioi.yml of a repository.
package config

import (
	"time"

	"github.com/oioi-app/oioi/workflow/policy"
)

// Server is config.yml. Secrets are never written there: a *_file key names a file, and each has an environment
// variable that wins over the file. The tag env names a key's variable, the tag jsonschema says what the key is for.
type Server struct {
	Server Listen `yaml:"server" json:"server" jsonschema:"Where the server listens."`
	GitHub GitHub `yaml:"github" json:"github" jsonschema:"Which GitHub App this is."`
	Store  Store  `yaml:"store" json:"store" jsonschema:"Where OiOi keeps its data."`
	Model  Model  `yaml:"model" json:"model" jsonschema:"Who drafts: a language model or the playbooks."`
	Budget Budget `yaml:"budget" json:"budget" jsonschema:"What calls of language models may use on a day (UTC)."`
	Log    Log    `yaml:"log" json:"log" jsonschema:"What the log says."`

	Warnings []string `yaml:"-" json:"-"` // what LoadServer found that works but should not stay so
}

// Listen says where the server listens.
type Listen struct {
	Addr              string `yaml:"addr" json:"addr" env:"OIOI_ADDR" jsonschema:"Host and port; without a host, on every address of the machine."`
	OperationsAddr    string `yaml:"operations_addr" json:"operations_addr" env:"OIOI_OPERATIONS_ADDR" jsonschema:"Host and port for /metrics, /dashboard and /queue, which are then not on server.addr. Optional."`
	QueuePasswordFile string `yaml:"queue_password_file" json:"queue_password_file" env:"OIOI_QUEUE_PASSWORD_FILE" jsonschema:"A file with the password of /dashboard and /queue, for operators; the user is oioi. Without one there are no such pages. The password itself may be in OIOI_QUEUE_PASSWORD instead."`
	PublicURL         string `yaml:"public_url" json:"public_url" env:"OIOI_PUBLIC_URL" jsonschema:"How GitHub and people reach the server. Optional."`

	QueuePassword string `yaml:"-" json:"-"` // "" for no pages of the queue
}

// GitHub says which App this is.
type GitHub struct {
	WebURL            string          `yaml:"web_url" json:"web_url" env:"GITHUB_WEB_URL" jsonschema:"Where people read issues; GitHub Enterprise Server has an address of its own."`
	APIURL            string          `yaml:"api_url" json:"api_url" env:"GITHUB_API_URL" jsonschema:"Where the REST API answers. Left out, it follows from web_url."`
	AppID             int64           `yaml:"app_id" json:"app_id" env:"GITHUB_APP_ID" jsonschema:"The App ID on the App's settings page."`
	PrivateKeyFile    string          `yaml:"private_key_file" json:"private_key_file" env:"GITHUB_APP_PRIVATE_KEY_FILE" jsonschema:"The App's private key, a PEM file. The key itself may be in GITHUB_APP_PRIVATE_KEY instead."`
	WebhookSecretFile string          `yaml:"webhook_secret_file" json:"webhook_secret_file" env:"GITHUB_APP_WEBHOOK_SECRET_FILE" jsonschema:"A file with the webhook secret; during a rotation one secret a line, the new one first. The secret itself may be in GITHUB_APP_WEBHOOK_SECRET instead."`
	WriteInterval     policy.Duration `yaml:"write_interval" json:"write_interval" env:"OIOI_WRITE_INTERVAL" jsonschema:"The least time between two writes to one installation. GitHub asks for a second."`
	RecoverInterval   policy.Duration `yaml:"recover_interval" json:"recover_interval" env:"OIOI_RECOVER_INTERVAL" jsonschema:"How often GitHub is asked for what was not delivered and the trackers are read for what was missed; also once at start. 0s: never."`
	SettleTime        policy.Duration `yaml:"settle_time" json:"settle_time" env:"OIOI_SETTLE_TIME" jsonschema:"How long a ticket must rest after its customer has edited it, or answered, before OiOi drafts again: a burst of edits becomes one draft. 0s: not at all."`

	PrivateKey     []byte   `yaml:"-" json:"-"` // PEM, from the file or the environment
	WebhookSecrets []string `yaml:"-" json:"-"` // at least one; the first is the newest
}

// Store says where OiOi keeps its data.
type Store struct {
	Path        string          `yaml:"path" json:"path" env:"OIOI_DB" jsonschema:"The SQLite file; it is made when it is not there. Its folder must allow writing."`
	KeepRemoved policy.Duration `yaml:"keep_removed" json:"keep_removed" env:"OIOI_KEEP_REMOVED" jsonschema:"How long the data of an installation that was removed on GitHub is kept; then it is deleted. 0s: not at all."`
}

// The providers of drafts.
const (
	ProviderOpenAI   = "openai"
	ProviderPlaybook = "playbook"
)

// Model says who drafts.
type Model struct {
	Provider        string            `yaml:"provider" json:"provider" env:"OIOI_MODEL_PROVIDER" jsonschema:"openai (any compatible API) or playbook (no network, no key). Left out: openai where a key or a base URL is set, else playbook."`
	BaseURL         string            `yaml:"base_url" json:"base_url" env:"OPENAI_BASE_URL" jsonschema:"The API's address, with its version path."`
	Model           string            `yaml:"model" json:"model" env:"OPENAI_MODEL" jsonschema:"The model's name, as the API knows it."`
	Roles           map[string]string `yaml:"roles" json:"roles" jsonschema:"Another model for one role, by role id."`
	KeyFile         string            `yaml:"key_file" json:"key_file" env:"OPENAI_API_KEY_FILE" jsonschema:"A file with the API key. The key itself may be in OPENAI_API_KEY instead."`
	Timeout         policy.Duration   `yaml:"timeout" json:"timeout" env:"OIOI_MODEL_TIMEOUT" jsonschema:"How long one call may take."`
	Retries         int               `yaml:"retries" json:"retries" env:"OIOI_MODEL_RETRIES" jsonschema:"How often a call that failed for a passing reason is made again."`
	Prices          map[string]Price  `yaml:"prices" json:"prices" jsonschema:"US dollars for a million tokens, by model. Without a price no cost is shown."`
	APIVersion      string            `yaml:"api_version" json:"api_version" env:"OPENAI_API_VERSION" jsonschema:"Azure OpenAI only."`
	FallbackModel   string            `yaml:"fallback_model" json:"fallback_model" env:"OIOI_FALLBACK_MODEL" jsonschema:"Which model is asked where the first does not answer, as its API knows it. Optional; after it the playbooks draft."`
	FallbackBaseURL string            `yaml:"fallback_base_url" json:"fallback_base_url" env:"OIOI_FALLBACK_BASE_URL" jsonschema:"The fallback model's API; left out, that of the first model, with its key."`
	FallbackKeyFile string            `yaml:"fallback_key_file" json:"fallback_key_file" env:"OIOI_FALLBACK_API_KEY_FILE" jsonschema:"A file with the key of the fallback model's API. The key itself may be in OIOI_FALLBACK_API_KEY instead."`
	FallbackKey     string            `yaml:"-" json:"-"`

	Key string `yaml:"-" json:"-"`
}

// Price of a model, in US dollars for a million tokens.
type Price struct {
	Input       float64 `yaml:"input" json:"input" jsonschema:"Tokens of the prompt."`
	CachedInput float64 `yaml:"cached_input" json:"cached_input" jsonschema:"Tokens of the prompt that the provider had cached."`
	Output      float64 `yaml:"output" json:"output" jsonschema:"Tokens of the answer."`
}

// Log tunes the log.
type Log struct {
	Level  string `yaml:"level" json:"level" env:"OIOI_LOG_LEVEL" jsonschema:"The least grave lines that are written."`
	Format string `yaml:"format" json:"format" env:"OIOI_LOG_FORMAT" jsonschema:"json for machines, text for people."`
}

// The addresses of github.com and of OpenAI.
const (
	githubWeb = "https://github.com"
	githubAPI = "https://api.github.com"
	openAI    = "https://api.openai.com/v1"
)

// DefaultServer is what holds without config.yml and environment.
func DefaultServer() Server {
	return Server{
		Server: Listen{Addr: ":8080"},
		GitHub: GitHub{WebURL: githubWeb, APIURL: githubAPI, WriteInterval: policy.Duration(time.Second), RecoverInterval: policy.Duration(5 * time.Minute), SettleTime: policy.Duration(30 * time.Second)},
		Store:  Store{Path: "oioi.db", KeepRemoved: policy.Duration(30 * 24 * time.Hour)},
		Model:  Model{BaseURL: openAI, Model: "gpt-5-mini", Timeout: policy.Duration(2 * time.Minute), Retries: 3},
		Budget: Budget{TicketTokens: 500_000, AuthorTokens: 1_500_000, RepositoryTokens: 10_000_000, DayTokens: 20_000_000, TeamShare: 10, WhenSpent: SpentPlaybook},
		Log:    Log{Level: "info", Format: "json"},
	}
}
