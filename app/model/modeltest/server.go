// Package modeltest is a double of an OpenAI-compatible API for tests. It is honest: where the published API description
// is at hand, every request is held to it strictly, and so is every answer that the double calls valid; a breach fails
// the test. It misbehaves only where a test says so.
package modeltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oioi-app/oioi/workflow/role"
)

// Key is the only key that the double accepts.
const Key = "test-key-0123456789abcdef"

// Model is the name that the double gives itself where the request names none.
const Model = "honest-double-1"

// Server is the double.
type Server struct {
	// URL is the base URL, with /v1.
	URL string

	t        testing.TB
	contract *contract
	stop     chan struct{}

	mu        sync.Mutex
	script    []Reply
	refuses   []Format
	answer    func(Request) role.Output
	requests  []Request
	completed int
}

// Message is one message of a request.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Request is what a client sent.
type Request struct {
	Model               string    `json:"model"`
	Messages            []Message `json:"messages"`
	MaxTokens           int       `json:"max_tokens"`
	MaxCompletionTokens int       `json:"max_completion_tokens"`
	ResponseFormat      struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Name   string          `json:"name"`
			Strict bool            `json:"strict"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`

	Path   string      `json:"-"`
	Query  string      `json:"-"`
	Header http.Header `json:"-"`
}

// Format is how a request asks for structured output.
type Format string

// The formats, strongest first.
const (
	StrictSchema Format = "strict json_schema"
	LooseSchema  Format = "json_schema"
	JSONObject   Format = "json_object"
	Plain        Format = "none"
)

// Format returns how the request asks for structured output.
func (r Request) Format() Format {
	switch {
	case r.ResponseFormat.Type == "json_schema" && r.ResponseFormat.JSONSchema.Strict:
		return StrictSchema
	case r.ResponseFormat.Type == "json_schema":
		return LooseSchema
	case r.ResponseFormat.Type == "json_object":
		return JSONObject
	}
	return Plain
}

// Prompt returns all messages of a role, joined.
func (r Request) Prompt(messageRole string) string {
	var texts []string
	for _, m := range r.Messages {
		if m.Role == messageRole {
			texts = append(texts, m.Content)
		}
	}
	return strings.Join(texts, "\n\n")
}

// NewServer starts a double that plays a good model: it answers every request with an output that it makes from the
// prompt (Draft). It stops when the test ends.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, contract: loadContract(t), stop: make(chan struct{}), answer: Draft}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = server.URL + "/v1"
	t.Cleanup(func() {
		close(s.stop) // lets hanging answers go
		server.CloseClientConnections()
		server.Close()
	})
	return s
}

// Next says what the following requests get, one reply each; after them the double is a good model again.
func (s *Server) Next(replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, replies...)
}

// Refuse makes the double answer 400 to requests in these formats, as backends do that do not know them.
func (s *Server) Refuse(formats ...Format) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses = formats
}

// Answer replaces how the good model answers.
func (s *Server) Answer(fn func(Request) role.Output) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = fn
}

// Requests returns what was asked so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 32<<20))
	if err != nil {
		return // the client hung up
	}
	request := Request{Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone()}
	if err := json.Unmarshal(body, &request); err != nil {
		s.t.Errorf("the request's body is not JSON: %v", err)
	}
	s.mu.Lock()
	s.requests = append(s.requests, request)
	reply := Reply(nil)
	refused := slices.Contains(s.refuses, request.Format())
	if len(s.script) > 0 && !refused { // a refused request uses up no reply
		reply, s.script = s.script[0], s.script[1:]
	}
	answer := s.answer
	s.mu.Unlock()

	problem := s.check(r, request, body)
	switch {
	case problem != "":
		s.t.Errorf("the request breaks the API's contract: %s", problem)
		writeError(w, http.StatusBadRequest, "invalid_request_error", problem)
	case r.Header.Get("Authorization") != "Bearer "+Key && r.Header.Get("Api-Key") != Key:
		writeError(w, http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+r.Header.Get("Authorization"))
	case refused:
		writeError(w, http.StatusBadRequest, "invalid_request_error",
			fmt.Sprintf("Invalid parameter: 'response_format' of type %q is not supported with this model.", request.Format()))
	case reply != nil:
		reply(s, w, r, request)
	default:
		Output(answer(request))(s, w, r, request)
	}
}

// check returns what is wrong with a request, or "".
func (s *Server) check(r *http.Request, request Request, body []byte) string {
	azure := strings.Contains(r.URL.Path, "/openai/deployments/")
	switch {
	case r.Method != http.MethodPost:
		return "method " + r.Method
	case !azure && r.URL.Path != "/v1/chat/completions":
		return "path " + r.URL.Path
	case azure && !strings.Contains(r.URL.RawQuery, "api-version="):
		return "no api-version"
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return "content type " + r.Header.Get("Content-Type")
	case len(request.Messages) == 0 || request.Model == "":
		return "no model or no messages"
	case request.Format() == JSONObject && !bytes.Contains(body, []byte("JSON")):
		// https://platform.openai.com/docs/guides/structured-outputs/json-mode
		return "'messages' must contain the word 'json' to use 'response_format' of type 'json_object'"
	}
	if request.Format() == StrictSchema {
		var schema map[string]any
		if err := json.Unmarshal(request.ResponseFormat.JSONSchema.Schema, &schema); err != nil {
			return "the schema is not JSON: " + err.Error()
		}
		if problem := notStrict("schema", schema, true); problem != "" {
			return "Invalid schema for response_format: " + problem
		}
	}
	return s.contract.request(r, body)
}

// notStrict says why a schema is none that strict mode accepts: the root is an object, every object is closed and
// requires all its properties, and oneOf and a root anyOf are not there.
// https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
func notStrict(path string, schema map[string]any, root bool) string {
	kind, _ := schema["type"].(string)
	if root && (kind != "object" || schema["anyOf"] != nil) {
		return path + ": the root must be an object without anyOf"
	}
	for _, banned := range []string{"oneOf", "allOf", "not", "patternProperties", "if"} {
		if schema[banned] != nil {
			return path + ": " + banned + " is not supported"
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	if properties != nil || kind == "object" {
		if closed, ok := schema["additionalProperties"].(bool); !ok || closed {
			return path + ": additionalProperties must be false"
		}
		required, _ := schema["required"].([]any)
		for name, property := range properties {
			if !slices.Contains(required, any(name)) {
				return path + "." + name + " must be required"
			}
			if inner, ok := property.(map[string]any); ok {
				if problem := notStrict(path+"."+name, inner, false); problem != "" {
					return problem
				}
			}
		}
	}
	for _, holder := range []string{"items", "anyOf", "$defs"} {
		switch inner := schema[holder].(type) {
		case map[string]any:
			if holder == "items" {
				inner = map[string]any{"": inner}
			}
			for name, s := range inner {
				if s, ok := s.(map[string]any); ok {
					if problem := notStrict(path+"."+holder+"."+name, s, false); problem != "" {
						return problem
					}
				}
			}
		case []any:
			for i, s := range inner {
				if s, ok := s.(map[string]any); ok {
					if problem := notStrict(fmt.Sprintf("%s.%s[%d]", path, holder, i), s, false); problem != "" {
						return problem
					}
				}
			}
		}
	}
	return ""
}

func (s *Server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.completed++
	return s.completed
}
