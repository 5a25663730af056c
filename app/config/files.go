package config

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Directory reads a repository's files from a folder of this machine. It does not follow a path or a link out of it.
type Directory string

// File reads a file.
func (d Directory) File(_ context.Context, name string) ([]byte, bool, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = root.Close() }()
	f, err := root.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes))
	return data, err == nil, err
}

// Folder lists the files of a folder.
func (d Directory) Folder(_ context.Context, name string) ([]string, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	entries, err := fs.ReadDir(root.FS(), path.Clean(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []string
	for _, entry := range entries {
		if !entry.IsDir() {
			out = append(out, path.Join(name, entry.Name()))
		}
	}
	return out, err
}
