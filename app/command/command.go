// Package command is the grammar of OiOi's slash commands, who may use which, and the help made from both.
package command

import (
	"slices"
	"strings"
)

// Prefix begins every command.
const Prefix = "/oioi"

// Spec describes one command: its name, its arguments, and who may use it where the repository's configuration says
// nothing of it.
type Spec struct {
	Name    string
	Args    string // as help shows them
	Default []string
	Help    string
	takes   takes
}

// takes is which arguments a command has, in this order.
type takes struct {
	from   bool // from:ROLE
	choice bool // full, trim, ask or drop:SOURCE
	always bool // the word always
	id     need // the id of a draft or an effect
	all    bool // the word all stands for every id
	who    need // @login
	words  bool // the rest of the line
}

type need int

const (
	never need = iota
	maybe
	must
)

// Specs lists the commands in the order in which help shows them.
var Specs = []Spec{
	{Name: "help", Default: []string{"read", "reporter"}, Help: "show this list"},
	{Name: "status", Default: []string{"triage", "reporter"}, Help: "say how far this ticket is and what it waits for"},
	{Name: "run", Default: []string{"triage"}, Help: "work on this ticket now, whatever its age or labels"},
	{Name: "rerun", Args: "[from:ROLE] [words]", Default: []string{"triage"}, takes: takes{from: true, words: true},
		Help: "make a new draft; with from:ROLE the parts before that role stay as they are; the words are direction, for example `/oioi rerun shorter, please` or `/oioi rerun from:analyst fewer checks`"},
	{Name: "confirm", Args: "[full|trim|drop:SOURCE] [always]", Default: []string{"triage"}, takes: takes{choice: true, always: true},
		Help: "go on with an unusually long prompt: as it is, cut to the limit, or without a source that the note names; with always the choice holds for every ticket of the repository, until `/oioi confirm ask always`"},
	{Name: "cancel", Default: []string{"triage"}, Help: "stop the run that is under way"},
	{Name: "hold", Default: []string{"triage"}, Help: "write nothing more on this ticket until `/oioi resume`"},
	{Name: "resume", Default: []string{"triage"}, Help: "end the hold and go on"},
	{Name: "approve", Args: "[ID|all]", Default: []string{"write"}, takes: takes{id: maybe, all: true},
		Help: "let what waits for approval be carried out: one effect, or all that the newest draft shows"},
	{Name: "reject", Args: "ID [why]", Default: []string{"write"}, takes: takes{id: must, words: true}, Help: "drop an effect that waits for approval"},
	{Name: "send", Args: "[ID]", Default: []string{"write"}, takes: takes{id: maybe},
		Help: "send the draft's reply to the customer, as it stands between its lines, and carry out the plan; without an ID the newest draft"},
	{Name: "docs", Args: "[words]", Default: []string{"triage"}, takes: takes{words: true},
		Help: "change the help center for this ticket; the words say what or where, for example `/oioi docs on the page docs/export.md`"},
	{Name: "assign", Args: "@who", Default: []string{"triage"}, takes: takes{who: must}, Help: "make a person the owner of this ticket"},
	{Name: "escalate", Args: "[why]", Default: []string{"triage"}, takes: takes{words: true}, Help: "call the next level of the escalation ladder, once"},
}

// Named returns the command of a name; the zero value where there is none.
func Named(name string) Spec {
	for _, spec := range Specs {
		if spec.Name == name {
			return spec
		}
	}
	return Spec{}
}

// Names lists the commands, sorted.
func Names() []string {
	out := make([]string, len(Specs))
	for i, spec := range Specs {
		out[i] = spec.Name
	}
	slices.Sort(out)
	return out
}

// Usage is the command as help shows it, with its arguments.
func (s Spec) Usage() string { return strings.TrimSpace(Prefix + " " + s.Name + " " + s.Args) }

// Command is one command as somebody wrote it.
type Command struct {
	Spec   Spec
	From   string // rerun: the role to begin at, lower case; "" for all
	Choice string // confirm: Full, Trim, Drop or Ask; "" where nothing was said
	Drop   string // confirm drop: the source, lower case
	Always bool   // confirm: keep the choice as the repository's rule
	ID     string // approve, reject, send: lower case; All or "" where none was named
	Who    string // assign: the login, without @
	Words  string // what is left of the line
}

// The choices of confirm.
const (
	Full = "full" // the prompt is asked as it is
	Trim = "trim" // it is cut to the limit
	Drop = "drop" // a source is left out
	Ask  = "ask"  // with always: the repository's rule ends
)

// All is the ID that stands for every effect.
const All = "all"

// String writes the command so that Parse reads the same again.
func (c Command) String() string {
	parts := []string{Prefix, c.Spec.Name}
	add := func(before, value string) {
		if value != "" {
			parts = append(parts, before+value)
		}
	}
	add("from:", c.From)
	if c.Choice == Drop {
		add(Drop+":", c.Drop)
	} else {
		add("", c.Choice)
	}
	if c.Always {
		add("", "always")
	}
	add("", c.ID)
	add("@", c.Who)
	add("", c.Words)
	return strings.Join(parts, " ")
}
