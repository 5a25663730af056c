package desk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/redact"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// The names of the places in which something is found, for people.
const (
	inTitle       = "the title"
	inDescription = "the description"
	inComment     = "a comment"
)

// Redact returns the ticket with placeholders for the secrets and personal data in it, and what was replaced. It is done
// before anything of the ticket is stored with a run or shown to a model. The revision stays that of the text as it was.
func Redact(settings config.Settings, t ticket.Ticket) (ticket.Ticket, []redact.Found) {
	r, team := settings.Config.Redactor(), settings.Config.TeamRedactor()
	revision := said(t).Revision()
	t.Title = ticket.Text(r.Text(inTitle, t.Title.Raw()))
	t.Body = ticket.Text(r.Text(inDescription, t.Body.Raw()))
	t.Comments = slices.Clone(t.Comments)
	for i, c := range t.Comments {
		if c.Ours {
			continue
		}
		where := inComment
		if c.URL != "" {
			where += " " + c.URL
		}
		by := r
		if c.Author.OnTeam() && c.Author.ID != t.Author.ID {
			by = team
		}
		t.Comments[i].Body = ticket.Text(by.Text(where, c.Body.Raw()))
	}
	found := append(r.Found(), team.Found()...)
	if len(found) > 0 {
		t.Original = revision
	}
	return t, found
}

// anonymous returns earlier tickets and what the ticket links to without the secrets and personal data of their people.
func anonymous(settings config.Settings, items []evidence.Item) []evidence.Item {
	return replaceIn(items, settings.Config.PlainRedactor())
}

// published returns pages and releases of the team without what nobody may act with. Whom they name they name for everybody.
func published(settings config.Settings, items []evidence.Item) []evidence.Item {
	return replaceIn(items, settings.Config.TeamRedactor())
}

func replaceIn(items []evidence.Item, r *redact.Redactor) []evidence.Item {
	out := slices.Clone(items)
	for i, item := range out {
		out[i].Title = r.Text("", item.Title)
		out[i].Text = ticket.Text(r.Text("", item.Text.Raw()))
		out[i].Resolution = ticket.Text(r.Text("", item.Resolution.Raw()))
	}
	return out
}

// withoutSecrets is the last look for secrets in what is about to be proposed, whatever it was made from. A page keeps what
// it held before: samples of its own are none of ours.
func withoutSecrets(e effect.Effect) effect.Effect {
	r := redact.Plain(redact.Outward, nil)
	in := func(texts ...*string) {
		for _, text := range texts {
			*text = r.Text("", *text)
		}
	}
	each := func(names *[]string) {
		*names = slices.Clone(*names)
		for i := range *names {
			in(&(*names)[i])
		}
	}
	switch {
	case e.Comment != nil:
		made := *e.Comment
		in(&made.Body)
		made.Sent = withoutSecrets(effect.Effect{Gap: made.Sent}).Gap
		if made.Lists != nil {
			lists := *made.Lists
			each(&lists.Checks)
			each(&lists.FollowUps)
			made.Lists = &lists
		}
		e.Comment = &made
	case e.Fold != nil:
		made := *e.Fold
		in(&made.Summary)
		e.Fold = &made
	case e.Label != nil:
		made := *e.Label
		in(&made.Name, &made.Description)
		e.Label = &made
	case e.Status != nil:
		made := *e.Status
		in(&made.Text)
		e.Status = &made
	case e.Gap != nil:
		made := *e.Gap
		in(&made.Title, &made.Intro, &made.Line, &made.Answered, &made.Proposed)
		each(&made.Labels)
		e.Gap = &made
	case e.Issue != nil:
		made := *e.Issue
		in(&made.Title, &made.Body)
		each(&made.Labels)
		e.Issue = &made
	case e.Pull != nil:
		made := *e.Pull
		in(&made.Title, &made.Body, &made.Message)
		each(&made.Labels)
		made.Files = slices.Clone(made.Files)
		for i, file := range made.Files {
			made.Files[i].New = redact.Plain(redact.Outward, redact.Values(redact.Outward, file.Old)).Text("", file.New)
		}
		made.Gap = withoutSecrets(effect.Effect{Gap: made.Gap}).Gap
		e.Pull = &made
	}
	return e
}

// privacyNotice asks the reporter to revoke and delete what was found; "" where nobody needs to be told: in a private
// repository an e-mail address is among those whom it was written for. The digest tells whether this was said before.
func privacyNotice(public bool, language string, found []redact.Found) (body, digest string, err error) {
	p := templates.Privacy{Public: public, Language: language}
	var said []string
	for _, f := range found {
		if !public && !f.Kind.Secret() && f.Kind != redact.Card {
			continue
		}
		known := privacyItem(f, "en") // the digest is the same in every language
		line := fmt.Sprint(known.What, known.Where, known.URL)
		if slices.Contains(said, line) {
			continue
		}
		said = append(said, line)
		item := privacyItem(f, language)
		p.Secret = p.Secret || item.Secret
		p.Found = append(p.Found, item)
	}
	if len(p.Found) == 0 {
		return "", "", nil
	}
	body, err = templates.RenderPrivacy(p)
	return body, digestOf(said...), err
}

// replaced says in the timeline what kinds were replaced.
func replaced(found []redact.Found) string {
	var kinds []string
	for _, f := range found {
		if !slices.Contains(kinds, f.Placeholder) {
			kinds = append(kinds, f.Placeholder)
		}
	}
	return "Replaced by placeholders before anything else read the ticket: " + strings.Join(kinds, ", ")
}
