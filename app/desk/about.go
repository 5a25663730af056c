package desk

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/telemetry"
)

// begin starts to tell of a job: its log lines, its span, its duration.
func (d *Desk) begin(ctx context.Context, job *rivertype.JobRow) (context.Context, func(error)) {
	w := d.work(ctx, job)
	w.Kind = job.Kind
	ctx, end := d.Telemetry.Begin(ctx, w)
	return ctx, func(err error) {
		var later *river.JobSnoozeError
		if errors.As(err, &later) {
			err = nil // it waits, as it should
		}
		end(err)
	}
}

// About returns a context in which log lines say which delivery, repository, issue and run a job works on.
func (d *Desk) About(ctx context.Context, job *rivertype.JobRow) context.Context {
	return telemetry.About(ctx, d.work(ctx, job))
}

// work says what a job's keys stand for, as far as it can be read.
func (d *Desk) work(ctx context.Context, job *rivertype.JobRow) telemetry.Work {
	keys := gjson.GetManyBytes(job.EncodedArgs, "ticket_key", "run_id", "delivery_id")
	key, w := keys[0].Str, telemetry.Work{Run: keys[1].Str, Delivery: keys[2].Str}
	err := d.Store.View(ctx, func(r store.Reader) error {
		var run store.Run
		var err error
		if w.Run != "" {
			if run, err = r.Run(ctx, w.Run); err != nil {
				return err
			}
			key = run.TicketKey
		}
		if row, err := r.Ticket(ctx, key); err == nil {
			w.Repository, w.Issue = row.Owner+"/"+row.Name, row.Number
			if id := gjson.GetBytes(row.Data, "run_id").Str; w.Run == "" && id != "" {
				w.Run = id
				run, _ = r.Run(ctx, id)
			}
		}
		if w.Delivery == "" {
			w.Delivery = gjson.GetBytes(run.Data, "delivery").Str
		}
		if job.Kind != "mailbox" {
			return nil
		}
		inbox, err := r.Inbox(ctx, key)
		if len(inbox) > 0 { // the newest begins what comes of it
			newest := inbox[len(inbox)-1]
			w.Delivery, w.Repository, w.Run = newest.ID, gjson.GetBytes(newest.Payload, "repository.full_name").Str, ""
		}
		return err
	})
	if _, number, ok := strings.Cut(key, "/"); ok && w.Issue == 0 {
		w.Issue, _ = strconv.Atoi(number)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		d.Log.WarnContext(ctx, "what a job is about cannot be read", "job", job.ID, "kind", job.Kind, "error", err)
	}
	return w
}
