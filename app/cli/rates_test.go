package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestAnswerRates holds what the playbook drafter reaches on the sample help center, a bit below what was measured.
// tuning.yml was tuned with, words and floors alike. Of fresh.yml nobody read a question; its counts were seen when the floors
// were chosen, between a set that answers more and one that invents less. Only counts are ever printed of it. It was written
// to be hard: almost no question uses the help center's words. blind.yml, written later as customers write, was run once when
// it was ready, and decides; since then its counts have been seen again, before and after questions of every category were
// recorded. What is not recorded of tuning.yml where no page answers is a greeting and a stranger's parcel.
func TestAnswerRates(t *testing.T) {
	for questions, least := range map[string]struct {
		first, third, cited float64 // at least this share of what a page answers
		gap                 float64 // at least this share of what none answers is recorded in follow-up work
		wrong, invented     float64 // at most; that an answered question is recorded as a gap is never right
	}{
		"tuning.yml": {first: 0.70, third: 0.85, cited: 0.55, gap: 0.90, wrong: 0.05, invented: 0.04},
		"fresh.yml":  {first: 0.50, third: 0.75, cited: 0.15, gap: 0.80, wrong: 0.10, invented: 0.12},
		"blind.yml":  {first: 0.70, third: 0.90, cited: 0.65, gap: 0.75, wrong: 0.05, invented: 0.10},
	} {
		t.Run(questions, func(t *testing.T) {
			var out, errs bytes.Buffer
			args := []string{"eval", "--docs", "../sandbox/sample/repos/support/docs", "--questions", "../sandbox/sample/questions/" + questions, "--format", "json"}
			if code := Main(t.Context(), args, Process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Env: func(string) (string, bool) { return "", false }}); code != 0 {
				t.Fatalf("exit code %d: %s", code, errs.String())
			}
			var e evaluation
			if err := json.Unmarshal(out.Bytes(), &e); err != nil {
				t.Fatal(err)
			}
			if e.Answerable < 30 || e.Unanswerable < 15 {
				t.Fatalf("%d questions with an answer and %d without are too few to measure with", e.Answerable, e.Unanswerable)
			}
			e.Misses = nil
			t.Log("\n" + e.text(false))
			share := func(n, of int) float64 { return float64(n) / float64(of) }
			for _, m := range []struct {
				what       string
				got, bound float64
				atMost     bool
			}{
				{"hit at 1", share(e.First, e.Answerable), least.first, false},
				{"hit at 3", share(e.Third, e.Answerable), least.third, false},
				{"hit at 1 beside SQLite's full-text index", share(e.First, e.Answerable), share(e.PlainFirst, e.Answerable), false},
				{"hit at 3 beside SQLite's full-text index", share(e.Third, e.Answerable), share(e.PlainThird, e.Answerable), false},
				{"right page cited", share(e.Cited, e.Answerable), least.cited, false},
				{"a follow-up records the question where no page answers", share(e.Gap, e.Unanswerable), least.gap, false},
				{"a follow-up for what is answered", share(e.Needless, e.Answerable), 0, true},
				{"another page cited", share(e.WrongPage, e.Answerable), least.wrong, true},
				{"a page quoted where none answers", share(e.Invented, e.Unanswerable), least.invented, true},
			} {
				if m.atMost && m.got > m.bound || !m.atMost && m.got < m.bound {
					t.Errorf("%s: %.0f %%, the bound is %.0f %%", m.what, 100*m.got, 100*m.bound)
				}
			}
		})
	}
}
