package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/connect/docs"
	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/app/connect/web"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/app/fetch"
	"github.com/oioi-app/oioi/app/hub"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// github gives the desk its view of GitHub: the hub, with the desk's names.
type github struct {
	hub     *hub.Hub
	library *docs.Library
	tracker *tracker.Tracker
	configs *config.Loader
	web     web.Reader
}

func (g github) Ticket(ctx context.Context, p desk.Place, number int) (ticket.Ticket, error) {
	return g.hub.Ticket(ctx, p.InstallationID, p.Repository, number)
}

func (g github) Permission(ctx context.Context, p desk.Place, login string) (string, error) {
	return g.hub.Permission(ctx, p.InstallationID, p.Repository, login)
}

func (g github) Pull(ctx context.Context, p desk.Place, number int) (effect.PullState, error) {
	return g.hub.PullState(ctx, p.InstallationID, p.Repository, number)
}

func (g github) File(ctx context.Context, p desk.Place, commit, name string) ([]byte, bool, error) {
	return g.hub.File(ctx, p.InstallationID, p.Repository, commit, name)
}

func (g github) Repository(ctx context.Context, p desk.Place, owner, name string) (ticket.Repository, error) {
	return g.hub.Repository(ctx, p.InstallationID, owner, name)
}

func (g github) Standing(ctx context.Context, p desk.Place) (ticket.Repository, int64, error) {
	return g.hub.Standing(ctx, p.InstallationID, p.Repository.ID)
}

func (g github) Member(ctx context.Context, p desk.Place, slug, login string) (bool, error) {
	return g.hub.Member(ctx, p.InstallationID, p.Repository, slug, login)
}

func (g github) Installation(ctx context.Context, id int64) (store.Installation, error) {
	in, err := g.hub.Installation(ctx, id)
	return installation(in), err
}

func (g github) Installations(ctx context.Context) ([]store.Installation, error) {
	list, err := g.hub.Installations(ctx)
	out := make([]store.Installation, len(list))
	for i, in := range list {
		out[i] = installation(in)
	}
	return out, err
}

func installation(in hub.Installation) store.Installation {
	state := "active"
	if !in.SuspendedAt.IsZero() {
		state = "suspended"
	}
	return store.Installation{ID: in.ID, Account: in.Account, InstalledAt: in.CreatedAt, State: state, Grants: in.Grants}
}

func (g github) Publish(ctx context.Context, p desk.Place, e effect.Effect, prior effect.Receipt, lookFirst bool) (effect.Receipt, error) {
	return g.hub.Publish(hub.BeforeWrite(ctx, desk.Wanted), p.InstallationID, e, prior, lookFirst)
}

// Settings reads the repository's configuration from its default branch, or the owner's from OWNER/.github.
func (g github) Settings(ctx context.Context, p desk.Place) (config.Settings, error) {
	owner := p.Repository
	owner.Name, owner.DefaultBranch = ".github", ""
	return g.configs.Load(ctx, fmt.Sprint(p.InstallationID, " ", p.Repository.ID, " ", p.Repository.FullName()), files{g.hub, p.InstallationID, p.Repository}, files{g.hub, p.InstallationID, owner})
}

// files is one repository's default branch.
type files struct {
	hub            *hub.Hub
	installationID int64
	repository     ticket.Repository
}

func (f files) File(ctx context.Context, name string) ([]byte, bool, error) {
	return f.hub.File(ctx, f.installationID, f.repository, "", name)
}

func (f files) Folder(ctx context.Context, name string) ([]string, error) {
	return f.hub.Folder(ctx, f.installationID, f.repository, "", name)
}

// Version is the newest commit of the default branch.
func (f files) Version(ctx context.Context) (string, error) {
	return f.hub.Newest(ctx, f.installationID, f.repository)
}

// Docs, Similar, Linked and Releases are the desk's sources of evidence.

func (g github) Docs(ctx context.Context, p desk.Place, root string, q evidence.Query) (items []evidence.Item, commit string, err error) {
	center, err := g.library.Center(ctx, p.InstallationID, p.Repository, root)
	if err != nil {
		return nil, "", err
	}
	items, err = center.Search(ctx, q.Words, q.Limit)
	return items, center.Commit, err
}

func (g github) OpenPulls(ctx context.Context, p desk.Place) ([]effect.OpenPull, error) {
	return g.hub.OpenPulls(ctx, p.InstallationID, p.Repository)
}

func (g github) Proposed(ctx context.Context, p desk.Place, pull effect.OpenPull, pages []string) ([]effect.File, bool, error) {
	return g.hub.Proposed(ctx, p.InstallationID, p.Repository, pull, pages)
}

func (g github) Listing(ctx context.Context, p desk.Place, root, commit string) ([]evidence.Listed, error) {
	center, err := g.library.At(ctx, p.InstallationID, p.Repository, root, commit)
	if err != nil {
		return nil, err
	}
	return center.Listing(), nil
}

func (g github) Tree(ctx context.Context, p desk.Place, root, commit string) (map[string]string, error) {
	center, err := g.library.At(ctx, p.InstallationID, p.Repository, root, commit)
	if err != nil {
		return nil, err
	}
	return center.Tree(), nil
}

func (g github) Replay(ctx context.Context, p desk.Place, root, commit string, changed map[string]string, q evidence.Query) (before, after []evidence.Item, err error) {
	center, err := g.library.At(ctx, p.InstallationID, p.Repository, root, commit)
	if err != nil {
		return nil, nil, err
	}
	return center.Replay(ctx, changed, q.Words, q.Limit)
}

func (g github) Similar(ctx context.Context, p desk.Place, q evidence.Query, incidentLabel string) ([]evidence.Item, error) {
	return g.tracker.Similar(ctx, p.InstallationID, q, incidentLabel)
}

func (g github) Linked(ctx context.Context, p desk.Place, q evidence.Query, allowed []string) ([]evidence.Item, error) {
	return g.tracker.Linked(ctx, p.InstallationID, q, allowed)
}

func (g github) Releases(ctx context.Context, p desk.Place, q evidence.Query) ([]evidence.Item, error) {
	return g.tracker.Releases(ctx, p.InstallationID, q)
}

func (g github) Pages(ctx context.Context, q evidence.Query, allowed []string) ([]evidence.Item, error) {
	return g.web.Pages(ctx, q, allowed)
}

// reader reads web pages. It shares nothing with the client for GitHub, which has credentials.
func reader(o Options) web.Reader {
	return web.Reader{Fetch: fetch.New(fetch.Options{Control: o.Fetch, UserAgent: "oioi/" + Version, Clock: o.Clock})}
}

// ledger keeps the hub's limits in the store.
type ledger struct{ store store.Store }

func (l ledger) Change(ctx context.Context, key string, fn func(string) (string, error)) error {
	return l.store.Update(ctx, func(tx store.Tx) error {
		old, err := tx.Value(ctx, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		text, err := fn(old)
		if err != nil || text == old {
			return err
		}
		return tx.PutValue(ctx, key, text)
	})
}
