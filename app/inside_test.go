package app

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
)

const insideConfig = `
draft: { destination: internal, repository: tallypost/support }
policy:
  default_owner: "@maintainer"
  areas: [{ name: Reports, owner: "@maintainer", keywords: [report, schedule] }]
`

// sayInside lets a person write on the ticket's internal issue.
func (w *town) sayInside(login string, ref forge.Ref, words string) {
	w.t.Helper()
	issue := w.inside(ref)
	if issue == nil {
		w.t.Fatal("the ticket has no internal issue")
	}
	_, err := w.world.Forge.CreateComment(forge.As(login), issue.Ref, words)
	w.check(err)
	w.settle(issue.Ref)
	w.settle(ref)
}

// parts are what stands on the ticket, and on its internal issue.
func (w *town) parts(ref forge.Ref) (public, inside string) {
	public, inside, _ = strings.Cut(w.show(ref), "=== internal issue")
	inside, _, _ = strings.Cut(inside, "=== pinged")
	return public, inside
}

// Whoever is reminded of an update, and whoever has not answered questions, stays between the members of the team: inside where
// there is an internal issue, without a name where there is none.
func TestRemindersNameNobodyInPublic(t *testing.T) {
	t.Parallel()
	const due, silent = "promised an update", "has not answered the questions"
	for name, config := range map[string]string{"inside": insideConfig, "public": strings.SplitN(insideConfig, "\n", 3)[2]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.commit("tallypost/tallypost", ".github/oioi.yml", config)
			say := w.say
			if name == "inside" {
				say = w.sayInside
			}
			idea := w.sample("public-holidays")
			w.settle(idea)
			say("jo-lindqvist", idea, "/oioi send")
			w.wake(idea, 60*24*time.Hour, nextUpdate)
			vague := w.fileAs("It does not work", "### What happened\n\nIt does not work since yesterday, the report fails.")
			w.settle(vague)
			say("jo-lindqvist", vague, "/oioi send")
			for range 2 {
				w.wake(vague, 30*24*time.Hour, silence)
			}
			for ref, words := range map[forge.Ref][2]string{idea: {due, "The next update on this ticket is due now."}, vague: {silent, "The questions above are still open"}} {
				public, inside := w.parts(ref)
				said, where := words[0], inside
				if name == "public" {
					said, where = words[1], public
				}
				if !strings.Contains(where, said) {
					t.Errorf("%q stands nowhere:\n%s", said, w.show(ref))
				}
				if strings.Contains(public, words[0]) || strings.Contains(public, "\n@maintainer") {
					t.Errorf("somebody of the team is called in public:\n%s", public)
				}
			}
		})
	}
}

// Whom GitHub does not let be assigned is not the owner: the person who asked reads so where they asked, and the owner before stays.
func TestAnOwnerWhomGitHubRefusesIsNone(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/tallypost", ".github/oioi.yml", insideConfig)
	ref := w.sample("public-holidays")
	w.settle(ref)
	w.sayInside("jo-lindqvist", ref, "/oioi assign @nobody-at-all")
	public, inside := w.parts(ref)
	if !strings.Contains(inside, "`@nobody-at-all` is not assigned") || strings.Contains(public, "nobody-at-all") {
		t.Fatalf("the answer to a command stands elsewhere than the command:\n%s\n%s", public, inside)
	}
	w.sayInside("jo-lindqvist", ref, "/oioi send")
	if _, inside = w.parts(ref); !strings.Contains(inside, "| Owner `@maintainer` | done |") {
		t.Errorf("the plan's owner is not assigned after the mistake:\n%s", inside)
	}
	w.sayInside("jo-lindqvist", ref, "/oioi assign @nobody-at-all")
	w.wake(ref, 60*24*time.Hour, nextUpdate)
	if _, inside = w.parts(ref); !strings.Contains(inside, "\n@maintainer, `@customer` was promised") {
		t.Errorf("the owner was not reminded:\n%s", inside)
	}
}

// The acknowledgement is in the customer's language.
func TestTheAcknowledgementIsInTheCustomersLanguage(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/tallypost", ".github/oioi.yml", insideConfig)
	ref := w.fileAs("Der Bericht kommt nicht an", "Seit gestern kommt der Bericht nicht mehr an, und wir wissen nicht, was wir tun können.")
	w.settle(ref)
	public, _ := w.parts(ref)
	holds(t, public, "Vielen Dank für Ihre Nachricht.")
}

func (w *town) fileAs(title, body string) forge.Ref {
	w.t.Helper()
	issue, err := w.world.Forge.CreateIssue(forge.As("customer"), "tallypost/tallypost", forge.IssueInput{Title: title, Body: body, FormLabels: []string{"support"}})
	w.check(err)
	return issue.Ref
}

// What a status says is decided by who reads it where the command stands: on a public ticket there are no numbers of the budget, no
// way to the internal issue, and no words of a draft that stands there.
func TestWhatAnAnswerTellsIsDecidedByWhereItStands(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := newTown(t, townOptions{clock: func() time.Time { return began }, model: modelAt(server), budget: config.Budget{TicketTokens: 32_000, WhenSpent: config.SpentPlaybook}})
	w.commit(publicTracker, ".github/oioi.yml", insideConfig)
	rotate := sampleTicket(t, "rotate-token")
	ref := w.fileAs(rotate.Title, rotate.Body())
	w.settle(ref)
	w.say("maintainer", ref, "/oioi status")
	w.sayInside("maintainer", ref, "/oioi status")
	public, inside := w.parts(ref)
	holds(t, public, "Budget: today's budget for this ticket is used up", "- Draft 1 waits for a person")
	holds(t, inside, "Budget: the budget of 32,000 tokens a day for this ticket", "- [Draft 1](")
	w.check(w.reword("maintainer", w.inside(ref).Ref, "Hello", "Hello from rota-7"))
	w.say("maintainer", ref, "/oioi send")
	public, _ = w.parts(ref)
	holds(t, public, "the reply in the draft was edited")
	for _, private := range []string{"32,000", "rota-7", w.inside(ref).Ref.String(), "/" + supportRepo + "/"} {
		if strings.Contains(public, private) {
			t.Errorf("the public ticket tells %q:\n%s", private, public)
		}
	}
}

// The repository for drafts is followed by its id where it was renamed, whether before a ticket comes or just before a write, and
// although no webhook tells.
func TestARenamedRepositoryForDraftsIsFollowed(t *testing.T) {
	t.Parallel()
	var w *town
	var late atomic.Bool
	var log lockedBuffer
	rename := func(from, to string) {
		w.deaf(func() { w.change("tallypost/"+from, forge.Settings{Name: &to}) })
	}
	w = newTown(t, townOptions{log: &log, transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/tallypost/backoffice/issues") && late.CompareAndSwap(false, true) {
			rename("backoffice", "helpdesk")
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	w.commit("tallypost/tallypost", ".github/oioi.yml", insideConfig)
	first := w.sample("public-holidays")
	w.settle(first)
	rename("support", "backoffice")
	second := w.fileAs("Scheduled reports arrive an hour late", "### What happened\n\nSince the clocks went back our scheduled report arrives an hour late.")
	w.settle(second)
	if !late.Load() {
		t.Fatal("nothing was written under the first new name")
	}
	for _, ref := range []forge.Ref{first, second} {
		w.sayInside("jo-lindqvist", ref, "/oioi status")
		public, inside := w.parts(ref)
		if !strings.Contains(inside, "Status on ") || strings.Contains(public, "reach") || strings.Contains(public, "needs a person") {
			t.Errorf("%s\n%s", public, inside)
		}
	}
	if issue := w.inside(second); issue.Ref.Repo != "tallypost/helpdesk" {
		t.Errorf("the draft stands in %s", issue.Ref.Repo)
	}
	holds(t, log.String(), "put that into draft.repository in .github/oioi.yml")
}

// Where the repository for drafts was renamed and another one has its name since, no webhook telling of it, a command still finds
// the draft where it stands, and nothing is written into the other one.
func TestADraftIsFoundWhereAnotherRepositoryHasItsName(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/tallypost", ".github/oioi.yml", insideConfig)
	ref := w.sample("public-holidays")
	w.settle(ref)
	helpdesk := "helpdesk"
	w.deaf(func() {
		w.change("tallypost/support", forge.Settings{Name: &helpdesk})
		_, err := w.world.Forge.AddRepo(forge.RepoInput{Owner: "tallypost", Name: "support", Private: true})
		w.check(err)
	})
	w.sayInside("jo-lindqvist", ref, "/oioi send")
	public, inside := w.parts(ref)
	holds(t, public, "comment/reply/")
	holds(t, inside, "**Sent** to customer by `@jo-lindqvist`")
	others, err := w.world.Forge.ListIssues(forge.As("jo-lindqvist"), "tallypost/support", forge.IssueFilter{State: "all"})
	if err == nil && len(others) > 0 {
		t.Errorf("%d issues in the repository that has the name now", len(others))
	}
}
