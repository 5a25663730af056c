package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// The modes of a repository.
const (
	ModeDraft   = "draft"   // the default: OiOi drafts on the issue, and people send
	ModeApprove = "approve" // like draft, and labels, follow-ups and docs pull requests wait for a person as well
	ModeObserve = "observe" // nothing is written; the log and the ticket's progress say what would have been
	ModeAuto    = "auto"    // like draft, and a reply that the sources bear out is sent without a person; of a category only
)

// Modes lists what `mode:` may be, CategoryModes what a category's mode may be.
var (
	Modes         = []string{ModeDraft, ModeApprove, ModeObserve}
	CategoryModes = []string{ModeDraft, ModeApprove, ModeAuto}
)

// ModeFor returns the mode for tickets of a category. A repository that observes does so for all of them.
func (r Repository) ModeFor(category role.Category) string {
	own, said := r.Modes[string(category)]
	switch {
	case r.Observes():
		return ModeObserve
	case said && own == ModeAuto && !policy.MayBeAutomatic(category):
		return ModeDraft
	case said:
		return own
	case r.Mode == "":
		return ModeDraft
	}
	return r.Mode
}

func (c *checker) modes(r Repository) {
	if !slices.Contains(Modes, r.Mode) {
		c.wrong("mode", "is %q; allowed: %s (default draft); auto is for single categories, below modes", r.Mode, strings.Join(Modes, ", "))
	}
	for _, name := range sortedKeys(r.Modes) {
		mode := r.Modes[name]
		switch {
		case !slices.Contains(role.Categories, role.Category(name)):
			c.wrong("modes."+name, "is no category; allowed: %s", strings.Join(names(role.Categories), ", "))
		case !slices.Contains(CategoryModes, mode):
			c.wrong("modes."+name, "is %q; allowed: %s", mode, strings.Join(CategoryModes, ", "))
		case mode == ModeAuto && !policy.MayBeAutomatic(role.Category(name)):
			c.wrong("modes."+name, "is auto, and a person always sends replies of this category; allowed: draft, approve")
		}
	}
	if r.AutoAbove < minAuto || r.AutoAbove > 1 {
		c.wrong("auto_above", "is %v; allowed: %v to 1 (default %v)", r.AutoAbove, minAuto, defaultAuto)
	}
}

// What confidence a reply needs to be sent without a person: the least that may be configured, and the default.
const (
	minAuto     = 0.5
	defaultAuto = 0.75
)

// The kinds of effect that `effects:` switches off, each of them for itself.
const (
	SwitchComments  = "comments"   // drafts, notices, answers to commands
	SwitchReactions = "reactions"  // the eyes at once, and answers to commands
	SwitchLabels    = "labels"     // OiOi's own; a trigger label of people is taken off either way
	SwitchFollowUps = "follow_ups" // linked issues
	SwitchPulls     = "docs_pull_requests"

	SwitchAssignees   = "assignees"    // the owner is assigned
	SwitchEscalations = "escalations"  // a level of the ladder, or its deputy, is called
	SwitchReplies     = "sent_replies" // what is sent to the customer, by /oioi send or in mode auto
)

// Switches lists the keys of `effects:`.
var Switches = []string{SwitchComments, SwitchReactions, SwitchLabels, SwitchFollowUps, SwitchPulls, SwitchAssignees, SwitchEscalations, SwitchReplies}

// Observes reports whether nothing may be written in this repository.
func (r Repository) Observes() bool { return r.Mode == ModeObserve }

// Wants reports whether effects of this kind are carried out. A kind that the configuration does not name is.
func (r Repository) Wants(kind string) bool {
	on, said := r.Effects[kind]
	return on || !said
}

// held is what a file with a mistake still says about holding back: a typing mistake elsewhere in it must not let OiOi
// write where the team wanted it to watch. In doubt nothing is written.
func held(data []byte) (mode string, modes map[string]string, effects map[string]bool) {
	said := map[string]any{}
	if err := yaml.Unmarshal(data, &said); err != nil {
		if slices.ContainsFunc(strings.Split(string(data), "\n"), func(line string) bool {
			return strings.HasPrefix(line, "mode:") || strings.Contains(line, "destination:")
		}) {
			return ModeObserve, nil, nil
		}
		return ModeDraft, nil, nil
	}
	mode = ModeDraft
	if value, ok := said["mode"]; ok && value == ModeApprove {
		mode = ModeApprove
	} else if ok && value != ModeDraft {
		mode = ModeObserve
	}
	// Drafts that the team wants to see in private must not stand on the ticket because of a mistake elsewhere.
	if draft, ok := said["draft"]; ok {
		if keys, isMap := draft.(map[string]any); !isMap || keys["destination"] != nil && keys["destination"] != OnTicket {
			mode = ModeObserve
		}
	}
	// What is not readable as draft waits for people; nothing is sent by itself.
	categories, _ := said["modes"].(map[string]any)
	for name, value := range categories {
		if value == ModeDraft || value == ModeAuto {
			continue
		}
		if modes == nil {
			modes = map[string]string{}
		}
		modes[name] = ModeApprove
	}
	switches, _ := said["effects"].(map[string]any)
	for name, value := range switches {
		if on, isBool := value.(bool); slices.Contains(Switches, name) && (!isBool || !on) {
			if effects == nil {
				effects = map[string]bool{}
			}
			effects[name] = false
		}
	}
	return mode, modes, effects
}
