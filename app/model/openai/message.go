package openai

import (
	"fmt"
	"strings"

	goopenai "github.com/sashabaranov/go-openai"

	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/workflow"
)

// request makes the API's request of a role's question. The messages start with the parts that never change, so that
// the provider's prefix cache can serve them.
func (c Config) request(name string, r model.Request, s shape) goopenai.ChatCompletionRequest {
	system := joined(r.Prompt.System)
	if s.rung >= jsonObject {
		// The backend does not get the schema by itself. JSON mode also wants the word JSON in the messages.
		system += "\n\nAnswer with one JSON object and nothing else: no code fence, no words around it."
		if len(r.Schema) > 0 {
			system += " It must satisfy this JSON schema:\n" + string(r.Schema)
		}
	}
	messages := []goopenai.ChatCompletionMessage{
		{Role: goopenai.ChatMessageRoleSystem, Content: strings.TrimSpace(system)},
		{Role: goopenai.ChatMessageRoleUser, Content: joined(r.Prompt.User)},
	}
	if len(r.Problems) > 0 {
		rejected := r.Rejected
		if strings.TrimSpace(rejected) == "" {
			rejected = "(an empty answer)"
		}
		messages = append(messages,
			goopenai.ChatCompletionMessage{Role: goopenai.ChatMessageRoleAssistant, Content: rejected},
			goopenai.ChatCompletionMessage{Role: goopenai.ChatMessageRoleUser, Content: repair(r)},
		)
	}
	out := goopenai.ChatCompletionRequest{Model: name, Messages: messages, ResponseFormat: s.format(r.Schema)}
	if s.completionTokens {
		out.MaxCompletionTokens = c.MaxTokens
	} else {
		out.MaxTokens = c.MaxTokens //nolint:staticcheck // many compatible servers know only the older name
	}
	return out
}

func repair(r model.Request) string {
	var b strings.Builder
	b.WriteString("That answer was not accepted:\n")
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "- %s: %s\n", p.Where, p.Message)
	}
	fmt.Fprintf(&b, "Answer again with the whole corrected JSON object. Fill only %q, as before.", r.Returns)
	return b.String()
}

func joined(parts []workflow.Part) string {
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		if p.Text != "" {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, "\n\n")
}
