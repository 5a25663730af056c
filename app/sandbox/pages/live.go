package pages

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// live tells an open page, as server-sent events, that it should read itself again. It says so for every change on the
// forge: an issue shows parts of others (sub-issues, pull requests), and the page finds out for itself whether anything that
// it shows is different.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func (p *pages) live(w http.ResponseWriter, r *http.Request) {
	repo := r.PathValue("owner") + "/" + r.PathValue("repo")
	number, _ := strconv.Atoi(r.PathValue("number")) // 0 is found nowhere
	if _, err := p.Forge.Issue(forge.As(p.user(r)), forge.Ref{Repo: repo, Number: number}); err != nil {
		http.NotFound(w, r)
		return
	}
	changes, cancel := p.Forge.Subscribe()
	defer cancel()
	progress := p.changed()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	if _, err := fmt.Fprint(w, "retry: 1000\n\n"); err != nil || flush.Flush() != nil {
		return
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case _, ok := <-changes:
			if !ok {
				return
			}
		case <-progress:
			progress = p.changed() // before the page reads: what changes from here on is told again
		}
		if _, err := fmt.Fprint(w, "event: change\ndata: {}\n\n"); err != nil || flush.Flush() != nil {
			return
		}
	}
}

func (p *pages) changed() <-chan struct{} {
	if p.Changed == nil {
		return nil
	}
	return p.Changed()
}
