package playbook

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/connect/docs"
	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/sandbox/sample"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// desk is the sample's help center, tracker and policy, as a run meets them.
type desk struct {
	tracker.Reader // what no test here asks for
	repo           ticket.Repository
	policy         policy.Policy
	center         *docs.Center
	issues         []ticket.Ticket
	talk           map[int][]ticket.Comment
	tags           []tracker.Release
}

func (d *desk) Issues(context.Context, int64, ticket.Repository, tracker.IssueQuery) (tracker.IssuePage, error) {
	page := tracker.IssuePage{Issues: d.issues}
	for _, i := range d.issues {
		if i.UpdatedAt.After(page.Newest) {
			page.Newest = i.UpdatedAt
		}
	}
	return page, nil
}
func (d *desk) Closings(context.Context, int64, ticket.Repository, int) ([]tracker.Closing, error) {
	return nil, nil
}
func (d *desk) Head(context.Context, int64, ticket.Repository, string) (string, error) {
	return "", tracker.ErrNotThere // the releases say the same
}
func (d *desk) Conversation(_ context.Context, _ int64, _ ticket.Repository, number int) ([]ticket.Comment, error) {
	return d.talk[number], nil
}
func (d *desk) Releases(context.Context, int64, ticket.Repository, int) ([]tracker.Release, error) {
	return d.tags, nil
}

var desks = sync.OnceValue(func() map[string]*desk {
	out := map[string]*desk{}
	for _, r := range sample.Repositories() {
		tree, err := r.Tree("https://github.test")
		if err != nil {
			panic(err)
		}
		c, err := config.ParseRepository(config.RepositoryFile, tree[config.RepositoryFile])
		if err != nil {
			panic(err)
		}
		pages := map[string]string{}
		for name, data := range tree {
			if strings.HasPrefix(name, "docs/") && docs.IsPage(name) {
				pages[name] = string(data)
			}
		}
		d := &desk{repo: ticket.Repository{ID: 7, Owner: r.Owner, Name: r.Name, Private: r.Private, DefaultBranch: "main"}, policy: c.Policy, talk: map[int][]ticket.Comment{}}
		if d.center, err = docs.Pages(context.Background(), d.repo, "c0ffee", "docs", pages, docs.Blob("https://github.test", d.repo, "c0ffee")); err != nil {
			panic(err)
		}
		for _, i := range r.Issues {
			d.issues = append(d.issues, ticket.Ticket{Repository: d.repo, Number: i.Number, ID: int64(i.Number), URL: fmt.Sprintf("https://github.test/%s/issues/%d", r.FullName(), i.Number),
				Title: ticket.Text(i.Title), Body: ticket.Text(i.Body), Author: person(i.Author), Labels: i.Labels, State: i.State, CreatedAt: i.Created, UpdatedAt: i.Created})
			for n, comment := range i.Comments {
				d.talk[i.Number] = append(d.talk[i.Number], ticket.Comment{ID: int64(100*i.Number + n), Author: person(comment.Author), Body: ticket.Text(comment.Body)})
			}
		}
		for _, release := range r.Releases {
			d.tags = append(d.tags, tracker.Release{Tag: release.Tag, Name: release.Name, Notes: release.Body, URL: "https://github.test/releases/" + release.Tag})
		}
		out[r.Name] = d
	}
	return out
})

func person(login string) ticket.Person {
	p := ticket.Person{Login: login, ID: int64(len(login)) * 31, Association: "NONE"}
	for _, u := range sample.Users() {
		if u.Login == login && u.Kind == sample.Maintainer {
			p.Association = "MEMBER"
		}
	}
	return p
}

// brief gathers evidence for a ticket as a run does.
func (d *desk) brief(t testing.TB, tick ticket.Ticket) workflow.Brief {
	t.Helper()
	tick.Repository = d.repo
	query := func(limit int) evidence.Query { return evidence.Query{Ticket: tick, Words: tick.Words(), Limit: limit} }
	items, err := d.center.Search(t.Context(), tick.Words(), 8)
	if err != nil {
		t.Fatal(err)
	}
	from := &tracker.Tracker{From: d}
	similar, err := from.Similar(t.Context(), 1, query(4), "incident")
	if err != nil {
		t.Fatal(err)
	}
	releases, err := from.Releases(t.Context(), 1, query(3))
	if err != nil {
		t.Fatal(err)
	}
	var books []policy.Playbook
	for _, s := range policy.Classify(policy.EmbeddedPlaybooks(), tick)[:2] {
		books = append(books, s.Playbook)
	}
	definition, roles := workflow.Standard()
	return workflow.Brief{Definition: definition, Roles: roles, Ticket: tick, Policy: d.policy, Playbooks: books, Audience: evidence.Repository,
		Evidence: evidence.Set{Items: evidence.Rank(append(append(items, similar...), releases...), evidence.DefaultBudget)}}
}

func sampleTicket(id string) (*desk, ticket.Ticket) {
	for _, s := range sample.Tickets() {
		if s.ID == id {
			d := desks()[s.Repository]
			return d, ticket.Ticket{Repository: d.repo, Number: 40, ID: 40, Title: ticket.Text(s.Title), Body: ticket.Text(s.Body()), Author: person(s.Author), Labels: s.Labels, State: "open"}
		}
	}
	panic("no sample ticket " + id)
}

// work runs all four roles on a brief, checks every output against its contract and the definition of done, and returns the parts.
func work(t testing.TB, b workflow.Brief) (role.Outputs, []string) {
	t.Helper()
	drafter := New()
	text := b.Ticket.Title.Raw() + "\n" + b.Ticket.Body.Raw()
	for _, c := range b.Ticket.Comments {
		text += "\n" + c.Body.Raw()
	}
	in := role.Context{TicketText: text, PolicyText: b.Policy.Quotable(), Directed: b.Direction != "", Evidence: b.Evidence, Owners: b.Policy.Owners(), Targets: b.Policy.Targets(), CheckReply: b.Policy.CheckReply}
	var notes []string
	for _, step := range b.Definition.Steps {
		b.Step, in.Outputs = step, b.Accepted
		response, err := drafter.Complete(t.Context(), model.Request{Brief: b, Returns: step.Returns})
		if err != nil {
			t.Fatal(err)
		}
		var out role.Output
		if err := json.Unmarshal(response.Output, &out); err != nil {
			t.Fatal(err)
		}
		for _, p := range role.Validate(step.Returns, out, in) {
			t.Errorf("%q breaks its contract: %s %s", b.Ticket.Title.Raw(), p.Where, p.Message)
		}
		notes = append(notes, *out.Handoff)
		switch {
		case out.Understanding != nil:
			if raised := b.Policy.RaiseUnderstanding(out.Understanding); len(raised) > 0 {
				t.Errorf("%q: the drafter is below a floor: %s", b.Ticket.Title.Raw(), raised)
			}
			b.Accepted.Understanding = out.Understanding
		case out.HandlingPlan != nil:
			b.Accepted.HandlingPlan = out.HandlingPlan
		case out.Measurement != nil:
			b.Accepted.Measurement = out.Measurement
		case out.FollowThrough != nil:
			b.Accepted.FollowThrough = out.FollowThrough
		}
	}
	in.Outputs = b.Accepted
	unmet := role.Unfulfilled(b.Definition.DoneNames(), b.Accepted, in)
	if len(b.Policy.Reply.Forbidden) > 0 { // what it forbids may be the answer; then code takes the path back, as in a run
		if amended, ok := role.Amend(b.Definition.DoneNames(), unmet, b.Accepted, in); ok {
			unmet = role.Unfulfilled(b.Definition.DoneNames(), amended.Outputs, in)
		}
	}
	for _, u := range unmet {
		t.Errorf("%q is not done: %s: %s", b.Ticket.Title.Raw(), u.Check, u.Why)
	}
	return b.Accepted, notes
}

func describe(b workflow.Brief, o role.Outputs, notes []string) string {
	var out strings.Builder
	u, p := o.Understanding, o.HandlingPlan
	fmt.Fprintf(&out, "== %s [%s %s %s]\n%s\ngoal: %s\nblocked: %s\nimpact: %s\nfacts: %v\nassume: %v\n", b.Ticket.Title.Raw(), u.Category, u.Severity, u.Language, u.Summary, u.CustomerGoal, u.BlockedOn, u.Impact, u.Facts, u.Assumptions)
	fmt.Fprintf(&out, "--- reply\n%s\n", role.ReplyText(u.Reply))
	if u.ReplyNone != nil {
		fmt.Fprintf(&out, "NO REPLY: %s\n", *u.ReplyNone)
	}
	fmt.Fprintf(&out, "--- plan %s: %s | %s: %s | next %g\n", p.Path, p.Why, p.Owner, p.OwnerWhy, p.NextUpdateHours)
	for _, a := range p.Actions {
		fmt.Fprintf(&out, "  %s %s (%g h) until: %s\n", a.ID, a.Text, a.DueHours, a.DoneWhen)
	}
	if p.Escalation != nil {
		fmt.Fprintf(&out, "  escalate %+v\n", *p.Escalation)
	}
	fmt.Fprintf(&out, "  limits %q alternatives %+v dup %v\n", p.LimitsApplied, p.Alternatives, p.DuplicateOf)
	for _, c := range o.Measurement.Checks {
		fmt.Fprintf(&out, "  check %s %s | %s\n", c.Kind, c.Text, c.Subject)
	}
	for _, f := range o.FollowThrough.FollowUps {
		fmt.Fprintf(&out, "  follow-up %s %s %q\n", f.Kind, f.Priority, f.Title)
	}
	for _, e := range o.FollowThrough.DocsEdits {
		fmt.Fprintf(&out, "  docs %s: %s\n    %+v\n", e.Page, e.Why, e.Edits)
	}
	if o.FollowThrough.Nothing != nil {
		fmt.Fprintf(&out, "  nothing: %s\n", *o.FollowThrough.Nothing)
	}
	fmt.Fprintf(&out, "notes: %s\n", strings.Join(notes, " / "))
	return out.String()
}

func TestSampleTicketsAreDrafted(t *testing.T) {
	for _, s := range sample.Tickets() {
		t.Run(s.ID, func(t *testing.T) {
			d, tick := sampleTicket(s.ID)
			b := d.brief(t, tick)
			o, notes := work(t, b)
			t.Log("\n" + describe(b, o, notes))
			if testing.Verbose() {
				c := open(b)
				for _, p := range c.docs[:min(3, len(c.docs))] {
					t.Logf("docs %.2f share %.2f words %d coded %t: %s", p.score, p.share, p.words, p.coded, p.item.Title)
				}
			}
		})
	}
}
