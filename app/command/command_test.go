package command

import (
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
		{name: "no such command", body: "/oioi frobnicate", mistake: "The commands are: cancel, confirm, docs, help, rerun, run."},
		{name: "words where none are taken", body: "/oioi cancel everything", mistake: "Did you mean `/oioi cancel`?"},
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
	for _, spec := range Specs {
		if !strings.Contains(Help(), "`"+Prefix+" "+spec.Name) {
			t.Errorf("help does not name %s", spec.Name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("/oioi rerun words")
	f.Add("```\n/oioi rerun")
	f.Fuzz(func(t *testing.T, body string) {
		cmd, mistake := Parse(body)
		if cmd != nil && mistake != nil {
			t.Fatal("a line is a command or a mistake, not both")
		}
		if (cmd != nil || mistake != nil) && !strings.Contains(body, Prefix) {
			t.Fatal("found a command where there is none")
		}
		if cmd != nil && strings.Contains(cmd.Words, "\n") {
			t.Fatal("words reach over the end of the line")
		}
	})
}
