package desk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// A team with a public tracker may want its drafts in private. They stand then on the ticket's internal issue, in a private
// repository, and so do the plan's follow-ups, notices and answers to the commands that are written there. The ticket gets
// what is sent.

// unreachable says why no draft can be shown inside. It names nothing that the readers of a public ticket may not know.
type unreachable string

func (u unreachable) Error() string { return string(u) }

// inside returns where the configuration wants drafts to be shown, as that repository stands now; nil: on the ticket.
func (d *Desk) inside(ctx context.Context, place Place, c config.Repository) (*ticket.Repository, error) {
	if !c.Inside() {
		return nil, nil
	}
	const advice = " No draft is made until that is put right in .github/oioi.yml; then comment `/oioi run`."
	owner, name, _ := strings.Cut(c.Draft.Repository, "/")
	if name == "" {
		return nil, unreachable("`draft.destination` is `internal`, and `draft.repository` names no repository." + advice)
	}
	found, err := d.GitHub.Repository(ctx, place, owner, name)
	byName := err == nil
	if elsewhere(err) {
		found, err = d.insideByID(ctx, place, c.Draft.Repository, err)
	}
	switch {
	case err != nil && permanent(err):
		d.Log.ErrorContext(ctx, "the repository for drafts cannot be reached", "drafts", c.Draft.Repository, "error", err)
		return nil, unreachable("OiOi cannot reach the repository that `draft.repository` names: install the App there too, or put its new name there." + advice)
	case err != nil:
		return nil, fmt.Errorf("read the repository for drafts: %w", err)
	case !found.Private:
		return nil, unreachable("The repository that `draft.repository` names is not private." + advice)
	case found.ID == place.Repository.ID:
		return nil, unreachable("`draft.repository` names this repository itself." + advice)
	case byName:
		return &found, d.rememberInside(ctx, place, c.Draft.Repository, found.ID)
	}
	return &found, nil
}

// insideKey is where it is kept which repository the configuration's name for drafts stood for last: its id and that name.
func insideKey(repositoryID int64) string { return fmt.Sprintf("inside/%d", repositoryID) }

func (d *Desk) rememberInside(ctx context.Context, place Place, named string, id int64) error {
	now := fmt.Sprintf("%d %s", id, named)
	if was, err := d.value(ctx, insideKey(place.Repository.ID)); err != nil || was == now {
		return err
	}
	return d.Store.Update(ctx, func(tx store.Tx) error { return tx.PutValue(ctx, insideKey(place.Repository.ID), now) })
}

// insideByID follows a repository for drafts that was renamed, or moved within the installation's account, by its id. Where that
// cannot be done the error is lost.
func (d *Desk) insideByID(ctx context.Context, place Place, named string, lost error) (now ticket.Repository, err error) {
	text, err := d.value(ctx, insideKey(place.Repository.ID))
	if err != nil {
		return now, err
	}
	id, was, _ := strings.Cut(text, " ")
	if was != named {
		return now, lost
	}
	at := Place{InstallationID: place.InstallationID}
	if at.Repository.ID, err = strconv.ParseInt(id, 10, 64); err != nil {
		return now, lost
	}
	now, through, err := d.GitHub.Standing(ctx, at)
	switch {
	case permanent(err), err == nil && through != place.InstallationID:
		return now, lost
	case err == nil:
		d.Log.WarnContext(ctx, "the repository for drafts has another name now: put that into draft.repository in .github/oioi.yml", "was", named, "is", now.FullName())
	}
	return now, err
}

// alias is where it is kept to which ticket an internal issue belongs.
func alias(issueKey string) string { return "alias/" + issueKey }

// opened notes that the ticket's internal issue is open: what people write there is for this ticket from now on.
func (d *Desk) opened(ctx context.Context, tx store.Tx, key string, in ticket.Repository, receipt effect.Receipt) error {
	row, data, err := d.remembered(ctx, tx, key)
	if err != nil {
		return err
	}
	data.Inside, data.Issue = &in, receipt.Number
	row.Data = encode(data)
	if err := tx.PutValue(ctx, alias(store.TicketKey(in.ID, receipt.Number)), key); err != nil {
		return err
	}
	return tx.PutTicket(ctx, row)
}

// refile gives what came in for an internal issue to the mailbox of its ticket, and completes the job. It reports whether key
// is such an issue.
func (d *Desk) refile(ctx context.Context, key string, job *rivertype.JobRow) (bool, error) {
	var of string
	err := d.Store.View(ctx, func(r store.Reader) (err error) {
		of, err = r.Value(ctx, alias(key))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, d.update(ctx, func(tx store.Tx) error {
		if err := errors.Join(tx.CompleteJob(ctx, job), tx.Refile(ctx, key, of)); err != nil {
			return err
		}
		return tx.Enqueue(ctx, mailboxOf(of), nil)
	})
}

// fromInside turns events of the ticket's internal issue into the ticket's, whose repository is home. Only comments mean
// something there. What else is not the ticket's is dropped: its issue may have been named by somebody who had no right to.
func fromInside(events []ticket.Event, row store.Ticket, data ticketData, home ticket.Repository) []ticket.Event {
	var out []ticket.Event
	for _, e := range events {
		if e.Repository.ID != row.RepositoryID && row.RepositoryID != 0 {
			if data.Inside == nil || e.Repository.ID != data.Inside.ID || e.Number != data.Issue || e.Kind != ticket.EventCommented {
				continue
			}
			e.Inside = new(e.Repository)
			e.Repository, e.Number, e.Title, e.Author = home, row.Number, ticket.Text(row.Title), data.Author
		}
		out = append(out, e)
	}
	return out
}

// draftIn returns the comments of the ticket's internal issue, where its draft stands there. The issue's repository is asked for by
// its id: it may have been renamed, and another one may have its name by now, whose issue of that number is not the ticket's.
func (d *Desk) draftIn(ctx context.Context, place Place, in *ticket.Repository, number int) ([]ticket.Comment, error) {
	if in == nil {
		return nil, nil
	}
	now, _, err := d.GitHub.Standing(ctx, Place{InstallationID: place.InstallationID, Repository: *in})
	if err != nil {
		return nil, fmt.Errorf("ask what the internal issue's repository is called now: %w", err)
	}
	place.Repository = now
	issue, err := d.GitHub.Ticket(ctx, place, number)
	if err != nil {
		return nil, fmt.Errorf("read the internal issue: %w", err)
	}
	return issue.Comments, nil
}

// where is the place that a command came from: who may use it is asked there.
func (a answering) where() Place {
	if a.e.Inside == nil {
		return a.v.place
	}
	return Place{InstallationID: a.v.place.InstallationID, Repository: *a.e.Inside}
}
