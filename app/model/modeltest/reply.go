package modeltest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
)

// Reply is what the double does with one request.
type Reply func(s *Server, w http.ResponseWriter, r *http.Request, request Request)

// Output answers with a role's output.
func Output(out role.Output) Reply {
	data, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	return Content(string(data))
}

// Content answers with a text that ended by itself.
func Content(text string) Reply { return completion(text, "", "stop") }

// Truncated answers with the first half of a text, cut off by the limit of tokens.
func Truncated(text string) Reply { return completion(text[:len(text)/2], "", "length") }

// Refusal answers that the model will not.
func Refusal(why string) Reply { return completion("", why, "stop") }

// Filtered answers that a content filter stopped the model.
func Filtered() Reply { return completion("", "", "content_filter") }

func completion(text, refusal, finish string) Reply {
	return func(s *Server, w http.ResponseWriter, _ *http.Request, request Request) {
		message := map[string]any{"role": "assistant", "content": text, "refusal": nil}
		if refusal != "" {
			message["content"], message["refusal"] = nil, refusal
		}
		prompt, written := tokens(request.Prompt("system")+request.Prompt("user")), tokens(text)
		cached := 0
		if s.count() > 1 {
			cached = prompt / 2 / 128 * 128
		}
		body, err := json.Marshal(map[string]any{
			"id": fmt.Sprintf("chatcmpl-%d", len(s.Requests())), "object": "chat.completion", "created": 1_790_000_000, "model": request.Model,
			"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": finish, "logprobs": nil}},
			"usage": map[string]any{"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written,
				"prompt_tokens_details": map[string]any{"cached_tokens": cached}},
		})
		if err != nil {
			panic(err)
		}
		if problem := s.contract.response(http.StatusOK, body); problem != "" {
			s.t.Errorf("the double's own answer breaks the API's contract: %s", problem)
		}
		write(w, http.StatusOK, string(body))
	}
}

// tokens is a rough count, good enough for a bill in a test: it grows with the text.
func tokens(text string) int { return len(text)/4 + 1 }

// Status answers with an error in OpenAI's form. Headers come in pairs: name, value.
func Status(status int, code, message string, headers ...string) Reply {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request, _ Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		writeError(w, status, code, message)
	}
}

// Body answers with a body as it is: a string error as Ollama's, an array as Gemini's, a page of HTML.
func Body(status int, body string) Reply {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request, _ Request) { write(w, status, body) }
}

// Hang never answers.
func Hang() Reply {
	return func(s *Server, _ http.ResponseWriter, r *http.Request, _ Request) { s.wait(r) }
}

// HangBody sends the status and half a body, and no more.
func HangBody() Reply {
	return func(s *Server, w http.ResponseWriter, r *http.Request, _ Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte(`{"id":"x","choices":[{"index":0,`))
		w.(http.Flusher).Flush()
		s.wait(r)
	}
}

// HugeBody sends a body without end.
func HugeBody() Reply {
	return func(s *Server, w http.ResponseWriter, r *http.Request, _ Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(" ", 1<<16))
		for {
			select {
			case <-s.stop:
				return
			case <-r.Context().Done():
				return
			default:
			}
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
}

// Drop closes the connection without an answer.
func Drop() Reply {
	return func(*Server, http.ResponseWriter, *http.Request, Request) { panic(http.ErrAbortHandler) }
}

// Redirect sends the client elsewhere.
func Redirect(to string) Reply {
	return func(_ *Server, w http.ResponseWriter, r *http.Request, _ Request) {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	}
}

func (s *Server) wait(r *http.Request) {
	select {
	case <-s.stop:
	case <-r.Context().Done():
	}
}

func writeError(w http.ResponseWriter, status int, code, message string) {
	body, err := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error", "param": nil, "code": code}})
	if err != nil {
		panic(err)
	}
	write(w, status, string(body))
}

func write(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}
