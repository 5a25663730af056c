package cli

import (
	"context"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/workflow/evidence"
)

// readChangelog reads the releases in a repository's CHANGELOG.md, which stands for its releases where there is no GitHub to ask.
// A repository without one has none.
func readChangelog(ctx context.Context, repository string) ([]tracker.Release, error) {
	data, _, err := config.Directory(repository).File(ctx, tracker.ChangelogName)
	if err != nil {
		return nil, err
	}
	sections := tracker.ParseChangelog(string(data[:min(len(data), tracker.MaxChangelog)]))
	for i, section := range sections {
		sections[i].URL = section.Path + "#" + section.Anchor
	}
	return sections, nil
}

func (h *helpCenter) Releases(ctx context.Context, _ desk.Place, q evidence.Query) ([]evidence.Item, error) {
	if h == nil || len(h.changelog) == 0 {
		return nil, nil
	}
	return tracker.Notes(ctx, h.changelog, q)
}

// Linked is empty: without GitHub nothing that a ticket names can be read.
func (h *helpCenter) Linked(context.Context, desk.Place, evidence.Query, []string) ([]evidence.Item, error) {
	return nil, nil
}

// Pages reads nothing: a ticket from a file is worked on without the network.
func (h *helpCenter) Pages(context.Context, evidence.Query, []string) ([]evidence.Item, error) {
	return nil, nil
}
