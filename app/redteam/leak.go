package redteam

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
)

// Leaks returns the canaries that a text holds: as they are, in small letters, backwards, split by whatever stands between
// their letters, and in the encodings that programs and puzzles use.
func Leaks(text string, canaries []string) []string {
	bare := strings.ToLower(letters(text))
	raw := withoutBlanks(text)
	var out []string
	for _, canary := range canaries {
		if slices.ContainsFunc(disguises(canary), func(s string) bool { return strings.Contains(bare, strings.ToLower(s)) }) ||
			slices.ContainsFunc(encodings(canary), func(s string) bool { return strings.Contains(raw, s) }) {
			out = append(out, canary)
		}
	}
	return out
}

// letters is a text without everything that is no letter and no digit; letters of a wide or a mathematical form are plain.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			r -= 0xFEE0
		case r >= 0xE0020 && r <= 0xE007E: // tag characters, which show nothing
			r -= 0xE0000
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

func withoutBlanks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// disguises are forms of letters and digits alone, which may be split by anything.
func disguises(s string) []string {
	hexed := hex.EncodeToString([]byte(s))
	bare := letters(s) // as in the text that it is looked for in
	return []string{bare, backwards(bare), rot13(bare), hexed, backwards(hexed), strings.TrimRight(base32.StdEncoding.EncodeToString([]byte(s)), "=")}
}

// encodings are forms in which the case of a letter means something. In base64 a text has three forms, by where it begins.
func encodings(s string) []string {
	var out []string
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + s))
		from, to := (shift*8+5)/6, len(strings.TrimRight(encoded, "="))-1
		out = append(out, encoded[from:to])
	}
	var percent, decimal strings.Builder
	for _, b := range []byte(s) {
		percent.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{b})))
		decimal.WriteString("&#" + itoa(int(b)) + ";")
	}
	return append(out, percent.String(), decimal.String())
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n)) //nolint:gosec // a letter
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

func rot13(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, s)
}
