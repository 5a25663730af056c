package helpcenter

import (
	"slices"
	"strings"
)

// jsToken is a word, a string or a sign of JavaScript or TypeScript, as far as lists of pages need it.
type jsToken struct {
	kind   byte   // 'w' a word or number, 's' a string, 't' a template with expressions, else the sign itself
	text   string // of a string, without quotes
	at, to int    // bytes
	pair   int    // of a bracket: which token closes or opens it; -1 where none does
	up     int    // the bracket that it is in, or -1
}

// scanJS cuts a source into tokens, without comments: https://tc39.es/ecma262/#sec-ecmascript-language-lexical-grammar. Regular
// expressions are not told from divisions; ok is false where brackets do not match.
func scanJS(source string) (out []jsToken, ok bool) {
	var open []int
	for i := 0; i < len(source); {
		c := source[i]
		up := -1
		if len(open) > 0 {
			up = open[len(open)-1]
		}
		switch {
		case strings.HasPrefix(source[i:], "//"):
			i += len(firstLine(source[i:]))
		case strings.HasPrefix(source[i:], "/*"):
			end := strings.Index(source[i+2:], "*/")
			if end < 0 {
				return out, false
			}
			i += end + 4
		case c == '"' || c == '\'' || c == '`':
			end := i + 1
			for end < len(source) && source[end] != c && (source[end] != '\n' || c == '`') {
				if source[end] == '\\' {
					end++
				}
				end++
			}
			if end >= len(source) || source[end] != c {
				return out, false
			}
			kind, text := byte('s'), source[i+1:end]
			if c == '`' && strings.Contains(text, "${") {
				kind = 't'
			}
			out = append(out, jsToken{kind: kind, text: unescapeJS(text), at: i, to: end + 1, pair: -1, up: up})
			i = end + 1
		case wordByte(c):
			end := i
			for end < len(source) && wordByte(source[end]) {
				end++
			}
			out = append(out, jsToken{kind: 'w', text: source[i:end], at: i, to: end, pair: -1, up: up})
			i = end
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		default:
			t := jsToken{kind: c, at: i, to: i + 1, pair: -1, up: up}
			switch c {
			case '{', '[', '(':
				open = append(open, len(out))
			case '}', ']', ')':
				if up < 0 || string(out[up].kind)+string(c) != map[byte]string{'}': "{}", ']': "[]", ')': "()"}[c] {
					return out, false
				}
				open = open[:len(open)-1]
				t.pair, t.up = up, out[up].up
				out[up].pair = len(out)
			}
			out = append(out, t)
			i++
		}
	}
	return out, len(open) == 0
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func unescapeJS(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\'`, "'", `\"`, `"`, "\\`", "`", `\/`, "/").Replace(s)
}

// quoteJS writes a string with a quote.
func quoteJS(s string, quote byte) string {
	s = strings.ReplaceAll(s, `\`, `\\`)
	return string(quote) + strings.ReplaceAll(strings.ReplaceAll(s, string(quote), `\`+string(quote)), "\n", " ") + string(quote)
}

// jsFile is a scanned source.
type jsFile struct {
	source string
	tokens []jsToken
}

// key is the name that a value of an object has, which begins with a token; "" where it has none.
func (f jsFile) key(value int) string {
	if value >= 2 && f.tokens[value-1].kind == ':' {
		if k := f.tokens[value-2]; k.kind == 'w' || k.kind == 's' {
			return k.text
		}
	}
	return ""
}

var declares = []string{"const", "let", "var", "function"}

// names are the keys, and at the top the declared name, of all that a token is within, from inside out.
func (f jsFile) names(at int) []string {
	var out []string
	for up := f.tokens[at].up; up >= 0; up = f.tokens[up].up {
		if key := f.key(up); key != "" {
			out = append(out, key)
		}
		if f.tokens[up].up >= 0 && f.tokens[up-1].kind != ')' {
			continue
		}
		for i := up - 1; i >= 0; i-- { // to the start of the statement
			t := f.tokens[i]
			if t.pair >= 0 && t.pair < i {
				if t.kind == '}' && t.up < 0 {
					break
				}
				i = t.pair
				continue
			}
			if t.kind == ';' {
				break
			}
			if t.kind == 'w' && i > 0 && slices.Contains(declares, f.tokens[i-1].text) && f.tokens[i-1].kind == 'w' {
				out = append(out, t.text)
				break
			}
		}
	}
	return out
}

// element returns the first and the last token of the array element that a token is in, where it is directly an element or in
// an object that is one; ok is false elsewhere.
func (f jsFile) element(at int) (first, last int, ok bool) {
	up := f.tokens[at].up
	switch {
	case up < 0:
		return 0, 0, false
	case f.tokens[up].kind == '[':
		first, last = at, at
	case f.tokens[up].kind == '{' && f.tokens[up].up >= 0 && f.tokens[f.tokens[up].up].kind == '[':
		first, last = up, f.tokens[up].pair
	default:
		return 0, 0, false
	}
	before, after := f.tokens[first-1], f.tokens[last+1]
	array := f.tokens[f.tokens[first].up]
	return first, last, (before.kind == ',' || before.at == array.at) && (after.kind == ',' || after.kind == ']')
}

// insert puts an element after another, or before it, in the same array and with the same indent.
func (f jsFile) insert(first, last int, text string, before bool) string {
	at, to := f.tokens[first].at, f.tokens[last].to
	lineStart := strings.LastIndexByte(f.source[:at], '\n') + 1
	indent := f.source[lineStart:at]
	alone := strings.TrimSpace(indent) == ""
	end := "\n"
	if strings.HasSuffix(firstLineWithEnd(f.source), "\r\n") {
		end = "\r\n"
	}
	text = strings.ReplaceAll(text, "\n", end)
	next := f.tokens[last+1]
	rest := len(firstLine(f.source[next.to:]))
	switch {
	case before && alone:
		return f.source[:at] + text + "," + end + indent + f.source[at:]
	case before:
		return f.source[:at] + text + ", " + f.source[at:]
	case !alone:
		return f.source[:to] + ", " + text + f.source[to:]
	case next.kind == ',' && onlyComment(f.source[next.to:next.to+rest]): // after the line, so that its comment stays with it
		line := next.to + len(strings.TrimSuffix(f.source[next.to:next.to+rest], "\r"))
		return f.source[:line] + end + indent + text + "," + f.source[line:]
	case next.kind == ',':
		return f.source[:next.to] + end + indent + text + "," + f.source[next.to:]
	}
	line := to + len(strings.TrimSuffix(firstLine(f.source[to:]), "\r"))
	if line > next.at || !onlyComment(f.source[to:line]) {
		line = to
	}
	return f.source[:to] + "," + f.source[to:line] + end + indent + text + f.source[line:]
}

func firstLineWithEnd(s string) string { return s[:min(len(s), len(firstLine(s))+1)] }

func onlyComment(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || strings.HasPrefix(s, "//") || strings.HasPrefix(s, "/*") && strings.Index(s, "*/") == len(s)-2
}
