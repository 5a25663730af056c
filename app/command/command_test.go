package command

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, body, want, words, mistake string }{
		{name: "plain", body: "/oioi rerun", want: "rerun"},
		{name: "words", body: "Thanks!\n\n/oioi rerun shorter, please\nmore", want: "rerun", words: "shorter, please"},
		{name: "case and spaces", body: "  /oioi   ReRun   be kind ", want: "rerun", words: "be kind"},
		{name: "nothing but the prefix asks for help", body: "/oioi", want: "help"},
		{name: "windows line ends", body: "hello\r\n/oioi confirm\r\n", want: "confirm"},
		{name: "quoted", body: "> /oioi rerun"},
		{name: "in the middle of a line", body: "please /oioi rerun"},
		{name: "fenced", body: "```\n/oioi rerun\n```"},
		{name: "fenced with tildes and an inner fence", body: "~~~~\n~~~\n/oioi rerun\n~~~~"},
		{name: "after a fence", body: "```\ncode\n```\n/oioi cancel", want: "cancel"},
		{name: "indented code", body: "    /oioi rerun"},
		{name: "hidden", body: "<!--\n/oioi rerun\n-->"},
		{name: "another bot", body: "/oioibot rerun"},
		{name: "only the first counts", body: "/oioi help\n/oioi cancel", want: "help"},
		{name: "typo", body: "/oioi rerum", mistake: "Did you mean `/oioi rerun`?"},
		{name: "no such command", body: "/oioi frobnicate", mistake: "The commands are: approve, assign, cancel, confirm, docs, escalate, help, hold, reject, rerun, resume, run, send, status."},
		{name: "words where none are taken", body: "/oioi cancel everything", mistake: "it takes no arguments. Write `/oioi cancel`"},
		{name: "two letters changed places", body: "/oioi sedn", mistake: "Did you mean `/oioi send`?"},
		{name: "a quote goes on until an empty line", body: "> he wrote\n/oioi send"},
		{name: "below a quote", body: "> he wrote\n\n/oioi send", want: "send"},
		{name: "what a mail program quotes", body: "Thanks!\n\nOn Mon, 23 Nov 2026 at 10:12, oioi[bot] <notifications@github.com> wrote:\n\n/oioi send"},
		{name: "what a German mail program quotes", body: "Danke!\n\nAm 23.11.2026 um 10:12 schrieb oioi[bot]:\n/oioi send"},
		{name: "what Outlook quotes", body: "Thanks\n________________________________\nFrom: oioi\n/oioi send"},
		{name: "above a mail's quote", body: "/oioi send\n\nOn Mon, 23 Nov 2026, oioi[bot] wrote:\n> /oioi hold", want: "send"},
		{name: "in an HTML block", body: "<pre>\n/oioi send\n</pre>"},
		{name: "after an HTML block", body: "<blockquote>he</blockquote>\n/oioi hold", want: "hold"},
		{name: "in a code span of several lines", body: "like `this\n/oioi send\nthat`"},
		{name: "after a back quote that closes nothing", body: "5` long\n/oioi send", want: "send"},
		{name: "a fence with back quotes is none", body: "```/oioi``` is the prefix\n/oioi hold", want: "hold"},
		{name: "tabs between the words", body: "/oioi\tescalate\tno sign-in", want: "escalate", words: "no sign-in"},
		{name: "reject needs an ID", body: "/oioi reject", mistake: "it needs the ID that the draft shows. Write `/oioi reject ID [why]`"},
		{name: "assign needs a person", body: "/oioi assign jo", mistake: "a person is written @login"},
		{name: "assign takes no team", body: "/oioi assign @acme/on-call", mistake: "a team cannot be assigned"},
		{name: "all is no draft", body: "/oioi send all", mistake: "an ID is what the draft shows"},
		{name: "confirm with a word", body: "/oioi confirm maybe", mistake: "`maybe` has no meaning there. Write `/oioi confirm [full|trim|drop:SOURCE] [always]`"},
		{name: "ask once", body: "/oioi confirm ask", mistake: "`ask` ends the repository's rule and needs one more word, always"},
		{name: "from nobody", body: "/oioi rerun from: shorter", mistake: "after `from:` stands the name of a role"},
		{name: "back quotes stay harmless", body: "/oioi `x` @all", mistake: "`/oioi 'x' @all` is not a command"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd, mistake := Parse(c.body)
			if c.mistake != "" {
				if mistake == nil || !strings.Contains(mistake.Error(), c.mistake) {
					t.Fatalf("mistake = %v, want %q", mistake, c.mistake)
				}
				return
			}
			if mistake != nil {
				t.Fatalf("unexpected mistake: %v", mistake)
			}
			got, words := "", ""
			if cmd != nil {
				got, words = cmd.Spec.Name, cmd.Words
			}
			if got != c.want || words != c.words {
				t.Fatalf("got %q %q, want %q %q", got, words, c.want, c.words)
			}
		})
	}
}

func TestPermissions(t *testing.T) {
	if !Maintain.AtLeast(Triage) || Read.AtLeast(Triage) || None.AtLeast(None) || Permission("root").AtLeast(Read) {
		t.Fatal("a weaker or unknown permission must never cover a stronger one")
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	help := Rules{"send": {"admin", "team:support"}, "escalate": {}}.Help()
	for _, spec := range Specs {
		if !strings.Contains(help, "`"+Prefix+" "+spec.Name) {
			t.Errorf("help does not name %s", spec.Name)
		}
	}
	for _, want := range []string{"people with admin permission and members of the team `support`", "nobody: it is switched off", "the person who filed the ticket", "[ID\\|all]"} {
		if !strings.Contains(help, want) {
			t.Errorf("help does not say %q:\n%s", want, help)
		}
	}
}

func TestArguments(t *testing.T) {
	for body, want := range map[string]Command{
		"/oioi rerun from:Analyst be brief":   {From: "analyst", Words: "be brief"},
		"/oioi rerun be from:analyst":         {Words: "be from:analyst"},
		"/oioi confirm":                       {},
		"/oioi confirm trim":                  {Choice: "trim"},
		"/oioi confirm DROP:Comments always":  {Choice: "drop", Drop: "comments", Always: true},
		"/oioi confirm full always":           {Choice: "full", Always: true},
		"/oioi confirm ask ALWAYS":            {Choice: "ask", Always: true},
		"/oioi approve":                       {},
		"/oioi approve ALL":                   {ID: "all"},
		"/oioi approve `e1f2`":                {ID: "e1f2"},
		"/oioi reject e1f2 it exists already": {ID: "e1f2", Words: "it exists already"},
		"/oioi send 0123456789AB":             {ID: "0123456789ab"},
		"/oioi assign @Jo-Lindqvist":          {Who: "Jo-Lindqvist"},
		"/oioi escalate":                      {},
	} {
		cmd, mistake := Parse(body)
		if mistake != nil || cmd == nil {
			t.Errorf("%s: %v", body, mistake)
			continue
		}
		want.Spec = cmd.Spec
		if !reflect.DeepEqual(*cmd, want) {
			t.Errorf("%s is %+v, want %+v", body, *cmd, want)
		}
	}
}

func TestWhoMay(t *testing.T) {
	rules := Rules{"send": {"maintain", "team:support"}, "status": {"reporter"}, "hold": {}}
	asked := ""
	team := func(slug string) (bool, error) { asked = slug; return slug == "support", nil }
	for _, c := range []struct {
		name string
		p    Person
		want bool
	}{
		{"send", Person{Permission: Admin}, true},
		{"send", Person{Permission: Write}, false},
		{"send", Person{Permission: Read, InTeam: team}, true},
		{"status", Person{Permission: Admin}, false},
		{"status", Person{Permission: None, Reporter: true}, true},
		{"hold", Person{Permission: Admin, Reporter: true, InTeam: team}, false},
		{"cancel", Person{Permission: Triage}, true},
		{"cancel", Person{Permission: "root"}, false},
		{"help", Person{Permission: Read}, true},
		{"help", Person{Permission: None}, false},
	} {
		if got, err := rules.Allow(c.name, c.p); got != c.want || err != nil {
			t.Errorf("%s by %+v: %t %v, want %t", c.name, c.p, got, err, c.want)
		}
	}
	if asked != "support" {
		t.Error("the team was not asked")
	}
	if allowed, err := rules.Allow("send", Person{Permission: Read, InTeam: func(string) (bool, error) { return false, errors.New("offline") }}); allowed || err == nil {
		t.Error("a team that cannot be asked must neither allow nor refuse")
	}
	for _, word := range []string{"", "none", "everybody", "team:", "team:A", "Reporter"} {
		if CheckGrantee(word) == nil {
			t.Errorf("%q names nobody", word)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("/oioi rerun from:analyst words")
	f.Add("```\n/oioi rerun")
	f.Add("> a\n/oioi confirm drop:docs always")
	f.Add("`a\n/oioi assign @jo\n`")
	f.Fuzz(func(t *testing.T, body string) {
		cmd, mistake := Parse(body)
		if cmd != nil && mistake != nil {
			t.Fatal("a line is a command or a mistake, not both")
		}
		if (cmd != nil || mistake != nil) && !strings.Contains(body, Prefix) {
			t.Fatal("found a command where there is none")
		}
		if mistake != nil && strings.Count(mistake.Error(), "`")%2 != 0 {
			t.Fatalf("a back quote got out of its code span: %s", mistake)
		}
		if cmd == nil {
			return
		}
		if strings.ContainsAny(cmd.Words, "\r\n") {
			t.Fatal("words reach over the end of the line")
		}
		again, problem := Parse(cmd.String())
		if problem != nil || !reflect.DeepEqual(cmd, again) {
			t.Fatalf("%q is read as %+v, and that written as %q is read as %+v (%v)", body, cmd, cmd.String(), again, problem)
		}
		if quoted, _ := Parse("> " + strings.ReplaceAll(cmd.String(), "\n", " ")); quoted != nil {
			t.Fatal("a quoted command is obeyed")
		}
	})
}
