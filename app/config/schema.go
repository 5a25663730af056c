package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// The addresses of the published schemas. An editor with a YAML language server completes and checks by them.
const (
	schemaBase       = "https://raw.githubusercontent.com/oioi-app/oioi/main/docs/schema/"
	ServerSchemaURL  = schemaBase + "config.schema.json"
	ProjectSchemaURL = schemaBase + "oioi.schema.json"
)

// ServerSchema returns the JSON schema of config.yml, made from the types.
func ServerSchema() ([]byte, error) {
	return publish[Server](ServerSchemaURL, "OiOi: config.yml of the server", DefaultServer(), serverRules())
}

// RepositorySchema returns the JSON schema of .github/oioi.yml, made from the types.
func RepositorySchema() ([]byte, error) {
	return publish[Repository](ProjectSchemaURL, "OiOi: .github/oioi.yml of a repository", DefaultRepository(), repositoryRules())
}

func publish[T any](id, title string, defaults T, rules map[string]rule) ([]byte, error) {
	schema, err := jsonschema.For[T](&jsonschema.ForOptions{TypeSchemas: scalars()})
	if err != nil {
		return nil, fmt.Errorf("make the schema of %T: %w", defaults, err)
	}
	plain, err := json.Marshal(defaults)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	if err := json.Unmarshal(plain, &values); err != nil {
		return nil, err
	}
	w := schemaWriter{rules: rules, used: map[string]bool{}}
	w.object("", schema, values)
	for path := range rules {
		if !w.used[path] {
			return nil, fmt.Errorf("the schema of %T has a rule for %s, which is no key of it", defaults, path)
		}
	}
	schema.ID, schema.Schema, schema.Title = id, "https://json-schema.org/draft/2020-12/schema", title
	schema.Types, schema.Type = []string{"object", "null"}, "" // a file with comments only
	out, err := json.MarshalIndent(schema, "", "  ")
	return append(out, '\n'), err
}

// scalars are the types of ours that are written as strings.
func scalars() map[reflect.Type]*jsonschema.Schema {
	return map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[policy.Duration](): {Type: "string", Pattern: durationPattern, Examples: []any{"4h", "90m"}},
		reflect.TypeFor[role.Severity]():   {Type: "string", Enum: anys(role.Severities)},
		reflect.TypeFor[role.Category]():   {Type: "string", Enum: anys(role.Categories)},
	}
}

// durationPattern is what time.ParseDuration reads, without a minus.
const durationPattern = `^\+?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// rule is what the types cannot say of a key. Keys of a map are written *, items of a list [].
type rule struct {
	text     string // description, where the type has none
	keys     []any  // the allowed keys of a map
	enum     []any
	min, max *float64
	gap      [2]float64 // numbers in it are refused, both ends included
	pattern  string
	required []string // of an object
	noNull   bool     // the key needs a value
	drop     bool     // no key of the file
	env      string   // the variable that wins over the file
}

func ptr(n float64) *float64 { return &n }

const (
	addressPattern = `^$|^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\s]+([/?#][\s\S]*)?$`
	portPattern    = `^([^:\[\]]*|\[[^\[\]]*\]):0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$`
	// relativePattern is a path below the repository's top: no slash at either end, no backslash, no part that is . or ..
	relativePattern = `^$|` + relativePath
	relativePath    = `^\.$|^([^/\\.][^/\\]*|\.[^/\\.][^/\\]*|\.\.[^/\\]+)(/([^/\\.][^/\\]*|\.[^/\\.][^/\\]*|\.\.[^/\\]+))*$`
)

func roleIDs() []any {
	_, roles := workflow.Standard()
	return anys(sortedKeys(roles))
}

func serverRules() map[string]rule {
	rules := map[string]rule{
		"server.addr":           {pattern: portPattern},
		"server.public_url":     {pattern: addressPattern},
		"github.web_url":        {pattern: addressPattern},
		"github.api_url":        {pattern: addressPattern},
		"github.app_id":         {min: ptr(0)},
		"store.path":            {pattern: `\S`},
		"model.provider":        {enum: anys(append([]string{""}, Providers...))},
		"model.base_url":        {pattern: addressPattern},
		"model.roles":           {keys: roleIDs()},
		"model.retries":         {min: ptr(0), max: ptr(maxRetries)},
		"model.prices.*.input":  {min: ptr(0)},
		"model.prices.*.output": {min: ptr(0)},

		"model.prices.*.cached_input": {min: ptr(0)},
		"budget.team_share":           {min: ptr(0), max: ptr(90)},
		"budget.when_spent":           {enum: anys(WhenSpents)},
		"log.level":                   {enum: anys(LogLevels)},
		"log.format":                  {enum: anys(LogFormats)},
	}
	for _, name := range budgetKeys {
		rules["budget."+name] = rule{min: ptr(0), max: ptr(maxBudget)}
	}
	for _, key := range Keys() {
		r := rules[key.Path]
		r.env = key.Env
		rules[key.Path] = r
	}
	return rules
}

type schemaWriter struct {
	rules map[string]rule
	used  map[string]bool
}

// object describes the keys of one object, and of the objects in it.
func (w schemaWriter) object(path string, s *jsonschema.Schema, defaults map[string]any) {
	s.Required = nil
	for _, name := range slices.Clone(s.PropertyOrder) {
		child := s.Properties[name]
		key := strings.TrimPrefix(path+"."+name, ".")
		if w.rules[key].drop {
			w.used[key] = true
			delete(s.Properties, name)
			continue
		}
		value, has := defaults[name]
		below, _ := value.(map[string]any)
		if has && below == nil && value != nil && value != "" && value != 0.0 {
			child.Default, _ = json.Marshal(value) // it was JSON a moment ago
		}
		w.value(key, child, below)
		if !w.rules[key].noNull {
			nullable(child) // a key without a value means the default
		}
	}
}

func (w schemaWriter) value(key string, s *jsonschema.Schema, defaults map[string]any) {
	w.apply(key, s)
	switch {
	case s.Properties != nil:
		w.object(key, s, defaults)
		s.Required = w.rules[key].required
	case s.Items != nil:
		w.element(key+"[]", s.Items)
	case s.AdditionalProperties != nil && s.AdditionalProperties.Not == nil:
		w.element(key+".*", s.AdditionalProperties)
	}
}

// element describes an item of a list or a value of a map. Left empty it is the zero value, which some rules do not take.
func (w schemaWriter) element(key string, s *jsonschema.Schema) {
	w.value(key, s, nil)
	if r := w.rules[key]; r.pattern == "" && r.required == nil && s.Enum == nil {
		nullable(s)
	}
}

func (w schemaWriter) apply(key string, s *jsonschema.Schema) {
	r, ok := w.rules[key]
	if !ok {
		return
	}
	w.used[key] = true
	if r.text != "" {
		s.Description = r.text
	}
	if r.env != "" {
		s.Description += " Environment: " + r.env + "."
	}
	if r.keys != nil {
		s.PropertyNames = &jsonschema.Schema{Enum: r.keys}
	}
	if r.enum != nil {
		s.Enum = r.enum
	}
	if r.pattern != "" {
		s.Pattern = r.pattern
	}
	if r.gap != [2]float64{} {
		s.Not = &jsonschema.Schema{Type: "number", Minimum: ptr(r.gap[0]), Maximum: ptr(r.gap[1])}
	}
	if r.min != nil {
		s.Minimum = r.min
	}
	if r.max != nil {
		s.Maximum = r.max
	}
}

func nullable(s *jsonschema.Schema) {
	if s.Type != "" {
		s.Types, s.Type = []string{s.Type, "null"}, ""
	}
	slices.Sort(s.Types)
	s.Types = slices.Compact(s.Types)
	if s.Enum != nil && !slices.Contains(s.Enum, nil) {
		s.Enum = append(slices.Clone(s.Enum), nil)
	}
}
