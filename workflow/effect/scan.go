package effect

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/markdown"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// scanner writes a Markdown source anew without what acts. It reads from left to right and lets code stand.
type scanner struct {
	source  string
	code    []stretch
	allowed Allowed
	out     strings.Builder
	last    byte // the byte written last
	stop    int  // where to stop; 0: at the end
}

// The patterns are bounded, so that no text takes more than a few looks at each of its bytes.
var (
	address = regexp.MustCompile(`^(?i:(?:https?|ftp)\\?:\\?/\\?/|www\\?\.|mailto\\?:|xmpp\\?:)`)
	email   = pattern.Lazy(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\\?@(?:\\?[A-Za-z0-9._-]){0,200}`)
	numbers = regexp.MustCompile(`^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?:\\?/[A-Za-z0-9._-]{1,100})?)?\\?#[0-9]+`)
	ghRef   = pattern.Lazy(`^(?i:GH)\\?-[0-9]+`)
	mention = regexp.MustCompile(`^@[A-Za-z0-9](?:\\?[A-Za-z0-9_-]){0,80}(?:\\?/[A-Za-z0-9._-]{0,99}[A-Za-z0-9_-])?`)
	inline  = pattern.Lazy(`^\[([^\[\]]*)\]\([ \n]*<?([^()\[\]\s<>]*(?:\([^()\[\]\s<>]*\)[^()\[\]\s<>]*)*)>?(?:[ \n]+(?:"[^"\[\]]*"|'[^'\[\]]*'))?[ \n]*\)`)
	auto    = pattern.Lazy(`^<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[A-Za-z0-9._+-]+@[A-Za-z0-9._-]+)>`)
)

// maxAddress is the most bytes of an address that are read; nobody can read a longer one.
const maxAddress = 2000

func (s *scanner) scan() string {
	if s.stop == 0 {
		s.stop = len(s.source)
	}
	for i := 0; i < s.stop; {
		if len(s.code) > 0 && s.code[0].start <= i {
			code := s.code[0]
			s.code = s.code[1:]
			if code.start == i {
				if (s.last == '`' || s.last == '$') && strings.HasPrefix(code.text, "`") { // "$`…`$" is a formula, which GitHub draws
					s.write(" ")
				}
				s.write(code.text)
				i = code.end
			}
			continue
		}
		i += s.step(i)
	}
	return s.out.String()
}

func (s *scanner) write(text string) {
	if text != "" {
		s.out.WriteString(text)
		s.last = text[len(text)-1]
	}
}

// show writes a text as code. Nothing before it may change what its first backtick means.
func (s *scanner) show(text string) {
	if s.last == '`' || s.last == '\\' || s.last == '$' {
		s.write(" ")
	}
	s.write(codeSpan(strings.ReplaceAll(text, `\`, "")))
}

// step handles what stands at a place and returns how many bytes it was.
func (s *scanner) step(i int) int {
	rest := s.source[i:s.stop]
	if len(s.code) > 0 {
		rest = s.source[i:min(s.stop, s.code[0].start)] // no rule but that of links reaches into code
	}
	c := rest[0]
	switch {
	case alphanumeric(c):
		return s.word(rest)
	case c == '\\':
		return s.escape(rest)
	case c == '&':
		return s.entity(rest)
	case c == '<':
		return s.angle(rest)
	case c == '`': // no code, or it would be in s.code
		s.write("&#96;")
		return 1
	case c == '[':
		if n := s.link(i); n > 0 {
			return n
		}
	case c == '!' && strings.HasPrefix(rest, "!["):
		if inline().MatchString(s.source[i+1 : s.stop]) {
			return 1 // an image becomes a link, and is treated as one
		}
	case c == ']' && len(rest) > 1 && (rest[1] == '(' || rest[1] == ':'):
		s.write(`]\` + rest[1:2]) // neither a link that link has not seen nor the definition of one
		return 2
	case c == '@' && len(rest) > 1 && alphanumeric(rest[1]):
		return s.mention(rest)
	case c == '@' && s.mailBefore() && mailAfter(rest[1:]):
		s.show("@") // some renderers take ".._@.-x" for an address
		return 1
	case c == '$' && s.last == '$': // two of them begin a formula
		s.write(" $")
		return 1
	case c == '#':
		if m := numbers.FindString(rest); m != "" && !wordFollows(rest, len(m)) {
			s.show(m)
			return len(m)
		}
	case c == '\t' && s.lineBegins(): // how deep it makes the line depends on the quote that the text is put into
		s.write("    "[s.column()%4:]) // see spaced
		return 1
	case c == '/' && len(rest) > 1 && alphabetic(rest[1]) && s.lineBegins():
		s.write(`\/`)
		return 1
	}
	s.write(rest[:1])
	return 1
}

// mailBefore reports whether what was written last may end the name in an e-mail address.
func (s *scanner) mailBefore() bool {
	return alphanumeric(s.last) || strings.IndexByte("._+-", s.last) >= 0
}

// mailAfter reports whether a host may begin here that does not begin with a letter or a digit; those that do are mentions.
func mailAfter(rest string) bool {
	rest = strings.TrimPrefix(rest, `\\`)
	return rest != "" && strings.IndexByte("._-", rest[0]) >= 0
}

func alphabetic(c byte) bool   { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func alphanumeric(c byte) bool { return alphabetic(c) || c >= '0' && c <= '9' }

// wordFollows reports whether a word goes on at a place: "#1a" is no reference.
func wordFollows(s string, at int) bool {
	return at < len(s) && (alphanumeric(s[at]) || s[at] == '_')
}

// withoutStop is an address without the full stop of the sentence that it ends.
func withoutStop(mail string) string {
	if bare := strings.TrimSuffix(mail, "."); bare != "" && alphanumeric(bare[len(bare)-1]) && strings.IndexByte(bare, '@') < len(bare)-1 {
		return bare
	}
	return mail
}

// word handles a run of letters and digits and what begins with one: addresses and references.
func (s *scanner) word(rest string) int {
	if beginsAddress(rest) {
		return s.address(rest)
	}
	// A look for the sign that a pattern needs is much quicker than the pattern, and most words have none.
	if strings.IndexByte(rest[:min(len(rest), 70)], '@') > 0 {
		if m := email().FindString(rest); m != "" {
			m = withoutStop(m)
			s.show(m)
			return len(m)
		}
	}
	if strings.IndexByte(rest[:min(len(rest), 210)], '#') > 0 {
		if m := numbers.FindString(rest); m != "" && !wordFollows(rest, len(m)) {
			s.show(m)
			return len(m)
		}
	}
	if rest[0] == 'G' || rest[0] == 'g' {
		if m := ghRef().FindString(rest); m != "" {
			s.show(m)
			return len(m)
		}
	}
	n := 1
	for n < len(rest) && alphanumeric(rest[n]) && !beginsAddress(rest[n:]) { // GitHub links "1https://…" too
		n++
	}
	s.write(rest[:n])
	return n
}

// beginsAddress reports whether an address begins here.
func beginsAddress(rest string) bool {
	return strings.IndexByte("hHfFwWmMxX", rest[0]) >= 0 && address.MatchString(rest[:min(len(rest), 13)])
}

// address lets an allowed address stand where every reader sees the same end of it, and shows any other as code.
func (s *scanner) address(rest string) int {
	// GitHub makes no link of "http\://x"; a reader's mail program does, which gets what is displayed.
	begins := address.FindString(rest)
	plain := strings.ReplaceAll(begins, `\`, "")
	escapes := len(begins) - len(plain)
	if escapes > 0 {
		rest = plain + rest[len(begins):]
	}
	found := rest[:min(len(rest), maxAddress)]
	if at := strings.IndexAny(found, " \t\n\u00a0<`"); at >= 0 {
		found = found[:at]
	}
	found = strings.ToValidUTF8(found, "")
	trimmed := strings.TrimRight(found, `?!.,:;*_~'"`)
	for strings.HasSuffix(trimmed, ")") && strings.Count(trimmed, ")") > strings.Count(trimmed, "(") {
		trimmed = strings.TrimRight(trimmed[:len(trimmed)-1], `?!.,:;*_~'"`)
	}
	ends := len(found) == len(rest) || rest[len(found)] == ' ' || rest[len(found)] == '\n'
	ends = ends && !strings.ContainsAny(found[len(trimmed):], `'"`) // which of these belong to an address is read in two ways
	if ends && allowedLink(trimmed, s.allowed) {
		if strings.ContainsAny(found[len(trimmed):], "*_") { // some read these into the name of a host
			s.write("<" + trimmed + ">")
		} else {
			s.write(trimmed)
		}
		return len(trimmed) + escapes
	}
	if cut := strings.IndexAny(trimmed, `[]|\"`); cut > 0 {
		trimmed = trimmed[:cut]
	}
	s.show(trimmed)
	return len(trimmed) + escapes
}

// escape handles a backslash.
func (s *scanner) escape(rest string) int {
	if len(rest) == 1 {
		s.write(`\`)
		return 1
	}
	switch next := rest[1]; {
	case next == '@', next == '#' && len(rest) > 2 && rest[2] >= '0' && rest[2] <= '9':
		return 1 // what follows is handled as if nobody had escaped it: GitHub does so too
	case next == '`':
		s.write("&#96;")
		return 2
	case next == '<':
		s.write("&lt;")
		return 2
	case next > ' ' && next < 0x7F && !alphanumeric(next):
		s.write(rest[:2])
		return 2
	}
	s.write(`\`)
	return 1
}

// entity writes a character reference out, unless its character means something in Markdown and would mean it then.
func (s *scanner) entity(rest string) int {
	m := markdown.Reference(rest)
	text := html.UnescapeString(m)
	if m == "" || text == m {
		s.write("&")
		return 1
	}
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == 0 || r == utf8.RuneError:
			out.WriteRune(utf8.RuneError)
		case r == '\n' || r == '\t' || r == '\r':
			out.WriteByte(' ')
		case ticket.Invisible(r):
		case r < 0x80 && !alphanumeric(byte(r)) && !strings.ContainsRune("@#/:.-_+ ", r): //nolint:gosec // ASCII fits into a byte
			s.write(m)
			return len(m)
		default:
			out.WriteRune(r)
		}
	}
	s.write(out.String())
	return len(m)
}

// angle handles "<".
func (s *scanner) angle(rest string) int {
	if m := auto().FindStringSubmatch(rest); m != nil {
		if allowedLink(m[1], s.allowed) {
			s.write(m[0])
		} else {
			s.show(m[1])
		}
		return len(m[0])
	}
	if htmlStart().MatchString(rest[:min(2, len(rest))]) {
		s.write("&lt;")
		return 1
	}
	s.write("<")
	return 1
}

// link handles an inline link or image and returns 0 where there is none.
func (s *scanner) link(i int) int {
	m := inline().FindStringSubmatchIndex(s.source[i:s.stop])
	if m == nil {
		return 0
	}
	textEnd := i + m[3]
	inside, after := s.code, 0
	for after < len(s.code) && s.code[after].start < i+m[1] {
		if code := s.code[after]; code.end > textEnd || code.start < i || strings.Contains(code.text, "\n") {
			return 0 // code reaches over the link's own characters, so that it is none
		}
		after++
	}
	inner := scanner{source: s.source[:textEnd], code: inside[:after]}
	words := strings.TrimSpace(inner.from(i + 1))
	target := s.source[i+m[4] : i+m[5]]
	s.code = s.code[after:]
	switch {
	case words != "" && allowedLink(target, s.allowed):
		s.write("[" + words + "](" + target + ")")
	case target == "":
		s.write(words)
	case words == "" || words == codeSpan(target):
		s.show(target)
	default:
		s.write(words + " (")
		s.show(target)
		s.write(")")
	}
	return m[1]
}

// from scans from a place on; in the text of a link no address and no mention may stay.
func (s *scanner) from(i int) string {
	s.stop = len(s.source)
	var out strings.Builder
	before := s.source[:i]
	s.source = s.source[i:]
	for n := range s.code {
		s.code[n].start -= len(before)
		s.code[n].end -= len(before)
	}
	s.stop -= len(before)
	if s.stop > 0 {
		out.WriteString(s.scan())
	}
	return out.String()
}

// mention shows a mention as code, unless it is allowed and no reader can take it for another.
func (s *scanner) mention(rest string) int {
	m := strings.TrimRight(mention.FindString(rest), `_-\`)
	free := s.last == 0 || strings.IndexByte(" \n(", s.last) >= 0
	ends := len(m) == len(rest) || strings.IndexByte(" \n,.:;!?)", rest[len(m)]) >= 0
	if free && ends && mayMention(m[1:], s.allowed) {
		s.write(m)
	} else {
		s.show(m)
	}
	return len(m)
}

// column is how many characters were written since the line began.
func (s *scanner) column() int {
	text := s.out.String()
	return utf8.RuneCountInString(text[strings.LastIndexByte(text, '\n')+1:])
}

// lineBegins reports whether nothing but the marks of lists, quotes and emphasis was written since the line began.
func (s *scanner) lineBegins() bool {
	text := s.out.String()
	for i := len(text) - 1; i >= 0 && text[i] != '\n'; i-- {
		if strings.IndexByte(" \t>*+-_~#|()[].xX0123456789", text[i]) < 0 {
			return false
		}
	}
	return true
}
