package desk

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// askedFor answers every question for a repository with one.
type askedFor struct {
	Sources
	found ticket.Repository
	err   error
	asked int
}

func (s *askedFor) Repository(_ context.Context, _ Place, owner, name string) (ticket.Repository, error) {
	s.asked++
	s.found.Owner, s.found.Name = owner, name
	return s.found, s.err
}

func (s *askedFor) Tree(context.Context, Place, string, string) (map[string]string, error) {
	return nil, s.err
}

type forGood struct{ error }

func (forGood) Permanent() bool { return true }

// Where the help center is: the ticket's own repository unless the configuration names another one, and nowhere for a public
// ticket where that is private.
func TestTheHelpCenterOfAnotherRepository(t *testing.T) {
	t.Parallel()
	own := ticket.Repository{ID: 7, Owner: "acme", Name: "support"}
	blip := errors.New("a blip")
	for name, c := range map[string]struct {
		named   string
		found   ticket.Repository
		err     error
		public  bool
		inside  bool
		asked   int
		missing string
		fails   error
		is      string
	}{
		"none named":                        {named: "", is: ""},
		"its own name":                      {named: "Acme/Support", is: ""},
		"its own, by its former name":       {named: "acme/help-desk", found: ticket.Repository{ID: 7}, asked: 1, is: ""},
		"public, for all":                   {named: "acme/help", found: ticket.Repository{ID: 8}, public: true, asked: 1, is: "acme/help"},
		"private, for those of a private":   {named: "acme/help", found: ticket.Repository{ID: 8, Private: true}, asked: 1, is: "acme/help"},
		"private, and the ticket is public": {named: "acme/help", found: ticket.Repository{ID: 8, Private: true}, public: true, asked: 1, missing: notForReaders},
		"private, and the draft is inside":  {named: "acme/help", found: ticket.Repository{ID: 8, Private: true}, public: true, inside: true, asked: 1, is: "acme/help"},
		"gone, and the ticket is public":    {named: "acme/help", err: forGood{errors.New("acme/help: 404")}, public: true, asked: 1, missing: notForReaders},
		"gone":                              {named: "acme/help", err: forGood{errors.New("acme/help: 404")}, asked: 1, missing: "OiOi cannot reach the repository that `docs.repository` names; install the App there too"},
		"for a moment":                      {named: "acme/help", err: blip, asked: 1, fails: blip},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := &askedFor{found: c.found, err: c.err}
			audience := evidence.Repository
			if c.public {
				audience = evidence.Public
			}
			place := Place{InstallationID: 3, Repository: own}
			got, err := Engine{Sources: source}.help(t.Context(), place, c.named, audience, c.inside)
			var missing evidence.Missing
			if errors.As(err, &missing); missing.Reason != c.missing || c.fails != nil && !errors.Is(err, c.fails) || (err == nil) != (c.missing == "" && c.fails == nil) {
				t.Errorf("the error is %v", err)
			}
			if source.asked != c.asked {
				t.Errorf("GitHub was asked %d times", source.asked)
			}
			is := ""
			if got != nil {
				is = got.FullName()
			}
			if is != c.is {
				t.Errorf("it is in %q", is)
			}
			if at := place.holding(got); at.InstallationID != 3 || got == nil && at != place || got != nil && at.Repository != *got {
				t.Errorf("it is read at %v", at)
			}
		})
	}
}

// Of a help center that is gone when the plan is made a follow-up keeps the words of the edits, and the rest is as ever. The
// ticket's own is read again, as every failure of GitHub.
func TestAHelpCenterThatGoesBeforeThePlan(t *testing.T) {
	t.Parallel()
	source := &askedFor{err: forGood{errors.New("404")}}
	e := Engine{Sources: source, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}
	edit := role.DocsEdit{Page: "docs/a.md", Title: "A", Edits: []role.Edit{{Find: "# A", Insert: "More about it."}}}
	done := workflow.Finish{Outputs: role.Outputs{Understanding: &role.Understanding{Category: role.Documentation, Severity: "S3"}, HandlingPlan: &role.HandlingPlan{},
		Measurement: &role.Measurement{}, FollowThrough: &role.FollowThrough{DocsEdits: []role.DocsEdit{edit}}}}
	run := Run{Commit: "c0ffee", Ticket: ticket.Ticket{Number: 4, Repository: ticket.Repository{ID: 7, Private: true}}, Settings: config.Settings{Config: config.DefaultRepository()}}
	if _, err := e.Plan(t.Context(), &run, done, 1, nil); !errors.Is(err, source.err) {
		t.Errorf("without its own pages the plan is made: %v", err)
	}
	run.Help = &ticket.Repository{ID: 8, Owner: "acme", Name: "help"}
	plan, err := e.Plan(t.Context(), &run, done, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	draft, kept := "", ""
	for _, made := range plan.Effects {
		if made.Pull != nil {
			t.Errorf("an edit of a page that is gone is made: %v", made)
		}
		if made.Issue != nil {
			kept = made.Issue.Body
		}
		if made.Kind == effect.KindComment {
			draft = made.Comment.Body
		}
	}
	if !strings.Contains(kept, "the help center could not be read") || !strings.Contains(kept, "+More about it.") {
		t.Errorf("the follow-up is %q", kept)
	}
	if said := "The help center: the repository that `docs.repository` names could not be read"; !strings.Contains(draft, said) {
		t.Errorf("the draft does not say %q:\n%s\n%v", said, draft, plan.Refused)
	}
}
