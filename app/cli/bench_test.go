package cli_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/sample"
)

// build makes the program once, with the compiler's cache.
func build(b *testing.B) string {
	b.Helper()
	program, err := built()
	if err != nil {
		b.Fatal(err)
	}
	return program
}

var benchFolder string // of the program; "" until a benchmark wants it

var built = sync.OnceValues(func() (_ string, err error) {
	if benchFolder, err = os.MkdirTemp("", "oioi-bench-"); err != nil {
		return "", err
	}
	program := filepath.Join(benchFolder, "oioi")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-ldflags=-s -w", "-o", program, "../../cmd/oioi").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return program, nil
})

// BenchmarkResolve200Pages is the whole process: start, read 200 pages, index them, four roles, print. The bar is 1 s.
func BenchmarkResolve200Pages(b *testing.B) {
	program, dir := build(b), filepath.Join(b.TempDir(), "docs")
	tree, err := sample.Repositories()[0].Tree("https://github.example")
	if err != nil {
		b.Fatal(err)
	}
	for pages := 0; pages < 200; {
		for name, data := range tree {
			if !strings.HasPrefix(name, "docs/") || pages == 200 {
				continue
			}
			file := filepath.Join(dir, fmt.Sprint(pages), filepath.Base(name))
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o644); err != nil {
				b.Fatal(err)
			}
			pages++
		}
	}
	ticket := filepath.Join(b.TempDir(), "ticket.md")
	if err := os.WriteFile(ticket, []byte("# How do we replace an API token?\n\nOur token ends next week, and a nightly job uses it.\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		out, err := exec.CommandContext(b.Context(), program, "resolve", "--model", "playbook", "--docs", dir, ticket).CombinedOutput()
		if err != nil || !strings.Contains(string(out), " of 200 pages with ") {
			b.Fatalf("%v\n%s", err, out)
		}
	}
}

// BenchmarkStartToListening is from the start of the process to the line that says it listens. The bar is 100 ms. GitHub
// answers at once: what it takes is not OiOi's.
func BenchmarkStartToListening(b *testing.B) {
	program := build(b)
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/app" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id": 1, "slug": "oioi", "name": "OiOi"}`))
	}))
	defer github.Close()
	keyFile := filepath.Join(b.TempDir(), "app.pem")
	if err := os.WriteFile(keyFile, privateKey(b), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		server := exec.CommandContext(b.Context(), program, "serve", "--addr", "127.0.0.1:0")
		server.Env = append(os.Environ(), "GITHUB_API_URL="+github.URL, "GITHUB_APP_ID=1", "GITHUB_APP_PRIVATE_KEY_FILE="+keyFile,
			"GITHUB_APP_WEBHOOK_SECRET=0123456789abcdef", "OIOI_DB="+filepath.Join(b.TempDir(), "oioi.db"))
		lines, err := server.StderrPipe()
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := server.Start(); err != nil {
			b.Fatal(err)
		}
		log, listening := "", false
		for scanner := bufio.NewScanner(lines); scanner.Scan(); {
			log += scanner.Text() + "\n"
			if listening = strings.Contains(scanner.Text(), `"msg":"listening"`); listening {
				break
			}
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/1000, "ms-to-listening")
		if err := server.Process.Kill(); err != nil {
			b.Fatal(err)
		}
		_ = server.Wait()
		if !listening {
			b.Fatal(log)
		}
	}
}

func privateKey(b *testing.B) []byte {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}
