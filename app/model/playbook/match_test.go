package playbook

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// section is a passage of a help center as the search hands it over.
func section(path, title, text string, score float64) evidence.Item {
	return evidence.Item{ID: "E-" + path + title, Kind: evidence.Docs, Path: path, Title: title, Text: ticket.Text(text), Score: score}
}

// fitting reads a question and matches sections to it, in the order given.
func fitting(title, question string, items ...evidence.Item) (query, []passage) {
	q := newQuery(readTicket(writtenBy(title, question), "en"), items)
	var out []passage
	for _, item := range items {
		out = append(out, q.match(item))
	}
	return q, out
}

// A long section holds many words: those of a question count where they stand together.
func TestWordsFarApartAreNoAnswer(t *testing.T) {
	filler := strings.Repeat("The overview lists what the product is made of and who looks after it. ", 12)
	_, apart := fitting("Panel of boards", "How do I put copies of the board on one panel?",
		section("a.md", "Tour", "The panel on the right is closed with a click.\n\n"+filler+"\n\nA copy is kept of each board.", 0.4),
		section("b.md", "Tour", "Copies of one board are put on a panel with the array tool.\n\n"+filler, 0.4))
	if far, near := apart[0], apart[1]; far.cover > 0.75*near.cover || far.share >= near.share || near.cover < 0.9 {
		t.Errorf("words far apart cover %.2f and share %.2f, words together cover %.2f and share %.2f", far.cover, far.share, near.cover, near.share)
	}
}

// A page and the page that includes it say the same: neither makes the other less sure.
func TestTheSameTextIsNoRival(t *testing.T) {
	text := "Drill files are made for the machine that drills the holes."
	fit := func(other string) float64 {
		q, list := fitting("Drill files", "How do I make drill files?", section("whole.adoc", "Outputs › Drill files", text, 0.6), section("part.adoc", "Drill files", other, 0.58))
		q.fits(list)
		return list[0].fit
	}
	if same, rival := fit(text), fit(text+" They are text."); same <= rival+0.2 {
		t.Errorf("a section fits with %.2f beside its own text and with %.2f beside another", same, rival)
	}
}

// The parts of a compound are words of the question; the compound itself is no further word that no page knows.
func TestACompoundIsUnknownOnce(t *testing.T) {
	page := section("team.md", "Manage the team", "A member is removed on the members page.", 0.6)
	whole, _ := fitting("Former employee", "How do I remove a former-employee?", page)
	if parts, _ := fitting("Former employee", "How do I remove a former employee?", page); whole.foreign != parts.foreign {
		t.Errorf("with a hyphen %d words are unknown, without one %d", whole.foreign, parts.foreign)
	}
}

func TestAskingForTheWayIsNotAskingWhether(t *testing.T) {
	for text, want := range map[string]bool{
		"Can we pay by bank transfer?": true, "Kann man per Überweisung zahlen?": true, "¿Se puede pagar por transferencia?": true, "Peut-on payer par virement ?": true, "How does this work? Can I do it alone?": true,
		"How can I pay by bank transfer?": false, "Wie kann man per Überweisung zahlen?": false, "¿Cómo se puede pagar?": false, "Comment peut-on payer ?": false,
	} {
		c := &casework{reading: readTicket(writtenBy("Payment", text), "en")}
		if got := c.asksWhether(); got != want {
			t.Errorf("%q asks whether something is possible: %t", text, got)
		}
	}
}

// What a page cannot be said to allow where it does not name it.
func TestWhatSomebodyAsksToBeAbleToDo(t *testing.T) {
	page := section("teams.md", "Teams", "A team holds projects, and an agency can create one for each customer.", 0.6)
	for question, want := range map[string]bool{"Can we hide a project from the customer's team?": false, "Can we create a project?": true, "Is there a way to archive a team?": false, "Where are teams listed?": true} {
		if _, list := fitting("Projects and teams", question, page); list[0].may != want {
			t.Errorf("the page names what %q asks for: %t", question, list[0].may)
		}
	}
}

// What would be quoted has to speak about the question: a section is not quoted for its name and its neighbours.
func TestASectionThatSaysNothingOfItIsNotQuoted(t *testing.T) {
	items := []evidence.Item{section("smtp.md", "Options › SMTP", "| Name | Default |\n| --- | --- |\n| `SMTP_HOST` | none |\n| `SMTP_PORT` | none |\n| `SMTP_PASSWORD` | none |", 0.6)}
	c := &casework{reading: readTicket(writtenBy("Backups of the database", "How often do you back up the database?"), "en")}
	c.query = newQuery(c.reading, items)
	if p := c.query.match(items[0]); !c.unsaid(p) {
		t.Error("a table of mail settings speaks about backups")
	}
	said := section("b.md", "Backups", "The database is backed up once a day.", 0.6)
	if p := c.query.match(said); c.unsaid(p) {
		t.Error("the section about backups does not speak about backups")
	}
}

// "How do I get rid of this message?" is no question for deleting something.
func TestGettingRidIsNotDeleting(t *testing.T) {
	for text, want := range map[string]int{"how do i get rid of it?": 0, "how do i delete it?": 1} {
		if got := act(text); len(got) != want {
			t.Errorf("%q asks how to do %v", text, got)
		}
	}
}

// A question of one word is answered under that word.
func TestAQuestionOfOneWord(t *testing.T) {
	for title, want := range map[string]bool{"Network › Proxy settings": true, "Proxy › Language": false, "Network": false} {
		q, list := fitting("Our proxy", "Where do I enter it?", section("network.md", title, "Enter the host and the port of the proxy.", 0.6))
		if q.heads(list[0]) != want {
			t.Errorf("%q is about just what is asked: %t", title, !want)
		}
	}
	q, list := fitting("Hello", "What do I do now?", section("network.md", "Network", "Enter the host.", 0.6))
	if q.heads(list[0]) {
		t.Error("a section is about a question that asks for nothing")
	}
}

func TestAHeadingThatAsksWhyExplains(t *testing.T) {
	for title, want := range map[string]bool{"FAQ › Why isn't it saving emoji?": true, "FAQ › Why do I see question marks?": true, "Settings › Text that doesn't show": true, "Settings › Emoji": false} {
		q, list := fitting("Emoji", "Emoji turn into question marks", section("faq.md", title, "Set the encoding of the table to utf8mb4.", 0.6))
		if q.explains(list[0]) != want {
			t.Errorf("%q explains a fault: %t", title, !want)
		}
	}
}
