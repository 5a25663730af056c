package policy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

var (
	amount = pattern.Lazy(`(?:[€$£]\s?\d[\d.,]*\d|[€$£]\s?\d|\b\d[\d.,]*\s?(?:€|(?:EUR|USD|GBP|euros?|dollars?)\b)|\b(?:EUR|USD|GBP)\s?\d(?:[\d.,]*\d)?)`)
	// charged are the words beside which a date is the date of a charge.
	charged = pattern.Lazy(`(?i)charge\w*|paid|pay(?:ment|ing)?\b|bill(?:ed|ing)?\b|renew\w*|debit\w*|bought|purchase\w*|invoice\w*|abgebucht|abbuchung|gezahlt|bezahlt|zahlung|rechnung|verläng\w*|pr[ée]l[èe]v\w*|pay[ée]e?s?\b|paiement|factur\w*|renouvel\w*|cobr\w*|cargo|pag(?:o|ado|amos|ué)\b|renov\w*`)
	// closed are the words beside which it is another date.
	closed = pattern.Lazy(`(?i)cancel\w*|gekündigt|kündig\w*|résili\w*|ended|ends|expir\w*|wrote|asked|signed up|geschrieben`)
)

// Amount returns the first sum of money in a text as it is written there, "" where there is none.
func Amount(text string) string { return amount().FindString(text) }

// BeyondRefund says why a refund that a ticket asks for is not the team's own to grant: the sum is above the limit, or the
// charge was longer ago than the policy's days when the ticket was opened. "" where it is within the limits, where nobody asks
// for one, or where the ticket does not say; then a person finds out. What was charged twice has no window. It is the rest of a
// sentence.
func (p Policy) BeyondRefund(category role.Category, t ticket.Ticket) string {
	if category != role.Billing {
		return ""
	}
	text := said(t)
	var out []string
	if asked, most := money(Amount(text)), money(p.Limits.RefundMax); most > 0 && asked > most && WantsRefund(text) {
		out = append(out, fmt.Sprintf("%s is above the limit of %s", Amount(text), p.Limits.RefundMax))
	}
	if day := chargedOn(text, t.CreatedAt); p.Limits.RefundDays > 0 && !day.IsZero() && moneyBack(text) && !Mentions(text, "twice", "double", "duplicate*", "two times", "doppelt", "zweimal", "deux fois", "dos veces") {
		if days := int(t.CreatedAt.UTC().Truncate(24*time.Hour).Sub(day).Hours() / 24); days > p.Limits.RefundDays {
			out = append(out, fmt.Sprintf("the charge of %s was %d days old when the ticket was opened, and the limit is %d days", day.Format("2 January 2006"), days, p.Limits.RefundDays))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, "; ") + ", so it is not the team's alone to decide"
}

// WantsRefund reports whether a text is about money that was taken and may have to go back.
func WantsRefund(text string) bool {
	return moneyBack(text) || Mentions(text, "charged")
}

// moneyBack reports whether a text asks for money back.
func moneyBack(text string) bool {
	return Mentions(text, "refund*", "money back", "give .. back", "pay .. back", "erstattung", "ruckerstattung", "erstatten", "geld zuruck", "remboursement", "rembourser", "remboursez", "reembolso", "reembolsar", "devolucion", "devolver")
}

// said is what the customer wrote, with their comments.
func said(t ticket.Ticket) string {
	text := t.Words()
	for _, c := range t.Comments {
		if !c.Ours && c.Author.ID == t.Author.ID {
			text += "\n" + ticket.Visible(c.Body.Raw())
		}
	}
	return clipped(text)
}

// money reads the number of an amount, 0 where there is none: "EUR 1,299.50" and "1.299,50 €" are 1299.5.
func money(text string) float64 {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' || r == ',' {
			return r
		}
		return -1
	}, text)
	digits = strings.Trim(digits, ".,")
	if at := strings.LastIndexAny(digits, ".,"); at >= 0 && len(digits)-at-1 == 2 {
		digits = strings.NewReplacer(".", "", ",", "").Replace(digits[:at]) + "." + digits[at+1:]
	} else {
		digits = strings.NewReplacer(".", "", ",", "").Replace(digits)
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0
	}
	return n
}

// chargedOn is the day of the charge that a text of a time names: of the dates in it, the one beside a word for a charge. The zero
// time where it names none, or where nobody can tell which day is meant.
func chargedOn(text string, asked time.Time) time.Time {
	if asked.IsZero() {
		return time.Time{}
	}
	var found time.Time
	least := -1
	for _, line := range strings.Split(text, "\n") {
		for _, d := range dates(line, asked) {
			near, other := distance(charged(), line, d), distance(closed(), line, d)
			if near < 0 || other >= 0 && other < near {
				continue
			}
			if least < 0 || near < least {
				found, least = d.day, near
			}
		}
	}
	return found
}

// distance is how many characters stand between a date and the nearest match, -1 where there is none near by.
func distance(words *regexp.Regexp, line string, d date) int {
	const reach = 90
	least := -1
	for _, at := range words.FindAllStringIndex(line, 40) {
		n := max(d.from-at[1], at[0]-d.to, 0)
		if n <= reach && (least < 0 || n < least) {
			least = n
		}
	}
	return least
}
