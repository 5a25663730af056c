package desk

import (
	"testing"

	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestStrangersWaitBehindTheTeam(t *testing.T) {
	run := func(by, association string, bot bool) int {
		return Run{By: by, Ticket: ticket.Ticket{Author: ticket.Person{Association: association, Bot: bot}}}.priority()
	}
	for _, association := range []string{"OWNER", "MEMBER", "COLLABORATOR"} {
		if got := run("", association, false); got != forTeam {
			t.Errorf("a ticket of %s has priority %d", association, got)
		}
	}
	if run("maintainer", "NONE", false) != forTeam {
		t.Error("what a maintainer asks for on a stranger's ticket waits with the strangers")
	}
	if got := (Run{By: "cleo", Ticket: ticket.Ticket{Author: ticket.Person{Login: "Cleo", Association: "NONE"}}}).priority(); got != forEverybody {
		t.Errorf("a stranger who may rerun the own ticket goes before the others: %d", got)
	}
	for _, association := range []string{"NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN", ""} {
		if run("", association, false) != forEverybody || run("", association, false) <= run("", "CONTRIBUTOR", false) {
			t.Errorf("a ticket of %q does not wait behind the others", association)
		}
	}
	if run("", "MEMBER", true) == forTeam {
		t.Error("a bot is no person of the team")
	}
	if got := (Run{}).urgency().Priority; got != forEverybody {
		t.Errorf("the queue is told %d", got)
	}
}

// Who asks is who waits, whoever may use the command.
func TestACommandIsAsUrgentAsWhoGaveIt(t *testing.T) {
	maintainers := ticket.Ticket{Author: ticket.Person{Login: "mika", Association: "MEMBER"}}
	if got := (Run{By: "cleo", Asker: forEverybody, Ticket: maintainers}).priority(); got != forEverybody {
		t.Errorf("what a stranger may ask for has the priority %d", got)
	}
	if got := (Run{By: "mika", Asker: forTeam, Ticket: ticket.Ticket{Author: ticket.Person{Login: "cleo"}}}).priority(); got != forTeam {
		t.Errorf("what a maintainer asks for has the priority %d", got)
	}
	var v verdict
	if v.priority() != forTeam {
		t.Error("what nobody asked for follows from what the team did")
	}
	v.answers(forEverybody)
	if v.priority() != forEverybody {
		t.Error("the answer to a stranger goes before others")
	}
	v.start = &Run{Ticket: maintainers}
	if v.priority() != forTeam {
		t.Error("the eyes on the team's own ticket wait with the strangers")
	}
}
