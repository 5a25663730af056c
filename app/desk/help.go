package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

const (
	theHelpCenter = "The help center"
	unreadable    = "the repository that `docs.repository` names could not be read"

	// notForReaders is the same where there is no such repository and where there is a private one: a public ticket tells of
	// neither. The log has the reason.
	notForReaders = "the repository that `docs.repository` names is not there for OiOi, or not for those who read this ticket"
)

// help returns the repository that the configuration names for the help center, as it stands now; nil: the ticket's own. Its
// errors name nothing that the readers of a public ticket may not know. A private help center tells those readers nothing: not
// its passages, which the audience keeps out as well, nor the names of its pages. Where drafts stand inside, the team may know.
func (e Engine) help(ctx context.Context, place Place, named string, audience evidence.Visibility, inside bool) (*ticket.Repository, error) {
	if named == "" || strings.EqualFold(named, place.Repository.FullName()) {
		return nil, nil
	}
	owner, name, _ := strings.Cut(named, "/")
	found, err := e.Sources.Repository(ctx, place, owner, name)
	switch {
	case err != nil && permanent(err) && audience == evidence.Public:
		return nil, evidence.Missing{Reason: notForReaders, Cause: err}
	case err != nil && permanent(err):
		return nil, evidence.Missing{Reason: "OiOi cannot reach the repository that `docs.repository` names; install the App there too", Cause: err}
	case err != nil:
		return nil, fmt.Errorf("read the repository of the help center: %w", err)
	case found.ID == place.Repository.ID: // by another name
		return nil, nil
	case found.Private && audience == evidence.Public && !inside:
		return nil, evidence.Missing{Reason: notForReaders, Cause: errors.New(named + " is private, and the ticket is public")}
	}
	return &found, nil
}

// holding is the place with the help center: help, or the ticket's own repository.
func (p Place) holding(help *ticket.Repository) Place {
	if help != nil {
		p.Repository = *help
	}
	return p
}
