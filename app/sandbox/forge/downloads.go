package forge

import (
	"strings"
	"sync"
	"time"
)

// downloadLife is how long an archive's address can be used.
const downloadLife = 5 * time.Minute

// downloads are the tokens in the addresses of archives that were handed out.
type downloads struct {
	mu     sync.Mutex
	tokens map[string]download
}

type download struct {
	actor   Actor
	repo    string
	expires time.Time
}

// grant makes a token with which anybody reads the archives of one repository as actor, for a short time.
func (d *downloads) grant(actor Actor, repo string, now time.Time) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tokens == nil {
		d.tokens = map[string]download{}
	}
	for token, old := range d.tokens {
		if now.After(old.expires) {
			delete(d.tokens, token)
		}
	}
	token := randomToken()
	d.tokens[token] = download{actor, repo, now.Add(downloadLife)}
	return token
}

// actor returns who the token stands for at an address, and nobody when it is unknown, too old or of another repository.
func (d *downloads) actor(token, address string, now time.Time) Actor {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, ok := d.tokens[token]
	if !ok || now.After(known.expires) || !strings.HasPrefix(address, "/"+known.repo+"/archive/") {
		return Actor{}
	}
	return known.actor
}
