package desk

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/app/store"
)

// deniedPrefix begins the keys of the effects that GitHub did not permit, each with its installation: they are tried again when
// the App may do more, or reaches more.
const deniedPrefix = "denied/"

func (d *Desk) noteDenied(ctx context.Context, effectKey string, installationID int64) error {
	return d.Store.Update(ctx, func(tx store.Tx) error {
		return tx.PutValue(ctx, deniedPrefix+effectKey, strconv.FormatInt(installationID, 10))
	})
}

// grantsKey is where it stands what an installation may do, as it was last seen.
func grantsKey(installationID int64) string { return "grants/" + strconv.FormatInt(installationID, 10) }

// granted tries again what GitHub did not permit, where an installation may do something else now than when that was tried.
func (d *Desk) granted(ctx context.Context, tx store.Tx, in store.Installation) error {
	was, err := value(ctx, tx, grantsKey(in.ID))
	if err != nil || in.Grants == "" || was == in.Grants {
		return err
	}
	if err := tx.PutValue(ctx, grantsKey(in.ID), in.Grants); err != nil {
		return err
	}
	refused, err := tx.Values(ctx, deniedPrefix)
	if err != nil {
		return err
	}
	for key, id := range refused {
		if id != strconv.FormatInt(in.ID, 10) {
			continue
		}
		if err := tx.PutValue(ctx, key, ""); err != nil {
			return err
		}
		stored, err := tx.Effect(ctx, strings.TrimPrefix(key, deniedPrefix))
		if errors.Is(err, store.ErrNotFound) || err == nil && stored.State != store.EffectFailed {
			continue // what was proposed anew since is on its way
		}
		if err != nil {
			return err
		}
		row, data, err := d.remembered(ctx, tx, stored.TicketKey)
		if err != nil {
			return err
		}
		if stored.RunID != data.RunID && (data.Sent == nil || stored.RunID != data.Sent.RunID) {
			continue // a newer plan has taken its place
		}
		stored.State, stored.Note, stored.UpdatedAt = store.EffectAttempting, "", d.Clock()
		if err := tx.PutEffect(ctx, stored); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, row.Key, stored.RunID, "permitted", "", "The App's permissions have changed: what GitHub refused is tried again", 0); err != nil {
			return err
		}
		if err := tx.Enqueue(ctx, EffectsArgs{TicketKey: row.Key}, onePerTicket); err != nil {
			return err
		}
	}
	tickets, err := tx.Tickets(ctx, 0)
	if err != nil {
		return err
	}
	for _, row := range tickets {
		if row.InstallationID == in.ID {
			if err := d.resume(ctx, tx, row); err != nil { // it may wait because GitHub did not let it read
				return err
			}
		}
	}
	return nil
}
