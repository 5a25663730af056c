package cli_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/cli"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/workflow/role"
)

// resolve runs `oioi resolve` with a language model behind server.
func resolve(t *testing.T, server *modeltest.Server, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	dir := t.TempDir()
	if err := writeSample(dir); err != nil {
		t.Fatal(err)
	}
	ticket := filepath.Join(dir, "ticket.md")
	if err := os.WriteFile(ticket, []byte("# How do we rotate an API token?\n\nOur token ends next week, and a nightly job uses it. How do we replace it?\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"OPENAI_BASE_URL": server.URL, "OPENAI_API_KEY": modeltest.Key, "OPENAI_MODEL": "gpt-4.1", "OIOI_MODEL_RETRIES": "0"}
	var out, errs strings.Builder
	code = cli.Main(t.Context(), append([]string{"resolve", "--docs", filepath.Join(dir, "docs"), ticket}, args...), cli.Process{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	})
	return code, out.String(), errs.String()
}

// answer is a good model's output for the part that the prompt asks for.
func answer(t *testing.T, r modeltest.Request) role.Output {
	t.Helper()
	note := "Nothing is unclear."
	nothing := "The help center answers this already."
	out := role.Output{Handoff: &note}
	switch prompt := r.Prompt("user"); {
	case strings.Contains(prompt, `Return the part "understanding"`):
		out.Understanding = &role.Understanding{
			Summary: "They want to replace a token.", CustomerGoal: "A new token", BlockedOn: "How to do it", Impact: "A nightly job", Severity: "S4",
			Category: role.HowTo, Language: "en", Facts: []role.Claim{}, Assumptions: []string{}, Missing: []role.MissingInfo{}, ReplyMust: []string{"say how"},
			Reply: []role.Block{
				{Kind: role.Courtesy, Text: "Hello, thank you for writing."},
				{Kind: role.Fact, Text: "Select the token and then Rotate.", Citations: []role.Citation{{Evidence: "E1", Quote: "Select the token and then"}}},
			},
		}
	case strings.Contains(prompt, `Return the part "handling_plan"`):
		out.HandlingPlan = &role.HandlingPlan{Path: "answer", Why: "A page answers it.", Owner: role.Unassigned, OwnerWhy: "The policy names no owners.",
			Actions: []role.Action{{ID: "A1", Text: "Send the reply", Owner: role.Unassigned, DueHours: 4, DoneWhen: "it is sent"}}, LimitsApplied: []string{},
			Alternatives: []role.Alternative{}, NextUpdateHours: 8}
	case strings.Contains(prompt, `Return the part "measurement"`):
		out.Measurement = &role.Measurement{Metrics: []role.Metric{},
			Checks: []role.Check{{ID: "C1", Kind: "reporter_confirms", Text: "The customer has a new token", Subject: "the customer", Source: "the ticket", DueHours: 16}}}
	case strings.Contains(prompt, `Return the part "follow_through"`):
		out.FollowThrough = &role.FollowThrough{FollowUps: []role.FollowUp{}, DocsEdits: []role.DocsEdit{}, Nothing: &nothing}
	default:
		t.Errorf("the prompt asks for no part:\n%s", prompt)
	}
	return out
}

func TestResolveWithALanguageModel(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Answer(func(r modeltest.Request) role.Output { return answer(t, r) })
	code, out, errs := resolve(t, server, "--format", "json")
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	var got struct {
		Usage struct {
			PromptTokens     int `json:"prompt_tokens"`
			CompletionTokens int `json:"completion_tokens"`
		}
		Done         []struct{ Met bool }
		DraftComment string `json:"draft_comment"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if n := len(server.Requests()); n != 4 {
		t.Errorf("%d calls for four roles", n)
	}
	if got.Usage.PromptTokens == 0 || got.Usage.CompletionTokens == 0 || len(got.Done) == 0 {
		t.Errorf("usage %+v, done %v", got.Usage, got.Done)
	}
	if !strings.Contains(got.DraftComment, "Select the token and then Rotate.") {
		t.Errorf("the draft does not hold the model's reply:\n%s", got.DraftComment)
	}
	if strings.Contains(out+errs, modeltest.Key) {
		t.Error("the key is printed")
	}
}

func TestResolveParksOnNonsense(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Next(modeltest.Content("What a nice ticket!"), modeltest.Content("Really nice!"))
	code, out, errs := resolve(t, server)
	if code != 3 || out != "" || !strings.Contains(errs, "oioi: parked: the answer of the support_specialist stayed invalid after one repair") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
}

func TestPlaybooksDraftWhenTheModelDoesNot(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Next(modeltest.Status(http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+modeltest.Key))
	code, out, errs := resolve(t, server)
	if code != 0 || !strings.Contains(errs, "The playbooks draft instead.") || !strings.Contains(out, "without a language model") ||
		!strings.Contains(out, "the language model did not answer: ") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	if strings.Contains(out+errs, modeltest.Key) {
		t.Error("the key is printed")
	}
}
