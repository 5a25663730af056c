// Package markup reads what GitHub acts on in the text of issues, comments and commits: mentions, references, closing keywords;
// and the words of a search.
package markup

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Ref points at an issue or pull request.
type Ref struct {
	Repo   string `json:"repo"` // owner/name
	Number int    `json:"number"`
}

// String writes a Ref as people do: owner/name#7.
func (r Ref) String() string { return fmt.Sprintf("%s#%d", r.Repo, r.Number) }

// Key is the same for every spelling of a Ref.
func (r Ref) Key() string { return strings.ToLower(r.String()) }

var (
	fences  = regexp.MustCompile("(?s)```.*?(?:```|$)|~~~.*?(?:~~~|$)|`[^`\n]+`|<!--.*?(?:-->|$)")
	mention = regexp.MustCompile(`(?:^|[^\w/@` + "`" + `.-])@([A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?)`)
	number  = regexp.MustCompile(`(?:^|[^\w/&#])(?:([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+))?#(\d{1,9})\b`)
	link    = regexp.MustCompile(`https?://[^\s/]+/([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)/(?:issues|pull)/(\d{1,9})\b`)
	// https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
	closing = regexp.MustCompile(`(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+((?:[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)?#\d{1,9}\b|https?://\S+/issues/\d{1,9}\b)`)
)

// prose is a text without what GitHub does not read for mentions and references: code and hidden comments.
func prose(body string) string { return fences.ReplaceAllString(body, " ") }

// Mentions lists whom a text mentions, each once: logins and "org/team".
func Mentions(body string) []string {
	var out []string
	for _, m := range mention.FindAllStringSubmatch(prose(body), -1) {
		if !slices.ContainsFunc(out, func(x string) bool { return strings.EqualFold(x, m[1]) }) {
			out = append(out, m[1])
		}
	}
	return out
}

// References lists the issues that a text in a repository points at, each once.
func References(body, repo string) []Ref {
	return refs(prose(body), repo, number, link)
}

// Closes lists the issues that a text in a repository closes when it is merged, each once.
func Closes(body, repo string) []Ref {
	var out []Ref
	for _, m := range closing.FindAllStringSubmatch(prose(body), -1) {
		for _, r := range refs(" "+m[1], repo, number, link) {
			out = Append(out, r)
		}
	}
	return out
}

func refs(text, repo string, patterns ...*regexp.Regexp) []Ref {
	var out []Ref
	for _, p := range patterns {
		for _, m := range p.FindAllStringSubmatch(text, -1) {
			n, err := strconv.Atoi(m[2])
			if err != nil || n == 0 {
				continue
			}
			at := repo
			if m[1] != "" {
				at = m[1]
			}
			out = Append(out, Ref{Repo: at, Number: n})
		}
	}
	return out
}

// Append adds r to a list unless it is there.
func Append(list []Ref, r Ref) []Ref {
	for _, x := range list {
		if x.Key() == r.Key() {
			return list
		}
	}
	return append(list, r)
}

// Terms splits a search into words, with "quoted ones" kept together, and qualifiers such as is:open.
func Terms(q string) (words []string, qualifiers map[string][]string) {
	qualifiers = map[string][]string{}
	for q = strings.TrimSpace(q); q != ""; q = strings.TrimSpace(q) {
		end := strings.IndexByte(q, ' ')
		if quote := strings.IndexByte(q, '"'); quote >= 0 && (end < 0 || quote < end) {
			if closing := strings.IndexByte(q[quote+1:], '"'); closing >= 0 {
				end = quote + 1 + closing + 1
			}
		}
		if end < 0 || end > len(q) {
			end = len(q)
		}
		term := strings.ReplaceAll(q[:end], `"`, "")
		if key, value, ok := strings.Cut(term, ":"); ok && key != "" && !strings.Contains(key, " ") && !strings.HasPrefix(q, `"`) {
			qualifiers[strings.ToLower(key)] = append(qualifiers[strings.ToLower(key)], strings.ToLower(value))
		} else if term != "" {
			words = append(words, strings.ToLower(term))
		}
		q = q[end:]
	}
	return words, qualifiers
}
