package effect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestNothingWithheldIsRepeated(t *testing.T) {
	known := []string{"The importer says TP-4012 and stops at the end of the month. See https://github.com/acme/app/issues/3."}
	withheld := effect.Withhold([]evidence.Item{
		{ID: "E7", Title: "acme/engine#12 The importer of Umbrella stalls", URL: "https://github.com/acme/engine/issues/12", Visibility: evidence.Private,
			Text:       ticket.Text("On rota-7.corp.internal the importer drops every second row since build_4711, incident INC-20931. Since 2.4.1 it says TP-4012 and stops at the end of the month."),
			Resolution: ticket.Text("Ask ops@corp.example to drain the queue by hand. 輸入は二行ごとに失われますので夜に再起動してください。")},
		{ID: "E8", Title: "Our plan for spring", Text: ticket.Text("We buy Umbrella")},
	}, known)
	for text, want := range map[string]bool{
		"Please update to 2.4.1; the importer stops at the end of the month.": false,
		"It says TP-4012, as you wrote.":                                      false,
		"See https://github.com/acme/app/issues/3.":                           false,
		"Thank you for writing. We look into it by hand.":                     false,
		"": false,
		"See https://github.com/acme/engine/issues/12 for more.":                 true,
		"It runs on `rota-7.corp.internal`.":                                     true,
		"As in inc-20931.":                                                       true,
		"Since **build_4711** that is so.":                                       true,
		"Write to OPS@corp.example.":                                             true,
		"It is known that the importer drops every\nsecond row since some time.": true,
		"The importer drops every *second* row since the build.":                 true,
		"The Importer\u200b drops, every second — row since today.":              true,
		"This is our plan for spring.":                                           true,
		"We know: 輸入は二行ごとに失われますので、お待ちください。":                                      true,
		"再起動してください。":                                                             false,
	} {
		if got := withheld.In(text); got != want {
			t.Errorf("%q repeats it: %v, want %v", text, got, want)
		}
	}
	if effect.Withhold(nil, known).In("rota-7.corp.internal") {
		t.Error("where nothing is withheld, nothing is repeated")
	}
}

// The gate holds it against every text that others than the team read.
func TestTheGateHoldsBackWhatIsWithheld(t *testing.T) {
	r := rules()
	r.Withheld = effect.Withhold([]evidence.Item{{ID: "E7", Text: ticket.Text("It runs on rota-7.corp.internal since spring.")}}, nil)
	inside := ticket.Repository{ID: 9, Owner: "acme", Name: "internal", Private: true}
	r.Inside = &inside
	tells := comment("It runs on rota-7.corp.internal.")
	if why := r.Refuse(tells); !strings.Contains(why, "repeats words of evidence") {
		t.Errorf("on the ticket: %q", why)
	}
	if why := r.Refuse(tells.Inside(&inside)); why != "" {
		t.Errorf("inside: %q", why)
	}
	if why := r.Refuse(comment("It runs.")); why != "" {
		t.Errorf("what repeats nothing: %q", why)
	}
}

// A run's gate looks at each of its texts, with all that the run has read.
func BenchmarkWithheld(b *testing.B) {
	passage := func(n int) ticket.Untrusted {
		var text strings.Builder
		for i := range 300 {
			fmt.Fprintf(&text, "word%d of the passage%d is, ", i*n%97, i)
		}
		return ticket.Text(text.String())
	}
	var items []evidence.Item
	var known []string
	for n := range 20 {
		items = append(items, evidence.Item{ID: fmt.Sprint("E", n), Title: "A private matter", Text: passage(n)})
		known = append(known, passage(n+100).Raw())
	}
	text := strings.Repeat("Please update, and write again where that does not help. ", 40)
	for b.Loop() {
		r := rules()
		r.Withheld = effect.Withhold(items, known)
		for range 8 {
			if why := r.Refuse(comment(text)); why != "" {
				b.Fatal(why)
			}
		}
	}
}
