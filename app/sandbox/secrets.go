package sandbox

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v4"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// secrets survive a restart with the state, so that a server beside the sandbox can stay configured.
type secrets struct {
	PrivateKey    string            `json:"private_key"` // PEM
	WebhookSecret string            `json:"webhook_secret"`
	Tokens        map[string]string `json:"tokens"`
}

// loadSecrets reads the secrets that a folder holds, or makes them and keeps them there; "" keeps them nowhere.
func loadSecrets(dir string) (secrets, error) {
	var s secrets
	file := filepath.Join(dir, "secrets.json")
	if dir != "" {
		data, err := os.ReadFile(file)
		if err == nil {
			if err := json.Unmarshal(data, &s); err != nil {
				return s, fmt.Errorf("%s is damaged (%w): delete the sandbox's folder to start anew", file, err)
			}
			return s, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
	}
	generate := newKey
	if dir == "" {
		generate = passingKey
	}
	key, err := generate()
	if err != nil {
		return s, err
	}
	s.PrivateKey = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	s.WebhookSecret = random(20)
	s.Tokens = map[string]string{}
	for _, person := range People {
		s.Tokens[person] = "ghp_" + random(18)
	}
	if dir == "" {
		return s, nil
	}
	data, err := json.MarshalIndent(s, "", "  ") //nolint:gosec // this is where the sandbox keeps its key, for its owner alone
	if err != nil {
		return s, err
	}
	return s, os.WriteFile(file, data, 0o600)
}

func newKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }

// passingKey is the key of all sandboxes of this process that keep nothing: to make one takes longer than all else of a start.
var passingKey = sync.OnceValues(newKey)

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b)
}

// publicKey is the public half of a private key in PEM, in PEM.
func publicKey(private []byte) (string, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM(private)
	if err != nil {
		return "", fmt.Errorf("the sandbox's private key is damaged (%w): delete its folder to start anew", err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// Redeliver sends one of the App's webhook deliveries again, as the App itself asks for it. One that the log does not hold is
// forge.ErrNotFound.
func (w *World) Redeliver(ctx context.Context, delivery int64) error {
	key, err := jwt.ParseRSAPrivateKeyFromPEM(w.PrivateKey)
	if err != nil {
		return err
	}
	now := time.Now() // the forge checks signatures by the machine's clock
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer: strconv.FormatInt(w.App.ID, 10), IssuedAt: jwt.NewNumericDate(now.Add(-time.Minute)), ExpiresAt: jwt.NewNumericDate(now.Add(time.Minute)),
	}).SignedString(key)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("/api/v3/app/hook/deliveries/%d/attempts", delivery), http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("User-Agent", "oioi-sandbox") // without one the forge refuses, as GitHub does
	answer := outcome{header: http.Header{}}
	w.Forge.Handler().ServeHTTP(&answer, request)
	if answer.status != http.StatusAccepted {
		return &forge.Error{Status: answer.status, Message: fmt.Sprintf("the delivery %d was not sent again", delivery)}
	}
	return nil
}

// outcome keeps an answer's status and nothing else of it.
type outcome struct {
	header http.Header
	status int
}

func (o *outcome) Header() http.Header         { return o.header }
func (o *outcome) Write(b []byte) (int, error) { return len(b), nil }
func (o *outcome) WriteHeader(status int)      { o.status = status }
