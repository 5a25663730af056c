package store

import (
	"fmt"
	"net/http"

	"riverqueue.com/riverui"
)

// QueuePages are River's own pages of the job queue. Their background counters are not started: without them the pages count
// when somebody looks, and an idle server stays idle.
func (s *sqliteStore) QueuePages(prefix string) (http.Handler, error) {
	pages, err := riverui.NewHandler(&riverui.HandlerOpts{Endpoints: riverui.NewEndpoints(s.insert, nil), Logger: s.log, Prefix: prefix})
	if err != nil {
		return nil, fmt.Errorf("set up the pages of the job queue: %w", err)
	}
	return pages, nil
}
