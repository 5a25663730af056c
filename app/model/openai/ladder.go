package openai

import (
	"encoding/json"
	"regexp"
	"strings"

	goopenai "github.com/sashabaranov/go-openai"
)

// rung is how strongly a backend is asked to keep to the schema, strongest first. The answer is validated locally on
// every rung: a backend may accept a schema and ignore it.
type rung int

const (
	strictSchema rung = iota // response_format json_schema, strict
	looseSchema              // the same, not strict
	jsonObject               // response_format json_object; the schema stands in the prompt
	plainText                // no response_format; the schema stands in the prompt
)

// shape is what a backend's requests look like: what it has been found to support.
type shape struct {
	rung             rung
	completionTokens bool // max_completion_tokens in place of max_tokens
}

// reasoning matches the models that take max_completion_tokens only.
var reasoning = regexp.MustCompile(`^(o[1-9]|gpt-[5-9])`)

func firstShape(model string, schema []byte) shape {
	s := shape{}
	if len(schema) == 0 {
		s.rung = jsonObject
	}
	name := model
	if i := strings.LastIndexByte(name, '/'); i >= 0 { // OpenRouter writes openai/gpt-5
		name = name[i+1:]
	}
	s.completionTokens = reasoning.MatchString(strings.ToLower(name))
	return s
}

// weaker returns the shape to try after a backend has said no, and whether its no was about the shape at all.
func (s shape) weaker(x *exchange) (shape, bool) {
	if x.status != 400 && x.status != 404 && x.status != 415 && x.status != 422 && x.status != 501 && x.status != 500 {
		return s, false
	}
	text := strings.ToLower(x.param + " " + x.code + " " + x.message)
	if strings.Contains(text, "max_tokens") && strings.Contains(text, "max_completion_tokens") && !s.completionTokens && x.status == 400 {
		s.completionTokens = true
		return s, true
	}
	if s.rung == plainText || !formatProblem.MatchString(text) {
		return s, false
	}
	s.rung++
	return s, true
}

// formatProblem matches what backends say when they do not know a response_format, or cannot compile a schema.
var formatProblem = regexp.MustCompile(`response_?format|response format|json_?schema|json schema|json_object|json mode|` +
	`structured output|guided|grammar|invalid schema|schema for|response_?mime|responseschema|response_schema|\bstrict\b`)

func (s shape) format(schema []byte) *goopenai.ChatCompletionResponseFormat {
	switch s.rung {
	case strictSchema, looseSchema:
		return &goopenai.ChatCompletionResponseFormat{
			Type: goopenai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &goopenai.ChatCompletionResponseFormatJSONSchema{
				Name: "role_output", Schema: json.RawMessage(schema), Strict: s.rung == strictSchema,
			},
		}
	case jsonObject:
		return &goopenai.ChatCompletionResponseFormat{Type: goopenai.ChatCompletionResponseFormatTypeJSONObject}
	}
	return nil
}
