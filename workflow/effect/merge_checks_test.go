package effect_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/role"
)

// A check that a page's change is merged follows the change: to the page that it goes to, and away where there is none.
func TestAChecksPullRequestIsTheOneThatOpens(t *testing.T) {
	merged := func(subject string) role.Check {
		return role.Check{ID: "C1", Kind: "pr_merged", Text: "The change of " + subject + " is merged", Subject: subject, Source: "the docs pull request", DueHours: 8}
	}
	for name, test := range map[string]struct {
		checks []role.Check
		change func(in *effect.Input)
		want   []string
	}{
		"it is about the page":        {checks: []role.Check{merged("docs/a.md")}, want: []string{"docs/a.md"}},
		"a person named another page": {checks: []role.Check{merged("docs/b.md")}, want: []string{"docs/a.md"}},
		"one follows already":         {checks: []role.Check{merged("docs/b.md"), merged("docs/a.md")}, want: []string{"docs/a.md"}},
		"it is about other work":      {checks: []role.Check{merged("the fix of the importer")}, want: []string{"the fix of the importer"}},
		"nothing changes":             {checks: []role.Check{merged("docs/b.md")}, change: func(in *effect.Input) { in.Outputs.FollowThrough.DocsEdits = nil }},
		"pull requests are off":       {checks: []role.Check{merged("docs/a.md")}, change: func(in *effect.Input) { in.Rules.PullRequests = false }},
	} {
		t.Run(name, func(t *testing.T) {
			in := hostile("How do I rotate a token?", false)
			in.Outputs.Measurement.Checks = test.checks
			if test.change != nil {
				test.change(&in)
			}
			effects, _, _, err := effect.Plan(in, templates.Texts{})
			if err != nil {
				t.Fatal(err)
			}
			draft := ""
			for _, e := range effects {
				if e.Comment != nil {
					draft = e.Comment.Body
				}
			}
			if n := strings.Count(draft, " is merged"); n != len(test.want) {
				t.Errorf("the draft has %d checks, want %v\n%s", n, test.want, draft)
			}
			for _, page := range test.want {
				if !strings.Contains(draft, "The change of "+page+" is merged") {
					t.Errorf("no check for %s in\n%s", page, draft)
				}
			}
		})
	}
}
