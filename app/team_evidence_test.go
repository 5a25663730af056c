package app

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/redteam"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/role"
)

const (
	teamConfig = insideConfig + "linked_repositories: [tallypost/support]\n"
	canary     = "CNRYT7EAM0NLY42X"
)

// secretIssue is an issue of the private repository, and how a ticket names it.
func (w *town) secretIssue() string {
	w.t.Helper()
	issue, err := w.world.Forge.CreateIssue(forge.As("jo-lindqvist"), supportRepo, forge.IssueInput{Title: "Worker of the customer Umbrella loses tokens " + canary,
		Body: "The rotation worker on host rota-7.corp.internal drops the second token when Umbrella signs in twice (" + canary + ")."})
	w.check(err)
	return fmt.Sprintf("%s/%s/issues/%d", w.webURL, supportRepo, issue.Ref.Number)
}

// Where drafts stand inside, what only the team may read reaches the team: the plan, the checks and the follow-ups are made with
// it. The reply is drafted without it, and nothing of it gets into public, whatever the model makes of it.
func TestWhatOnlyTheTeamMayReadReachesTheTeam(t *testing.T) {
	t.Parallel()
	t.Run("playbooks", func(t *testing.T) {
		t.Parallel()
		w := newTown(t, townOptions{})
		w.commit(publicTracker, ".github/oioi.yml", teamConfig)
		ref := w.fileAs("How do I rotate an API token?", "How do I rotate an API token? It may have to do with "+w.secretIssue())
		w.settle(ref)
		public, inside := w.parts(ref)
		holds(t, inside, "Look at `"+supportRepo+"#", "Umbrella", "for the team only: the reply was drafted without it")
		if leaked := redteam.Leaks(public, []string{canary}); len(leaked) > 0 || strings.Contains(public, "Umbrella") {
			t.Errorf("the public ticket tells what only the team may read:\n%s", public)
		}
		w.sayInside("maintainer", ref, "/oioi send")
		public, inside = w.parts(ref)
		if !strings.Contains(public, "/comment/reply/") || strings.Contains(public, "Umbrella") {
			t.Errorf("the reply was not sent, or tells too much:\n%s\n---\n%s", public, inside)
		}
	})
	t.Run("a model that tells all it knows", func(t *testing.T) {
		t.Parallel()
		server := modeltest.NewServer(t)
		var replies, told, bounced int
		server.Answer(func(r modeltest.Request) role.Output {
			prompt := r.Prompt("user")
			knows := strings.Contains(prompt, canary)
			out := modeltest.Draft(r)
			switch {
			case out.Understanding != nil:
				if replies++; knows || strings.Contains(prompt, "Umbrella") {
					t.Errorf("the prompt of the reply holds what only the team may read:\n%s", prompt)
				}
			case !knows:
				t.Errorf("the prompt of a role inside lacks it:\n%s", prompt)
			case out.HandlingPlan != nil && bounced == 0:
				bounced++
				return role.Output{Bounce: &role.Bounce{Reason: "You forgot " + canary + " of Umbrella"}}
			case out.HandlingPlan != nil:
				told++
				out.HandlingPlan.Why += " The worker on rota-7.corp.internal drops it, " + canary
			case out.Measurement != nil:
				out.Measurement.Checks[0].Text += " " + canary
			case out.FollowThrough != nil:
				out.FollowThrough.Nothing = nil
				out.FollowThrough.FollowUps = []role.FollowUp{{Kind: "bug", Title: "Mend " + canary, Body: "As in " + canary, Acceptance: []string{"It is mended"}, Tracker: "github", Priority: "P2"}}
				out.FollowThrough.DocsEdits = []role.DocsEdit{{Page: "docs/tokens-" + strings.ToLower(canary) + ".md", NewPage: true, Title: "Tokens " + canary, Why: canary, Edits: []role.Edit{{Insert: "# Tokens\n\nThe worker drops them: " + canary + "\n"}}, Sources: []role.Citation{}}}
			}
			return out
		})
		w := newTown(t, townOptions{model: modelAt(server)})
		w.commit(publicTracker, ".github/oioi.yml", teamConfig)
		ref := w.fileAs("How do I rotate an API token?", "How do I rotate an API token? It may have to do with "+w.secretIssue())
		w.settle(ref)
		_, inside := w.parts(ref)
		holds(t, inside, "rota-7.corp.internal drops it, "+canary, "- [ ] The customer got there "+canary, "Mend "+canary, "opens no pull request for it", "may not see")
		if replies < 2 || told == 0 || bounced == 0 {
			t.Errorf("the reply was asked for %d times, the plan %d times, and %d notes were sent back", replies, told, bounced)
		}
		quiet := func(when string) {
			t.Helper()
			for _, made := range w.madeByOiOi() {
				if leaked := redteam.Leaks(made.text+strings.Join(made.paths, " ")+strings.Join(made.labels, " "), []string{canary}); made.repo == publicTracker && (len(leaked) > 0 || strings.Contains(made.text, "rota-7") || strings.Contains(made.text, "Umbrella")) {
					t.Errorf("%s: %s tells it:\n%s", when, made.where, made.text)
				}
			}
		}
		quiet("drafted")
		if n := w.pulls(publicTracker); n != 0 {
			t.Errorf("%d pull requests are open in public, made with what only the team may read", n)
		}

		// A person who puts it into the reply by mistake is told, where nobody else reads it.
		w.check(w.reword("maintainer", w.inside(ref).Ref, "The help center says:", "On rota-7.corp.internal the help center says:"))
		sendAnew := func() {
			w.sayInside("maintainer", ref, "/oioi send")
			_, inside := w.parts(ref)
			offers := regexp.MustCompile("as it stands now: `/oioi send ([0-9a-f]+)`")
			var digest string
			for _, c := range w.comments(w.inside(ref).Ref) {
				if m := offers.FindStringSubmatch(c); m != nil {
					digest = m[1]
				}
			}
			if digest == "" {
				t.Fatalf("no draft is offered:\n%s", inside)
			}
			w.sayInside("maintainer", ref, "/oioi send "+digest)
		}
		sendAnew()
		_, inside = w.parts(ref)
		holds(t, inside, "Not sent, because the gate holds the reply back", "repeats words of evidence that the readers of this place may not see")
		quiet("edited")
		w.check(w.reword("maintainer", w.inside(ref).Ref, "On rota-7.corp.internal the help center says:", "The help center does say:"))
		sendAnew()
		public, inside := w.parts(ref)
		if !strings.Contains(public, "The help center does say:") {
			t.Errorf("the reply was not sent:\n%s\n---\n%s", public, inside)
		}
		quiet("sent")
	})
}

// Without a place of the team's own, nobody's prompt holds it.
func TestWithoutAnInternalPlaceNoPromptHoldsPrivateEvidence(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := newTown(t, townOptions{model: modelAt(server)})
	w.commit(publicTracker, ".github/oioi.yml", "linked_repositories: [tallypost/support]\n")
	ref := w.fileAs("How do I rotate an API token?", "How do I rotate an API token? It may have to do with "+w.secretIssue())
	w.settle(ref)
	if len(server.Requests()) == 0 || slices.ContainsFunc(server.Requests(), func(r modeltest.Request) bool { return strings.Contains(r.Prompt("user"), canary) }) {
		t.Error("a prompt for a public draft holds private evidence, or nobody was asked")
	}
	if shown := w.show(ref); strings.Contains(shown, canary) {
		t.Errorf("it is told in public:\n%s", shown)
	}
}

// A public draft about a private issue that is there says the same as one about an issue that is not.
func TestAPublicDraftDoesNotTellWhetherAPrivateIssueIsThere(t *testing.T) {
	t.Parallel()
	drafts := map[string]string{}
	for name, there := range map[string]bool{"there": true, "not there": false} {
		w := newTown(t, townOptions{})
		w.commit(publicTracker, ".github/oioi.yml", "linked_repositories: [tallypost/support]\n")
		link := w.secretIssue()
		if !there {
			link += "99"
		}
		ref := w.fileAs("How do I rotate an API token?", "How do I rotate an API token? It may have to do with "+link)
		w.settle(ref)
		public, _ := w.parts(ref)
		holds(t, public, "No answer came from: `"+supportRepo+"#")
		drafts[name] = regexp.MustCompile(supportRepo+`(?:/issues/|#)[0-9]+`).ReplaceAllString(public, "THE ISSUE")
	}
	same := regexp.MustCompile("`[0-9a-f]{6,}`") // the draft's digest covers the ticket's text
	if a, b := same.ReplaceAllString(drafts["there"], ""), same.ReplaceAllString(drafts["not there"], ""); a != b {
		t.Errorf("the drafts differ:\n%s\n---\n%s", a, b)
	}
}
