package desk

import (
	"context"
	"time"

	"github.com/oioi-app/oioi/app/store"
)

// Installed says which installations the App has on GitHub now.
type Installed interface {
	Installations(ctx context.Context) ([]store.Installation, error)
}

// Forget compares what is stored with the installations that GitHub names, marks those that are gone as removed, and deletes
// the data of those that have been removed for longer than keep. A webhook tells of a removal, too; this does not depend on
// it. Where GitHub does not answer, nothing changes.
func (d *Desk) Forget(ctx context.Context, installed Installed, keep time.Duration) error {
	now, err := installed.Installations(ctx)
	if err != nil {
		return err
	}
	there := map[int64]store.Installation{}
	for _, in := range now {
		there[in.ID] = in
	}
	var known []store.Installation
	if err := d.Store.View(ctx, func(r store.Reader) error {
		known, err = r.Installations(ctx)
		return err
	}); err != nil {
		return err
	}
	for _, in := range known {
		current, installedNow := there[in.ID]
		switch {
		case installedNow && in.State == store.InstallationRemoved:
			in.State, in.RemovedAt = current.State, time.Time{} // it was only thought to be gone
			err = d.putInstallation(ctx, in)
		case !installedNow && in.State != store.InstallationRemoved:
			in.State, in.RemovedAt = store.InstallationRemoved, d.Clock()
			d.Log.WarnContext(ctx, "the App was removed from an account; its data will be deleted", "installation", in.ID, "account", in.Account, "after", keep)
			err = d.putInstallation(ctx, in)
		}
		if err == nil && in.State == store.InstallationRemoved && d.Clock().Sub(in.RemovedAt) >= keep {
			err = d.forget(ctx, in)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) putInstallation(ctx context.Context, in store.Installation) error {
	return d.update(ctx, func(tx store.Tx) error { return tx.PutInstallation(ctx, in) })
}

func (d *Desk) forget(ctx context.Context, in store.Installation) error {
	var gone store.Forgotten
	err := d.update(ctx, func(tx store.Tx) (err error) {
		d.settings.clear() // before anybody else writes: a run that begins next stores its settings again
		gone, err = tx.Forget(ctx, in.ID)
		return err
	})
	if err == nil {
		d.Log.WarnContext(ctx, "the data of a removed installation was deleted", "installation", in.ID, "tickets", gone.Tickets, "runs", gone.Runs,
			"answers", gone.Answers, "effects", gone.Effects, "deliveries", gone.Deliveries)
	}
	return err
}
