package modeltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	validation "github.com/pb33f/libopenapi-validator/errors"

	"github.com/oioi-app/oioi/app/need"
)

// contract is OpenAI's published description of chat completions. A nil contract has nothing to say.
type contract struct {
	one                 sync.Mutex // the validators share what they parse, and race where two servers use them at once
	requests, responses validator.Validator
}

var contracts struct {
	sync.Mutex
	byPath map[string]*contract
}

// loadContract reads the description where OIOI_CONTRACTS has it. A clone without it still runs the tests that merely
// need a model; where OIOI_REQUIRE=all, a missing description fails them.
func loadContract(t testing.TB) *contract {
	t.Helper()
	if os.Getenv("OIOI_CONTRACTS") == "" && os.Getenv("OIOI_REQUIRE") != "all" {
		return nil
	}
	path := need.Contract(t, "openai-chat.json")
	contracts.Lock()
	defer contracts.Unlock()
	if known, ok := contracts.byPath[path]; ok {
		return known
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = modern(data); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	loaded := &contract{}
	anySchema := config.WithStrictIgnorePaths("$.body.response_format.json_schema.schema.**")
	if loaded.requests, err = compile(data, config.WithStrictMode(), config.WithoutSecurityValidation(), anySchema); err != nil {
		t.Fatal(err)
	}
	if loaded.responses, err = compile(data); err != nil {
		t.Fatal(err)
	}
	if contracts.byPath == nil {
		contracts.byPath = map[string]*contract{}
	}
	contracts.byPath[path] = loaded
	return loaded
}

// modern rewrites "nullable", which the description still uses although it calls itself OpenAPI 3.1, where it is no
// keyword any more, into the type "null".
// https://www.openapis.org/blog/2021/02/16/migrating-from-openapi-3-0-to-3-1-0
func modern(data []byte) ([]byte, error) {
	var document any
	if err := json.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			nullable, known := v["nullable"].(bool)
			if kind, ok := v["type"].(string); known && nullable && ok {
				v["type"] = []any{kind, "null"}
				if enum, ok := v["enum"].([]any); ok {
					v["enum"] = append(enum, nil)
				}
			}
			if known {
				delete(v, "nullable")
			}
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(document)
	return json.Marshal(document)
}

func compile(data []byte, options ...config.Option) (validator.Validator, error) {
	document, err := libopenapi.NewDocument(data)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(document, options...)
	if len(errs) > 0 {
		return nil, fmt.Errorf("openai-chat.json: %v", errs)
	}
	return v, nil
}

// endpoint is the operation's address in the description; other deployments of the API have other hosts and paths.
const endpoint = "https://api.openai.com/v1/chat/completions"

func (c *contract) request(r *http.Request, body []byte) string {
	if c == nil {
		return ""
	}
	copied, err := http.NewRequestWithContext(r.Context(), http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	copied.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	c.one.Lock()
	defer c.one.Unlock()
	valid, errs := c.requests.ValidateHttpRequestSync(copied)
	return explain(valid, errs)
}

func (c *contract) response(status int, body []byte) string {
	if c == nil {
		return ""
	}
	request, err := http.NewRequest(http.MethodPost, endpoint, http.NoBody)
	if err != nil {
		return err.Error()
	}
	c.one.Lock()
	defer c.one.Unlock()
	valid, errs := c.responses.ValidateHttpResponse(request, &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), Request: request,
	})
	return explain(valid, errs)
}

func explain(valid bool, errs []*validation.ValidationError) string {
	if valid {
		return ""
	}
	var out []string
	for _, e := range errs {
		out = append(out, e.Message+": "+e.Reason)
		for _, s := range e.SchemaValidationErrors {
			out = append(out, s.FieldPath+" "+s.Reason)
		}
	}
	return strings.Join(out, "; ")
}
