package app

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/role"
)

// asked names the roles that the model was asked for, in order, after the first so many questions.
func asked(server *modeltest.Server, skip int) []string {
	var out []string
	for _, r := range server.Requests()[skip:] {
		_, rest, _ := strings.Cut(r.Prompt("user"), "# You are the ")
		title, _, _ := strings.Cut(rest, "\n")
		out = append(out, title)
	}
	return out
}

// A rerun from a role asks that role and those after it, and nobody else; the direction is for that role alone.
func TestARerunFromARoleAsksNobodyBefore(t *testing.T) {
	t.Parallel()
	roles := []string{"Support Specialist", "Operations Lead", "Analyst", "Product Manager"}
	server := modeltest.NewServer(t)
	w := withModel(t, server)
	ticket := w.sample("rotate-token")
	say := func(words string) string {
		t.Helper()
		w.settle(ticket)
		_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ticket, words)
		w.check(err)
		all := w.comments(ticket)
		return all[len(all)-1]
	}
	w.comments(ticket)
	for at, name := range []string{"support_specialist", "operations-lead", "analyst", "product_manager"} {
		before := len(server.Requests())
		draft := say("/oioi rerun from:" + name + " mind the weekend")
		if got := strings.Join(asked(server, before), ", "); got != strings.Join(roles[at:], ", ") {
			t.Errorf("from:%s asks %s", name, got)
		}
		holds(t, draft, "The help center says: ", "/oioi send")
		for i, r := range server.Requests()[before:] {
			if directed := strings.Contains(r.Prompt("user"), "mind the weekend"); directed != (i == 0) {
				t.Errorf("from:%s: the direction is told to question %d: %t", name, i+1, directed)
			}
		}
	}
	// Said again, it is asked again: a person who repeats a command wants another answer.
	before := len(server.Requests())
	say("/oioi rerun from:analyst mind the weekend")
	if got := strings.Join(asked(server, before), ", "); got != "Analyst, Product Manager" {
		t.Errorf("asked twice, it asks %s", got)
	}
	// What the team says in between is no reason to ask earlier roles; what the customer says is, and it is said.
	_, err := w.world.Forge.CreateComment(forge.As("jo-lindqvist"), ticket, "I have seen this before.")
	w.check(err)
	before = len(server.Requests())
	say("/oioi rerun from:product_manager")
	if got := strings.Join(asked(server, before), ", "); got != "Product Manager" {
		t.Errorf("after the team's comment it asks %s", got)
	}
	_, err = w.world.Forge.CreateComment(forge.As("customer"), ticket, "It is about two tokens, by the way.")
	w.check(err)
	before = len(server.Requests())
	say("/oioi rerun from:product_manager")
	if got := strings.Join(asked(server, before), ", "); got != strings.Join(roles, ", ") {
		t.Errorf("after the customer's comment it asks %s", got)
	}
	holds(t, strings.Join(w.comments(ticket), "\n"), "The run begins with the Support Specialist and not with the Product Manager, because the customer's words have changed since.")
	// Instructions that changed for one role count from that role on.
	config, err := w.world.Forge.ReadFile(forge.As("jo-lindqvist"), ticket.Repo, "", ".github/oioi.yml")
	w.check(err)
	w.commit(ticket.Repo, ".github/oioi.yml", strings.Replace(string(config), "roles:\n", "roles:\n  analyst: Prefer checks that need no person.\n", 1))
	before = len(server.Requests())
	say("/oioi rerun from:product_manager")
	if got := strings.Join(asked(server, before), ", "); got != "Analyst, Product Manager" {
		t.Errorf("after new instructions for the analyst it asks %s", got)
	}
}

// A role that sends the note before it back is seen in the draft and in the status, on a private ticket only.
func TestAContestedHandoffIsSeen(t *testing.T) {
	t.Parallel()
	for sampled, shown := range map[string]bool{"rotate-token": true, "public-holidays": false} {
		server := modeltest.NewServer(t)
		bounced := false
		server.Answer(func(r modeltest.Request) role.Output {
			if strings.Contains(r.Prompt("user"), `Return the part "measurement"`) && !bounced {
				bounced = true
				return role.Output{Bounce: &role.Bounce{Reason: "no action says who answers, cc @ines-aldana <!-- hidden -->"}}
			}
			return modeltest.Draft(r)
		})
		w := withModel(t, server)
		ticket := w.sample(sampled)
		w.comments(ticket)
		_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ticket, "/oioi status")
		w.check(err)
		said := w.comments(ticket)
		if len(said) != 2 || !bounced {
			t.Fatalf("%s: %d comments", sampled, len(said))
		}
		for _, text := range said {
			if strings.Contains(text, "ontested") != shown || strings.Contains(text, "@ines-aldana") && !strings.Contains(text, "`@ines-aldana`") || strings.Contains(text, "<!-- hidden") {
				t.Errorf("%s: the handoff is shown as\n%s", sampled, text)
			}
			if shown {
				holds(t, text, "he Analyst sent the note of the Operations Lead back, once: no action says who answers")
			}
		}
		if got := strings.Join(asked(server, 0), ", "); got != "Support Specialist, Operations Lead, Analyst, Operations Lead, Analyst, Product Manager" {
			t.Errorf("the roles were asked in the order %s", got)
		}
	}
}
