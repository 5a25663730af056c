package app

import (
	"regexp"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/workflow/role"
)

var sendOffer = regexp.MustCompile(`/oioi send [0-9a-f]{6,}`)

// A step that a model made up is shown to the team beside the reply, and is sent only where a person copies it into the reply.
func TestAStepWithoutASourceIsSentOnlyWhereAPersonKeepsIt(t *testing.T) {
	t.Parallel()
	const step = "Open Settings, then Magic, and press Enter twice."
	for name, keep := range map[string]bool{"nobody keeps it": false, "a person keeps it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := modeltest.NewServer(t)
			server.Answer(func(r modeltest.Request) role.Output {
				out := modeltest.Draft(r)
				if u := out.Understanding; u != nil {
					u.Reply = append(u.Reply, role.Block{Kind: role.Instruction, Text: step, Citations: []role.Citation{{Evidence: role.TicketCitation, Quote: "How do I rotate"}}})
				}
				return out
			})
			w := withModel(t, server)
			ref := w.sample("rotate-token")
			draft := w.comments(ref)[0]
			reply, beside, _ := strings.Cut(draft, "<!-- oioi:reply:end -->")
			if strings.Contains(reply, "Magic") {
				t.Fatalf("the reply holds the step:\n%s", reply)
			}
			holds(t, beside, "Unverified, and left out of the reply", step)
			if keep {
				w.check(w.reword("maintainer", ref, "<!-- oioi:reply:end -->", step+"\n\n<!-- oioi:reply:end -->"))
			}
			w.say("maintainer", ref, "/oioi send")
			all := w.comments(ref)
			if offer := sendOffer.FindString(all[len(all)-1]); offer != "" { // sent within the second of the edit: OiOi asks again
				w.say("maintainer", ref, offer)
				all = w.comments(ref)
			}
			sent := all[len(all)-1]
			holds(t, sent, "Sent by", "The help center says: ")
			if strings.Contains(sent, "Magic") != keep {
				t.Errorf("kept: %t; sent was\n%s", keep, sent)
			}
			for _, e := range w.timeline(ref) {
				if e.Kind == "cut" && strings.Contains(e.Text, step) {
					return
				}
			}
			t.Error("the ticket's progress does not tell what was left out")
		})
	}
}
