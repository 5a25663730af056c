package forge

import (
	"net/http"
	"strings"
)

// isGit reports whether an address is one that git asks for: /OWNER/REPO(.git)/info/refs or /git-upload-pack.
func isGit(p string) bool {
	return strings.HasSuffix(p, "/info/refs") || strings.HasSuffix(p, "/git-upload-pack") || strings.HasSuffix(p, "/git-receive-pack")
}

// serveGit answers git clone and git fetch. A private repository asks for a token as password, as GitHub does.
func (f *Forge) serveGit(w http.ResponseWriter, r *http.Request) {
	parts := strings.SplitN(strings.Trim(r.URL.Path, "/"), "/", 3)
	if len(parts) != 3 {
		f.refuse(w, ErrNotFound)
		return
	}
	repo, what := parts[0]+"/"+strings.TrimSuffix(parts[1], ".git"), parts[2]
	if what == "git-receive-pack" || r.URL.Query().Get("service") == "git-receive-pack" {
		http.Error(w, "This local GitHub cannot be pushed to. Write through the REST API: git/blobs, git/trees, git/commits, git/refs.", http.StatusForbidden)
		return
	}
	c := &call{f: f, w: w, r: r}
	if c.signIn() != nil || c.app != "" {
		askPassword(w)
		return
	}
	g, err := f.content(c.actor, repo)
	switch {
	case err != nil && c.actor.Login == "":
		askPassword(w) // for a missing one too: who is not signed in must not learn the difference
	case err != nil:
		http.Error(w, "Repository not found.", http.StatusNotFound)
	case what == "info/refs":
		g.ServeInfoRefs(w, r)
	case what == "git-upload-pack" && r.Method == http.MethodPost:
		g.ServeUploadPack(w, r)
	default:
		http.NotFound(w, r)
	}
}

func askPassword(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="GitHub"`)
	http.Error(w, "Give a token as the password.", http.StatusUnauthorized)
}
