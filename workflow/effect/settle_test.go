package effect_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/role"
)

func TestAFollowUpHearsWhatBecameOfItsQuestion(t *testing.T) {
	why := "Nobody asked for more."
	answer := []role.Block{{Kind: role.Fact, Text: "It is so.", Citations: []role.Citation{{Evidence: "E2", Quote: "x"}}}}
	gap := []role.FollowUp{{Kind: "docs", Title: "Say how", Body: "How?", Acceptance: []string{"A page says how"}, Tracker: "github", Priority: "P3"}}
	standing := effect.StandingGap{Slot: "follow_up/1", Title: "Say how", Number: 9}
	for name, test := range map[string]struct {
		reply  []role.Block
		again  []role.FollowUp
		said   bool
		change func(in *effect.Input)
		want   string
	}{
		"the pages answer":                   {reply: answer, want: "answers this from the help center: [How do I rotate a token?](https://docs.example.com/a)"},
		"they answer, and a person approves": {reply: answer, change: func(in *effect.Input) { in.Waits = func(effect.Effect) string { return "abc" } }, want: "answers this"},
		"nothing answers still":              {again: gap},
		"nothing answers any more":           {again: gap, said: true, want: "does not answer this from the help center any more"},
		"nothing answers, and work is over":  {said: true},
		"something is missing all the same":  {reply: answer, again: gap},
		"nobody may read it":                 {reply: answer, change: func(in *effect.Input) { in.Public, in.Outputs.Understanding.Category = true, role.Security }},
	} {
		t.Run(name, func(t *testing.T) {
			in := hostile("How do I rotate a token?", false)
			in.Outputs.Understanding.Reply, in.Outputs.FollowThrough = test.reply, &role.FollowThrough{FollowUps: test.again, Nothing: &why}
			standing.Said = test.said
			in.Gaps = []effect.StandingGap{standing}
			if test.change != nil {
				test.change(&in)
			}
			effects, _, _, err := effect.Plan(in, templates.Texts{})
			if err != nil {
				t.Fatal(err)
			}
			said, draft := "", ""
			for _, e := range effects {
				if e.Comment != nil && e.Comment.Settle == nil {
					draft = e.Comment.Body
				}
				if e.Comment == nil || e.Comment.Settle == nil {
					continue
				}
				said = e.Comment.Body
				if e.Slot != "answered/follow_up/1" || e.Comment.On != 9 || e.Comment.Settle.Answered != strings.Contains(test.want, "answers") || e.Comment.Settle.Hash != "" {
					t.Errorf("%+v", e.Comment)
				}
			}
			if (said == "") != (test.want == "") || !strings.Contains(said, test.want) {
				t.Errorf("it hears %q, want %q", said, test.want)
			}
			if answered := strings.Contains(test.want, "answers"); answered != strings.Contains(draft, "sending the reply closes it") || answered && in.Waits != nil && !strings.Contains(draft, "say on the follow-up 9 that its question is answered") {
				t.Errorf("the draft says\n%s", draft)
			}
		})
	}
}
