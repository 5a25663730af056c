package openai

import (
	"encoding/json"
	"regexp"
	"strings"

	goopenai "github.com/sashabaranov/go-openai"

	"github.com/oioi-app/oioi/app/model"
)

// read takes the answer out of a response, or says why there is none.
func (c Config) read(name string, res goopenai.ChatCompletionResponse) (model.Response, *model.Error) {
	out := model.Response{Model: res.Model, Drafter: drafter, Usage: c.cost(res.Usage, name, res.Model)}
	if out.Model == "" {
		out.Model = name
	}
	fail := func(class model.Class, message, detail string) (model.Response, *model.Error) {
		return out, &model.Error{Class: class, Message: message, Detail: detail, Status: 200, Usage: out.Usage}
	}
	if len(res.Choices) == 0 {
		return fail(model.Retryable, "The model's API answered without an answer in it.", "")
	}
	choice := res.Choices[0]
	if choice.Message.Refusal != "" {
		return fail(model.Refused, "The model refuses to work on this ticket. A person has to, or another model: set model.model in config.yml.", choice.Message.Refusal)
	}
	answer, whole := object(content(choice.Message))
	switch {
	case choice.FinishReason == goopenai.FinishReasonContentFilter:
		return fail(model.Refused, "The model's content filter stops it from working on this ticket. A person has to, or another model: set model.model in config.yml.", "finish_reason content_filter")
	case choice.FinishReason == goopenai.FinishReasonLength:
		return fail(model.Truncated, "The model's answer did not fit into its limit of tokens. Choose a model with a larger one for this role: model.roles in config.yml.", "finish_reason length")
	case answer == "":
		return fail(model.Retryable, "The model gave an empty answer.", "finish_reason "+string(choice.FinishReason))
	case choice.FinishReason != goopenai.FinishReasonStop && !whole:
		return fail(model.Truncated, "The model stopped in the middle of its answer.", "finish_reason "+string(choice.FinishReason))
	}
	out.Output = []byte(answer)
	return out, nil
}

func content(m goopenai.ChatCompletionMessage) string {
	if m.Content != "" || len(m.MultiContent) == 0 {
		return m.Content
	}
	var b strings.Builder
	for _, part := range m.MultiContent {
		b.WriteString(part.Text)
	}
	return b.String()
}

// thoughts is what some reasoning models write before their answer.
var thoughts = regexp.MustCompile(`(?s)^\s*<think(?:ing)?>.*?</think(?:ing)?>`)

// object returns the JSON object in an answer, freed from thoughts, code fences and words around it, and whether it is
// whole. An answer that holds none is returned as it is: the caller's validation says what is wrong with it.
func object(text string) (string, bool) {
	text = strings.TrimSpace(thoughts.ReplaceAllString(text, ""))
	if json.Valid([]byte(text)) {
		return text, strings.HasPrefix(text, "{")
	}
	for start := strings.IndexByte(text, '{'); start >= 0; {
		var raw json.RawMessage
		if err := json.NewDecoder(strings.NewReader(text[start:])).Decode(&raw); err == nil && len(raw) > 2 {
			return string(raw), true
		}
		next := strings.IndexByte(text[start+1:], '{')
		if next < 0 || start > 2000 {
			break
		}
		start += next + 1
	}
	return text, false
}
