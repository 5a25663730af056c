package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
)

// database is the flags of the commands that work on the database file alone.
type database struct {
	DB     string `name:"db" help:"The database file; wins over the configuration." placeholder:"FILE"`
	Config string `help:"The configuration file that names the database. Left out: config.yml where there is one, else the environment alone." placeholder:"FILE"`
}

func (d database) path(env func(string) (string, bool)) (string, error) {
	if d.DB != "" {
		return d.DB, nil
	}
	name := d.Config
	if name == "" {
		if _, err := os.Stat("config.yml"); err == nil {
			name = "config.yml"
		}
	}
	s, err := config.LoadStore(name, env)
	return s.Path, input(err)
}

type migrateCommand struct{ database }

func (c *migrateCommand) Run(ctx context.Context, p *Process) error {
	path, err := c.path(p.Env)
	if err != nil {
		return err
	}
	before, after, err := store.MigrateSQLite(ctx, path, slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	if before == after {
		p.printf("%s is up to date: version %d.\n", path, after)
		return nil
	}
	p.printf("%s went from version %d to %d.\n", path, before, after)
	return nil
}

type backupCommand struct {
	database
	File string `arg:"" help:"The file to write; it must not be there yet." placeholder:"FILE"`
}

func (c *backupCommand) Run(ctx context.Context, p *Process) error {
	path, err := c.path(p.Env)
	if err != nil {
		return err
	}
	size, err := store.BackupSQLite(ctx, path, c.File)
	if errors.Is(err, fs.ErrExist) {
		return input(err)
	}
	if err != nil {
		return err
	}
	p.printf("%s holds %s as it stood when the backup began: %d bytes, checked. To restore it, stop OiOi, remove %s and its -wal and -shm files, and copy the backup there.\n",
		c.File, path, size, path)
	return nil
}

type exportCommand struct {
	database
	Repository string `required:"" help:"The repository, as OWNER/NAME." placeholder:"OWNER/NAME"`
}

func (c *exportCommand) Run(ctx context.Context, p *Process) error {
	if owner, name, ok := strings.Cut(c.Repository, "/"); !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return badInput("--repository is %q; name it as OWNER/NAME", c.Repository)
	}
	path, err := c.path(p.Env)
	if err != nil {
		return err
	}
	db, err := store.ReadSQLite(ctx, path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(p.Stdout)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	err = db.View(ctx, func(r store.Reader) error {
		return store.Export(ctx, r, c.Repository, func(record store.Record) error { return lines.Encode(record) })
	})
	return errors.Join(err, out.Flush(), db.Close())
}
