package sample

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestRenderWritesWhatGitHubWrites(t *testing.T) {
	got := Render([]Field{
		{Label: "Area", Type: "dropdown", Value: "Billing"},
		{Label: "What happened?", Type: "textarea", Value: "  It broke.\n\nTwice.\n"},
		{Label: "Version", Type: "input"},
		{Label: "Log", Type: "textarea", Render: "Shell", Value: "  indented\nend\n"},
		{Label: "Other log", Type: "textarea", Render: "Shell"},
		{Label: "Before you submit", Type: "checkboxes", Boxes: []Box{{"No secrets.", true}, {"Contact me.", false}}},
	})
	want := "### Area\n\nBilling\n\n### What happened?\n\nIt broke.\n\nTwice.\n\n### Version\n\n_No response_\n\n" +
		"### Log\n\n```Shell\n  indented\nend\n```\n\n### Other log\n\n```Shell\n\n```\n\n" +
		"### Before you submit\n\n- [X] No secrets.\n- [ ] Contact me."
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A visitor must be able to submit every sample ticket through the form's own page as it stands.
func TestTicketsCanBeSubmittedThroughTheForm(t *testing.T) {
	ids := map[string]bool{}
	for _, ticket := range Tickets() {
		if !regexp.MustCompile(`^[a-z][a-z-]+$`).MatchString(ticket.ID) || ids[ticket.ID] {
			t.Errorf("id %q is malformed or used twice", ticket.ID)
		}
		ids[ticket.ID] = true
		if ticket.Title == "" || ticket.Teaser == "" || strings.Contains(ticket.Teaser, "\n") || !slices.Contains(ticket.Labels, "support") {
			t.Errorf("%s: title, a teaser of one line and the label support are needed: %+v", ticket.ID, ticket)
		}
		checkAnswers(t, ticket.ID, ticket.Repository, ticket.Fields)
	}
	if len(ids) < 8 {
		t.Errorf("%d sample tickets, at least 8 are needed", len(ids))
	}
}

// checkAnswers fails when the form's page would refuse these answers.
func checkAnswers(t *testing.T, name, repository string, fields []Field) {
	t.Helper()
	values := map[string]Field{}
	for _, f := range fields {
		values[f.ID] = f
	}
	for _, item := range forms()[repository].Body {
		if item.Type == "markdown" {
			continue
		}
		field, ok := values[item.ID]
		if !ok {
			t.Errorf("%s: the field %s is not there", name, item.ID)
		}
		if item.Validations.Required && field.Value == "" {
			t.Errorf("%s: the required field %s is empty", name, item.ID)
		}
		if item.Type == "dropdown" && !slices.Contains(item.Attributes.Options, any(field.Value)) {
			t.Errorf("%s: %s cannot be %q; the form offers %v", name, item.ID, field.Value, item.Attributes.Options)
		}
	}
}

// An older issue written through the form must carry answers that the form allows, or the tickets it is compared with differ.
func TestHistoryIsAnsweredWithTheForm(t *testing.T) {
	for _, r := range Repositories() {
		var stored []storedIssue
		decode("history/"+r.Name+".yml", &stored)
		for _, s := range stored {
			if s.Fields == nil {
				if s.Body == "" {
					t.Errorf("%s#%d is empty", r.Name, s.Number)
				}
				continue
			}
			checkAnswers(t, r.Name+"#"+s.Title, r.Name, answer(r.Name, s.Fields))
		}
	}
}

// The sample tickets must show what the sandbox is for: each kind of outcome once, and security only where everybody can read.
func TestTicketsCoverTheStories(t *testing.T) {
	repository := map[string]string{}
	for _, ticket := range Tickets() {
		repository[ticket.ID] = ticket.Repository
	}
	for _, id := range []string{"rotate-token", "empty-pdf", "outage", "refund", "docs-error", "german-import", "vague", "slow-report"} {
		if repository[id] != SupportRepository {
			t.Errorf("%s is filed in %q", id, repository[id])
		}
	}
	if repository["security"] != ProductRepository {
		t.Errorf("the security report is filed in %q; it must show the public hand-off", repository["security"])
	}
}
