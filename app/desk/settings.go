package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
)

// The settings that a run begins with hold for the whole of it. They are large and nearly always those of the run before,
// so they are stored once, under the digest of their text, and a run keeps the digest.
const settingsPrefix = "settings/"

// settingsKept is how many different settings are kept decoded: one for each repository with tickets at work, mostly.
const settingsKept = 64

// settingsCache keeps settings decoded, by their digest. Nobody may change what they refer to.
type settingsCache struct {
	mu   sync.Mutex
	by   map[string]config.Settings
	read map[string]string // digest of the text by config.Settings.Read
}

func (c *settingsCache) get(id string) (config.Settings, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.by[id]
	return s, ok
}

func (c *settingsCache) put(id string, s config.Settings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= settingsKept {
		c.by = map[string]config.Settings{}
	}
	c.by[id] = s
}

// named returns the digest of settings that were stored before.
func (c *settingsCache) named(s config.Settings) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.read[s.Read]
	return id, ok && s.Read != ""
}

// name notes the digest of settings. A transaction that is rolled back later does no harm: see keepSettings.
func (c *settingsCache) name(s config.Settings, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read == nil || len(c.read) >= settingsKept {
		c.read = map[string]string{}
	}
	c.read[s.Read] = id
}

// clear forgets what is kept decoded: the store may have deleted it.
func (c *settingsCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by, c.read = nil, nil
}

// keepSettings stores the settings of a run that begins and notes their digest in it. What is kept decoded was read from
// the store, so it is there.
func (d *Desk) keepSettings(ctx context.Context, tx store.Tx, run *Run) error {
	id, named := d.settings.named(run.Settings)
	if _, stored := d.settings.get(id); named && stored {
		run.SettingsID = id
		return nil
	}
	text := encode(run.Settings)
	run.SettingsID = settingsPrefix + digestOf(string(text))
	d.settings.name(run.Settings, run.SettingsID)
	if _, stored := d.settings.get(run.SettingsID); stored {
		return nil
	}
	return tx.PutValue(ctx, run.SettingsID, string(text))
}

// settingsOf reads the settings that a run began with.
func (d *Desk) settingsOf(ctx context.Context, r store.Reader, id string) (config.Settings, error) {
	if s, known := d.settings.get(id); known {
		return s, nil
	}
	text, err := r.Value(ctx, id)
	if err != nil {
		return config.Settings{}, fmt.Errorf("the settings that the run began with: %w", err)
	}
	s, err := decode[config.Settings](json.RawMessage(text))
	if err != nil {
		return s, fmt.Errorf("read the settings %s: %w", id, err)
	}
	d.settings.put(id, s)
	return s, nil
}
