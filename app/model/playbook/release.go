package playbook

import (
	"regexp"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/role"
)

// holdsLiteral reports whether a text holds a dotted name, or its last part as a key of its own, as YAML writes it.
func holdsLiteral(text, name string) bool {
	if strings.Contains(text, name) {
		return true
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	return last != name && regexp.MustCompile(`(?m)^\s*`+regexp.QuoteMeta(last)+`:`).MatchString(text)
}

// literal matches names that a product has and prose has not: settings, flags, paths of an API, names in code font.
var literal = pattern.Lazy("`([^`\n]{3,60})`|\\b([a-z][a-z0-9]*(?:[._][a-z0-9_]+)+)\\b|(--[a-z][a-z0-9-]+)")

func literals(text string) []string {
	var out []string
	for _, m := range literal().FindAllStringSubmatch(text, 40) {
		name := m[1] + m[2] + m[3]
		if strings.HasSuffix(name, ".md") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml") || slices.Contains(out, name) {
			continue
		}
		out = append(out, name)
	}
	return out
}

var (
	fixes = pattern.Lazy(`(?i)\b(fix(es|ed)?|no longer|again|now|accepts?|correct(s|ed)?|resolved)\b`)
	adds  = pattern.Lazy(`(?i)\b(can be|can now|offers?|shows?|new|added?|supports?|now)\b`)
)

// namedByTicket is what it adds to the score of another ticket that the customer names it.
const namedByTicket = 0.1

var releasedIn = pattern.Lazy(`\breleased in (v?\d\S*)$`)

// mended looks whether a pull request or commit that the ticket names is in a release after the customer's own.
func (c *casework) mended(item evidence.Item) {
	tag := releasedIn().FindStringSubmatch(item.Outcome)
	if tag == nil || c.fix != nil || c.reading.version == "" || !newer(tag[1], c.reading.version) || c.category() == role.FeatureRequest || c.category() == role.HowTo {
		return
	}
	subject, _, _ := strings.Cut(strings.TrimSpace(item.Text.Raw()), "\n")
	if exact := flat(subject); exact != "" && len(exact) <= 420 {
		c.fix, c.fixedIn = &quote{text: shown(exact), exact: exact, item: item}, tag[1]
	}
}

// release looks into the notes of a release for a line that mends or brings what the ticket is about.
func (c *casework) release(item evidence.Item) {
	if newer(item.Title, c.findings.Latest) || c.findings.Latest == "" {
		c.findings.Latest = item.Title
	}
	section := ""
	for line := range strings.SplitSeq(item.Text.Raw(), "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "#") {
			section = strings.ToLower(strings.Trim(trimmed, "# "))
			continue
		}
		said := bulleted().ReplaceAllString(line, "")
		exact := flat(said)
		if exact == "" || len(exact) > 420 {
			continue
		}
		share, n := c.query.share(termSet(exact), nil)
		if n < 3 || share < 0.34 && !c.query.names(exact) {
			continue
		}
		found := &quote{text: shown(exact), exact: exact, item: item}
		switch c.category() {
		case role.Bug, role.Performance, role.Integration, role.AccountAccess, role.DataLoss:
			fixed := strings.HasPrefix(section, "fix") || fixes().MatchString(exact)
			// Only a release after the customer's own can mend what they see. Without a version nobody knows.
			if fixed && c.fix == nil && c.reading.version != "" && newer(item.Title, c.reading.version) {
				c.fix, c.fixedIn = found, item.Title
			}
		case role.FeatureRequest, role.HowTo:
			if c.wanted == nil && (strings.HasPrefix(section, "add") || adds().MatchString(exact)) && share >= 0.42 {
				c.wanted = found
			}
		}
	}
}
