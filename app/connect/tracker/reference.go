package tracker

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Reference is an issue, pull request or commit that a text names.
type Reference struct {
	Owner, Name string
	Number      int    // of an issue or pull request, else 0
	SHA         string // of a commit, 7 to 40 hexadecimal digits
	// Certain is whether the text surely means it. A word of hexadecimal digits may be something else.
	Certain bool
}

// String is the reference as a person would write it: OWNER/NAME#12, OWNER/NAME@1a2b3c4.
func (r Reference) String() string {
	if r.SHA != "" {
		return fmt.Sprintf("%s/%s@%s", r.Owner, r.Name, r.SHA)
	}
	return fmt.Sprintf("%s/%s#%d", r.Owner, r.Name, r.Number)
}

// https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
const (
	ownerPattern  = `[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})`
	namePattern   = `[A-Za-z0-9._-]{1,100}`
	numberPattern = `[1-9]\d{0,8}`
)

var (
	anyURL      = pattern.Lazy(`https?://[^\s<>"'` + "`" + `\]]+`)
	workPath    = pattern.Lazy(`^/(` + ownerPattern + `)/(` + namePattern + `)/(?:issues|pull)/(` + numberPattern + `)(?:/|$)`)
	commitPath  = pattern.Lazy(`^/(` + ownerPattern + `)/(` + namePattern + `)/commit/([0-9a-f]{7,40})$`)
	shortNumber = pattern.Lazy(`(?:^|[^\w&/#.-])(?:(` + ownerPattern + `)/(` + namePattern + `))?(?:#|\bGH-)(` + numberPattern + `)\b`)
	shortCommit = pattern.Lazy(`(?:\b(` + ownerPattern + `)/(` + namePattern + `)@)?\b([0-9a-f]{7,40})\b`)
	saysCommit  = pattern.Lazy(`(?i)\b(?:commit|revision|rev|sha|hash|build)\W{1,3}$`)
	inlineCode  = pattern.Lazy("`[^`\n]*`")
)

// maxRead is how much of a ticket is read for what it names, in characters: an issue and a long conversation.
const maxRead = 200_000

// References returns what a text names, each once, in its order: "#12", "OWNER/NAME#12", "GH-12", links below webURL, and ids of
// commits. What stands in fenced code, in hidden text and in links to other places does not count. A name without a repository
// is one of repo.
func References(text string, repo ticket.Repository, webURL string) []Reference {
	type placed struct {
		at int
		Reference
	}
	var found []placed
	add := func(at int, r Reference) {
		if r.Owner != "" && strings.Trim(r.Name, ".") == "" {
			return // a path, which a client would resolve to another place
		}
		if r.Owner == "" {
			r.Owner, r.Name = repo.Owner, repo.Name
		}
		if strings.EqualFold(r.Owner, repo.Owner) && strings.EqualFold(r.Name, repo.Name) {
			r.Owner, r.Name = repo.Owner, repo.Name
		}
		found = append(found, placed{at, r})
	}
	text = blankFences(ticket.Visible(clip(text, maxRead)))
	base, err := url.Parse(webURL)
	here := err == nil && base.Host != ""
	for _, m := range anyURL().FindAllStringIndex(text, -1) {
		link := strings.TrimRight(text[m[0]:m[1]], ".,;:!?)*_")
		u, err := url.Parse(link)
		if err != nil || !here || !strings.EqualFold(u.Host, base.Host) {
			continue
		}
		if p := workPath().FindStringSubmatch(u.Path); p != nil {
			n, _ := strconv.Atoi(p[3])
			add(m[0], Reference{Owner: p[1], Name: p[2], Number: n, Certain: true})
		} else if p := commitPath().FindStringSubmatch(u.Path); p != nil {
			add(m[0], Reference{Owner: p[1], Name: p[2], SHA: p[3], Certain: true})
		}
	}
	text = blank(text, anyURL())
	for _, m := range shortCommit().FindAllStringSubmatchIndex(text, -1) {
		sha := text[m[6]:m[7]]
		before, after := text[:m[0]], text[m[1]:]
		if strings.Trim(sha, "0123456789") == "" || strings.Trim(sha, "abcdef") == "" || touches(before, after) {
			continue // a number, a word, or a piece of something longer
		}
		r := Reference{SHA: sha, Certain: len(sha) == 40 || saysCommit().MatchString(strings.TrimRight(before[max(0, len(before)-16):], "`*_"))}
		if m[2] >= 0 {
			r.Owner, r.Name, r.Certain = text[m[2]:m[3]], text[m[4]:m[5]], true
		}
		add(m[6], r)
	}
	text = blank(text, inlineCode())
	for _, m := range shortNumber().FindAllStringSubmatchIndex(text, -1) {
		n, _ := strconv.Atoi(text[m[6]:m[7]])
		r := Reference{Number: n, Certain: true}
		if m[2] >= 0 {
			r.Owner, r.Name = text[m[2]:m[3]], text[m[4]:m[5]]
		}
		add(m[6], r)
	}
	sorting.Stable(found, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	seen := map[string]bool{}
	var out []Reference
	for _, f := range found {
		if name := strings.ToLower(f.String()); !seen[name] {
			seen[name] = true
			out = append(out, f.Reference)
		}
	}
	return out
}

// touches reports whether a word is a part of something longer: of a UUID, a path, an address, a name.
func touches(before, after string) bool {
	return before != "" && strings.ContainsRune("-./@#:=_", rune(before[len(before)-1])) ||
		after != "" && strings.ContainsRune("-/@_=:", rune(after[0])) && !strings.HasPrefix(after, ": ")
}

// blank replaces what matches with as many blanks, so that places in the text stay what they are.
func blank(text string, what *regexp.Regexp) string {
	return what.ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat(" ", len(s)) })
}

// blankFences empties the lines of fenced code.
func blankFences(text string) string {
	var out strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "":
			if strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]) == "" {
				fence = ""
			}
			line = "\n"
		case strings.HasPrefix(trimmed, "```"), strings.HasPrefix(trimmed, "~~~"):
			mark := trimmed[:1]
			if rest := strings.TrimLeft(trimmed, mark); mark == "~" || !strings.Contains(rest, "`") {
				fence, line = trimmed[:len(trimmed)-len(rest)], "\n"
			}
		}
		out.WriteString(line)
	}
	return out.String()
}
