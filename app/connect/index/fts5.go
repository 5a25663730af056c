package index

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/oioi-app/oioi/workflow/words"
)

// FTS5 is SQLite's own full-text index of the same entries, as it comes: what Index is measured against. It stems English, knows
// no meanings, and scores by bm25 with the same weights of the fields.
type FTS5 struct{ db *sql.DB }

// BuildFTS5 makes one in memory. Close it.
func BuildFTS5(ctx context.Context, entries []Entry) (_ *FTS5, err error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // another connection would be another database
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if _, err := db.ExecContext(ctx, `CREATE VIRTUAL TABLE entry USING fts5(heading, title, parents, about, mention, body, content='', tokenize='porter unicode61')`); err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO entry (rowid, heading, title, parents, about, mention, body) VALUES (?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = insert.Close() }()
	for i, e := range entries {
		if _, err := insert.ExecContext(ctx, i, e.Heading, e.Title, e.Parents, e.About, e.Mention, e.Body); err != nil {
			return nil, err
		}
	}
	return &FTS5{db}, tx.Commit()
}

// Close gives its memory back.
func (f *FTS5) Close() error { return f.db.Close() }

// Search returns the entries that hold any of a text's words that say something, best first. A score has no upper bound.
func (f *FTS5) Search(ctx context.Context, text string, limit int) ([]Hit, error) {
	var terms []string
	seen := map[string]bool{}
	for _, word := range words.Split(text) {
		if !seen[word] && !idle(word) {
			terms = append(terms, `"`+word+`"`)
		}
		seen[word] = true
	}
	if len(terms) == 0 {
		return nil, nil
	}
	rows, err := f.db.QueryContext(ctx, `SELECT rowid, -bm25(entry, ?, ?, ?, ?, ?, ?) AS score FROM entry WHERE entry MATCH ? ORDER BY score DESC, rowid LIMIT ?`,
		headingWeight, titleWeight, parentsWeight, aboutWeight, mentionWeight, bodyWeight, strings.Join(terms, " OR "), limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var hits []Hit
	for rows.Next() {
		var h Hit
		if err := rows.Scan(&h.Entry, &h.Score); err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	return hits, rows.Err()
}

// idle reports whether a word says nothing about a topic, in any language.
func idle(word string) bool {
	for _, language := range []string{"en", "de", "fr", "es"} {
		if words.Common(language, word) {
			return true
		}
	}
	return false
}
