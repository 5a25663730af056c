package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/oioi-app/oioi/app/fetch"
)

// No name may lead into a network that is not the public internet, in whatever form its address is written.
func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	control := fetch.PublicOnly()
	for _, refused := range []string{
		"127.0.0.1:80", "127.255.255.254:443", "0.0.0.0:80", "10.0.0.1:80", "172.16.0.1:80", "172.31.255.255:80", "192.168.1.1:443", "169.254.169.254:80", "169.254.170.2:80",
		"100.64.0.1:80", "100.127.255.255:80", "100.100.100.200:80", "192.0.0.192:80", "192.0.2.1:80", "198.18.0.1:80", "198.51.100.1:80", "203.0.113.1:80", "224.0.0.1:80", "239.255.255.250:80", "240.0.0.1:80", "255.255.255.255:80",
		"[::1]:80", "[::]:80", "[::ffff:127.0.0.1]:80", "[::ffff:169.254.169.254]:80", "[64:ff9b::7f00:1]:80", "[64:ff9b::a9fe:a9fe]:80", "[64:ff9b:1::a00:1]:80", "[2002:7f00:1::]:80", "[2002:a9fe:a9fe::1]:80",
		"[2001:0:7f00:1::]:80", "[fe80::1]:80", "[fec0::1]:80", "[fc00::1]:80", "[fd00:ec2::254]:80", "[ff02::1]:80", "[2001:db8::1]:80", "[::7f00:1]:80", "[100::1]:80",
	} {
		network := "tcp4"
		if refused[0] == '[' {
			network = "tcp6"
		}
		if control(network, refused, nil) == nil {
			t.Errorf("%s may be dialled", refused)
		}
	}
	for _, allowed := range []string{"140.82.121.4:443", "1.1.1.1:80", "[2606:4700:4700::1111]:443"} {
		network := "tcp4"
		if allowed[0] == '[' {
			network = "tcp6"
		}
		if err := control(network, allowed, nil); err != nil {
			t.Errorf("%s may not be dialled: %v", allowed, err)
		}
	}
}

// loopback lets the test's own server through.
func loopback(string, string, syscall.RawConn) error { return nil }

func serve(t *testing.T, handler http.HandlerFunc) (host string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func get(t *testing.T, address string, hosts ...string) (fetch.Page, error) {
	t.Helper()
	client := fetch.New(fetch.Options{Control: loopback, UserAgent: "oioi/test"})
	return client.Get(t.Context(), address, func(host string) bool {
		for _, h := range hosts {
			if h == host {
				return true
			}
		}
		return false
	})
}

func TestAPageIsFetchedWithoutGivingAnythingAway(t *testing.T) {
	host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		for _, name := range []string{"Authorization", "Cookie", "Referer"} {
			if r.Header.Get(name) != "" {
				t.Errorf("%s is sent", name)
			}
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b", Path: "/"})
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<p>Hello")
	})
	page, err := get(t, "http://"+host+"/old#part", host)
	if err != nil || string(page.Body) != "<p>Hello" || page.Type != "text/html" || page.URL != "http://"+host+"/new" || len(page.SHA256) != 64 {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestWhatIsNotReadSaysWhy(t *testing.T) {
	asked := 0
	inside := serve(t, func(http.ResponseWriter, *http.Request) { asked++ })
	bomb := &bytes.Buffer{}
	zip := gzip.NewWriter(bomb)
	for range 64 {
		_, _ = zip.Write(make([]byte, 1<<20))
	}
	_ = zip.Close()
	host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			fmt.Fprint(w, "User-agent: *\nDisallow: /closed\n\nUser-agent: oioi\nDisallow: /not-for-oioi\n")
		case "/inside":
			http.Redirect(w, r, "http://"+inside+"/", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/image":
			w.Header().Set("Content-Type", "image/png")
		case "/bomb":
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/gone":
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "text/plain")
		}
	})
	for address, want := range map[string]string{
		"http://" + host + "/inside":       "connections.web.allow",
		"http://" + host + "/file":         "no web address",
		"http://" + host + "/loop":         "redirects more than 3 times",
		"http://" + host + "/image":        "it is no text",
		"http://" + host + "/bomb":         "larger than 2 MB",
		"http://" + host + "/gone":         "answered 404",
		"http://" + host + "/not-for-oioi": "robots.txt",
		"http://u:p@" + host + "/":         "user name",
		"ftp://" + host + "/":              "only http and https",
		"http://" + inside + "/":           "connections.web.allow",
		"javascript:alert(1)":              "no web address",
	} {
		_, err := get(t, address, host)
		var refused fetch.Refused
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) && !strings.Contains(err.Error(), "only http") {
			t.Errorf("%s: %v, want a refusal with %q", address, err, want)
		}
	}
	if asked > 0 {
		t.Error("a host that is not allowed was asked")
	}
}

func TestTheRealPolicyHoldsAtTheDial(t *testing.T) {
	asked := 0
	host := serve(t, func(http.ResponseWriter, *http.Request) { asked++ })
	_, err := fetch.New(fetch.Options{UserAgent: "oioi/test"}).Get(t.Context(), "http://"+host+"/", func(string) bool { return true })
	if err == nil || !strings.Contains(err.Error(), "not public") || asked > 0 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

func TestACallerThatStopsIsObeyed(t *testing.T) {
	release := make(chan struct{})
	host := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := fetch.New(fetch.Options{Control: loopback, UserAgent: "oioi/test"}).Get(ctx, "http://"+host+"/", func(string) bool { return true })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
