package forge_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/hookshot"
)

func eventNames(list []delivered) []string { return names(list, delivered.name) }

func TestWebhooksTellTheStoryInOrder(t *testing.T) {
	w := newWorld(t, forge.Options{})
	if got := eventNames(w.drained(t)); !slices.Equal(got, []string{"ping"}) {
		t.Errorf("setting the address sends %v", got)
	}
	i := must[*forge.Issue](t)(w.CreateIssue(customer, private, forge.IssueInput{Title: "Help", FormLabels: []string{"support"}, Labels: []string{"mine"}}))
	bot := must[forge.Actor](t)(w.AsInstallation(w.Installation.ID))
	c := must[*forge.Comment](t)(w.CreateComment(bot, i.Ref, "A draft"))
	must[*forge.Comment](t)(w.EditComment(bot, private, c.ID, "A better draft"))
	must[*forge.Comment](t)(w.EditComment(bot, private, c.ID, "A better draft")) // nothing changes, nothing is told
	check(t, w.DeleteComment(maintainer, private, c.ID))
	must[*forge.Issue](t)(w.CloseIssue(maintainer, i.Ref, ""))
	got := w.drained(t)
	want := []string{"issues.opened", "issues.labeled", "issue_comment.created", "issue_comment.edited", "issue_comment.deleted", "issues.closed"}
	if !slices.Equal(eventNames(got), want) {
		t.Fatalf("got %v, want %v", eventNames(got), want)
	}
	opened, labels := got[0].Payload["issue"].(m), []string{}
	for _, l := range opened["labels"].([]any) {
		labels = append(labels, l.(m)["name"].(string))
	}
	if !slices.Equal(labels, []string{"support"}) {
		t.Errorf("the opened issue is told with labels %v; a form's label counts, a reader's own does not", labels)
	}
	if sender := got[2].Payload["sender"].(m); sender["login"] != "helper[bot]" || sender["type"] != "Bot" {
		t.Errorf("the App's own comment is told as by %v", sender)
	}
	if from := got[3].Payload["changes"].(m)["body"].(m)["from"]; from != "A draft" {
		t.Errorf("edited from %v", from)
	}
	h := got[0].Header
	if len(h.Get("X-GitHub-Delivery")) != 36 || h.Get("X-GitHub-Hook-Installation-Target-Type") != "integration" || !strings.HasPrefix(h.Get("User-Agent"), "GitHub-Hookshot/") ||
		!strings.HasPrefix(h.Get("X-Hub-Signature"), "sha1=") || h.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", h)
	}
}

func TestNoWebhooksFromSeedingOrFromElsewhere(t *testing.T) {
	w := newWorld(t, forge.Options{})
	w.drained(t)
	check(t, w.Seed(monday.AddDate(0, -1, 0), func() error {
		i, err := w.CreateIssue(customer, private, forge.IssueInput{Title: "Old"})
		if err == nil && i.CreatedAt.Month() != time.February {
			t.Errorf("seeded at %v", i.CreatedAt)
		}
		return err
	}))
	must[*forge.Repo](t)(w.AddRepo(forge.RepoInput{Owner: "acme", Name: "other"}))
	must[*forge.Issue](t)(w.CreateIssue(customer, "acme/other", forge.IssueInput{Title: "Not for the App"}))
	if got := w.drained(t); len(got) != 0 {
		t.Errorf("sent %v", eventNames(got))
	}
}

func TestPullRequestWebhooks(t *testing.T) {
	w := newWorld(t, forge.Options{})
	i := must[*forge.Issue](t)(w.CreateIssue(customer, private, forge.IssueInput{Title: "Help"}))
	p := openPull(t, w.Forge)
	w.drained(t)
	_, blob, err := func() ([]byte, string, error) {
		g := must[interface {
			ReadFile(string, string) ([]byte, string, error)
		}](t)(w.Git(maintainer, private))
		return g.ReadFile("far", "README.md")
	}()
	check(t, err)
	_, _, err = w.WriteFile(maintainer, private, forge.FileInput{Path: "README.md", Branch: "far", SHA: blob, Message: "Closes #1", Content: []byte("# Kite\n\nFurther.\n")})
	check(t, err)
	must[*forge.Issue](t)(w.MergePull(maintainer, p.Ref, forge.MergeOptions{}))
	got := w.drained(t)
	sorted := eventNames(got)
	slices.Sort(sorted)
	want := []string{"issues.closed", "pull_request.closed", "pull_request.synchronize", "push", "push"}
	if !slices.Equal(sorted, want) {
		t.Errorf("got %v, want %v", sorted, want)
	}
	for _, d := range got {
		if pull, ok := d.Payload["pull_request"].(m); ok && d.name() == "pull_request.closed" && pull["merged"] != true {
			t.Errorf("closed without merged: %v", pull["merged"])
		}
	}
	if now := must[*forge.Issue](t)(w.Issue(customer, i.Ref)); now.State != "closed" {
		t.Error("the commit's closing keyword did not close the issue")
	}
}

func TestDeliveryLogAndRedelivery(t *testing.T) {
	at := &clock{now: monday}
	w := newWorld(t, forge.Options{Now: at.Now})
	w.drained(t)
	w.Received.answer(503)
	must[*forge.Issue](t)(w.CreateIssue(customer, private, forge.IssueInput{Title: "Help"}))
	w.drained(t)
	w.Received.answer(0)
	must[*forge.Issue](t)(w.CreateIssue(customer, private, forge.IssueInput{Title: "Help again"}))
	if got := eventNames(w.drained(t)); !slices.Equal(got, []string{"issues.opened"}) {
		t.Errorf("a failed delivery came again on its own: %v", got)
	}
	first, resp, err := w.AppClient.Apps.ListHookDeliveries(ctx, &github.ListCursorOptions{PerPage: 2})
	check(t, err)
	rest, _, err := w.AppClient.Apps.ListHookDeliveries(ctx, &github.ListCursorOptions{PerPage: 2, Cursor: resp.Cursor})
	check(t, err)
	codes := names(append(first, rest...), func(d *github.HookDelivery) string { return d.GetEvent() + " " + d.GetStatus() })
	if !slices.Equal(codes, []string{"issues OK", "issues Service Unavailable", "ping OK"}) {
		t.Errorf("log, newest first: %v", codes)
	}
	_, _, err = w.AppClient.Apps.RedeliverHookDelivery(ctx, first[1].GetID())
	if _, accepted := err.(*github.AcceptedError); !accepted { // go-github turns a 202 into this
		t.Errorf("redelivery: %v", err)
	}
	got := w.drained(t)
	if len(got) != 1 || got[0].GUID != first[1].GetGUID() || got[0].Payload["issue"].(m)["title"] != "Help" {
		t.Errorf("redelivered %v", eventNames(got))
	}
	at.Advance(73 * time.Hour)
	if log := must[[]hookshot.Delivery](t)(w.Deliveries("helper")); len(log) != 0 {
		t.Errorf("after three days the log has %d deliveries", len(log))
	}
}

func TestMischief(t *testing.T) {
	open := func(w *world, n int) []delivered {
		for range n {
			must[*forge.Issue](t)(w.CreateIssue(customer, private, forge.IssueInput{Title: "Help"}))
		}
		return w.drained(t)
	}
	waits := make(chan time.Duration, 100)
	wait := func(_ context.Context, d time.Duration) error {
		waits <- d
		return nil
	}
	w := newWorld(t, forge.Options{Wait: wait})
	w.drained(t)

	w.SetMischief(forge.Mischief{Seed: 1, Twice: 1})
	if got := open(w, 1); len(got) != 2 || got[0].GUID != got[1].GUID {
		t.Errorf("twice: %d deliveries", len(got))
	}
	w.SetMischief(forge.Mischief{Seed: 1, Lost: 1})
	if got := open(w, 1); len(got) != 0 {
		t.Errorf("lost: %d deliveries", len(got))
	}
	if log := must[[]hookshot.Delivery](t)(w.Deliveries("helper")); log[0].OK() || log[0].StatusCode != 0 {
		t.Errorf("a lost delivery is logged as %+v", log[0])
	}
	before := len(must[[]hookshot.Delivery](t)(w.Deliveries("helper")))
	w.SetMischief(forge.Mischief{Seed: 1, Vanish: 1})
	if got := open(w, 1); len(got) != 0 || len(must[[]hookshot.Delivery](t)(w.Deliveries("helper"))) != before {
		t.Error("a vanished delivery left a trace")
	}
	w.SetMischief(forge.Mischief{Seed: 1, Late: 1, Delay: time.Hour})
	if got := open(w, 1); len(got) != 1 || len(waits) != 1 {
		t.Errorf("late: %d deliveries after %d waits", len(got), len(waits))
	}
	if d := <-waits; d <= 0 || d > time.Hour {
		t.Errorf("late by %v", d)
	}
	w.SetMischief(forge.Mischief{})
	if got := open(w, 2); len(got) != 2 {
		t.Errorf("without mischief: %d deliveries", len(got))
	}
}

func TestShuffledDeliveriesAllArrive(t *testing.T) {
	// Kept back deliveries wait for ever here, so that only the next message or Drain lets them go.
	w := newWorld(t, forge.Options{Wait: func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }})
	w.drained(t)
	w.SetMischief(forge.Mischief{Seed: 7, Shuffle: 0.5})
	i := must[*forge.Issue](t)(w.CreateIssue(customer, private, forge.IssueInput{Title: "Help"}))
	for range 19 {
		must[*forge.Comment](t)(w.CreateComment(customer, i.Ref, "More"))
	}
	got := w.drained(t)
	ids := []float64{}
	for _, d := range got {
		if c, ok := d.Payload["comment"].(m); ok {
			ids = append(ids, c["id"].(float64))
		}
	}
	if len(got) != 20 || slices.IsSorted(ids) {
		t.Errorf("%d deliveries, in order: %v", len(got), slices.IsSorted(ids))
	}
}

func TestWebhookPayloadsFollowTheSchemas(t *testing.T) {
	modules := need.NodeModules(t, "@octokit/openapi-webhooks")
	raw, err := os.ReadFile(filepath.Join(modules, "@octokit/openapi-webhooks/generated/api.github.com.json"))
	check(t, err)
	var doc map[string]any
	check(t, json.Unmarshal(raw, &doc))
	schemas := doc["components"].(m)["schemas"].(m)
	modernize(schemas)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	// The library cuts templates at slashes, which {/name} may hold.
	compiler.RegisterFormat(&jsonschema.Format{Name: "uri-template", Validate: func(any) error { return nil }})
	check(t, compiler.AddResource("https://github.example/webhooks.json", doc))

	w := newWorld(t, forge.Options{})
	s := &story{t: t, w: w}
	must[*forge.Team](t)(w.AddTeam(forge.Team{Org: "acme", Slug: "docs", Members: []string{"morgan"}, Permissions: map[string]forge.Permission{private: forge.Write}}))
	must[string](t)(w.AddCommit(private, "", "morgan", "Picture", monday, pictures))
	s.issues()
	s.pulls()
	s.settings()
	check(t, w.AddToInstallation(w.Installation.ID, must[*forge.Repo](t)(w.AddRepo(forge.RepoInput{Owner: "acme", Name: "late"})).FullName()))
	check(t, w.RemoveFromInstallation(w.Installation.ID, "acme/late"))
	check(t, w.Suspend(w.Installation.ID, true))
	check(t, w.Suspend(w.Installation.ID, false))
	must[*forge.Release](t)(w.CreateRelease(maintainer, private, forge.ReleaseInput{Tag: "v1"}))
	install := must[*forge.Installation](t)(w.Install("helper", "morgan"))
	must[*forge.Repo](t)(w.TransferRepo(forge.As("acme"), private, "morgan"))
	check(t, w.Uninstall(install.ID))
	check(t, w.Uninstall(w.Installation.ID))
	seen := map[string]bool{}
	for _, d := range w.drained(t) {
		name := "webhook-" + strings.ReplaceAll(strings.ReplaceAll(d.name(), ".", "-"), "_", "-")
		seen[d.name()] = true
		schema, err := compiler.Compile("https://github.example/webhooks.json#/components/schemas/" + name)
		if err != nil {
			t.Errorf("%s: %v", d.name(), err)
			continue
		}
		// GitHub's own address of a bot is none by the letter of the RFC.
		payload, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.ReplaceAll(string(d.Raw), "[bot]@", "@")))
		check(t, err)
		if err := schema.Validate(payload); err != nil {
			t.Errorf("%s is not valid: %.1500s", d.name(), err.Error())
		}
	}
	for _, name := range []string{"ping", "issues.opened", "issues.edited", "issues.labeled", "issues.unlabeled", "issues.assigned", "issues.unassigned", "issues.closed",
		"issues.reopened", "issues.locked", "issues.unlocked", "issue_comment.created", "issue_comment.edited", "issue_comment.deleted", "pull_request.opened",
		"pull_request.edited", "pull_request.closed", "pull_request.ready_for_review", "pull_request_review.submitted", "pull_request.review_requested",
		"pull_request.review_request_removed", "pull_request_review_comment.created", "pull_request_review_comment.edited", "pull_request_review_comment.deleted", "push", "sub_issues.sub_issue_added",
		"sub_issues.parent_issue_added", "sub_issues.sub_issue_removed", "sub_issues.parent_issue_removed", "release.published", "installation_repositories.added",
		"installation_repositories.removed", "installation.suspend", "installation.unsuspend", "installation.deleted", "installation.new_permissions_accepted",
		"repository.archived", "repository.unarchived", "repository.publicized", "repository.privatized", "repository.renamed", "repository.transferred", "repository.deleted"} {
		if !seen[name] {
			t.Errorf("%s was not sent", name)
		}
	}
}

// modernize turns the older "nullable: true", which the description still mixes in, into what JSON Schema reads, and
// drops the list of events that an App may have: it is older than sub_issues.
func modernize(v any) {
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			modernize(e)
		}
	case map[string]any:
		for key, e := range x {
			modernize(e)
			if list, ok := e.(m); ok && key == "events" {
				if items, ok := list["items"].(m); ok {
					delete(items, "enum")
				}
			}
		}
		if x["nullable"] == true {
			delete(x, "nullable")
			was := m{}
			for k, e := range x {
				was[k] = e
				delete(x, k)
			}
			x["anyOf"] = []any{was, m{"type": "null"}}
		}
	}
}
