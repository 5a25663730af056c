// Package hookshot delivers webhooks as GitHub does: signed, with ten seconds to answer, never again on its own, and with a
// log of the last three days from which a delivery can be asked for again. Mischief makes it lose, repeat, delay and
// shuffle deliveries on purpose.
package hookshot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks and
// https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/viewing-webhook-deliveries
const (
	answerTimeout = 10 * time.Second
	keepFor       = 3 * 24 * time.Hour
	keepAtMost    = 5000
	maxAnswer     = 64 << 10
	workers       = 8
)

// Target is where an App's webhooks go.
type Target struct {
	App    int64 // the App's id
	HookID int64
	URL    string
	Secret string
}

// Message is one webhook to be delivered.
type Message struct {
	Event        string
	Action       string // "" for events without one
	Installation int64
	Repo         int64 // 0 when it is about no repository
	Payload      []byte
	// Lane keeps messages in order: those of one lane go one after the other, each when the one before was answered.
	// GitHub promises no order; Mischief takes it away here too.
	Lane string
}

// Delivery is one attempt, as the delivery log keeps it.
type Delivery struct {
	ID              int64             `json:"id"`
	GUID            string            `json:"guid"` // the same for each attempt at one message
	App             int64             `json:"app"`
	Event           string            `json:"event"`
	Action          string            `json:"action,omitempty"`
	Installation    int64             `json:"installation,omitempty"`
	Repo            int64             `json:"repo,omitempty"`
	At              time.Time         `json:"at"`
	Redelivery      bool              `json:"redelivery,omitempty"`
	Duration        time.Duration     `json:"duration"`
	Status          string            `json:"status"`
	StatusCode      int               `json:"status_code"` // 0 when nobody answered
	URL             string            `json:"url"`
	RequestHeaders  map[string]string `json:"request_headers"`
	Payload         json.RawMessage   `json:"payload"`
	ResponseHeaders map[string]string `json:"response_headers,omitempty"`
	Response        string            `json:"response,omitempty"`
}

// OK reports whether the receiver took the delivery.
func (d Delivery) OK() bool { return d.StatusCode >= 200 && d.StatusCode < 400 }

// Mischief is what goes wrong on purpose, each as a probability from 0 to 1. The same seed and the same messages in
// the same order go wrong in the same way.
type Mischief struct {
	Seed    uint64
	Lost    float64       // not delivered; the log says that nobody answered
	Vanish  float64       // not delivered, and the log does not know of it either
	Twice   float64       // delivered twice with the same GUID
	Late    float64       // delivered up to Delay later, not waiting for its turn
	Shuffle float64       // kept back until the next message for the same App, or for Delay, has been sent
	Delay   time.Duration // default one second
}

// Options configure a Sender; all of them are required.
type Options struct {
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
	Log  *slog.Logger
}

// Sender delivers messages in the background.
type Sender struct {
	opts   Options
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc
	slots  chan struct{}

	mu       sync.Mutex
	mischief Mischief
	random   *mrand.Rand
	lanes    map[string][]func()
	held     map[int64][]func() // by App: kept back by Shuffle
	pending  int
	idle     chan struct{} // closed when pending is 0
	nextID   int64
	log      []Delivery // oldest first
}

// New returns a running Sender.
func New(o Options) *Sender {
	ctx, stop := context.WithCancel(context.Background())
	s := &Sender{opts: o, ctx: ctx, stop: stop, slots: make(chan struct{}, workers), lanes: map[string][]func(){}, held: map[int64][]func(){},
		idle: make(chan struct{}), nextID: 10_000_000_000, client: &http.Client{
			Timeout:       answerTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}
	close(s.idle)
	return s
}

// SetMischief starts or, with the zero value, stops mischief for messages from now on.
func (s *Sender) SetMischief(m Mischief) {
	if m.Delay <= 0 {
		m.Delay = time.Second
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mischief, s.random = m, mrand.New(mrand.NewPCG(m.Seed, m.Seed)) //nolint:gosec // mischief that can be repeated, by its seed
}

// Send takes a message and returns at once.
func (s *Sender) Send(t Target, m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	guid := newGUID()
	deliver := func() { s.deliver(t, m, guid, false) }
	chance := func(p float64) bool { return p > 0 && s.random != nil && s.random.Float64() < p }
	mis := s.mischief
	switch {
	case chance(mis.Vanish):
		return
	case chance(mis.Lost):
		s.record(t, m, guid, false, Delivery{At: s.opts.Now(), Status: "failed to connect to host"})
		return
	}
	jobs := []func(){deliver}
	if chance(mis.Twice) {
		jobs = append(jobs, deliver)
	}
	late := func(job func()) {
		delay := time.Duration(s.random.Int64N(int64(mis.Delay)) + 1)
		s.begin(1)
		go func() {
			defer s.done()
			if s.opts.Wait(s.ctx, delay) == nil {
				job()
			}
		}()
	}
	for _, job := range jobs {
		switch {
		case chance(mis.Late):
			late(job)
		case chance(mis.Shuffle):
			s.hold(t.App, m.Lane, job, mis.Delay)
		default:
			s.enqueue(m.Lane, job)
			for _, kept := range s.held[t.App] {
				kept()
			}
			delete(s.held, t.App)
		}
	}
}

// hold keeps a job back until the next message for the App has been queued, a delay is over, or Drain is called.
func (s *Sender) hold(app int64, lane string, job func(), delay time.Duration) {
	s.begin(1)
	var once sync.Once
	release := func() { // under s.mu
		once.Do(func() {
			s.enqueue(lane, job)
			s.doneLocked()
		})
	}
	s.held[app] = append(s.held[app], release)
	go func() {
		_ = s.opts.Wait(s.ctx, delay)
		s.mu.Lock()
		defer s.mu.Unlock()
		release()
	}()
}

// enqueue puts a job at the end of a lane and starts the lane when it stood still. s.mu is held.
func (s *Sender) enqueue(lane string, job func()) {
	s.begin(1)
	_, running := s.lanes[lane]
	s.lanes[lane] = append(s.lanes[lane], job)
	if !running {
		go s.runLane(lane)
	}
}

func (s *Sender) runLane(lane string) {
	for {
		s.mu.Lock()
		jobs := s.lanes[lane]
		if len(jobs) == 0 {
			delete(s.lanes, lane)
			s.mu.Unlock()
			return
		}
		s.lanes[lane] = jobs[1:]
		s.mu.Unlock()
		select {
		case s.slots <- struct{}{}:
			jobs[0]()
			<-s.slots
		case <-s.ctx.Done():
		}
		s.done()
	}
}

func (s *Sender) begin(n int) {
	if s.pending == 0 {
		s.idle = make(chan struct{})
	}
	s.pending += n
}

func (s *Sender) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doneLocked()
}

func (s *Sender) doneLocked() {
	s.pending--
	if s.pending == 0 {
		close(s.idle)
	}
}

// Drain waits until every message so far, and whatever came while it waited, was delivered, lost or given up.
func (s *Sender) Drain(ctx context.Context) error {
	for {
		s.mu.Lock()
		for app, held := range s.held {
			for _, release := range held {
				release()
			}
			delete(s.held, app)
		}
		idle, pending := s.idle, s.pending
		s.mu.Unlock()
		if pending == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return fmt.Errorf("%d webhook deliveries are not finished: %w", pending, ctx.Err())
		}
	}
}

// Close gives up what is not delivered and waits until nothing runs.
func (s *Sender) Close() {
	s.stop()
	_ = s.Drain(context.Background())
}
