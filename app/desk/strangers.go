package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// How many comments of people outside the team are answered on one ticket within strangersFor, be it with an emoji, a refusal, the
// help or a warning of secrets. Whoever writes on gets no answer: writes to GitHub are few, and the team needs them.
const (
	strangersFor = 24 * time.Hour
	perStranger  = 10
	perTicket    = 30
)

// Stranger is one answer to a person outside the team.
type Stranger struct {
	ID int64     `json:"id"`
	At time.Time `json:"at"`
}

// heard reports whether a comment of somebody outside the team is answered, and counts it. The first one too many is noted in the
// timeline, those after it leave no trace.
func (a answering) heard() bool {
	now, who := a.desk.Clock(), a.e.Sender
	lately := slices.DeleteFunc(slices.Clone(a.data.Strangers), func(s Stranger) bool { return now.Sub(s.At) >= strangersFor })
	mine := 0
	for _, s := range lately {
		if s.ID == who.ID {
			mine++
		}
	}
	if mine > perStranger || len(lately) > perTicket {
		return false
	}
	a.v.touched = true
	a.alter(func(d *ticketData) { d.Strangers = append(slices.Clone(lately), Stranger{who.ID, now}) })
	if mine == perStranger || len(lately) == perTicket {
		a.note("unanswered", fmt.Sprintf("So many comments of people outside the team want an answer that no more are given to @%s for now", who.Login))
		return false
	}
	return true
}

// asker is who gave a command, as GitHub tells now, and whether that is a person of the team. GitHub is asked once for each person
// in a pass.
func (a answering) asker(ctx context.Context) (person command.Person, team *bool, err error) {
	where, login := a.where(), a.e.Sender.Login
	key := where.Repository.FullName() + " " + login
	permission, known := a.permissions[key]
	if !known {
		if permission, err = a.desk.GitHub.Permission(ctx, where, login); err != nil {
			return person, nil, fmt.Errorf("ask what @%s may do: %w", login, err)
		}
		a.permissions[key] = permission
	}
	person = command.Person{Permission: command.Permission(permission), Reporter: a.reporter(a.e)}
	member := person.Permission.AtLeast(command.Triage)
	person.InTeam = func(slug string) (bool, error) {
		in, err := a.desk.GitHub.Member(ctx, where, slug, login)
		member = member || in
		return in, err
	}
	return person, &member, nil
}

// askedBy is the priority of what a person asked for by a command.
func askedBy(sender ticket.Person, team bool) int {
	if team {
		return forTeam
	}
	return priorityOf(sender)
}
