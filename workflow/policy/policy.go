// Package policy holds the team's rules as data (owners, escalation ladder, reply standards, limits, service levels,
// macros, playbooks) and the code that checks and floors what a role proposes. It is pure: no I/O, no clock, no SDK.
package policy

import (
	"github.com/oioi-app/oioi/workflow/role"
)

// Policy is the `policy:` part of a repository's .github/oioi.yml. The zero value is a team that has said nothing:
// every owner is "unassigned", nothing escalates by rule but the built-in floors, and the default clocks hold.
type Policy struct {
	Areas         []Area                         `yaml:"areas" json:"areas,omitempty"`
	DefaultOwner  string                         `yaml:"default_owner" json:"default_owner,omitempty"`
	Escalation    []Level                        `yaml:"escalation" json:"escalation,omitempty"`
	Reply         Reply                          `yaml:"reply" json:"reply,omitempty"`
	Limits        Limits                         `yaml:"limits" json:"limits,omitempty"`
	ServiceLevels map[role.Severity]ServiceLevel `yaml:"service_levels" json:"service_levels,omitempty"`
	Hours         Hours                          `yaml:"hours" json:"hours,omitempty"`
	Macros        []Macro                        `yaml:"macros" json:"macros,omitempty"`
}

// Area is a part of the product with its owner.
type Area struct {
	Name       string          `yaml:"name" json:"name"`
	Owner      string          `yaml:"owner" json:"owner"` // @user or @org/team
	Keywords   []string        `yaml:"keywords" json:"keywords,omitempty"`
	Categories []role.Category `yaml:"categories" json:"categories,omitempty"` // categories that go to this area when no keyword decides
	Labels     []string        `yaml:"labels" json:"labels,omitempty"`
}

// Level is one step of the escalation ladder.
type Level struct {
	Name       string          `yaml:"name" json:"name"` // L1, L2, …
	Target     string          `yaml:"target" json:"target"`
	Deputy     string          `yaml:"deputy" json:"deputy,omitempty"`
	When       string          `yaml:"when" json:"when"`                       // the rule in words, for people and prompts
	Severities []role.Severity `yaml:"severities" json:"severities,omitempty"` // a ticket this grave always reaches this level
	Categories []role.Category `yaml:"categories" json:"categories,omitempty"` // and so does one of these categories
	Within     Duration        `yaml:"within" json:"within,omitempty"`         // business time until the target must have answered
}

// Reply holds the standards for texts to customers.
type Reply struct {
	Tone      string   `yaml:"tone" json:"tone,omitempty"`
	MaxWords  int      `yaml:"max_words" json:"max_words,omitempty"` // default 180
	Required  []string `yaml:"required" json:"required,omitempty"`   // phrases that every reply contains
	Forbidden []string `yaml:"forbidden" json:"forbidden,omitempty"` // phrases that none may contain
	SignOff   string   `yaml:"sign_off" json:"sign_off,omitempty"`
	Language  string   `yaml:"language" json:"language,omitempty"` // the team's language, default "en"
	// ConfidenceFloor is the confidence below which a reply answers nothing but asks, or goes to a person. Default role.DefaultFloor.
	ConfidenceFloor float64 `yaml:"confidence_floor" json:"confidence_floor,omitempty"`
}

// Limits are the product's and the policies' limits.
type Limits struct {
	RefundDays        int      `yaml:"refund_days" json:"refund_days,omitempty"`
	RefundMax         string   `yaml:"refund_max" json:"refund_max,omitempty"`                 // for example "EUR 200"
	NoPromises        []string `yaml:"no_promises" json:"no_promises,omitempty"`               // things nobody may promise, for example "release dates"
	SupportedVersions []string `yaml:"supported_versions" json:"supported_versions,omitempty"` // for example "2.4", "2.3"
	Other             []string `yaml:"other" json:"other,omitempty"`
}

// ServiceLevel holds the clocks of one severity, in business time unless Clock is "always".
type ServiceLevel struct {
	FirstReply Duration `yaml:"first_reply" json:"first_reply"`
	NextUpdate Duration `yaml:"next_update" json:"next_update"`
	Resolve    Duration `yaml:"resolve" json:"resolve"`
	Clock      string   `yaml:"clock" json:"clock,omitempty"` // business (default) or always
}

// Hours are the team's business hours. The zero value means Monday to Friday, 09:00 to 17:00, UTC.
type Hours struct {
	Timezone string   `yaml:"timezone" json:"timezone,omitempty"` // IANA name
	Days     []string `yaml:"days" json:"days,omitempty"`         // mon … sun
	Start    string   `yaml:"start" json:"start,omitempty"`       // 09:00
	End      string   `yaml:"end" json:"end,omitempty"`           // 17:00
	Holidays []string `yaml:"holidays" json:"holidays,omitempty"` // 2026-12-25
}

// Macro is a prepared text that a reply may use.
type Macro struct {
	Name       string          `yaml:"name" json:"name"`
	File       string          `yaml:"file" json:"file"` // path in the repository
	Categories []role.Category `yaml:"categories" json:"categories,omitempty"`
	Text       string          `yaml:"-" json:"text,omitempty"` // read from File by the shell
}
