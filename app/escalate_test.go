package app

import (
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"github.com/oioi-app/oioi/app/desk"
)

const ladder = `
policy:
  escalation:
    - { name: L1, target: "@jo-lindqvist", deputy: "@maintainer", when: Nobody can work., severities: [S1, S2], within: 2h }
`

func levelOne(key, _ string) river.JobArgs { return desk.CalledArgs{TicketKey: key, Level: 1} }

// Where nobody answers a call in time, the deputy is called, once; where somebody does, nobody else is disturbed.
func TestTheDeputyIsCalledWhereNobodyAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"nobody answers": "", "somebody answers": "On it, the switch is being replaced."} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.commit("tallypost/support", ".github/oioi.yml", ladder)
			ref := w.sample("outage")
			w.settle(ref)
			w.ahead.Add(60 * 1e9)
			w.say("maintainer", ref, "/oioi send")
			holds(t, w.show(ref), "@jo-lindqvist, this ticket needs you (`L1`)", "| Answer to the call | waiting | until ")
			if answer != "" {
				w.ahead.Add(60 * 1e9)
				w.say("jo-lindqvist", ref, answer)
			}
			for range 2 {
				w.wake(ref, 3*24*time.Hour, levelOne)
			}
			shown := w.show(ref)
			if n := strings.Count(shown, "@maintainer, this ticket needs you: `L1` was called, and nobody has answered in time."); n != 1 && answer == "" || n != 0 && answer != "" {
				t.Errorf("the deputy was called %d times:\n%s", n, shown)
			}
			holds(t, shown, map[bool]string{true: "| Deputy of level 1 | done |", false: "| Answer to the call | done | somebody has answered |"}[answer == ""])
		})
	}
}

// With an internal issue a call stands there, wherever it was asked for; a public tracker without one does not learn the level's name.
func TestACallStandsInside(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{"inside": "draft: { destination: internal, repository: tallypost/support }\n" + ladder, "public": ladder} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.commit("tallypost/tallypost", ".github/oioi.yml", config)
			ref := w.sample("public-holidays")
			w.settle(ref)
			w.say("jo-lindqvist", ref, "/oioi escalate the customer is about to leave")
			w.rest(ref)
			public, inside := w.parts(ref)
			if name == "inside" {
				holds(t, inside, "@jo-lindqvist, this ticket needs you: `@jo-lindqvist` calls `L1`.")
			} else {
				holds(t, public, "@jo-lindqvist, this ticket needs you: `@jo-lindqvist` calls.")
			}
			if strings.Contains(public, "L1") || name == "inside" && strings.Contains(public, "this ticket needs you") {
				t.Errorf("the escalation ladder stands in public:\n%s", public)
			}
		})
	}
}

// Each kind of effect can be switched off: owners, calls, replies.
func TestOwnersCallsAndRepliesCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/support", ".github/oioi.yml", "effects: { assignees: false, escalations: false, sent_replies: false }\n"+ladder)
	ref := w.sample("outage")
	w.settle(ref)
	w.ahead.Add(60 * 1e9)
	for words, answer := range map[string]string{"/oioi send": "`effects.sent_replies`", "/oioi assign @maintainer": "`effects.assignees`", "/oioi escalate": "`effects.escalations`"} {
		w.say("maintainer", ref, words)
		holds(t, w.show(ref), answer)
	}
	w.commit("tallypost/support", ".github/oioi.yml", "effects: { assignees: false, escalations: false }\n"+strings.Replace(ladder, "policy:", "policy:\n  default_owner: \"@maintainer\"", 1))
	w.say("maintainer", ref, "/oioi rerun")
	w.ahead.Add(60 * 1e9)
	w.say("maintainer", ref, "/oioi send")
	shown := w.show(ref)
	holds(t, shown, "Sent by `@maintainer`", "effects.escalations is false in .github/oioi.yml", "effects.assignees is false in .github/oioi.yml")
	if strings.Contains(shown, "this ticket needs you") || strings.Contains(shown, "maintainer (assign on") {
		t.Errorf("what is switched off was done:\n%s", shown)
	}
}
