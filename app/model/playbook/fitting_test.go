package playbook

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// asked is a ticket, and what a maintainer who reads its draft cares about.
type asked struct {
	name, title, body string
	category          role.Category
	path              role.Path
	severity          role.Severity
	cites             string   // the section that is quoted; "" where nothing answers, and nothing is quoted
	says              []string // in the reply
	never             []string // in the reply
	none              string   // of why there is no reply
	plans             []string // in the plan or in what follows from it
}

func writtenBy(title, body string) ticket.Ticket {
	return ticket.Ticket{Number: 77, ID: 77, Title: ticket.Text(title), Body: ticket.Text(body), Author: ticket.Person{Login: "robin", ID: 8}, State: "open",
		CreatedAt: time.Date(2026, 11, 29, 13, 0, 0, 0, time.UTC)}
}

// inForm writes answers as the sample's form does.
func inForm(area, happened, expected, impact string) string {
	if expected == "" {
		expected = "_No response_"
	}
	return "### Product area\n\n" + area + "\n\n### What happened, or what do you want to do?\n\n" + happened + "\n\n### What did you expect?\n\n" + expected +
		"\n\n### Steps or an example\n\n_No response_\n\n### Error message or log\n\n_No response_\n\n### Version\n\n_No response_\n\n### Environment\n\nCloud\n\n### Impact\n\n" + impact +
		"\n\n### Before you submit\n\n- [X] I have pasted no passwords, tokens or personal data.\n- [X] You may contact me about this ticket.\n"
}

// TestDraftsOfNewTickets holds drafts to what somebody who knows the help center would say of them: the right section or
// none, a path that somebody can walk, no alarm without a fire.
func TestDraftsOfNewTickets(t *testing.T) {
	for _, a := range []asked{
		{
			name: "a page about the part is no answer to a part that is stuck", category: role.Performance, path: "ask", severity: "S3",
			title: "Download as CSV never finishes", body: inForm("Imports and exports", "The CSV export of the stock report gets to about half, then the spinner turns for an hour. The auditors want the file on Friday.", "A file within a minute or two.", "A workaround exists"),
			never: []string{"Export workspace", "likely reason"},
		},
		{
			name: "the same in free French", category: role.Bug, path: "ask", severity: "S3",
			title: "Le fichier CSV exporté est vide", body: "Bonjour, depuis lundi l'export CSV de nos rapports ne fonctionne plus : le fichier contient seulement l'en-tête. Nous avons essayé avec deux navigateurs, sans succès.",
			never: []string{"Export workspace", "quelque chose qui correspond"},
		},
		{
			name: "a page that explains is one", category: role.Performance, path: "workaround", severity: "S3",
			title: "PDF with 60,000 rows takes minutes", body: "The stock list as PDF needs more than a minute for its 60,000 rows. It is slow every week, the rest is fast.",
			cites: "Slow reports › PDF with many rows", says: []string{"Above 20,000 rows use CSV or Excel"},
		},
		{
			name: "a symptom that the help center knows wakes nobody", category: role.Integration, path: "answer", severity: "S3",
			title: "Slack says channel not found", body: "Since we renamed the channel in Slack the daily report does not arrive there any more, the run says channel not found. The whole team waits for it every morning.",
			cites: "SFTP and Slack › Slack channel not found", says: []string{"Connect again"}, never: []string{"alarm", "on call"},
		},
		{
			name: "unless many are hit", category: role.Outage, path: "escalate", severity: "S1",
			title: "Slack channel not found for all customers", body: "Since 9:00 this morning nobody gets a report, for all our customers the run says channel not found. The service seems down.",
			says: []string{"again until it is over"},
		},
		{
			name: "a page that does not know what the ticket is about again and again is no answer", category: role.HowTo, path: "escalate", severity: "S4",
			title: "How do I put a watermark on a PDF report?", body: "Our auditors want the word CONFIDENTIAL as a watermark across every page of the PDF reports. How do we put a watermark on a report?",
			never: []string{"20,000 rows"}, plans: []string{"Help center: answer"},
		},
		{
			name: "nor is one that does not know what is named", category: role.HowTo, path: "escalate", severity: "S4",
			title: "WebAuthn as second factor", body: "I do not want to type codes from an authenticator app. Can I register a WebAuthn or FIDO2 key as second factor under Profile, Security?",
			never: []string{"authenticator app such as"}, plans: []string{"Help center: answer"},
		},
		{
			name: "what no page surely answers has a nearest page, and a second question", category: role.HowTo, path: "escalate", severity: "S4",
			title: "How do I get my colleague into our workspace?", body: "We hired somebody for the finance team. How do I get her into our workspace so that she can see the reports? And will I be charged more for that?",
			never: []string{"Everything, including"}, plans: []string{"nearest page is Members and roles › Invite a member", `"And will I be charged more for that?"`, "Help center: answer"},
		},
		{
			name: "the same through the form", category: role.HowTo, path: "escalate", severity: "S4",
			title: "How do I get my colleague into our workspace?", body: inForm("Accounts and sign-in", "We hired somebody for the finance team. How do I get her into our workspace so that she can see the reports? And will I be charged more for that?", "", "I have a question"),
			never: []string{"Everything, including"}, plans: []string{"nearest page is Members and roles › Invite a member", `"And will I be charged more for that?"`, "Help center: answer"},
		},
		{
			name: "what is quoted answers one of two questions", category: role.HowTo, path: "answer", severity: "S4",
			title: "How can I restore a deleted report?", body: "I deleted the \"Margin by region\" report by mistake. How can I restore it? And how long do you keep the invoices?",
			cites: "Backup and restore › Restore one report", says: []string{"**Trash** for 30 days", `You also ask: "And how long do you keep the invoices?" We come back`}, plans: []string{`what else the customer asks: "And how long`},
		},
		{
			name: "a step keeps its command", category: role.HowTo, path: "answer", severity: "S4",
			title: "How do I restore a backup of our server?", body: "The disk of our self-hosted server died. We have a new machine and the backup file. How do we restore it? Which command is it?",
			cites: "Backup and restore › Restore a backup", says: []string{"3. Run the restore; it replaces everything in the database:\n\n   ```console\n   $ docker run", "\n   ```\n\n4. Start the server."}, never: []string{"You also ask"},
		},
		{
			name: "a section that begins with its command", category: role.HowTo, path: "answer", severity: "S4",
			title: "How do I make a backup of the server?", body: "Which command makes a backup by hand on our self-hosted server?",
			cites: "Backup and restore › Make a backup", says: []string{"> $ docker exec tallypost tallypost backup create\n", "> The server keeps working meanwhile."},
		},
		{
			name: "what comes after the steps comes after them", category: role.AccountAccess, path: "answer", severity: "S3",
			title: "Colleague did not get the invitation mail", body: "I invited a new editor yesterday. How do I send the invitation again?",
			cites: "Members and roles › Invite a member", says: []string{"3. Select **Send invitations**.\n\n> Select **Resend** for a new one. If the invitation does not arrive"},
		},
		{
			name: "a refund after its window is somebody's decision", category: role.Billing, path: "policy_decision", severity: "S3",
			title: "Refund for our yearly plan", body: "Please refund the charge of 2 September 2026 (EUR 240, invoice TP-INV-2231) for our yearly plan. We do not use it.",
			cites: "Refunds and cancellation › Refunds", says: []string{"this charge of EUR 240.", "- Yearly plan, first payment or renewal: In full within 14 days", "You will have a decision"},
			plans: []string{"was 88 days old when the ticket was opened, and the limit is 14 days"},
		},
		{
			name: "within the window it is answered", category: role.Billing, path: "answer", severity: "S3",
			title: "Remboursement de notre abonnement annuel", body: "Bonjour, merci de rembourser le prélèvement du 20 novembre (240 EUR, facture TP-INV-2232) pour notre abonnement annuel.",
			cites: "Refunds and cancellation › Refunds", says: []string{"(Notre centre d'aide est en anglais.)"},
		},
		{
			name: "a language without a prepared reply gets none", category: role.Bug, path: "ask", severity: "S3",
			title: "Eksport nie działa", body: "Dzień dobry, od wczoraj nie mogę wyeksportować raportu do pliku CSV. Po kliknięciu przycisku nic się nie dzieje. Proszę o pomoc.",
			none: "a language (pl)",
		},
		{
			name: "nor does one that nobody recognises", category: role.Bug, path: "ask", severity: "S3",
			title: "Neveikia eksportas", body: "Laba diena, nuo vakar neveikia ataskaitų parsisiuntimas. Paspaudus mygtuką nieko nevyksta.",
			none: "a language that OiOi does not know",
		},
		{
			name: "a gap that an integration shows becomes work on the help center", category: role.Integration, path: "fix", severity: "S4",
			title: "Is there an API endpoint for the audit trail?", body: inForm("API and tokens", "We want to pull the audit trail into our SIEM every hour with a GET request. Which endpoint of the REST API returns audit events as JSON?", "A documented endpoint.", "I have a question"),
			plans: []string{"Help center: answer", "audit"},
		},
		{
			name: "good wishes ask for nothing", category: role.Other, path: "no_action", severity: "S4",
			title: "Happy holidays", body: "Just wanted to wish all of you a merry Christmas and a good start into the new year. Thanks for your patience with me!",
			none: "asks for nothing",
		},
		{
			name: "in German, too", category: role.Other, path: "no_action", severity: "S4",
			title: "Frohe Weihnachten", body: "Wir wollten Ihnen nur ein schönes Fest wünschen. Danke für die gute Zusammenarbeit!",
			none: "asks for nothing",
		},
		{
			name: "below a matter they are its end", category: role.Bug, path: "ask", severity: "S3",
			title: "Merry Christmas, and the export fails", body: "The CSV export stops with an error after 500 rows. Happy new year to all of you!",
		},
		{
			name: "German, through the form", category: role.HowTo, path: "answer", severity: "S4", cites: "Backup and restore › Restore one report",
			title: "Wie stelle ich einen gelöschten Bericht wieder her?", body: inForm("Reports and schedules", "Ich habe versehentlich einen Bericht gelöscht. Wie kann ich den gelöschten Bericht wiederherstellen?", "", "I have a question"),
			says: []string{"> A deleted report is in **Reports**, **Trash** for 30 days: select **Restore**."}, plans: []string{"A source answers it: Backup and restore › Restore one report"},
		},
	} {
		t.Run(a.name, func(t *testing.T) {
			b := desks()["support"].brief(t, writtenBy(a.title, a.body))
			o, notes := work(t, b)
			t.Log("\n" + describe(b, o, notes))
			u, text := o.Understanding, role.ReplyText(o.Understanding.Reply)
			if u.Category != a.category || o.HandlingPlan.Path != a.path || u.Severity != a.severity {
				t.Errorf("it is %s, %s, %s; want %s, %s, %s", u.Category, o.HandlingPlan.Path, u.Severity, a.category, a.path, a.severity)
			}
			cited := []string{}
			for _, block := range u.Reply {
				for _, citation := range block.Citations {
					if item, ok := b.Evidence.ByID(citation.Evidence); ok && !slices.Contains(cited, item.Title) {
						cited = append(cited, item.Title)
					}
				}
			}
			if want := strings.Fields(a.cites); len(want) == 0 && len(cited) > 0 || len(want) > 0 && !slices.Equal(cited, []string{a.cites}) {
				t.Errorf("it quotes %q, want %q", cited, a.cites)
			}
			if why := u.ReplyNone; a.none != "" && (why == nil || !strings.Contains(*why, a.none) || text != "") || a.none == "" && why != nil {
				t.Errorf("there is no reply because %v, want %q:\n%s", why, a.none, text)
			}
			for _, said := range a.says {
				if !strings.Contains(text, said) {
					t.Errorf("the reply does not say %q", said)
				}
			}
			plan := o.HandlingPlan.Why
			for _, action := range o.HandlingPlan.Actions {
				plan += "\n" + action.Text
			}
			for _, up := range o.FollowThrough.FollowUps {
				plan += "\n" + up.Title + "\n" + up.Body
			}
			for _, said := range a.plans {
				if !strings.Contains(plan, said) {
					t.Errorf("the plan does not say %q:\n%s", said, plan)
				}
			}
			for _, said := range a.never {
				if strings.Contains(text, said) {
					t.Errorf("the reply says %q", said)
				}
			}
		})
	}
}
