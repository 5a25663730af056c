package tracker

import (
	"context"
	"runtime"

	"github.com/oioi-app/oioi/app/connect/index"
)

// enough is the score below which two texts merely share some words.
const enough = 0.25

type entry struct{ title, body string }

type ranked struct {
	entry int
	score float64
}

// finder finds texts by their words.
type finder struct{ index *index.Index }

func newFinder(ctx context.Context, entries []entry) (*finder, error) {
	list := make([]index.Entry, len(entries))
	for i, e := range entries {
		list[i] = index.Entry{Title: e.title, Body: e.body}
	}
	built, err := index.Build(ctx, list)
	if err != nil {
		return nil, err
	}
	f := &finder{built}
	runtime.AddCleanup(f, func(x *index.Index) { _ = x.Close() }, built)
	return f, nil
}

// search returns the texts that hold any of the words, best first.
func (f *finder) search(ctx context.Context, words string, limit int) ([]ranked, error) {
	hits, err := f.index.Search(ctx, words, limit)
	out := make([]ranked, len(hits))
	for i, h := range hits {
		out[i] = ranked{h.Entry, h.Score}
	}
	return out, err
}
