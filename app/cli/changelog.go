package cli

import (
	"context"
	"regexp"
	"strings"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

const changelogName = "CHANGELOG.md"

// changelog is a repository's CHANGELOG.md: what stands for its releases where there is no GitHub to ask.
type changelog []tracker.Release

// version is a heading of one release, as in https://keepachangelog.com: "## [1.2.0] - 2026-11-20", "## v1.2.0".
var version = regexp.MustCompile(`^## +\[?([vV]?\d[^\] ]*)\]?`)

// readChangelog reads the releases in a repository's CHANGELOG.md, in its order. A repository without one has none.
func readChangelog(ctx context.Context, repository string) (changelog, error) {
	data, _, err := config.Directory(repository).File(ctx, changelogName)
	var out changelog
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\r\n", "\n")) {
		switch m := version.FindStringSubmatch(line); {
		case m != nil:
			out = append(out, tracker.Release{Tag: m[1], URL: changelogName})
		case strings.HasPrefix(line, "## "):
			out = append(out, tracker.Release{}) // not released yet, or no release at all
		case len(out) > 0:
			out[len(out)-1].Notes += line
		}
	}
	released := out[:0]
	for _, r := range out {
		if r.Tag != "" {
			released = append(released, r)
		}
	}
	return released, err
}

// Releases, RecentIssues and Conversation are what a tracker is searched by; a file knows releases only.

func (c changelog) Releases(_ context.Context, _ int64, _ ticket.Repository, limit int) ([]tracker.Release, error) {
	return c[:min(limit, len(c))], nil
}

func (c changelog) RecentIssues(context.Context, int64, ticket.Repository, int) ([]ticket.Ticket, error) {
	return nil, nil
}

func (c changelog) Conversation(context.Context, int64, ticket.Repository, int) ([]ticket.Comment, error) {
	return nil, nil
}

func (h *helpCenter) Releases(ctx context.Context, _ desk.Place, q evidence.Query) ([]evidence.Item, error) {
	if h == nil || len(h.changelog) == 0 {
		return nil, nil
	}
	return tracker.Tracker{From: h.changelog}.Releases(ctx, 0, q)
}
