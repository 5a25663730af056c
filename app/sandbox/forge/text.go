package forge

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

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

// mentions lists whom a text mentions, each once: logins and "org/team".
func mentions(body string) []string {
	var out []string
	for _, m := range mention.FindAllStringSubmatch(prose(body), -1) {
		if !containsFold(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// references lists the issues that a text in a repository points at, each once.
func references(body, repo string) []Ref {
	return refs(prose(body), repo, number, link)
}

// closes lists the issues that a text in a repository closes when it is merged, each once.
func closes(body, repo string) []Ref {
	var out []Ref
	for _, m := range closing.FindAllStringSubmatch(prose(body), -1) {
		for _, r := range refs(" "+m[1], repo, number, link) {
			out = appendRef(out, r)
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
			out = appendRef(out, Ref{at, n})
		}
	}
	return out
}

func appendRef(list []Ref, r Ref) []Ref {
	for _, x := range list {
		if x.key() == r.key() {
			return list
		}
	}
	return append(list, r)
}

// read acts on what a text says: whoever it mentions is pinged once, what it points at gets a cross-reference. id makes
// an edited text remember whom it pinged before.
func (f *Forge) read(a Actor, i *Issue, kind string, id int64, body string) {
	for _, who := range mentions(body) {
		reason := "mention"
		if strings.Contains(who, "/") {
			reason = "team_mention"
		}
		once := fmt.Sprintf("%s %d %s", kind, id, fold(who))
		if f.st.Mentioned[once] || strings.EqualFold(who, a.Login) {
			continue
		}
		f.st.Mentioned[once] = true
		f.notify(a, i, who, reason)
	}
	for _, to := range references(body, i.Ref.Repo) {
		target := f.byRef(to)
		if target == nil || target == i {
			continue
		}
		// Who sees the target must not learn of a private repository through a cross-reference: EventsOf hides those.
		if f.referenced(target, i.Ref) {
			continue
		}
		f.event(a, target, Event{Kind: "cross-referenced", Source: &Ref{i.Ref.Repo, i.Ref.Number}})
	}
}

func (f *Forge) referenced(target *Issue, from Ref) bool {
	for _, e := range f.st.Events[target.Ref.key()] {
		if e.Kind == "cross-referenced" && e.Source.key() == from.key() {
			return true
		}
	}
	return false
}

// notify pings a person who can see the issue. Bots and unknown names are not pinged.
func (f *Forge) notify(a Actor, i *Issue, who, reason string) {
	if strings.EqualFold(who, a.Login) {
		return
	}
	r := f.st.Repos[fold(i.Ref.Repo)]
	if reason != "team_mention" {
		u, ok := f.st.Users[fold(who)]
		if !ok || u.Type != "User" || !f.permission(r, u.Login).AtLeast(Read) {
			return
		}
		who = u.Login
	}
	f.st.Notifications = append(f.st.Notifications, Notification{User: who, Reason: reason, By: a.Login, Issue: i.Ref, At: f.now()})
}

// Notifications lists who was pinged, oldest first: all of them, or one person's.
func (f *Forge) Notifications(login string) []Notification {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []Notification
	for _, n := range f.st.Notifications {
		if login == "" || strings.EqualFold(login, n.User) {
			out = append(out, n)
		}
	}
	return out
}
