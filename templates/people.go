package templates

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Change is one thing that a person who approved a draft cannot have seen.
type Change struct {
	What string
	URL  string // where it stands; may be empty
	Diff string // unified, without file names; may be empty
}

// Stale renders the answer to an approval that does not cover what stands now, with the digest that would; "" where there
// is nothing to send any more.
func Stale(changes []Change, digest string) (string, error) {
	again := "`/oioi rerun` makes a new draft."
	if digest != "" {
		again = "To send it as it stands now: `/oioi send " + digest + "`"
	}
	return stale("Not sent", changes, again)
}

// StaleEffects is Stale for an approval of effects, which wait on.
func StaleEffects(changes []Change) (string, error) {
	return stale("Not approved", changes, "It waits on. Once you have read what is new, approve it again; `/oioi rerun` makes a new draft.")
}

func stale(not string, changes []Change, again string) (string, error) {
	text, err := run("stale.tmpl", struct {
		Not     string
		Changes []Change
		Again   string
	}{not, changes, again})
	return strings.TrimSpace(text), err
}

// maxDiff is how many lines of a difference are shown.
const maxDiff = 60

// cut shortens a difference, and takes out what shows nothing or could be taken for a mark.
func cut(diff string) string {
	lines := strings.Split(strings.TrimRight(diff, "\n"), "\n")
	if len(lines) > maxDiff {
		lines = append(lines[:maxDiff], "…")
	}
	text := strings.ReplaceAll(strings.Join(lines, "\n"), "<!--", "<! --")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f {
			return '?'
		}
		return r
	}, text)
}

// Status is what became of a draft's plan after its reply was sent.
type Status struct {
	Reporter string
	By       string // @login
	At       time.Time
	URL      string // of the sent reply
	Rows     []StatusRow
}

// StatusRow is one planned action.
type StatusRow struct {
	What  string
	State string // done, waiting or failed
	Note  string // the reason, and what a person can do; clean Markdown
}

// SentStatus renders the status of a draft.
func SentStatus(s Status) (string, error) {
	text, err := run("status.tmpl", s)
	return strings.TrimSpace(text), err
}

// Resolution says whether the handling of a closed ticket worked.
type Resolution struct {
	Text string
	URL  string // of what the customer wrote, where that decides
	Rows []StatusRow
}

// ResolutionText renders it.
func ResolutionText(r Resolution) (string, error) {
	text, err := run("resolution.tmpl", r)
	return strings.TrimSpace(text), err
}

// Amount writes an amount of the budget: 500,000 tokens, or 2.50 US dollars.
func Amount(v float64, unit string) string {
	return Number(v, unit) + " " + unit
}

// Number is Amount without the unit.
func Number(v float64, unit string) string {
	if unit == "tokens" {
		return thousand(int(v))
	}
	return strconv.FormatFloat(v, 'f', max(2, min(4, decimals(v))), 64)
}

// decimals is how many digits an amount of money needs, so that a call that costs little does not look free.
func decimals(v float64) int {
	for n := range 4 {
		if scaled := v * math.Pow10(n); math.Abs(scaled-math.Round(scaled)) < 1e-9*max(1, scaled) {
			return n
		}
	}
	return 4
}

// Date writes a time for people: Tue 24 Nov, 17:00 CET.
func Date(t time.Time) string { return date(t) }
