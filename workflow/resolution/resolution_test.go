package resolution

import (
	"strings"
	"testing"
)

func TestSays(t *testing.T) {
	for want, comments := range map[Word][]string{
		Solved: {
			"That did it, thank you!", "Works now.", "Thanks, the export works again", "Fixed, you can close this.", "It works for us as expected.", "All good now",
			"The error is gone since the update.", "Thank you so much. The problem is solved.", "> does it still fail?\n\nNo, it works now.", "yes that worked, cheers", "We're back up and running again.",
			"Super, jetzt funktioniert es wieder!", "Danke, das hat geholfen.", "Problem gelöst.", "Es läuft wieder einwandfrei.", "Das Ticket kann geschlossen werden.",
			"Merci, ça marche maintenant.", "C'est réglé, merci beaucoup", "Tout fonctionne de nouveau.", "Ya funciona, gracias.", "Solucionado, muchas gracias", "Ahora va perfecto.",
		},
		NotSolved: {
			"It still fails with the same error.", "This doesn't work.", "Not fixed.", "I tried it, no luck.", "The upload works, but the report is still empty.", "Same error here.", "It is not working yet",
			"The problem came back this morning.", "It worked once. Now it does not load at all.", "I can't log in.", "It hasn't been solved.",
			"Funktioniert leider nicht.", "Es geht immer noch nicht.", "Gleicher Fehler wie vorher.", "Das hat nicht geholfen.", "Ça ne marche pas.", "Toujours la même erreur", "Le problème n'est pas résolu.",
			"Sigue igual.", "No funciona.", "Todavía no puedo entrar.", "Me sale el mismo error.",
		},
		Nothing: {
			"", "Thank you!", "Thanks, I will try it and let you know if it works.", "When will it be fixed?", "I hope that works.", "Is it solved?", "```\nit works now\n```", "> It works now.\n\nHere is the log.", "Danke für die schnelle Antwort.",
			"Ich melde mich, wenn es funktioniert.", "Je vous dirai si ça marche.", "Avisaré cuando funcione.", "We are on version 2.4.1.", "/oioi status", "👍",
			"It works now, but only in Firefox.", "Jetzt geht es, aber nur mit dem alten Token.",
		},
	} {
		for _, comment := range comments {
			if got := Says(comment); got != want {
				t.Errorf("%q says %q, want %q", comment, got, want)
			}
		}
	}
}

func TestJudge(t *testing.T) {
	merged := Seen{Kind: "pr_merged", State: Holds}
	waits := Seen{Kind: "human_question", State: Open}
	says := Seen{Kind: "reporter_confirms", State: Open}
	for name, c := range map[string]struct {
		closing Closing
		want    Verdict
	}{
		"what was to be seen is there":          {Closing{Answered: true, Checks: []Seen{merged, says}}, Verified},
		"and the customer says so":              {Closing{Answered: true, Says: Solved, Checks: []Seen{merged}}, Verified},
		"one thing is there, another unseen":    {Closing{Answered: true, Checks: []Seen{merged, waits}}, Assumed},
		"unseen, but the customer says so":      {Closing{Answered: true, Says: Solved, Checks: []Seen{merged, waits}}, Confirmed},
		"the customer says so":                  {Closing{Says: Solved, Reason: "completed", Checks: []Seen{says}}, Confirmed},
		"the customer closes it":                {Closing{ByReporter: true, Answered: true, Checks: []Seen{says}}, Confirmed},
		"the customer gives up":                 {Closing{ByReporter: true, Reason: "not_planned", Answered: true}, Unproven},
		"the customer closes it, and complains": {Closing{ByReporter: true, Says: NotSolved, Answered: true}, Unproven},
		"merged, and the customer complains":    {Closing{Answered: true, Says: NotSolved, Checks: []Seen{merged}}, Unproven},
		"a check fails":                         {Closing{Answered: true, Says: Solved, Checks: []Seen{{Kind: "pr_merged", State: Fails}}}, Unproven},
		"silence after the answer":              {Closing{Answered: true, Reason: "completed", Checks: []Seen{says}}, Assumed},
		"quiet for a time":                      {Closing{Answered: true, Checks: []Seen{{Kind: "quiet_for", State: Holds}}}, Assumed},
		"no answer":                             {Closing{Reason: "completed", Checks: []Seen{says}}, Unproven},
		"not planned":                           {Closing{Answered: true, Reason: "not_planned"}, Unproven},
		"a duplicate":                           {Closing{Answered: true, Reason: "duplicate"}, Unproven},
		"no checks, no answer":                  {Closing{}, Unproven},
	} {
		got, why := Judge(c.closing)
		if got != c.want || why == "" {
			t.Errorf("%s: %s, %q; want %s", name, got, why, c.want)
		}
	}
}

// FuzzSays holds that what somebody quotes or shows as code is never their word, whatever it is.
func FuzzSays(f *testing.F) {
	f.Add("It works now.")
	f.Add("still broken?\r\n\n``` it works\n> no")
	f.Fuzz(func(t *testing.T, text string) {
		if word := Says(text); word != Nothing && word != Solved && word != NotSolved {
			t.Errorf("it says %q", word)
		}
		var quoted, code strings.Builder
		code.WriteString("```\n")
		for line := range strings.Lines(text) {
			quoted.WriteString("> " + line)
			code.WriteString("| " + line)
		}
		code.WriteString("\n```\n")
		for _, shown := range []string{quoted.String(), code.String()} {
			if word := Says(shown); word != Nothing {
				t.Errorf("%q says %q", shown, word)
			}
		}
	})
}
