package app

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// firewallPage answers the sample ticket firewall.
const firewallPage = `---
title: Addresses for your firewall
description: The addresses from which SFTP deliveries and database connections come.
---

# Addresses for your firewall

## Which addresses a firewall must allow for SFTP deliveries

Your firewall must allow these addresses for SFTP deliveries: in the region ` + "`eu-1`" + ` 203.0.113.16 to 203.0.113.23, in the region
` + "`us-1`" + ` 198.51.100.32 to 198.51.100.39. Hand the list of addresses to your network team.
`

// What a person has touched stays as it is when the help center answers the question by now: the pull request is told once and stays
// open, and the line in the list of docs gaps is theirs.
func TestWhatAPersonHasTouchedIsNotSettled(t *testing.T) {
	t.Parallel()
	answer := func(w *town, ref forge.Ref) {
		w.commit(supportRepo, "docs/deliveries/addresses.md", firewallPage)
		w.say("maintainer", ref, "/oioi rerun")
		w.say("maintainer", ref, "/oioi rerun")
		w.say("maintainer", ref, "/oioi send")
		holds(t, strings.Join(w.comments(ref), "\n"), "docs/deliveries/addresses.md", "<sub>Sent by `@maintainer`</sub>")
	}
	t.Run("pull request", func(t *testing.T) {
		t.Parallel()
		w := newTown(t, townOptions{})
		ref := w.sample("firewall")
		w.settle(ref)
		pull := w.docsPull(ref.Repo)
		diff, err := w.world.Forge.Diff(forge.As("maintainer"), pull.Ref)
		w.check(err)
		w.check(w.push("maintainer", ref.Repo, pull.Pull.Head, diff.Files[0].Path, "# Mine now\n"))
		w.settle(ref)
		answer(w, ref)
		if pull = w.docsPull(ref.Repo); pull.State != "open" {
			t.Errorf("the pull request with a person's commit is %s", pull.State)
		}
		if n := strings.Count(strings.Join(w.comments(pull.Ref), "\n"), "OiOi finds the answer in the help center by now"); n != 1 {
			t.Errorf("it is told %d times", n)
		}
	})
	t.Run("line", func(t *testing.T) {
		t.Parallel()
		w := newTown(t, townOptions{})
		w.commit(supportRepo, ".github/oioi.yml", "docs: { max_open: 1 }\n")
		other := w.sample("docs-error")
		w.settle(other)
		ref := w.sample("firewall")
		w.settle(ref)
		list := forge.Ref{Repo: ref.Repo, Number: ref.Number + 1}
		issue, err := w.world.Forge.Issue(forge.As("maintainer"), list)
		w.check(err)
		body := strings.Replace(issue.Body, "- [ ] ", "- [ ] (Jo writes this) ", 1)
		_, err = w.world.Forge.EditIssue(forge.As("maintainer"), list, forge.IssueEdit{Body: &body})
		w.check(err)
		answer(w, ref)
		if issue, err = w.world.Forge.Issue(forge.As("maintainer"), list); err != nil || issue.Body != body || !strings.Contains(body, "Jo writes this") {
			t.Errorf("the list is\n%s\nwant\n%s", issue.Body, body)
		}
		told := false
		for _, e := range w.timeline(ref) {
			told = told || strings.Contains(e.Text, "a person has changed the line")
		}
		if !told {
			t.Error("the ticket's progress does not say why the line stays")
		}
	})
}
