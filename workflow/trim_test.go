package workflow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func long(t *testing.T) Brief {
	t.Helper()
	def, roles := Standard()
	ada := ticket.Person{Login: "ada", ID: 5}
	b := Brief{Definition: def, Roles: roles, Step: def.Steps[0], Audience: evidence.Repository, Playbooks: policy.EmbeddedPlaybooks()[:2],
		Ticket: ticket.Ticket{Author: ada, Title: ticket.Text("Export ends"), Body: ticket.Text("It ends.\n" + strings.Repeat("log line\n", 3000) + "error: the last line")}}
	for i := range 6 {
		b.Evidence.Items = append(b.Evidence.Items, evidence.Item{ID: fmt.Sprintf("E%d", i+1), Kind: []evidence.Kind{evidence.Docs, evidence.Similar}[i%2], Visibility: evidence.Public,
			Text: ticket.Text(strings.Repeat("words of evidence ", 200))})
	}
	for i, who := range []ticket.Person{ada, {Login: "bo", ID: 6}, {Login: "cy", ID: 7, Association: "MEMBER"}} {
		b.Ticket.Comments = append(b.Ticket.Comments, ticket.Comment{ID: int64(i + 1), Author: who, Body: ticket.Text(strings.Repeat("a comment ", 300))})
	}
	return b
}

func words(text string) int { return len(strings.Fields(text)) }

// What a prompt costs is itemised, and each item costs what its prompt is shorter by without it.
func TestAPromptIsItemised(t *testing.T) {
	b := long(t)
	sum, names := 0, []string{}
	for _, s := range Itemise(b, words) {
		sum += s.Tokens
		if s.Name == "" {
			continue
		}
		names = append(names, s.Name)
		without := Compile(b.Without(Cut{Sources: []string{s.Name}}), words).Tokens()
		saved := Compile(b, words).Tokens() - without
		if diff := saved - s.Tokens; diff < -20 || diff > 20 {
			t.Errorf("%s costs %d, and without it the prompt is shorter by %d", s.Name, s.Tokens, saved)
		}
		if s.Loses == "" || s.What == "" {
			t.Errorf("%s does not say what is lost", s.Name)
		}
	}
	if whole := Compile(b, words).Tokens(); sum < whole*95/100 || sum > whole*105/100 {
		t.Errorf("the items are %d words of %d", sum, whole)
	}
	want := []string{"customer-comments", "team-comments", "other-comments", "playbook-" + b.Playbooks[0].ID, "playbook-" + b.Playbooks[1].ID, "docs", "similar"}
	if !slices.Equal(names, want) {
		t.Errorf("the sources are %v, want %v", names, want)
	}
}

// Trimming stops as soon as the prompt fits, cuts what is worth least first, and never cuts what the customer asks.
func TestTrimCutsTheLeastValuableFirst(t *testing.T) {
	b := long(t)
	whole := Compile(b, words).Tokens()
	smallest := Compile(b.Without(Cut{Sources: []string{"customer-comments", "team-comments", "other-comments", "docs", "similar", "playbook-" + b.Playbooks[0].ID,
		"playbook-" + b.Playbooks[1].ID}, Texts: textLengths[2]}), words).Tokens()
	last := 0
	for limit := whole; limit >= smallest; limit -= 100 {
		cut, lost := Trim(b, Cut{}, limit, words)
		left := b.Without(cut)
		if n := Compile(left, words).Tokens(); n > limit {
			t.Fatalf("cut to %d words, limit %d: %v", n, limit, lost)
		}
		if (limit == whole) != (len(lost) == 0) {
			t.Fatalf("limit %d of %d loses %v", limit, whole, lost)
		}
		if len(lost) < last {
			t.Errorf("a lower limit loses less: %v", lost)
		}
		last = len(lost)
		if len(left.Evidence.Items) < keptBest && len(left.Ticket.Comments) > 1 {
			t.Errorf("the best evidence went before comments of others: %v", lost)
		}
		if len(left.Evidence.Items) > 0 && left.Evidence.Items[0].ID != "E1" {
			t.Errorf("the best evidence went first: %v", lost)
		}
		if body := left.Ticket.Body.Raw(); !strings.HasPrefix(body, "It ends.") || !strings.HasSuffix(body, "error: the last line") {
			t.Errorf("beginning or end of the ticket is lost: %v", lost)
		}
		if again, more := Trim(b, cut, limit, words); len(more) > 0 || fmt.Sprint(again) != fmt.Sprint(cut) {
			t.Errorf("trimmed again, it loses more: %v", more)
		}
	}
	if cut, lost := Trim(b, Cut{}, 1, words); len(lost) == 0 || Compile(b.Without(cut), words).Tokens() > smallest {
		t.Errorf("where nothing is enough, it is as short as it gets: %v", lost)
	}
}
