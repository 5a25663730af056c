package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

// another is a second App beside OiOi, which answers whatever it sees.
type another struct {
	w        *town
	as       forge.Actor
	ref      forge.Ref
	answered map[int64]bool
	acts     int
}

func (w *town) another() *another {
	w.t.Helper()
	f := w.world.Forge
	_, err := f.AddApp(forge.App{Slug: "helper", Name: "Helper", Owner: sample.Owner, PublicKeyPEM: "none", Permissions: map[string]string{"issues": "write", "metadata": "read"}})
	w.check(err)
	in, err := f.Install("helper", sample.Owner)
	w.check(err)
	actor, err := f.AsInstallation(in.ID)
	w.check(err)
	return &another{w: w, as: actor, answered: map[int64]bool{}}
}

// react answers every comment of OiOi's that it has not answered yet, rewrites the ticket's text and sets the labels again. It
// reports whether there was something to answer.
func (b *another) react(label bool) (acted bool) {
	b.w.t.Helper()
	for _, c := range b.w.all(b.ref) {
		if c.Author != b.w.world.App.Bot() || b.answered[c.ID] {
			continue
		}
		b.answered[c.ID], acted = true, true
		b.acts++
		_, err := b.w.world.Forge.CreateComment(b.as, b.ref, fmt.Sprintf("/oioi run\n\nNoted (%d). Mail helper%d@example.com, or say /oioi send.", b.acts, b.acts))
		b.w.check(err)
		issue, err := b.w.world.Forge.Issue(forge.As("jo-lindqvist"), b.ref)
		b.w.check(err)
		if issue.Author == b.as.Login {
			body := fmt.Sprintf("%s\n\nSeen: comment %d, version 2.%d.", issue.Body, b.acts, b.acts)
			_, err = b.w.world.Forge.EditIssue(b.as, b.ref, forge.IssueEdit{Body: &body})
			b.w.check(err)
		}
		if label {
			_, err = b.w.world.Forge.AddLabels(b.as, b.ref, "oioi", "support")
			b.w.check(err)
		}
	}
	b.w.settle(b.ref)
	return acted
}

// Two bots on one ticket for a day: the other one answers each of OiOi's comments at once, with commands too, rewrites its own
// ticket and sets the labels again. OiOi drafts once and sends one reply at most.
func TestTwoBotsDoNotTalkForADay(t *testing.T) {
	t.Parallel()
	const question = "### What happened?\n\nHow do I rotate an API token without stopping our nightly job? We select the token and do not know what happens to the old one."
	for name, c := range map[string]struct {
		config string
		author string // "": the other bot
		label  bool
	}{
		"the bot's own ticket":                  {"", "", true},
		"the bot's own ticket, in mode auto":    {"modes: {how_to: auto}\nauto_above: 0.5\n", "", true},
		"a customer's ticket, in mode auto":     {"modes: {how_to: auto}\nauto_above: 0.5\n", "customer", true},
		"every issue is a ticket, in mode auto": {"modes: {how_to: auto}\nauto_above: 0.5\ntriggers: {all: true}\n", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			w.commit("tallypost/support", ".github/oioi.yml", c.config)
			bot := w.another()
			author := bot.as
			if c.author != "" {
				author = forge.As(c.author)
			}
			issue, err := w.world.Forge.CreateIssue(author, "tallypost/support", forge.IssueInput{Title: "How do we rotate an API token?", Body: question, FormLabels: []string{"support"}})
			w.check(err)
			bot.ref = issue.Ref
			if c.author == "" && c.label {
				_, err = w.world.Forge.AddLabels(bot.as, bot.ref, "oioi")
				w.check(err)
			}
			w.settle(bot.ref)
			for hour := range 24 {
				for round := 0; bot.react(c.label); round++ {
					if round > 20 {
						t.Fatalf("in hour %d the bots talk and talk:\n%s", hour, w.show(bot.ref))
					}
				}
				w.ahead.Add(int64(time.Hour))
			}
			shown, drafts, replies := w.show(bot.ref), 0, 0
			for _, comment := range w.all(bot.ref) {
				drafts += strings.Count(comment.Body, "/comment/draft/")
				replies += strings.Count(comment.Body, "/comment/reply/")
			}
			if drafts > 1 || replies > 1 {
				t.Errorf("%d drafts and %d replies:\n%s", drafts, replies, shown)
			}
			if c.author != "" && replies != 1 {
				t.Errorf("nothing was answered: the test tests nothing\n%s", shown)
			}
			if c.label && drafts == 0 {
				t.Errorf("there is no draft: the test tests nothing\n%s", shown)
			}
		})
	}
}

// Whoever lets a machine rewrite a ticket after each of OiOi's comments gets so many drafts, and then none until the team asks.
func TestDraftsByThemselvesEnd(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/support", ".github/oioi.yml", "modes: {how_to: auto}\nauto_above: 0.5\n")
	ref := w.sample("rotate-token")
	w.settle(ref)
	for i := range 12 {
		body := strings.Repeat("How do I rotate an API token? ", i+1) + fmt.Sprintf("Our job number %d stops.", i)
		_, err := w.world.Forge.EditIssue(forge.As("customer"), ref, forge.IssueEdit{Body: &body})
		w.check(err)
		w.settle(ref)
		w.say("customer", ref, fmt.Sprintf("We connect to postgres://tally:Xk7pQ2v%dRw@db.example.com/reports", i))
	}
	shown := w.show(ref)
	if n := strings.Count(shown, "Sent automatically by OiOi"); n != 1 {
		t.Errorf("%d automatic replies", n)
	}
	if n := strings.Count(shown, "/comment/draft/"); n > 10 {
		t.Errorf("%d drafts", n)
	}
	if n := strings.Count(shown, "/comment/privacy/"); n != 5 {
		t.Errorf("%d notices", n)
	}
	w.say("maintainer", ref, "/oioi status")
	holds(t, w.show(ref), "OiOi has drafted 8 times by itself")
	w.say("maintainer", ref, "/oioi run")
	if again := w.show(ref); strings.Count(again, "/comment/draft/") != strings.Count(shown, "/comment/draft/")+1 {
		t.Error("the team asked, and there is no new draft")
	}
}
