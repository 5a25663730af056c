package desk

import (
	"context"
	"errors"
	"fmt"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Why nothing can be written in a repository.
const (
	holdArchived  = "the repository is archived"
	holdUnreached = "GitHub does not show the repository to the App: it was deleted, moved, or taken from the App"
)

// followRepository asks GitHub how a repository stands and follows that for all of its tickets. It reports whether anything is
// other than it was known. Deliveries come late, in any order, or not at all, so what they say of it is not believed.
func (d *Desk) followRepository(ctx context.Context, place Place) (changed bool, err error) {
	now, through, err := d.GitHub.Standing(ctx, place)
	hold := ""
	switch {
	case permanent(err):
		now, through, hold = ticket.Repository{ID: place.Repository.ID}, 0, holdUnreached
	case err != nil:
		return false, fmt.Errorf("ask how a repository stands: %w", err)
	case through == 0:
		hold = holdUnreached
	case now.Archived:
		hold = holdArchived
	}
	err = d.update(ctx, func(tx store.Tx) error {
		changed, err = d.stands(ctx, tx, now, through, hold)
		return err
	})
	return changed, err
}

// stands stores how a repository stands now, tells its tickets what of that is new, and lets them go on where nothing holds
// them any more. Without a name only the hold is known.
func (d *Desk) stands(ctx context.Context, tx store.Tx, now ticket.Repository, through int64, hold string) (changed bool, err error) {
	was, err := value(ctx, tx, holdKey(now.ID))
	if err != nil {
		return false, err
	}
	if was != hold {
		changed = true
		if err := tx.PutValue(ctx, holdKey(now.ID), hold); err != nil {
			return false, err
		}
	}
	tickets, err := tx.Tickets(ctx, 0)
	if err != nil {
		return false, err
	}
	for _, row := range tickets {
		if row.RepositoryID != now.ID {
			continue
		}
		news := place(&row, now, through)
		switch {
		case hold == was:
		case hold != "":
			news = append(news, "Nothing is written until that ends: "+hold)
		case was == holdArchived:
			news = append(news, "The repository is no longer archived: work goes on")
		default:
			news = append(news, "The App reaches the repository again: work goes on")
		}
		if len(news) == 0 {
			continue
		}
		changed, row.UpdatedAt = true, d.Clock()
		if err := tx.PutTicket(ctx, row); err != nil {
			return false, err
		}
		for _, text := range news {
			if err := d.tell(ctx, tx, row.Key, "", "moved", "", text, 0); err != nil {
				return false, err
			}
		}
		if hold == "" {
			if err := d.resume(ctx, tx, row); err != nil {
				return false, err
			}
		}
	}
	return changed, nil
}

// place puts a ticket where its repository is now, and says what of that is new.
func place(row *store.Ticket, now ticket.Repository, through int64) (news []string) {
	if through != 0 && row.InstallationID != through {
		row.InstallationID = through
		news = append(news, "The repository belongs to another installation of the App now")
	}
	if now.Name == "" {
		return news
	}
	if row.Owner != now.Owner || row.Name != now.Name {
		row.Owner, row.Name = now.Owner, now.Name
		news = append(news, "The repository is "+now.FullName()+" now")
	}
	if row.Private != now.Private {
		row.Private = now.Private
		if now.Private {
			news = append(news, "The repository is private now")
		} else {
			news = append(news, "The repository is public now: nothing that is made from private evidence is written there any more")
		}
	}
	return news
}

// value reads a value; "" where there is none.
func value(ctx context.Context, r store.Reader, key string) (string, error) {
	text, err := r.Value(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return text, err
}

func (d *Desk) value(ctx context.Context, key string) (text string, err error) {
	err = d.Store.View(ctx, func(r store.Reader) (err error) { text, err = value(ctx, r, key); return err })
	return text, err
}

// elsewhere reports whether what an error is about may be found under another name, or not any more.
func elsewhere(err error) bool {
	var e interface{ Elsewhere() bool }
	return errors.As(err, &e) && e.Elsewhere()
}

// denied reports whether the App may not do what it tried.
func denied(err error) bool {
	var e interface{ Denied() bool }
	return errors.As(err, &e) && e.Denied()
}
