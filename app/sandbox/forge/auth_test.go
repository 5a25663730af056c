package forge_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

func TestSignedRequestsOfAnApp(t *testing.T) {
	w := newWorld(t, forge.Options{})
	private, _ := keyPEM()
	key, err := jwt.ParseRSAPrivateKeyFromPEM(private)
	check(t, err)
	now := time.Now()
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		s, err := jwt.NewWithClaims(method, claims).SignedString(key)
		check(t, err)
		return s
	}
	claims := func(change jwt.MapClaims) jwt.MapClaims {
		out := jwt.MapClaims{"iss": w.App.ID, "iat": now.Add(-time.Minute).Unix(), "exp": now.Add(5 * time.Minute).Unix()}
		for k, v := range change {
			out[k] = v
			if v == nil {
				delete(out, k)
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		token string
		want  int
	}{
		"good":                {sign(jwt.SigningMethodRS256, key, claims(nil)), 200},
		"iss as text":         {sign(jwt.SigningMethodRS256, key, claims(jwt.MapClaims{"iss": fmt.Sprint(w.App.ID)})), 200},
		"expired":             {sign(jwt.SigningMethodRS256, key, claims(jwt.MapClaims{"exp": now.Add(-time.Second).Unix()})), 401},
		"without expiry":      {sign(jwt.SigningMethodRS256, key, claims(jwt.MapClaims{"exp": nil})), 401},
		"lives too long":      {sign(jwt.SigningMethodRS256, key, claims(jwt.MapClaims{"exp": now.Add(time.Hour).Unix()})), 401},
		"issued in future":    {sign(jwt.SigningMethodRS256, key, claims(jwt.MapClaims{"iat": now.Add(5 * time.Minute).Unix()})), 401},
		"unknown App":         {sign(jwt.SigningMethodRS256, key, claims(jwt.MapClaims{"iss": 1})), 404},
		"symmetric signature": {sign(jwt.SigningMethodHS256, []byte("x"), claims(nil)), 401},
		"no signature":        {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil)), 401},
		"nonsense":            {"a.b.c", 401},
	} {
		req, err := http.NewRequest("GET", w.URL+"/api/v3/app", nil)
		check(t, err)
		req.Header.Set("Authorization", "Bearer "+c.token)
		resp, err := http.DefaultClient.Do(req)
		check(t, err)
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, resp.StatusCode, c.want)
		}
	}
}

func TestEverybodyAtOnce(t *testing.T) {
	w := newWorld(t, forge.Options{State: t.TempDir()})
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			i, err := w.CreateIssue(customer, private, forge.IssueInput{Title: fmt.Sprint("Issue ", n)})
			if err != nil {
				t.Error(err)
				return
			}
			for range 5 {
				if _, err := w.CreateComment(maintainer, i.Ref, "@casey see #1"); err != nil {
					t.Error(err)
				}
				if _, _, err := w.Bot.Issues.ListByRepo(ctx, "acme", "support", nil); err != nil {
					t.Error(err)
				}
				if _, err := w.ReadFile(customer, private, "", "README.md"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := w.drained(t)
	if len(got) != 1+8+8*5 { // the ping, the issues, the comments
		t.Errorf("%d webhooks", len(got))
	}
	list := must[[]*forge.Issue](t)(w.ListIssues(customer, private, forge.IssueFilter{}))
	if len(list) != 8 || list[0].Comments != 5 {
		t.Errorf("%d issues, the last with %d comments", len(list), list[0].Comments)
	}
}
