// Package templates holds the texts that people read on GitHub: drafts, follow-ups, docs pull requests, notices. What comes
// from outside or from a model is sanitized before it gets here.
package templates

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/role"
)

//go:embed *.tmpl
var files embed.FS

var all = template.Must(template.New("").Funcs(template.FuncMap{
	"date":     date,
	"human":    func(v any) string { return strings.ReplaceAll(fmt.Sprint(v), "_", " ") },
	"owner":    owner,
	"code":     code,
	"listing":  listing,
	"inert":    inert,
	"sentence": sentence,
	"sources":  sources,
	"place": func(k helpcenter.Kind) bool {
		return k == helpcenter.Protected || k == helpcenter.Generated || k == helpcenter.Outside
	},
	"quote":    quote,
	"cell":     func(s string) string { return strings.ReplaceAll(s, "|", "\\|") },
	"patch":    patch,
	"sketch":   effect.Sketch,
	"cut":      cut,
	"thousand": thousand,
	"upper":    upper,
	"join":     strings.Join,
	"text":     func(s *string) string { return *s },
	"verified": verified,
	"parted":   parted,
	"same":     func(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) },
}).ParseFS(files, "*.tmpl"))

// Texts renders for package effect.
type Texts struct{}

// MaxWords is how many words of a draft are not folded, unless the reply itself takes more.
const MaxWords = 200

// draft is a draft comment of which more or less is folded.
type draft struct {
	effect.Draft
	Folded int // 0: reasons and evidence; 1: the actions, too; 2: the checks and all but the first sentence of what was not done, too
}

// Draft renders the draft comment. The plan's actions and checks stand in sight where there is room for them.
func (Texts) Draft(d effect.Draft) (text string, err error) {
	if d.Public {
		return run("draft_public.tmpl", d)
	}
	for folded := range 3 {
		if text, err = run("draft.tmpl", draft{Draft: d, Folded: folded}); err != nil || Words(text) <= MaxWords {
			break
		}
	}
	return text, err
}

// parted returns a text's first sentence and the rest.
func parted(text string) [2]string {
	at := secondSentence.FindStringIndex(text)
	if at == nil {
		return [2]string{text}
	}
	return [2]string{strings.TrimSpace(text[:at[1]-1]), text[at[1]-1:]}
}

var secondSentence = regexp.MustCompile(`[.!?]["”»]?\.? \pL`)

var (
	hidden = regexp.MustCompile(`(?s)<details>.*?</details>|<!--.*?-->|<[^>]*>|\]\([^)]*\)`)
	word   = regexp.MustCompile(`[\pL\pN][\pL\pN'’_.:/-]*`)
)

// Words counts the words of a comment that a reader sees without unfolding anything.
func Words(markdown string) int {
	return len(word.FindAllString(hidden.ReplaceAllString(markdown, " "), -1))
}

// Handoff renders the fixed text for a sensitive matter on a public tracker.
func (Texts) Handoff(d effect.Draft) (string, error) { return run("handoff.tmpl", d) }

// FollowUp renders the body of a follow-up issue.
func (Texts) FollowUp(f effect.FollowUpText) (string, error) { return run("follow_up.tmpl", f) }

// Pull renders the body of a docs pull request.
func (Texts) Pull(p effect.PullText) (string, error) { return run("pull.tmpl", p) }

// Note renders the comment on the docs pull request of another ticket that a change is added to.
func (Texts) Note(p effect.PullText) (string, error) { return run("pull_note.tmpl", p) }

// Patch renders the body of a follow-up that holds a docs change which no pull request may make.
func (Texts) Patch(p effect.PatchText) (string, error) { return run("patch.tmpl", p) }

// Waiting renders what waits for a person, and what became of it since, below a reply that was not sent.
func (Texts) Waiting(list []effect.Waiting) (string, error) {
	data := struct {
		Unsent string
		List   []effect.Waiting
		Open   bool
	}{effect.Unsent, list, slices.ContainsFunc(list, func(w effect.Waiting) bool { return w.ID != "" })}
	text, err := run("waiting.tmpl", data)
	return strings.TrimSpace(text), err
}

// Parked is why a run waits for a person.
type Parked struct {
	Reason string
	Kind   string // workflow.ParkKind
	Public bool
	Step   string
	Long   *Long // long_prompt: what it is made of, and what can be done
	Tokens int
	Limit  int
	Budget string // budget: which limit, and when it starts anew
}

// Long is a prompt that waits for a person's choice.
type Long struct {
	Sources []Expense
	Cost    string // of the whole, in words; "" where no price is known or may be told
	Trimmed int    // its tokens, once it is cut to the limit
	Lost    []string
	Drop    string // a source to leave out, as an example
	Expires time.Time
}

// Priced reports whether money is told.
func (l Long) Priced() bool { return l.Cost != "" }

// Expense is one line of a long prompt's table.
type Expense struct {
	Name   string // as the command takes it; "" where it cannot be left out
	What   string
	Tokens int
	Cost   string
	Loses  string
}

// Notice renders the comment of a run that waits for a person.
func Notice(p Parked) (string, error) { return run("notice.tmpl", p) }

// Unknown renders the question to a person about something that OiOi may or may not have written. what names it: "comment draft/1".
func Unknown(what string) (string, error) { return run("unknown.tmpl", what) }

// Acknowledgement is what a ticket gets whose drafts stand elsewhere, in the customer's language.
func Acknowledgement(language string) string { return effect.InLanguage(acknowledgements, language) }

var acknowledgements = map[string]string{
	"en": "Thank you for writing. Your ticket is with the team; a person answers here.",
	"de": "Vielen Dank für Ihre Nachricht. Ihr Ticket liegt dem Team vor; ein Mensch antwortet hier.",
	"es": "Gracias por escribirnos. El equipo ha recibido su solicitud; una persona responderá aquí.",
	"fr": "Merci de nous avoir écrit. Votre demande est entre les mains de l'équipe ; une personne vous répondra ici.",
}

// ConfigMistake renders the report of mistakes in the repository's configuration, each with its file and line.
func ConfigMistake(mistakes []string) (string, error) { return run("config_mistake.tmpl", mistakes) }

func run(name string, data any) (string, error) {
	var out strings.Builder
	if err := all.ExecuteTemplate(&out, name, data); err != nil {
		return "", fmt.Errorf("render %s: %w", name, err)
	}
	return strings.TrimSpace(tidy(out.String())) + "\n", nil
}

// tidy folds runs of empty lines, which conditions in the templates leave behind, into one; not in code, where they mean something.
func tidy(s string) string {
	var out []string
	fence, empty := "", false
	for line := range strings.SplitSeq(s, "\n") {
		trimmed := strings.TrimSpace(line)
		if mark := len(trimmed) - len(strings.TrimLeft(trimmed, "`")); mark >= 3 {
			if fence == "" {
				fence = trimmed[:mark]
			} else if trimmed == fence {
				fence = ""
			}
		}
		if trimmed == "" && empty && fence == "" {
			continue
		}
		empty = trimmed == ""
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// date is a time for people, in the team's timezone: Tue 24 Nov, 17:00 CET.
func date(t time.Time) string {
	if t.IsZero() {
		return "not set"
	}
	return t.Format("Mon 2 Jan, 15:04 MST")
}

// owner shows who without calling them: nobody is notified by a draft.
func owner(name string) string {
	if name == role.Unassigned || name == "" {
		return "unassigned"
	}
	return code(name)
}

// code shows a name as code, on one line.
func code(name string) string {
	return effect.Code(name)
}

// listing shows lines as code, in a fence that none of them can close.
func listing(lines []string) string {
	return effect.Block(strings.ReplaceAll(strings.Join(lines, "\n"), "<!--", "<! --"))
}

// patch shows a diff as it is, in a fence that nothing in it can close.
func patch(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "diff\n" + strings.TrimRight(text, "\n") + "\n" + fence
}

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// inert is text of unknown origin on one line, in which nothing acts.
func inert(s string) string { return effect.SanitizeLine(s, effect.Allowed{}) }

// sentence ends an inert text with a full stop. A reason may quote a whole answer of a model; its beginning is enough.
func sentence(s string) string {
	if runes := []rune(s); len(runes) > maxReason {
		s = string(runes[:maxReason]) + " …"
	}
	if s = inert(s); s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

const maxReason = 600

// sources names the evidence of an edit, each once.
func sources(edit role.DocsEdit) []string {
	var out []string
	for _, c := range edit.Sources {
		if !slices.Contains(out, c.Evidence) {
			out = append(out, c.Evidence)
		}
	}
	return out
}

// quote makes a Markdown quote.
func quote(s string) string {
	return "> " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n> ")
}

// thousand writes 12345 as 12,345.
func thousand(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// verified says how sure a number of sources makes one.
func verified(confidence float64) string {
	switch {
	case confidence >= 0.7:
		return "high"
	case confidence >= 0.4:
		return "medium"
	}
	return "low"
}

// Privacy is what a ticket holds and should not.
type Privacy struct {
	Language string // of who wrote it, a BCP 47 code
	Public   bool
	Secret   bool // at least one of Found must be revoked
	Found    []PrivacyItem
}

// PrivacyItem is one thing in one place. It never holds the thing itself.
type PrivacyItem struct {
	What        string // "an API key of GitHub"
	Where       string // "the description"
	URL         string // of the place; empty for the ticket itself
	Revoke      string // the page to revoke it on; empty where none is known
	Secret      bool
	Placeholder string
}

// RenderPrivacy renders the comment that asks the reporter to revoke and remove what was found, in the reporter's language.
func RenderPrivacy(p Privacy) (string, error) {
	return run(effect.InLanguage(map[string]string{"en": "privacy.tmpl", "de": "privacy_de.tmpl", "es": "privacy_es.tmpl", "fr": "privacy_fr.tmpl"}, p.Language), p)
}
