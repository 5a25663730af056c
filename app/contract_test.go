package app

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/forgetest"
)

// Every request that OiOi sends to GitHub in two tickets' lives, and every answer of the sandbox to it, is as GitHub's
// published description says; requests are held to it strictly, so that a field which GitHub does not know is found.
func TestEveryRequestFollowsTheContract(t *testing.T) {
	contract := forgetest.NewContract(t, http.DefaultTransport)
	w := newTown(t, townOptions{transport: contract})
	ref := w.sample("docs-error")
	w.settle(ref)
	for _, words := range []string{"/oioi rerun shorter, please", "/oioi help", "/oioi nonsense"} {
		_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ref, words)
		w.check(err)
		w.settle(ref)
	}
	w.settle(w.sample("security"))
	fixed, pull := w.fixed("Zebra report is upside down", "The zebra report is upside down when it has ten columns.")
	again, err := w.world.Forge.CreateIssue(forge.As("customer"), fixed.Repo, forge.IssueInput{Title: "Zebra report upside down again", FormLabels: []string{"support"},
		Body: fmt.Sprintf("The zebra report with ten columns is upside down. See #%d, #%d, #999 and commit %s.", fixed.Number, pull.Ref.Number, pull.Pull.MergeCommitSHA[:8])})
	w.check(err)
	w.settle(again.Ref)
	for _, operation := range []string{
		"GET /app", "POST /app/installations/{installation_id}/access_tokens", "GET /repos/{owner}/{repo}/issues/{issue_number}",
		"GET /repos/{owner}/{repo}/tarball/{ref}", "POST /repos/{owner}/{repo}/issues/{issue_number}/reactions",
		"POST /repos/{owner}/{repo}/issues/{issue_number}/comments", "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
		"POST /repos/{owner}/{repo}/issues/{issue_number}/labels", "GET /repos/{owner}/{repo}/collaborators/{username}/permission",
		"POST /repos/{owner}/{repo}/git/trees", "POST /repos/{owner}/{repo}/git/commits", "POST /repos/{owner}/{repo}/git/refs",
		"POST /repos/{owner}/{repo}/pulls", "GET /repos/{owner}/{repo}/issues", "GET /repos/{owner}/{repo}/issues/{issue_number}/timeline",
		"GET /repos/{owner}/{repo}/pulls/{pull_number}", "GET /repos/{owner}/{repo}/commits/{ref}", "GET /repos/{owner}/{repo}/compare/{basehead}",
		"GET /repos/{owner}/{repo}/releases", "GET /repos/{owner}/{repo}/contents/{path}",
	} {
		if !contract.Seen(operation) {
			t.Errorf("the story did not use %s", operation)
		}
	}
}
