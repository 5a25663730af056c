package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/palantir/go-githubapp/githubapp"

	"github.com/oioi-app/oioi/app/store"
)

// ErrNoHandler is returned for a delivery whose event has no handler (any more).
var ErrNoHandler = errors.New("no handler for this event")

// Registry knows the go-githubapp handler of each event.
type Registry struct {
	handlers []githubapp.EventHandler
	by       map[string]githubapp.EventHandler
}

// NewRegistry registers the handlers. An event belongs to one handler: where two claim it, go-githubapp would silently
// take the first, so that is an error here.
func NewRegistry(handlers ...githubapp.EventHandler) (*Registry, error) {
	r := &Registry{handlers: handlers, by: map[string]githubapp.EventHandler{}}
	for _, h := range handlers {
		for _, event := range h.Handles() {
			if other, ok := r.by[event]; ok {
				return nil, fmt.Errorf("intake: the event %s has two handlers, %T and %T", event, other, h)
			}
			r.by[event] = h
		}
	}
	return r, nil
}

// Handles reports whether the event has a handler.
func (r *Registry) Handles(event string) bool { return r.by[event] != nil }

// Events lists the events that have a handler, in alphabetical order.
func (r *Registry) Events() []string {
	var events []string
	for event := range r.by {
		events = append(events, event)
	}
	slices.Sort(events)
	return events
}

// Handle hands a stored delivery to its handler, and returns the handler's error, or ErrNoHandler.
func (r *Registry) Handle(ctx context.Context, d store.Delivery) error {
	h := r.by[d.Event]
	if h == nil {
		return fmt.Errorf("delivery %s, event %s: %w", d.ID, d.Event, ErrNoHandler)
	}
	dispatch := githubapp.Dispatch{Handler: h, EventType: d.Event, DeliveryID: d.ID, Payload: d.Payload}
	return dispatch.Execute(githubapp.InitializeResponder(ctx)) // a handler may call SetResponder; nobody listens
}
