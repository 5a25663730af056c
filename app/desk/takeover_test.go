package desk

import (
	"testing"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// A run whose draft others will read keeps nothing of one that knew more: no part, no evidence, no help center.
func TestNothingIsKeptForOtherReaders(t *testing.T) {
	t.Parallel()
	def, roles := workflow.Standard()
	settings := config.Settings{Config: config.DefaultRepository(), Definition: def, Roles: roles}
	inside := ticket.Repository{ID: 9, Owner: "acme", Name: "internal", Private: true}
	e := Engine{Count: func(s string) int { return len(s) }}
	former := Run{Settings: settings, Inside: &inside, Help: &ticket.Repository{ID: 8, Owner: "acme", Name: "help", Private: true}, Commit: "c0ffee",
		ForTeam: evidence.Set{Items: []evidence.Item{{ID: "E1", Text: ticket.Text("rota-7"), Visibility: evidence.Private}}}}
	former.State.Accepted = []workflow.Accepted{{StepID: def.Steps[0].ID, Role: def.Steps[0].Role, InputHash: e.input(former, def.Steps[0])}}
	same := Run{Settings: settings, Inside: &inside}
	if why := same.takeOver(e, former, 1); why != "" || len(same.Kept) != 1 || same.Help == nil || len(same.ForTeam.Items) != 1 {
		t.Errorf("for the same readers %d parts are kept: %s", len(same.Kept), why)
	}
	open := Run{Settings: settings}
	if why := open.takeOver(e, former, 1); why != "others may read the draft now" || len(open.Kept) != 0 || open.Help != nil || len(open.ForTeam.Items) != 0 {
		t.Errorf("for others %d parts are kept: %q", len(open.Kept), why)
	}
}
