// Package command is the grammar of OiOi's slash commands, who may use which, and the help made from both.
package command

import (
	"fmt"
	"sort"
	"strings"
)

// Prefix begins every command.
const Prefix = "/oioi"

// Permission is what GitHub says an account may do in a repository.
type Permission string

// GitHub's permissions, weakest first.
// https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
const (
	None     Permission = "none"
	Read     Permission = "read"
	Triage   Permission = "triage"
	Write    Permission = "write"
	Maintain Permission = "maintain"
	Admin    Permission = "admin"
)

var rank = map[Permission]int{None: 0, Read: 1, Triage: 2, Write: 3, Maintain: 4, Admin: 5}

// AtLeast reports whether p covers what need asks. An unknown permission covers nothing.
func (p Permission) AtLeast(need Permission) bool { return rank[p] >= rank[need] && rank[p] > 0 }

// Spec describes one command.
type Spec struct {
	Name  string
	Args  string // as help shows them
	Needs Permission
	Help  string
	words bool // takes words
}

// Specs lists the commands in the order in which help shows them.
var Specs = []Spec{
	{Name: "help", Needs: Read, Help: "show this list"},
	{Name: "run", Needs: Triage, Help: "work on this ticket now, whatever its age or labels"},
	{Name: "rerun", Args: "[words]", Needs: Triage, words: true, Help: "make a new draft; the words are direction for the roles, for example `/oioi rerun shorter, please`"},
	{Name: "docs", Args: "[words]", Needs: Triage, words: true, Help: "change the help center for this ticket; the words say what or where, for example `/oioi docs on the page docs/export.md`"},
	{Name: "confirm", Needs: Triage, Help: "go on with an unusually long prompt"},
	{Name: "cancel", Needs: Triage, Help: "stop the run that is under way"},
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

// Command is one command as somebody wrote it.
type Command struct {
	Spec  Spec
	Words string // what follows the name, on the same line
}

// Mistake is a line that begins like a command and is none.
type Mistake struct {
	Line       string
	DidYouMean string // the nearest command's name, or ""
}

// Error says what is wrong and what is allowed.
func (m Mistake) Error() string {
	if m.DidYouMean != "" {
		return fmt.Sprintf("`%s` is not a command. Did you mean `%s %s`?", m.Line, Prefix, m.DidYouMean)
	}
	return fmt.Sprintf("`%s` is not a command. The commands are: %s.", m.Line, strings.Join(names(), ", "))
}

func names() []string {
	out := make([]string, len(Specs))
	for i, spec := range Specs {
		out[i] = spec.Name
	}
	sort.Strings(out)
	return out
}

// Parse finds the commands in a comment. A command stands at the start of a line, with no more than three spaces before
// it, outside quotes, code blocks and HTML comments. One comment gives at most one command: the first; what comes after
// it is not read, so that nobody hides a second one below a long text.
func Parse(body string) (cmd *Command, mistake *Mistake) {
	fence := ""
	hidden := false
	for line := range strings.Lines(strings.ReplaceAll(body, "\r\n", "\n")) {
		line = strings.TrimRight(line, "\n")
		indent := len(line) - len(strings.TrimLeft(line, " "))
		text := strings.TrimSpace(line)
		if hidden {
			hidden = !strings.Contains(text, "-->")
			continue
		}
		if fence != "" {
			if strings.HasPrefix(text, fence) && strings.Trim(text, fence[:1]) == "" {
				fence = ""
			}
			continue
		}
		if mark := fenceOf(text); mark != "" && indent < 4 {
			fence = mark
			continue
		}
		if at := strings.LastIndex(text, "<!--"); at >= 0 {
			hidden = !strings.Contains(text[at:], "-->")
			continue
		}
		if indent > 3 || strings.HasPrefix(line, "\t") {
			continue
		}
		rest, ok := strings.CutPrefix(text, Prefix)
		if !ok || (rest != "" && rest[0] != ' ' && rest[0] != '\t') {
			continue
		}
		return parseLine(text, strings.TrimSpace(rest))
	}
	return nil, nil
}

func parseLine(line, rest string) (*Command, *Mistake) {
	name, words, _ := strings.Cut(rest, " ")
	if name == "" {
		name = "help"
	}
	for _, spec := range Specs {
		if !strings.EqualFold(spec.Name, name) {
			continue
		}
		words = strings.TrimSpace(words)
		if words != "" && !spec.words {
			return nil, &Mistake{Line: clip(line), DidYouMean: spec.Name}
		}
		return &Command{Spec: spec, Words: words}, nil
	}
	return nil, &Mistake{Line: clip(line), DidYouMean: nearest(strings.ToLower(name))}
}

// clip keeps a quoted line short and free of back quotes, so that it stays inside its code span.
func clip(line string) string {
	line = strings.ReplaceAll(line, "`", "'")
	if runes := []rune(line); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return line
}

func fenceOf(line string) string {
	for _, mark := range []string{"```", "~~~"} {
		if strings.HasPrefix(line, mark) {
			n := len(line) - len(strings.TrimLeft(line, mark[:1]))
			return line[:n]
		}
	}
	return ""
}

// nearest returns the command whose name is at most two typing mistakes away.
func nearest(name string) string {
	best, bestDistance := "", 3
	for _, candidate := range names() {
		if d := distance(name, candidate); d < bestDistance && d < len(candidate) {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Help is the text of `/oioi help`, as Markdown.
func Help() string {
	var b strings.Builder
	b.WriteString("| command | what it does | who may use it |\n| --- | --- | --- |\n")
	for _, spec := range Specs {
		usage := Prefix + " " + spec.Name
		if spec.Args != "" {
			usage += " " + spec.Args
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", usage, spec.Help, Who(spec.Needs))
	}
	return b.String()
}

// Who says in words who has at least this permission.
func Who(p Permission) string {
	if p == Read {
		return "everybody who can read the repository"
	}
	return "people with " + string(p) + " permission or more"
}
