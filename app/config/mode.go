package config

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// The modes of a repository.
const (
	ModeDraft   = "draft"   // the default: OiOi drafts on the issue, and people send
	ModeObserve = "observe" // nothing is written; the log and the ticket's progress say what would have been
)

// Modes lists what `mode:` may be.
var Modes = []string{ModeDraft, ModeObserve}

// The kinds of effect that `effects:` switches off, each of them for itself.
const (
	SwitchComments  = "comments"   // drafts, notices, answers to commands
	SwitchReactions = "reactions"  // the eyes at once, and answers to commands
	SwitchLabels    = "labels"     // OiOi's own; a trigger label of people is taken off either way
	SwitchFollowUps = "follow_ups" // linked issues
	SwitchPulls     = "docs_pull_requests"
)

// Switches lists the keys of `effects:`.
var Switches = []string{SwitchComments, SwitchReactions, SwitchLabels, SwitchFollowUps, SwitchPulls}

// Observes reports whether nothing may be written in this repository.
func (r Repository) Observes() bool { return r.Mode == ModeObserve }

// Wants reports whether effects of this kind are carried out. A kind that the configuration does not name is.
func (r Repository) Wants(kind string) bool {
	on, said := r.Effects[kind]
	return on || !said
}

// held is what a file with a mistake still says about holding back: a typing mistake elsewhere in it must not let OiOi
// write where the team wanted it to watch. In doubt nothing is written.
func held(data []byte) (mode string, effects map[string]bool) {
	said := map[string]any{}
	if err := yaml.Unmarshal(data, &said); err != nil {
		if slices.ContainsFunc(strings.Split(string(data), "\n"), func(line string) bool {
			return strings.HasPrefix(line, "mode:") || strings.Contains(line, "destination:")
		}) {
			return ModeObserve, nil
		}
		return ModeDraft, nil
	}
	mode = ModeDraft
	if value, ok := said["mode"]; ok && value != ModeDraft {
		mode = ModeObserve
	}
	// Drafts that the team wants to see in private must not stand on the ticket because of a mistake elsewhere.
	if draft, ok := said["draft"]; ok {
		if keys, isMap := draft.(map[string]any); !isMap || keys["destination"] != nil && keys["destination"] != OnTicket {
			mode = ModeObserve
		}
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
	return mode, effects
}
