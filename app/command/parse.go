package command

import (
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

var (
	idPattern   = pattern.Lazy(`^[a-z0-9]{2,16}$`)
	namePattern = pattern.Lazy(`^[a-z][a-z0-9_-]{0,39}$`)
	// A login is letters, digits and single hyphens; enterprise accounts have an underscore, too.
	loginPattern = pattern.Lazy(`^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?$`)
)

// Mistake is a line that begins like a command and is none.
type Mistake struct {
	Line       string
	DidYouMean string // the nearest command's usage without the prefix, or ""
	Why        string // what is wrong with its arguments; "" where the name is no command's
	Elsewhere  string // where it belongs; "" where it is right here
}

// Error says what is wrong and what is allowed.
func (m Mistake) Error() string {
	switch {
	case m.Elsewhere != "":
		return fmt.Sprintf("`%s` belongs %s. Here you can write `%s %s`.", m.Line, m.Elsewhere, Prefix, m.DidYouMean)
	case m.Why != "":
		return fmt.Sprintf("`%s` is not complete or says too much: %s. Write `%s %s`.", m.Line, m.Why, Prefix, m.DidYouMean)
	case m.DidYouMean != "":
		return fmt.Sprintf("`%s` is not a command. Did you mean `%s %s`?", m.Line, Prefix, m.DidYouMean)
	}
	return fmt.Sprintf("`%s` is not a command. The commands are: %s.", m.Line, strings.Join(Names(), ", "))
}

// parseLine reads what follows the prefix on a command's line.
func parseLine(line, rest string) (*Command, *Mistake) {
	name, args := cutWord(rest)
	if name == "" {
		name = "help"
	}
	spec := Named(strings.ToLower(name))
	if spec.Name == "" {
		return nil, &Mistake{Line: clip(line), DidYouMean: nearest(strings.ToLower(name))}
	}
	cmd, why := spec.read(args)
	if why != "" {
		return nil, &Mistake{Line: clip(line), DidYouMean: strings.TrimSpace(spec.Name + " " + spec.Args), Why: why}
	}
	return &cmd, nil
}

// read takes a command's arguments one after the other, and says what is wrong with them.
func (s Spec) read(args string) (cmd Command, why string) {
	cmd.Spec = s
	word, rest := cutWord(args)
	lower := strings.ToLower(word)
	take := func() {
		args = rest
		word, rest = cutWord(args)
		lower = strings.ToLower(word)
	}
	if s.takes.from && strings.HasPrefix(lower, "from:") {
		cmd.From = strings.TrimPrefix(lower, "from:")
		if !namePattern().MatchString(cmd.From) {
			return cmd, "after `from:` stands the name of a role, for example from:analyst"
		}
		take()
	}
	if s.takes.choice {
		drop, isDrop := strings.CutPrefix(lower, Drop+":")
		switch {
		case isDrop && !namePattern().MatchString(drop):
			return cmd, "after `drop:` stands the name of a source, as the note lists them"
		case isDrop:
			cmd.Choice, cmd.Drop = Drop, drop
			take()
		case lower == Full || lower == Trim || lower == Ask:
			cmd.Choice = lower
			take()
		}
	}
	if s.takes.always && lower == "always" {
		cmd.Always = true
		take()
	}
	if cmd.Choice == Ask && !cmd.Always {
		return cmd, "`ask` ends the repository's rule and needs one more word, always"
	}
	if s.takes.id != never && word != "" {
		id := strings.Trim(lower, "`")
		if !idPattern().MatchString(id) || (id == All && !s.takes.all) {
			return cmd, "an ID is what the draft shows, letters and digits"
		}
		cmd.ID = id
		take()
	}
	if s.takes.who != never && word != "" {
		cmd.Who = strings.TrimPrefix(word, "@")
		if !strings.HasPrefix(word, "@") || !loginPattern().MatchString(cmd.Who) {
			return cmd, "a person is written @login; a team cannot be assigned to an issue"
		}
		take()
	}
	switch {
	case s.takes.id == must && cmd.ID == "":
		return cmd, "it needs the ID that the draft shows"
	case s.takes.who == must && cmd.Who == "":
		return cmd, "it needs the person, @login"
	case s.takes.words:
		cmd.Words = args
	case args != "" && s.Args == "":
		return cmd, "it takes no arguments"
	case args != "":
		return cmd, "`" + clip(word) + "` has no meaning there"
	}
	return cmd, ""
}

// cutWord splits off the first word.
func cutWord(text string) (word, rest string) {
	text = strings.TrimSpace(text)
	if at := strings.IndexAny(text, " \t"); at >= 0 {
		return text[:at], strings.TrimSpace(text[at:])
	}
	return text, ""
}

// clip keeps a quoted line short and free of back quotes, so that it stays inside its code span.
func clip(line string) string {
	line = strings.ReplaceAll(line, "`", "'")
	if runes := []rune(line); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return line
}

// nearest returns the command whose name is at most two typing mistakes away.
func nearest(name string) string {
	best, bestDistance := "", 3
	for _, candidate := range Names() {
		if d := distance(name, candidate); d < bestDistance && d < len(candidate) {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// distance is Levenshtein's, with two neighbours that changed places counting once (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 0
			if a[i-1] != b[j-1] {
				cost = 1
			}
			rows[i][j] = min(rows[i-1][j-1]+cost, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
