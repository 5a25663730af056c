package intake

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// deepest is how deep values may be nested, as for encoding/json.
const deepest = 10000

// scanner walks over JSON once, in place, and checks on the way that it is valid. Where it is not, it stops for good.
type scanner struct {
	b     []byte
	at    int
	depth int
	bad   bool
}

func (s *scanner) fail() { s.bad, s.at = true, len(s.b) }

// next passes white space and returns the byte behind it without passing that; 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.b); s.at++ {
		switch c := s.b[s.at]; c {
		case ' ', '\n', '\r', '\t':
		default:
			return c
		}
	}
	return 0
}

// is passes the byte if it comes next.
func (s *scanner) is(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// members calls fn for each member of an object, with its value next; what fn does not pass is passed then. A value of
// another type is passed.
func (s *scanner) members(fn func(name []byte)) {
	if s.next() != '{' {
		s.skip()
		return
	}
	s.list('{', '}', func() {
		if s.next() != '"' {
			s.fail()
			return
		}
		name, plain := s.quoted()
		if !plain {
			name = []byte(unquoted(name))
		}
		if !s.is(':') {
			s.fail()
			return
		}
		s.next()
		value := s.at
		if fn != nil {
			fn(name)
		}
		if s.at == value {
			s.skip()
		}
	})
}

// list calls each for every element between the brackets.
func (s *scanner) list(open, shut byte, each func()) {
	if s.depth++; s.depth > deepest || !s.is(open) {
		s.fail()
		return
	}
	for more := !s.is(shut); more && !s.bad; {
		each()
		switch {
		case s.is(','):
		case s.is(shut):
			more = false
		default:
			s.fail()
		}
	}
	s.depth--
}

// skip passes a value.
func (s *scanner) skip() {
	switch c := s.next(); {
	case c == '"':
		s.quoted()
	case c == '{':
		s.members(nil)
	case c == '[':
		s.list('[', ']', s.skip)
	case c == '-' || c >= '0' && c <= '9':
		s.digits()
	default:
		for _, word := range []string{"true", "false", "null"} {
			if bytes.HasPrefix(s.b[s.at:], []byte(word)) {
				s.at += len(word)
				return
			}
		}
		s.fail()
	}
}

// text passes a value and returns it if it is a string, as encoding/json reads it.
func (s *scanner) text() string {
	if s.next() != '"' {
		s.skip()
		return ""
	}
	raw, plain := s.quoted()
	if plain && utf8.Valid(raw) {
		return string(raw)
	}
	return unquoted(raw)
}

// textIn passes an object and returns its member's text.
func (s *scanner) textIn(member string) (found string) {
	s.members(func(name []byte) {
		if string(name) == member {
			found = s.text()
		}
	})
	return found
}

// number passes a value and returns it if it is a whole number that fits; 0 for anything else, since an id that was
// rounded would be another's.
func (s *scanner) number() int64 {
	if c := s.next(); c != '-' && (c < '0' || c > '9') {
		s.skip()
		return 0
	}
	n, err := strconv.ParseInt(string(s.digits()), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// digits passes a number.
func (s *scanner) digits() []byte {
	start, whole := s.at, true
	for ; s.at < len(s.b); s.at++ {
		if c := s.b[s.at]; c < '0' || c > '9' {
			if c != '-' && c != '+' && c != '.' && c|' ' != 'e' {
				break
			}
			whole = false
		}
	}
	n := s.b[start:s.at]
	if whole = whole && (n[0] != '0' || len(n) == 1); !whole && !json.Valid(n) {
		s.fail()
	}
	return n
}

// quoted passes a string and returns what is between its quotes, and whether that stands for itself.
func (s *scanner) quoted() (raw []byte, plain bool) {
	start := s.at + 1
	plain = true
	for i := start; ; {
		i += ordinary(s.b[i:])
		switch {
		case i == len(s.b) || s.b[i] < ' ':
			s.fail()
			return nil, true
		case s.b[i] == '"':
			s.at = i + 1
			return s.b[start:i], plain
		}
		plain = false
		n := escape(s.b[i:])
		if n == 0 {
			s.fail()
			return nil, true
		}
		i += n
	}
}

// ordinary counts the bytes before the first that is a quote, a backslash or a control character, eight at a time:
// https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord
func ordinary(b []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^ones*'"', x^ones*'\\'
		if found := ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*' ')&^x) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' '; i++ {
	}
	return i
}

// escape returns the length of the escape that b begins with, 0 if it is none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if b[1] != 'u' {
		if bytes.IndexByte([]byte(`"\/bfnrt`), b[1]) < 0 {
			return 0
		}
		return 2
	}
	if len(b) < 6 {
		return 0
	}
	for _, c := range b[2:6] {
		if (c < '0' || c > '9') && (c|' ' < 'a' || c|' ' > 'f') {
			return 0
		}
	}
	return 6
}

// unquoted is a string with escapes, or with bytes that are not UTF-8, as encoding/json reads it.
func unquoted(raw []byte) string {
	var text string
	if err := json.Unmarshal(append(append([]byte{'"'}, raw...), '"'), &text); err != nil {
		return "" // it was checked
	}
	return text
}
