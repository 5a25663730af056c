package hub

import (
	"context"
	"fmt"
	"net/http"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// Standing asks how a repository stands now: what it is called, who sees it, whether it is archived, and through which
// installation the App reaches it, 0 where it does not. It is asked for by its id, which stays when it is renamed or moved.
func (h *Hub) Standing(ctx context.Context, installationID, repositoryID int64) (repo ticket.Repository, through int64, err error) {
	op := fmt.Sprintf("ask how repository %d stands", repositoryID)
	c, err := h.creator.NewInstallationClient(installationID)
	if err != nil {
		return repo, 0, fmt.Errorf("make a client for installation %d: %w", installationID, err)
	}
	found, _, err := c.Repositories.GetByID(ctx, repositoryID)
	if err != nil {
		return repo, 0, wrap(op, err)
	}
	repo = repositoryOf(found)
	app, err := h.creator.NewAppClient()
	if err != nil {
		return repo, 0, fmt.Errorf("make the App's client: %w", err)
	}
	in, _, err := app.Apps.FindRepositoryInstallation(ctx, repo.Owner, repo.Name)
	if err = wrap(op, err); NotFound(err) {
		return repo, 0, nil
	}
	return repo, in.GetID(), err
}

// Elsewhere reports whether GitHub does not know what was asked for by the name that it was asked by: the repository was
// renamed, moved, deleted, or taken from the App.
func (e *Error) Elsewhere() bool {
	return e.Status >= 300 && e.Status < 400 || e.Status == http.StatusNotFound || e.noToken && e.Status == http.StatusUnprocessableEntity
}

// Denied reports whether the App may not do what it asked for: a permission was not granted or was taken back, or the
// repository is archived.
func (e *Error) Denied() bool { return e.permanent && e.Status == http.StatusForbidden }
