package role

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"

	"github.com/google/jsonschema-go/jsonschema"
)

// schema is made once: it never changes while the program runs, and its bytes are part of every call's cached prefix.
var schema = sync.OnceValue(func() []byte {
	root, err := jsonschema.For[Output](nil)
	if err != nil {
		panic(err) // a contract that has no schema is a programming error; a test makes it
	}
	root.Title = "Output"
	strict(root, reflect.TypeFor[Output]())
	data, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	return data
})

// Schema returns the JSON schema of Output, the one union for all roles, in the strict subset of OpenAI's structured outputs:
// closed objects, every property required, what is optional nullable.
// https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
func Schema() []byte { return schema() }

// enums are the closed lists, by Go type.
var enums = map[reflect.Type][]any{
	reflect.TypeFor[Severity]():     list(Severities),
	reflect.TypeFor[Category]():     list(Categories),
	reflect.TypeFor[BlockKind]():    list(BlockKinds),
	reflect.TypeFor[Path]():         list(Paths),
	reflect.TypeFor[CheckKind]():    list(CheckKinds),
	reflect.TypeFor[FollowUpKind](): list(FollowUpKinds),
}

func list[T ~string](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// strict walks a schema beside its type: lists are never null, closed lists are named, everything is required.
func strict(s *jsonschema.Schema, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if values, ok := enums[t]; ok {
		s.Enum = values
		return
	}
	switch t.Kind() {
	case reflect.Slice:
		s.Types, s.Type = nil, "array"
		strict(s.Items, t.Elem())
	case reflect.Struct:
		s.Required = nil
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			s.Required = append(s.Required, name)
			strict(s.Properties[name], t.Field(i).Type)
		}
	}
}
