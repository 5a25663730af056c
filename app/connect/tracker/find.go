package tracker

import (
	"context"

	"github.com/oioi-app/oioi/app/connect/index"
	"github.com/oioi-app/oioi/workflow/words"
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
	return (&finder{new(index.Index)}).next(ctx, entries)
}

// next makes a finder of other texts, of which most may be the same.
func (f *finder) next(ctx context.Context, entries []entry) (*finder, error) {
	list := make([]index.Entry, len(entries))
	for i, e := range entries {
		list[i] = index.Entry{Title: e.title, Body: e.body}
	}
	next, err := f.index.Next(ctx, list)
	return &finder{next}, err
}

// search returns the texts that hold any of the words, best first.
func (f *finder) search(ctx context.Context, text string, limit int) ([]ranked, error) {
	hits, err := f.index.Search(ctx, words.Asked(text), limit)
	out := make([]ranked, len(hits))
	for i, h := range hits {
		out[i] = ranked{h.Entry, h.Score}
	}
	return out, err
}
