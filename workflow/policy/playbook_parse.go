package policy

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/strictyaml"
)

//go:embed playbooks/*.yml
var playbookFiles embed.FS

var embedded = sync.OnceValue(func() []Playbook {
	entries, err := playbookFiles.ReadDir("playbooks")
	if err != nil {
		panic(err)
	}
	var out []Playbook
	for _, entry := range entries {
		name := path.Join("playbooks", entry.Name())
		data, err := playbookFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		playbook, err := ParsePlaybook(name, data)
		if err != nil {
			panic(err) // the package's tests parse them all
		}
		out = append(out, playbook)
	}
	return out
})

// EmbeddedPlaybooks returns the playbooks that come with OiOi, sorted by id. The caller may change the slice, not what
// the playbooks hold.
func EmbeddedPlaybooks() []Playbook { return slices.Clone(embedded()) }

// MergePlaybooks returns base with each override in the place of the playbook with the same id, or added at the end. Of
// two overrides with one id the later wins.
func MergePlaybooks(base, overrides []Playbook) []Playbook {
	out := slices.Clone(base)
	for _, p := range overrides {
		if i := slices.IndexFunc(out, func(q Playbook) bool { return q.ID == p.ID }); i >= 0 {
			out[i] = p
			continue
		}
		out = append(out, p)
	}
	return out
}

// ParsePlaybook decodes one playbook strictly. name is the file's name for errors, which say the line, the column and
// what is allowed there.
func ParsePlaybook(name string, data []byte) (Playbook, error) {
	var p Playbook
	if err := strictyaml.Decode(name, data, &p); err != nil {
		return Playbook{}, err
	}
	c := playbookCheck{name: name, data: data}
	c.check(p)
	if len(c.problems) > 0 {
		return Playbook{}, errors.Join(c.problems...)
	}
	for i := range p.Signals {
		p.Signals[i].phrases = p.Signals[i].read()
	}
	return p, nil
}

type playbookCheck struct {
	name     string
	data     []byte
	problems []error
}

func (c *playbookCheck) add(at []any, format string, args ...any) {
	p := strictyaml.Problem{File: c.name, Message: fmt.Sprintf(format, args...)}
	p.Line, p.Column = strictyaml.Position(c.data, at...)
	c.problems = append(c.problems, p)
}

var (
	playbookID = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)
	languageID = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

// The limits of a playbook, far above what one needs, so that a file cannot make every ticket slow.
const (
	maxSignals = 100
	maxPhrases = 2000
)

func (c *playbookCheck) check(p Playbook) {
	if !playbookID.MatchString(p.ID) {
		c.add([]any{"id"}, "id is %q; write 2 to 40 lower-case letters, digits and underscores", p.ID)
	}
	oneOf(c, []any{"category"}, "category", p.Category, role.Categories)
	if strings.TrimSpace(p.Title) == "" {
		c.add([]any{"title"}, "title is missing")
	}
	c.signals(p.Signals)
	c.facts(p.RequiredFacts)
	oneOf(c, []any{"severity", "default"}, "severity.default", p.Severity.Default, role.Severities)
	for i, rule := range p.Severity.Rules {
		oneOf(c, []any{"severity", "rules", i, "severity"}, "severity", rule.Severity, role.Severities)
		if len(rule.Any) == 0 {
			c.add([]any{"severity", "rules", i}, "any is empty; name at least one word or phrase")
		}
	}
	for _, path := range []struct {
		key   string
		value role.Path
	}{{"answered", p.Path.Answered}, {"unanswered", p.Path.Unanswered}, {"missing", p.Path.Missing}} {
		oneOf(c, []any{"path", path.key}, "path."+path.key, path.value, role.Paths)
	}
	c.replies(p.Replies)
	for i, a := range p.Actions {
		at := []any{"actions", i}
		c.texts(at, map[string]string{"text": a.Text, "done_when": a.DoneWhen})
		c.hours(at, a.DueHours)
		oneOf(c, at, "when", a.When, Whens)
	}
	if len(p.Actions) == 0 && p.Path.Answered != "no_action" {
		c.add([]any{"actions"}, "actions is empty; name at least one, or make path.answered no_action")
	}
	for i, check := range p.Checks {
		at := []any{"checks", i}
		oneOf(c, at, "kind", check.Kind, role.CheckKinds)
		c.texts(at, map[string]string{"text": check.Text})
		c.template(at, "subject", check.Subject)
		c.template(at, "source", check.Source)
		c.hours(at, check.DueHours)
		oneOf(c, at, "when", check.When, Whens)
	}
	if len(p.Checks) == 0 {
		c.add([]any{"checks"}, "checks is empty; say at least one thing that shows that the handling worked")
	}
	for i, up := range p.FollowUps {
		at := []any{"follow_ups", i}
		oneOf(c, at, "kind", up.Kind, role.FollowUpKinds)
		oneOf(c, at, "priority", up.Priority, []string{"P1", "P2", "P3"})
		oneOf(c, at, "when", up.When, Whens)
		c.texts(at, map[string]string{"title": up.Title, "body": up.Body})
		if len(up.Acceptance) == 0 {
			c.add(at, "acceptance is empty; say when it is done")
		}
		for _, text := range up.Acceptance {
			c.texts(at, map[string]string{"acceptance": text})
		}
	}
	for i, rule := range p.Escalate {
		for _, s := range rule.Severities {
			oneOf(c, []any{"escalate", i}, "severities", s, role.Severities)
		}
		if strings.TrimSpace(rule.Why) == "" {
			c.add([]any{"escalate", i}, "why is missing; people read it as the reason of the escalation")
		}
	}
}

func (c *playbookCheck) signals(signals []Signal) {
	phrases := 0
	for i, s := range signals {
		at := []any{"signals", i}
		if len(s.Any) == 0 {
			c.add(at, "any is empty; name at least one word or phrase")
		}
		for _, phrase := range s.Any {
			if phrase != "?" && phrase != "." && fold(phrase) == "" {
				c.add(at, "any holds %q, which has no letter or digit", phrase)
			}
		}
		if s.Weight < -10 || s.Weight > 10 || s.Weight == 0 {
			c.add(at, "weight is %g; allowed: -10 to 10, and not 0", s.Weight)
		}
		oneOf(c, at, "in", s.In, []string{"", "any", "title", "body", "heading"})
		phrases += len(s.Any)
	}
	if len(signals) > maxSignals || phrases > maxPhrases {
		c.add([]any{"signals"}, "there are %d signals with %d phrases; allowed are at most %d with %d", len(signals), phrases, maxSignals, maxPhrases)
	}
}

func (c *playbookCheck) facts(facts []RequiredFact) {
	for i, fact := range facts {
		at := []any{"required_facts", i}
		if !playbookID.MatchString(fact.ID) {
			c.add(at, "id is %q; write 2 to 40 lower-case letters, digits and underscores", fact.ID)
		}
		if _, err := regexp.Compile(fact.Pattern); err != nil {
			c.add(append(slices.Clone(at), "pattern"), "pattern is not RE2: %s", err)
		}
		if fact.Pattern == "" && len(fact.Fields) == 0 {
			c.add(at, "names neither fields nor a pattern, so it would be asked for ever")
		}
		if strings.TrimSpace(fact.Question["en"]) == "" {
			c.add(at, "question has no text in en")
		}
		if strings.TrimSpace(fact.Why) == "" {
			c.add(at, "why is missing")
		}
		oneOf(c, at, "when", fact.When, []string{"", "unanswered", "always"})
	}
}

func (c *playbookCheck) replies(replies map[string]ReplySkeleton) {
	for language, r := range replies {
		at := []any{"replies", language}
		if !languageID.MatchString(language) {
			c.add([]any{"replies"}, "%q is no language; write a BCP 47 tag, for example en or de", language)
		}
		c.texts(at, map[string]string{"opening": r.Opening, "answered": r.Answered, "unanswered": r.Unanswered, "questions": r.Questions})
		c.template(at, "commitment", r.Commitment)
		c.template(at, "closing", r.Closing)
	}
}

// texts checks texts that must be there.
func (c *playbookCheck) texts(at []any, texts map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if strings.TrimSpace(texts[key]) == "" {
			c.add(at, "%s is missing", key)
			continue
		}
		c.template(at, key, texts[key])
	}
}

func (c *playbookCheck) template(at []any, key, text string) {
	if err := checkText(text); err != nil {
		c.add(append(slices.Clone(at), key), "%s: %s", key, err)
	}
}

func (c *playbookCheck) hours(at []any, h float64) {
	if h < 0 || h > 24*90 {
		c.add(at, "due_hours is %g; allowed: 0 to %d", h, 24*90)
	}
}

func oneOf[T ~string](c *playbookCheck, at []any, key string, got T, allowed []T) {
	if slices.Contains(allowed, got) {
		return
	}
	words := make([]string, 0, len(allowed))
	for _, a := range allowed {
		if a != "" {
			words = append(words, string(a))
		}
	}
	c.add(at, "%s is %q; allowed: %s", key, string(got), strings.Join(words, ", "))
}
