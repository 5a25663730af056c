package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// What a maintainer made of a draft before it was sent is the answer to the next ticket about the same, while the first one is
// open still, and no longer than that one is there. What was sent as drafted is none before its ticket is closed.
func TestAReplyThatAPersonEditedAnswersTheNextTicket(t *testing.T) {
	t.Parallel()
	const answer = "Select the braille embosser under **Layout**, then **Paper**, and print the report with 40 cells a line."
	ask := func(w *town, title string) forge.Ref {
		issue, err := w.world.Forge.CreateIssue(forge.As("customer"), supportRepo, forge.IssueInput{Title: title, FormLabels: []string{"support"},
			Body: "### What do you want to do?\n\nHow do we print the monthly report on our braille embosser? The embosser takes 40 cells a line."})
		w.check(err)
		return issue.Ref
	}
	for name, edited := range map[string]bool{"edited": true, "as drafted": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			first := ask(w, "How do we print the report on a braille embosser?")
			w.settle(first)
			if edited {
				w.check(w.reword("maintainer", first, "Hello customer,", answer+"\n\nHello customer,"))
				w.ahead.Add(int64(time.Minute))
			}
			w.say("maintainer", first, "/oioi send")
			w.settle(first)
			if !strings.Contains(w.show(first), "<sub>Sent by `@maintainer`</sub>") {
				t.Fatal(w.show(first))
			}
			quoted := fmt.Sprintf("> %s [[1]](https://github.example/%s/issues/%d)", answer, supportRepo, first.Number)
			draft := w.plain(w.comments(ask(w, "Print the monthly report on a braille embosser"))[0])
			if strings.Contains(draft, quoted) != edited || strings.Contains(draft, "(open; the team edited the reply)") != edited {
				t.Errorf("the draft:\n%s", draft)
			}
			w.check(w.world.Forge.DeleteIssue(forge.As("tallypost"), first))
			w.settle(first)
			if draft := w.plain(w.comments(ask(w, "How can we print reports on a braille embosser?"))[0]); strings.Contains(draft, answer) {
				t.Errorf("the deleted ticket is quoted still:\n%s", draft)
			}
		})
	}
}
