package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// fresh is a temporary database as the migrations have left it. A process that opens many, as the tests do, migrates the first and
// copies it from then on: the migrations were a seventh of the processor time of all tests of the whole App.
var fresh struct {
	sync.Mutex
	image []byte
}

// startFresh puts a migrated database in the place of a temporary one that is not there yet, once there was one.
func (s *sqliteStore) startFresh() error {
	fresh.Lock()
	defer fresh.Unlock()
	if fresh.image == nil {
		return nil
	}
	return os.WriteFile(s.path, fresh.image, 0o600)
}

// keepFresh remembers a temporary database that was migrated just now.
func (s *sqliteStore) keepFresh(ctx context.Context) error {
	fresh.Lock()
	defer fresh.Unlock()
	if fresh.image != nil {
		return nil
	}
	whole := filepath.Join(s.temp, "fresh.db")
	if _, err := s.write.ExecContext(ctx, `VACUUM INTO ?`, whole); err != nil {
		return fmt.Errorf("copy the temporary database: %w", err)
	}
	image, err := os.ReadFile(whole)
	if err != nil {
		return err
	}
	fresh.image = image
	return os.Remove(whole)
}
