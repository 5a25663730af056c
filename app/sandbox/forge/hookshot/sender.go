// Package hookshot delivers webhooks as GitHub does: signed, with ten seconds to answer, never again on its own, and with a
// log of the last three days from which a delivery can be asked for again. Mischief makes it lose, repeat, delay and
// shuffle deliveries on purpose.
package hookshot

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	mrand "math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	s.mischief, s.random = m, mrand.New(mrand.NewPCG(m.Seed, m.Seed))
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

func (s *Sender) deliver(t Target, m Message, guid string, again bool) Delivery {
	d := Delivery{At: s.opts.Now()}
	ctx, cancel := context.WithTimeout(s.ctx, answerTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, bytes.NewReader(m.Payload))
	if err != nil {
		d.Status = "invalid URL"
		return s.lockedRecord(t, m, guid, again, d)
	}
	for k, v := range headers(t, m, guid) {
		req.Header.Set(k, v)
	}
	start := time.Now()
	resp, err := s.client.Do(req)
	d.Duration = time.Since(start)
	if err != nil {
		d.Status = "failed to connect to host"
		if errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "Client.Timeout") {
			d.Status = "timed out"
		}
		s.opts.Log.Warn("a webhook was not taken", "event", m.Event, "action", m.Action, "delivery", guid, "error", err)
		return s.lockedRecord(t, m, guid, again, d)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	d.StatusCode, d.Status, d.Response = resp.StatusCode, http.StatusText(resp.StatusCode), string(body)
	d.ResponseHeaders = map[string]string{}
	for k := range resp.Header {
		d.ResponseHeaders[k] = resp.Header.Get(k)
	}
	if d.OK() {
		d.Status = "OK"
	}
	return s.lockedRecord(t, m, guid, again, d)
}

func (s *Sender) lockedRecord(t Target, m Message, guid string, again bool, d Delivery) Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record(t, m, guid, again, d)
}

func (s *Sender) record(t Target, m Message, guid string, again bool, d Delivery) Delivery {
	s.nextID += 3
	d.ID, d.GUID, d.App, d.Event, d.Action, d.Redelivery = s.nextID, guid, t.App, m.Event, m.Action, again
	d.Installation, d.Repo, d.URL, d.Payload, d.RequestHeaders = m.Installation, m.Repo, t.URL, m.Payload, headers(t, m, guid)
	s.log = append(s.log, d)
	oldest := s.opts.Now().Add(-keepFor)
	s.log = slices.DeleteFunc(s.log, func(x Delivery) bool { return x.At.Before(oldest) })
	if len(s.log) > keepAtMost {
		s.log = slices.Clone(s.log[len(s.log)-keepAtMost:])
	}
	return d
}

func headers(t Target, m Message, guid string) map[string]string {
	h := map[string]string{
		"Accept": "*/*", "Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/0101010",
		"X-GitHub-Delivery": guid, "X-GitHub-Event": m.Event, "X-GitHub-Hook-ID": strconv.FormatInt(t.HookID, 10),
		"X-GitHub-Hook-Installation-Target-ID": strconv.FormatInt(t.App, 10), "X-GitHub-Hook-Installation-Target-Type": "integration",
	}
	if t.Secret != "" {
		h["X-Hub-Signature"] = "sha1=" + sign(sha1.New, t.Secret, m.Payload)
		h["X-Hub-Signature-256"] = "sha256=" + sign(sha256.New, t.Secret, m.Payload)
	}
	return h
}

func sign(with func() hash.Hash, secret string, payload []byte) string {
	mac := hmac.New(with, []byte(secret))
	mac.Write(payload)
	return hex.EncodeToString(mac.Sum(nil))
}

func newGUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: https://pkg.go.dev/crypto/rand#Read
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Log lists an App's deliveries of the last three days, newest first.
func (s *Sender) Log(app int64) []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := s.opts.Now().Add(-keepFor)
	var out []Delivery
	for _, d := range slices.Backward(s.log) {
		if d.App == app && !d.At.Before(oldest) {
			out = append(out, d)
		}
	}
	return out
}

// Redeliver sends a logged delivery again, to where the App's webhooks go now. It reports whether the log has it.
func (s *Sender) Redeliver(t Target, id int64) bool {
	for _, d := range s.Log(t.App) {
		if d.ID != id {
			continue
		}
		m := Message{Event: d.Event, Action: d.Action, Installation: d.Installation, Repo: d.Repo, Payload: d.Payload}
		s.mu.Lock()
		s.enqueue("redelivery "+d.GUID, func() { s.deliver(t, m, d.GUID, true) })
		s.mu.Unlock()
		return true
	}
	return false
}

// Export returns the log's newest n deliveries, oldest first, to be kept between runs.
func (s *Sender) Export(n int) []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log[max(0, len(s.log)-n):])
}

// Import puts back what Export gave.
func (s *Sender) Import(log []Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = slices.Clone(log)
	for _, d := range log {
		s.nextID = max(s.nextID, d.ID)
	}
}
