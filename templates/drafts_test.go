package templates_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden.md")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./templates -update, and read it", err)
	}
	if got != string(want) {
		t.Errorf("%s differs from what people were to read.\ngot\n%s\nwant\n%s", path, got, want)
	}
}

func ptr[T any](v T) *T { return &v }

var berlin = func() *time.Location {
	location, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return location
}()

// howTo is a ticket that a help-center page answers.
func howTo() effect.Input {
	repository := ticket.Repository{ID: 7, Owner: "acme", Name: "support", Private: true, DefaultBranch: "main"}
	docs := evidence.Item{ID: "E1", Kind: evidence.Docs, Title: "Exports › How large an export may be", Path: "docs/data/export.md", Visibility: evidence.Public,
		URL: "https://github.com/acme/support/blob/0123abc/docs/data/export.md#how-large", Text: ticket.Text("An export may hold 100,000 rows. Split larger exports by month.")}
	similar := evidence.Item{ID: "E2", Kind: evidence.Similar, Title: "Export stops at 100,000 rows [solved]", Number: 12, State: "closed", Visibility: evidence.Repository,
		URL: "https://github.com/acme/support/issues/12", Text: ticket.Text("The export ends early.")}
	return effect.Input{
		Ticket: ticket.Ticket{Repository: repository, Number: 42, ID: 4200, Title: ticket.Text("Export ends early"), Body: ticket.Text("My export ends at row 100000."),
			Author: ticket.Person{Login: "ada", ID: 5}, State: "open"},
		Outputs: role.Outputs{
			Understanding: &role.Understanding{
				Summary: "An export of the orders report ends after 100,000 rows.", CustomerGoal: "A file with all 240,000 orders of last year", BlockedOn: "The limit of one export",
				Impact: "The yearly report is late; nothing is lost", Severity: "S3", Category: role.HowTo, Language: "en",
				Facts:       []role.Claim{{Text: "One export holds 100,000 rows", Citations: []role.Citation{{Evidence: "E1", Quote: "An export may hold 100,000 rows"}}}},
				Assumptions: []string{"The plan is not a self-hosted one"}, ReplyMust: []string{"Say how to get all rows today"},
				Reply: []role.Block{
					{Kind: role.Courtesy, Text: "Hi Ada, thanks for the screenshot."},
					{Kind: role.Fact, Text: "One export holds at most 100,000 rows, so yours ended there and nothing is wrong with your data.", Citations: []role.Citation{{Evidence: "E1", Quote: "An export may hold 100,000 rows"}}},
					{Kind: role.Instruction, Text: "To get the whole year, make one export a month:\n\n1. Open **Reports › Orders**.\n2. Set the period to one month.\n3. Choose **Export**.", Citations: []role.Citation{{Evidence: "E1", Quote: "Split larger exports by month"}}},
					{Kind: role.Commitment, Text: "We will look at raising the limit and tell you here by Thursday.", Owner: ptr("@acme/data-team"), DueHours: ptr(16.0), Action: ptr("A1")},
				},
			},
			HandlingPlan: &role.HandlingPlan{Path: "answer", Why: "The help center answers the question", WhyCitations: []role.Citation{{Evidence: "E1", Quote: "An export may hold 100,000 rows"}}, Owner: "@acme/data-team", OwnerWhy: "Exports belong to the area Data",
				Actions: []role.Action{{ID: "A1", Text: "Decide whether the export limit can be raised", Owner: "@acme/data-team", DueHours: 16, DoneWhen: "the customer has the decision"}}, NextUpdateHours: 16,
				LimitsApplied: []role.Limit{{Text: "No word on when the limit is raised", Citations: []role.Citation{{Evidence: "policy", Quote: "never promise release dates"}}}},
				Alternatives: []role.Alternative{{Text: "Run the export for the customer", Gain: "the customer has the file today"},
					{Text: "Join it with the older ticket", Gain: "one place for one problem", Citations: []role.Citation{{Evidence: "E2", Quote: "The export ends early."}}}}},
			Measurement: &role.Measurement{Checks: []role.Check{{ID: "C1", Kind: "reporter_confirms", Text: "The customer says that all twelve files are complete", DueHours: 24}}},
			FollowThrough: &role.FollowThrough{FollowUps: []role.FollowUp{{Kind: "docs", Title: "Say how large an export may be where exports start", Body: "Customers meet the limit of **100,000 rows** only when a file ends early.\n\nThe page on exports says it, the dialog does not.",
				Acceptance: []string{"The dialog names the limit", "It links to the page on exports"}, Tracker: "github", Priority: "P3"}}},
		},
		Evidence: evidence.Set{Items: []evidence.Item{docs, similar}},
		Policy:   policy.Policy{Limits: policy.Limits{NoPromises: []string{"release dates"}}, Areas: []policy.Area{{Name: "Data", Owner: "@acme/data-team"}}, Hours: policy.Hours{Timezone: "Europe/Berlin"}},
		Now:      time.Date(2026, 11, 23, 10, 0, 0, 0, berlin), Draft: 1,
		Rules: effect.Rules{Repositories: []int64{7}, LabelPrefix: "oioi:", DocsRoot: "docs", PullRequests: true, MaxFollowUps: 2, Audience: evidence.Repository},
		Links: []string{"https://github.com/acme/support"}, Pages: map[string]string{}, Commit: "0123abc",
		About: effect.About{Drafter: "openai", Models: []string{"gpt-5-mini"}, Prompt: 23456, Cached: 17920, Completion: 2100, CostUSD: 0.0213, Priced: true, Confidence: 0.8},
	}
}

func outage() effect.Input {
	in := howTo()
	in.Ticket.Title, in.Ticket.Body = ticket.Text("Nothing works"), ticket.Text("Nobody can sign in.")
	u, p := in.Outputs.Understanding, in.Outputs.HandlingPlan
	u.Summary, u.CustomerGoal, u.BlockedOn, u.Impact = "Nobody of the customer's team can sign in since 09:40.", "Sign in again", "The sign-in page answers with error 503", "40 people cannot work"
	u.Severity, u.Category, u.Assumptions = "S1", role.Outage, nil
	p.WhyCitations, p.LimitsApplied = nil, nil
	u.Reply = []role.Block{
		{Kind: role.Courtesy, Text: "Hi Ada, this is serious and it has our full attention."},
		{Kind: role.Commitment, Text: "The engineer on call is looking at it now. You hear from us again within two hours, whatever we know by then.", Owner: ptr("@acme/on-call"), DueHours: ptr(2.0), Action: ptr("A1")},
		{Kind: role.Question, Text: "Does the sign-in page answer with error 503 for everybody, or only in one office?"},
	}
	u.Missing = []role.MissingInfo{{Question: "Is every office affected?", Why: "it tells a network problem from an outage"}}
	p.Path, p.Why, p.Owner, p.OwnerWhy, p.NextUpdateHours, p.Alternatives = "escalate", "Nobody can work", "@acme/on-call", "Outages go to the engineer on call", 2, nil
	p.Actions = []role.Action{{ID: "A1", Text: "Find out why sign-in answers with 503", Owner: "@acme/on-call", DueHours: 1, DoneWhen: "the cause is on the ticket"},
		{ID: "A2", Text: "Tell the customer what is known", Owner: "@acme/on-call", DueHours: 2, DoneWhen: "the customer has an update"}}
	p.Escalation = &role.Escalation{Level: "L2", Target: "@acme/on-call", Rule: "every S1 ticket goes to L2", DeadlineHours: 1}
	in.Outputs.Measurement.Checks = []role.Check{{ID: "C1", Kind: "reporter_confirms", Text: "The customer's people can sign in again", DueHours: 4}, {ID: "C2", Kind: "quiet_for", Text: "No second report of a failing sign-in for 24 hours", DueHours: 24}}
	in.Outputs.FollowThrough = &role.FollowThrough{Nothing: ptr("The incident review decides on follow-up work")}
	in.Floors = []string{"escalation to L2 (@acme/on-call) added: every S1 ticket goes to L2"}
	in.Evidence.Items = nil
	in.About.Missing = []evidence.Missing{{Source: "Linear", Reason: "did not answer within 5 seconds"}}
	return in
}

func ask() effect.Input {
	in := howTo()
	u, p := in.Outputs.Understanding, in.Outputs.HandlingPlan
	u.Reply = []role.Block{
		{Kind: role.Courtesy, Text: "Hi Ada, thanks for writing."},
		{Kind: role.Question, Text: "To see what happens we need two things:\n\n- Which report do you export?\n- How many rows does the file have?"},
	}
	u.Missing = []role.MissingInfo{{Question: "Which report is exported?", Why: "limits differ"}, {Question: "How many rows does the file have?", Why: "it tells the limit from a broken download"}}
	p.WhyCitations, p.LimitsApplied = nil, nil
	p.Path, p.Why, p.Alternatives = "ask", "Two facts decide what is wrong", nil
	p.Actions = []role.Action{{ID: "A1", Text: "Answer as soon as the customer has replied", Owner: "@acme/data-team", DueHours: 16, DoneWhen: "the customer has an answer"}}
	in.Outputs.FollowThrough = &role.FollowThrough{Nothing: ptr("It is not known yet what is wrong")}
	in.About = effect.About{Drafter: "playbook", Models: []string{"playbook how_to"}, Confidence: 0.3}
	return in
}

// drafts are the comments that people read, one file each.
func drafts() map[string]effect.Input {
	public := howTo()
	public.Public, public.Ticket.Repository.Private, public.Rules.Audience = true, false, evidence.Public
	public.Evidence.Items = public.Evidence.Items[:1]
	public.About.Missing = []evidence.Missing{{Source: "The list of releases", Reason: "it failed"}, {Source: "https://status.example.com/<b>now", Reason: "401 for the token of our account"}}

	sensitive := outage()
	sensitive.Public, sensitive.Channel = true, "security@acme.example"
	sensitive.Outputs.Understanding.Category = role.Security

	language := ask()
	language.Outputs.Understanding.Language, language.Outputs.Understanding.Reply = "fi", nil
	language.Outputs.Understanding.ReplyNone = ptr("The ticket is in Finnish, and there is no reply in Finnish that could be used without a language model. The plan below holds all the same.")

	unmet := ask()
	unmet.Unmet = []role.Unmet{{Check: "questions_asked", Owes: role.ReturnsUnderstanding, Why: "information is missing, and the reply does not ask for it"}}

	unverified := howTo()
	unverified.Unverified = []string{"Open **Settings › Limits** and raise the limit.", "Then restart @acme/on-call."}
	unverified.Cut = []string{"The limit was 50,000 rows until May."}
	unverifiedPublic := public
	unverifiedPublic.Unverified = unverified.Unverified[:1]

	second := howTo()
	second.Draft = 2

	changed := howTo()
	changed.Draft, changed.Contested = 3, "the Analyst sent the note of the Operations Lead back, once: it names nobody who decides, @ada"
	changed.Former = &effect.Former{Draft: 2, Reply: "Hi Ada, thanks for the screenshot.\n\nOne export holds fewer rows, see [[1]](https://github.com/acme/support/blob/old/docs/export.md).", Kept: []string{"Support Specialist"},
		Outputs: outage().Outputs}
	publicly := changed
	publicly.Public, publicly.Ticket.Repository.Private, publicly.Rules.Audience = true, false, evidence.Public
	publicly.Evidence.Items = publicly.Evidence.Items[:1]
	same := howTo()
	same.Draft, same.Former = 2, &effect.Former{Draft: 1, Outputs: howTo().Outputs}
	same.Former.Reply, _ = effect.ReplyOf(draftOf(howTo()))

	refused := howTo()
	refused.Rules.MaxFollowUps = 0
	refused.Outputs.Understanding.Reply[1].Citations[0].Quote = "words that the page does not hold"
	refused.Outputs.HandlingPlan.WhyCitations[0].Quote = "words that the page does not hold"
	refused.Outputs.FollowThrough.DocsEdits = []role.DocsEdit{{Page: "../../etc/passwd.md", Title: "x", Why: "y", Edits: []role.Edit{{Insert: "z"}}}}

	full := outage()
	full.Outputs.Understanding.Reply = append(full.Outputs.Understanding.Reply, role.Block{Kind: role.Question, Text: strings.Repeat("Please keep one browser window open and write down the time of every try, so that we can find it in our logs. ", 3)})
	for i := range 4 {
		full.Outputs.HandlingPlan.Actions = append(full.Outputs.HandlingPlan.Actions, role.Action{ID: "B" + string(rune('1'+i)), Text: "Look through the logs of the sign-in service for the minutes that the customer names", Owner: "@acme/on-call", DueHours: 3, DoneWhen: "the finding is on the ticket"})
	}
	fuller := howTo()
	fuller.About.Undone = `OiOi does not understand "in Italian". It understands ` + strings.Repeat("shorter, longer, formal, friendlier, ", 14) + "and no follow-up."
	return map[string]effect.Input{"how-to": howTo(), "public": public, "outage-escalated": outage(), "ask-for-information": ask(), "sensitive-on-public": sensitive,
		"no-reply-in-this-language": language, "unmet": unmet, "second-draft": second, "changed-draft": changed, "changed-public": publicly, "same-draft": same, "refused": refused, "unverified": unverified, "unverified-public": unverifiedPublic, "actions-folded": full, "checks-folded": fuller}
}

// draftOf is the text of a draft whose links are not made yet.
func draftOf(in effect.Input) string {
	effects, _, _, err := effect.Plan(in, templates.Texts{})
	if err != nil {
		return err.Error()
	}
	for _, e := range effects {
		if e.Kind == effect.KindComment {
			return e.Comment.Body
		}
	}
	return ""
}

func plan(t *testing.T, in effect.Input) []effect.Effect {
	t.Helper()
	effects, _, _, err := effect.Plan(in, templates.Texts{})
	if err != nil {
		t.Fatal(err)
	}
	return effects
}

func only(t *testing.T, effects []effect.Effect, kind effect.Kind) effect.Effect {
	t.Helper()
	at := slices.IndexFunc(effects, func(e effect.Effect) bool { return e.Kind == kind })
	if at < 0 {
		t.Fatalf("no effect of the kind %s among %+v", kind, effects)
	}
	return effects[at]
}

// draft is the comment as it stands on the ticket when everything it links to was made.
func draft(t *testing.T, in effect.Input) string {
	t.Helper()
	effects := plan(t, in)
	receipts := map[string]effect.Receipt{}
	for _, e := range effects {
		switch e.Kind {
		case effect.KindIssue:
			receipts[e.Key] = effect.Receipt{URL: "https://github.com/acme/support/issues/43", Number: 43}
		case effect.KindPull:
			receipts[e.Key] = effect.Receipt{URL: "https://github.com/acme/support/pull/44", Number: 44}
		}
	}
	return effect.Resolve(only(t, effects, effect.KindComment), receipts).Comment.Body + "\n"
}

func TestDraftsReadAsTheyShould(t *testing.T) {
	for name, in := range drafts() {
		t.Run(name, func(t *testing.T) { golden(t, name, draft(t, in)) })
	}
}

func TestADraftIsReadInAMinute(t *testing.T) {
	for name, in := range drafts() {
		body := draft(t, in)
		_, rest, found := strings.Cut(body, effect.ReplyStart)
		reply, _, _ := strings.Cut(rest, effect.ReplyEnd)
		if words := templates.Words(body); words > templates.MaxWords && (!found || templates.Words(reply) <= templates.MaxWords) {
			t.Errorf("%s: %d words are not folded; allowed are %d", name, words, templates.MaxWords)
		}
	}
}

func TestWordsCountsWhatIsSeen(t *testing.T) {
	text := "one **two** [three four](https://example.com/five/six) <!-- seven --> `/oioi rerun`\n<details>\n<summary>eight</summary>\nnine\n</details>\n- [ ] ten"
	if n := templates.Words(text); n != 7 {
		t.Errorf("%d words, want 7: one two three four oioi rerun ten", n)
	}
}

func TestASecondDraftFoldsTheFirst(t *testing.T) {
	in := howTo()
	in.Draft, in.Older = 2, []int{1}
	effects := plan(t, in)
	fold := only(t, effects, effect.KindFold)
	if want := effect.Key(7, 42, effect.KindComment, "draft/1"); fold.Fold.TargetKey != want {
		t.Errorf("the fold is for %s, want the first draft %s", fold.Fold.TargetKey, want)
	}
	if last := effects[len(effects)-1]; last.Kind != effect.KindFold {
		t.Errorf("the first draft is folded before the second stands: %v", last.Kind)
	}
	first := plan(t, howTo())
	if a, b := only(t, first, effect.KindIssue).Key, only(t, effects, effect.KindIssue).Key; a != b {
		t.Errorf("the second draft would open a second follow-up: %s and %s", a, b)
	}
}

func TestPublicDraftsKeepInternalMattersBack(t *testing.T) {
	in := outage()
	in.Public, in.Rules.Audience = true, evidence.Public
	in.Refused = []effect.Refusal{{What: "label", Reason: "secret reason"}}
	body := draft(t, in)
	for _, internal := range []string{"S1", "escalat", "L2", "secret reason", "gpt-5-mini", "tokens", "Impact", "40 people"} {
		if strings.Contains(strings.ToLower(body), strings.ToLower(internal)) {
			t.Errorf("the public draft says %q:\n%s", internal, body)
		}
	}
}

func TestASensitiveTicketInPublicGetsNothingButTheHandoff(t *testing.T) {
	in := drafts()["sensitive-on-public"]
	in.Outputs.FollowThrough = howTo().Outputs.FollowThrough
	for _, e := range plan(t, in) {
		if e.Kind != effect.KindComment {
			t.Errorf("there is an effect besides the comment: %s %s", e.Kind, e.Slot)
		}
	}
}

func pages(t *testing.T) effect.Input {
	in := howTo()
	in.Pages = map[string]string{"docs/data/export.md": "# Exports\n\nAn export may hold 100,000 rows.\n"}
	in.Outputs.FollowThrough = &role.FollowThrough{DocsEdits: []role.DocsEdit{
		{Page: "docs/data/export.md", Title: "Say how to export more than 100,000 rows", Why: "The page names the limit and not the way around it.",
			Edits: []role.Edit{{Find: "An export may hold 100,000 rows.", Insert: " Split larger exports by month."}}, Sources: []role.Citation{{Evidence: "E1", Quote: "Split larger exports by month"}, {Evidence: "ticket", Quote: "row 100000"}}},
		{Page: "docs/data/large-exports.md", NewPage: true, Title: "Large exports", Why: "Nothing tells how several exports become one file.", Edits: []role.Edit{{Insert: "# Large exports\n\nSplit larger exports by month."}},
			Sources: []role.Citation{{Evidence: "E1", Quote: "Split larger exports by month"}}}}}
	return in
}

func TestFollowUpsAndPullRequestsReadAsTheyShould(t *testing.T) {
	issue := only(t, plan(t, howTo()), effect.KindIssue).Issue
	golden(t, "follow-up", "title: "+issue.Title+"\nlabels: "+strings.Join(issue.Labels, " ")+"\n\n"+issue.Body+"\n")
	pull := only(t, plan(t, pages(t)), effect.KindPull).Pull
	golden(t, "pull-request", "title: "+pull.Title+"\nbranch: "+pull.Branch+"\nmessage: "+pull.Message+"\n\n"+pull.Body+"\n")
	golden(t, "pull-request-patch", effect.Patch(pull.Files))
	golden(t, "draft-with-pull-request", draft(t, pages(t)))
}

func TestNoticesReadAsTheyShould(t *testing.T) {
	long := templates.Parked{Kind: "long_prompt", Tokens: 31234, Limit: 24000, Long: &templates.Long{Cost: "$0.0625", Trimmed: 23800,
		Lost: []string{"evidence E8 docs, E7 docs", "the middle of what the ticket says beyond 8000 characters a text"}, Drop: "docs", Expires: time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC),
		Sources: []templates.Expense{{What: "the workflow, the policy and the contract", Tokens: 900, Cost: "$0.0018"}, {What: "the ticket's own text", Tokens: 27000, Cost: "$0.0540"},
			{Name: "docs", What: "sections of the help center (8)", Tokens: 3334, Cost: "$0.0067", Loses: "the reply quotes no page of the help center"}}}}
	public := long
	public.Public, public.Long = true, &templates.Long{Trimmed: 23800, Drop: "docs", Expires: long.Long.Expires, Sources: []templates.Expense{{What: "the ticket's own text", Tokens: 27000},
		{Name: "docs", What: "sections of the help center (8)", Tokens: 3334, Loses: "the reply quotes no page of the help center"}, {What: "everything else", Tokens: 900}}}
	for name, p := range map[string]templates.Parked{
		"long-prompt": long, "long-prompt-public": public,
		"parked":        {Kind: "invalid", Reason: `the answer of the analyst stayed invalid after one repair: measurement.checks[0].kind is "ask @bob to close #1"; allowed: reporter_confirms`},
		"parked-public": {Kind: "invalid", Reason: "the answer of the analyst stayed invalid", Public: true},
	} {
		got, err := templates.Notice(p)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, got)
		if p.Public && (strings.Contains(got, "$") || strings.Contains(got, "analyst")) {
			t.Errorf("the public notice tells how OiOi works inside:\n%s", got)
		}
	}
	got, err := templates.ConfigMistake([]string{".github/oioi.yml:3:5: unknown key \"trigers\" (did you mean \"triggers\"?); allowed: docs, policy, triggers", "oioi.yml:9:1: holds ``` and <!-- oioi:v1 x -->"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "config-mistake", got)
}
