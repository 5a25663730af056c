package command

import (
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

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

// Permissions lists those that a rule can name, weakest first.
var Permissions = []Permission{Read, Triage, Write, Maintain, Admin}

var rank = map[Permission]int{None: 0, Read: 1, Triage: 2, Write: 3, Maintain: 4, Admin: 5}

// AtLeast reports whether p covers what need asks. An unknown permission covers nothing.
func (p Permission) AtLeast(need Permission) bool { return rank[p] >= rank[need] && rank[p] > 0 }

// Besides a permission, a rule names the person who filed the ticket, or a team of the repository's organization.
const (
	Reporter   = "reporter"
	teamPrefix = "team:"
)

// GranteePattern is what a rule may name: a permission (it or a stronger one), reporter, or team:SLUG.
const GranteePattern = `^(read|triage|write|maintain|admin|reporter|team:[a-z0-9][a-z0-9_-]*)$`

var grantee = pattern.Lazy(GranteePattern)

// CheckGrantee says what is wrong with a word that names who may use a command.
func CheckGrantee(word string) error {
	if grantee().MatchString(word) {
		return nil
	}
	return fmt.Errorf("is %q; allowed: read, triage, write, maintain, admin (each with all that are stronger), reporter, team:SLUG", word)
}

// Rules say who may use a command, by its name: a list of which one must hold. A command that is not named has its
// default; an empty list means nobody.
type Rules map[string][]string

// For returns who may use a command.
func (r Rules) For(name string) []string {
	if list, ok := r[name]; ok {
		return list
	}
	return Named(name).Default
}

// Person is who wrote a command, as GitHub knows them when it is obeyed.
type Person struct {
	Permission Permission
	Reporter   bool
	// InTeam asks whether the person is a member of a team, by its slug. It is called only where a rule names one and
	// nothing else has decided.
	InTeam func(slug string) (bool, error)
}

// Allow reports whether a person may use a command.
func (r Rules) Allow(name string, p Person) (bool, error) {
	list := r.For(name)
	for _, word := range list {
		if word == Reporter && p.Reporter || rank[Permission(word)] > 0 && p.Permission.AtLeast(Permission(word)) {
			return true, nil
		}
	}
	for _, word := range list {
		if slug, ok := strings.CutPrefix(word, teamPrefix); ok && p.InTeam != nil {
			if in, err := p.InTeam(slug); in || err != nil {
				return in, err
			}
		}
	}
	return false, nil
}

// Who says in words who may use a command.
func (r Rules) Who(name string) string {
	var parts []string
	for _, word := range r.For(name) {
		slug, team := strings.CutPrefix(word, teamPrefix)
		switch {
		case word == string(Read):
			return "everybody who can read the repository"
		case word == Reporter:
			parts = append(parts, "the person who filed the ticket")
		case team:
			parts = append(parts, "members of the team `"+slug+"`")
		case word == string(Admin):
			parts = append(parts, "people with admin permission")
		default:
			parts = append(parts, "people with "+word+" permission or more")
		}
	}
	switch len(parts) {
	case 0:
		return "nobody: it is switched off in `.github/oioi.yml`"
	case 1:
		return parts[0]
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

// Help is the text of `/oioi help`, as Markdown.
func (r Rules) Help() string {
	var b strings.Builder
	b.WriteString("| command | what it does | who may use it |\n| --- | --- | --- |\n")
	for _, spec := range Specs {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.ReplaceAll(spec.Usage(), "|", "\\|"), spec.Help, r.Who(spec.Name))
	}
	return b.String()
}
