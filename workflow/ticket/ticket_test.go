package ticket_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestWordsAreWhatTheCustomerWrote(t *testing.T) {
	log := "```text\n" + strings.Repeat("line of a log\n", 40) + "```"
	in := ticket.Ticket{Title: ticket.Text("Export stops"), Body: ticket.Text("### What happened?\n\nIt ends <!-- secret --> early\u200b.\n\n### Logs\n\n" + log +
		"\n\n### Environment\n\nWindows\n\n### Contact\n\nme\n\n### Before you submit\n\n- [X] I read the docs\n\n### Steps\n\n_No response_\n\n### More\n\n- [ ] box\nlast")}
	words := in.Words()
	for _, want := range []string{"Export stops", "It ends  early.", "line of a log", "last"} {
		if !strings.Contains(words, want) {
			t.Errorf("the words lack %q:\n%s", want, words)
		}
	}
	for _, not := range []string{"What happened", "secret", "Windows", "docs", "No response", "box", "\u200b", "```"} {
		if strings.Contains(words, not) {
			t.Errorf("the words hold %q:\n%s", not, words)
		}
	}
	if n := strings.Count(words, "line of a log"); n > 12 {
		t.Errorf("%d lines of the log are words to search with; the first few name the error", n)
	}
}

func TestVisibleIsWhatAPersonSees(t *testing.T) {
	for in, want := range map[string]string{
		"a <!-- b --> c": "a  c", "a <!-- b": "a ", "<!-- a --><!-- b -->c": "c", "a\u200bb\u202e\u00ad\ufe0f": "ab", "a\tb\nc": "a\tb\nc", "Füße 日本": "Füße 日本", "\U000e0041x": "x", "": "",
	} {
		if got := ticket.Visible(in); got != want {
			t.Errorf("of %q one sees %q, not %q", in, want, got)
		}
	}
}

type labelled struct {
	ID       string `yaml:"id"`
	Language string `yaml:"language"`
	Title    string `yaml:"title"`
	Body     string `yaml:"body"`
}

func load(t *testing.T, name string) []labelled {
	t.Helper()
	data, err := os.ReadFile("../../app/model/testdata/tickets/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []labelled
	if err := yaml.Unmarshal(data, &out); err != nil || len(out) == 0 {
		t.Fatalf("%s: %d tickets, %v", name, len(out), err)
	}
	return out
}

func TestLanguagesAreTold(t *testing.T) {
	wrong := 0
	all := append(load(t, "languages.yml"), load(t, "set-a.yml")...)
	for _, c := range all {
		want := c.Language
		if want == "" {
			want = "en"
		}
		in := ticket.Ticket{Title: ticket.Text(c.Title), Body: ticket.Text(c.Body)}
		if got := ticket.Language(in.Words()); got != want {
			wrong++
			t.Logf("%s is %s, taken for %s: %s", c.ID, want, got, c.Title)
		}
	}
	if wrong*100 > len(all)*2 {
		t.Errorf("of %d tickets the language of %d is wrong", len(all), wrong)
	}
	t.Logf("%d of %d wrong", wrong, len(all))
}

func TestShortTextsDoNotGetALanguageByChance(t *testing.T) {
	for in, want := range map[string]string{
		"": "und", "🎉🎉🎉": "und", "12345": "und", "App crashes": "en", "Привет, не работает экспорт": "ru", "내보내기가 안 됩니다": "ko", "导出失败了怎么办": "zh", "エクスポートできません": "ja", "لا يعمل التصدير": "ar", "Δεν λειτουργεί": "el",
		"Die App stürzt ab, wenn ich auf Speichern klicke": "de", "No puedo entrar en la cuenta": "es", "Je ne peux pas ouvrir le fichier": "fr",
		"Het exporteren van de lijst werkt niet": "nl", "Non riesco ad aprire il file che ho scaricato": "it", "Não consigo abrir o arquivo": "pt",
		"Od wczoraj nie mogę wyeksportować raportu, proszę o pomoc": "pl", "Od včerejška nelze exportovat zprávu, prosím poraďte jak na to": "cs",
		"Sedan igår går det inte att exportera rapporten": "sv", "Siden i går er det ikke muligt at hente rapporten som fil": "da",
		"Dünden beri raporu dışa aktaramıyorum, nasıl çözebilirim": "tr", "Tegnap óta nem tudom letölteni az űrlapot": "hu",
	} {
		if got := ticket.Language(in); got != want {
			t.Errorf("%q is taken for %s, it is %s", in, got, want)
		}
	}
}

func TestAForeignTextIsKnownAsOne(t *testing.T) {
	for in, want := range map[string]bool{
		"Neveikia ataskaitų eksportas": true, "Το αρχείο είναι κενό": true, "Zoë is locked out": false, "500 on export": false, "🎉 export": false, "café export": true,
	} {
		if got := ticket.Foreign(in); got != want {
			t.Errorf("%q: %t", in, got)
		}
	}
}

func TestATicketIsReadFromAFile(t *testing.T) {
	for name, c := range map[string]struct{ in, title, body string }{
		"title and text":           {"# Export stops\n\nIt ends early.\n", "Export stops", "It ends early."},
		"CRLF":                     {"# Export stops\r\n\r\nIt ends\r\nearly.\r\n", "Export stops", "It ends\nearly."},
		"byte order mark":          {"\ufeff# Export stops\n\nx", "Export stops", "x"},
		"free text":                {"It ends early.\nReally.", "It ends early.", "It ends early.\nReally."},
		"a form":                   {"### What happened?\n\nIt ends early.\n", "It ends early.", "### What happened?\n\nIt ends early."},
		"only a title":             {"# Export stops", "Export stops", ""},
		"empty lines before":       {"\n\n# Export stops\nx", "Export stops", "x"},
		"an empty title":           {"# \nIt ends.", "It ends.", "It ends."},
		"only emoji":               {"🎉🎉", "🎉🎉", "🎉🎉"},
		"a long first line":        {strings.Repeat("word ", 40), strings.TrimSpace(strings.Repeat("word ", 16)[:79]) + "…", strings.TrimSpace(strings.Repeat("word ", 40))},
		"as large as GitHub takes": {"# T\n" + strings.Repeat("ä", ticket.MaxBody-4), "T", strings.Repeat("ä", ticket.MaxBody-4)},
	} {
		got, err := ticket.FromMarkdown("t.md", []byte(c.in))
		if err != nil || got.Title.Raw() != c.title || got.Body.Raw() != c.body {
			t.Errorf("%s: title %q, body %.80q, error %v; want %q and %.80q", name, got.Title.Raw(), got.Body.Raw(), err, c.title, c.body)
		}
	}
	for in, want := range map[string]string{
		"": "t.md: is empty; write what happened", " \n\t\n": "is empty", "<!-- template -->": "is empty", "\u200b\u200b": "is empty", "\xff\xfe\x00": "is not UTF-8",
		strings.Repeat("x", ticket.MaxBody+1): "has 65537 characters; a GitHub issue holds at most 65536",
	} {
		if _, err := ticket.FromMarkdown("t.md", []byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q gives %v, want an error that says %q", in, err, want)
		}
	}
}

func FuzzFromMarkdown(f *testing.F) {
	for _, seed := range []string{"# a\nb", "", "### A\n\nb", "\ufeff", "#\u200b", "# <!-- x -->\n", "```\n```"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ticket.FromMarkdown("t.md", data)
		if err == nil && strings.TrimSpace(ticket.Visible(got.Title.Raw())) == "" {
			t.Errorf("%q has a title that nobody can see: %q", data, got.Title.Raw())
		}
		if err == nil {
			got.Words()
			ticket.Language(got.Words())
		}
	})
}

func snapshot() ticket.Ticket {
	return ticket.Ticket{Repository: ticket.Repository{ID: 1, Owner: "o", Name: "r"}, Number: 7, Title: ticket.Text("Title"), Body: ticket.Text("a\nb"), Author: ticket.Person{ID: 5, Login: "ada"}, State: "open",
		Comments: []ticket.Comment{{ID: 1, Author: ticket.Person{ID: 5}, Body: ticket.Text("mine")}, {ID: 2, Author: ticket.Person{ID: 6, Association: "MEMBER"}, Body: ticket.Text("theirs")}}}
}

func TestARevisionIsWhatTheCustomerSaid(t *testing.T) {
	was := snapshot().Revision()
	if len(was) != 16 {
		t.Errorf("the revision %q is not 16 digits", was)
	}
	same := map[string]func(*ticket.Ticket){
		"line ends":          func(x *ticket.Ticket) { x.Body = ticket.Text("a\r\nb") },
		"a label":            func(x *ticket.Ticket) { x.Labels = []string{"bug"} },
		"the state":          func(x *ticket.Ticket) { x.State = "closed" },
		"a name":             func(x *ticket.Ticket) { x.Author.Login = "ada2" },
		"a word of the team": func(x *ticket.Ticket) { x.Comments[1].Body = ticket.Text("other") },
		"a draft of ours": func(x *ticket.Ticket) {
			x.Comments = append(x.Comments, ticket.Comment{ID: 3, Ours: true, Author: ticket.Person{ID: 5}})
		},
		"a comment of a person": func(x *ticket.Ticket) {
			x.Comments = append(x.Comments, ticket.Comment{ID: 3, Author: ticket.Person{ID: 9}})
		},
	}
	for name, change := range same {
		x := snapshot()
		change(&x)
		if x.Revision() != was {
			t.Errorf("%s makes another revision", name)
		}
	}
	seen := map[string]string{was: "nothing"}
	for name, change := range map[string]func(*ticket.Ticket){
		"the title":            func(x *ticket.Ticket) { x.Title = ticket.Text("Other") },
		"the body":             func(x *ticket.Ticket) { x.Body = ticket.Text("a b") },
		"title and body moved": func(x *ticket.Ticket) { x.Title, x.Body = ticket.Text("Titlea"), ticket.Text("\nb") },
		"their comment":        func(x *ticket.Ticket) { x.Comments[0].Body = ticket.Text("other") },
		"another comment": func(x *ticket.Ticket) {
			x.Comments = append(x.Comments, ticket.Comment{ID: 3, Author: ticket.Person{ID: 5}, Body: ticket.Text("more")})
		},
		"a comment that is taken off": func(x *ticket.Ticket) { x.Comments = x.Comments[1:] },
	} {
		x := snapshot()
		change(&x)
		if other, ok := seen[x.Revision()]; ok {
			t.Errorf("%s makes the revision of %s", name, other)
		}
		seen[x.Revision()] = name
	}
}

func TestWhoIsOnTheTeam(t *testing.T) {
	for association, want := range map[string]bool{"OWNER": true, "MEMBER": true, "COLLABORATOR": true, "CONTRIBUTOR": false, "NONE": false, "": false} {
		if got := (ticket.Person{Association: association}).OnTeam(); got != want {
			t.Errorf("%s: %v", association, got)
		}
		x := snapshot()
		x.Comments[1].Author.Association = association
		if got := x.AnsweredByTeam(); got != want {
			t.Errorf("answered by %s: %v", association, got)
		}
	}
	if (ticket.Person{Association: "MEMBER", Bot: true}).OnTeam() {
		t.Error("a bot is on the team")
	}
	x := snapshot()
	x.Comments[1].Author.ID = x.Author.ID
	if x.AnsweredByTeam() {
		t.Error("a maintainer's own ticket counts as answered by their own comment")
	}
}

func TestUntrustedTextDoesNotSlipOut(t *testing.T) {
	u := ticket.Text("secret words")
	if _, ok := any(u).(fmt.Stringer); ok {
		t.Error("it has a String method, so that a log or a template shows it")
	}
	data, err := json.Marshal(map[string]ticket.Untrusted{"t": u})
	if err != nil || string(data) != `{"t":"secret words"}` {
		t.Errorf("stored it is %s, %v", data, err)
	}
	var back map[string]ticket.Untrusted
	if err := json.Unmarshal(data, &back); err != nil || back["t"] != u {
		t.Errorf("read back it is %v, %v", back, err)
	}
	if snapshot().Name() != "o/r#7" || !(ticket.Ticket{Labels: []string{"Bug"}}).HasLabel("bug") {
		t.Error("names are OWNER/NAME#NUMBER and labels ignore case")
	}
}

func TestTheAreaIsNotWhatTheCustomerSays(t *testing.T) {
	tick := ticket.Ticket{Title: ticket.Text("No mail"), Body: ticket.Text("### Product area\n\nAccounts and sign-in\n\n### What happened?\n\nThe invitation never came.\n")}
	if got := tick.Words(); got != "No mail\nThe invitation never came." {
		t.Errorf("the words are %q", got)
	}
	if got := tick.Area(); got != "Accounts and sign-in" {
		t.Errorf("the area is %q", got)
	}
}
