package policy

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/words"
)

// date is a day that a text names, and where.
type date struct {
	day      time.Time
	from, to int
}

const months = `jan(?:uary|uar|vier)?|j[aä]nner|ene(?:ro)?|feb(?:ruary|ruar|rero)?|f[eé]v(?:rier)?|mar(?:ch|s|zo)?|m[aä]rz|apr(?:il)?|avr(?:il)?|abr(?:il)?|mayo?|mai|june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|ao[uû]t|ago(?:sto)?|sept?(?:ember|embre|iembre)?|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|iembre)?|de[cz](?:ember)?|d[eé]c(?:embre)?|dic(?:iembre)?`

var (
	isoDate  = pattern.Lazy(`\b(\d{4})-(\d{1,2})-(\d{1,2})\b`)
	dayMonth = pattern.Lazy(`(?i)\b(\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:of\s+|de\s+)?(` + months + `)\b\.?(?:,?\s+(?:de\s+)?(\d{4}))?`)
	monthDay = pattern.Lazy(`(?i)\b(` + months + `)\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(\d{4}))?`)
	dotted   = pattern.Lazy(`\b(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(\d{4}|\d{2})\b)?`)
	slashed  = pattern.Lazy(`\b(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b`)
)

// dates finds the days that a line names. A day without a year is the last one before the ticket was written; of a day that can
// be read in two ways (3/4/2026) the later one counts that is not after it.
func dates(line string, asked time.Time) []date {
	var out []date
	add := func(at []int, year, month, day string) {
		if d := dayOf(year, month, day, asked); !d.IsZero() {
			out = append(out, date{d, at[0], at[1]})
		}
	}
	each(isoDate(), line, func(at []int, g func(int) string) { add(at, g(1), g(2), g(3)) })
	each(dayMonth(), line, func(at []int, g func(int) string) { add(at, g(3), g(2), g(1)) })
	each(monthDay(), line, func(at []int, g func(int) string) { add(at, g(3), g(1), g(2)) })
	each(dotted(), line, func(at []int, g func(int) string) { add(at, g(3), g(2), g(1)) })
	each(slashed(), line, func(at []int, g func(int) string) {
		a, b := dayOf(g(3), g(1), g(2), asked), dayOf(g(3), g(2), g(1), asked)
		if b.After(a) {
			a = b
		}
		if !a.IsZero() {
			out = append(out, date{a, at[0], at[1]})
		}
	})
	return out
}

func each(p *regexp.Regexp, line string, do func(at []int, group func(int) string)) {
	for _, at := range p.FindAllStringSubmatchIndex(line, 20) {
		do(at, func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return line[at[2*i]:at[2*i+1]]
		})
	}
}

// dayOf reads a day at or before the time when it was written; the zero time where there is none such.
func dayOf(year, month, day string, asked time.Time) time.Time {
	m, err := strconv.Atoi(month)
	if err != nil {
		m = monthOf(month)
	}
	d, _ := strconv.Atoi(day)
	y, _ := strconv.Atoi(year)
	guess := year == ""
	switch {
	case guess:
		y = asked.Year()
	case y < 100:
		y += 2000
	}
	out := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if guess && out.After(asked) {
		out = out.AddDate(-1, 0, 0)
	}
	if m < 1 || m > 12 || out.Day() != d || out.Month() != time.Month(m) || out.After(asked) {
		return time.Time{}
	}
	return out
}

// monthOf returns the number of a month that is named in one of four languages, 0 where it is none.
func monthOf(name string) int {
	name = words.Fold(name)
	for i, list := range []string{"jan jän ene", "feb fev", "mar", "apr avr abr", "mai may", "jun juin", "jul juil", "aug aou ago", "sep", "oct okt", "nov", "dec dez dic"} {
		for start := range strings.FieldsSeq(list) {
			if strings.HasPrefix(name, words.Fold(start)) {
				return i + 1
			}
		}
	}
	return 0
}
