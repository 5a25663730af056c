package playbook

import (
	"regexp"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// wish is what the drafter can do of a maintainer's direction. What it cannot do is said in the handoff note.
type wish struct {
	words      string
	shorter    bool
	formal     bool
	friendlier bool
	escalate   bool
	noFollowUp bool
	docs       bool   // change the help center
	cite       bool   // answer from the page that the direction names
	page       string // a path that the direction names
	language   string
	category   string
	ask        []string // ids in phrases.Ask
	left       []string // words that nothing was done about
}

// readWish reads a direction, piece by piece.
func readWish(direction string) wish {
	w := wish{words: flat(direction)}
	asking := false
	if w.page = pagePath.FindString(w.words); w.page != "" {
		w.words = strings.ReplaceAll(w.words, w.page, "that page")
	}
	for _, piece := range strings.FieldsFunc(w.words, func(r rune) bool { return strings.ContainsRune(",;.!", r) }) {
		for part := range strings.SplitSeq(strings.ReplaceAll(piece, " und ", " and "), " and ") {
			part = strings.TrimSpace(part)
			if asking = asking || policy.Mentions(part, askVerbs...); asking {
				part = "ask " + part // "ask for the log and the version"
			}
			if part != "" && !w.take(part) && !policy.Mentions(part, "please", "bitte", "thanks", "thank you") {
				w.left = append(w.left, strings.TrimPrefix(part, "ask "))
			}
		}
	}
	return w
}

// pagePath matches a page as a person names it.
var pagePath = regexp.MustCompile(`\b[\w.-]+(?:/[\w.-]+)*\.(?:md|mdx|markdown|rst|adoc)\b`)

var askVerbs = []string{"ask", "ask for", "request", "need", "frage", "frag"}

func (w *wish) take(part string) bool {
	has := func(words ...string) bool { return policy.Mentions(part, words...) }
	done := false
	yes := func(to *bool) { *to, done = true, true }
	if has("short", "shorter", "brief", "briefer", "concise", "less text", "fewer words", "kurzer", "kurz", "trim", "too long") {
		yes(&w.shorter)
	}
	if has("formal", "more formal", "formally", "formeller", "formlicher", "serious") {
		yes(&w.formal)
	}
	if has("friendly", "friendlier", "warmer", "kinder", "nicer", "more friendly", "freundlicher") {
		yes(&w.friendlier)
	}
	if has("escalate", "escalation", "eskalieren", "escalate it", "escalate this") && !has("do not escalate", "dont escalate", "no escalation") {
		yes(&w.escalate)
	}
	if has("change the help center", "change the docs", "docs change", "document it", "document this", "add it to the docs") {
		yes(&w.docs)
	}
	if w.page != "" && has("that page") {
		if has("use", "quote", "cite", "mention", "link", "answer from", "answer with", "refer to", "point to", "nimm", "zitiere", "verweise") && !w.docs {
			yes(&w.cite)
		} else {
			yes(&w.docs)
		}
	}
	if has("no follow up", "no follow ups", "without follow up", "without follow ups", "no issue", "no sub issue") {
		yes(&w.noFollowUp)
	}
	for _, l := range []struct {
		code  string
		words []string
	}{
		{"de", []string{"in german", "german", "auf deutsch", "deutsch"}}, {"en", []string{"in english", "english", "auf englisch"}},
		{"es", []string{"in spanish", "spanish", "espanol"}}, {"fr", []string{"in french", "french", "francais", "auf franzosisch"}},
	} {
		if has(l.words...) {
			w.language, done = l.code, true
		}
	}
	if has(askVerbs...) {
		for _, id := range askable {
			if has(askWords[id]...) {
				if !slices.Contains(w.ask, id) {
					w.ask = append(w.ask, id)
				}
				done = true
			}
		}
	}
	if has("treat as", "treat it as", "treat this as", "handle as", "handle it as", "this is a", "its a", "it is a", "category") {
		for _, c := range role.Categories {
			if has(strings.ReplaceAll(string(c), "_", " ")) {
				w.category, done = string(c), true
			}
		}
	}
	return done
}

// askable are the facts that a maintainer can have asked for in words.
var askable = []string{"log", "version", "steps", "screenshot", "browser", "invoice", "account", "network", "example", "time"}

var askWords = map[string][]string{
	"log": {"log", "logs", "error message", "stack trace", "output", "protokoll"}, "version": {"version", "release", "build"}, "steps": {"steps", "reproduction", "how to reproduce", "repro", "schritte"},
	"screenshot": {"screenshot", "screenshots", "picture", "screen recording", "video", "bildschirmfoto"}, "browser": {"browser", "device", "operating system", "os"},
	"invoice": {"invoice", "invoice number", "receipt", "rechnung"}, "account": {"account", "workspace", "organization", "organisation"}, "network": {"network", "firewall", "proxy", "vpn", "region"},
	"example": {"example", "sample", "sample file", "test file", "file", "request"}, "time": {"time", "when", "time zone", "timestamp"},
}
