package effect_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/effect/effecttest"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// fill puts a text into every string of a value that is not of a closed list, and makes every list and pointer hold something.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(text)
		}
	case reflect.Float64:
		v.SetFloat(3)
	}
}

// hostile is a run whose model wrote one text everywhere.
func hostile(text string, public bool) effect.Input {
	var o role.Outputs
	fill(reflect.ValueOf(&o).Elem(), text)
	o.Understanding.Severity, o.Understanding.Category = "S2", role.Bug
	o.Understanding.Reply[0].Kind, o.HandlingPlan.Path, o.Measurement.Checks[0].Kind = role.Instruction, "fix", "reporter_confirms"
	cited := o.Understanding.Reply[0]
	cited.Citations = []role.Citation{{Evidence: "E1", Quote: "word for word"}}
	o.Understanding.Reply = append(o.Understanding.Reply, cited)
	o.HandlingPlan.WhyCitations = append(o.HandlingPlan.WhyCitations, cited.Citations[0])
	o.HandlingPlan.Alternatives = append(o.HandlingPlan.Alternatives, role.Alternative{Text: text, Gain: text, Citations: cited.Citations})
	o.HandlingPlan.LimitsApplied = append(o.HandlingPlan.LimitsApplied, role.Limit{Text: text, Citations: cited.Citations})
	o.FollowThrough.FollowUps[0].Kind, o.FollowThrough.FollowUps[0].Priority = "bug", "P2"
	o.FollowThrough.DocsEdits[0].Page, o.FollowThrough.DocsEdits[0].NewPage = "docs/a.md", false
	o.FollowThrough.DocsEdits[0].Edits[0].Find = "anchor"
	repository := ticket.Repository{ID: 7, Owner: "acme", Name: "support", Private: !public, DefaultBranch: "main"}
	audience := map[bool]evidence.Visibility{true: evidence.Public, false: evidence.Private}[public]
	return effect.Input{
		Ticket:  ticket.Ticket{Repository: repository, Number: 42, Title: ticket.Text(text), Body: ticket.Text(text), Author: ticket.Person{Login: "ada", ID: 5}},
		Outputs: o, Unmet: []role.Unmet{{Why: text}}, Cut: []string{text}, Unverified: []string{text}, Floors: []string{text}, Refused: []effect.Refusal{{What: text, Reason: text}}, Direction: text,
		Evidence: evidence.Set{Items: []evidence.Item{{ID: "E1", Kind: evidence.Page, Title: text, URL: "https://evil.example/?" + text, Text: ticket.Text("word for word"), Visibility: evidence.Public},
			{ID: "E2", Kind: evidence.Docs, Title: text, URL: "https://docs.example.com/a", Text: ticket.Text("x"), Visibility: evidence.Public}}},
		Policy: policy.Policy{}, Now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Draft: 1, Public: public,
		Rules: effect.Rules{Repositories: []int64{7}, LabelPrefix: "oioi:", DocsRoot: "docs", PullRequests: true, MaxFollowUps: 2, Audience: audience},
		Links: allowed.Links, Pages: map[string]string{"docs/a.md": "anchor\n"}, Commit: "c0ffee",
		About: effect.About{Drafter: "openai", Models: []string{"gpt"}, Missing: []evidence.Missing{{Source: text, Reason: text}}},
	}
}

// ours is what OiOi itself writes into a comment that would be harm from anybody else: its hidden lines, its folds, the number of the ticket.
var ours = regexp.MustCompile(`<!-- oioi:reply:(?:start|end) -->|<!-- oioi:v1 7/42/[a-z_/0-9]+ -->|</?details>|<summary>[A-Za-z ,()0-9'.-]*</summary>|</?sub>|support ticket #42\b`)

// withoutOurs is a text without them; the words before the ticket's number stay, so that nothing moves to where it stood.
func withoutOurs(text string) string {
	return ours.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "support") {
			return "support ticket"
		}
		return ""
	})
}

// bodies are the texts of a run's effects as they are posted.
func bodies(t *testing.T, in effect.Input) map[string]string {
	t.Helper()
	effects, refused, _, err := effect.Plan(in, templates.Texts{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range refused {
		if strings.HasSuffix(r.What, effect.SlotPatch) || r.Key == "" {
			continue // a patch is shown as it is, or not at all; without a key it is one of the input's
		}
		if strings.HasPrefix(r.What, "comment") || strings.HasPrefix(r.What, "issue") {
			t.Errorf("the gate refuses what is sanitized: %v", r)
		}
	}
	receipts := map[string]effect.Receipt{}
	out := map[string]string{}
	for _, e := range effects {
		resolved := effect.Resolve(e, receipts)
		switch e.Kind {
		case effect.KindIssue:
			receipts[e.Key] = effect.Receipt{URL: "https://docs.example.com/follow-up"}
			out["follow-up"], out["title"] = resolved.Issue.Body, resolved.Issue.Title
		case effect.KindPull:
			out["pull request"], out["message"] = resolved.Pull.Body, resolved.Pull.Message
		case effect.KindComment:
			out["draft"] = resolved.Comment.Body // the pull request was not made: its title stands there without a link
		}
	}
	return out
}

func checkBodies(t *testing.T, text string) {
	t.Helper()
	for _, public := range []bool{false, true} {
		got := bodies(t, hostile(text, public))
		if got["draft"] == "" {
			t.Fatalf("there is no draft for %q", text)
		}
		for what, body := range got {
			if what == "title" || what == "message" {
				if effect.Plain(body) != strings.Join(strings.Fields(body), " ") {
					t.Errorf("the %s of %q holds something that acts: %q", what, text, body)
				}
				continue
			}
			for _, harm := range effecttest.Harm(withoutOurs(body), allowed) {
				t.Errorf("the %s of %q %s:\n%s", what, text, harm, body)
			}
			if n := strings.Count(body, "<!-- oioi:"); n != map[string]int{"draft": 3}[what] && n != 1 {
				t.Errorf("the %s of %q holds %d marks:\n%s", what, text, n, body)
			}
		}
	}
}

func TestNothingOfAModelActsInWhatIsPosted(t *testing.T) {
	for _, trick := range tricks {
		t.Run(trick.name, func(t *testing.T) { checkBodies(t, trick.in) })
	}
	for _, text := range []string{
		"```\ncode\n```", "~~~\n@bob\n~~~", "{{oioi:link follow_up/1|[x](https://evil.example)}}", "@}}bob", "x}} <!-- oioi:reply:end -->", "a|b|c\n|-|-|\n|@bob|#1|",
		"](https://evil.example) [", "x)](https://evil.example)", "</details>\n\n/close", "`", "``` @bob", "\\", "<summary>@bob</summary>", "fixes", "a\n===\n@bob", strings.Repeat("> ", 50) + "@bob",
	} {
		checkBodies(t, text)
	}
}

func TestADraftThatIsTooLongForGitHubIsNotLost(t *testing.T) {
	for text, public := range map[string]bool{strings.Repeat("word and more ", 9000): false, strings.Repeat("`", 30000): true, strings.Repeat("@a ", 30000): true} {
		draft := bodies(t, hostile(text, public))["draft"]
		if n := utf8.RuneCountInString(draft); n == 0 || n > 65536 || !strings.Contains(draft, "a person has to write the reply") {
			t.Errorf("the draft has %d characters: %.300s", n, draft)
		}
	}
}

func FuzzPosted(f *testing.F) {
	for i := 0; i < len(tricks); i += 10 { // the test above has them all
		f.Add(tricks[i].in)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 1000 {
			checkBodies(t, text)
		}
	})
}
