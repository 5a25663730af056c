package app

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// priorities are those of the jobs of a kind for a ticket, as the queue has them.
func (w *town) priorities(database, kind string, ref forge.Ref) (out []int) {
	w.t.Helper()
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), ref.Repo)
	w.check(err)
	db, err := sql.Open("sqlite", "file:"+database+"?mode=ro")
	w.check(err)
	defer db.Close()
	rows, err := db.Query(`SELECT priority FROM river_job WHERE kind = ? AND json_extract(args, '$.ticket_key') = ?`, kind, store.TicketKey(repo.ID, ref.Number))
	w.check(err)
	defer rows.Close()
	for rows.Next() {
		var priority int
		w.check(rows.Scan(&priority))
		out = append(out, priority)
	}
	w.check(rows.Err())
	return out
}

// answers counts what OiOi gave to comments on a ticket: its reactions, and its own comments.
func (w *town) answers(ref forge.Ref) (reactions, comments int) {
	w.t.Helper()
	list, err := w.world.Forge.ListComments(forge.As("jo-lindqvist"), ref, zeroTime)
	w.check(err)
	for _, c := range list {
		if c.Author == w.world.App.Bot() {
			comments++
		}
		for _, r := range c.Reactions {
			if r.User == w.world.App.Bot() {
				reactions++
			}
		}
	}
	return reactions, comments
}

// Whatever people outside the team write on a ticket, and however often, it costs a few writes to GitHub, and those wait behind
// the team's.
func TestAFloodOfCommandsIsAnsweredAFewTimesAndLast(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "oioi.db")
	w := newTown(t, townOptions{store: database})
	issue, err := w.world.Forge.CreateIssue(forge.As("customer"), publicTracker, forge.IssueInput{Title: "An issue", Body: "It is no ticket."})
	w.check(err)
	w.settle(issue.Ref)
	flood := func(who string, times int) {
		for i := range times {
			text := []string{"/oioi x", "/oioi rerun", "/oioi help", "/oioi send", "/oioi docs @outsider"}[i%5]
			_, err := w.world.Forge.CreateComment(forge.As(who), issue.Ref, text)
			w.check(err)
		}
	}
	flood("outsider", 100)
	w.settle(issue.Ref)
	if reactions, comments := w.answers(issue.Ref); reactions == 0 || reactions > 10 || comments > 10 {
		t.Errorf("100 commands of one stranger brought %d reactions and %d comments", reactions, comments)
	}
	for i := range 12 {
		who := fmt.Sprintf("stranger-%d", i)
		_, err := w.world.Forge.AddUser(forge.User{Login: who})
		w.check(err)
		flood(who, 10)
	}
	w.settle(issue.Ref)
	reactions, comments := w.answers(issue.Ref)
	if reactions > 30 || comments > 30 {
		t.Errorf("220 commands of thirteen strangers brought %d reactions and %d comments", reactions, comments)
	}
	for _, priority := range w.priorities(database, "effects", issue.Ref) {
		if priority != 3 {
			t.Errorf("answers to strangers have the priority %d", priority)
		}
	}
	_, err = w.world.Forge.CreateComment(forge.As("maintainer"), issue.Ref, "/oioi help")
	w.check(err)
	w.settle(issue.Ref)
	if now, _ := w.answers(issue.Ref); now != reactions+1 {
		t.Error("the maintainer gets no answer any more")
	}
	if all := w.priorities(database, "effects", issue.Ref); all[len(all)-1] != 1 {
		t.Errorf("the answer to the maintainer has the priorities %v", all)
	}
	repo, err := w.world.Forge.Repo(forge.As("jo-lindqvist"), issue.Ref.Repo)
	w.check(err)
	said := 0
	w.check(w.oioi.Store.View(context.Background(), func(r store.Reader) error {
		events, err := r.Events(context.Background(), store.TicketKey(repo.ID, issue.Ref.Number))
		for _, e := range events {
			if e.Kind == "unanswered" {
				said++
			}
		}
		return err
	}))
	if said == 0 || said > 13 {
		t.Errorf("the timeline says %d times that strangers are not answered", said)
	}
}

// Warnings of secrets are comments, too: who writes secrets all day is warned a few times.
func TestAFloodOfSecretsIsWarnedOfAFewTimes(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	issue, err := w.world.Forge.CreateIssue(forge.As("customer"), publicTracker, forge.IssueInput{Title: "How do I rotate an API token?", Body: "How do I rotate an API token?", FormLabels: []string{"support"}})
	w.check(err)
	before := len(w.comments(issue.Ref))
	for i := range 40 {
		_, err := w.world.Forge.CreateComment(forge.As("outsider"), issue.Ref, "Mine is gh"+"p_"+strings.Repeat("aB3dE5", 5)+fmt.Sprintf("%06d", i))
		w.check(err)
	}
	w.settle(issue.Ref)
	if after := len(w.comments(issue.Ref)); after == before || after > before+10 {
		t.Errorf("40 comments with secrets brought %d warnings", after-before)
	}
}

// In mode auto nobody of the team waits for a stranger's reply: it is posted after what the team asks for.
func TestAnAutomaticReplyIsAsUrgentAsItsTicket(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "oioi.db")
	w := newTown(t, townOptions{store: database})
	w.commit(publicTracker, ".github/oioi.yml", "modes: {how_to: auto, integration: auto}\nauto_above: 0.5\n")
	issue, err := w.world.Forge.CreateIssue(forge.As("customer"), publicTracker, forge.IssueInput{Title: "What is the base address of the API?", Body: "What is the base address of the API, and how do I send the token?", FormLabels: []string{"support"}})
	w.check(err)
	written := strings.Join(w.comments(issue.Ref), "\n")
	if !strings.Contains(written, "reply/") {
		t.Fatalf("nothing was sent by itself:\n%s", written)
	}
	all := w.priorities(database, "effects", issue.Ref)
	for _, priority := range all {
		if priority != 3 {
			t.Errorf("the effects of a stranger's ticket have the priorities %v", all)
			break
		}
	}
}
