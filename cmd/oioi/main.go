// Command oioi is OiOi: the GitHub App, its sandbox, and its tools for a terminal. `oioi --help` lists the commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a container image without time zones still knows Europe/Berlin

	"github.com/oioi-app/oioi/app/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(cli.Main(ctx, os.Args[1:], cli.OS()))
}
