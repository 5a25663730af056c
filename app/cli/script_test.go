package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/oioi-app/oioi/app/cli"
	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

var update = flag.Bool("update", false, "write what the commands print now into the scripts")

func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"oioi": oioi})
}

// tidy removes what all benchmarks share when they are over.
type tidy struct{ *testing.M }

func (t tidy) Run() int {
	defer func() { _ = os.RemoveAll(benchFolder) }()
	return t.M.Run()
}

// oioi is the command as its users run it, but on a morning in November.
func oioi() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	process := cli.Process{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.LookupEnv}
	if os.Getenv("FIXED_CLOCK") != "" {
		process.Clock = func() time.Time { return time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC) }
	}
	os.Exit(cli.Main(ctx, os.Args[1:], process))
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		UpdateScripts:      *update,
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("FIXED_CLOCK", "1")
			top, err := filepath.Abs("../..")
			env.Setenv("TOP", top)
			if err != nil {
				return err
			}
			return writeSample(filepath.Join(env.WorkDir, "support"))
		},
		Condition: func(name string) (bool, error) {
			if name == "git" {
				_, err := exec.LookPath("git")
				if err != nil && os.Getenv("OIOI_REQUIRE") == "all" {
					return false, fmt.Errorf("OIOI_REQUIRE=all, but git is not on PATH")
				}
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":     code,
			"jsonkeys": jsonKeys,
			"jsonenv":  jsonEnv,
			"freeport": freePort,
			"until":    until,
			"repeat":   repeat,
			"post":     post,
			"receive":  receive,
		},
	})
}

// writeSample puts the sample's support repository into a folder, with its help center and its settings.
func writeSample(dir string) error {
	tree, err := sample.Repositories()[0].Tree("https://github.example")
	if err != nil {
		return err
	}
	for name, data := range tree {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// code runs a command and holds its exit code: code 2 oioi resolve. Its output is for stdout, stderr and cmp. With < FILE
// at the end it reads the file.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code NUMBER PROGRAM [ARGUMENT…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); err != nil {
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("the exit code is %d, not %d", got, want)
	}
}

// jsonkeys holds the top-level keys of a JSON file, in their order: jsonkeys FILE KEY…
func jsonKeys(ts *testscript.TestScript, neg bool, args []string) {
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var keys []string
	_, err := decoder.Token()
	ts.Check(err)
	for decoder.More() {
		key, err := decoder.Token()
		ts.Check(err)
		keys = append(keys, fmt.Sprint(key))
		var value any
		ts.Check(decoder.Decode(&value))
	}
	if slices.Equal(keys, args[1:]) == neg {
		ts.Fatalf("the keys are %v", keys)
	}
}

// jsonenv puts a value of a JSON file into a variable: jsonenv FILE KEY VARIABLE
func jsonEnv(ts *testscript.TestScript, _ bool, args []string) {
	var values map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &values))
	ts.Setenv(args[2], fmt.Sprint(values[args[1]]))
}

// freeport puts the address of a free port into a variable.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	socket, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], socket.Addr().String())
	ts.Check(socket.Close())
}

// until runs a command again and again until it succeeds, for twenty seconds at the most.
func until(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if ts.Exec(args[0], args[1:]...) == nil {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("it did not come about")
		}
	}
}

// post sends JSON to a sandbox's API as one of its people: post SANDBOX.JSON PERSON PATH JSON
func post(ts *testscript.TestScript, _ bool, args []string) {
	var info sandbox.Info
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &info))
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, strings.TrimSuffix(info.RESTURL, "/")+args[2], strings.NewReader(args[3]))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+info.Tokens[args[1]])
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); answer.StatusCode/100 != 2 {
		ts.Fatalf("%s: %s, %v", answer.Status, body, err)
	}
}

// receive takes webhooks at an address until the script ends, and writes their events into a file: receive ADDRESS FILE
func receive(ts *testscript.TestScript, _ bool, args []string) {
	socket, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", args[0])
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(file, r.Header.Get("X-GitHub-Event"))
		w.WriteHeader(http.StatusAccepted)
	})}
	go func() { _ = server.Serve(socket) }()
	ts.Defer(func() { _ = errors.Join(server.Close(), file.Close()) })
}

// repeat writes a text many times into a file: repeat FILE TIMES TEXT
func repeat(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat(args[2], n)), 0o644))
}

// Every command and flag has a help text in whole sentences, and the reference of the README can rely on it.
func TestEveryCommandHasHelp(t *testing.T) {
	for _, args := range [][]string{
		{"serve"}, {"sandbox"}, {"resolve"}, {"workflow"}, {"workflow", "list"}, {"workflow", "show"}, {"workflow", "lint"},
		{"workflow", "compile"}, {"config"}, {"config", "check"}, {"config", "schema"}, {"health"}, {"version"}, {"migrate"}, {"backup"}, {"export"},
	} {
		var out, errs strings.Builder
		got := cli.Main(t.Context(), append(args, "--help"), cli.Process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Env: func(string) (string, bool) { return "", false }})
		if got != 0 || errs.Len() > 0 || !strings.HasPrefix(out.String(), "Usage: oioi "+strings.Join(args, " ")) {
			t.Errorf("oioi %s --help: exit code %d, %s%s", strings.Join(args, " "), got, out.String(), errs.String())
		}
		if bare := regexp.MustCompile(`(?m)^ +(-\w, )? +--[\w-]+(=\S+)?$\n(?:\s*$|\s+-)`).FindString(out.String()); bare != "" {
			t.Errorf("oioi %s: a flag without help: %q", strings.Join(args, " "), bare)
		}
	}
}

// The schemas and the health check are part of the container; the scripts run git. Say so once where it is missing.
func TestScriptsFindGit(t *testing.T) { need.Git(t) }
