package app

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aymanbagabas/go-udiff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
)

var update = flag.Bool("update", false, "write what the stories say now into their files")

// Each story is one ticket's way through OiOi in the sandbox, from the form to the last effect: the file's comment says
// what people do, one act a line, and the files below it what then stands on GitHub.
//
//	sample ID                     the customer files a sample ticket
//	file WHO REPOSITORY FILE      WHO files the issue form's body in FILE; its first line is the title
//	comment WHO WORDS             WHO comments on the ticket
//	inside WHO WORDS              WHO comments on the ticket's internal issue
//	edit WHO FILE                 WHO replaces the ticket's text
//	label WHO NAME                WHO sets a label
//	config FILE                   the repository's .github/oioi.yml becomes FILE
//	commit REPOSITORY PATH FILE   the repository's file PATH becomes FILE
//	discuss WHO WORDS             WHO comments on the ticket's docs pull request
//	push WHO PATH FILE            WHO pushes FILE as PATH to that pull request's branch
//	merge WHO                     WHO merges that pull request
//	close WHO                     WHO closes the ticket as completed
//	reword WHO FROM => TO         WHO edits the newest draft's comment: FROM becomes TO
//	stall, flow                   GitHub's deliveries wait, and arrive
//	later DURATION                time passes
//	show NAME                     waits until OiOi has nothing more to do; NAME is what stands then
//
// Where there is a file server.yml, a language model drafts, within the budget that the file sets.
func TestStories(t *testing.T) {
	stories, err := filepath.Glob("testdata/stories/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatal("there are no stories", err)
	}
	for _, file := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			teller := newTeller(t, archive)
			for n, line := range strings.Split(string(archive.Comment), "\n") {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
					teller.act(fmt.Sprintf("%s:%d: %s", file, n+1, line), strings.Fields(line))
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

type teller struct {
	t       *testing.T
	archive *txtar.Archive
	town    *town
	ticket  forge.Ref
	stalled bool
}

func (s *teller) settle() {
	s.t.Helper()
	if !s.stalled {
		s.rest()
	}
}

// rest waits until OiOi has nothing to do for the ticket. What is said on its internal issue comes to the ticket by way of that
// issue's own mailbox.
func (s *teller) rest() {
	s.t.Helper()
	s.town.settle(s.ticket)
	if issue := s.town.inside(s.ticket); issue != nil {
		s.town.settle(issue.Ref)
		s.town.settle(s.ticket)
	}
}

func newTeller(t *testing.T, archive *txtar.Archive) *teller {
	var options townOptions
	for _, f := range archive.Files {
		if f.Name != "server.yml" {
			continue
		}
		// The story is about a language model, and about what a server allows it.
		server, err := config.ParseServer(f.Name, f.Data)
		if err != nil {
			t.Fatal(err)
		}
		options = townOptions{model: modelAt(modeltest.NewServer(t)), budget: server.Budget}
	}
	options.slow = 20 // a story tells the minute, also one that takes longer on a slow machine
	return &teller{t: t, archive: archive, town: newTown(t, options)}
}

func (s *teller) act(where string, words []string) {
	s.t.Helper()
	check := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatalf("%s: %v", where, err)
		}
	}
	world := s.town.world.Forge
	rest := func(n int) string { return strings.Join(words[n:], " ") }
	switch words[0] {
	case "sample":
		s.ticket = s.town.sample(words[1])
	case "file":
		title, body, _ := strings.Cut(s.file(where, words[3]), "\n")
		issue, err := world.CreateIssue(forge.As(words[1]), words[2], forge.IssueInput{Title: title, Body: strings.TrimSpace(body)})
		check(err)
		s.ticket = issue.Ref
	case "comment":
		_, err := world.CreateComment(forge.As(words[1]), s.ticket, rest(2))
		check(err)
	case "inside":
		s.settle()
		issue := s.town.inside(s.ticket)
		if issue == nil {
			s.t.Fatalf("%s: the ticket has no internal issue", where)
		}
		s.town.settle(issue.Ref)
		s.settle()
		_, err := world.CreateComment(forge.As(words[1]), issue.Ref, rest(2))
		check(err)
	case "edit":
		body := s.file(where, words[2])
		_, err := world.EditIssue(forge.As(words[1]), s.ticket, forge.IssueEdit{Body: &body})
		check(err)
	case "label":
		_, err := world.AddLabels(forge.As(words[1]), s.ticket, rest(2))
		check(err)
	case "discuss":
		pull := s.pull(where)
		_, err := world.CreateComment(forge.As(words[1]), pull.Ref, rest(2))
		check(err)
		s.town.settle(forge.Ref{Repo: pull.Ref.Repo, Number: effect.TicketOf(pull.Pull.Head, "")})
	case "push":
		pull := s.pull(where)
		check(s.town.push(words[1], s.ticket.Repo, pull.Pull.Head, words[2], s.file(where, words[3])))
	case "merge":
		pull := s.pull(where)
		ready := false
		_, err := world.EditPull(forge.As(words[1]), pull.Ref, forge.PullEdit{Draft: &ready})
		check(err)
		_, err = world.MergePull(forge.As(words[1]), pull.Ref, forge.MergeOptions{})
		check(err)
	case "close":
		s.settle()
		state := "closed"
		_, err := world.EditIssue(forge.As(words[1]), s.ticket, forge.IssueEdit{State: &state})
		check(err)
	case "config":
		s.town.commit(words[1], ".github/oioi.yml", s.file(where, words[2]))
	case "stall":
		s.town.settle(s.ticket)
		s.town.gate.Lock()
		s.stalled = true
	case "flow":
		s.town.gate.Unlock()
		s.stalled = false
	case "commit":
		s.town.commit(words[1], words[2], s.file(where, words[3]))
	case "reword":
		s.settle()
		from, to, _ := strings.Cut(rest(2), " => ")
		check(s.town.reword(words[1], s.ticket, from, to))
	case "later":
		s.settle()
		passed, err := time.ParseDuration(words[1])
		check(err)
		s.town.ahead.Add(int64(passed))
	case "show":
		s.rest()
		if inside := s.town.inside(s.ticket); inside != nil {
			s.town.settle(inside.Ref)
			s.town.settle(s.ticket)
		}
		s.compare(where, words[1], s.town.show(s.ticket))
	default:
		s.t.Fatalf("%s: unknown act", where)
	}
}

// pull is the docs pull request that OiOi opened.
func (s *teller) pull(where string) *forge.Issue {
	s.t.Helper()
	s.town.settle(s.ticket)
	all, err := s.town.world.Forge.ListPulls(forge.As("jo-lindqvist"), s.ticket.Repo, forge.PullFilter{State: "open"})
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%s: %d open pull requests, %v", where, len(all), err)
	}
	return all[0]
}

func (s *teller) file(where, name string) string {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	s.t.Fatalf("%s: the story has no file %s", where, name)
	return ""
}

// readable holds the drafts that stand on the ticket to what a maintainer reads in a minute.
func (s *teller) readable(where string) {
	s.t.Helper()
	all, err := s.town.world.Forge.ListComments(forge.As("jo-lindqvist"), s.ticket, zeroTime)
	s.town.check(err)
	for _, c := range all {
		body := c.Body
		if c.Author != s.town.world.App.Bot() || !strings.Contains(body, "/comment/draft/") || strings.Contains(body, "<!-- oioi:status:start -->") {
			continue // a status grows with what the plan holds
		}
		reply, _ := effect.ReplyOf(body)
		if n := templates.Words(body); n > templates.MaxWords && templates.Words(reply) <= templates.MaxWords {
			s.t.Errorf("%s: a draft has %d words that are not folded; allowed are %d", where, n, templates.MaxWords)
		}
	}
}

func (s *teller) compare(where, name, got string) {
	s.t.Helper()
	s.readable(where)
	if *update {
		for i := range s.archive.Files {
			if s.archive.Files[i].Name == name {
				s.archive.Files[i].Data = []byte(got)
				return
			}
		}
		s.archive.Files = append(s.archive.Files, txtar.File{Name: name, Data: []byte(got)})
		return
	}
	if want := s.file(where, name); got != want {
		s.t.Errorf("%s\n%s", where, udiff.Unified("want", "got", want, got))
	}
}

// show tells what stands on GitHub for a ticket, as the customer, the team and a reviewer see it.
func (w *town) show(ref forge.Ref) string {
	w.t.Helper()
	var out strings.Builder
	world := w.world.Forge
	as := forge.As("jo-lindqvist")
	issue, err := world.Issue(as, ref)
	w.check(err)
	fmt.Fprintf(&out, "%s %q by %s, %s\n", ref, issue.Title, issue.Author, issue.State)
	fmt.Fprintf(&out, "labels: %s\nreactions: %s\n", strings.Join(issue.Labels, ", "), reactions(issue.Reactions))
	comments, err := world.ListComments(as, ref, zeroTime)
	w.check(err)
	for _, c := range comments {
		fmt.Fprintf(&out, "\n=== comment by %s (reactions: %s)\n%s\n", c.Author, reactions(c.Reactions), c.Body)
	}
	said := func(ref forge.Ref) {
		comments, err := world.ListComments(as, ref, zeroTime)
		w.check(err)
		for _, c := range comments {
			fmt.Fprintf(&out, "--- comment by %s (reactions: %s)\n%s\n", c.Author, reactions(c.Reactions), c.Body)
		}
	}
	children, err := world.SubIssues(as, ref)
	w.check(err)
	for _, child := range children {
		fmt.Fprintf(&out, "\n=== sub-issue %s %q by %s, %s, labels %s\n%s\n", child.Ref, child.Title, child.Author, strings.TrimSpace(child.State+" "+child.StateReason), strings.Join(child.Labels, ", "), child.Body)
		said(child.Ref)
	}
	pulls, err := world.ListPulls(as, ref.Repo, forge.PullFilter{State: "all", Ascending: true})
	w.check(err)
	for _, pull := range pulls {
		diff, err := world.Diff(as, pull.Ref)
		w.check(err)
		fmt.Fprintf(&out, "\n=== pull request %s %q by %s, %s, draft %t, %s into %s, labels %s\n%s\n", pull.Ref, pull.Title, pull.Author, pull.State,
			pull.Pull.Draft, pull.Pull.Head, pull.Pull.Base, strings.Join(pull.Labels, ", "), pull.Body)
		if len(pull.Pull.Reviewers)+len(pull.Pull.TeamReviewers) > 0 {
			fmt.Fprintf(&out, "--- asked to review: %s\n", strings.Join(slices.Concat(pull.Pull.Reviewers, pull.Pull.TeamReviewers), ", "))
		}
		said(pull.Ref)
		for _, commit := range diff.Ahead {
			fmt.Fprintf(&out, "--- commit by %s: %s\n", commit.Author.Name, commit.Message)
		}
		for _, file := range diff.Files {
			fmt.Fprintf(&out, "--- %s %s\n%s\n", file.Status, file.Path, file.Patch)
		}
	}
	lists, err := world.ListIssues(as, ref.Repo, forge.IssueFilter{State: "all", Creator: w.world.App.Bot()})
	w.check(err)
	for _, list := range lists {
		if list.Title == "Docs gaps from support tickets" {
			fmt.Fprintf(&out, "\n=== list %s %q by %s, %s, labels %s\n%s\n", list.Ref, list.Title, list.Author, list.State, strings.Join(list.Labels, ", "), list.Body)
		}
	}
	if inside := w.inside(ref); inside != nil {
		fmt.Fprintf(&out, "\n=== internal issue %s %q by %s, %s, labels %s\n%s\n", inside.Ref, inside.Title, inside.Author, inside.State, strings.Join(inside.Labels, ", "), inside.Body)
		comments, err := world.ListComments(as, inside.Ref, zeroTime)
		w.check(err)
		for _, c := range comments {
			fmt.Fprintf(&out, "\n--- comment by %s (reactions: %s)\n%s\n", c.Author, reactions(c.Reactions), c.Body)
		}
		children, err := world.SubIssues(as, inside.Ref)
		w.check(err)
		for _, child := range children {
			fmt.Fprintf(&out, "\n--- sub-issue %s %q by %s, %s, labels %s\n%s\n", child.Ref, child.Title, child.Author, child.State, strings.Join(child.Labels, ", "), child.Body)
			said(child.Ref)
		}
	}
	if pinged := w.pinged(ref); len(pinged) > 0 {
		fmt.Fprintf(&out, "\n=== pinged: %s\n", strings.Join(pinged, ", "))
	}
	return w.plain(out.String())
}

// inside is the ticket's internal issue, or nil.
func (w *town) inside(ref forge.Ref) *forge.Issue {
	w.t.Helper()
	ticket, err := w.world.Forge.Issue(forge.As("jo-lindqvist"), ref)
	w.check(err)
	for _, repo := range []string{"tallypost/helpdesk", "tallypost/support", "tallypost/tallypost"} { // the first is a new name of the second, in some tests
		all, err := w.world.Forge.ListIssues(forge.As("jo-lindqvist"), repo, forge.IssueFilter{State: "all", Labels: []string{"oioi:internal"}})
		if errors.Is(err, forge.ErrNotFound) {
			continue
		}
		w.check(err)
		for _, issue := range all {
			if strings.Contains(issue.Body, fmt.Sprintf("/%s/issues/%d)", ticket.Ref.Repo, ticket.Ref.Number)) {
				return issue
			}
		}
	}
	return nil
}

func reactions(list []forge.Reaction) string {
	var out []string
	for _, r := range list {
		out = append(out, r.Content+" by "+r.User)
	}
	return strings.Join(out, ", ")
}

// pinged lists whom OiOi notified by what it wrote.
func (w *town) pinged(ref forge.Ref) []string {
	var out []string
	for _, login := range w.people() {
		for _, n := range w.world.Forge.Notifications(login) {
			if n.By == w.world.App.Bot() {
				out = append(out, login+" ("+n.Reason+" on "+n.Issue.String()+")")
			}
		}
	}
	return out
}
