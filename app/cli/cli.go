// Package cli is OiOi's command line: it turns flags into calls of package app and of the workflow, and results into text
// for people or JSON for programs.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // it was tried and did not work
	exitInput  = 2 // bad usage or bad input; nothing was done
	exitParked = 3 // a person has to decide or to look
)

// Process is what a command sees of the process it runs in.
type Process struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Env            func(name string) (value string, set bool)
	Clock          func() time.Time // nil: time.Now
	Terminal       bool             // a person watches Stderr
}

// OS is the process that the program runs in.
func OS() Process {
	info, err := os.Stderr.Stat()
	return Process{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: os.LookupEnv, Clock: time.Now,
		Terminal: err == nil && info.Mode()&os.ModeCharDevice != 0,
	}
}

type commands struct {
	Sandbox   sandboxCommand   `cmd:"" help:"Try OiOi on a local GitHub with a made-up product. Needs no account, no key, no network."`
	Serve     serveCommand     `cmd:"" help:"Run the GitHub App: take webhooks and work the tickets."`
	Resolve   resolveCommand   `cmd:"" help:"Resolve one ticket from a file, without GitHub."`
	Workflow  workflowCommand  `cmd:"" help:"Look at workflows and at the prompts that are compiled from them."`
	Redeliver redeliverCommand `cmd:"" help:"Ask GitHub to send again what it could not deliver. A running server does this by itself."`
	Config    configCommand    `cmd:"" help:"Check configuration files, or print their JSON schemas."`
	Eval      evalCommand      `cmd:"" help:"Measure how well questions are answered from a help center."`
	Status    statusCommand    `cmd:"" help:"Say what waits, what needs a person and what was spent today; also while OiOi runs."`
	Health    healthCommand    `cmd:"" help:"Ask a running server whether it is ready. For the health check of a container."`
	Migrate   migrateCommand   `cmd:"" help:"Bring the database up to date; serve does it too when it starts."`
	Backup    backupCommand    `cmd:"" help:"Write a copy of the database, also while OiOi runs."`
	Export    exportCommand    `cmd:"" help:"Print everything that is kept about one repository, as JSON lines; also while OiOi runs."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

const description = `OiOi works support tickets filed as GitHub issues: it drafts the reply, the handling plan, the checks and the follow-up work.

Exit codes: 0 done; 1 failed; 2 bad usage or bad input, nothing was done; 3 parked, a person has to decide.`

// Main runs the command line and returns the exit code. It ends early when ctx does.
func Main(ctx context.Context, args []string, p Process) (code int) {
	var grammar commands
	exited := errors.New("help was printed")
	parser, err := kong.New(&grammar,
		kong.Name("oioi"), kong.Description(description), kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(int) { panic(exited) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&p),
	)
	if err != nil {
		panic(err) // the grammar above is wrong
	}
	defer func() {
		if r := recover(); r != nil && r != any(exited) {
			panic(r)
		}
	}()
	if len(args) == 0 {
		p.Stdout = p.Stderr
		parser.Stdout = p.Stderr
		defer func() { code = exitInput }()
		args = []string{"--help"}
	}
	if args[0] == "help" { // as git and go take it: help COMMAND is COMMAND --help
		args = append(slices.Clone(args[1:]), "--help")
	}
	command, err := parser.Parse(args)
	if err != nil {
		return p.usage(err)
	}
	return p.code(command.Run())
}

func (p Process) usage(err error) int {
	hint := "oioi --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context.Selected() != nil {
		hint = parse.Context.Selected().FullPath() + " --help"
	}
	p.tell("oioi: %v\nSee: %s\n", err, hint)
	return exitInput
}

// code prints what went wrong and returns the exit code for it.
func (p Process) code(err error) int {
	if err == nil {
		return exitOK
	}
	code := exitFailed
	var coded codedError
	if errors.As(err, &coded) {
		code = coded.code
	}
	p.tell("oioi: %s\n", strings.ReplaceAll(err.Error(), "\n", "\noioi: "))
	return code
}

// codedError carries an exit code other than 1.
type codedError struct {
	code int
	err  error
}

func (e codedError) Error() string { return e.err.Error() }
func (e codedError) Unwrap() error { return e.err }

func badInput(format string, args ...any) error {
	return codedError{exitInput, fmt.Errorf(format, args...)}
}

func input(err error) error {
	if err == nil {
		return nil
	}
	return codedError{exitInput, err}
}

// printf writes to standard output.
func (p Process) printf(format string, args ...any) {
	_, _ = io.WriteString(p.Stdout, harmless(fmt.Sprintf(format, args...)))
}

// tell writes to standard error.
func (p Process) tell(format string, args ...any) {
	_, _ = io.WriteString(p.Stderr, harmless(fmt.Sprintf(format, args...)))
}

// harmless takes out what steers a terminal or turns text around: a ticket may hold anything.
func harmless(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r' && strings.HasPrefix(s[i:], "\r\n"):
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
