package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/cli"
	"github.com/oioi-app/oioi/app/intake"
	"github.com/oioi-app/oioi/app/store"
)

// The status is read beside an OiOi that has the database open. It shows what waits, what needs a person, and what was spent.
func TestStatus(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "oioi.db")
	db, err := store.OpenSQLite(ctx, path, store.Options{Clock: func() time.Time { return now.Add(-time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // it stays open: an OiOi runs
	run := func(args ...string) (string, string, int) {
		var out, told bytes.Buffer
		code := cli.Main(ctx, append([]string{"status"}, args...), cli.Process{Stdout: &out, Stderr: &told, Clock: func() time.Time { return now },
			Env: func(string) (string, bool) { return "", false }})
		return out.String(), told.String(), code
	}
	golden := func(name, got string) {
		t.Helper()
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || string(want) != got {
			t.Errorf("%s differs (%v); -update writes it. Now:\n%s", file, err, got)
		}
	}
	out, told, code := run("--db", path)
	if code != 0 {
		t.Fatalf("code %d: %s", code, told)
	}
	golden("status-empty.txt", out)

	charge := func(id, repository string, n int64, most store.Cost) store.Charge {
		return store.Charge{ID: id, Day: "2026-11-24", TicketKey: id, Author: "cleo", RepositoryID: n, Repository: repository, InstallationID: 3, Most: most}
	}
	_, err = db.Ingest(ctx, store.Delivery{ID: "d", Event: "issues", TicketKey: "10/7", Payload: []byte("{}")}, intake.MailboxArgs{TicketKey: "10/7"})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(ctx, func(tx store.Tx) error {
		for _, do := range []func() error{
			func() error {
				return tx.PutInstallation(ctx, store.Installation{ID: 3, Account: "acme", State: "active"})
			},
			func() error {
				return tx.PutTicket(ctx, store.Ticket{Key: "10/7", InstallationID: 3, RepositoryID: 10, Owner: "acme", Name: "support", Number: 7, Status: "parked"})
			},
			func() error {
				return tx.PutTicket(ctx, store.Ticket{Key: "10/8", InstallationID: 3, RepositoryID: 10, Owner: "acme", Name: "support", Number: 8, Status: "finished"})
			},
			func() error { return tx.PutRun(ctx, store.Run{ID: "10/7/1", TicketKey: "10/7", Status: "parked"}) },
			func() error { return tx.PutRun(ctx, store.Run{ID: "10/8/1", TicketKey: "10/8", Status: "finished"}) },
			func() error {
				return tx.AddEvent(ctx, store.Event{TicketKey: "10/7", RunID: "10/7/1", Kind: "parked", Text: "the model does not answer"})
			},
			func() error {
				return tx.AddEvent(ctx, store.Event{TicketKey: "10/8", At: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Kind: "warned", Text: "This looks like an attempt to give OiOi orders"})
			},
			func() error {
				return tx.PutEffect(ctx, store.Effect{Key: "10/8/issue/followup/1", TicketKey: "10/8", State: store.EffectUnknown, Note: "no answer came"})
			},
			func() error {
				return tx.Settle(ctx, charge("10/7/a", "acme/support", 10, store.Cost{Tokens: 10_000}), store.Cost{Calls: 3, Tokens: 7000, Micros: 21_500})
			},
			func() error {
				return tx.Hold(ctx, charge("10/8/b", "acme/support", 10, store.Cost{Tokens: 10_000}), store.Cost{Tokens: 2500, Micros: 9_000})
			},
			func() error {
				return tx.Settle(ctx, charge("20/1/c", "acme/other", 20, store.Cost{}), store.Cost{Calls: 1, Tokens: 5})
			},
			func() error {
				return tx.PutValue(ctx, "writes/3", `{"next":1795512660000,"times":[1795510200000,1795512595000]}`)
			},
		} {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out, told, code = run("--db", path)
	if code != 0 {
		t.Fatalf("code %d: %s", code, told)
	}
	golden("status.txt", out)
	out, _, _ = run("--db", path, "--format", "json")
	if !json.Valid([]byte(out)) {
		t.Error("this is no JSON")
	}
	golden("status.json", out)
	if _, told, code = run("--db", path+"x"); code != 1 || told == "" {
		t.Errorf("a database that is not there: code %d, %q", code, told)
	}
}
