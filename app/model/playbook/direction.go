package playbook

import (
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// wish is what the drafter can do of a maintainer's direction. What it cannot do is said in the draft.
type wish struct {
	words      string
	shorter    bool
	formal     bool
	friendlier bool
	longer     bool
	noPromise  bool
	noQuestion bool
	escalate   bool
	noFollowUp bool
	docs       bool   // change the help center
	newPage    bool   // with a page of its own
	page       string // where: a path that the direction names
	use        string // the page, or its section, that the answer is to come from
	mention    string // the page that the reply is to point to as well
	language   string
	category   string
	ask        []string // ids in phrases.Ask
	left       []string // words that nothing was done about
}

// readWish reads a direction, piece by piece.
func readWish(direction string) wish {
	w := wish{words: flat(direction)}
	asking := false
	named := ""
	if w.page = pagePath().FindString(w.words); w.page != "" {
		named, w.words = w.page, strings.ReplaceAll(w.words, w.page, thatPage)
	} else if m := quotedName().FindStringSubmatch(w.words); m != nil {
		named, w.words = m[1], strings.Replace(w.words, m[0], thatPage, 1)
	}
	var open *string // a page's name that may go on: "mention Backup and restore"
	for _, piece := range strings.FieldsFunc(w.words, func(r rune) bool { return strings.ContainsRune(",;.!", r) }) {
		for part := range strings.SplitSeq(strings.ReplaceAll(piece, " und ", " and "), " and ") {
			part = strings.TrimSpace(part)
			// "use a warmer tone" names no page.
			if m := pageWish().FindStringSubmatch(part); m != nil && (meant(m[3]) || !w.take(part)) {
				open = &w.use
				if m[1] == "" {
					open = &w.mention
				}
				if *open = m[3]; meant(m[3]) {
					*open = named
				}
				continue
			}
			if asking = asking || policy.Mentions(part, askVerbs...) && !policy.Mentions(part, noQuestions...); asking && part != "" {
				part = "ask " + part // "ask for the log and the version"
			}
			switch {
			case part == "" || w.take(part) || politeness().MatchString(part):
				open = nil
			case open != nil && *open != named && !asking:
				*open += " and " + part
			default:
				w.left = append(w.left, strings.TrimPrefix(part, "ask "))
			}
		}
	}
	if w.page != "" && (w.use == w.page || w.mention == w.page) && !w.docs {
		w.page = "" // it is named for the reply, and not for a change of the page
	}
	return w
}

// thatPage stands for the page that a direction names.
const thatPage = "that page"

func meant(name string) bool { return name == thatPage || name+" page" == thatPage }

var (
	quotedName = pattern.Lazy(`["“„«]([^"“”„»]{3,120})["”“»]`)
	// pageWish matches what page the answer is to come from (its first group), or the reply is to point to.
	pageWish   = pattern.Lazy(`(?i)^(?:please |bitte )?(?:also )?(?:(use|answer from|answer with|rely on|quote|cite)|(mention|link to|link|point to|refer to|point (?:them|her|him|the customer) to|send (?:them|her|him|the customer) to))(?: only)? (?:the )?(?:page |section |article |part )?(?:on |about )?(.{3,120}?)(?: (?:page|section|article|part))?(?: (?:too|as well|also|instead|please))?$`)
	politeness = pattern.Lazy(`(?i)^(?:ask )?(?:please|bitte|thanks|thank you|danke)$`)
)

// understood says in words what the playbooks can do of a direction.
const understood = "shorter, longer, formal, friendlier, in German, English, Spanish or French, use (page), mention (page), ask for (log, version, steps, screenshot, …), no questions, no promises, escalate, treat as (category), docs change, on a new page, no follow-up"

// pagePath matches a page as a person names it.
var pagePath = pattern.Lazy(`\b[\w.-]+(?:/[\w.-]+)*\.(?:md|mdx|markdown|rst|adoc|asciidoc)\b`)

var noQuestions = []string{"no questions", "no question", "ask nothing", "do not ask", "dont ask", "without questions", "keine fragen", "keine ruckfragen"}

var askVerbs = []string{"ask", "ask for", "request", "need", "frage", "frag"}

func (w *wish) take(part string) bool {
	has := func(words ...string) bool { return policy.Mentions(part, words...) }
	done := false
	yes := func(to *bool) { *to, done = true, true }
	if has("short", "shorter", "brief", "briefer", "concise", "less text", "fewer words", "kurzer", "kurz", "trim", "too long") {
		yes(&w.shorter)
	}
	if has("longer", "more detail", "more details", "more detailed", "in detail", "whole section", "elaborate", "too short", "langer", "ausfuhrlicher", "mehr details") {
		yes(&w.longer)
	}
	if has("no promise", "no promises", "do not promise", "dont promise", "without a promise", "without promises", "without promising", "promise nothing", "no commitment", "keine zusage", "versprich nichts", "nichts versprechen") {
		yes(&w.noPromise)
	}
	if has(noQuestions...) {
		yes(&w.noQuestion)
		return done
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
	if has("change the help center", "change the docs", "docs change", "document it", "document this", "add it to the docs") || w.page != "" && has("that page") {
		yes(&w.docs)
	}
	if has("new page", "own page", "page of its own", "separate page", "neue seite", "eigene seite") {
		w.docs = true
		yes(&w.newPage)
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
