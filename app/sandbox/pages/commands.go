package pages

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
)

// commandGroup is a set of one-click comments, for what a ticket's state lets people do.
type commandGroup struct {
	Name     string
	Commands []string
	Edit     int64 // the draft's comment, to edit the reply in it; 0: none
	Folded   bool
}

var (
	draftMark  = regexp.MustCompile(`<!-- oioi:v1 \S+/comment/draft/\d+ -->`)
	noticeMark = regexp.MustCompile(`<!-- oioi:v1 \S+/comment/notice(?:/\d+)? -->`)
	replyMark  = regexp.MustCompile(`<!-- oioi:v1 \S+/comment/reply/\S+ -->`)
	waitingRow = regexp.MustCompile("(?m)^\\| `(e[0-9a-f]{6})` \\|.*\\| waits \\|$")
	sourceRow  = regexp.MustCompile("(?m)^\\| `([a-z][a-z0-9_-]*)`: ")
)

// standing is what the conversation says of a ticket.
type standing struct {
	draft   *forge.Comment // the newest that is not folded
	sent    bool           // its reply was
	waiting []string       // ids
	long    string         // the question about a long prompt, while it is open
	held    bool
}

// readStanding reads it as a person does, from OiOi's comments and from the reactions to commands.
func readStanding(rows []row, bot string) standing {
	var s standing
	for _, one := range rows {
		c := one.Comment
		if c == nil {
			continue
		}
		if c.Author != bot {
			obeyed := false
			for _, r := range c.Reactions {
				obeyed = obeyed || r.User == bot && r.Content == "+1"
			}
			switch words := strings.Fields(c.Body); {
			case !obeyed || len(words) < 2 || words[0] != "/oioi":
			case words[1] == "hold":
				s.held = true
			case words[1] == "resume":
				s.held = false
			case words[1] == "confirm" || words[1] == "cancel":
				s.long = ""
			}
			continue
		}
		switch {
		case replyMark.MatchString(c.Body):
			s.sent = true
		case draftMark.MatchString(c.Body) && c.Minimized == "" && !strings.Contains(c.Body, "<!-- oioi:folded -->"):
			s.draft, s.sent, s.waiting, s.long = c, false, nil, ""
			for _, found := range waitingRow.FindAllStringSubmatch(c.Body, -1) {
				s.waiting = append(s.waiting, found[1])
			}
		case noticeMark.MatchString(c.Body):
			s.long = ""
			if strings.Contains(c.Body, "`/oioi confirm full`") {
				s.long = c.Body
			}
		}
	}
	return s
}

// commandsFor are the buttons for a visitor: what can be done as the ticket stands, and for those who may not, what is refused.
func commandsFor(s standing, status string, triage, write bool) []commandGroup {
	if !triage {
		return []commandGroup{{Name: "Try what is refused", Folded: true, Commands: []string{"/oioi send", "/oioi approve all", "/oioi rerun", "/oioi hold"}}}
	}
	var out []commandGroup
	add := func(g commandGroup) {
		if len(g.Commands) > 0 {
			out = append(out, g)
		}
	}
	running := status == "gathering" || status == "working" || status == "publishing"
	parked := status == "parked" || status == "" && s.long != ""
	now := commandGroup{Name: "Commands for OiOi"}
	if s.draft != nil && write && !running {
		if _, reply := effect.ReplyOf(s.draft.Body); reply && !s.sent && !s.held {
			now.Commands, now.Edit = append(now.Commands, "/oioi send"), s.draft.ID
		}
	}
	if running || parked {
		now.Commands = append(now.Commands, "/oioi cancel")
	}
	if s.held {
		now.Commands = append(now.Commands, "/oioi resume")
	} else {
		now.Commands = append(now.Commands, "/oioi hold")
	}
	if !running {
		now.Commands = append(now.Commands, "/oioi rerun", "/oioi rerun shorter, please")
	}
	now.Commands = append(now.Commands, "/oioi status", "/oioi help")
	if parked && s.long != "" {
		confirm := commandGroup{Name: "The long prompt", Commands: []string{"/oioi confirm full", "/oioi confirm trim"}}
		for _, found := range sourceRow.FindAllStringSubmatch(s.long, -1) {
			confirm.Commands = append(confirm.Commands, "/oioi confirm drop:"+found[1])
		}
		confirm.Commands = append(confirm.Commands, "/oioi confirm trim always")
		add(confirm)
	}
	add(now)
	if write && len(s.waiting) > 0 {
		waits := commandGroup{Name: "What waits for approval", Commands: []string{"/oioi approve all"}}
		for _, id := range s.waiting {
			waits.Commands = append(waits.Commands, "/oioi approve "+id, fmt.Sprintf("/oioi reject %s not now", id))
		}
		add(waits)
	}
	if s.draft != nil && !running {
		again := commandGroup{Name: "Rerun from a role", Folded: true}
		def, _ := workflow.Standard()
		for _, step := range def.Steps {
			again.Commands = append(again.Commands, "/oioi rerun from:"+step.Role)
		}
		add(again)
	}
	return out
}
