package desk

import (
	"context"
	"fmt"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// lateGate is the gate at the moment an effect is carried out. Hours may lie between a plan and its effects, and a person
// may have switched something off meanwhile, or made the repository public: what holds is the configuration of now. Every
// effect passes here, also one that no run has planned. It reads the configuration once for each pass over an outbox.
type lateGate struct {
	desk  *Desk
	rules map[int64]effect.Rules // by repository
}

// refuse says why an effect may not be carried out now; "" when it may.
func (g *lateGate) refuse(ctx context.Context, row store.Ticket, place Place, e effect.Effect) (string, error) {
	rules, known := g.rules[e.Repository.ID]
	if !known {
		settings, err := g.desk.GitHub.Settings(ctx, place)
		if err != nil {
			return "", fmt.Errorf("read the repository's configuration: %w", err)
		}
		data, err := decode[ticketData](row.Data)
		if err != nil {
			return "", err
		}
		repository := ticket.Repository{ID: row.RepositoryID, Owner: row.Owner, Name: row.Name, Private: row.Private && e.Repository.Private}
		run := Run{Ticket: ticket.Ticket{Repository: repository, Author: data.Author}, Settings: settings, Commit: "pinned"}
		rules = g.desk.Engine.rules(run)
		g.rules[e.Repository.ID] = rules
	}
	return rules.Refuse(e), nil
}
