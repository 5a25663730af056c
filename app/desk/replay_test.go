package desk

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// passages answers a replay with the page as it was and as it is to be.
type passages struct {
	Sources
	before, after string
}

func (p passages) Replay(context.Context, Place, string, string, map[string]string, evidence.Query) (before, after []evidence.Item, err error) {
	item := func(text string) []evidence.Item {
		return []evidence.Item{{ID: "E1", Kind: evidence.Docs, Path: "docs/a.md", Title: "Tokens", Text: ticket.Text(text)}}
	}
	return item(p.before), item(p.after), nil
}

// quoting is a model that answers with the first sentence of its evidence that it was told to know.
type quoting struct{ knows []string }

func (quoting) Name() string { return "quoting" }

func (q quoting) Complete(_ context.Context, r model.Request) (model.Response, error) {
	none := "nothing is known"
	u := &role.Understanding{Summary: "s", CustomerGoal: "g", BlockedOn: "b", Impact: "i", Severity: "S4", Category: role.HowTo, Language: "en", ReplyMust: []string{"answer"}, ReplyNone: &none}
	for _, words := range q.knows {
		if len(r.Brief.Evidence.Items) > 0 && evidence.Quoted(r.Brief.Evidence.Items[0], words) && u.ReplyNone != nil {
			u.ReplyNone = nil
			u.Reply = []role.Block{{Kind: role.Fact, Text: words, Citations: []role.Citation{{Evidence: "E1", Quote: words}}}}
		}
	}
	data, err := json.Marshal(role.Output{Understanding: u})
	return model.Response{Output: data}, err
}

// A docs pull request opens only where the change makes the difference.
func TestAReplayDiffersOnlyWhereTheChangeMakesTheDifference(t *testing.T) {
	t.Parallel()
	const old, fresh = "Select Rotate on the page of the token.", "The old token works for a day."
	for name, c := range map[string]struct {
		before, after string // the page
		edit          role.Edit
		category      role.Category
		knows         []string // nil: without a language model
		cites         string   // what the reply to the customer rests on
		want          bool
		why           string
	}{
		"the page did not answer":                    {"Intro.", "Intro.\n\n" + fresh, role.Edit{Insert: fresh}, role.HowTo, nil, fresh, true, "the change brings the answer"},
		"the page answers already":                   {old, old + "\n\n" + fresh, role.Edit{Insert: fresh}, role.HowTo, nil, old, false, "is answered from Tokens already"},
		"the page says just that":                    {old, old + "\n\n" + old, role.Edit{Insert: old}, role.HowTo, nil, old, false, "still answered from Tokens"},
		"what answers comes first now":               {"Intro.", old, role.Edit{Insert: "Tokens: see Rotate."}, role.HowTo, nil, old, true, "what leads to it"},
		"the page is wrong":                          {old, old + "\n\n" + fresh, role.Edit{Insert: fresh}, role.Documentation, nil, old, true, "the change brings the answer"},
		"the model finds nothing before":             {"Intro.", "Intro.\n\n" + fresh, role.Edit{Insert: fresh}, role.HowTo, []string{fresh}, fresh, true, "the change brings the answer"},
		"the model answers without the change":       {old, old + "\n\n" + fresh, role.Edit{Insert: fresh}, role.HowTo, []string{fresh, old}, old, false, "is answered from Tokens already"},
		"the model answers from what is taken away":  {old, fresh, role.Edit{Find: old, Insert: fresh, Replace: true}, role.HowTo, []string{fresh, old}, old, true, "the change brings the answer"},
		"the model quotes what the page says anyway": {old, old + "\n\n" + old, role.Edit{Insert: old}, role.HowTo, []string{old}, old, false, "still answered from Tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := config.DefaultSettings()
			u := &role.Understanding{Category: c.category, CustomerGoal: "g", Reply: []role.Block{{Kind: role.Fact, Text: "x", Citations: []role.Citation{{Evidence: "E1", Quote: c.cites}}}}}
			run := Run{Settings: settings, Evidence: evidence.Set{Items: []evidence.Item{{ID: "E1", Text: ticket.Text(c.cites)}}}}
			run.State.Accepted = []workflow.Accepted{{StepID: "understand", Output: role.Output{Understanding: u}}}
			changes := []effect.Change{{Edit: role.DocsEdit{Page: "docs/a.md", Edits: []role.Edit{c.edit}}, File: effect.File{Path: "docs/a.md", Old: c.before, New: c.after}}}
			engine := Engine{Model: quoting{}, Sources: passages{before: c.before, after: c.after}, Count: func(string) int { return 1 }}
			if c.knows != nil {
				engine.Model, engine.Fallback = quoting{c.knows}, quoting{}
			}
			got, _, err := engine.replay(t.Context(), run, "c0ffee", changes)
			if err != nil || got.Differs != c.want || got.Answered == c.want || !strings.Contains(got.Why, c.why) {
				t.Errorf("the replay says %+v, %v", got, err)
			}
		})
	}
}
