package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// loaderKeeps is how many repositories' settings a Loader keeps; beyond that it begins anew.
const loaderKeeps = 256

// Loader loads configurations that have mostly not changed since the last time: it reads the same files again, and where
// each of them is as it was, the settings are those of the last time. Nobody may change what they refer to. The zero value
// is ready, and safe for concurrent use.
type Loader struct {
	mu   sync.Mutex
	last map[string]loaded
}

type loaded struct {
	settings Settings
	asked    []question
	version  string // of the repository's own files, "" where they have none
}

// versioned is a source of files that can say which version of all its files is current: a repository its newest commit.
// Where that is the version of the last time, its files are not read again.
type versioned interface {
	Version(ctx context.Context) (string, error)
}

// question is what was asked of a repository's files, and the digest of the answer.
type question struct {
	fallback, folder bool
	name, answer     string
}

// Load is the function Load for a repository that key names.
func (l *Loader) Load(ctx context.Context, key string, files, fallback Files) (Settings, error) {
	version := ""
	if v, ok := files.(versioned); ok {
		// Where the version cannot be told, reading the files says what is wrong.
		version, _ = v.Version(ctx)
	}
	own, theirs := &recorder{files: files, fresh: map[string]answer{}}, &recorder{files: fallback, fresh: map[string]answer{}, fallback: true}
	l.mu.Lock()
	before, known := l.last[key]
	l.mu.Unlock()
	if known {
		same, err := unchanged(ctx, before.asked, own, theirs, version != "" && version == before.version)
		if err != nil {
			return before.settings, err
		}
		if same {
			l.keep(key, loaded{before.settings, before.asked, version})
			return before.settings, nil
		}
	}
	var asked []question
	own.asked, theirs.asked = &asked, &asked
	var owner Files
	if fallback != nil {
		owner = theirs
	}
	settings, err := Load(ctx, own, owner)
	if err != nil {
		return settings, err
	}
	settings.Read = digestOf(fmt.Sprint(asked))
	l.keep(key, loaded{settings, asked, version})
	return settings, nil
}

func (l *Loader) keep(key string, now loaded) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.last[key]; l.last == nil || !known && len(l.last) >= loaderKeeps {
		l.last = map[string]loaded{}
	}
	l.last[key] = now
}

func unchanged(ctx context.Context, asked []question, own, theirs *recorder, ownIsSame bool) (bool, error) {
	for _, q := range asked {
		if ownIsSame && !q.fallback {
			continue
		}
		from := own
		if q.fallback {
			from = theirs
		}
		a, err := from.ask(ctx, q.name, q.folder)
		if err != nil || a.digest != q.answer {
			return false, err
		}
	}
	return true, nil
}

// recorder notes what is read. It asks for nothing twice, so that settings are made of one reading of each file.
type recorder struct {
	files    Files
	fallback bool
	fresh    map[string]answer
	asked    *[]question
}

type answer struct {
	content []byte
	found   bool
	names   []string
	digest  string
}

func (r *recorder) ask(ctx context.Context, name string, folder bool) (a answer, err error) {
	key := fmt.Sprint(folder, name)
	a, known := r.fresh[key]
	if !known {
		if folder {
			a.names, err = r.files.Folder(ctx, name)
			a.digest = digestOf(strings.Join(slices.Sorted(slices.Values(a.names)), "\n"))
		} else {
			a.content, a.found, err = r.files.File(ctx, name)
			a.digest = digestOf(fmt.Sprint(a.found, "\n"), string(a.content))
		}
		if err != nil {
			return a, err
		}
		r.fresh[key] = a
	}
	if r.asked != nil {
		*r.asked = append(*r.asked, question{r.fallback, folder, name, a.digest})
	}
	return a, nil
}

func (r *recorder) File(ctx context.Context, name string) ([]byte, bool, error) {
	a, err := r.ask(ctx, name, false)
	return a.content, a.found, err
}

func (r *recorder) Folder(ctx context.Context, name string) ([]string, error) {
	a, err := r.ask(ctx, name, true)
	return a.names, err
}

func digestOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = io.WriteString(h, part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
