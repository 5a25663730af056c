package forge_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/oioi-app/oioi/app/need"
	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// octokitStory is the life of a ticket as GitHub's own JavaScript client drives it.
const octokitStory = `
import { Octokit, App } from "octokit";
import assert from "node:assert/strict";
const { BASE, CUSTOMER, MAINTAINER, APP_ID, KEY, INSTALLATION } = process.env;
const baseUrl = BASE + "/api/v3";
// Its pauses between writes and before retries are for the real GitHub.
const Client = Octokit.defaults({ baseUrl, throttle: { enabled: false }, retry: { enabled: false } });
const customer = new Client({ auth: CUSTOMER });
const maintainer = new Client({ auth: MAINTAINER });
const app = new App({ appId: APP_ID, privateKey: KEY, Octokit: Client });
const bot = await app.getInstallationOctokit(Number(INSTALLATION));
const at = { owner: "acme", repo: "support" };

const { data: issue } = await customer.rest.issues.create({ ...at, title: "Export is empty", body: "Nothing comes out." });
assert.equal(issue.user.login, "casey");
await bot.rest.issues.createComment({ ...at, issue_number: issue.number, body: "A draft" });
const comments = await bot.paginate(bot.rest.issues.listComments, { ...at, issue_number: issue.number, per_page: 1 });
assert.deepEqual(comments.map(c => [c.user.login, c.body]), [["helper[bot]", "A draft"]]);

const { data: child } = await bot.rest.issues.create({ ...at, title: "Follow-up" });
await bot.request("POST /repos/{owner}/{repo}/issues/{issue_number}/sub_issues", { ...at, issue_number: issue.number, sub_issue_id: child.id });
const { data: children } = await bot.request("GET /repos/{owner}/{repo}/issues/{issue_number}/sub_issues", { ...at, issue_number: issue.number });
assert.deepEqual(children.map(c => c.id), [child.id]);
await assert.rejects(bot.request("POST /repos/{owner}/{repo}/issues/{issue_number}/sub_issues", { ...at, issue_number: child.number, sub_issue_id: issue.id }), { status: 422 });

const { data: ref } = await bot.rest.git.getRef({ ...at, ref: "heads/main" });
const { data: base } = await bot.rest.git.getCommit({ ...at, commit_sha: ref.object.sha });
const { data: tree } = await bot.rest.git.createTree({ ...at, base_tree: base.tree.sha, tree: [{ path: "docs/new page.md", mode: "100644", type: "blob", content: "# New\n" }] });
const { data: commit } = await bot.rest.git.createCommit({ ...at, message: "Write it down", tree: tree.sha, parents: [base.sha] });
await bot.rest.git.createRef({ ...at, ref: "refs/heads/helper/docs", sha: commit.sha });
const { data: pull } = await bot.rest.pulls.create({ ...at, title: "Docs", body: "Closes #" + issue.number, head: "helper/docs", base: "main" });
assert.equal(pull.changed_files, 1);
const { data: file } = await bot.rest.repos.getContent({ ...at, path: "docs/new page.md", ref: "helper/docs" });
assert.equal(Buffer.from(file.content, "base64").toString(), "# New\n");
await assert.rejects(customer.rest.pulls.merge({ ...at, pull_number: pull.number }), { status: 403 });
const { data: merged } = await maintainer.rest.pulls.merge({ ...at, pull_number: pull.number, merge_method: "squash" });
assert.equal(merged.merged, true);
const { data: closed } = await customer.rest.issues.get({ ...at, issue_number: issue.number });
assert.equal(closed.state, "closed");
const repos = [];
for await (const { repository } of app.eachRepository.iterator()) repos.push(repository.full_name);
assert.deepEqual(repos, ["acme/support", "acme/kite"]);
await assert.rejects(bot.graphql("{ viewer { login } }"));
console.log("story told");
`

func TestOctokitTellsTheStory(t *testing.T) {
	modules := need.NodeModules(t, "octokit")
	node := need.Program(t, "node")
	w := newWorld(t, forge.Options{})
	dir := t.TempDir()
	check(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
	script := filepath.Join(dir, "story.mjs")
	check(t, os.WriteFile(script, []byte(octokitStory), 0o600))
	key, _ := keyPEM()

	cmd := exec.Command(node, script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BASE="+w.URL, "CUSTOMER="+tokenFor("casey"), "MAINTAINER="+tokenFor("morgan"), "KEY="+string(key),
		"APP_ID="+itoa(w.App.ID), "INSTALLATION="+itoa(w.Installation.ID))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
