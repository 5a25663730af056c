package app

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// withModel is an OiOi that drafts with the language model behind the double.
func withModel(t *testing.T, server *modeltest.Server) *town {
	return newTown(t, townOptions{model: modelAt(server)})
}

func modelAt(server *modeltest.Server) config.Model {
	return config.Model{Provider: "openai", BaseURL: server.URL, Key: modeltest.Key, Model: "gpt-4.1", Timeout: policy.Duration(time.Minute),
		Prices: map[string]config.Price{"gpt-4.1": {Input: 2, CachedInput: 0.5, Output: 8}}}
}

// comments are what OiOi wrote on a ticket, oldest first.
func (w *town) comments(ref forge.Ref) []string {
	w.t.Helper()
	w.settle(ref)
	all, err := w.world.Forge.ListComments(forge.As("jo-lindqvist"), ref, zeroTime)
	w.check(err)
	var out []string
	for _, c := range all {
		if c.Author == w.world.App.Bot() {
			out = append(out, c.Body)
		}
	}
	return out
}

func holds(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(text, s) {
			t.Errorf("%q is missing in\n%s", s, text)
		}
	}
}

func TestALanguageModelDrafts(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	w := withModel(t, server)
	ticket := w.sample("rotate-token")
	drafts := w.comments(ticket)
	if len(drafts) != 1 {
		t.Fatalf("%d comments", len(drafts))
	}
	holds(t, drafts[0], "The help center says: ", "docs/api/tokens.md", "gpt-4.1", "tokens", "$0.0")
	if strings.Contains(drafts[0], "without a language model") {
		t.Error("a model's draft is labelled as the playbooks' own")
	}
	calls := server.Requests()
	if len(calls) != 4 {
		t.Fatalf("%d calls for four roles", len(calls))
	}
	// Each role's prompt begins with everything that the first one's had but the last part: a provider's cache pays for it once.
	whole := func(r modeltest.Request) string { return r.Prompt("system") + r.Prompt("user") }
	first, second := whole(calls[0]), whole(calls[1])
	same := 0
	for same < min(len(first), len(second)) && first[same] == second[same] {
		same++
	}
	if share := float64(same) / float64(len(second)); share < 0.75 {
		t.Errorf("the second role's prompt repeats only %.0f %% of the first one's", 100*share)
	}
}

func TestAnswersThatBreakTheContractAreRepairedOnce(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	server.Next(modeltest.Content("What a nice ticket!"))
	w := withModel(t, server)
	drafts := w.comments(w.sample("rotate-token"))
	if len(drafts) != 1 || len(server.Requests()) != 5 {
		t.Fatalf("%d comments after %d calls", len(drafts), len(server.Requests()))
	}
	holds(t, server.Requests()[1].Prompt("user"), "That answer was not accepted")
	holds(t, drafts[0], "The help center says: ")
}

func TestAfterNonsenseTheModelCanBeAskedAgain(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	server.Next(modeltest.Content("What a nice ticket!"), modeltest.Content("Really nice!"))
	w := withModel(t, server)
	ticket := w.sample("rotate-token")
	drafts := w.comments(ticket)
	if len(drafts) != 1 {
		t.Fatalf("%d comments", len(drafts))
	}
	holds(t, drafts[0], "without a language model", "/oioi rerun")
	_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ticket, "/oioi rerun")
	w.check(err)
	all := w.comments(ticket)
	holds(t, all[len(all)-1], "The help center says: ")
}

func TestAClaimWithoutASourceIsRepaired(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	invented := func(r modeltest.Request) role.Output {
		out := modeltest.Draft(r)
		if u := out.Understanding; u != nil && !strings.Contains(r.Prompt("user"), "That answer was not accepted") {
			u.Reply = append(u.Reply, role.Block{Kind: role.Fact, Text: "Tokens never end.", Citations: []role.Citation{{Evidence: "E1", Quote: "tokens never end at all"}}})
		}
		return out
	}
	server.Answer(invented)
	w := withModel(t, server)
	drafts := w.comments(w.sample("rotate-token"))
	if len(drafts) != 1 || strings.Contains(drafts[0], "never end") {
		t.Errorf("an invented fact stands in the draft: %q", drafts)
	}
	if n := len(server.Requests()); n != 5 {
		t.Errorf("%d calls; the invention asks for one repair", n)
	}
}

// A model that insists on its invention loses the claim, not the run, and the maintainers read what was left out.
func TestAnInventionThatStaysIsCut(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	server.Answer(func(r modeltest.Request) role.Output {
		out := modeltest.Draft(r)
		if u := out.Understanding; u != nil {
			u.Reply = append(u.Reply, role.Block{Kind: role.Fact, Text: "Tokens never end.", Citations: []role.Citation{{Evidence: "E1", Quote: "tokens never end at all"}}},
				role.Block{Kind: role.Fact, Text: "We refund everybody.", Citations: []role.Citation{{Evidence: "E99", Quote: "refund"}}})
			u.Facts = append(u.Facts, role.Claim{Text: "The customer is angry.", Citations: []role.Citation{{Evidence: role.TicketCitation, Quote: "I am angry"}}})
		}
		return out
	})
	w := withModel(t, server)
	drafts := w.comments(w.sample("rotate-token"))
	if len(drafts) != 1 {
		t.Fatalf("%d comments", len(drafts))
	}
	reply, rest, _ := strings.Cut(drafts[0], "<!-- oioi:reply:end -->")
	if strings.Contains(reply, "never end") || strings.Contains(reply, "refund") || !strings.Contains(reply, "The help center says: ") {
		t.Errorf("the reply is\n%s", reply)
	}
	holds(t, rest, "Left out, because no source says it", "Tokens never end.", "We refund everybody.", "The customer is angry.")
	if n := len(server.Requests()); n != 5 {
		t.Errorf("%d calls; one repair is enough", n)
	}
}

func TestThePlaybooksDraftWhenTheModelIsRefused(t *testing.T) {
	t.Parallel()
	server := modeltest.NewServer(t)
	server.Next(modeltest.Status(http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+modeltest.Key))
	var log lockedBuffer
	w := newTown(t, townOptions{log: &log, model: config.Model{Provider: "openai", BaseURL: server.URL, Key: modeltest.Key, Model: "gpt-4.1", Timeout: policy.Duration(time.Minute)}})
	drafts := w.comments(w.sample("rotate-token"))
	if len(drafts) != 1 {
		t.Fatalf("%d comments", len(drafts))
	}
	holds(t, drafts[0], "without a language model", "Select the token and then **Rotate**")
	if strings.Contains(drafts[0]+log.String(), modeltest.Key) {
		t.Error("the key is told")
	}
	holds(t, log.String(), "the model did not answer")
}

// With a language model, too, a docs pull request opens only where the changed pages answer what the old ones did not.
func TestADocsChangeIsReplayed(t *testing.T) {
	t.Parallel()
	const sentence = "A token can be rotated from the command line with tallypost token rotate."
	for name, helps := range map[string]bool{"a change that answers": true, "a change that nobody needs": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.NewServer(t)
			tokens := regexp.MustCompile(`(E\d+), docs\n.*\n.*, page docs/api/tokens\.md\n`)
			server.Answer(func(r modeltest.Request) role.Output {
				out := modeltest.Draft(r)
				section := map[bool]string{true: "## Rotate a token", false: "## A token leaked"}[helps]
				if f := out.FollowThrough; f != nil {
					f.Nothing = nil
					f.DocsEdits = []role.DocsEdit{{Page: "docs/api/tokens.md", Title: "Rotate from the command line", Why: "Customers ask.", Sources: []role.Citation{},
						Edits: []role.Edit{{Find: section, Insert: "\n\n" + sentence}}}}
				}
				if u := out.Understanding; u != nil && helps {
					if !strings.Contains(r.Prompt("user"), ", release\n") { // a replay, which has the pages alone: the old ones do not say it
						u.Reply[1] = role.Block{Kind: role.Courtesy, Text: "We look into it.", Citations: []role.Citation{}}
					}
					if found := tokens.FindStringSubmatch(r.Prompt("user")); found != nil && strings.Contains(r.Prompt("user"), sentence) {
						u.Reply[1] = role.Block{Kind: role.Instruction, Text: sentence, Citations: []role.Citation{{Evidence: found[1], Quote: sentence}}}
					}
				}
				return out
			})
			w := withModel(t, server)
			ticket := w.sample("rotate-token")
			drafts := w.comments(ticket)
			pulls, err := w.world.Forge.ListPulls(forge.As("jo-lindqvist"), ticket.Repo, forge.PullFilter{State: "all"})
			w.check(err)
			if len(pulls) != map[bool]int{true: 1, false: 0}[helps] {
				t.Fatalf("%d pull requests\n%s", len(pulls), strings.Join(drafts, "\n"))
			}
			if helps {
				holds(t, pulls[0].Body, "What the help center alone answers", "| after | API tokens › Rotate a token | "+sentence)
			} else {
				holds(t, drafts[0], "the change would not help the next customer")
			}
			if n := len(server.Requests()); n != 6 {
				t.Errorf("%d calls; four roles and two replays are 6", n)
			}
		})
	}
}
