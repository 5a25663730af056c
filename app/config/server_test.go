package config_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow/policy"
)

const reference = top + "/config.yml"

var key = sync.OnceValue(func() string {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}))
})

// variables is an environment.
type variables map[string]string

func (v variables) get(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

const secret = "0123456789abcdef0123456789abcdef"

func file(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return name
}

func TestReferenceWorksAsItIs(t *testing.T) {
	got, err := config.LoadServer(reference, variables{
		"GITHUB_APP_ID":                  "12345",
		"GITHUB_APP_PRIVATE_KEY_FILE":    file(t, "app.pem", key(), 0o600),
		"GITHUB_APP_WEBHOOK_SECRET_FILE": file(t, "secret", secret+"\n", 0o600),
	}.get)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Warnings) > 0 {
		t.Errorf("warnings: %v", got.Warnings)
	}
	if got.GitHub.AppID != 12345 || string(got.GitHub.PrivateKey) != key() || !slices.Equal(got.GitHub.WebhookSecrets, []string{secret}) {
		t.Errorf("the App: %d, %d bytes of key, %d secrets", got.GitHub.AppID, len(got.GitHub.PrivateKey), len(got.GitHub.WebhookSecrets))
	}
	if got.Model.Provider != config.ProviderPlaybook {
		t.Errorf("without a key %q drafts", got.Model.Provider)
	}
	// The reference shows the defaults: taking it away changes nothing.
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := config.ParseServer("config.yml", data)
	if err != nil {
		t.Fatal(err)
	}
	shown.Model.Roles, shown.Model.Prices = nil, nil
	if want := config.DefaultServer(); !reflect.DeepEqual(shown, want) {
		t.Errorf("config.yml says\n%+v\nthe defaults are\n%+v", shown, want)
	}
	for _, k := range config.Keys() {
		_, name, _ := strings.Cut(k.Path, ".")
		if !strings.Contains(string(data), " "+name+": ") || !strings.Contains(string(data), " "+k.Env+"\n") {
			t.Errorf("config.yml does not show %s with its variable %s", k.Path, k.Env)
		}
	}
}

func TestEnvironmentWinsOverTheFile(t *testing.T) {
	path := file(t, "config.yml", "server: { addr: ':1' }\ngithub: { app_id: 1, web_url: https://one.example, write_interval: 5s }\nlog: { level: warn }\n", 0o600)
	env := variables{
		"OIOI_ADDR": ":2", "GITHUB_APP_ID": " 2 ", "OIOI_WRITE_INTERVAL": "0s", "OIOI_LOG_LEVEL": "", // empty is as good as unset
		"GITHUB_APP_PRIVATE_KEY": strings.ReplaceAll(key(), "\n", `\n`), "GITHUB_APP_WEBHOOK_SECRET": secret + "\n\n" + strings.ToUpper(secret) + "\n",
		"OPENAI_API_KEY": "sk-test\n", "OIOI_MODEL_RETRIES": "0",
	}
	got, err := config.LoadServer(path, env.get)
	if err != nil {
		t.Fatal(err)
	}
	want := config.DefaultServer()
	want.Server.Addr, want.GitHub.AppID, want.GitHub.WriteInterval, want.Log.Level = ":2", 2, 0, "warn"
	want.GitHub.WebURL, want.GitHub.APIURL = "https://one.example", "https://one.example/api/v3"
	want.GitHub.PrivateKey, want.GitHub.WebhookSecrets = []byte(key()), []string{secret, strings.ToUpper(secret)}
	want.Model.Provider, want.Model.Key, want.Model.Retries = config.ProviderOpenAI, "sk-test", 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestAPIFollowsTheWeb(t *testing.T) {
	for web, api := range map[string]string{
		"https://github.com": "https://api.github.com", "https://github.com/": "https://api.github.com",
		"https://octo.ghe.com": "https://api.octo.ghe.com", "https://git.example.org/": "https://git.example.org/api/v3",
		"http://127.0.0.1:8000": "http://127.0.0.1:8000/api/v3",
	} {
		got, err := config.ParseServer("config.yml", []byte("github: { web_url: '"+web+"' }"))
		if err != nil || got.GitHub.APIURL != api {
			t.Errorf("%s: %s, %v; want %s", web, got.GitHub.APIURL, err, api)
		}
	}
}

func TestEveryProblemIsNamedAtOnce(t *testing.T) {
	path := file(t, "config.yml", "server:\n  addr: nowhere\nlog:\n  level: loud\n", 0o600)
	_, err := config.LoadServer(path, variables{
		"OIOI_LOG_FORMAT": "xml", "OIOI_MODEL_RETRIES": "many", "GITHUB_APP_PRIVATE_KEY": "not a key",
	}.get)
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		path + ":2:9: server.addr is \"nowhere\"; allowed: HOST:PORT",
		path + ":4:10: log.level is \"loud\"; allowed: debug, info, warn, error",
		"OIOI_LOG_FORMAT: log.format is \"xml\"; allowed: json, text",
		"OIOI_MODEL_RETRIES (model.retries): \"many\" is not a whole number",
		"github.app_id is not set; set GITHUB_APP_ID",
		"GITHUB_APP_PRIVATE_KEY: this is no PEM private key",
		"github.webhook_secret_file is not set; name with it, or with GITHUB_APP_WEBHOOK_SECRET_FILE",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in\n%v", want, err)
		}
	}
	if n := len(strings.Split(err.Error(), "\n")); n != 7 {
		t.Errorf("%d problems:\n%v", n, err)
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	const leak = "hunter2-hunter2-hunter2"
	_, err := config.LoadServer("", variables{
		"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": leak, "OPENAI_BASE_URL": "https://user:" + leak + "@api.example", "GITHUB_APP_WEBHOOK_SECRET": leak,
	}.get)
	if err == nil {
		t.Fatal("taken")
	}
	if strings.Contains(err.Error(), leak) {
		t.Errorf("an error repeats a secret: %v", err)
	}
}

func TestSecretFiles(t *testing.T) {
	good := variables{"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": key(), "GITHUB_APP_WEBHOOK_SECRET": secret}
	with := func(more variables) variables {
		out := variables{}
		for _, m := range []variables{good, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		env  variables
		want string // in the error
	}{
		"missing file":     {with(variables{"OPENAI_API_KEY_FILE": "/no/such/file"}), "OPENAI_API_KEY_FILE: the file cannot be read: open /no/such/file"},
		"folder":           {with(variables{"OPENAI_API_KEY_FILE": t.TempDir()}), "is a folder"},
		"empty file":       {with(variables{"OPENAI_API_KEY_FILE": file(t, "key", " \n", 0o600)}), "is empty"},
		"huge file":        {with(variables{"OPENAI_API_KEY_FILE": file(t, "key", strings.Repeat("x", 70<<10), 0o600)}), "is larger than 64 KB"},
		"set twice":        {with(variables{"GITHUB_APP_WEBHOOK_SECRET_FILE": file(t, "s", secret, 0o600)}), "GITHUB_APP_WEBHOOK_SECRET and GITHUB_APP_WEBHOOK_SECRET_FILE are both set: keep one"},
		"a public key":     {with(variables{"GITHUB_APP_PRIVATE_KEY": strings.ReplaceAll(key(), "PRIVATE", "PUBLIC")}), ""},
		"a broken key":     {with(variables{"GITHUB_APP_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"}), "holds no private key"},
		"openai, no key":   {with(variables{"OIOI_MODEL_PROVIDER": "openai"}), "there is no key; set OPENAI_API_KEY"},
		"unknown provider": {with(variables{"OIOI_MODEL_PROVIDER": "magic"}), "OIOI_MODEL_PROVIDER: model.provider is \"magic\"; allowed: openai, playbook"},
		"duration":         {with(variables{"OIOI_MODEL_TIMEOUT": "soon"}), "OIOI_MODEL_TIMEOUT (model.timeout): \"soon\" is not a duration"},
	} {
		_, err := config.LoadServer("", c.env.get)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestSecretThatOthersCanReadIsWarnedAbout(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has other permissions")
	}
	name := file(t, "secret", secret, 0o644)
	got, err := config.LoadServer("", variables{"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": key(), "GITHUB_APP_WEBHOOK_SECRET_FILE": name}.get)
	if err != nil || len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "mode 0644") || !strings.Contains(got.Warnings[0], "chmod 600 "+name) {
		t.Errorf("warnings %q, error %v", got.Warnings, err)
	}
	got, err = config.LoadServer("", variables{"GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": key(), "GITHUB_APP_WEBHOOK_SECRET": "short"}.get)
	if err != nil || len(got.Warnings) != 1 || strings.Contains(got.Warnings[0], "short") && !strings.Contains(got.Warnings[0], "fewer than 16") {
		t.Errorf("warnings %q, error %v", got.Warnings, err)
	}
}

func TestWhoDrafts(t *testing.T) {
	for name, c := range map[string]struct {
		env      variables
		provider string
		warn     bool
	}{
		"nothing set":        {nil, "playbook", false},
		"key":                {variables{"OPENAI_API_KEY": "k"}, "openai", false},
		"base URL, no key":   {variables{"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1"}, "openai", true},
		"base URL and model": {variables{"OPENAI_BASE_URL": "http://127.0.0.1:11434/v1", "OPENAI_MODEL": "m"}, "openai", false},
		"OpenAI's, no key":   {variables{"OPENAI_BASE_URL": "https://api.openai.com/v1/"}, "playbook", false},
		"key, yet playbook":  {variables{"OPENAI_API_KEY": "k", "OIOI_MODEL_PROVIDER": "playbook"}, "playbook", false},
		"key of spaces":      {variables{"OPENAI_API_KEY": "  "}, "playbook", false},
	} {
		m, warnings, err := config.LoadModel("", c.env.get)
		if err != nil || m.Provider != c.provider || (len(warnings) > 0) != c.warn {
			t.Errorf("%s: %q, warnings %q, error %v", name, m.Provider, warnings, err)
		}
		if m.Timeout != policy.Duration(2*time.Minute) || m.Model == "" || m.BaseURL == "" {
			t.Errorf("%s: the defaults are gone: %+v", name, m)
		}
	}
}

func TestMissingFileSaysWhatToDo(t *testing.T) {
	_, err := config.LoadServer(filepath.Join(t.TempDir(), "config.yml"), variables{}.get)
	if err == nil || !strings.Contains(err.Error(), "copy the reference config.yml, or name your file with --config") {
		t.Error(err)
	}
}

func TestOioiOwnSettings(t *testing.T) {
	got, err := config.Load(t.Context(), config.Directory(top), nil)
	if err != nil || len(got.Mistakes) > 0 {
		t.Fatal(err, got.Mistakes)
	}
	if len(got.Forms) != 1 || len(got.Config.Policy.Areas) == 0 {
		t.Errorf("forms %v, %d areas", got.Forms, len(got.Config.Policy.Areas))
	}
	// The reference shows the defaults, but for the rules of this team.
	got.Config.Policy = policy.Policy{}
	got.Config.Private, got.Config.Docs.Protected = "", nil
	if want := config.DefaultRepository(); !reflect.DeepEqual(got.Config, want) {
		t.Errorf("the reference says\n%+v\nthe defaults are\n%+v", got.Config, want)
	}
}
