package sandbox

import (
	"log/slog"
	"net/http"
	"testing"
	"time"
	"os"
	"github.com/oioi-app/oioi/app/sandbox/pages"
)

func TestShot(t *testing.T) {
	if os.Getenv("SHOT") == "" { t.Skip() }
	w, err := Open(Options{WebURL: "http://127.0.0.1:7777", Log: slog.Default()})
	if err != nil { t.Fatal(err) }
	h, err := pages.Handler(pages.Options{Forge: w.Forge, People: People, Bot: "oioi[bot]", Log: slog.Default()})
	if err != nil { t.Fatal(err) }
	go http.ListenAndServe("127.0.0.1:7777", h)
	time.Sleep(60*time.Second)
}
