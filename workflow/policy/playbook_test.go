package policy

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestEmbeddedPlaybooksCoverEveryCategory(t *testing.T) {
	playbooks := EmbeddedPlaybooks()
	covered := map[role.Category]bool{}
	for _, p := range playbooks {
		covered[p.Category] = true
		if Sensitive(p.Category) != p.Sensitive {
			t.Errorf("%s: sensitive is %t, and the policy's rule says %t", p.ID, p.Sensitive, !p.Sensitive)
		}
		if p.Guidance == "" {
			t.Errorf("%s has no guidance for a language model", p.ID)
		}
		if p.Path.Answered == "no_action" {
			continue
		}
		for _, language := range []string{"en", "de", "es", "fr"} {
			if _, ok := p.Replies[language]; !ok {
				t.Errorf("%s has no reply skeleton in %s", p.ID, language)
			}
			for _, fact := range p.RequiredFacts {
				if fact.Question[language] == "" {
					t.Errorf("%s asks for %s not in %s", p.ID, fact.ID, language)
				}
			}
		}
		keeps := map[string]bool{}
		for _, a := range p.Actions {
			if a.Keeps {
				keeps[a.When] = true
			}
		}
		if !keeps[""] && !keeps["open"] && (!keeps["unanswered"] || !keeps["missing"]) {
			t.Errorf("%s promises an update that no action keeps", p.ID)
		}
	}
	for _, c := range role.Categories {
		if !covered[c] {
			t.Errorf("no playbook for %s", c)
		}
	}
}

func TestParsePlaybookSaysWhereAndWhatIsAllowed(t *testing.T) {
	good := `id: lift
category: other
title: The lift
signals: [{any: [lift, elevator], weight: 3}]
severity: {default: S3}
path: {answered: answer, unanswered: escalate, missing: ask}
replies:
  en: {opening: "Hello {{.Customer}}.", answered: See here., unanswered: We ask., questions: Please say}
actions: [{text: Send it, done_when: Sent.}]
checks: [{kind: issue_closed, text: Closed}]
`
	if _, err := ParsePlaybook("lift.yml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ from, to, want string }{
		"unknown key":      {"title: The lift", "titel: The lift", `lift.yml:3:1: unknown key "titel"`},
		"unknown category": {"category: other", "category: lifts", `lift.yml:2:11: category is "lifts"; allowed: how_to, bug`},
		"unknown path":     {"missing: ask", "missing: wait", `path.missing is "wait"; allowed: answer, ask`},
		"unknown name":     {"{{.Customer}}", "{{.Custommer}}", `allowed names: .Amount`},
		"a loop":           {"{{.Customer}}", "{{range 9}}x{{end}}", `only {{.Name}} and {{if}} are`},
		"a function":       {"{{.Customer}}", `{{print .Customer}}`, `not allowed`},
		"a definition":     {"{{.Customer}}", `{{define \"x\"}}{{end}}`, `are allowed`},
		"no check":         {"checks: [{kind: issue_closed, text: Closed}]", "checks: []", "checks is empty"},
		"weight":           {"weight: 3", "weight: 30", "weight is 30; allowed: -10 to 10"},
		"no words":         {"[lift, elevator]", "['!!']", "no letter or digit"},
		"when":             {"text: Send it", "when: sometimes, text: Send it", "allowed: always, answered"},
		"broken YAML":      {"id: lift", "id: [lift", "lift.yml:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePlaybook("lift.yml", []byte(strings.Replace(good, tt.from, tt.to, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v\nwant it to say %q", err, tt.want)
			}
		})
	}
}

func TestMergePlaybooks(t *testing.T) {
	base := []Playbook{{ID: "a", Title: "A"}, {ID: "b", Title: "B"}}
	got := MergePlaybooks(base, []Playbook{{ID: "b", Title: "our B"}, {ID: "c", Title: "C"}})
	if len(got) != 3 || got[0].Title != "A" || got[1].Title != "our B" || got[2].Title != "C" || base[1].Title != "B" {
		t.Errorf("merged = %+v, base = %+v", got, base)
	}
}

func TestClassify(t *testing.T) {
	for body, want := range map[string]role.Category{
		"How do I change the time zone of a report?":                                        role.HowTo,
		"Since the update the export button does nothing, with a TypeError in the console.": role.Bug,
		"Nobody in our company can open the app, every page says 502 Bad Gateway.":          role.Outage,
		"The dashboard is very slow, it takes 40 seconds to load.":                          role.Performance,
		"All our rows have disappeared from the orders table, please restore them.":         role.DataLoss,
		"I forgot my password and the reset email never arrives, I am locked out.":          role.AccountAccess,
		"We were charged twice for March, please refund one invoice.":                       role.Billing,
		"I found an XSS vulnerability in your comment form.":                                role.Security,
		"Our webhook endpoint gets a wrong signature, the HMAC of the payload differs.":     role.Integration,
		"There is a typo in the docs, the link to the guide is broken.":                     role.Documentation,
		"Feature request: it would be great if reports could be dark.":                      role.FeatureRequest,
		"Under GDPR I ask you to erase my personal data.":                                   role.PrivacyLegal,
		"Dear webmaster, we offer 5000 backlinks for your website ranking.":                 role.Abuse,
		"hmm": role.Other,
		"😡😡😡": role.Other,
		"":    role.Other,
		"Wir wurden doppelt abgebucht und bitten um Erstattung der Rechnung.": role.Billing,
		"Je ne peux plus me connecter, mot de passe refusé.":                  role.AccountAccess,
		"¿Cómo puedo cambiar la zona horaria?":                                role.HowTo,
	} {
		scored := Classify(EmbeddedPlaybooks(), ticket.Ticket{Title: ticket.Text("Help"), Body: ticket.Text(body)})
		if got := scored[0].Playbook.Category; got != want {
			t.Errorf("%q is %s (%.1f: %q), want %s", body, got, scored[0].Score, scored[0].Hits, want)
		}
	}
}

// A mail server has a password, an account and an address of its own: a question about one is nothing that a public tracker must
// not answer. What happens to people's accounts and passwords is, with a mail server in it too.
func TestAMailServerIsNoSensitiveMatter(t *testing.T) {
	for _, c := range []struct {
		title, body string
		sensitive   bool
	}{
		{"Which mail server settings do I need?", "We want to send the reports over our own mail server. Which port and which user do I have to set?", false},
		{"How do I connect my own mail server?", "How do I set the SMTP server so that reports are sent from our domain? It asks for user and password.", false},
		{"Mail server rejects our reports", "Our mail server rejects the messages with 550 since yesterday. The log says: relay access denied. What do I have to change?", false},
		{"Reports are sent from the wrong server", "Mails from Tallypost come from an unknown server address and land in spam. Can I use my own mail server with TLS?", false},
		{"Emails do not arrive with our mail server", "After the update no mail is sent any more. The server says: certificate verify failed. Self signed certificate of our internal mail server.", false},
		{"Mailserver einrichten", "Wie richte ich unseren eigenen Mailserver ein? Welcher Port und welches Passwort?", false},
		{"SMTP password is not accepted", "Our mail server says 535 authentication failed when Tallypost logs in. The password is right.", false},
		{"Mail server with a password", "Where do I write the password of the mail server? The app cannot log in to it.", false},
		{"Which mail server do you use?", "Our admin asks from which server and which IP addresses your mails are sent, so that he can put them on the allow list of the firewall.", false},
		{"Our mail server's password is in your log", "The log of the app prints the SMTP password in plain text, and the log is public.", true},
		{"Your mail server is an open relay", "Anyone on the internet can send mail over your mail server, without a password.", true},
		{"I cannot log in", "The mail with the reset link never arrives, our mail server has nothing. I am locked out of my account.", true},
		{"Someone sends mails in our name", "Strangers send phishing mail over the mail server that we entered, our account was hacked.", true},
		{"Invoice not received", "Our mail server did not get the invoice for March. We were charged twice, please refund.", true},
	} {
		scored := Classify(EmbeddedPlaybooks(), ticket.Ticket{Title: ticket.Text(c.title), Body: ticket.Text(c.body)})
		if got := scored[0].Playbook.Category; Sensitive(got) != c.sensitive {
			t.Errorf("%q is %s (%.1f: %q)", c.title, got, scored[0].Score, scored[0].Hits)
		}
	}
}

func TestSignalsMatchAtWordBorders(t *testing.T) {
	for _, tt := range []struct {
		text, phrase string
		want         bool
	}{
		{"The invoicing works", "invoice", false},
		{"The invoices came", "invoice*", true},
		{"Can’t sign-in!", "cant sign in", true},
		{"Passwort zurücksetzen", "zurucksetzen", true},
		{"Straße", "strasse", true},
		{"エクスポートできません", "エクスポート", true},
		{"rapid", "api", false},
		{"All of my photos have vanished", "all/my/our .. gone/vanish*", true},
		{"I can't log in any more", "cant/cannot log-in/enter", true},
		{"I can't see the log", "cant/cannot log-in/enter", false},
		{"The page is slow. Everything is gone", "page .. gone", false},
		{"The page, since Monday, is gone", "page .. gone", true},
		{"The page that we had built over so many years is gone", "page .. gone", false},
	} {
		if got := Mentions(tt.text, tt.phrase); got != tt.want {
			t.Errorf("%q in %q = %t", tt.phrase, tt.text, got)
		}
	}
}

func TestSignalsWeigh(t *testing.T) {
	score := func(s Signal, title, body string) float64 {
		return Classify([]Playbook{{ID: "x", Signals: []Signal{s}}}, ticket.Ticket{Title: ticket.Text(title), Body: ticket.Text(body)})[0].Score
	}
	lift := Signal{Any: []string{"lift", "elevator", "escalator"}, Weight: 2}
	each := Signal{Any: []string{"up", "down", "floor", "door", "button", "stuck"}, Weight: 2, Each: true}
	for name, tt := range map[string]struct {
		signal      Signal
		title, body string
		want        float64
	}{
		"once":                       {lift, "Hello", "The lift is here.", 2},
		"however often":              {lift, "Hello", "The lift, the lift, the lift.", 2},
		"a further phrase":           {lift, "Hello", "The lift and the escalator.", 2.5},
		"in the title":               {lift, "Lift", "It is here.", 3.2},
		"not in a web address":       {lift, "Hello", "See https://example.com/lift/elevator there.", 0},
		"each: one word says little": {each, "Hello", "The door.", 0},
		"each: two words":            {each, "Hello", "The door is stuck.", 4},
		"each: a long ticket":        {each, "Hello", "Up, down, floor, door, button, stuck.", 8},
	} {
		t.Run(name, func(t *testing.T) {
			if got := score(tt.signal, tt.title, tt.body); got < tt.want-0.01 || got > tt.want+0.01 {
				t.Errorf("score %.2f, want %.2f", got, tt.want)
			}
		})
	}
}

func BenchmarkClassify(b *testing.B) {
	playbooks := EmbeddedPlaybooks()
	t := ticket.Ticket{Title: ticket.Text("PDF of a report without rows fails since v2.4.0"),
		Body: ticket.Text(strings.Repeat("When a report has no rows, building the PDF fails and the delivery ends as failed. The same report as CSV is fine. ", 8))}
	for b.Loop() {
		Classify(playbooks, t)
	}
}

func FuzzParsePlaybook(f *testing.F) {
	entries, _ := playbookFiles.ReadDir("playbooks")
	for _, e := range entries {
		data, _ := playbookFiles.ReadFile("playbooks/" + e.Name())
		f.Add(data)
	}
	f.Add([]byte("id: x\nactions: [{text: '{{range 99999999}}x{{end}}'}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePlaybook("f.yml", data)
		if err != nil {
			if !strings.Contains(err.Error(), "f.yml") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		// What is accepted can be used.
		Classify([]Playbook{p}, ticket.Ticket{Title: ticket.Text("a"), Body: ticket.Text("b")})
		for _, r := range p.Replies {
			for _, text := range []string{r.Opening, r.Answered, r.Unanswered, r.Questions, r.Commitment, r.Closing} {
				if _, err := RenderText(text, Findings{Customer: "x"}); err != nil {
					t.Errorf("an accepted text cannot be rendered: %v", err)
				}
			}
		}
	})
}

// Stored settings hold all playbooks; those that came with OiOi are shared when they are read, and what a team wrote is its own.
func TestStoredPlaybooksAreShared(t *testing.T) {
	stored := EmbeddedPlaybooks()
	stored[1].Title += " of ours"
	text, err := json.Marshal(stored)
	if err != nil {
		t.Fatal(err)
	}
	var read []Playbook
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	for i, p := range read {
		if shared := &p.Checks[0] == &EmbeddedPlaybooks()[i].Checks[0]; shared == (i == 1) {
			t.Errorf("%s is shared: %v", p.ID, shared)
		}
	}
	if read[1].Title != stored[1].Title || len(read[1].Signals[0].phrases) == 0 {
		t.Errorf("a team's own playbook is read as %q, its signals ready: %v", read[1].Title, len(read[1].Signals[0].phrases) > 0)
	}
}
