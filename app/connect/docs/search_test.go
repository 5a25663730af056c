package docs

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/connect/index"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func center(t testing.TB, pages map[string]string) *Center {
	t.Helper()
	c, err := Pages(t.Context(), ticket.Repository{}, "c0ffee", "docs", pages, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// One small help center, and customers who use other words than its pages.
func TestCustomersFindPagesInTheirOwnWords(t *testing.T) {
	c := center(t, map[string]string{
		"docs/index.md": "# Help\n\n- [Sign in](sign-in.md): reset a password, two-factor codes\n- [Refunds](billing.md#refunds): when the money comes back\n- [Members](members.md): invite, remove and pause people\n- [Exports](exports.md): columns and encoding\n",
		"docs/sign-in.md": "---\ntitle: Sign in\ndescription: Passwords and two-factor codes\n---\n# Sign in\n\n## Reset a password\n\nSelect **Forgot password**. Ten wrong passwords lock the account for 15 minutes.\n\n" +
			"## Lost phone\n\nUse a recovery code, or ask an admin to reset your two-factor codes.\n",
		"docs/billing.md":  "# Billing\n\n## Refunds\n\nYearly plans are refunded in full within 14 days.\n\n## Find an invoice\n\nOpen **Settings**, **Billing**, **Invoices**.\n\n## Cancel a plan\n\nThe plan stays active until the end of the paid period.\n",
		"docs/members.md":  "# Members\n\n## Invite a member\n\nEnter the email address and choose a role.\n\n## Remove a member\n\nTheir reports move to the owner. Tokens stop working.\n",
		"docs/exports.md":  "# Exports\n\n## Encoding\n\nFiles are UTF-8.\n\n## Separator\n\nChoose comma or semicolon, so that Excel shows columns.\n",
		"docs/schedule.md": "# Schedules\n\n## Pause a schedule\n\nSwitch off **Active**.\n\n## Time zone\n\nA schedule follows the workspace's time zone, also when clocks change.\n",
		"docs/codes.md":    "# Error codes\n\n## AB-1001 token not valid\n\nCreate a new token.\n\n## AB-1002 too many requests\n\nWait, then try again.\n",
	})
	for ask, want := range map[string]string{
		"locked out\ntried my pw too often and now I can't log in":                                       "Reset a password",
		"my smartphone was stolen\nand the authenticator app with it":                                    "Lost phone",
		"Give me my money back\nyou billed us for another year":                                          "Refunds",
		"where is last month's receipt?":                                                                 "Find an invoice",
		"Abo kündigen\nWir möchten unser Abonnement zum Jahresende beenden.":                             "Cancel a plan",
		"Mot de passe oublié\nBonjour, je ne peux plus me connecter à mon compte.":                       "Reset a password",
		"Factura\nBuenos días, ¿dónde encuentro la factura de enero?":                                    "Find an invoice",
		"Mitarbeiterin ausgeschieden\nWie kann ich die ehemalige Kollegin aus dem Konto entfernen?":      "Remove a member",
		"Umlaute kaputt\nIn der Datei stehen statt der Umlaute nur Fragezeichen, was ist da los?":        "Encoding",
		"stop the reports over Christmas\nwe are closed and nothing should be sent until further notice": "Pause a schedule",
		"one hour off since the switch to summer time":                                                   "Time zone",
		"AB-1002": "AB-1002 too many requests",
		"everything in one column\nExcel puts the whole line into column A": "Separator",
		"add a colleague": "Invite a member",
	} {
		items, err := c.Search(t.Context(), ask, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(items) == 0 || !strings.HasSuffix(items[0].Title, want) {
			var got []string
			for _, item := range items {
				got = append(got, fmt.Sprintf("%s (%.2f)", item.Title, item.Score))
			}
			t.Errorf("%q finds %q, want %q first", ask, got, want)
		}
	}
}

// A line on a start page says in other words what the section that it links to is about.
func TestLinksSayWhatTheyLeadTo(t *testing.T) {
	c := center(t, map[string]string{
		"docs/index.md":   "# Help\n\n| I want to | Page |\n| --- | --- |\n| glaze the widget | [Frobnication](frob.md#frobnication) |\n| eat | [Food](food.md) |\n| rest | [Beds](food.md#beds) |\n",
		"docs/frob.md":    "# Things\n\n## Frobnication\n\nTurn the left knob.\n\n## Other\n\nTurn the right knob.\n",
		"docs/pots.md":    "# Pots\n\n- [Lids](lids#small): what to do when the soup boils over\n- [Pans](pans/#big)\n- [Cups](cups/#all)\n",
		"docs/lids.md":    "# Lids\n\n## Large\n\nHeavy.\n\n## Small\n\nLight.\n",
		"docs/food.md":    "# Food\n\nBread.\n\n## Beds\n\nSoft.\n",
		"docs/glazing.md": "# History\n\nLong ago people had no knobs.\n",
	})
	for ask, want := range map[string]string{"how do I glaze my widget?": "Frobnication", "the soup boils over": "Small"} {
		items, err := c.Search(t.Context(), ask, 3)
		if err != nil || len(items) == 0 || !strings.HasSuffix(items[0].Title, want) {
			t.Errorf("%q finds %+v, %v", ask, items, err)
		}
	}
}

// What two pages include from a third file is one passage, and takes one place of those that were wanted.
func TestWhatTwoPagesIncludeIsFoundOnce(t *testing.T) {
	c := center(t, map[string]string{
		"mkdocs.yml":             "site_name: Help\nmarkdown_extensions: [pymdownx.snippets]\n",
		"docs/snippets/lost.md":  "## Lost phone\n\nUse a recovery code.\n",
		"docs/web.md":            "# Web\n\n--8<-- \"docs/snippets/lost.md\"\n",
		"docs/app.md":            "# App\n\n--8<-- \"docs/snippets/lost.md\"\n",
		"docs/recovery-codes.md": "# Recovery codes\n\nKeep each recovery code in a safe place.\n",
	})
	items, err := c.Search(t.Context(), "I lost my phone, where is the recovery code?", 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 2 || items[0].Text.Raw() != "Use a recovery code." || items[1].Path != "docs/recovery-codes.md" {
		t.Errorf("%d are found: %+v", len(items), items)
	}
}

func TestSearchIsTheSameEveryTime(t *testing.T) {
	c := center(t, manyPages(60))
	first, _ := c.Search(t.Context(), "my token expired and the upload of the invoice is slow", 8)
	for range 20 {
		again, _ := c.Search(t.Context(), "my token expired and the upload of the invoice is slow", 8)
		for i := range first {
			if first[i].Title != again[i].Title || first[i].Path != again[i].Path || first[i].Score != again[i].Score {
				t.Fatalf("place %d is %s, before it was %s", i, again[i].Path, first[i].Path)
			}
		}
	}
}

// manyPages makes pages of six sections with about 120 words each, of a vocabulary as skewed as a language's.
func manyPages(n int) map[string]string {
	known := strings.Fields("token invoice password upload report schedule member role workspace export import error delivery webhook signature plan refund card server backup restore license proxy database query row column encoding region timezone status limit")
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.1, 4, 20_000)
	word := func() string {
		if random.IntN(8) == 0 {
			return known[random.IntN(len(known))]
		}
		return fmt.Sprintf("wo%xrd", zipf.Uint64())
	}
	pages := map[string]string{}
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, "---\ntitle: %s %s\n---\n", word(), word())
		for range 6 {
			fmt.Fprintf(&b, "## %s %s %s\n\n", word(), word(), word())
			for k := range 120 {
				b.WriteString(word())
				b.WriteByte([]byte("      .\n")[k%8])
			}
			b.WriteString("\n\n")
		}
		pages[fmt.Sprintf("docs/p%05d.md", i)] = b.String()
	}
	return pages
}

func BenchmarkBuild5000Pages(b *testing.B) {
	pages := manyPages(5000)
	b.ReportAllocs()
	for b.Loop() {
		center(b, pages)
	}
}

const ask5000 = "The upload of our invoice fails\nSince yesterday the import stops with an error after some rows. We have changed the password of the database user and the token, and the report that goes out every morning is empty. How can we restore the schedule, and who has to pay for the failed deliveries? Our plan should have no limit."

func BenchmarkSearch5000Pages(b *testing.B) {
	c := center(b, manyPages(5000))
	for b.Loop() {
		if _, err := c.Search(b.Context(), ask5000, 8); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBesideFTS5 tells how many times as long as SQLite's full-text index ours takes, to be made of the sections of 5,000
// pages and to be asked. Both are measured in turns, so that what else the machine does meets both.
func BenchmarkBesideFTS5(b *testing.B) {
	c := center(b, manyPages(5000))
	entries, _, _ := c.entries()
	var times [4]time.Duration
	measure := func(n int, f func() error) {
		began := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		times[n] += time.Since(began)
	}
	for b.Loop() {
		measure(0, func() error { _, err := index.Build(b.Context(), entries); return err })
		var plain *Baseline
		measure(1, func() (err error) { plain, err = c.Baseline(b.Context()); return err })
		for range 20 {
			measure(2, func() error { _, err := c.Search(b.Context(), ask5000, 8); return err })
			measure(3, func() error { _, err := plain.Search(b.Context(), ask5000, 8); return err })
		}
		if err := plain.Close(); err != nil {
			b.Fatal(err)
		}
	}
	for i, name := range []string{"index-ms", "fts5-index-ms", "search-ms", "fts5-search-ms"} {
		n := float64(b.N) * []float64{1, 20}[i/2]
		b.ReportMetric(float64(times[i].Microseconds())/1000/n, name)
	}
	b.ReportMetric(float64(times[0])/float64(times[1]), "index/fts5")
	b.ReportMetric(float64(times[2])/float64(times[3]), "search/fts5")
}
