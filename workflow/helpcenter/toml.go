package helpcenter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// parseTOML reads as much of https://toml.io/en/v1.0.0 as it takes to tell whether front matter can be read and which
// top-level keys it has: the form of keys, tables, strings, arrays and inline tables, and keys that stand twice. Numbers and
// dates are taken by their look.
func parseTOML(text string) (out []field, line int, err error) {
	p := &toml{text: text}
	if !utf8.ValidString(text) {
		return nil, 1, fmt.Errorf("it is not in UTF-8")
	}
	table, seen, tables := "", map[string]bool{}, map[string]bool{}
	for p.skip(true); p.at < len(p.text) && p.err == nil; p.skip(true) {
		at := p.line()
		if p.take("[") {
			array := p.take("[")
			table = p.key()
			p.want("]")
			if array {
				p.want("]")
				tables[table] = true
				seen = map[string]bool{}
			} else if tables[table] {
				p.fail("the table [%s] stands twice", table)
			}
			if first, _, _ := strings.Cut(table, "\x00"); !tables[first] && p.err == nil {
				out = append(out, field{key: first, line: at})
				tables[first] = true
			}
			tables[table] = true
		} else {
			key := p.key()
			p.want("=")
			value := p.value(0)
			if full := table + "\x00\x00" + key; seen[full] {
				p.fail("the key %q stands twice", strings.ReplaceAll(key, "\x00", "."))
			} else {
				seen[full] = true
			}
			if first, _, _ := strings.Cut(key, "\x00"); table == "" && !tables[first] {
				out = append(out, field{key: first, value: value, line: at})
				tables[first] = first != key
			}
		}
		if p.skip(false); p.err == nil && p.at < len(p.text) && p.text[p.at] != '\n' {
			p.fail("there is %q where a line should end", p.rest())
		}
	}
	if p.err != nil {
		return nil, p.errLine, p.err
	}
	return out, 0, nil
}

type toml struct {
	text    string
	at      int
	err     error
	errLine int
}

func (p *toml) line() int { return strings.Count(p.text[:p.at], "\n") + 1 }

func (p *toml) fail(format string, args ...any) {
	if p.err == nil {
		p.err, p.errLine = fmt.Errorf(format, args...), p.line()
	}
}

func (p *toml) rest() string {
	line, _, _ := strings.Cut(p.text[p.at:], "\n")
	return line[:min(len(line), 20)]
}

// skip goes over space and comments, and over line ends where they mean nothing.
func (p *toml) skip(lines bool) {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == ' ', c == '\t', c == '\n' && lines:
			p.at++
		case c == '#':
			p.at += len(p.text[p.at:]) - len(strings.TrimLeftFunc(p.text[p.at:], func(r rune) bool { return r != '\n' }))
		default:
			return
		}
	}
}

func (p *toml) take(mark string) bool {
	if p.err == nil && strings.HasPrefix(p.text[p.at:], mark) {
		p.at += len(mark)
		return true
	}
	return false
}

func (p *toml) want(mark string) {
	p.skip(false)
	if !p.take(mark) {
		p.fail("there is %q where %q should stand", p.rest(), mark)
	}
}

var (
	tomlBare  = pattern.Lazy(`^[A-Za-z0-9_-]+`)
	tomlPlain = pattern.Lazy(`^(?:true|false|[+-]?(?:inf|nan)|[+-]?[0-9][0-9A-Za-z_.:+-]*(?: [0-9]{2}:[0-9:.]+(?:Z|[+-][0-9:]+)?)?)`)
)

// key reads a dotted key; its parts come joined by NUL.
func (p *toml) key() string {
	var parts []string
	for p.err == nil {
		p.skip(false)
		switch bare := tomlBare().FindString(p.text[p.at:]); {
		case bare != "":
			p.at += len(bare)
			parts = append(parts, bare)
		case strings.HasPrefix(p.text[p.at:], `"`), strings.HasPrefix(p.text[p.at:], "'"):
			parts = append(parts, p.quoted(p.text[p.at:p.at+1]))
		default:
			p.fail("there is %q where a key should stand", p.rest())
		}
		if p.skip(false); !p.take(".") {
			break
		}
	}
	return strings.Join(parts, "\x00")
}

// quoted reads a string with one of the four kinds of quotes.
func (p *toml) quoted(quote string) string {
	p.at += len(quote)
	from := p.at
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case strings.HasPrefix(p.text[p.at:], quote):
			out := p.text[from:p.at]
			p.at += len(quote)
			for len(quote) == 3 && p.at < len(p.text) && p.text[p.at] == quote[0] && p.at-from-len(out) < 5 {
				p.at++ // up to two quotes may stand before the end
			}
			return out
		case c == '\n' && len(quote) == 1:
			p.at = from
			p.fail("nothing ends the string that begins with %q", p.rest())
			return ""
		case c == '\\' && quote[0] == '"':
			p.at++
			if p.at < len(p.text) && !strings.ContainsRune("btnfr\"\\uUe \t\n", rune(p.text[p.at])) {
				p.fail(`there is no escape \%c`, p.text[p.at])
				return ""
			}
		}
		p.at++
	}
	p.at = min(from, len(p.text))
	p.fail("nothing ends the string that begins with %q", p.rest())
	return ""
}

// value reads a value and returns its text where it is a scalar.
func (p *toml) value(depth int) string {
	p.skip(false)
	if p.err != nil {
		return ""
	}
	if depth > 50 {
		p.fail("values nest deeper than 50")
		return ""
	}
	rest := p.text[p.at:]
	for _, quote := range []string{`"""`, `'''`, `"`, `'`} {
		if strings.HasPrefix(rest, quote) {
			return p.quoted(quote)
		}
	}
	switch {
	case p.take("["):
		p.items(depth, "]", true)
	case p.take("{"):
		p.items(depth, "}", false)
	default:
		plain := tomlPlain().FindString(rest)
		if plain == "" {
			p.fail("%q is no value; text needs quotes", p.rest())
		}
		p.at += len(plain)
		return plain
	}
	return ""
}

// items reads what is in an array or an inline table.
func (p *toml) items(depth int, end string, array bool) {
	for p.err == nil {
		p.skip(array)
		if p.take(end) {
			return
		}
		if !array {
			p.key()
			p.want("=")
		}
		p.value(depth + 1)
		p.skip(array)
		if p.take(end) {
			return
		}
		if !p.take(",") {
			p.fail("there is %q where %q or a comma should stand", p.rest(), end)
		}
	}
}
