package config_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"testing"

	"github.com/oioi-app/oioi/app/config"
)

// What a Loader says is what Load says, after each change of a file that the settings are made of, and it knows again what has not changed.
func TestLoaderSeesEachChange(t *testing.T) {
	files := memory{
		config.RepositoryFile: "playbooks: books\npolicy:\n  macros:\n    - { name: hello, file: hello.md }\n",
		"hello.md":            "Hello",
	}
	owner := memory{config.FormFolder + "/support.yml": form}
	var loader config.Loader
	read := map[string]bool{}
	for _, change := range []struct {
		what string
		make func()
	}{
		{"nothing was there before", func() {}},
		{"a macro", func() { files["hello.md"] = "Good morning" }},
		{"a form of its own", func() {
			files[config.FormFolder+"/support.yml"] = form + "  - type: input\n    attributes: { label: Since when }\n"
		}},
		{"a new file in a folder", func() { files["books/own.yml"] = "id: broken" }},
		{"a mistake", func() { files[config.RepositoryFile] = "docs: { rot: docs }\n" }},
		{"no configuration", func() { delete(files, config.RepositoryFile) }},
		{"the owner's instead", func() { owner[config.RepositoryFile] = "docs: { root: handbook }\n" }},
	} {
		change.make()
		got, err := loader.Load(t.Context(), "acme/support", files, owner)
		if err != nil {
			t.Fatal(err)
		}
		want := load(t, files, owner)
		if read[got.Read] || got.Read == "" {
			t.Errorf("after %s: the settings are those of before", change.what)
		}
		read[got.Read] = true
		again, err := loader.Load(t.Context(), "acme/support", maps.Clone(files), owner)
		if err != nil || again.Read != got.Read {
			t.Errorf("after %s and no further change: read %q, then %q (%v)", change.what, got.Read, again.Read, err)
		}
		got.Read = ""
		if text(t, got) != text(t, want) {
			t.Errorf("after %s:\n%s\nwant\n%s", change.what, text(t, got), text(t, want))
		}
	}
	files[config.RepositoryFile] = "error: 502"
	if _, err := loader.Load(t.Context(), "acme/support", files, owner); err == nil {
		t.Error("a file that cannot be read is no error")
	}
}

// With a version nothing is read again until the version changes, but the owner's files, which have a version of their own.
func TestLoaderReadsAVersionOnce(t *testing.T) {
	files := &committed{memory: memory{config.RepositoryFile: "docs: { root: handbook }\n"}, version: "c1"}
	var loader config.Loader
	root := func() string {
		t.Helper()
		got, err := loader.Load(t.Context(), "acme/support", files, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Config.Docs.Root
	}
	if got := root(); got != "handbook" {
		t.Fatalf("the docs are in %q", got)
	}
	read := files.read
	for range 3 {
		root()
	}
	if files.read != read {
		t.Errorf("files of the same commit were read %d times more", files.read-read)
	}
	files.memory[config.RepositoryFile], files.version = "docs: { root: manual }\n", "c2"
	if got := root(); got != "manual" {
		t.Errorf("after a commit the docs are in %q", got)
	}
	files.memory[config.RepositoryFile], files.version = "docs: { root: guide }\n", ""
	if got := root(); got != "guide" {
		t.Errorf("without a version the docs are in %q", got)
	}
}

// committed counts what is read of files with a version.
type committed struct {
	memory
	version string
	read    int
}

func (c *committed) Version(context.Context) (string, error) {
	if c.version == "" {
		return "", errors.New("no commit yet")
	}
	return c.version, nil
}

func (c *committed) File(ctx context.Context, name string) ([]byte, bool, error) {
	c.read++
	return c.memory.File(ctx, name)
}

func text(t *testing.T, s config.Settings) string {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
