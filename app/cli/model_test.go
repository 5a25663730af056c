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

func TestResolveWithALanguageModel(t *testing.T) {
	server := modeltest.NewServer(t)
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
	if !strings.Contains(got.DraftComment, "The help center says: Select the token and then **Rotate**.") {
		t.Errorf("the draft does not hold the model's reply:\n%s", got.DraftComment)
	}
	if strings.Contains(out+errs, modeltest.Key) {
		t.Error("the key is printed")
	}
}

func TestPlaybooksDraftAfterNonsense(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Next(modeltest.Content("What a nice ticket!"), modeltest.Content("Really nice!"))
	code, out, errs := resolve(t, server)
	if code != 0 || !strings.Contains(out, "without a language model") || !strings.Contains(errs, "stayed invalid after") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
}

func TestPlaybooksDraftWhenTheModelDoesNot(t *testing.T) {
	server := modeltest.NewServer(t)
	server.Next(modeltest.Status(http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+modeltest.Key))
	code, out, errs := resolve(t, server)
	if code != 0 || !strings.Contains(errs, "The playbooks draft instead.") || !strings.Contains(out, "without a language model") ||
		!strings.Contains(out, "the language model gave no answer that can be used: ") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	if strings.Contains(out+errs, modeltest.Key) {
		t.Error("the key is printed")
	}
}
