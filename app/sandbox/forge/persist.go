package forge

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

func (f *Forge) restore() error {
	if err := os.MkdirAll(f.opts.State, 0o700); err != nil {
		return fmt.Errorf("make the state folder: %w", err)
	}
	raw, err := os.ReadFile(f.stateFile())
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the saved state: %w", err)
	}
	if err := json.Unmarshal(raw, &f.st); err != nil {
		return fmt.Errorf("%s is not a saved state (%w); move the folder away to start anew", f.stateFile(), err)
	}
	f.hooks.Import(f.st.Deliveries)
	f.st.Deliveries = nil
	for _, r := range f.st.Repos {
		if f.git[r.ID], err = gitstore.Open(f.gitDir(r.ID), r.DefaultBranch); err != nil {
			return err
		}
	}
	return nil
}

const (
	saveInterval   = time.Second
	keptDeliveries = 500 // of the delivery log, between runs
)

func (f *Forge) stateFile() string { return filepath.Join(f.opts.State, "forge.json") }

func (f *Forge) gitDir(id int64) string {
	return filepath.Join(f.opts.State, "git", strconv.FormatInt(id, 10)+".git")
}

// saver writes the state after changes. Changes that come while it writes are written together, in the next go.
func (f *Forge) saver() {
	defer close(f.saved)
	for {
		select {
		case <-f.closed:
			return
		case <-f.dirty:
			if err := f.save(); err != nil {
				f.log.Error("the forge's state is not saved", "error", err)
			}
			select { // what a busy second changes is written once
			case <-f.closed:
				return
			case <-time.After(saveInterval):
			}
		}
	}
}

func (f *Forge) save() error {
	f.mu.RLock()
	st := f.st
	st.Deliveries = f.hooks.Export(keptDeliveries)
	raw, err := json.Marshal(st)
	f.mu.RUnlock()
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.opts.State, "forge-*.tmp")
	if err != nil {
		return fmt.Errorf("save the state: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(raw)
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), f.stateFile())
	}
	if err != nil {
		return fmt.Errorf("save the state: %w", err)
	}
	return nil
}
