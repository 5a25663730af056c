package effect

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
)

// Change is one page that docs edits change.
type Change struct {
	Edit role.DocsEdit
	File File
}

// Inserted are the lines that the change adds and that say something.
func (c Change) Inserted() []string {
	var out []string
	for _, e := range c.Edit.Edits {
		for line := range strings.SplitSeq(e.Insert, "\n") {
			if line = strings.TrimSpace(line); len(strings.Fields(line)) > 2 && !strings.HasPrefix(line, "#") {
				out = append(out, line)
			}
		}
	}
	return out
}

// Changes applies the docs edits of a run to the pages in its input. An edit that may not be made, or that does not fit its
// page, is refused with the reason; one that changes nothing is dropped.
func Changes(in Input) (changes []Change, refused []Refusal) {
	if in.Outputs.FollowThrough == nil {
		return nil, nil
	}
	key := Key(in.Ticket.Repository.ID, in.Ticket.Number, KindPull, "docs")
	for _, edit := range in.Outputs.FollowThrough.DocsEdits {
		refuse := func(reason string) {
			refused = append(refused, Refusal{Key: key, What: "docs edit of " + edit.Page, Reason: reason})
		}
		if err := SafePath(in.Rules.DocsRoot, edit.Page); err != nil {
			refuse(err.Error())
			continue
		}
		old, exists := in.Pages[edit.Page]
		if exists == edit.NewPage {
			refuse(map[bool]string{true: "the page exists already", false: "there is no such page"}[exists])
			continue
		}
		changed, err := ApplyEdits(old, edit.Edits)
		if err != nil {
			refuse(err.Error())
			continue
		}
		if changed != old {
			changes = append(changes, Change{Edit: edit, File: File{Path: edit.Page, Old: old, New: changed}})
		}
	}
	return changes, refused
}

// Replay is how the customer's question is answered from the help center alone, before a change and after it.
type Replay struct {
	Question string `json:"question"`
	Before   Answer `json:"before"`
	After    Answer `json:"after"`
	Differs  bool   `json:"differs"` // the change makes the difference
	Why      string `json:"why"`     // why it does, or does not
}

// Answer is what the help center alone answers.
type Answer struct {
	Text  string `json:"text"`  // "" where nothing answers
	Where string `json:"where"` // page and section
}
