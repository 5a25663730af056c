// Package role holds the contracts of the four roles: what each returns, its schema, its validation, and the
// definition of done over all of it. It is pure: no I/O, no clock, no SDK.
package role

import "encoding/json"

// Returns names which of the four outputs a step makes.
type Returns string

// The four outputs.
const (
	ReturnsUnderstanding Returns = "understanding"
	ReturnsHandlingPlan  Returns = "handling_plan"
	ReturnsMeasurement   Returns = "measurement"
	ReturnsFollowThrough Returns = "follow_through"
)

// AllReturns lists the outputs in the order of the standard workflow.
var AllReturns = []Returns{ReturnsUnderstanding, ReturnsHandlingPlan, ReturnsMeasurement, ReturnsFollowThrough}

// Severity of a ticket: S1 (nobody can work) to S4 (a question).
type Severity string

// Category of a ticket.
type Category string

// The categories. They name the playbooks too.
const (
	HowTo          Category = "how_to"
	Bug            Category = "bug"
	Outage         Category = "outage"
	Performance    Category = "performance"
	DataLoss       Category = "data_loss"
	AccountAccess  Category = "account_access"
	Billing        Category = "billing"
	Security       Category = "security"
	Integration    Category = "integration"
	Documentation  Category = "documentation"
	FeatureRequest Category = "feature_request"
	PrivacyLegal   Category = "privacy_legal"
	Abuse          Category = "abuse"
	Other          Category = "other"
)

// Categories lists every category, sorted as people expect them.
var Categories = []Category{HowTo, Bug, Outage, Performance, DataLoss, AccountAccess, Billing, Security, Integration,
	Documentation, FeatureRequest, PrivacyLegal, Abuse, Other}

// Severities, gravest first.
var Severities = []Severity{"S1", "S2", "S3", "S4"}

// BlockKind says what a block of the reply does.
type BlockKind string

// The kinds of block.
const (
	Courtesy    BlockKind = "courtesy"
	Fact        BlockKind = "fact"        // needs a citation
	Instruction BlockKind = "instruction" // needs a citation of something else than the ticket
	Question    BlockKind = "question"
	Commitment  BlockKind = "commitment" // needs an owner, a due time and an action of the plan
)

// BlockKinds lists every kind of block.
var BlockKinds = []BlockKind{Courtesy, Fact, Instruction, Question, Commitment}

// Path is how the ticket is handled.
type Path string

// Paths lists the handling paths; no_action is for spam, thanks and abuse.
var Paths = []Path{"answer", "ask", "workaround", "fix", "escalate", "feature_request", "policy_decision", "redirect",
	"duplicate", "no_action"}

// NeedsSource reports whether a path is right only where something says so that the customer did not: a page that answers, a
// ticket about the same.
func (p Path) NeedsSource() bool { return p == "answer" || p == "workaround" || p == "duplicate" }

// CheckKind is the predicate of a resolution check.
type CheckKind string

// CheckKinds lists the predicates that OiOi can evaluate, and human_question, which a person answers.
var CheckKinds = []CheckKind{"reporter_confirms", "issue_closed", "pr_merged", "release_contains", "page_contains",
	"linear_state", "quiet_for", "human_question"}

// FollowUpKind says what a follow-up is.
type FollowUpKind string

// FollowUpKinds lists the kinds of follow-up.
var FollowUpKinds = []FollowUpKind{"bug", "feature", "docs", "process", "macro"}

// Unassigned is the owner when the team's policy names none that fits.
const Unassigned = "unassigned"

// Citation ties a claim to evidence. Quote is a passage of the item's text, word for word.
type Citation struct {
	Evidence string `json:"evidence"`
	Quote    string `json:"quote"`
}

// Claim is a statement of fact with its sources. A fact that only the ticket itself supports cites "ticket".
type Claim struct {
	Text      string     `json:"text"`
	Citations []Citation `json:"citations"`
}

// TicketCitation is the evidence id that stands for the ticket's own text.
const TicketCitation = "ticket"

// PolicyCitation is the evidence id that stands for the team's policy: its macros, limits and ladder.
const PolicyCitation = "policy"

// MissingInfo is something the team needs to know, as a question to the customer.
type MissingInfo struct {
	Question string `json:"question"`
	Why      string `json:"why"`
}

// Block is one piece of the reply to the customer.
type Block struct {
	Kind      BlockKind  `json:"kind"`
	Text      string     `json:"text"` // Markdown, no heading
	Citations []Citation `json:"citations"`
	Owner     *string    `json:"owner"`     // Commitment: who
	DueHours  *float64   `json:"due_hours"` // Commitment: business hours from now; code makes a date of it
	Action    *string    `json:"action"`    // Commitment: the id of the plan's action that keeps it
}

// Understanding is what the Support Specialist returns.
type Understanding struct {
	Summary      string        `json:"summary"`
	CustomerGoal string        `json:"customer_goal"`
	BlockedOn    string        `json:"blocked_on"`
	Impact       string        `json:"impact"`
	Severity     Severity      `json:"severity"`
	Category     Category      `json:"category"`
	Language     string        `json:"language"` // BCP 47, for example "en" or "de"
	Facts        []Claim       `json:"facts"`
	Assumptions  []string      `json:"assumptions"`
	Missing      []MissingInfo `json:"missing"`
	ReplyMust    []string      `json:"reply_must"` // what a good response must achieve
	Reply        []Block       `json:"reply"`      // empty only where no reply may or can be drafted; ReplyNone says why
	ReplyNone    *string       `json:"reply_none"`
}

// Action is one thing somebody does.
type Action struct {
	ID       string  `json:"id"` // "A1", …
	Text     string  `json:"text"`
	Owner    string  `json:"owner"`
	DueHours float64 `json:"due_hours"` // business hours from now
	DoneWhen string  `json:"done_when"`
}

// Escalation hands the ticket to the next level of the team's ladder.
type Escalation struct {
	Level         string  `json:"level"`
	Target        string  `json:"target"`
	Rule          string  `json:"rule"` // which rule of the policy asks for it
	DeadlineHours float64 `json:"deadline_hours"`
}

// Alternative is another way that would clearly improve how well or how fast the ticket is resolved.
type Alternative struct {
	Text      string     `json:"text"`
	Gain      string     `json:"gain"`
	Citations []Citation `json:"citations,omitempty"`
}

// Limit is a limit that shaped the plan, with where it stands.
type Limit struct {
	Text      string     `json:"text"`
	Citations []Citation `json:"citations,omitempty"`
}

// MarshalJSON writes a limit without a source as its text alone, as all were written once: a plan that is stored stays the
// same text, and so does what was approved of it.
func (l Limit) MarshalJSON() ([]byte, error) {
	if len(l.Citations) == 0 {
		return json.Marshal(l.Text)
	}
	type plain Limit
	return json.Marshal(plain(l))
}

// UnmarshalJSON reads a limit, or its text alone.
func (l *Limit) UnmarshalJSON(data []byte) error {
	if *l = (Limit{}); json.Unmarshal(data, &l.Text) == nil {
		return nil
	}
	type plain Limit
	return json.Unmarshal(data, (*plain)(l))
}

// HandlingPlan is what the Operations Lead returns.
type HandlingPlan struct {
	Path            Path          `json:"path"`
	Why             string        `json:"why"`
	WhyCitations    []Citation    `json:"why_citations,omitempty"`
	Owner           string        `json:"owner"` // from the team's policy, or Unassigned
	OwnerWhy        string        `json:"owner_why"`
	Actions         []Action      `json:"actions"`
	Escalation      *Escalation   `json:"escalation"`
	LimitsApplied   []Limit       `json:"limits_applied"`
	Alternatives    []Alternative `json:"alternatives"`
	NextUpdateHours float64       `json:"next_update_hours"`
	DuplicateOf     *string       `json:"duplicate_of"` // the evidence id of the canonical open ticket
}

// Check is one resolution check, a typed predicate.
type Check struct {
	ID       string    `json:"id"` // "C1", …
	Kind     CheckKind `json:"kind"`
	Text     string    `json:"text"`    // for people
	Subject  string    `json:"subject"` // what the predicate is about: a number, page, release, phrase, state or question
	Source   string    `json:"source"`  // where the answer is read
	DueHours float64   `json:"due_hours"`
}

// Metric is a number that decides something.
type Metric struct {
	Name    string `json:"name"`
	Decides string `json:"decides"`
	Source  string `json:"source"`
}

// Measurement is what the Analyst returns.
type Measurement struct {
	Checks  []Check  `json:"checks"`
	Metrics []Metric `json:"metrics"`
}

// FollowUp is product or process work that the ticket creates.
type FollowUp struct {
	Kind       FollowUpKind `json:"kind"`
	Title      string       `json:"title"`
	Body       string       `json:"body"`
	Acceptance []string     `json:"acceptance"`
	Tracker    string       `json:"tracker"`  // github or linear
	Priority   string       `json:"priority"` // P1, P2 or P3
}

// Edit is one anchored change of a page: Insert goes after the Find text, or replaces it when Replace is true.
// Find is a passage that occurs exactly once in the page; an empty Find appends to the page or makes a new one.
type Edit struct {
	Find    string `json:"find"`
	Insert  string `json:"insert"`
	Replace bool   `json:"replace"`
}

// DocsEdit changes one help-center page, or makes one.
type DocsEdit struct {
	Page    string     `json:"page"` // path in the repository, below the docs root
	NewPage bool       `json:"new_page"`
	Title   string     `json:"title"`
	Why     string     `json:"why"`
	Edits   []Edit     `json:"edits"`
	Sources []Citation `json:"sources"` // where the new sentences come from
}

// FollowThrough is what the Product Manager returns. Nothing says why no follow-up is needed, which is the normal result.
type FollowThrough struct {
	FollowUps []FollowUp `json:"follow_ups"`
	DocsEdits []DocsEdit `json:"docs_edits"`
	Nothing   *string    `json:"nothing"`
}

// Bounce returns the note before to its author, with a reason.
type Bounce struct {
	Reason string `json:"reason"`
}

// Output is the one union that every role answers with: exactly the asked part is filled, or Bounce.
type Output struct {
	Understanding *Understanding `json:"understanding"`
	HandlingPlan  *HandlingPlan  `json:"handling_plan"`
	Measurement   *Measurement   `json:"measurement"`
	FollowThrough *FollowThrough `json:"follow_through"`
	Handoff       *string        `json:"handoff"` // the note to the next role
	Bounce        *Bounce        `json:"bounce"`
}

// Outputs are the accepted parts of a run; a part not made yet is nil.
type Outputs struct {
	Understanding *Understanding `json:"understanding"`
	HandlingPlan  *HandlingPlan  `json:"handling_plan"`
	Measurement   *Measurement   `json:"measurement"`
	FollowThrough *FollowThrough `json:"follow_through"`
}
