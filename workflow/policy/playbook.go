package policy

import (
	"crypto/sha256"
	"encoding/json"
	"sync"

	"github.com/oioi-app/oioi/workflow/role"
)

// Playbook says how one category of ticket is handled: how it is recognised, what must be known, how grave it is, the
// skeleton of the reply, the checks and the follow-ups. It drafts without a language model, and briefs one.
type Playbook struct {
	ID            string                   `yaml:"id" json:"id"`
	Category      role.Category            `yaml:"category" json:"category"`
	Title         string                   `yaml:"title" json:"title"`
	Sensitive     bool                     `yaml:"sensitive" json:"sensitive,omitempty"` // on a public tracker only the fixed hand-off text
	Signals       []Signal                 `yaml:"signals" json:"signals"`
	RequiredFacts []RequiredFact           `yaml:"required_facts" json:"required_facts,omitempty"`
	Severity      SeverityRules            `yaml:"severity" json:"severity"`
	Path          PathRules                `yaml:"path" json:"path"`
	Replies       map[string]ReplySkeleton `yaml:"replies" json:"replies"` // by language, "en" first
	Actions       []PlaybookAction         `yaml:"actions" json:"actions"`
	Checks        []PlaybookCheck          `yaml:"checks" json:"checks"`
	FollowUps     []PlaybookFollowUp       `yaml:"follow_ups" json:"follow_ups,omitempty"`
	Escalate      []EscalateRule           `yaml:"escalate" json:"escalate,omitempty"`
	Guidance      string                   `yaml:"guidance" json:"guidance"` // for the language model, in plain words
}

// UnmarshalJSON reads a stored playbook. One that came with this OiOi is not decoded but shared: most settings hold all of
// them, and their signals made ready take megabytes.
func (p *Playbook) UnmarshalJSON(data []byte) error {
	if known, ok := embeddedByText()[sha256.Sum256(data)]; ok {
		*p = known
		return nil
	}
	type plain Playbook
	return json.Unmarshal(data, (*plain)(p))
}

// embeddedByText are the playbooks that come with OiOi by the digest of how they are stored.
var embeddedByText = sync.OnceValue(func() map[[sha256.Size]byte]Playbook {
	out := map[[sha256.Size]byte]Playbook{}
	for _, p := range embedded() {
		text, err := json.Marshal(p)
		if err != nil {
			panic(err) // the package's tests store them all
		}
		out[sha256.Sum256(text)] = p
	}
	return out
})

// Signal adds Weight to the playbook's score where Any word or phrase occurs: whatever the case, accents and punctuation,
// at word borders, within one sentence. A word* matches any ending; my/our/all stands for one of these words, and a hyphen
// joins the words of such a choice (log-in/enter); " .. " stands for up to five words of the same sentence. "?" alone is a
// question, and "." alone a ticket of some length that asks nothing. A phrase counts once however often it occurs, and each
// further phrase of the list adds a quarter, up to three; with Each, every phrase
// adds the whole Weight, once there are two. In limits the signal to a part: title, body, heading (of an
// answered form field), any (title and body, default; the title counts more).
type Signal struct {
	Any    []string `yaml:"any" json:"any"`
	Weight float64  `yaml:"weight" json:"weight"`
	In     string   `yaml:"in" json:"in,omitempty"`
	Each   bool     `yaml:"each" json:"each,omitempty"`

	phrases []phrase // Any made ready, by ParsePlaybook
}

// UnmarshalJSON reads a stored signal and makes it ready.
func (s *Signal) UnmarshalJSON(data []byte) error {
	type plain Signal
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return err
	}
	s.phrases = nil
	s.phrases = s.read()
	return nil
}

func (s Signal) read() []phrase {
	if s.phrases != nil {
		return s.phrases
	}
	out := make([]phrase, 0, len(s.Any))
	for _, any := range s.Any {
		out = append(out, readPhrase(any))
	}
	return out
}

// RequiredFact is something the team must know to act. It is known where a form field with one of the Fields labels is
// filled, or where Pattern (RE2) matches the ticket's text; else Question is asked: when nothing answers the ticket
// (default), or always.
type RequiredFact struct {
	ID       string            `yaml:"id" json:"id"`
	Fields   []string          `yaml:"fields" json:"fields,omitempty"`
	Pattern  string            `yaml:"pattern" json:"pattern,omitempty"`
	Question map[string]string `yaml:"question" json:"question"` // by language
	Why      string            `yaml:"why" json:"why"`
	When     string            `yaml:"when" json:"when,omitempty"` // unanswered (default), always
}

// SeverityRules give the severity: the first rule that matches, else Default.
type SeverityRules struct {
	Default role.Severity  `yaml:"default" json:"default"`
	Rules   []SeverityRule `yaml:"rules" json:"rules,omitempty"`
}

// SeverityRule raises or lowers the severity where one of Any occurs in the ticket.
type SeverityRule struct {
	Any      []string      `yaml:"any" json:"any"`
	Severity role.Severity `yaml:"severity" json:"severity"`
}

// PathRules choose the handling path: with an answer found, without one, with facts missing.
type PathRules struct {
	Answered   role.Path `yaml:"answered" json:"answered"`
	Unanswered role.Path `yaml:"unanswered" json:"unanswered"`
	Missing    role.Path `yaml:"missing" json:"missing"`
}

// ReplySkeleton holds the sentences of a reply in one language, as text/template over the drafter's findings.
type ReplySkeleton struct {
	Opening    string `yaml:"opening" json:"opening"`
	Answered   string `yaml:"answered" json:"answered"`     // leads in to the passage that answers
	Unanswered string `yaml:"unanswered" json:"unanswered"` // when no page answers
	Questions  string `yaml:"questions" json:"questions"`   // leads in to the questions
	Commitment string `yaml:"commitment" json:"commitment"` // what the team does next and when
	Closing    string `yaml:"closing" json:"closing"`
}

// PlaybookAction is an action of the plan, as text/template.
type PlaybookAction struct {
	Text     string  `yaml:"text" json:"text"`
	DueHours float64 `yaml:"due_hours" json:"due_hours"` // 0: the severity's next update
	DoneWhen string  `yaml:"done_when" json:"done_when"`
	When     string  `yaml:"when" json:"when,omitempty"`   // one of Whens
	Keeps    bool    `yaml:"keeps" json:"keeps,omitempty"` // this action keeps the reply's commitment
}

// PlaybookCheck is a resolution check, as text/template.
type PlaybookCheck struct {
	Kind     role.CheckKind `yaml:"kind" json:"kind"`
	Text     string         `yaml:"text" json:"text"`
	Subject  string         `yaml:"subject" json:"subject"`
	Source   string         `yaml:"source" json:"source"`
	DueHours float64        `yaml:"due_hours" json:"due_hours"`
	When     string         `yaml:"when" json:"when,omitempty"` // one of Whens
}

// PlaybookFollowUp is a follow-up, as text/template.
type PlaybookFollowUp struct {
	Kind       role.FollowUpKind `yaml:"kind" json:"kind"`
	Title      string            `yaml:"title" json:"title"`
	Body       string            `yaml:"body" json:"body"`
	Acceptance []string          `yaml:"acceptance" json:"acceptance"`
	Priority   string            `yaml:"priority" json:"priority"`
	When       string            `yaml:"when" json:"when,omitempty"` // one of Whens
}

// Whens are the situations that actions, checks and follow-ups can be for; "" is always.
//
//   - answered: a source answers the ticket
//   - unanswered: no source does, and nothing is missing
//   - missing: no source does, and the customer is asked for something first
//   - open: unanswered or missing
//   - escalated: the ticket is escalated
var Whens = []string{"", "always", "answered", "unanswered", "missing", "open", "escalated"}

// EscalateRule asks for an escalation. It holds where one of Any occurs and the severity is one of Severities; an empty
// list always holds.
type EscalateRule struct {
	Any        []string        `yaml:"any" json:"any,omitempty"`
	Severities []role.Severity `yaml:"severities" json:"severities,omitempty"`
	Why        string          `yaml:"why" json:"why"`
}
