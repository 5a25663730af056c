package pages

import (
	"fmt"
	"html/template"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

func (p *pages) funcs() template.FuncMap {
	return template.FuncMap{
		"markdown": p.render.markdown,
		"ago":      func(t time.Time) string { return ago(p.Now().Sub(t)) },
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"took":     took,
		"short":    func(sha string) string { return sha[:min(7, len(sha))] },
		"emoji":    func(content string) string { return emojis[content] },
		"clock":    func(t time.Time) string { return t.Local().Format("15:04:05") },
		"day":      func(t time.Time) string { return t.Local().Format("2 Jan 2006 15:04") },
		"bot":      func(login string) bool { return strings.HasSuffix(login, "[bot]") },
		"lines":    diffLines,
		"inc":      func(i int) int { return i + 1 },
		"first":    func(message string) string { line, _, _ := strings.Cut(message, "\n"); return line },
		"human":    human,
		"count":    count,
		"base":     path.Base,
		"percent":  func(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) + "%" },
	}
}

var emojis = map[string]string{"+1": "👍", "-1": "👎", "laugh": "😄", "hooray": "🎉", "confused": "😕", "heart": "❤️", "rocket": "🚀", "eyes": "👀"}

// human makes words of a name that a machine made up.
func human(name string) string { return strings.NewReplacer("_", " ", "-", " ").Replace(name) }

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return itoa(n) + " " + noun + "s"
}

func itoa(n int) string { return strconv.Itoa(n) }

func ago(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"year", 365 * 24 * time.Hour}, {"month", 30 * 24 * time.Hour}, {"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := int(d / unit.size); n >= 1 {
			return count(n, unit.name) + " ago"
		}
	}
	return "just now"
}

func took(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return "<1 ms"
	case d < time.Second:
		return itoa(int(d.Milliseconds())) + " ms"
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
}
