package desk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
)

// Budget bounds what an engine's calls may use. What it holds before a call is settled after it, on every way out.
type Budget interface {
	// Reserve holds what the call may use at the most. A *model.Error of class Limited around a *Reached says that it
	// may not be made.
	Reserve(ctx context.Context, run Run, q Question, most model.Usage) (store.Charge, error)
	// Settle replaces the hold by what was used.
	Settle(ctx context.Context, c store.Charge, used store.Cost) error
}

// Paid is a call that was made: to whom it is charged and what it used. It is settled where its answer is stored, in the same
// transaction.
type Paid struct {
	Charge store.Charge
	Used   store.Cost
}

// settle settles a call, if it was paid for.
func (p *Paid) settle(ctx context.Context, tx store.Tx) error {
	if p == nil {
		return nil
	}
	return tx.Settle(ctx, p.Charge, p.Used)
}

// Reached is a limit of the budget that did not allow a call.
type Reached struct {
	Of     string    `json:"of"`   // "this ticket", "this ticket's author", "this repository", "everything that OiOi does here"
	Unit   string    `json:"unit"` // "tokens" or "US dollars"
	Most   float64   `json:"most"`
	Spent  float64   `json:"spent"` // used, or held for calls that are under way
	Asked  float64   `json:"asked"`
	Resets time.Time `json:"resets"`
	// Team says that a run which a maintainer asks for may go on: it counts for the maintainer, or there is a share for it.
	Team bool `json:"team,omitempty"`
}

// Error says everything, for private places.
func (r *Reached) Error() string {
	number := func(v float64) string { return templates.Amount(v, r.Unit) }
	return fmt.Sprintf("the budget of %s a day for %s does not allow the next question: %s are used or set aside, and it may take up to %s. %s",
		number(r.Most), r.Of, number(r.Spent), number(r.Asked), r.next())
}

// Public says what anybody may read.
func (r *Reached) Public() string {
	return "today's budget for " + r.Of + " is used up. " + r.next()
}

// Told is what those may read who see where it stands.
func (r *Reached) Told(private bool) string {
	if private {
		return r.Error()
	}
	return r.Public()
}

func (r *Reached) next() string {
	text := "It starts anew on " + templates.Date(r.Resets.UTC()) + "; a maintainer's `/oioi rerun` asks the model again then"
	switch {
	case r.Team && r.Of == ofAuthor:
		text += ", or at once, since it counts for the maintainer"
	case r.Team:
		text += ", or at once, since part of the budget is kept for the team"
	}
	return text + "."
}

// charge says to whom a question of a run is charged: whoever asked for the run, else the ticket's author.
func (d *Desk) charge(run Run, q Question) store.Charge {
	who := run.By
	if who == "" {
		who = run.Ticket.Author.Login
	}
	key := store.TicketKey(run.Place.Repository.ID, run.Ticket.Number)
	return store.Charge{
		ID: key + "/" + strings.ToLower(who) + "/" + q.Hash, Day: store.SpendingDay(d.Clock()), TicketKey: key, Author: strings.ToLower(who),
		RepositoryID: run.Place.Repository.ID, Repository: run.Place.Repository.Owner + "/" + run.Place.Repository.Name,
		InstallationID: run.Place.InstallationID,
	}
}

// Reserve implements Budget. Questions are asked side by side; the store's one writer lets each see what the others hold.
func (d *Desk) Reserve(ctx context.Context, run Run, q Question, most model.Usage) (store.Charge, error) {
	charge, cost := d.charge(run, q), costOf(most)
	limits := d.Budget.Limits(run.Settings.Config.Budget)
	charge.Most = store.Cost{Tokens: limits.Repository.Tokens, Micros: micros(limits.Repository.USD)}
	err := d.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.ReleaseHeld(ctx, d.Clock().Add(-store.HoldFor)); err != nil {
			return err
		}
		// What a try that died still holds for this very question does not count against it.
		if err := tx.Hold(ctx, charge, store.Cost{}); err != nil {
			return err
		}
		spent, err := tx.Spent(ctx, charge)
		if err != nil {
			return err
		}
		most := limits
		if run.priority() == forEverybody {
			most = limits.Keep(d.Budget.TeamShare)
		}
		if reached := over(most, limits, spent, cost, d.Clock()); reached != nil {
			return reached
		}
		return tx.Hold(ctx, charge, cost)
	})
	var reached *Reached
	if errors.As(err, &reached) {
		return charge, &model.Error{Class: model.Limited, Message: reached.Error(), Cause: reached}
	}
	return charge, err
}

// Settle implements Budget.
func (d *Desk) Settle(ctx context.Context, c store.Charge, used store.Cost) error {
	return d.Store.Update(ctx, func(tx store.Tx) error { return tx.Settle(ctx, c, used) })
}

// ReleaseDead ends the holds of a process that is no more. It is called before anything is asked.
func (d *Desk) ReleaseDead(ctx context.Context) error {
	return d.Store.Update(ctx, func(tx store.Tx) error {
		n, err := tx.ReleaseHeld(ctx, d.Clock().Add(time.Second)) // SQLite keeps microseconds
		if n > 0 {
			d.Log.WarnContext(ctx, "the process before this one died in the middle of calls to the model; what it had set aside for them is free again", "calls", n)
		}
		return err
	})
}

// over returns the limit that a call would pass, the narrowest circle first; nil where it may be made. team are the limits of a
// run that the team asks for.
func over(l, team config.Limits, spent store.Spent, asked store.Cost, now time.Time) *Reached {
	for _, c := range []struct {
		of         string
		most, team config.Limit
		spent      store.Cost
	}{
		{"this ticket", l.Ticket, team.Ticket, spent.Ticket},
		{ofAuthor, l.Author, config.Limit{}, spent.Author},
		{"this repository", l.Repository, team.Repository, spent.Repository},
		{"everything that OiOi does here", l.Day, team.Day, spent.Total},
	} {
		out := &Reached{Of: c.of, Team: !passes(c.team, c.spent, asked), Resets: now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)}
		if c.most.Tokens > 0 && c.spent.Tokens+asked.Tokens > c.most.Tokens {
			out.Unit, out.Most, out.Spent, out.Asked = "tokens", float64(c.most.Tokens), float64(c.spent.Tokens), float64(asked.Tokens)
			return out
		}
		if most := micros(c.most.USD); most > 0 && c.spent.Micros+asked.Micros > most {
			out.Unit, out.Most, out.Spent, out.Asked = "US dollars", c.most.USD, dollars(c.spent.Micros), dollars(asked.Micros)
			return out
		}
	}
	return nil
}

// passes reports whether a call would pass a limit.
func passes(l config.Limit, spent, asked store.Cost) bool {
	return l.Tokens > 0 && spent.Tokens+asked.Tokens > l.Tokens || l.USD > 0 && spent.Micros+asked.Micros > micros(l.USD)
}

const (
	ofAuthor = "this ticket's author"
	million  = 1e6
)

func micros(usd float64) int64 { return int64(math.Ceil(usd * million)) }

func dollars(micros int64) float64 { return float64(micros) / million }

// costOf is a usage as it is kept. A cached token counts like any other: it passes the provider's limits, too.
func costOf(u model.Usage) store.Cost {
	return store.Cost{Calls: 1, Tokens: int64(u.PromptTokens) + int64(u.CompletionTokens), Micros: micros(u.CostUSD)}
}

// Complete asks whoever drafts this run, as far as the budget allows. paid is nil where the call cost nothing; else whoever
// stores the answer settles it. A call that failed is settled here.
func (e Engine) Complete(ctx context.Context, run Run, q Question) (response model.Response, paid *Paid, err error) {
	drafter := e.drafter(run)
	most, costs := model.Estimate(drafter, q.Request)
	if e.Budget == nil || !costs {
		response, err = drafter.Complete(ctx, q.Request)
		return response, nil, err
	}
	charge, err := e.Budget.Reserve(ctx, run, q, most)
	if err != nil {
		return response, nil, err
	}
	response, err = drafter.Complete(ctx, q.Request)
	if err == nil {
		return response, &Paid{Charge: charge, Used: costOf(known(response.Usage, most))}, nil
	}
	// The hold ends even where the job was stopped.
	if failed := e.Budget.Settle(context.WithoutCancel(ctx), charge, costOf(lost(err, most))); failed != nil {
		e.Log.ErrorContext(ctx, "what a failed call to the model used could not be written down; its hold ends by itself", "error", failed)
	}
	return response, nil, err
}

// known is what a call used; where the API does not say, all that it may have used.
func known(used, most model.Usage) model.Usage {
	if used.PromptTokens+used.CompletionTokens == 0 {
		return most
	}
	return used
}

// lost is what a call used that brought no answer. A call that was cut off has read its prompt: a ticket that is edited again
// and again must not be free.
func lost(err error, most model.Usage) model.Usage {
	var failed *model.Error
	if errors.As(err, &failed) && failed.Usage != (model.Usage{}) {
		return failed.Usage
	}
	if model.Classify(err) != model.Stopped {
		return model.Usage{}
	}
	share := float64(most.PromptTokens) / float64(max(1, most.PromptTokens+most.CompletionTokens))
	return model.Usage{PromptTokens: most.PromptTokens, CostUSD: most.CostUSD * share, Priced: most.Priced}
}
