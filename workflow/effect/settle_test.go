package effect_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestAFollowUpHearsWhatBecameOfItsQuestion(t *testing.T) {
	why := "Nobody asked for more."
	answer := []role.Block{{Kind: role.Fact, Text: "It is so.", Citations: []role.Citation{{Evidence: "E2", Quote: "x"}}}}
	gap := []role.FollowUp{{Kind: "docs", Title: "Say how", Body: "How?", Acceptance: []string{"A page says how"}, Tracker: "github", Priority: "P3"}}
	standing := effect.StandingGap{Kind: effect.KindIssue, Slot: "follow_up/1", Title: "Say how", Number: 9}
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

// Beside follow-ups there are the ticket's docs pull request and its line in the list of docs gaps.
func TestWhatStandsForADocsGapHearsThatItIsAnswered(t *testing.T) {
	why := "Nobody asked for more."
	answer := []role.Block{{Kind: role.Fact, Text: "It is so.", Citations: []role.Citation{{Evidence: "E2", Quote: "x"}}}}
	line := effect.Gap{Title: "Docs gaps", Intro: "Gaps <!-- list -->", Marker: "<!-- list -->", LineMarker: effect.Marker("7/42/gap/docs_gap"), Line: "- [ ] [How?](https://docs.example.com/t): `docs/a.md` " + effect.Marker("7/42/gap/docs_gap")}
	pull := effect.StandingGap{Kind: effect.KindPull, Slot: effect.SlotPull, Title: "Docs: How", Number: 9}
	listed := effect.StandingGap{Kind: effect.KindGap, Slot: effect.SlotGap, Number: 8, Line: &line}
	for name, test := range map[string]struct {
		gap    effect.StandingGap
		reply  []role.Block
		edits  bool
		change func(in *effect.Input)
		drawn  string // in the draft
		said   string // on the pull request
		sent   string // becomes of the line once the reply was sent
		now    string // becomes of the line at once
	}{
		"the pages answer": {gap: pull, reply: answer, drawn: "sending the reply closes it", said: "by now: [How do I rotate a token?](https://docs.example.com/a)"},
		"the draft is shown elsewhere": {gap: pull, reply: answer, drawn: "sending the reply closes it", said: "For the support ticket #42, OiOi finds the answer", change: func(in *effect.Input) {
			in.Inside = &ticket.Repository{ID: 8, Owner: "acme", Name: "inside", Private: true}
			in.Rules.Inside = in.Inside
		}},
		"the change is in another ticket's": {gap: with(pull, func(g *effect.StandingGap) { g.Onto = true }), reply: answer, drawn: "answers it by now", said: "may not be needed any more"},
		"it was merged":                     {gap: with(pull, func(g *effect.StandingGap) { g.Closed = true }), reply: answer},
		"it is proposed again":              {gap: pull, reply: answer, edits: true},
		"it is needed again":                {gap: with(pull, func(g *effect.StandingGap) { g.Said = true }), reply: answer, edits: true, said: "this change is needed still"},
		"on a sensitive matter": {gap: pull, reply: answer, change: func(in *effect.Input) {
			in.Inside = &ticket.Repository{ID: 8, Owner: "acme", Name: "inside", Private: true}
			in.Public, in.Outputs.Understanding.Category, in.Rules.Inside = true, role.Security, in.Inside
		}},
		"a page answers what is listed": {gap: listed, reply: answer, drawn: "sending the reply ticks it off",
			sent: "- [x] [How?](https://docs.example.com/t): `docs/a.md`, answered by now in [How do I rotate a token?](https://docs.example.com/a) " + line.LineMarker},
		"the line is ticked already":        {gap: with(listed, func(g *effect.StandingGap) { g.Said = true }), reply: answer},
		"what is listed is needed again":    {gap: with(listed, func(g *effect.StandingGap) { g.Said = true }), reply: answer, edits: true, now: line.Line},
		"what is listed is needed as it is": {gap: listed, reply: answer, edits: true},
	} {
		t.Run(name, func(t *testing.T) {
			in := hostile("How do I rotate a token?", false)
			edits := in.Outputs.FollowThrough.DocsEdits
			in.Outputs.Understanding.Reply, in.Outputs.FollowThrough = test.reply, &role.FollowThrough{Nothing: &why}
			if test.edits {
				in.Outputs.FollowThrough.DocsEdits = edits
			}
			in.Gaps = []effect.StandingGap{test.gap}
			if test.change != nil {
				test.change(&in)
			}
			effects, _, _, err := effect.Plan(in, templates.Texts{})
			if err != nil {
				t.Fatal(err)
			}
			said, draft, sent, now := "", "", "", ""
			for _, e := range effects {
				switch {
				case e.Comment != nil && e.Comment.Settle != nil:
					said = e.Comment.Body
					if e.Slot != "answered/docs/9" || e.Comment.On != 9 || e.In != nil || !e.Comment.Settle.Pull || e.Comment.Settle.Answered == test.edits || e.Comment.Settle.Hash != "" {
						t.Errorf("%+v", e)
					}
				case e.Comment != nil:
					if draft = e.Comment.Body; e.Comment.Sent != nil {
						sent = e.Comment.Sent.Stands()
					}
				case e.Gap != nil:
					now = e.Gap.Stands()
				}
			}
			if (said == "") != (test.said == "") || !strings.Contains(said, test.said) || strings.Contains(said, "draft") {
				t.Errorf("the pull request hears %q, want %q", said, test.said)
			}
			if !strings.Contains(draft, test.drawn) || test.drawn == "" && strings.Contains(draft, "by now") {
				t.Errorf("the draft says\n%s", draft)
			}
			if sent != test.sent || now != test.now {
				t.Errorf("the line becomes\n%q now and\n%q then, want\n%q and\n%q", now, sent, test.now, test.sent)
			}
		})
	}
}

func with(gap effect.StandingGap, change func(*effect.StandingGap)) effect.StandingGap {
	change(&gap)
	return gap
}
