package config

import (
	"github.com/oioi-app/oioi/workflow/policy"
)

// Repository is a repository's .github/oioi.yml. Every key is optional; DefaultRepository says what holds without it.
type Repository struct {
	Enabled   bool              `yaml:"enabled" json:"enabled"`                           // default true
	Triggers  Triggers          `yaml:"triggers" json:"triggers"`                         // which issues count as tickets
	Docs      Docs              `yaml:"docs" json:"docs"`                                 // the help center
	Workflow  string            `yaml:"workflow" json:"workflow,omitempty"`               // path of the repository's own workflow; default: the embedded one
	Playbooks string            `yaml:"playbooks" json:"playbooks,omitempty"`             // folder with playbooks that override or add to the embedded ones
	Roles     map[string]string `yaml:"roles" json:"roles,omitempty"`                     // private instructions by role id
	Prompt    Prompt            `yaml:"prompt" json:"prompt"`                             // the long-prompt guardrail
	Labels    Labels            `yaml:"labels" json:"labels"`                             // the labels that OiOi owns
	FollowUps FollowUps         `yaml:"follow_ups" json:"follow_ups"`                     // linked follow-up issues
	Incidents string            `yaml:"incident_label" json:"incident_label"`             // open issues with this label are known incidents; default "incident"
	Policy    policy.Policy     `yaml:"policy" json:"policy,omitempty"`                   // the team's rules
	Private   string            `yaml:"private_channel" json:"private_channel,omitempty"` // where sensitive matters go on a public tracker: a URL or an e-mail address; default: SECURITY.md
}

// Triggers say which issues OiOi works on by itself. An issue counts when it was made with one of Forms, or carries one
// of Labels, or when All is set. TriggerLabel runs any issue once, whatever its age, and is then removed.
type Triggers struct {
	Forms        []string `yaml:"forms" json:"forms"`   // file names in .github/ISSUE_TEMPLATE; default ["support.yml"]
	Labels       []string `yaml:"labels" json:"labels"` // default ["support"]
	All          bool     `yaml:"all" json:"all"`
	TriggerLabel string   `yaml:"trigger_label" json:"trigger_label"` // default "oioi"
}

// Docs says where the help center is.
type Docs struct {
	Root         string   `yaml:"root" json:"root"`                     // folder; default "docs"
	Protected    []string `yaml:"protected" json:"protected,omitempty"` // path patterns that no docs PR touches
	PullRequests bool     `yaml:"pull_requests" json:"pull_requests"`   // default true
}

// Prompt tunes the guardrail "warn before a long prompt".
type Prompt struct {
	WarnAboveTokens int `yaml:"warn_above_tokens" json:"warn_above_tokens"` // a call; default 24000
}

// Labels that OiOi owns all begin with Prefix; it adds and removes no other.
type Labels struct {
	Prefix string `yaml:"prefix" json:"prefix"` // default "oioi:"
}

// FollowUps tunes the linked follow-up issues.
type FollowUps struct {
	Max int `yaml:"max" json:"max"` // a run; 0 to 2, default 2
}

// DefaultRepository is what holds for a repository without .github/oioi.yml.
func DefaultRepository() Repository {
	return Repository{
		Enabled:   true,
		Triggers:  Triggers{Forms: []string{"support.yml"}, Labels: []string{"support"}, TriggerLabel: "oioi"},
		Docs:      Docs{Root: "docs", PullRequests: true},
		Prompt:    Prompt{WarnAboveTokens: 24000},
		Labels:    Labels{Prefix: "oioi:"},
		FollowUps: FollowUps{Max: 2},
		Incidents: "incident",
	}
}
