package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/redact"
	"github.com/oioi-app/oioi/workflow/strictyaml"
)

// ParseRepository decodes a .github/oioi.yml strictly, over the defaults. The error lists everything that is wrong, one
// line each, with its place and what is allowed; the defaults hold then, and what the file holds back stays held back.
func ParseRepository(name string, data []byte) (Repository, error) {
	out := DefaultRepository()
	if err := strictyaml.Decode(name, data, &out); err != nil {
		return careful(data), err
	}
	c := checker{places: placesOf(name, data)}
	c.check(out)
	if len(c.problems) > 0 {
		return careful(data), errors.New(strings.Join(c.problems, "\n"))
	}
	return out, nil
}

// careful is what holds while a file has a mistake: the defaults, less what it holds back.
func careful(data []byte) Repository {
	out := DefaultRepository()
	out.Mode, out.Modes, out.Effects = held(data)
	return out
}

// parsedKept is how many configurations are kept parsed: each is read again with every burst of events of its repository.
const parsedKept = 64

var parsed = struct {
	sync.Mutex
	by map[[sha256.Size]byte]Repository
}{by: map[[sha256.Size]byte]Repository{}}

// parseAgain is ParseRepository for a text that was parsed before, most likely. Nobody may change what the result refers to.
func parseAgain(name string, data []byte) (Repository, error) {
	key := sha256.Sum256(append([]byte(name+"\n"), data...))
	parsed.Lock()
	out, ok := parsed.by[key]
	parsed.Unlock()
	if ok {
		return out, nil
	}
	out, err := ParseRepository(name, data)
	if err != nil {
		return out, err
	}
	parsed.Lock()
	defer parsed.Unlock()
	if len(parsed.by) >= parsedKept {
		clear(parsed.by)
	}
	parsed.by[key] = out
	return out, nil
}

// repositoryName is OWNER/NAME as GitHub allows it; a name of dots alone would be a path.
const repositoryPattern = `^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{0,99}[A-Za-z0-9_-]$`

var repositoryName = regexp.MustCompile(repositoryPattern)

// webHostPattern is a host's name, perhaps with "*." before it and a port behind. One label below a top-level domain at the
// least, so that "*.com" allows nothing.
const webHostPattern = `^(\*\.[A-Za-z0-9-]+\.|[A-Za-z0-9])[A-Za-z0-9.-]*[A-Za-z0-9](:[0-9]{1,5})?$`

var webHost = regexp.MustCompile(webHostPattern)

type checker struct {
	places   places
	problems []string
}

func (c *checker) wrong(key, format string, args ...any) {
	c.problems = append(c.problems, c.places.of(key)+": "+key+" "+fmt.Sprintf(format, args...))
}

// The bounds of .github/oioi.yml.
const (
	minWarnTokens = 1000
	maxFollowUps  = 2
	minPrefix     = 2
	mostOpen      = 50
)

func (c *checker) check(r Repository) {
	c.budget(r.Budget)
	if n := r.Prompt.WarnAboveTokens; n < minWarnTokens {
		c.wrong("prompt.warn_above_tokens", "is %d; allowed: %d or more (default 24000)", n, minWarnTokens)
	}
	if n := r.Prompt.ExpiresHours; n < 1 {
		c.wrong("prompt.expires_hours", "is %v; allowed: 1 or more hours (default 72)", n)
	}
	if n := r.Docs.MaxOpen; n < 1 || n > mostOpen {
		c.wrong("docs.max_open", "is %d; allowed: 1 to %d (default 5); docs.pull_requests: false opens none", n, mostOpen)
	}
	if n := r.FollowUps.Max; n < 0 || n > maxFollowUps {
		c.wrong("follow_ups.max", "is %d; allowed: 0, 1 or 2", n)
	}
	c.modes(r)
	if n := r.Questions.RemindHours; n < 1 {
		c.wrong("questions.remind_hours", "is %v; allowed: 1 or more business hours (default 24)", n)
	}
	if n := r.Questions.NoteHours; n < 1 {
		c.wrong("questions.note_hours", "is %v; allowed: 1 or more business hours (default 40)", n)
	}
	if !slices.Contains(Destinations, r.Draft.Destination) {
		c.wrong("draft.destination", "is %q; allowed: %s (default ticket)", r.Draft.Destination, strings.Join(Destinations, ", "))
	}
	if name := r.Draft.Repository; name != "" && !repositoryName.MatchString(name) {
		c.wrong("draft.repository", "is %q; write OWNER/NAME, for example acme/support-internal", name)
	}
	if name := r.Docs.Repository; name != "" && !repositoryName.MatchString(name) {
		c.wrong("docs.repository", "is %q; write OWNER/NAME, for example acme/help; left out, it is the ticket's own repository", name)
	}
	for _, name := range sortedKeys(r.Effects) {
		if !slices.Contains(Switches, name) {
			c.wrong("effects."+name, "is no kind of effect; allowed: %s", strings.Join(Switches, ", "))
		}
	}
	if len(strings.TrimSpace(r.Labels.Prefix)) < minPrefix {
		c.wrong("labels.prefix", "is %q; it needs at least two characters, so that OiOi's labels cannot be taken for yours (default \"oioi:\")", r.Labels.Prefix)
	}
	_, roles := workflow.Standard()
	for _, id := range sortedKeys(r.Roles) {
		if _, known := roles[id]; !known {
			c.wrong("roles."+id, "is no role of the workflow; allowed: %s", strings.Join(sortedKeys(roles), ", "))
		}
	}
	c.commands(r.Commands)
	c.path("docs.root", r.Docs.Root)
	c.path("workflow", r.Workflow)
	c.path("playbooks", r.Playbooks)
	for i, name := range r.Triggers.Forms {
		if ext := path.Ext(name); strings.ContainsAny(name, `/\`) || (ext != ".yml" && ext != ".yaml") {
			c.wrong(fmt.Sprintf("triggers.forms[%d]", i), "is %q; write the file name of an issue form in .github/ISSUE_TEMPLATE, for example support.yml", name)
		}
	}
	for i, name := range r.Docs.Protected {
		if name == "" || !isRelative(name) {
			c.wrong(fmt.Sprintf("docs.protected[%d]", i), "is %q; write the path of a folder or a page, without a slash at the end, for example docs/legal", name)
		}
	}
	for i, name := range r.Linked {
		if !repositoryName.MatchString(name) {
			c.wrong(fmt.Sprintf("linked_repositories[%d]", i), "is %q; write OWNER/NAME, for example acme/app", name)
		}
	}
	for i, finder := range r.Privacy.Finders {
		if !slices.Contains(redact.Finders, finder) {
			c.wrong(fmt.Sprintf("privacy.finders[%d]", i), "is %q; allowed: %s", finder, strings.Join(names(redact.Finders), ", "))
		}
	}
	for i, value := range r.Privacy.Allow {
		if strings.TrimSpace(value) == "" {
			c.wrong(fmt.Sprintf("privacy.allow[%d]", i), "is empty; write an e-mail address, a domain or a telephone number")
		}
	}
	for i, host := range r.Connect.Web.Allow {
		if !webHost.MatchString(host) {
			c.wrong(fmt.Sprintf("connections.web.allow[%d]", i), "is %q; write a host without https:// and path, for example docs.example.com or *.example.com", host)
		}
	}
	if !isChannel(r.Private) {
		c.wrong("private_channel", "is %q; allowed: an address that begins with https://, or an e-mail address", r.Private)
	}
	for i, macro := range r.Policy.Macros {
		c.path(fmt.Sprintf("policy.macros[%d].file", i), macro.File)
	}
	if err := r.Policy.Validate(); err != nil {
		c.policy(err)
	}
}

func (c *checker) commands(rules map[string][]string) {
	for _, name := range sortedKeys(rules) {
		if command.Named(name).Name == "" {
			c.wrong("commands."+name, "is no command; allowed: %s", strings.Join(command.Names(), ", "))
		}
		for i, word := range rules[name] {
			if err := command.CheckGrantee(word); err != nil {
				c.wrong(fmt.Sprintf("commands.%s[%d]", name, i), "%s", err)
			}
		}
	}
}

// policy takes over what the policy says of itself. Its lines begin with the key below policy.
func (c *checker) policy(err error) {
	for line := range strings.SplitSeq(strings.TrimSpace(err.Error()), "\n") {
		key, rest, ok := strings.Cut(line, " ")
		key = strings.TrimSuffix(key, ":")
		if !ok {
			key, rest = "", line
		}
		c.wrong(strings.TrimSuffix("policy."+strings.TrimPrefix(key, "policy."), "."), "%s", rest)
	}
}

func (c *checker) path(key, value string) {
	if value != "" && !isRelative(value) {
		c.wrong(key, "is %q; write a path relative to the top of the repository, without .. and without a slash at the end", value)
	}
}

func isRelative(value string) bool {
	return !path.IsAbs(value) && path.Clean(value) == value && value != ".." && !strings.HasPrefix(value, "../") && !strings.Contains(value, `\`)
}

func isChannel(value string) bool {
	if value == "" {
		return true
	}
	if u, err := url.Parse(value); err == nil && u.Scheme == "https" && u.Host != "" {
		return true
	}
	address, err := mail.ParseAddress(value)
	return err == nil && address.Address == value
}

func names[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
