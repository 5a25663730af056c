package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/policy"
)

// What a customer should not have written stands in the customer's own text and nowhere else: in no prompt, no comment, no
// follow-up, no log, no page, and in nothing that OiOi works from. The next customer's ticket, which resembles it, does not
// get it either. The reporter is told what to do, once.
func TestACustomersSecretsStayInTheCustomersText(t *testing.T) {
	t.Parallel()
	token, mail, password := "gh"+"p_"+strings.Repeat("aB3dE5", 6), "jana.petersen@firmen-mail.de", "kx82Quarry7"
	log, provider := &notebook{}, modeltest.NewServer(t)
	w := newTown(t, townOptions{log: log, model: config.Model{Provider: "openai", BaseURL: provider.URL, Key: modeltest.Key, Model: "gpt-4.1", Timeout: policy.Duration(time.Minute)}})
	body := "The export of the monthly report stops after 100,000 rows.\n\nI call it with " + token + " against postgres://tally:" + password + "@db.firmen-mail.de/prod\n\nWrite to " + mail
	world := w.world.Forge
	issue, err := world.CreateIssue(forge.As("customer"), "tallypost/tallypost", forge.IssueInput{Title: "Export stops for " + mail, Body: body, FormLabels: []string{"support"}})
	w.check(err)
	written := w.comments(issue.Ref)
	notices := 0
	for _, c := range written {
		if strings.Contains(c, "Please revoke") {
			notices++
			holds(t, c, "an API key of GitHub", "https://github.com/settings/tokens", "a password", "an e-mail address", "Delete revision from history", "Everybody on the internet")
		}
	}
	if notices != 1 {
		t.Errorf("the reporter was told %d times:\n%s", notices, strings.Join(written, "\n---\n"))
	}
	later := "Sorry, now with the new one: " + "gh" + "p_" + strings.Repeat("xY7zW9", 6)
	_, err = world.CreateComment(forge.As("customer"), issue.Ref, later)
	w.check(err)
	if written = w.comments(issue.Ref); !strings.Contains(written[len(written)-1], "in [a comment](") {
		t.Errorf("a token in a later comment is not answered:\n%s", written[len(written)-1])
	}
	_, err = world.CreateComment(forge.As("maintainer"), issue.Ref, "/oioi rerun tell "+token+" what to do")
	w.check(err)
	written = w.comments(issue.Ref)
	second, err := world.CreateIssue(forge.As("outsider"), "tallypost/tallypost", forge.IssueInput{Title: "Export of the monthly report stops", Body: "It stops after 100,000 rows, as in #" + fmt.Sprint(issue.Ref.Number), FormLabels: []string{"support"}})
	w.check(err)
	written = append(written, w.comments(second.Ref)...)

	requests := provider.Requests()
	if len(requests) < 8 {
		t.Fatalf("only %d prompts", len(requests))
	}
	prompts := ""
	for _, r := range requests {
		prompts += r.Prompt("system") + r.Prompt("user") + r.Prompt("developer")
	}
	holds(t, prompts, "[API key 1]", "[e-mail 1]", "postgres://tally:[password 1]")
	written = append(written, prompts, log.String())
	repo, err := world.Repo(forge.As("jo-lindqvist"), issue.Ref.Repo)
	w.check(err)
	for _, ref := range []forge.Ref{issue.Ref, second.Ref} {
		key := store.TicketKey(repo.ID, ref.Number)
		w.check(w.oioi.Store.View(context.Background(), func(r store.Reader) error {
			row, err := r.Ticket(context.Background(), key)
			if err != nil {
				return err
			}
			runs, err := r.Runs(context.Background(), key)
			if err != nil {
				return err
			}
			effects, err := r.Effects(context.Background(), key)
			if err != nil {
				return err
			}
			events, err := r.Events(context.Background(), key)
			written = append(written, fmt.Sprintf("%s %s", row.Title, row.Data), fmt.Sprint(events))
			for _, run := range runs {
				written = append(written, string(run.Data))
			}
			for _, e := range effects {
				written = append(written, string(e.Data)+string(e.Receipt)+e.Note)
			}
			return err
		}))
		children, err := world.SubIssues(forge.As("jo-lindqvist"), ref)
		w.check(err)
		for _, child := range children {
			written = append(written, child.Title, child.Body)
		}
		for _, path := range []string{"/metrics", fmt.Sprintf("/progress/%d/%d", repo.ID, ref.Number)} {
			res, err := http.Get(w.hooks + path)
			w.check(err)
			page, err := io.ReadAll(res.Body)
			w.check(err)
			_ = res.Body.Close()
			written = append(written, string(page))
		}
	}
	pulls, err := world.ListPulls(forge.As("jo-lindqvist"), issue.Ref.Repo, forge.PullFilter{State: "all"})
	w.check(err)
	for _, pull := range pulls {
		diff, err := world.Diff(forge.As("jo-lindqvist"), pull.Ref)
		w.check(err)
		written = append(written, pull.Title, pull.Body)
		for _, file := range diff.Files {
			written = append(written, file.Patch)
		}
	}
	all := strings.Join(written, "\n")
	for _, secret := range []string{token, later[len(later)-40:], mail, password} {
		if at := strings.Index(all, secret); at >= 0 {
			t.Errorf("%q came out: …%s…", secret, all[max(0, at-200):min(len(all), at+80)])
		}
	}
}

func TestFindersCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	w.commit("tallypost/support", ".github/oioi.yml", "privacy:\n  finders: [api_keys]\n")
	ref := w.file("Where is jana@firmen-mail.de?", "I am jana@firmen-mail.de and my password: kx82Quarry7 does not work.")
	if got := strings.Join(w.comments(ref), "\n"); strings.Contains(got, "Please revoke") || strings.Contains(got, "[e-mail 1]") {
		t.Errorf("what is switched off was looked for:\n%s", got)
	}
}

// Who belongs to the team may write its own telephone number, and is told of a secret alone, in English. A customer is told of both.
func TestWhoBelongsToTheTeamIsToldOfSecretsAlone(t *testing.T) {
	t.Parallel()
	w := newTown(t, townOptions{})
	ref := w.fileAs("Der Export bricht ab", "Der Export des Monatsberichts bricht nach 100.000 Zeilen ab, und wir wissen nicht, warum das so ist.")
	w.settle(ref)
	const phone = "Rufen Sie uns an: +49 30 901820 oder schreiben Sie an karla.weber@firma-weber.de, danke."
	told := func(login, words string) string {
		before := len(w.comments(ref))
		_, err := w.world.Forge.CreateComment(forge.As(login), ref, words)
		w.check(err)
		var out []string
		for _, said := range w.comments(ref)[before:] {
			if strings.Contains(said, "/comment/privacy/") {
				out = append(out, said)
			}
		}
		return strings.Join(out, "\n")
	}
	if got := told("maintainer", phone); got != "" {
		t.Errorf("the team is told of its own number:\n%s", got)
	}
	if got := told("customer", phone); got == "" {
		t.Error("the customer is not told")
	}
	if got := told("maintainer", "gh"+"p_"+strings.Repeat("aB3dE5", 6)); !strings.Contains(got, "Revoke it now") {
		t.Errorf("the team is told of a secret so:\n%s", got)
	}
}
