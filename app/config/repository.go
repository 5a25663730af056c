package config

import (
	"slices"

	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/redact"
)

// Repository is a repository's .github/oioi.yml. Every key is optional; DefaultRepository says what holds without it. The
// tag jsonschema says what a key is for.
type Repository struct {
	Enabled   bool              `yaml:"enabled" json:"enabled" jsonschema:"Whether OiOi works on new tickets by itself. Commands work either way."`
	Triggers  Triggers          `yaml:"triggers" json:"triggers" jsonschema:"Which issues count as tickets."`
	Docs      Docs              `yaml:"docs" json:"docs" jsonschema:"The help center."`
	Workflow  string            `yaml:"workflow" json:"workflow,omitempty" jsonschema:"Path of the repository's own workflow. Left out: the embedded one."`
	Playbooks string            `yaml:"playbooks" json:"playbooks,omitempty" jsonschema:"Folder with playbooks (.yml) that override the embedded ones by id, or add to them."`
	Roles     map[string]string `yaml:"roles" json:"roles,omitempty" jsonschema:"Private instructions for a role, by role id."`
	Prompt    Prompt            `yaml:"prompt" json:"prompt" jsonschema:"The guardrail against long prompts."`
	Labels    Labels            `yaml:"labels" json:"labels" jsonschema:"The labels that OiOi owns."`
	FollowUps FollowUps         `yaml:"follow_ups" json:"follow_ups" jsonschema:"The linked follow-up issues."`
	Incidents string            `yaml:"incident_label" json:"incident_label" jsonschema:"Open issues with this label are known incidents. Empty: there are none."`
	Linked    []string          `yaml:"linked_repositories" json:"linked_repositories,omitempty" jsonschema:"Other repositories, as OWNER/NAME, whose issues, pull requests and commits OiOi reads where a ticket names them."`
	Policy    policy.Policy     `yaml:"policy" json:"policy,omitempty" jsonschema:"The team's rules. Roles choose from them; code checks them."`
	Privacy   Privacy           `yaml:"privacy" json:"privacy" jsonschema:"Secrets and personal data in tickets."`
	Connect   Connections       `yaml:"connections" json:"connections" jsonschema:"What else OiOi reads."`
	Private   string            `yaml:"private_channel" json:"private_channel,omitempty" jsonschema:"Where sensitive matters go on a public tracker: an https:// address or an e-mail address. Left out: SECURITY.md."`

	Draft Draft `yaml:"draft" json:"draft" jsonschema:"Where drafts are shown."`

	Mode      string            `yaml:"mode" json:"mode,omitempty" jsonschema:"draft: OiOi drafts and people send. approve: labels, follow-ups and docs pull requests wait for /oioi approve as well. observe: nothing is written; the log and the ticket's progress say what would have been."`
	Modes     map[string]string `yaml:"modes" json:"modes,omitempty" jsonschema:"The mode for a category of tickets, where it is another than the repository's. auto: a reply that verified sources bear out is sent without a person."`
	AutoAbove float64           `yaml:"auto_above" json:"auto_above,omitempty" jsonschema:"The confidence, computed from verified citations and from how far the best source is ahead, that a reply needs to be sent in mode auto."`
	Effects   map[string]bool   `yaml:"effects" json:"effects,omitempty" jsonschema:"Switches single kinds of effect off."`

	Budget RepositoryBudget `yaml:"budget" json:"budget" jsonschema:"Lower limits of what this repository's tickets may use on a day (UTC) than the server's."`

	Questions Questions `yaml:"questions" json:"questions" jsonschema:"What happens when a customer does not answer questions."`

	Commands map[string][]string `yaml:"commands" json:"commands,omitempty" jsonschema:"Who may use a command, by its name: permissions (each with all that are stronger), reporter, team:SLUG; one must hold. An empty list switches a command off."`
}

// Triggers say which issues OiOi works on by itself. An issue counts when it was made with one of Forms, or carries one
// of Labels, or when All is set. TriggerLabel runs any issue once, whatever its age, and is then removed.
type Triggers struct {
	Forms        []string `yaml:"forms" json:"forms" jsonschema:"Issue forms, as file names in .github/ISSUE_TEMPLATE: an issue made with one is a ticket."`
	Labels       []string `yaml:"labels" json:"labels" jsonschema:"An issue with one of these labels is a ticket."`
	All          bool     `yaml:"all" json:"all" jsonschema:"Every issue is a ticket."`
	TriggerLabel string   `yaml:"trigger_label" json:"trigger_label" jsonschema:"Setting this label runs any issue once, whatever its age; OiOi then removes it. Empty: no label does."`
}

// Draft says where drafts are shown. With the destination internal they stand in an issue of Repository, which must be private
// and reached by the same installation of the App; the ticket gets what a person sends, and before that a short
// acknowledgement where Acknowledge is set.
type Draft struct {
	Destination string `yaml:"destination" json:"destination" jsonschema:"ticket: drafts stand on the ticket. internal: they stand, with all commands, in an issue of the private repository below, and the ticket gets only what is sent."`
	Repository  string `yaml:"repository" json:"repository,omitempty" jsonschema:"The private repository of the destination internal, as OWNER/NAME. The App must be installed there by the same owner. Whoever reads it reads what private repositories say that docs.repository and linked_repositories name."`
	Acknowledge bool   `yaml:"acknowledge" json:"acknowledge" jsonschema:"Whether the ticket gets a short acknowledgement when drafts stand elsewhere."`
}

// The destinations of drafts.
const (
	OnTicket = "ticket"
	Internal = "internal"
)

// Destinations lists what draft.destination may be.
var Destinations = []string{OnTicket, Internal}

// Inside reports whether drafts stand in an internal issue.
func (r Repository) Inside() bool { return r.Draft.Destination == Internal }

// Docs says where the help center is: a folder of this repository, or of another one, which OiOi only reads.
type Docs struct {
	Repository   string   `yaml:"repository" json:"repository,omitempty" jsonschema:"The repository that holds the help center, as OWNER/NAME; left out: the ticket's own. The App must be installed there by the same owner, unless it is public. A private one is evidence for replies to tickets of private repositories only; where drafts stand inside, the plan is made with it. No pull request opens there: a docs edit becomes a follow-up issue with the patch."`
	Root         string   `yaml:"root" json:"root" jsonschema:"The folder with its pages: Markdown, MDX, reStructuredText or AsciiDoc."`
	Protected    []string `yaml:"protected" json:"protected,omitempty" jsonschema:"Folders and pages that no docs pull request touches, by path."`
	PullRequests bool     `yaml:"pull_requests" json:"pull_requests" jsonschema:"Whether docs edits become a draft pull request."`
	MaxOpen      int      `yaml:"max_open" json:"max_open" jsonschema:"How many of OiOi's docs pull requests may be open at once; what comes then is a line in one issue that lists docs gaps."`
	Reviews      bool     `yaml:"request_reviews" json:"request_reviews" jsonschema:"Whether the owners that CODEOWNERS names for the changed pages are asked to review the pull request."`
}

// Prompt tunes the guardrail "warn before a long prompt".
type Prompt struct {
	WarnAboveTokens int     `yaml:"warn_above_tokens" json:"warn_above_tokens" jsonschema:"A longer prompt waits for /oioi confirm; tokens a call."`
	ExpiresHours    float64 `yaml:"expires_hours" json:"expires_hours" jsonschema:"After so many hours without an answer the run that waits behind a long prompt ends, with a note."`
}

// Labels that OiOi owns all begin with Prefix; it adds and removes no other.
type Labels struct {
	Prefix string `yaml:"prefix" json:"prefix" jsonschema:"OiOi adds and removes only labels that begin with it."`
}

// FollowUps tunes the linked follow-up issues.
type FollowUps struct {
	Max int `yaml:"max" json:"max" jsonschema:"How many a run may open."`
}

// Questions say when silence is noticed after questions were sent to a customer, in business hours.
type Questions struct {
	RemindHours float64 `yaml:"remind_hours" json:"remind_hours" jsonschema:"After so many business hours without an answer the customer is reminded, once."`
	NoteHours   float64 `yaml:"note_hours" json:"note_hours" jsonschema:"After so many more business hours the maintainers are told. OiOi never closes a ticket."`
}

// Privacy says what is looked for in tickets, comments and earlier tickets, and replaced by a placeholder before any model or
// comment sees it.
type Privacy struct {
	Finders []redact.Finder `yaml:"finders" json:"finders" jsonschema:"What is looked for and replaced by a placeholder. An empty list: nothing."`
	Allow   []string        `yaml:"allow" json:"allow,omitempty" jsonschema:"What stays: e-mail addresses, domains whose addresses all stay, telephone numbers; for example those of the team."`
}

// Connections are what OiOi reads beside GitHub.
type Connections struct {
	Web Web `yaml:"web" json:"web" jsonschema:"Web pages that a ticket names."`
}

// Web says which web pages are read where a ticket names them.
type Web struct {
	Allow []string `yaml:"allow" json:"allow,omitempty" jsonschema:"Hosts, for example docs.example.com, with a port where it is not 443 or 80; *.example.com is every host below it. Left out: no page is read."`
}

// Redactor makes a redactor with the configured finders. What the configuration itself names for everybody stays.
func (r Repository) Redactor() *redact.Redactor {
	return redact.New(r.Privacy.Finders, r.allowed())
}

// PlainRedactor is Redactor for texts that belong to others than the ticket's people.
func (r Repository) PlainRedactor() *redact.Redactor {
	return redact.Plain(r.Privacy.Finders, r.allowed())
}

// TeamRedactor is PlainRedactor for what the team itself writes: its own addresses stay, secrets do not.
func (r Repository) TeamRedactor() *redact.Redactor {
	finders := slices.Clone(redact.Outward)
	if r.Privacy.Finders != nil {
		finders = slices.DeleteFunc(finders, func(f redact.Finder) bool { return !slices.Contains(r.Privacy.Finders, f) })
	}
	return redact.Plain(finders, r.allowed())
}

func (r Repository) allowed() []string {
	if r.Private == "" {
		return r.Privacy.Allow
	}
	return append(slices.Clone(r.Privacy.Allow), r.Private)
}

// DefaultRepository is what holds for a repository without .github/oioi.yml.
func DefaultRepository() Repository {
	return Repository{
		Enabled:   true,
		Triggers:  Triggers{Forms: []string{"support.yml"}, Labels: []string{"support"}, TriggerLabel: "oioi"},
		Docs:      Docs{Root: "docs", PullRequests: true, MaxOpen: 5},
		Prompt:    Prompt{WarnAboveTokens: 24000, ExpiresHours: 72},
		Labels:    Labels{Prefix: "oioi:"},
		FollowUps: FollowUps{Max: 2},
		Incidents: "incident",
		Privacy:   Privacy{Finders: slices.Clone(redact.Finders)},
		Mode:      ModeDraft,
		Draft:     Draft{Destination: OnTicket, Acknowledge: true},
		AutoAbove: defaultAuto,
		Questions: Questions{RemindHours: 24, NoteHours: 40},
	}
}
