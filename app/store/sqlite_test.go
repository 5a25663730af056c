package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/app/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t testing.TB, clock func() time.Time) storetest.Open {
		path := filepath.Join(t.TempDir(), "oi oi?#%.db") // a path is no URL
		return func(t testing.TB) store.Store {
			t.Helper()
			s, err := store.OpenSQLite(context.Background(), path, store.Options{Clock: clock, Logger: logger(t)})
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
