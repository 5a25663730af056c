//go:build ignore

// Smoke runs the README's first command, `go run ./cmd/oioi sandbox`, as a newcomer does: it waits for the page, files a
// ticket as the customer, waits until OiOi has commented its draft on it, and ends the sandbox as a supervisor would.
// Run it from the top of the repository: go run .ci/smoke.go
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	untilReady = 5 * time.Minute // on a new machine the command compiles everything first
	untilDraft = time.Minute
	untilEnded = 20 * time.Second
	poll       = 100 * time.Millisecond
)

// body is what the sample's support form makes of a customer's answers.
const body = `### Product area

API and tokens

### What happened, or what do you want to do?

Our API token ends next week and a nightly job uses it. How do we replace the token without missing a night?

### What did you expect?

Old and new token work side by side for a while.

### Steps or an example

_No response_

### Error message or log

_No response_

### Version

_No response_

### Environment

Cloud

### Impact

I have a question

### Before you submit

- [X] I have pasted no passwords, tokens or personal data.
- [X] You may contact me about this ticket.
`

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "smoke:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	dir, err := os.MkdirTemp("", "oioi-smoke-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	var output bytes.Buffer // read only after the command has ended
	sandbox := exec.Command("go", "run", "./cmd/oioi", "sandbox", "--addr", "127.0.0.1:0", "--state", dir)
	sandbox.Stdout, sandbox.Stderr = &output, &output
	sandbox.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	sandbox.Env = withoutModel(os.Environ())
	if err := sandbox.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- sandbox.Wait() }()

	err = story(filepath.Join(dir, "sandbox.json"), ended)
	if err == nil {
		err = end(sandbox.Process.Pid, ended)
	}
	if err != nil {
		// The whole group: go run does not pass a signal on to the program that it started.
		_ = syscall.Kill(-sandbox.Process.Pid, syscall.SIGKILL)
		<-ended
		return fmt.Errorf("%w\nthe sandbox printed:\n%s", err, output.String())
	}
	return nil
}

// withoutModel leaves out the variables that would make the sandbox ask a language model.
func withoutModel(environ []string) []string {
	var kept []string
	for _, e := range environ {
		if !strings.HasPrefix(e, "OPENAI_") && !strings.HasPrefix(e, "OIOI_") {
			kept = append(kept, e)
		}
	}
	return kept
}

type info struct {
	WebURL       string            `json:"web_url"`
	RESTURL      string            `json:"rest_url"`
	Repositories []string          `json:"repositories"`
	Tokens       map[string]string `json:"tokens"`
}

func story(file string, ended chan error) error {
	began := time.Now()
	var in info
	err := until(untilReady, ended, "sandbox.json", func() (bool, error) {
		data, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(data, &in) == nil, nil
	})
	if err != nil {
		return err
	}
	if in.WebURL == "" || in.RESTURL == "" || len(in.Repositories) == 0 || in.Tokens["customer"] == "" {
		return fmt.Errorf("sandbox.json lacks an address, a repository or the customer's token")
	}
	fmt.Printf("ready after %s at %s\n", time.Since(began).Round(poll), in.WebURL)

	var page []byte
	err = until(untilEnded, ended, "the first page", func() (bool, error) {
		var status int
		status, page, err = call(http.MethodGet, in.WebURL+"/", "", nil)
		return err == nil && status == http.StatusOK, nil
	})
	if err != nil {
		return err
	}
	if !bytes.Contains(page, []byte("<html")) || !bytes.Contains(page, []byte(in.Repositories[0])) {
		return fmt.Errorf("the first page does not show the repository %s", in.Repositories[0])
	}

	issues := in.RESTURL + "/repos/" + in.Repositories[0] + "/issues"
	status, answer, err := call(http.MethodPost, issues, in.Tokens["customer"],
		map[string]string{"title": "How do we replace an API token without stopping our nightly job?", "body": body})
	if err != nil || status != http.StatusCreated {
		return fmt.Errorf("file a ticket: status %d, %v: %s", status, err, answer)
	}
	var issue struct {
		Number int `json:"number"`
	}
	if err := json.Unmarshal(answer, &issue); err != nil {
		return fmt.Errorf("file a ticket: %w", err)
	}
	filed := time.Now()
	var draft string
	err = until(untilDraft, ended, fmt.Sprintf("OiOi's draft on issue %d", issue.Number), func() (bool, error) {
		draft, err = comment(fmt.Sprintf("%s/%d/comments", issues, issue.Number), in.Tokens["maintainer"])
		return draft != "", err
	})
	if err != nil {
		return err
	}
	if !strings.Contains(strings.ToLower(draft), "token") {
		return fmt.Errorf("the draft does not speak of the ticket's subject, an API token:\n%s", draft)
	}
	fmt.Printf("draft of %d characters on issue %d after %s\n", len(draft), issue.Number, time.Since(filed).Round(10*time.Millisecond))
	return nil
}

// comment returns the first comment that an App, not a person, has written.
func comment(url, token string) (string, error) {
	status, answer, err := call(http.MethodGet, url, token, nil)
	if err != nil || status != http.StatusOK {
		return "", fmt.Errorf("read comments: status %d, %v: %s", status, err, answer)
	}
	var comments []struct {
		Body string `json:"body"`
		User struct {
			Type string `json:"type"`
		} `json:"user"`
	}
	if err := json.Unmarshal(answer, &comments); err != nil {
		return "", fmt.Errorf("read comments: %w", err)
	}
	for _, c := range comments {
		if c.User.Type == "Bot" {
			return c.Body, nil
		}
	}
	return "", nil
}

var client = &http.Client{Timeout: 10 * time.Second}

func call(method, url, token string, send any) (int, []byte, error) {
	var content io.Reader
	if send != nil {
		data, err := json.Marshal(send)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, url, content)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Accept", "application/vnd.github+json")
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// until asks done again and again, until it says yes, fails, the sandbox ends or the time is over.
func until(limit time.Duration, ended chan error, what string, done func() (bool, error)) error {
	over := time.After(limit)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case err := <-ended:
			ended <- err
			return fmt.Errorf("the sandbox ended (%v) while this waited for %s", err, what)
		case <-over:
			return fmt.Errorf("waited %s for %s in vain", limit, what)
		}
	}
}

// end sends SIGTERM to the sandbox, the child of the go command with this id, and expects that both end without an error.
func end(goCommand int, ended chan error) error {
	pid := strconv.Itoa(goCommand)
	var children []string
	tasks, err := filepath.Glob("/proc/" + pid + "/task/*/children")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		data, err := os.ReadFile(task)
		if err != nil {
			return err
		}
		children = append(children, strings.Fields(string(data))...)
	}
	if len(children) != 1 {
		return fmt.Errorf("expected the go command to have one child, the sandbox, but it has %d", len(children))
	}
	child, err := strconv.Atoi(children[0])
	if err != nil {
		return err
	}
	began := time.Now()
	if err := syscall.Kill(child, syscall.SIGTERM); err != nil {
		return fmt.Errorf("send SIGTERM to the sandbox: %w", err)
	}
	select {
	case err := <-ended:
		if err != nil {
			ended <- err
			return fmt.Errorf("after SIGTERM the sandbox should end with exit code 0: %w", err)
		}
		fmt.Printf("ended %s after SIGTERM\n", time.Since(began).Round(10*time.Millisecond))
		return nil
	case <-time.After(untilEnded):
		return fmt.Errorf("the sandbox still runs %s after SIGTERM", untilEnded)
	}
}
