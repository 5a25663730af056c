package redact

import (
	"iter"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
)

var (
	// All but the first are matched against the text in lower case.
	inAddress = pattern.Lazy(`\b[A-Za-z][A-Za-z0-9+.-]{1,20}://([^\s:/?#@"'<>\x60]{0,100}):([^\s/?#@"'<>\x60]{1,200})@[A-Za-z0-9\[_$%]`)
	header    = pattern.Lazy(`authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token|apikey|negotiate)\s+)?([a-z0-9+/=._~-]{8,})`)
	bearer    = pattern.Lazy(`bearer\s+([a-z0-9+/=._~-]{20,})`)
	keyHeader = pattern.Lazy(`(?:api-?key|auth-?token|access-?token|cookie)["']?\s*:\s*["']?([^\s"']{12,})`)
	curlUser  = pattern.Lazy(`\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[ =]?["']?[^\s:"']{1,100}:([^\s"']{4,200})`)
	assigned  = pattern.Lazy(`((?:api[_-]?key|apikey|secret|passwd|password|passwort|contraseña|mot[_-]de[_-]passe|passphrase|pwd|access[_-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token|token|credentials?|private[_-]?key|encryption[_-]?key|signing[_-]?key)(?:[_-]?(?:id|key|value|base))?)["'\x60]?\s{0,3}(?::=|=>|=|:|\bis\b)\s{0,3}["'\x60]?`)
)

// passwordsInAddresses finds what stands between the user and the host of a URL (RFC 3986, 3.2.1): DSNs of databases, above all.
func passwordsInAddresses(s, _ string) []match {
	var out []match
	if !strings.Contains(s, "://") {
		return nil
	}
	for _, at := range inAddress().FindAllStringSubmatchIndex(s, -1) {
		user, value := s[at[2]:at[3]], s[at[4]:at[5]]
		if user == value || sample(value) || common(value) {
			continue // postgres:postgres@localhost is every tutorial's
		}
		out = append(out, match{at[4], at[5], Password, "", ""})
	}
	return out
}

func headers(s, lower string) []match {
	var out []match
	add := func(pattern *regexp.Regexp, least int) {
		for _, at := range pattern.FindAllStringSubmatchIndex(lower, -1) {
			if value := s[at[2]:at[3]]; len(value) >= least && !sample(value) && (entropy(value) >= 2.8 && hasDigitAndLetter(value)) {
				out = append(out, match{at[2], at[3], Password, "", ""})
			}
		}
	}
	if strings.Contains(lower, "authorization") {
		add(header(), 12)
	}
	if strings.Contains(lower, "bearer") {
		add(bearer(), 20)
	}
	if strings.Contains(lower, "cookie") || strings.Contains(lower, "-key") || strings.Contains(lower, "-token") {
		add(keyHeader(), 12)
	}
	if strings.Contains(lower, "curl") {
		for _, at := range curlUser().FindAllStringSubmatchIndex(lower, -1) {
			if value := s[at[2]:at[3]]; !sample(value) && !common(value) {
				out = append(out, match{at[2], at[3], Password, "", ""})
			}
		}
	}
	return out
}

// assignments finds values beside a name that says they are secret. A password may be short; a key is long and random.
func assignments(s, lower string) []match {
	var out []match
	for name, at := range assignmentsIn(lower) {
		start, end := at[0], at[1]
		password := strings.Contains(name, "pass") || strings.Contains(name, "pwd") || strings.Contains(name, "contrase")
		ends := `.!?\`
		if password {
			ends = `\` // a sentence's mark may be the password's
		}
		value := strings.TrimRight(s[start:end], ends)
		end = start + len(value)
		if bare := strings.TrimRight(value, ".!?"); sample(value) || common(bare) || len(bare) < 6 || !hasDigitAndLetter(value) || strings.Contains(value, "://") {
			continue
		}
		if !password && (len(value) < 16 || entropy(value) < 3.2 || wordy(value)) {
			continue
		}
		out = append(out, match{start, end, Password, "", ""})
	}
	return out
}

// assignmentsIn yields names and where their values stand. An expression for both would read every text slowly from end to end, and most texts
// hold a name now and then without a value: it reads only around a name, and the value is what follows up to a mark that no
// value holds.
func assignmentsIn(lower string) iter.Seq2[string, [2]int] {
	return func(yield func(string, [2]int) bool) {
		var next [len(names)]int // where each name stands next
		for i, name := range names {
			next[i] = indexFrom(lower, name, 0)
		}
		for floor := 0; ; { // no value is read twice
			first := slices.Min(next[:])
			if first == len(lower) {
				return
			}
			from, offset := first+1, max(floor, first-beforeName)
			window := lower[offset:min(len(lower), first+signNear)]
			var at []int
			if signFollows(lower[first:]) {
				at = assigned().FindStringSubmatchIndex(window)
			}
			if at != nil {
				start := offset + at[1]
				floor = start
				end := start
				stops := valueStops
				if strings.IndexByte("\"'`", lower[start-1]) >= 0 {
					stops = quotedStops
				}
				for n := 0; end < len(lower) && n < 500; n++ {
					r, size := utf8.DecodeRuneInString(lower[end:])
					if strings.ContainsRune(stops, r) {
						break
					}
					end += size
				}
				if end-start >= 6 {
					if !yield(window[at[2]:at[3]], [2]int{start, end}) {
						return
					}
					from, floor = max(from, end), end
				}
			}
			for i, name := range names {
				if next[i] < from {
					next[i] = indexFrom(lower, name, from)
				}
			}
		}
	}
}

// What no value holds, and no value in quotation marks.
const (
	quotedStops = " \t\n\f\r\"'`"
	valueStops  = quotedStops + ",;<>(){}[]"
)

// signFollows reports whether a sign of assignment may stand behind the name that a text begins with: most names stand in
// sentences, and this is faster than the expression.
func signFollows(text string) bool {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return r == '_' || r == '-' || unicode.IsLetter(r) })
	if text != "" && strings.IndexByte("\"'`", text[0]) >= 0 {
		text = text[1:]
	}
	text = strings.TrimLeft(text, " \t\n\f\r")
	return text != "" && (text[0] == ':' || text[0] == '=' || strings.HasPrefix(text, "is"))
}

// In bytes: how much of a name may stand before the part of it that names lists, and how far behind that the value may begin.
const (
	beforeName = len("encryption_")
	signNear   = 64
)

// indexFrom is where the name stands at or after from, or the length of the text.
func indexFrom(text, name string, from int) int {
	if at := strings.Index(text[from:], name); at >= 0 {
		return from + at
	}
	return len(text)
}

// names are in every name that the expression above takes.
var names = [...]string{"key", "secret", "pass", "pwd", "token", "credential", "contrase"}

var samples = []string{
	"example", "sample", "placeholder", "changeme", "change_me", "change-me", "your", "dummy", "redacted", "removed", "xxxx", "****", "....", "…",
	"1234567890abcdef", "abcdefghijklmnop", "0123456789", "todo", "insert", "replace", "hidden", "censored", "<", "${", "{{", "$(", "%s",
	"fake", "notreal", "not-real", "4ec39hqlyjwdarjtt1zdp7dc",
}

// sample reports whether the value says itself that it is none, or is one that a vendor's page shows to everybody.
func sample(value string) bool {
	lower := strings.ToLower(value)
	for _, s := range samples {
		if strings.Contains(lower, s) {
			return true
		}
	}
	if strings.HasPrefix(value, "$") && len(value) > 1 && (value[1] == '_' || unicode.IsLetter(rune(value[1]))) {
		return true // a variable of a shell
	}
	return strings.HasPrefix(value, "process.env") || strings.HasPrefix(value, "os.environ") || strings.HasPrefix(value, "secrets.") || strings.HasPrefix(value, "[") || distinct(value) <= 2
}

// commonPasswords are those of tutorials and images.
var commonPasswords = []string{"password", "pass", "passwd", "secret", "postgres", "root", "admin", "mysql", "guest", "test", "user", "pw", "pwd", "token", "foo", "bar", "hunter2", "password1", "password123", "pass123", "admin123", "s3cret", "test123", "test1234", "pass1234"}

func common(value string) bool {
	for _, p := range commonPasswords {
		if strings.EqualFold(value, p) {
			return true
		}
	}
	return false
}

func hasDigitAndLetter(s string) bool {
	return strings.ContainsFunc(s, unicode.IsDigit) && strings.ContainsFunc(s, unicode.IsLetter)
}

// wordy reports whether the value is a path, a name or a call in code and not random: words of letters with marks between them.
func wordy(s string) bool {
	letters, runs, run, longest := 0, 0, 0, 0
	for _, c := range s {
		if unicode.IsLower(c) {
			letters++
			if run++; run > longest {
				longest = run
			}
			continue
		}
		if run >= 4 {
			runs++
		}
		run = 0
	}
	if run >= 4 {
		runs++
	}
	return runs >= 2 && letters*3 >= len(s)*2 || longest >= 10
}

// entropy is Shannon's, in bits a character.
func entropy(s string) float64 {
	counts := map[byte]int{}
	for i := range len(s) {
		counts[s[i]]++
	}
	out := 0.0
	for _, n := range counts {
		p := float64(n) / float64(len(s))
		out -= p * math.Log2(p)
	}
	return out
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, c := range s {
		seen[c] = true
	}
	return len(seen)
}
