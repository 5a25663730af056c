package store

import (
	"context"
	"time"
)

// keepSpending is how long it is kept what was spent: two years, for whoever pays the bills.
const keepSpending = 2 * 366 * 24 * time.Hour

// Spent sums the day's rows. A day has as many as questions were asked, some thousands.
func (r sqliteReader) Spent(ctx context.Context, c Charge) (Spent, error) {
	scan := func(s scanner) (v Spent, err error) {
		return v, s.Scan(&v.Ticket.Calls, &v.Ticket.Tokens, &v.Ticket.Micros, &v.Author.Calls, &v.Author.Tokens, &v.Author.Micros,
			&v.Repository.Calls, &v.Repository.Tokens, &v.Repository.Micros, &v.Total.Calls, &v.Total.Tokens, &v.Total.Micros)
	}
	const sums = `coalesce(sum(calls + held) FILTER (WHERE mine), 0), coalesce(sum(all_tokens) FILTER (WHERE mine), 0),
			coalesce(sum(all_micros) FILTER (WHERE mine), 0),
		coalesce(sum(calls + held) FILTER (WHERE theirs), 0), coalesce(sum(all_tokens) FILTER (WHERE theirs), 0),
			coalesce(sum(all_micros) FILTER (WHERE theirs), 0),
		coalesce(sum(calls + held) FILTER (WHERE here), 0), coalesce(sum(all_tokens) FILTER (WHERE here), 0),
			coalesce(sum(all_micros) FILTER (WHERE here), 0),
		coalesce(sum(calls + held), 0), coalesce(sum(all_tokens), 0), coalesce(sum(all_micros), 0)`
	return one(ctx, r.tx, scan, "the spending of "+c.Day, `SELECT `+sums+` FROM (
		SELECT calls, held_at IS NOT NULL AS held, tokens + held_tokens AS all_tokens, micros + held_micros AS all_micros,
			ticket_key = ? AS mine, author = ? AS theirs, repository_id = ? AS here
		FROM spending WHERE day = ?)`, c.TicketKey, c.Author, c.RepositoryID, c.Day)
}

func (r sqliteReader) Spending(ctx context.Context, day string) ([]Spending, error) {
	scan := func(s scanner) (v Spending, err error) {
		var newest int64
		return v, s.Scan(&v.RepositoryID, &v.Used.Calls, &v.Used.Tokens, &v.Used.Micros, &v.Held.Calls, &v.Held.Tokens, &v.Held.Micros,
			&v.Repository, &v.Most.Tokens, &v.Most.Micros, &newest)
	}
	// Beside max(), SQLite takes bare columns from the row that has it. https://sqlite.org/lang_select.html#bareagg
	return many(ctx, r.tx, scan, `SELECT repository_id, sum(calls), sum(tokens), sum(micros),
			sum(held_at IS NOT NULL), sum(held_tokens), sum(held_micros), repository, most_tokens, most_micros, max(charged_at)
		FROM spending WHERE day = ? GROUP BY repository_id ORDER BY sum(tokens + held_tokens) DESC, repository_id`, day)
}

func (r sqliteReader) SpendingOf(ctx context.Context, repositoryID int64) ([]Spend, error) {
	scan := func(s scanner) (v Spend, err error) {
		return v, s.Scan(&v.Day, &v.ID, &v.TicketKey, &v.Author, &v.RepositoryID, &v.Repository, &v.InstallationID,
			&v.Used.Calls, &v.Used.Tokens, &v.Used.Micros, &v.Held.Calls, &v.Held.Tokens, &v.Held.Micros)
	}
	return many(ctx, r.tx, scan, `SELECT day, id, ticket_key, author, repository_id, repository, installation_id,
			calls, tokens, micros, held_at IS NOT NULL, held_tokens, held_micros
		FROM spending WHERE repository_id = ? ORDER BY day, id`, repositoryID)
}

func (t *sqliteTx) Hold(ctx context.Context, c Charge, most Cost) error {
	// A question is asked once at a time: what is held for it since yesterday belongs to a try that died.
	if _, err := t.exec(ctx, "the spending", `UPDATE spending SET held_tokens = 0, held_micros = 0, held_at = NULL
		WHERE held_at IS NOT NULL AND id = ? AND day <> ?`, c.ID, c.Day); err != nil {
		return err
	}
	_, err := t.exec(ctx, "the spending", `INSERT INTO spending
		(day, id, ticket_key, author, repository_id, repository, installation_id, calls, tokens, micros, held_tokens, held_micros, held_at,
			most_tokens, most_micros, charged_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, ?8, ?9, ?10, ?11, ?12, ?10)
		ON CONFLICT (day, id) DO UPDATE SET repository = excluded.repository, most_tokens = excluded.most_tokens, most_micros = excluded.most_micros,
			charged_at = excluded.charged_at, held_tokens = excluded.held_tokens, held_micros = excluded.held_micros, held_at = excluded.held_at`,
		c.Day, c.ID, c.TicketKey, c.Author, c.RepositoryID, c.Repository, c.InstallationID, most.Tokens, most.Micros, t.or(time.Time{}), c.Most.Tokens, c.Most.Micros)
	return err
}

func (t *sqliteTx) Settle(ctx context.Context, c Charge, used Cost) error {
	_, err := t.exec(ctx, "the spending", `INSERT INTO spending
		(day, id, ticket_key, author, repository_id, repository, installation_id, calls, tokens, micros, held_tokens, held_micros, held_at,
			most_tokens, most_micros, charged_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, NULL, ?, ?, ?)
		ON CONFLICT (day, id) DO UPDATE SET calls = calls + excluded.calls, tokens = tokens + excluded.tokens, micros = micros + excluded.micros,
			held_tokens = 0, held_micros = 0, held_at = NULL`,
		c.Day, c.ID, c.TicketKey, c.Author, c.RepositoryID, c.Repository, c.InstallationID, used.Calls, used.Tokens, used.Micros,
		c.Most.Tokens, c.Most.Micros, t.or(time.Time{}))
	return err
}

func (t *sqliteTx) ReleaseHeld(ctx context.Context, before time.Time) (int64, error) {
	return t.exec(ctx, "the spending", `UPDATE spending SET held_tokens = 0, held_micros = 0, held_at = NULL WHERE held_at < ?`, before.UnixMicro())
}

// pruneSpending forgets what was spent on days that nobody asks about any more.
func (s *sqliteStore) pruneSpending(ctx context.Context) error {
	return s.Update(ctx, func(tx Tx) error {
		t := tx.(*sqliteTx)
		_, err := t.exec(ctx, "the spending", `DELETE FROM spending WHERE day < ?`, SpendingDay(s.clock().Add(-keepSpending)))
		return err
	})
}
