package app

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// Whatever goes wrong with a ticket, each line of the log about it says which delivery, repository, issue and run it is about. The
// linter sees to it that a line is given its context (sloglint); this test, that the context knows.
func TestEachLineOfATicketsWorkSaysWhichOne(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	server := modeltest.NewServer(t)
	server.Next(wrongSchema, wrongSchema)
	var cut atomic.Int64
	w := newTown(t, townOptions{
		logs: slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}), model: modelAt(server), stepAttempts: 2, effectAttempts: 2,
		around: func(s store.Store) store.Store {
			answers := 0
			return brokenSteps{s, func() error {
				if answers++; answers > 6 { // those of the second run
					panic("boom")
				}
				return nil
			}}
		},
		transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			comment := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments")
			if strings.Contains(r.URL.Path, "/releases") || comment && cut.Add(1) <= 6 { // two attempts of an effect, with three tries each
				return nil, errors.New("cut off")
			}
			return http.DefaultTransport.RoundTrip(r)
		}),
	})
	ref := w.sample("rotate-token")
	w.settle(ref)
	say := func(words string) {
		_, err := w.world.Forge.CreateComment(forge.As("maintainer"), ref, words)
		w.check(err)
		w.settle(ref)
	}
	say("/oioi rerun")
	w.commit(ref.Repo, ".github/oioi.yml", "draft: {destination: internal, repository: tallypost/nowhere}\n")
	say("/oioi rerun")

	rivers := regexp.MustCompile(`^[\w.]+: `) // what the queue says of itself
	// What comes before a run, or begins one, does not know it yet.
	without := []string{"delivery ignored", "delivery accepted", "the repository for drafts cannot be reached"}
	var seen []string
	for line := range strings.Lines(log.String()) {
		var said map[string]any
		w.check(json.Unmarshal([]byte(line), &said))
		message, _ := said["msg"].(string)
		if rivers.MatchString(message) {
			continue
		}
		seen = append(seen, message)
		if said["delivery"] == nil || said["repository"] != ref.Repo || said["issue"] != float64(ref.Number) ||
			said["run"] == nil && !slices.Contains(without, message) {
			t.Errorf("the line does not say what it is about: %s", line)
		}
	}
	for _, want := range append(without, "a source of evidence failed", "the model's answers broke their contract, the repaired one too", "a job panicked; this is a bug in OiOi",
		"a job failed", "a step failed for good; the run waits for a person", "nobody knows whether an effect reached GitHub; a person is asked") {
		if !slices.Contains(seen, want) {
			t.Errorf("nothing of the kind %q was logged", want)
		}
	}
}
