package ticket_test

import (
	"testing"

	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestTheStatedVersionIsFound(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"form":            {"### What happened?\n\nSince v2.4.1 it breaks\n\n### Version\n\nv2.3.2 (cloud)", "v2.3.2"},
		"no answer":       {"### What happened?\n\nIt breaks\n\n### Version\n\n_No response_", ""},
		"free text":       {"We are running 2.3.0 on our server", "2.3.0"},
		"a v is enough":   {"worked in v2.3.0, broken in v2.4.0", "v2.4.0"},
		"pre-release":     {"### Version\n\n3.0.0-rc.1", "3.0.0-rc.1"},
		"an amount":       {"I was charged 12.50 instead of 10.00", ""},
		"an address":      {"connect to 10.0.0.1 fails", ""},
		"a dotted number": {"see section 3.2 of the manual", ""},
	} {
		got := ticket.Ticket{Title: ticket.Text("It breaks"), Body: ticket.Text(c.body)}.Version()
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestVersionsAreCompared(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		order int
		ok    bool
	}{
		{"v2.4.1", "2.4.0", 1, true}, {"2.4", "v2.4.0", 0, true}, {"2.9", "2.10", -1, true}, {"3.0.0-rc.1", "3.0.0", -1, true},
		{"3.0.0-rc.1", "3.0.0-rc.2", -1, true}, {"1.0.0+build5", "1.0.0", 0, true}, {"latest", "1.0", 0, false}, {"", "1.0", 0, false},
	} {
		if order, ok := ticket.CompareVersions(c.a, c.b); order != c.order || ok != c.ok {
			t.Errorf("%q to %q: %d %t, want %d %t", c.a, c.b, order, ok, c.order, c.ok)
		}
	}
	for _, c := range []struct {
		version, line string
		want          bool
	}{{"v2.4.1", "2.4", true}, {"2.4", "2.4", true}, {"2.40.0", "2.4", false}, {"2.4", "2.4.1", false}, {"3.0.0-rc.1", "3.0", true}} {
		if got := ticket.OfLine(c.version, c.line); got != c.want {
			t.Errorf("%s of the line %s: %t", c.version, c.line, got)
		}
	}
}
