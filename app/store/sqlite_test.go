package store_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/store/storetest"
)

func TestSQLite(t *testing.T) {
	ctx := context.Background()
	// Each test begins with a copy of one new database: making one anew takes River many steps.
	template := filepath.Join(t.TempDir(), "new.db")
	s, err := store.OpenSQLite(ctx, template, store.Options{Logger: logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	empty, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(t testing.TB, clock func() time.Time) storetest.Open {
		path := filepath.Join(t.TempDir(), "oi oi?#%.db") // a path is no URL
		if err := os.WriteFile(path, empty, 0o600); err != nil {
			t.Fatal(err)
		}
		return func(t testing.TB) store.Store {
			t.Helper()
			s, err := store.OpenSQLite(ctx, path, store.Options{Clock: clock, Logger: logger(t)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			return s
		}
	})
}
