package policy

import (
	"fmt"
	"time"
)

// Duration is a span of time that YAML and JSON write as Go does: "4h", "90m", "72h". Zero means "not set".
type Duration time.Duration

// UnmarshalText reads "4h" or "90m".
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 0 {
		return fmt.Errorf("%q is not a duration: write hours or minutes, for example 4h, 90m or 72h", text)
	}
	*d = Duration(parsed)
	return nil
}

// MarshalText writes the duration as Go does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Hours returns the duration in hours.
func (d Duration) Hours() float64 { return time.Duration(d).Hours() }
