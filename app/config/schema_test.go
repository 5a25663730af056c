package config_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/oioi-app/oioi/app/config"
)

//go:generate go test -run TestPublishedSchemasAreCurrent -update .

var update = flag.Bool("update", false, "write the published schemas again")

const top = "../.."

var published = map[string]func() ([]byte, error){
	"docs/schema/config.schema.json": config.ServerSchema,
	"docs/schema/oioi.schema.json":   config.RepositorySchema,
}

func TestPublishedSchemasAreCurrent(t *testing.T) {
	for name, make := range published {
		want, err := make()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(top, filepath.FromSlash(name))
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the types say: run go generate ./app/config", name)
		}
	}
}

// compile reads a published schema; the compiler holds it to the metaschema of JSON Schema 2020-12.
func compile(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// valid asks a schema about YAML, as an editor does.
func valid(schema *jsonschema.Schema, data []byte) error {
	var value any
	if err := yaml.Unmarshal(data, &value); err != nil && len(bytes.TrimSpace(data)) > 0 && !strings.Contains(err.Error(), "EOF") {
		return err
	}
	plain, err := json.Marshal(value)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil {
		return err
	}
	return schema.Validate(doc)
}

func TestSchemasTakeTheExamples(t *testing.T) {
	for schema, files := range map[string][]string{
		"docs/schema/config.schema.json": {"config.yml"},
		"docs/schema/oioi.schema.json": {
			".github/oioi.yml", "app/sandbox/sample/repos/support/.github/oioi.yml", "app/sandbox/sample/repos/tallypost/.github/oioi.yml",
		},
	} {
		compiled := compile(t, schema)
		for _, name := range files {
			data, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
			if err != nil {
				t.Fatal(err)
			}
			if err := valid(compiled, data); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := valid(compiled, []byte("# nothing but a comment\n")); err != nil {
			t.Errorf("%s refuses a file with comments only: %v", schema, err)
		}
	}
}

// Every file here is refused by the code, with its place, and by the schema.
var badServers = map[string]struct{ yaml, want string }{
	"unknown key":       {"server:\n  adress: :80\n", "config.yml:2:3: "},
	"unknown section":   {"servers: {}\n", "config.yml:1:1: "},
	"a list":            {"- server\n", "config.yml:1:"},
	"text for a number": {"github:\n  app_id: mine\n", "config.yml:2:11: "},
	"half an app":       {"github:\n  app_id: 1.5\n", "config.yml:2:11: "},
	"negative app":      {"github: { app_id: -3 }\n", "config.yml:1:19: github.app_id is -3"},
	"no port":           {"server:\n  addr: localhost\n", "config.yml:2:9: server.addr is \"localhost\"; allowed: HOST:PORT"},
	"large port":        {"server:\n  addr: :70000\n", "config.yml:2:9: server.addr"},
	"no address":        {"github:\n  api_url: api.github.com\n", "config.yml:2:12: github.api_url is no address"},
	"password in URL":   {"model:\n  base_url: https://me:hunter2@api.example\n", "config.yml:2:13: model.base_url holds a user name or password"},
	"unknown provider":  {"model:\n  provider: bard\n", "config.yml:2:13: model.provider is \"bard\"; allowed: openai, playbook"},
	"unknown role":      {"model:\n  roles:\n    boss: gpt\n", "config.yml:3:11: model.roles.boss is no role; allowed: analyst"},
	"many retries":      {"model:\n  retries: 11\n", "config.yml:2:12: model.retries is 11; allowed: 0 to 10"},
	"bad duration":      {"model:\n  timeout: 2 minutes\n", "config.yml:2:12: "},
	"negative duration": {"github:\n  write_interval: -1s\n", "config.yml:2:19: "},
	"negative price":    {"model:\n  prices:\n    m: { output: -1 }\n", "model.prices.m is negative"},
	"unknown level":     {"log:\n  level: loud\n", "config.yml:2:10: log.level is \"loud\"; allowed: debug, info, warn, error"},
	"unknown format":    {"log: { format: xml }\n", "config.yml:1:16: log.format is \"xml\"; allowed: json, text"},
	"no path":           {"store: { path: '' }\n", "config.yml:1:16: store.path is empty"},
	"a secret":          {"github:\n  webhook_secret: abc\n", "config.yml:2:3: "},
}

var badRepositories = map[string]struct{ yaml, want string }{
	"unknown key":        {"trigers: {}\n", "oioi.yml:1:1: "},
	"unknown policy":     {"policy:\n  owner: me\n", "oioi.yml:2:3: "},
	"text for a flag":    {"enabled: maybe\n", "oioi.yml:1:10: "},
	"text for a list":    {"triggers:\n  labels: support\n", "oioi.yml:2:11: "},
	"a path above":       {"docs:\n  root: ../docs\n", "oioi.yml:2:9: docs.root is \"../docs\"; write a path"},
	"an absolute path":   {"workflow: /etc/passwd\n", "oioi.yml:1:11: workflow is"},
	"a crooked path":     {"playbooks: a/./b\n", "oioi.yml:1:12: playbooks is"},
	"a slash at end":     {"docs: { root: docs/ }\n", "oioi.yml:1:15: docs.root is"},
	"protects a way up":  {"docs:\n  protected: [../x]\n", "oioi.yml:2:15: docs.protected[0] is"},
	"few tokens":         {"prompt:\n  warn_above_tokens: 10\n", "oioi.yml:2:22: prompt.warn_above_tokens is 10; allowed: 1000 or more"},
	"many follow-ups":    {"follow_ups:\n  max: 3\n", "oioi.yml:2:8: follow_ups.max is 3; allowed: 0, 1 or 2"},
	"no prefix":          {"labels:\n  prefix: ''\n", "oioi.yml:2:11: labels.prefix is"},
	"unknown role":       {"roles:\n  boss: be nice\n", "oioi.yml:2:9: roles.boss is no role"},
	"a form's path":      {"triggers:\n  forms: [../x.yml]\n", "oioi.yml:2:11: triggers.forms[0] is"},
	"no repository":      {"linked_repositories: [acme]\n", "oioi.yml:1:23: linked_repositories[0] is"},
	"dots for a name":    {"linked_repositories: [acme/..]\n", "oioi.yml:1:23: linked_repositories[0] is"},
	"unsafe channel":     {"private_channel: http://example.org\n", "oioi.yml:1:18: private_channel is"},
	"unknown severity":   {"policy:\n  service_levels:\n    S9: { first_reply: 1h }\n", "oioi.yml:2:3: policy.service_levels holds \"S9\"; allowed: S1"},
	"unknown category":   {"policy:\n  areas:\n    - { name: A, owner: '@a', categories: [weather] }\n", "oioi.yml:3:"},
	"unknown day":        {"policy:\n  hours:\n    days: [someday]\n", "oioi.yml:3:"},
	"no owner":           {"policy:\n  areas:\n    - name: A\n", "oioi.yml:3:"},
	"owner without @":    {"policy:\n  areas:\n    - { name: A, owner: somebody }\n", "oioi.yml:3:25: policy.areas[0].owner is \"somebody\"; write @user"},
	"level to nobody":    {"policy:\n  escalation:\n    - name: L1\n", "oioi.yml:3:"},
	"bad duration":       {"policy:\n  service_levels:\n    S1: { first_reply: soon }\n", "oioi.yml:3:24: "},
	"unknown clock":      {"policy:\n  service_levels:\n    S1: { first_reply: 1h, clock: never }\n", "oioi.yml:3:"},
	"macro without file": {"policy:\n  macros:\n    - name: A\n", "oioi.yml:3:"},
}

func TestWhatTheCodeRefusesTheSchemaRefuses(t *testing.T) {
	server, repository := compile(t, "docs/schema/config.schema.json"), compile(t, "docs/schema/oioi.schema.json")
	for name, bad := range badServers {
		t.Run("config.yml/"+name, func(t *testing.T) {
			_, err := config.ParseServer("config.yml", []byte(bad.yaml))
			refuses(t, err, valid(server, []byte(bad.yaml)), bad.want)
		})
	}
	for name, bad := range badRepositories {
		t.Run("oioi.yml/"+name, func(t *testing.T) {
			_, err := config.ParseRepository("oioi.yml", []byte(bad.yaml))
			refuses(t, err, valid(repository, []byte(bad.yaml)), bad.want)
		})
	}
}

func refuses(t *testing.T, code, schema error, want string) {
	t.Helper()
	if code == nil {
		t.Error("the code takes it")
	} else if !strings.Contains(code.Error(), want) {
		t.Errorf("the code says\n%v\nand not %q", code, want)
	}
	if code != nil && strings.Contains(code.Error(), "hunter2") {
		t.Error("the error repeats a password")
	}
	if schema == nil {
		t.Error("the schema takes it")
	}
}

// What the code takes, an editor with the schema must not underline.
func FuzzServerSchemaFollowsTheCode(f *testing.F) {
	schema := compile(f, "docs/schema/config.schema.json")
	seed(f, "config.yml")
	for _, bad := range badServers {
		f.Add([]byte(bad.yaml))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := config.ParseServer("config.yml", data)
		agree(t, schema, data, err)
	})
}

func FuzzRepositorySchemaFollowsTheCode(f *testing.F) {
	schema := compile(f, "docs/schema/oioi.schema.json")
	seed(f, ".github/oioi.yml", "app/sandbox/sample/repos/support/.github/oioi.yml")
	for _, bad := range badRepositories {
		f.Add([]byte(bad.yaml))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := config.ParseRepository("oioi.yml", data)
		agree(t, schema, data, err)
	})
}

func seed(f *testing.F, names ...string) {
	f.Helper()
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

func agree(t *testing.T, schema *jsonschema.Schema, data []byte, err error) {
	t.Helper()
	if err != nil {
		if strings.TrimSpace(err.Error()) == "" {
			t.Errorf("an error without words for %q", data)
		}
		return
	}
	if err := valid(schema, data); err != nil {
		t.Errorf("the code takes it, the schema does not: %q\n%v", data, err)
	}
}
