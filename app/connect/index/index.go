// Package index is a small full-text index over pieces of text, in memory: SQLite's FTS5 with bm25.
// https://www.sqlite.org/fts5.html
package index

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Entry is one piece of text. Words in Title and Heading weigh more than in Body.
type Entry struct {
	Title   string
	Heading string
	Body    string
}

// Hit is an entry that matches, by its position in the slice that the index was built from.
type Hit struct {
	Entry int
	Score float64 // 0 to 1; grows with bm25, comparable within one index
}

// Index answers queries. It is safe for concurrent use; Close it when it is not needed any more.
type Index struct{ db *sql.DB }

var serial atomic.Int64

// The weights of title, heading and body in bm25, and the stemmer for English; other languages match by whole words.
const (
	schema = `CREATE VIRTUAL TABLE entries USING fts5(title, heading, body, tokenize = 'porter unicode61 remove_diacritics 2')`
	query  = `SELECT rowid, -bm25(entries, 4.0, 3.0, 1.0) AS score FROM entries WHERE entries MATCH ? ORDER BY score DESC, rowid LIMIT ?`
	half   = 12.0 // the bm25 at which Score is 0.5
)

// Build makes an index of the entries.
func Build(ctx context.Context, entries []Entry) (*Index, error) {
	// Each index is a database of its own, so that one can never answer from another's text.
	db, err := sql.Open("sqlite", fmt.Sprintf("file:index%d?mode=memory&cache=private", serial.Add(1)))
	if err != nil {
		return nil, fmt.Errorf("open an index: %w", err)
	}
	db.SetMaxOpenConns(1) // an in-memory database lives in its connection
	index := &Index{db: db}
	if err := index.fill(ctx, entries); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("fill an index: %w", err)
	}
	return index, nil
}

func (x *Index) fill(ctx context.Context, entries []Entry) error {
	if _, err := x.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO entries(rowid, title, heading, body) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for i, e := range entries {
		if _, err := insert.ExecContext(ctx, i+1, e.Title, e.Heading, e.Body); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// maxTerms keeps a query of a huge ticket small: its first words say what it is about.
const maxTerms = 64

// Search returns the entries that hold any of the words, best first.
func (x *Index) Search(ctx context.Context, words string, limit int) ([]Hit, error) {
	match := matchAny(words)
	if match == "" {
		return nil, nil
	}
	rows, err := x.db.QueryContext(ctx, query, match, limit)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var hits []Hit
	for rows.Next() {
		var id int
		var score float64
		if err := rows.Scan(&id, &score); err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		hits = append(hits, Hit{Entry: id - 1, Score: score / (score + half)})
	}
	return hits, rows.Err()
}

// Close frees the index.
func (x *Index) Close() error { return x.db.Close() }

// matchAny makes an FTS5 query of the words: each quoted, joined by OR, so that nothing in a ticket is read as an operator.
func matchAny(words string) string {
	seen := map[string]bool{}
	var terms []string
	for _, word := range strings.FieldsFunc(strings.ToLower(words), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len([]rune(word)) < 2 || common[word] || seen[word] {
			continue
		}
		seen[word] = true
		if terms = append(terms, `"`+word+`"`); len(terms) == maxTerms {
			break
		}
	}
	return strings.Join(terms, " OR ")
}

// common words say nothing about a topic.
var common = func() map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(`a about after again all also am an and any are as at be because been before being but by can could
		did do does doing don for from get got had has have having he hello help her here hi him his how i if in into is it its just
		let like me more most my no not now of off on once only or other our out over own please re same she should so some such
		than thank thanks that the their them then there these they this those through to too under until up us use using very want
		was we were what when where which while who why will with would you your anyone everything something response`) {
		out[word] = true
	}
	return out
}()
