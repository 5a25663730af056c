package policy

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/role"
)

// defaults are the service levels of a team that has set none.
var defaults = map[role.Severity]ServiceLevel{
	"S1": {FirstReply: Duration(time.Hour), NextUpdate: Duration(2 * time.Hour), Resolve: Duration(8 * time.Hour), Clock: "always"},
	"S2": {FirstReply: Duration(4 * time.Hour), NextUpdate: Duration(8 * time.Hour), Resolve: Duration(24 * time.Hour)},
	"S3": {FirstReply: Duration(8 * time.Hour), NextUpdate: Duration(16 * time.Hour), Resolve: Duration(40 * time.Hour)},
	"S4": {FirstReply: Duration(16 * time.Hour), NextUpdate: Duration(40 * time.Hour), Resolve: Duration(80 * time.Hour)},
}

// Level returns the service level of a severity: the team's, and the default for what it does not set.
func (p Policy) Level(severity role.Severity) ServiceLevel {
	out, base := p.ServiceLevels[severity], defaults[severity]
	for _, pair := range []struct{ to, from *Duration }{{&out.FirstReply, &base.FirstReply}, {&out.NextUpdate, &base.NextUpdate}, {&out.Resolve, &base.Resolve}} {
		if *pair.to == 0 {
			*pair.to = *pair.from
		}
	}
	if out.Clock == "" {
		out.Clock = base.Clock
	}
	return out
}

// Clocks are the dates that a ticket's severity sets.
type Clocks struct {
	FirstReply time.Time `json:"first_reply"`
	NextUpdate time.Time `json:"next_update"`
	Resolve    time.Time `json:"resolve"`
}

// Due returns the date that many hours from a moment: in business hours, or around the clock for a severity whose clock
// never stops.
func (p Policy) Due(from time.Time, hours float64, severity role.Severity) (time.Time, error) {
	if p.Level(severity).Clock == "always" {
		location, err := p.Hours.Location()
		return from.Add(time.Duration(hours * float64(time.Hour))).In(location), err
	}
	return p.Hours.Add(from, hours)
}

// Clocks computes the dates of a severity from a moment.
func (p Policy) Clocks(from time.Time, severity role.Severity) (Clocks, error) {
	level := p.Level(severity)
	var out Clocks
	var errs []error
	for _, pair := range []struct {
		to   *time.Time
		span Duration
	}{{&out.FirstReply, level.FirstReply}, {&out.NextUpdate, level.NextUpdate}, {&out.Resolve, level.Resolve}} {
		due, err := p.Due(from, pair.span.Hours(), severity)
		*pair.to = due
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Location returns the business hours' timezone, UTC where none is set.
func (h Hours) Location() (*time.Location, error) {
	if h.Timezone == "" {
		return time.UTC, nil
	}
	location, err := time.LoadLocation(h.Timezone)
	if err != nil {
		return time.UTC, fmt.Errorf("hours.timezone is %q; write an IANA name, for example Europe/Berlin", h.Timezone)
	}
	return location, nil
}

// span is when a day's work begins and ends, in minutes.
func (h Hours) span() (start, end int, err error) {
	start, end = 9*60, 17*60
	for _, pair := range []struct {
		to   *int
		text string
		key  string
	}{{&start, h.Start, "start"}, {&end, h.End, "end"}} {
		if pair.text == "" {
			continue
		}
		at, err := time.Parse("15:04", pair.text)
		if err != nil {
			return 0, 0, fmt.Errorf("hours.%s is %q; write it as 09:00", pair.key, pair.text)
		}
		*pair.to = at.Hour()*60 + at.Minute()
	}
	if end <= start {
		return 0, 0, fmt.Errorf("hours.end must be later than hours.start")
	}
	return start, end, nil
}

func (h Hours) works(day time.Time) bool {
	if slices.Contains(h.Holidays, day.Format(time.DateOnly)) {
		return false
	}
	name := weekdays[day.Weekday()]
	if len(h.Days) == 0 {
		return name != "sat" && name != "sun"
	}
	return slices.ContainsFunc(h.Days, func(d string) bool { return strings.HasPrefix(strings.ToLower(d), name) })
}

// maxDays bounds the search for working days: nobody plans further ahead.
const maxDays = 3 * 366

// Add returns the moment that many business hours after start. A start outside the hours counts from the next opening.
func (h Hours) Add(start time.Time, hours float64) (time.Time, error) {
	location, err := h.Location()
	if err != nil {
		return start, err
	}
	opens, closes, err := h.span()
	if err != nil {
		return start, err
	}
	left := time.Duration(hours * float64(time.Hour))
	now := start.In(location)
	for range maxDays {
		year, month, day := now.Date()
		open := time.Date(year, month, day, opens/60, opens%60, 0, 0, location)
		end := time.Date(year, month, day, closes/60, closes%60, 0, 0, location)
		if h.works(open) && now.Before(end) {
			if now.Before(open) {
				now = open
			}
			if rest := end.Sub(now); left <= rest {
				return now.Add(left), nil
			} else {
				left -= rest
			}
		}
		now = time.Date(year, month, day+1, 0, 0, 0, 0, location)
	}
	return start, errors.New("hours leaves no working day within three years; check hours.days and hours.holidays")
}

// owner is how the policy writes an account or a team of GitHub.
var owner = regexp.MustCompile(`^@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9._-]+)?$`)

// Validate says what is wrong with a policy beyond what its YAML shape allows, one problem a line.
func (p Policy) Validate() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if _, err := p.Hours.Location(); err != nil {
		errs = append(errs, err)
	}
	if _, _, err := p.Hours.span(); err != nil {
		errs = append(errs, err)
	}
	for _, day := range p.Hours.Days {
		if !slices.ContainsFunc(weekdays, func(d string) bool { return strings.HasPrefix(strings.ToLower(day), d) }) {
			add("hours.days holds %q; allowed: mon, tue, wed, thu, fri, sat, sun", day)
		}
	}
	for _, day := range p.Hours.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			add("hours.holidays holds %q; write it as 2026-12-25", day)
		}
	}
	account := func(where, name string) {
		if name != "" && !owner.MatchString(name) {
			add("%s is %q; write @user or @organization/team", where, name)
		}
	}
	account("default_owner", p.DefaultOwner)
	for i, area := range p.Areas {
		account(fmt.Sprintf("areas[%d].owner", i), area.Owner)
		if area.Name == "" || area.Owner == "" {
			add("areas[%d] needs a name and an owner", i)
		}
		for _, category := range area.Categories {
			checkOne(add, fmt.Sprintf("areas[%d].categories", i), category, role.Categories)
		}
	}
	for i, level := range p.Escalation {
		account(fmt.Sprintf("escalation[%d].target", i), level.Target)
		account(fmt.Sprintf("escalation[%d].deputy", i), level.Deputy)
		if level.Name == "" || level.Target == "" {
			add("escalation[%d] needs a name and a target", i)
		}
		for _, severity := range level.Severities {
			checkOne(add, fmt.Sprintf("escalation[%d].severities", i), severity, role.Severities)
		}
		for _, category := range level.Categories {
			checkOne(add, fmt.Sprintf("escalation[%d].categories", i), category, role.Categories)
		}
	}
	for _, severity := range slices.Sorted(maps.Keys(p.ServiceLevels)) {
		level := p.ServiceLevels[severity]
		checkOne(add, "service_levels", severity, role.Severities)
		if level.Clock != "" && level.Clock != "business" && level.Clock != "always" {
			add("service_levels.%s.clock is %q; allowed: business, always", severity, level.Clock)
		}
	}
	if p.Reply.MaxWords < 0 || (p.Reply.MaxWords > 0 && p.Reply.MaxWords < 40) {
		add("reply.max_words is %d; allowed: 40 or more", p.Reply.MaxWords)
	}
	if floor := p.Reply.ConfidenceFloor; floor < 0 || floor > 1 {
		add("reply.confidence_floor is %v; allowed: 0 to 1 (default %v)", floor, role.DefaultFloor)
	}
	for i, macro := range p.Macros {
		if macro.Name == "" || macro.File == "" {
			add("macros[%d] needs a name and a file", i)
		}
	}
	return errors.Join(errs...)
}

func checkOne[T ~string](add func(string, ...any), where string, got T, allowed []T) {
	if !slices.Contains(allowed, got) {
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = string(a)
		}
		add("%s holds %q; allowed: %s", where, string(got), strings.Join(words, ", "))
	}
}
