package ops

import (
	"fmt"
	"time"

	"github.com/oioi-app/oioi/templates"
)

// Use says how much of a limit is used: "12,002 of 500,000 tokens". What is set aside counts.
func (l Line) Use() string {
	text := of(float64(l.Tokens+l.HeldTokens), float64(l.MostTokens), "tokens")
	if l.USD+l.HeldUSD > 0 || l.MostUSD > 0 {
		text += ", " + of(l.USD+l.HeldUSD, l.MostUSD, "US dollars")
	}
	if l.MostTokens <= 0 && l.MostUSD <= 0 {
		text += ", no limit"
	}
	if l.UnderWay > 0 {
		calls := "calls"
		if l.UnderWay == 1 {
			calls = "call"
		}
		text += fmt.Sprintf("; %s of it set aside for %d %s under way", templates.Number(float64(l.HeldTokens), "tokens"), l.UnderWay, calls)
	}
	return text
}

// Share is how much of the tighter limit is used, in percent; -1 where there is no limit.
func (l Line) Share() int {
	share := -1.0
	if l.MostTokens > 0 {
		share = 100 * float64(l.Tokens+l.HeldTokens) / float64(l.MostTokens)
	}
	if l.MostUSD > 0 {
		share = max(share, 100*(l.USD+l.HeldUSD)/l.MostUSD)
	}
	return int(share)
}

func of(used, most float64, unit string) string {
	if most <= 0 {
		return templates.Amount(used, unit)
	}
	return templates.Number(used, unit) + " of " + templates.Amount(most, unit)
}

// Wait says when the next write may be sent.
func (w Writes) Wait(now time.Time) string {
	if wait := w.Next.Sub(now); wait > 0 {
		return "the next write in " + wait.Round(time.Second).String()
	}
	return "may write now"
}
