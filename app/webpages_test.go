package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
)

// A page that the ticket names is read where the configuration allows its host; one that cannot be had is named in the
// draft and holds up nothing; a host that nobody allowed is not asked.
func TestPagesThatTheTicketNamesAreRead(t *testing.T) {
	t.Parallel()
	double := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/limits":
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<title>Limits of the Zebra API</title><main><p>The Zebra API takes forty requests a minute, then it answers 429.</main>"))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(double.Close)
	asked := make(chan string, 8)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	t.Cleanup(other.Close)
	w := newTown(t, townOptions{fetch: func(string, string, syscall.RawConn) error { return nil }})
	w.commit(supportRepo, ".github/oioi.yml", "connections:\n  web:\n    allow: [\""+strings.TrimPrefix(double.URL, "http://")+"\"]\n")
	ref := w.file("The Zebra API answers 429", "We read "+double.URL+"/limits and "+double.URL+"/gone and "+other.URL+"/x. Why do we get 429?")
	drafts := w.comments(ref)
	if len(drafts) != 1 {
		t.Fatalf("%d comments", len(drafts))
	}
	holds(t, drafts[0], "page: ", "Limits of the Zebra API", "/gone", "the server answered 404")
	select {
	case path := <-asked:
		t.Errorf("a host that is not allowed was asked for %s", path)
	default:
	}
}

func TestWithoutPermissionNoPageIsRead(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 8)
	double := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	t.Cleanup(double.Close)
	w := newTown(t, townOptions{})
	w.commit(supportRepo, ".github/oioi.yml", "connections:\n  web:\n    allow: [\""+strings.TrimPrefix(double.URL, "http://")+"\"]\n")
	draft := w.comments(w.file("It fails", "See "+double.URL+"/limits"))[0]
	holds(t, draft, "its host has an address that is not public")
	if len(asked) > 0 {
		t.Error("a machine inside the network was asked")
	}
}
