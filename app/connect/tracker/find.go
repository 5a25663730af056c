package tracker

import (
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

func newFinder(entries []entry) *finder { return (&finder{new(index.Index)}).next(entries) }

// next makes a finder of other texts, of which most may be the same.
func (f *finder) next(entries []entry) *finder {
	list := make([]index.Entry, len(entries))
	for i, e := range entries {
		list[i] = index.Entry{Title: e.title, Body: e.body}
	}
	return &finder{f.index.Next(list)}
}

// search returns the texts that hold any of the words, best first.
func (f *finder) search(text string, limit int) []ranked {
	hits := f.index.Search(words.Asked(text), limit)
	out := make([]ranked, len(hits))
	for i, h := range hits {
		out[i] = ranked{h.Entry, h.Score}
	}
	return out
}
