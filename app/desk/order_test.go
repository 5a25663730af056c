package desk

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// What is read in one pass of the mailbox means the same as in one pass each, in whatever order it arrives.
func TestCommandsOfOnePass(t *testing.T) {
	for _, test := range []struct {
		status, says string // "NUMBER words": the comment's number and what follows /oioi; "edit": the customer edits
		cancelled    bool
		begins       string
		answers      string // the comments that answer hold it
	}{
		{status: runWorking, says: "60 cancel, 61 run", cancelled: true, begins: reasonRun},
		{status: runWorking, says: "61 run, 60 cancel", answers: "A run is under way already"},
		{status: runWorking, says: "60 cancel, 61 rerun", cancelled: true, begins: reasonRerun},
		{status: runWorking, says: "61 rerun, 60 cancel", begins: reasonRerun},
		{status: runFinished, says: "60 rerun, 61 cancel", cancelled: true},
		{status: runFinished, says: "61 cancel, 60 rerun", answers: "There is nothing to cancel"},
		{status: runWorking, says: "60 cancel, edit", cancelled: true},
		{status: runWorking, says: "edit, 60 cancel", cancelled: true},
		{status: runWorking, says: "edit", begins: reasonEdited},
		{status: runParked, says: "60 cancel, 61 confirm", cancelled: true, answers: "There is nothing to confirm"},
		{status: runWorking, says: "60 cancel, 61 cancel", cancelled: true, answers: "There is nothing to cancel"},
		{status: runWorking, says: "60 cancel, 61 send", cancelled: true, answers: "There is no draft to send yet"},
	} {
		t.Run(test.status+": "+test.says, func(t *testing.T) {
			s, err := store.OpenSQLite(t.Context(), "", store.Options{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			settings := config.DefaultSettings()
			settings.Config.Triggers.All = true
			d := New(Options{Store: s, BotLogin: "oioi[bot]", Clock: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)})
			at := tableTicket()
			row := fill(t, d, at, settings, test.status, ticketData{RunID: "r"}, false)
			now := at
			now.Body = ticket.Text("It ends at row 200000.")
			d.GitHub = fixed{ticket: now, permission: "write", settings: settings}
			var events []ticket.Event
			for says := range strings.SplitSeq(test.says, ", ") {
				e := ticket.Event{Kind: ticket.EventEdited, Repository: at.Repository, Number: 42, Title: at.Title, Author: at.Author, Sender: at.Author}
				if id, words, ok := strings.Cut(says, " "); ok {
					e.Kind, e.Sender = ticket.EventCommented, ticket.Person{Login: "mika", ID: 6}
					e.Comment = &ticket.Comment{Author: e.Sender, Body: ticket.Text(command.Prefix + " " + words), CreatedAt: noon, UpdatedAt: noon}
					if _, err := fmt.Sscan(id, &e.Comment.ID); err != nil {
						t.Fatal(err)
					}
				}
				events = append(events, e)
			}
			v, err := d.decide(t.Context(), row.Key, row, store.Installation{ID: 1}, events)
			if err != nil {
				t.Fatal(err)
			}
			begins, answers := "", ""
			if v.start != nil {
				begins = v.start.Reason
			}
			for _, e := range v.effects {
				if e.Comment != nil {
					answers += e.Comment.Body
				}
			}
			if (v.cancel != "") != test.cancelled || begins != test.begins || !strings.Contains(answers, test.answers) || test.answers == "" && answers != "" {
				t.Errorf("cancelled by %q, begins %q, answers %q", v.cancel, begins, answers)
			}
		})
	}
}
