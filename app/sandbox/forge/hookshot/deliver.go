package hookshot

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // GitHub still sends the old signature beside the new one
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
		level := slog.LevelWarn
		if m.Event == "ping" { // the first knock, often before the receiver is started
			level = slog.LevelInfo
		}
		s.opts.Log.Log(ctx, level, "a webhook was not taken", "event", m.Event, "action", m.Action, "delivery", guid, "error", err)
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
