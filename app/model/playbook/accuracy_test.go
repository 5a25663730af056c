package playbook

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// labelled is a ticket with the category that its author meant.
type labelled struct {
	ID       string
	Kind     string
	Category role.Category
	Language string
	Title    string
	Body     string
}

func (l labelled) ticket() ticket.Ticket {
	return ticket.Ticket{
		Repository: ticket.Repository{ID: 7, Owner: "acme", Name: "support", Private: true}, Number: 12, ID: 99,
		Title: ticket.Text(l.Title), Body: ticket.Text(l.Body), Author: ticket.Person{Login: "sam", ID: 5}, State: "open",
	}
}

func tickets(t testing.TB, set string) []labelled {
	t.Helper()
	name := filepath.Join("..", "testdata", "tickets", set+".yml")
	if set == "tuning" || set == "examples" {
		name = filepath.Join("testdata", set+".yml")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []labelled
	if err := yaml.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCategoryAccuracy measures the embedded signals. The deciding set holds tickets that somebody else wrote without
// sight of the signals, and on which no signal was tuned: nobody reads it to tune, and its misses are never printed, only
// counted. Set b decided first. The signals of that day, fitted to set a (100 %) and the tuning tickets (97 %), got 66 of
// its 84 tickets right, 78.6 %: they held phrases where they should have held intents. So set b was read and became a
// tuning set, the examples were written, and the signals were widened to word families and to words counted on all of
// these. What they score on the tuning sets therefore proves little; it only guards against losing what worked. Set c is
// fresh and decides now; set d, written later still by somebody who saw nothing of the project, was measured once beside it.
func TestCategoryAccuracy(t *testing.T) {
	deciding := []string{"set-c", "set-d"}
	for set, least := range map[string]float64{"set-a": 0.90, "set-b": 0.90, "tuning": 0.90, "examples": 0.90, "set-c": 0.85, "set-d": 0.85} {
		t.Run(set, func(t *testing.T) {
			all := tickets(t, set)
			if len(all) < 60 {
				t.Fatalf("%s holds %d tickets; the measure wants at least 60", set, len(all))
			}
			right := 0
			for _, l := range all {
				scored := policy.Classify(policy.EmbeddedPlaybooks(), l.ticket())
				if scored[0].Playbook.Category == l.Category {
					right++
				} else if !slices.Contains(deciding, set) {
					t.Logf("%s is %s, not %s (%.1f %q, then %s %.1f %q): %s", l.ID, l.Category, scored[0].Playbook.ID, scored[0].Score, scored[0].Hits,
						scored[1].Playbook.ID, scored[1].Score, scored[1].Hits, l.Title)
				}
			}
			accuracy := float64(right) / float64(len(all))
			t.Logf("%s: %d of %d right, %.1f %%", set, right, len(all), 100*accuracy)
			if accuracy < least {
				t.Errorf("accuracy on %s is %.1f %%, want at least %.0f %%", set, 100*accuracy, 100*least)
			}
		})
	}
}
