package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/oioi-app/oioi/app"
)

type versionCommand struct{}

func (versionCommand) Run(p *Process) error {
	commit := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = ", commit " + s.Value
			}
		}
	}
	p.printf("oioi %s (%s %s/%s%s)\n", app.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, commit)
	return nil
}
