package desk

import (
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Whatever a CODEOWNERS file says, nobody is asked whom the gate would not let be asked.
func FuzzOwnersOf(f *testing.F) {
	f.Add("* @ada\n/docs/ @acme/docs someone@example.com\ndocs/**/*.md @grace # last\n")
	f.Add("docs/a.md\n")
	f.Add("[section]\n!docs @x\n")
	pull := effect.Effect{Key: "7/1/pull/docs", Kind: effect.KindPull, Repository: ticket.Repository{ID: 7, Owner: "acme", Name: "support"},
		Pull: &effect.Pull{Files: []effect.File{{Path: "docs/a.md"}, {Path: "docs/b/c.md"}}}}
	rules := effect.Rules{Repositories: []int64{7}, Reviews: true, Audience: evidence.Public}
	f.Fuzz(func(t *testing.T, text string) {
		review, err := ownersOf([]byte(text), pull)
		if err != nil || review == nil {
			return
		}
		made := simple(Place{Repository: pull.Repository}, 1, effect.KindReview, effect.SlotPull)
		made.Review = review
		if len(review.Logins)+len(review.Teams) > reviewersAsked {
			t.Errorf("%q asks %d", text, len(review.Logins)+len(review.Teams))
		}
		if why := rules.Refuse(made); why != "" {
			t.Errorf("%q asks %+v, and the gate says %s", text, review, why)
		}
	})
}
