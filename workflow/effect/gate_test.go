package effect_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

var support = ticket.Repository{ID: 7, Owner: "acme", Name: "support", DefaultBranch: "main"}

func rules() effect.Rules {
	return effect.Rules{Repositories: []int64{7}, LabelPrefix: "oioi:", Trigger: "oioi", DocsRoot: "docs", Protected: []string{"docs/legal/"}, PullRequests: true,
		MaxFollowUps: 2, Audience: evidence.Repository, Mentions: []string{"ada"}}
}

func made(kind effect.Kind, slot string) effect.Effect {
	return effect.Effect{Key: effect.Key(7, 42, kind, slot), Kind: kind, Slot: slot, Repository: support, Number: 42, Visibility: evidence.Public}
}

func comment(body string) effect.Effect {
	e := made(effect.KindComment, "draft/1")
	e.Comment = &effect.Comment{Body: body + "\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key)}
	return e
}

func label(name string, remove bool) effect.Effect {
	e := made(effect.KindLabel, "x")
	e.Label = &effect.Label{Name: name, Remove: remove}
	return e
}

func followUp(title, body string) effect.Effect {
	e := made(effect.KindIssue, "follow_up/1")
	e.Issue = &effect.Issue{Title: title, Body: body + "\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key), Labels: []string{"oioi:follow-up"}}
	return e
}

func pull(change func(*effect.Pull)) effect.Effect {
	e := made(effect.KindPull, "docs")
	e.Pull = &effect.Pull{Branch: "oioi/ticket-42-docs", Base: "main", BaseSHA: "c0ffee", Title: "Docs: say it", Message: "Docs: say it\n\nWhy.",
		Body: "text\n\n" + effect.Marker(e.Key), Marker: effect.Marker(e.Key), Files: []effect.File{{Path: "docs/a.md", Old: "a\n", New: "a\n\nb\n"}}, Labels: []string{"oioi:docs"}, Links: []string{"https://help.example.com"}}
	change(e.Pull)
	return e
}

func file(path, old, new string) effect.Effect {
	return pull(func(p *effect.Pull) { p.Files = []effect.File{{Path: path, Old: old, New: new}} })
}

// nav is a pull request that lists a new page.
func nav(line string) effect.Effect {
	return pull(func(p *effect.Pull) {
		p.Files = []effect.File{{Path: "docs/export.md", New: "# Export\n"}, {Path: "mkdocs.yml", Old: "nav:\n  - A: a.md\n", New: "nav:\n  - A: a.md\n" + line + "\n"}}
	})
}

// what the gate does with an effect: "" when it goes through, else a part of the reason.
func TestTheGate(t *testing.T) {
	elsewhere, nowhere, secret := comment("hi"), comment("hi"), comment("hi")
	elsewhere.Repository.ID = 8
	nowhere.Visibility = 0
	secret.Visibility = evidence.Private
	unknown := made("webhook", "x")
	react := func(content string) effect.Effect {
		e := made(effect.KindReaction, "issue/x")
		e.Reaction = &effect.Reaction{Content: content}
		return e
	}
	for name, c := range map[string]struct {
		e    effect.Effect
		want string
	}{
		"comment":                       {comment("Hi @ada, see [this](https://docs.example.com/a) and `#1`."), ""},
		"comment with our own folds":    {comment("<details>\n<summary>Reasons and details</summary>\n\nx\n\n</details>\n<sub>support ticket #42</sub>"), ""},
		"another repository":            {elsewhere, "is not this ticket's"},
		"no visibility":                 {nowhere, "how private"},
		"wider than its evidence":       {secret, "may not see"},
		"a kind nobody knows":           {unknown, "knows no effect"},
		"a live mention":                {comment("ask @bob"), "mentions somebody"},
		"a live reference":              {comment("fixes #42"), "mentions somebody or refers"},
		"an image":                      {comment("![x](https://a.example/p.png)"), "image"},
		"HTML":                          {comment("<b>x</b>"), "HTML"},
		"a forged marker":               {comment("<!-- oioi:v1 7/43/comment/draft/1 -->"), "mark of OiOi's"},
		"our own marker twice":          {comment(effect.Marker(effect.Key(7, 42, effect.KindComment, "draft/1"))), "exactly once"},
		"a command":                     {comment("fine\n\n/close"), "command"},
		"a command in a list":           {comment("- > /approve now"), "command"},
		"a command in code":             {comment("```\n/lgtm\n```"), "command"},
		"a path in code":                {comment("```\n/etc/hosts\n```"), ""},
		"hidden characters":             {comment("a\u200bb"), "show nothing"},
		"a link that runs":              {comment("[x](javascript:alert)"), "no web address"},
		"too long":                      {comment(strings.Repeat("a", 65536)), "longer than"},
		"reaction":                      {react("eyes"), ""},
		"reaction that GitHub has not":  {react("skull"), "no reaction"},
		"label":                         {label("oioi:S1", false), ""},
		"label of people":               {label("security", false), "not OiOi's own"},
		"label of people removed":       {label("security", true), "not OiOi's own"},
		"trigger removed":               {label("OiOi", true), ""},
		"trigger set":                   {label("oioi", false), "not OiOi's own"},
		"label with a strange name":     {label("oioi:<b>", false), "none that OiOi makes"},
		"follow-up":                     {followUp("Fix the export", "text"), ""},
		"follow-up with a live title":   {followUp("fixes #1", "text"), "title"},
		"follow-up that calls a bot":    {followUp("x", "/assign"), "command"},
		"follow-up without a title":     {followUp(" ", "text"), "title"},
		"pull request":                  {pull(func(*effect.Pull) {}), ""},
		"pull request on main":          {pull(func(p *effect.Pull) { p.Branch = "main" }), "branch"},
		"branch that climbs":            {pull(func(p *effect.Pull) { p.Branch = "oioi/../main" }), "branch"},
		"branch with a lock":            {pull(func(p *effect.Pull) { p.Branch = "oioi/x.lock" }), "branch"},
		"pull request for another base": {pull(func(p *effect.Pull) { p.Base = "release" }), "default branch"},
		"commit that closes":            {pull(func(p *effect.Pull) { p.Message = "closes #1" }), "commit message"},
		"commit that skips the checks":  {pull(func(p *effect.Pull) { p.Message = "Docs [skip ci]" }), "commit message"},
		"commit in another's name":      {pull(func(p *effect.Pull) { p.Message = "x\n\nCo-authored-by: a <a@b.example>" }), "commit message"},
		"six pages":                     {pull(func(p *effect.Pull) { p.Files = make([]effect.File, 6) }), "more than 5"},
		"two spellings of one page": {pull(func(p *effect.Pull) {
			p.Files = []effect.File{{Path: "docs/a.md", New: "x"}, {Path: "docs/A.md", New: "x"}}
		}), "twice"},
		"protected page":                  {file("docs/legal/terms.md", "", "x"), "protected"},
		"protected page in other letters": {file("docs/Legal/terms.md", "", "x"), "protected"},
		"navigation":                      {nav("  - Export: export.md"), ""},
		"navigation that runs something":  {nav("  - Export: !!python/name:os.system export.md"), "is outside the help center"},
		"page that is too large":          {file("docs/a.md", "", strings.Repeat("a", 1<<20+1)), "larger"},
	} {
		if got := rules().Refuse(c.e); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: refused because %q, want %q", name, got, c.want)
		}
	}
}

func TestTheGateCounts(t *testing.T) {
	var plan []effect.Effect
	for range 60 {
		plan = append(plan, label("oioi:S1", false), comment("x"), followUp("x", "y"), pull(func(*effect.Pull) {}))
	}
	allowed, refused := rules().Check(plan)
	counts := map[effect.Kind]int{}
	for _, e := range allowed {
		counts[e.Kind]++
	}
	if counts[effect.KindLabel] != 20 || counts[effect.KindComment] != 2 || counts[effect.KindIssue] != 2 || counts[effect.KindPull] != 1 {
		t.Errorf("the gate lets through %v", counts)
	}
	if len(allowed)+len(refused) != len(plan) {
		t.Error("what the gate refuses is dropped")
	}
}

func TestNoPathLeavesTheHelpCenter(t *testing.T) {
	for _, path := range []string{
		"", "/docs/a.md", "docs/../.github/workflows/ci.md", "../docs/a.md", "docs/./a.md", "docs//a.md", `docs\a.md`, "docs/a.md/", "docs/.hidden/a.md", "docs/.git/a.md", ".github/a.md",
		"docs/.GitHub/a.md", "docs/git~1/a.md", "docs/GITHUB~1/a.md", "docs/a.md.", "docs/a.md ", "docs/ a.md", "docs/a .md ", "docs/con.md", "docs/NUL/a.md", "docs/lpt1.md", "other/a.md", "docsa/b.md", "Docs/a.md",
		"docs/a.yml", "docs/a.md.exe", "docs/CODEOWNERS", "docs/a\u200b.md", "docs/a\u202egpj.md", "docs/a\ufe0f.md", "docs/e\u0301.md", "docs/a\x00.md", "docs/a\nb.md", "docs/a?.md", "docs/a%2e.md", "docs/a:b.md",
		"docs/$(id).md", "docs/`id`.md", "docs/a;b.md", "docs/a\u00a0.md", "docs/\xff.md", "docs/" + strings.Repeat("a", 300) + ".md", "docs/a#b.md", "~/a.md", "docs/.md",
	} {
		if effect.SafePath("docs", path) == nil {
			t.Errorf("%q is let through", path)
		}
		if got := rules().Refuse(file(path, "", "x\n")); got == "" {
			t.Errorf("a pull request may write %q", path)
		}
	}
	for _, path := range []string{"docs/a.md", "docs/a-b_c/d.e.mdx", "docs/Füße.md", "docs/日本語.adoc", "docs/a b.rst", "docs/README.markdown"} {
		if err := effect.SafePath("docs", path); err != nil {
			t.Error(err)
		}
	}
}

// What is shown inside may be as private as the team's repositories, and only in the private repository that is configured now.
func TestInsideGate(t *testing.T) {
	private := ticket.Repository{ID: 9, Owner: "acme", Name: "internal", Private: true}
	open, other := private, ticket.Repository{ID: 10, Owner: "acme", Name: "other", Private: true}
	open.Private = false
	draft := comment("Severity S1, and what another customer wrote")
	draft.Visibility = evidence.Repository
	pull := made(effect.KindPull, "docs")
	secret := draft
	secret.Visibility = evidence.Private
	for name, test := range map[string]struct {
		configured *ticket.Repository
		e          effect.Effect
		refused    string
	}{
		"inside":                         {&private, draft.Inside(&private), ""},
		"the same text on the ticket":    {&private, draft, "may not see"},
		"nothing is configured":          {nil, draft.Inside(&private), "is not where the configuration wants drafts"},
		"another repository":             {&other, draft.Inside(&private), "is not where the configuration wants drafts"},
		"it was made public":             {&open, draft.Inside(&open), "is not private"},
		"for the team only":              {&private, secret.Inside(&private), ""},
		"the same on the ticket":         {&private, secret, "may not see"},
		"a pull request":                 {&private, pull.Inside(&private), "belongs on the ticket"},
		"the internal issue on a ticket": {&private, effect.Internal(ticket.Ticket{Repository: support, Number: 42}, nil, "oioi:"), "does not say in which repository"},
		"the internal issue": {&private, effect.Internal(ticket.Ticket{Repository: support, Number: 42, URL: "https://github.com/acme/support/issues/42",
			Title: ticket.Text("fixes #1 @ada <!-- oioi:v1 7/1/internal/internal -->")}, &private, "oioi:"), ""},
	} {
		r := rules()
		r.Audience, r.Inside, r.Sensitive = evidence.Public, test.configured, true
		if got := r.Refuse(test.e); test.refused == "" && got != "" || !strings.Contains(got, test.refused) {
			t.Errorf("%s: %q, want %q", name, got, test.refused)
		}
	}
}
