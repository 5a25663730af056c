package docs

import (
	"context"

	"github.com/oioi-app/oioi/app/connect/index"
	"github.com/oioi-app/oioi/workflow/evidence"
)

// Baseline finds sections by SQLite's full-text index alone: what Search is measured against.
type Baseline struct {
	center *Center
	index  *index.FTS5
}

// Baseline indexes the center's sections once more. Close it.
func (c *Center) Baseline(ctx context.Context) (*Baseline, error) {
	entries, _, _ := c.entries()
	plain, err := index.BuildFTS5(ctx, entries)
	if err != nil {
		return nil, err
	}
	return &Baseline{c, plain}, nil
}

// Search returns the sections that hold words of a text, best first.
func (b *Baseline) Search(ctx context.Context, text string, limit int) ([]evidence.Item, error) {
	hits, err := b.index.Search(ctx, text, limit)
	if err != nil {
		return nil, err
	}
	return b.center.items(hits, limit), nil
}

// Close gives its memory back.
func (b *Baseline) Close() error { return b.index.Close() }
