package web

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/ops"
)

//go:embed dashboard.html
var dashboardText string

var dashboardPage = template.Must(template.New("dashboard").Funcs(template.FuncMap{
	"when": func(t time.Time) string { return t.UTC().Format("Mon 2 Jan, 15:04 MST") },
	"issue": func(web, name string) string {
		repo, number, _ := strings.Cut(name, "#")
		return web + "/" + repo + "/issues/" + number
	},
}).Parse(dashboardText))

// Dashboard serves a page that says how OiOi stands, as `oioi status` does: what needs a person, what waits, what was spent,
// how near GitHub's limits are. It changes nothing. Whoever mounts it lets only operators in. Tickets link to GitHub at webURL.
func Dashboard(status func(context.Context) (ops.Status, error), webURL string, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := status(r.Context())
		var page bytes.Buffer
		if err == nil {
			err = dashboardPage.Execute(&page, struct {
				ops.Status
				Web string
			}{s, webURL})
		}
		if err != nil {
			log.ErrorContext(r.Context(), "the dashboard cannot be shown", "error", err)
			http.Error(w, "The database cannot be read; the log says why.", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		_, _ = w.Write(page.Bytes())
	})
}
