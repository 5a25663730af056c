package app

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/role"
)

const publicTracker = "tallypost/tallypost"

// flood files tickets on the public tracker, each by an account of its own that nobody there knows.
func (w *town) flood(n int) (refs []forge.Ref) {
	w.t.Helper()
	for i := range n {
		who := fmt.Sprintf("new-account-%d", i)
		_, err := w.world.Forge.AddUser(forge.User{Login: who})
		w.check(err)
		issue, err := w.world.Forge.CreateIssue(forge.As(who), publicTracker, forge.IssueInput{Title: fmt.Sprintf("FLOOD %d: how do I rotate an API token?", i),
			Body: strings.Repeat("How do I rotate an API token? ", 40), FormLabels: []string{"support"}})
		w.check(err)
		refs = append(refs, issue.Ref)
	}
	return refs
}

// With all workers busy and the queue full of strangers' tickets, what a maintainer files, and what a maintainer asks for on
// one of those tickets, goes next.
func TestAFloodWaitsBehindTheTeam(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	turns := make(chan struct{})
	open := sync.OnceFunc(func() { close(turns) })
	t.Cleanup(open) // the server waits for the calls that wait for their turn
	var mu sync.Mutex
	var asked []string // who was asked for, in the order in which the calls came
	server.Answer(func(r modeltest.Request) role.Output {
		prompt, who := r.Prompt("user"), "flood"
		if strings.Contains(prompt, "TEAM") {
			who = "team"
		} else if strings.Contains(prompt, "PLEASE-LOOK") {
			who = "command"
		}
		mu.Lock()
		asked = append(asked, who)
		mu.Unlock()
		<-turns
		return modeltest.Draft(r)
	})
	calls := func() int { mu.Lock(); defer mu.Unlock(); return len(asked) }
	w := newTown(t, townOptions{model: modelAt(server), budget: config.DefaultServer().Budget})
	w.commit(publicTracker, ".github/oioi.yml", "triggers: {all: true}\n")
	strangers := w.flood(40)
	const workers = 8
	w.waitFor("the calls of all workers", func() bool { return calls() >= workers })
	w.waitFor("the runs of all strangers", func() bool {
		for _, ref := range strangers {
			if w.status(ref) == "" {
				return false
			}
		}
		return true
	})
	last := strangers[len(strangers)-1]
	_, err := w.world.Forge.CreateComment(forge.As("maintainer"), last, "/oioi rerun PLEASE-LOOK at the scopes")
	w.check(err)
	mine, err := w.world.Forge.CreateIssue(forge.As("maintainer"), publicTracker, forge.IssueInput{Title: "TEAM: how do I rotate an API token?", Body: "TEAM: how do I rotate an API token?"})
	w.check(err)
	w.waitFor("the maintainer's runs", func() bool { return w.status(mine.Ref) == "gathering" && w.row(last).Generation > 1 })
	w.ahead.Add(int64(2 * time.Second)) // whoever has had a turn of the worker gives way
	drafted := func(ref forge.Ref) bool { s := w.status(ref); return s == "publishing" || s == "finished" }
	for !drafted(mine.Ref) || !drafted(last) {
		n := calls()
		select {
		case turns <- struct{}{}:
		case <-time.After(patience):
			t.Fatal("nobody asks the model any more")
		}
		w.waitFor("the next call", func() bool { return calls() > n || drafted(mine.Ref) && drafted(last) })
		w.ahead.Add(int64(2 * time.Second))
	}
	mu.Lock()
	order := strings.Join(asked, " ")
	flood := strings.Count(order, "flood") - workers
	mu.Unlock()
	// The model answers in the order of the calls. So each of the four roles of the maintainer's runs waits for the calls that
	// were made before it, of which there are as many as workers, and for no other of the strangers' 160.
	if first := asked[workers : workers+2]; slices.Contains(first, "flood") || flood > 4*workers {
		t.Errorf("%d calls for strangers were made before the maintainer's two runs were drafted: %s", flood, order)
	}
	t.Logf("the calls: %s", order)
	open()
	for _, ref := range append(strangers, mine.Ref) {
		w.settle(ref)
	}
}

// However many accounts file tickets, a day costs no more than the budget; each ticket still gets its draft, which says why the
// model was not asked, and a maintainer has a share left.
func TestAFloodCostsNoMoreThanTheBudget(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	budget := config.Budget{RepositoryTokens: 120_000, TeamShare: 40, WhenSpent: config.SpentPlaybook}
	w := newTown(t, townOptions{model: modelAt(server), budget: budget})
	w.commit(publicTracker, ".github/oioi.yml", "triggers: {all: true}\n")
	strangers := w.flood(40)
	stopped := 0
	for _, ref := range strangers {
		drafts := w.comments(ref)
		if len(drafts) != 1 {
			t.Errorf("%s has %d drafts", ref, len(drafts))
			continue
		}
		if strings.Contains(drafts[0], "because today's budget for this repository is used up") {
			stopped++
		}
	}
	spent, calls := w.spent(strangers[0]).Repository, len(server.Requests())
	if most := budget.RepositoryTokens * 60 / 100; spent.Tokens > most || spent.Tokens < most/2 {
		t.Errorf("40 strangers spent %d tokens of %d", spent.Tokens, most)
	}
	if stopped < 30 || calls > 30 {
		t.Errorf("%d of 40 drafts say that a limit stopped them, after %d calls", stopped, calls)
	}
	_, err := w.world.Forge.CreateComment(forge.As("maintainer"), strangers[39], "/oioi rerun")
	w.check(err)
	w.settle(strangers[39])
	if more := len(server.Requests()); more < calls+4 {
		t.Errorf("a maintainer's run made %d calls with the team's share left", more-calls)
	}
	if again := w.comments(strangers[39]); strings.Contains(again[len(again)-1], "**Budget:**") {
		t.Errorf("a maintainer's run was stopped:\n%s", again[len(again)-1])
	}
}
