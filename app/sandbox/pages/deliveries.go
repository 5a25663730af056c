package pages

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/forge/hookshot"
)

// deliveriesAtMost is how many deliveries the page shows.
const deliveriesAtMost = 100

type deliveriesData struct {
	Items     []hookshot.Delivery
	More      int // how many older ones there are
	Redeliver bool
	App       *forge.App
}

// slug is the App's, by which the forge knows it; its bot's login is made of it.
func (p *pages) slug() string { return strings.TrimSuffix(p.Bot, "[bot]") }

// deliveries shows the webhooks that the App was sent, to those who work on its tickets.
func (p *pages) deliveries(w http.ResponseWriter, _ *http.Request, v *view) error {
	if !v.Team {
		return forge.ErrNotFound
	}
	v.Title = "Webhook deliveries"
	app, err := p.Forge.App(p.slug())
	if err != nil {
		return err
	}
	all, err := p.Forge.Deliveries(p.slug())
	if err != nil {
		return err
	}
	shown := all[:min(len(all), deliveriesAtMost)]
	v.Data = deliveriesData{Items: shown, More: len(all) - len(shown), Redeliver: p.Redeliver != nil, App: app}
	return p.show(w, v, "deliveries")
}

func (p *pages) redeliver(w http.ResponseWriter, r *http.Request, v *view) error {
	id, err := strconv.ParseInt(r.FormValue("id"), 10, 64)
	if err != nil || !v.Team || p.Redeliver == nil {
		return forge.ErrNotFound
	}
	if err := p.Redeliver(r.Context(), id); err != nil {
		return err
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther) //nolint:gosec // the page itself; the mux has cleaned its path
	return nil
}
