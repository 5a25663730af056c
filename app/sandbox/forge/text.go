package forge

import (
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/markup"
)

// read acts on what a text says: whoever it mentions is pinged once, what it points at gets a cross-reference. id makes
// an edited text remember whom it pinged before.
func (f *Forge) read(a Actor, i *Issue, kind string, id int64, body string) {
	for _, who := range markup.Mentions(body) {
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
	for _, to := range markup.References(body, i.Ref.Repo) {
		target := f.byRef(to)
		if target == nil || target == i {
			continue
		}
		// Who sees the target must not learn of a private repository through a cross-reference: EventsOf hides those.
		if f.referenced(target, i.Ref) {
			continue
		}
		f.event(a, target, Event{Kind: "cross-referenced", Source: &Ref{Repo: i.Ref.Repo, Number: i.Ref.Number}})
	}
}

func (f *Forge) referenced(target *Issue, from Ref) bool {
	for _, e := range f.st.Events[target.Ref.Key()] {
		if e.Kind == "cross-referenced" && e.Source.Key() == from.Key() {
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
