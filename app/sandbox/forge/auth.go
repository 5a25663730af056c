package forge

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
const (
	tokenLife   = time.Hour
	maxJWTLife  = 10 * time.Minute
	clockLeeway = time.Minute
)

var (
	badCredentials = &Error{Status: http.StatusUnauthorized, Message: "Bad credentials"}
	noJWT          = &Error{Status: http.StatusUnauthorized, Message: "A JSON web token could not be decoded"}
)

func requestID() string { return strings.ToUpper(randomHex(10)) }

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: https://pkg.go.dev/crypto/rand#Read
	return hex.EncodeToString(b)
}

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func randomToken() string {
	b := make([]byte, 36)
	for i := range b {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		b[i] = alphabet[n.Int64()]
	}
	return string(b)
}

// signIn finds out who asks: a token or an App's signed JWT in the Authorization header, else nobody.
func (c *call) signIn() error {
	token := bearer(c.r)
	switch {
	case token == "":
		if a, ok := c.r.Context().Value(actorKey{}).(Actor); ok {
			c.actor = a
		}
		return nil
	case strings.Count(token, ".") == 2:
		slug, err := c.f.verifyJWT(token)
		c.app = slug
		return err
	}
	a, err := c.f.byToken(token)
	c.actor = a
	return err
}

// bearer takes the token out of "Bearer T", "token T", or a password of basic authentication, as git sends it.
func bearer(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(kind, "bearer") || strings.EqualFold(kind, "token") {
		return strings.TrimSpace(token)
	}
	return ""
}

func (f *Forge) byToken(token string) (Actor, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if login, ok := f.st.Tokens[token]; ok {
		return As(login), nil
	}
	g, ok := f.st.Grants[token]
	if !ok || !f.opts.AuthNow().Before(g.ExpiresAt) {
		return Actor{}, badCredentials
	}
	in, ok := f.st.Installations[g.Installation]
	if !ok {
		return Actor{}, badCredentials
	}
	if in.SuspendedAt != nil {
		return Actor{}, &Error{Status: http.StatusForbidden, Message: "This installation has been suspended"}
	}
	return f.installationActor(g), nil
}

func (f *Forge) verifyJWT(token string) (slug string, err error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	claims := jwt.MapClaims{}
	// Times are checked below, against the forge's own clock.
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	unknown := false
	_, err = parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) {
		app := f.byIssuer(fmt.Sprint(issuer(claims["iss"])))
		if app == nil {
			unknown = true
			return nil, errors.New("no such App")
		}
		slug = app.Slug
		return publicKey(app.PublicKeyPEM)
	})
	if err != nil {
		if unknown {
			return "", &Error{Status: http.StatusNotFound, Message: "Integration not found"}
		}
		return "", noJWT
	}
	now := f.opts.AuthNow()
	exp, hasExp := claims["exp"].(float64)
	iat, hasIat := claims["iat"].(float64)
	expires, issued := time.Unix(int64(exp), 0), time.Unix(int64(iat), 0)
	refused := func(claim, why string) error {
		return &Error{Status: http.StatusUnauthorized, Message: fmt.Sprintf("'%s' claim %s", claim, why)}
	}
	switch {
	case !hasExp:
		return "", refused("Expiration time' ('exp", "is missing")
	case !expires.After(now):
		return "", refused("Expiration time' ('exp", "must be a numeric value representing the future time at which the assertion expires")
	case expires.After(now.Add(maxJWTLife + clockLeeway)):
		return "", refused("Expiration time' ('exp", "is too far in the future")
	case !hasIat || issued.After(now.Add(clockLeeway)):
		return "", refused("Issued at' ('iat", "must be an Integer representing the time that the assertion was issued")
	}
	return slug, nil
}

func issuer(v any) any {
	if n, ok := v.(float64); ok {
		return strconv.FormatInt(int64(n), 10)
	}
	return v
}

// byIssuer finds an App by its id or its client id.
func (f *Forge) byIssuer(iss string) *App {
	for _, a := range f.st.Apps {
		if iss == id(a.ID) || iss == clientID(a) {
			return a
		}
	}
	return nil
}

func clientID(a *App) string { return fmt.Sprintf("Iv23li%014d", a.ID) }

func publicKey(pem string) (*rsa.PublicKey, error) { return jwt.ParseRSAPublicKeyFromPEM([]byte(pem)) }

// signedApp returns the App that signed in with its key; ErrUnauthorized when nobody did so.
func (c *call) signedApp() (*App, error) {
	if c.app == "" {
		return nil, noJWT
	}
	return c.f.App(c.app)
}
