package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Record is one line of an export: exactly one of its parts is set.
type Record struct {
	Installation *Installation     `json:"installation,omitempty"`
	Ticket       *Ticket           `json:"ticket,omitempty"`
	Delivery     *ExportedDelivery `json:"delivery,omitempty"`
	Run          *Run              `json:"run,omitempty"`
	Settings     *ExportedValue    `json:"settings,omitempty"`
	Answer       *Answer           `json:"answer,omitempty"`
	Effect       *Effect           `json:"effect,omitempty"`
	Event        *Event            `json:"event,omitempty"`
	Value        *ExportedText     `json:"value,omitempty"`
	Spending     *Spend            `json:"spending,omitempty"`
}

// ExportedDelivery is a delivery with its payload as the JSON that it is.
type ExportedDelivery struct {
	Delivery
	Payload json.RawMessage
}

// ExportedValue is what a run began with.
type ExportedValue struct {
	Key  string          `json:"key"`
	Data json.RawMessage `json:"data"`
}

// ExportedText is a small value about a ticket or a repository: why it waits, up to when it was read.
type ExportedText struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// Export hands everything that is kept about one repository to emit, a record at a time: each installation before its
// tickets, each ticket before what belongs to it, and last the deliveries of the repository that are not about a ticket.
// repository is OWNER/NAME in any case; ErrNotFound where nothing is kept about it.
func Export(ctx context.Context, r Reader, repository string, emit func(Record) error) error {
	tickets, err := r.Tickets(ctx, 0)
	if err != nil {
		return err
	}
	x := exporter{r: r, emit: emit, installations: map[int64]bool{}, values: map[string]bool{}}
	for _, t := range tickets {
		if !strings.EqualFold(t.Owner+"/"+t.Name, repository) {
			continue
		}
		if err := x.ticket(ctx, t); err != nil {
			return fmt.Errorf("export ticket %s: %w", t.Key, err)
		}
	}
	for _, id := range x.repositories {
		if err := x.repository(ctx, id); err != nil {
			return fmt.Errorf("export repository %d: %w", id, err)
		}
	}
	deliveries, err := r.Deliveries(ctx, "")
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if strings.EqualFold(gjson.GetBytes(d.Payload, "repository.full_name").Str, repository) {
			if err := x.delivery(d); err != nil {
				return err
			}
		}
	}
	if x.records == 0 {
		return fmt.Errorf("nothing is kept about the repository %s: %w", repository, ErrNotFound)
	}
	return nil
}

type exporter struct {
	r             Reader
	emit          func(Record) error
	installations map[int64]bool
	repositories  []int64
	values        map[string]bool
	records       int
}

func (x *exporter) put(r Record) error {
	x.records++
	return x.emit(r)
}

func (x *exporter) delivery(d Delivery) error {
	out := ExportedDelivery{Delivery: d, Payload: d.Payload}
	if !json.Valid(out.Payload) {
		out.Payload = nil // its id is kept, and no more
	}
	out.Delivery.Payload = nil
	return x.put(Record{Delivery: &out})
}

func (x *exporter) ticket(ctx context.Context, t Ticket) error {
	if !x.installations[t.InstallationID] {
		x.installations[t.InstallationID] = true
		switch in, err := x.r.Installation(ctx, t.InstallationID); {
		case err == nil:
			if err := x.put(Record{Installation: &in}); err != nil {
				return err
			}
		case !errors.Is(err, ErrNotFound):
			return err
		}
	}
	if !slices.Contains(x.repositories, t.RepositoryID) {
		x.repositories = append(x.repositories, t.RepositoryID)
	}
	if err := x.put(Record{Ticket: &t}); err != nil {
		return err
	}
	if err := x.text(ctx, "hold/"+t.Key); err != nil {
		return err
	}
	for _, part := range []func(context.Context, string) error{x.deliveries, x.runs, x.answers, x.effects, x.events} {
		if err := part(ctx, t.Key); err != nil {
			return err
		}
	}
	return nil
}

// repository exports what is kept about the repository itself.
func (x *exporter) repository(ctx context.Context, id int64) error {
	for _, key := range []string{fmt.Sprintf("hold/%d", id), fmt.Sprintf("recover/%d", id)} {
		if err := x.text(ctx, key); err != nil {
			return err
		}
	}
	list, err := x.r.SpendingOf(ctx, id)
	return each(list, err, func(s Spend) error { return x.put(Record{Spending: &s}) })
}

// text exports a value, where there is one.
func (x *exporter) text(ctx context.Context, key string) error {
	text, err := x.r.Value(ctx, key)
	if errors.Is(err, ErrNotFound) || err == nil && text == "" {
		return nil
	}
	if err != nil {
		return err
	}
	return x.put(Record{Value: &ExportedText{Key: key, Text: text}})
}

func (x *exporter) deliveries(ctx context.Context, key string) error {
	list, err := x.r.Deliveries(ctx, key)
	for _, d := range list {
		if err := x.delivery(d); err != nil {
			return err
		}
	}
	return err
}

func (x *exporter) runs(ctx context.Context, key string) error {
	list, err := x.r.Runs(ctx, key)
	for _, run := range list {
		if err := x.put(Record{Run: &run}); err != nil {
			return err
		}
		if run.Keeps == "" || x.values[run.Keeps] {
			continue
		}
		x.values[run.Keeps] = true
		text, err := x.r.Value(ctx, run.Keeps)
		if errors.Is(err, ErrNotFound) || err == nil && !json.Valid([]byte(text)) {
			continue
		}
		if err != nil {
			return err
		}
		if err := x.put(Record{Settings: &ExportedValue{Key: run.Keeps, Data: json.RawMessage(text)}}); err != nil {
			return err
		}
	}
	return err
}

func (x *exporter) answers(ctx context.Context, key string) error {
	list, err := x.r.Answers(ctx, key)
	return each(list, err, func(a Answer) error { return x.put(Record{Answer: &a}) })
}

func (x *exporter) effects(ctx context.Context, key string) error {
	list, err := x.r.Effects(ctx, key)
	return each(list, err, func(e Effect) error {
		if err := x.put(Record{Effect: &e}); err != nil {
			return err
		}
		return x.text(ctx, "denied/"+e.Key)
	})
}

func (x *exporter) events(ctx context.Context, key string) error {
	list, err := x.r.Events(ctx, key)
	return each(list, err, func(e Event) error { return x.put(Record{Event: &e}) })
}

func each[T any](list []T, err error, fn func(T) error) error {
	for _, v := range list {
		if err := fn(v); err != nil {
			return err
		}
	}
	return err
}
