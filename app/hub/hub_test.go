package hub_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/oioi-app/oioi/app/hub"
	"github.com/oioi-app/oioi/app/sandbox"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

const repoName = "tallypost/support"

type bench struct {
	t     *testing.T
	world *sandbox.World
	hub   *hub.Hub
	repo  ticket.Repository
	issue *forge.Issue
	web   string
}

func setUp(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	server := httptest.NewUnstartedServer(nil)
	webURL := "http://" + server.Listener.Addr().String()
	b.web = webURL
	var err error
	b.world, err = sandbox.Open(sandbox.Options{WebURL: webURL})
	b.check(err)
	b.world.Forge.SetBaseURL(webURL)
	server.Config.Handler = b.world.Forge.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); b.check(b.world.Close()) })
	b.hub, err = hub.New(hub.Options{APIURL: webURL + "/api/v3", AppID: b.world.App.ID, PrivateKey: b.world.PrivateKey, UserAgent: "oioi-test"})
	b.check(err)
	b.issue, err = b.world.Forge.CreateIssue(forge.As("customer"), repoName, forge.IssueInput{Title: "Export fails", Body: "It says **no**.", FormLabels: []string{"support"}})
	b.check(err)
	full, err := b.hub.Ticket(t.Context(), b.world.Install.ID, ticket.Repository{Owner: "tallypost", Name: "support"}, b.issue.Ref.Number)
	b.check(err)
	b.repo = full.Repository
	return b
}

func (b *bench) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) effect(kind effect.Kind, slot string) effect.Effect {
	return effect.Effect{Key: effect.Key(b.repo.ID, b.issue.Ref.Number, kind, slot), Kind: kind, Slot: slot, Repository: b.repo, Number: b.issue.Ref.Number, IssueID: b.issue.ID}
}

func (b *bench) publish(e effect.Effect, prior effect.Receipt, lookFirst bool) effect.Receipt {
	b.t.Helper()
	receipt, err := b.hub.Publish(b.t.Context(), b.world.Install.ID, e, prior, lookFirst)
	b.check(err)
	return receipt
}

func TestTicketIsReadWhole(t *testing.T) {
	b := setUp(t)
	for range 35 { // more than one page of GitHub's default 30
		_, err := b.world.Forge.CreateComment(forge.As("maintainer"), b.issue.Ref, "a word")
		b.check(err)
	}
	got, err := b.hub.Ticket(t.Context(), b.world.Install.ID, b.repo, b.issue.Ref.Number)
	b.check(err)
	if got.Title.Raw() != "Export fails" || got.Author.Login != "customer" || !got.HasLabel("support") || !got.Repository.Private || len(got.Comments) != 35 {
		t.Fatalf("ticket = %+v with %d comments", got, len(got.Comments))
	}
	if !got.AnsweredByTeam() {
		t.Fatal("the maintainer's comments are not recognised as the team's")
	}
}

func TestPermission(t *testing.T) {
	b := setUp(t)
	for login, want := range map[string]string{"maintainer": "maintain", "customer": "read", "outsider": "none", "jo-lindqvist": "write", "nobody-here": "none"} {
		got, err := b.hub.Permission(t.Context(), b.world.Install.ID, b.repo, login)
		if err != nil || got != want {
			t.Errorf("%s has %q (%v), want %q", login, got, err, want)
		}
	}
}

func TestTeamMembership(t *testing.T) {
	b := setUp(t)
	for _, c := range []struct {
		team, login string
		want        bool
	}{{"support-team", "maintainer", true}, {"support-team", "customer", false}, {"no-such-team", "maintainer", false}, {"reports-team", "jo-lindqvist", true}} {
		got, err := b.hub.Member(t.Context(), b.world.Install.ID, b.repo, c.team, c.login)
		if err != nil || got != c.want {
			t.Errorf("%s in %s: %t (%v), want %t", c.login, c.team, got, err, c.want)
		}
	}
}

func TestFileRefusesPathsThatLeaveTheRepository(t *testing.T) {
	b := setUp(t)
	for _, name := range []string{"../tallypost/README.md", "/README.md", "a/../../b", "a?ref=x", "a%2e", `a\b`, ""} {
		if _, _, err := b.hub.File(t.Context(), b.world.Install.ID, b.repo, "", name); err == nil {
			t.Errorf("%q was read", name)
		}
	}
	if _, found, err := b.hub.File(t.Context(), b.world.Install.ID, b.repo, "", "docs/no-such.md"); err != nil || found {
		t.Fatalf("a missing file: found %t, %v", found, err)
	}
	if data, found, err := b.hub.File(t.Context(), b.world.Install.ID, b.repo, "", "README.md"); err != nil || !found || len(data) == 0 {
		t.Fatalf("README.md: found %t, %v", found, err)
	}
}

func TestCommentIsMadeOnceAndUpdatedInPlace(t *testing.T) {
	b := setUp(t)
	e := b.effect(effect.KindComment, "draft/1")
	e.Comment = &effect.Comment{Body: "Hello\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key)}
	// A customer forges the marker first: it must not be adopted.
	_, err := b.world.Forge.CreateComment(forge.As("customer"), b.issue.Ref, "mine "+e.Comment.Marker)
	b.check(err)
	first := b.publish(e, effect.Receipt{}, true)
	again := b.publish(e, effect.Receipt{}, true) // the answer was lost: look first
	if again.ID != first.ID || !again.Adopted {
		t.Fatalf("the second attempt made %+v beside %+v", again, first)
	}
	e.Comment.Body = "Hello again\n\n" + e.Comment.Marker
	if updated := b.publish(e, first, false); updated.ID != first.ID {
		t.Fatalf("the update made a new comment: %+v", updated)
	}
	comments, err := b.world.Forge.ListComments(forge.As("maintainer"), b.issue.Ref, time.Time{})
	b.check(err)
	if len(comments) != 2 || !strings.HasPrefix(comments[1].Body, "Hello again") {
		t.Fatalf("comments = %d, last %q", len(comments), comments[len(comments)-1].Body)
	}
}

func TestFollowUpIsOneSubIssueWhateverHappens(t *testing.T) {
	b := setUp(t)
	e := b.effect(effect.KindIssue, "follow_up/1")
	e.Issue = &effect.Issue{Title: "Say in the help center how large an export may be", Body: "Body\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key), Labels: []string{"oioi:follow-up"}}
	first := b.publish(e, effect.Receipt{}, false)
	if again := b.publish(e, effect.Receipt{}, true); again.Number != first.Number || !again.Adopted {
		t.Fatalf("an ambiguous attempt made %+v beside %+v", again, first)
	}
	e.Issue.Body = "Better body\n\n" + e.Issue.Marker
	updated := b.publish(e, first, false)
	children, err := b.world.Forge.SubIssues(forge.As("maintainer"), b.issue.Ref)
	b.check(err)
	if len(children) != 1 || !strings.HasPrefix(children[0].Body, "Better body") || updated.Skipped != "" {
		t.Fatalf("sub-issues = %+v", children)
	}
	theirs := "A person's own words"
	_, err = b.world.Forge.EditIssue(forge.As("maintainer"), children[0].Ref, forge.IssueEdit{Body: &theirs})
	b.check(err)
	e.Issue.Body = "Third body\n\n" + e.Issue.Marker
	if third := b.publish(e, updated, false); third.Skipped == "" {
		t.Fatal("a person's edit was overwritten")
	}
	other := b.effect(effect.KindIssue, "follow_up/9")
	other.Issue = &effect.Issue{Title: "Say in the help center how large an export may be!", Body: "x " + effect.Marker(other.Key), Marker: effect.Marker(other.Key)}
	if linked := b.publish(other, effect.Receipt{}, false); linked.Number != first.Number || linked.Skipped == "" {
		t.Fatalf("an open issue on the same topic was not linked instead: %+v", linked)
	}
	closed := b.effect(effect.KindIssue, "follow_up/2")
	closed.Issue = &effect.Issue{Title: "Name the limit of an invoice in its error message", Body: "y " + effect.Marker(closed.Key), Marker: effect.Marker(closed.Key)}
	second := b.publish(closed, effect.Receipt{}, false)
	_, err = b.world.Forge.CloseIssue(forge.As("maintainer"), forge.Ref{Repo: children[0].Ref.Repo, Number: second.Number}, "")
	b.check(err)
	if again := b.publish(closed, effect.Receipt{}, true); again.Number != second.Number || !again.Adopted {
		t.Fatalf("after a person closed it, an ambiguous attempt made %+v beside %+v", again, second)
	}
}

func (b *bench) pullEffect(content string) effect.Effect {
	head, err := b.hub.Head(b.t.Context(), b.world.Install.ID, b.repo, "main")
	b.check(err)
	e := b.effect(effect.KindPull, "docs")
	e.Pull = &effect.Pull{Branch: "oioi/ticket-13-docs", Base: "main", BaseSHA: head, Title: "Docs: say how large", Body: "Why\n\n" + effect.Marker(e.Key),
		Marker: effect.Marker(e.Key), Message: "Say how large an export may be", Labels: []string{"oioi:docs"},
		Files: []effect.File{{Path: "docs/new-page.md", New: content}}}
	return e
}

func TestDocsPullRequestIsDraftedUpdatedAndLeftToPeople(t *testing.T) {
	b := setUp(t)
	e := b.pullEffect("# New\n")
	first := b.publish(e, effect.Receipt{}, false)
	if again := b.publish(e, effect.Receipt{}, true); again.Number != first.Number || again.Commit != first.Commit {
		t.Fatalf("an ambiguous attempt made %+v beside %+v", again, first)
	}
	e.Pull.Files[0].New = "# Newer\n"
	second := b.publish(e, first, false)
	if second.Number != first.Number || second.Commit == first.Commit || second.Skipped != "" {
		t.Fatalf("the update made %+v of %+v", second, first)
	}
	pulls, err := b.world.Forge.ListPulls(forge.As("maintainer"), repoName, forge.PullFilter{})
	b.check(err)
	if len(pulls) != 1 || !pulls[0].Pull.Draft || pulls[0].Author != b.world.App.Bot() || len(pulls[0].Labels) != 1 {
		t.Fatalf("pull requests = %+v", pulls)
	}
	diff, err := b.world.Forge.Diff(forge.As("maintainer"), pulls[0].Ref)
	b.check(err)
	if len(diff.Files) != 1 || diff.Files[0].Path != "docs/new-page.md" || !strings.Contains(diff.Files[0].Patch, "+# Newer") {
		t.Fatalf("diff = %+v", diff.Files)
	}
	_, err = b.world.Forge.AddCommit(repoName, e.Pull.Branch, "maintainer", "My words", time.Time{}, fstest.MapFS{"docs/new-page.md": {Data: []byte("# Mine\n")}})
	b.check(err)
	open, err := b.hub.OpenPulls(t.Context(), b.world.Install.ID, b.repo)
	b.check(err)
	open[0].Head, err = b.hub.Head(t.Context(), b.world.Install.ID, b.repo, e.Pull.Branch)
	b.check(err)
	files, theirs, err := b.hub.Proposed(t.Context(), b.world.Install.ID, b.repo, open[0], []string{"docs/new-page.md", "docs/index.md"})
	b.check(err)
	if len(open) != 1 || !theirs || len(files) != 1 || files[0] != (effect.File{Path: "docs/new-page.md", New: "# Mine\n"}) {
		t.Fatalf("%+v proposes %+v; a person's: %t", open, files, theirs)
	}
	e.Pull.Files[0].New = "# Newest\n"
	if third := b.publish(e, second, false); !strings.Contains(third.Skipped, "pushed") {
		t.Fatalf("OiOi wrote over a person's commit: %+v", third)
	}
}

// The branch was made from an older commit than the newer version of the change.
func TestWhatOthersChangeOnTheDefaultBranchIsNoPartOfADocsPullRequest(t *testing.T) {
	b := setUp(t)
	first := b.publish(b.pullEffect("# New\n"), effect.Receipt{}, false)
	_, err := b.world.Forge.AddCommit(repoName, "", "maintainer", "Other work", time.Time{}, fstest.MapFS{"src/other.txt": {Data: []byte("other\n")}})
	b.check(err)
	e := b.pullEffect("# Newer\n")
	second := b.publish(e, first, false)
	if second.Number != first.Number || second.Commit == first.Commit || second.Skipped != "" {
		t.Fatalf("the update made %+v of %+v", second, first)
	}
	if again := b.publish(e, first, true); again.Commit != second.Commit || again.Skipped != "" {
		t.Fatalf("an ambiguous attempt made %+v beside %+v", again, second)
	}
	diff, err := b.world.Forge.Diff(forge.As("maintainer"), forge.Ref{Repo: repoName, Number: second.Number})
	b.check(err)
	if len(diff.Files) != 1 || diff.Files[0].Path != "docs/new-page.md" || !strings.Contains(diff.Files[0].Patch, "+# Newer") || diff.Behind != 0 {
		t.Fatalf("diff = %+v", diff)
	}
	// The same version again, from yet another commit, is no news.
	_, err = b.world.Forge.AddCommit(repoName, "", "maintainer", "More work", time.Time{}, fstest.MapFS{"src/other.txt": {Data: []byte("more\n")}})
	b.check(err)
	if same := b.publish(b.pullEffect("# Newer\n"), second, false); same.Commit != second.Commit || same.Skipped != "" {
		t.Fatalf("the same version made %+v of %+v", same, second)
	}
}

func TestAChangeIsAddedOnceToTheOpenPullRequestOfItsSection(t *testing.T) {
	b := setUp(t)
	first := b.pullEffect("# New\n")
	opened := b.publish(first, effect.Receipt{}, false)
	other, err := b.world.Forge.CreateIssue(forge.As("customer"), repoName, forge.IssueInput{Title: "The same page", Body: "It says too little."})
	b.check(err)
	add := func(content, message, base string) effect.Effect {
		e := first
		e.Number, e.Key = other.Ref.Number, effect.Key(b.repo.ID, other.Ref.Number, effect.KindPull, "docs")
		pull := *e.Pull
		pull.Onto, pull.BaseSHA, pull.Message = opened.Number, base, message
		pull.Marker = effect.Marker(e.Key)
		pull.Body = "Added for another ticket.\n\n" + pull.Marker
		pull.Files = []effect.File{{Path: "docs/new-page.md", Old: "# New\n", New: content}}
		e.Pull = &pull
		return e
	}
	more := add("# New\n\nMore.\n", "Say more", opened.Commit)
	added := b.publish(more, effect.Receipt{}, false)
	if added.Number != opened.Number || added.Commit == opened.Commit || added.Skipped != "" {
		t.Fatalf("added %+v to %+v", added, opened)
	}
	if again := b.publish(more, effect.Receipt{}, true); again.Commit != added.Commit || again.Skipped != "" {
		t.Fatalf("an ambiguous attempt made %+v beside %+v", again, added)
	}
	on := forge.Ref{Repo: repoName, Number: opened.Number}
	notes, err := b.world.Forge.ListComments(forge.As("maintainer"), on, time.Time{})
	b.check(err)
	diff, err := b.world.Forge.Diff(forge.As("maintainer"), on)
	b.check(err)
	if len(notes) != 1 || len(diff.Ahead) != 2 || !strings.Contains(diff.Files[0].Patch, "+More.") {
		t.Fatalf("%d notes, %d commits, %+v", len(notes), len(diff.Ahead), diff.Files)
	}
	if pulls, err := b.world.Forge.ListPulls(forge.As("maintainer"), repoName, forge.PullFilter{}); err != nil || len(pulls) != 1 {
		t.Fatalf("a rival was opened: %v, %v", pulls, err)
	}
	first.Pull.Files[0].New = "# Newer\n"
	if revised := b.publish(first, opened, false); !strings.Contains(revised.Skipped, "other tickets") || revised.Number != opened.Number {
		t.Fatalf("a revision rewrote what another ticket added: %+v", revised)
	}
	if late := b.publish(add("# New\n\nLate.\n", "Say it late", opened.Commit), effect.Receipt{}, false); !strings.Contains(late.Skipped, "has changed since") {
		t.Fatalf("a change of an older version was added: %+v", late)
	}
	closed := "closed"
	_, err = b.world.Forge.EditPull(forge.As("maintainer"), on, forge.PullEdit{State: &closed})
	b.check(err)
	if late := b.publish(add("# New\n\nMore.\n\nMost.\n", "Say most", added.Commit), effect.Receipt{}, false); !strings.Contains(late.Skipped, "closed") {
		t.Fatalf("a change was added to a closed pull request: %+v", late)
	}
}

func TestAnotherDocsPullRequestFollowsOneThatIsDoneWithWhereAPersonAsks(t *testing.T) {
	b := setUp(t)
	state := func(number int, edit forge.PullEdit) forge.Ref {
		ref := forge.Ref{Repo: repoName, Number: number}
		_, err := b.world.Forge.EditPull(forge.As("maintainer"), ref, edit)
		b.check(err)
		return ref
	}
	ready, closed := false, "closed"
	e := b.pullEffect("# New\n")
	first := b.publish(e, effect.Receipt{}, false)
	_, err := b.world.Forge.MergePull(forge.As("maintainer"), state(first.Number, forge.PullEdit{Draft: &ready}), forge.MergeOptions{})
	b.check(err)
	if again := b.publish(e, first, false); again.Number != first.Number || !strings.Contains(again.Skipped, "merged it; `/oioi docs`") {
		t.Fatalf("a rerun after the merge made %+v", again)
	}
	e.Pull.Anew = true
	if same := b.publish(e, first, false); same.Number != first.Number || !strings.Contains(same.Skipped, "say this already") {
		t.Fatalf("what was merged was proposed once more: %+v", same)
	}
	e = b.pullEffect("# Newer\n")
	e.Pull.Anew = true
	second := b.publish(e, first, false)
	if second.Number == first.Number || second.Skipped != "" {
		t.Fatalf("/oioi docs after the merge made %+v", second)
	}
	open, err := b.hub.OpenPulls(t.Context(), b.world.Install.ID, b.repo)
	b.check(err)
	if len(open) != 1 || open[0].Branch != "oioi/ticket-13-docs-2" || effect.TicketOf(open[0].Branch, "") != 13 {
		t.Fatalf("open: %+v", open)
	}
	e.Pull.Anew = false
	if again := b.publish(e, first, true); again.Number != second.Number || again.Commit != second.Commit {
		t.Fatalf("an ambiguous attempt made %+v beside %+v", again, second)
	}
	state(second.Number, forge.PullEdit{State: &closed})
	if again := b.publish(e, second, false); again.Number != second.Number || !strings.Contains(again.Skipped, "closed it without merging; `/oioi docs`") {
		t.Fatalf("a rerun after a person closed it made %+v", again)
	}
	e.Pull.Anew = true
	if third := b.publish(e, second, false); third.Number == second.Number || third.Skipped != "" {
		t.Fatalf("/oioi docs after a person closed it made %+v", third)
	}
}

func TestLabelsOfPeopleStay(t *testing.T) {
	b := setUp(t)
	e := b.effect(effect.KindLabel, "severity")
	e.Label = &effect.Label{Name: "oioi:S2", Color: "d93f0b", Description: "Severity"}
	b.publish(e, effect.Receipt{}, false)
	e.Label.Remove = true
	b.publish(e, effect.Receipt{}, false)
	b.publish(e, effect.Receipt{}, false) // removing what is gone is fine
	issue, err := b.world.Forge.Issue(forge.As("maintainer"), b.issue.Ref)
	b.check(err)
	if len(issue.Labels) != 1 || issue.Labels[0] != "support" {
		t.Fatalf("labels = %v", issue.Labels)
	}
}

func TestReactionIsIdempotent(t *testing.T) {
	b := setUp(t)
	e := b.effect(effect.KindReaction, "issue/eyes")
	e.Reaction = &effect.Reaction{Content: "eyes"}
	b.publish(e, effect.Receipt{}, false)
	b.publish(e, effect.Receipt{}, true)
	issue, err := b.world.Forge.Issue(forge.As("maintainer"), b.issue.Ref)
	b.check(err)
	if len(issue.Reactions) != 1 {
		t.Fatalf("reactions = %v", issue.Reactions)
	}
}

func TestArchiveHoldsTheCommit(t *testing.T) {
	b := setUp(t)
	head, err := b.hub.Head(t.Context(), b.world.Install.ID, b.repo, "main")
	b.check(err)
	archive, err := b.hub.Archive(t.Context(), b.world.Install.ID, b.repo, head)
	b.check(err)
	b.check(archive.Close())
}
