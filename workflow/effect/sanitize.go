package effect

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Allowed says what a text may do beyond saying something.
type Allowed struct {
	Mentions []string // logins, without @, that stay live
	Links    []string // URL prefixes that stay links
}

// Sanitize takes from Markdown what would act when it is posted: live mentions, references and closing keywords, commands of
// bots, images, HTML, hidden text, our own markers and links to elsewhere. What it takes away stays readable. Code stays as
// it is, but for our markers. Sanitizing what is sanitized changes nothing.
func Sanitize(markdown string, allowed Allowed) string {
	out := strings.ReplaceAll(markdown, "\r\n", "\n")
	out = strings.ReplaceAll(visible(out), "\r", "\n")
	if settled, ok := settle(out, allowed); ok {
		return settled
	}
	// What keeps changing, or still acts, is no text that anybody wrote in good faith: show it as code, in which nothing acts.
	return fenced(out)
}

// SanitizeLine is Sanitize for a text that stands in a line of ours: after a label, in a list item, in a heading. The
// result is one line and begins no block of its own.
func SanitizeLine(s string, allowed Allowed) string {
	line := strings.Join(strings.Fields(visible(s)), " ")
	for range maxPasses {
		settled, ok := settle(beginNothing(line), allowed)
		if !ok {
			break
		}
		if settled = strings.Join(strings.Fields(settled), " "); settled == line {
			return line
		}
		line = settled
	}
	return inlineCode(line)
}

// beginNothing escapes what would make a line the beginning of a heading, a list, a quote, a fence.
func beginNothing(line string) string {
	if at := listNumber().FindStringIndex(line); at != nil {
		return line[:at[1]-1] + `\` + line[at[1]-1:]
	}
	if blockStart().MatchString(line) {
		return `\` + line
	}
	return line
}

var (
	blockStart = pattern.Lazy(`^(?:[#>=|/~]|[-+*](?:[ \t]|$)|[-*_]{3})`)
	listNumber = pattern.Lazy(`^[0-9]{1,9}[.)]`)
)

// Plain makes of a model's text one line for places that are no Markdown, such as titles and commit messages, where GitHub
// still sees mentions, references and addresses.
func Plain(s string) string {
	s = strings.ReplaceAll(visible(s), "`", "'")
	for range maxPasses {
		next := plainAddress().ReplaceAllString(s, "")
		next = plainMention().ReplaceAllString(next, "$1")
		next = plainRef().ReplaceAllString(next, "$1")
		next = plainGH().ReplaceAllString(next, "$1 $2")
		next = plainSkip().ReplaceAllString(next, "($1)")
		next = strings.NewReplacer("<!--", "", "-->", "", "{{", "{ {", "***NO_CI***", "NO_CI").Replace(next)
		if next == s {
			break
		}
		s = next
	}
	return strings.Join(strings.Fields(s), " ")
}

var (
	plainAddress = pattern.Lazy(`(?i)(?:https?|ftp)://`)
	plainMention = pattern.Lazy(`@+([A-Za-z0-9])`)
	plainRef     = pattern.Lazy(`#+([0-9])`)
	plainGH      = pattern.Lazy(`(?i)\b(GH)-([0-9])`)
	// What keeps checks from running on a commit: https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs
	plainSkip = pattern.Lazy(`(?i)\[((?:skip|no)[ -]?(?:ci|actions)|(?:ci|actions)[ -]?skip|skip[ -]?checks?)\]`)
)

// maxMarks is how many combining marks a letter may carry. No script needs more; a tower of them covers the lines around it.
const maxMarks = 6

// visible takes out the characters that show nothing. The two that ordinary emoji are joined with stay where they join.
func visible(s string) string {
	var b strings.Builder
	last, marks := rune(0), 0
	for _, r := range s {
		switch {
		case r == '\r' || r == '\n' || r == '\t':
		case r == 0x2028 || r == 0x2029:
			r = '\n'
		case r == 0xFE0F && (pictured(last) || strings.ContainsRune("0123456789#*", last)):
		case r == 0x200D && (pictured(last) || last == 0xFE0F):
		case ticket.Invisible(r):
			continue
		}
		// Counted over what stays: a character that is taken out parts no tower.
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > maxMarks {
			continue
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// pictured reports whether an emoji may begin with the character. The symbols of ASCII, which may be written otherwise in
// the end, begin none.
func pictured(r rune) bool { return r > unicode.MaxASCII && unicode.IsSymbol(r) }

// ownMarks takes our own marks apart, in code too: those who look for them do not read Markdown.
func ownMarks(s string) string { return ownMark().ReplaceAllString(s, "$1 $2") }

var ownMark = pattern.Lazy(`(?i)(<!|\{)(--\s*oioi|\{\s*oioi)`)

const maxPasses = 24

// settle sanitizes until nothing changes and says whether the result is proven safe.
func settle(out string, allowed Allowed) (string, bool) {
	for range maxPasses {
		next := visible(pass(out, allowed)) // a character that joined an emoji may join nothing now
		if next == out {
			return out, !acts(out, allowed)
		}
		out = next
	}
	return out, false
}

// pass sanitizes once, reading the text as GitHub does.
func pass(source string, allowed Allowed) string {
	doc := parse([]byte(source))
	if len(doc.html) > 0 { // what stands in HTML is read anew, as Markdown, once it is none
		return withoutHTML(source, doc.html)
	}
	s := scanner{source: source, code: doc.code, allowed: allowed}
	return ownMarks(s.scan())
}

var htmlStart = pattern.Lazy(`<([A-Za-z/!?])`)

// withoutHTML takes comments out of the ranges and shows tags as text.
func withoutHTML(source string, ranges []stretch) string {
	var out strings.Builder
	at := 0
	for _, r := range ranges {
		if r.start < at {
			continue
		}
		out.WriteString(source[at:r.start])
		out.WriteString(htmlStart().ReplaceAllString(comments.ReplaceAllString(source[r.start:r.end], ""), "&lt;$1"))
		at = r.end
	}
	return out.String() + source[at:]
}

var comments = regexp.MustCompile(`(?s)<!--.*?-->`)

// codeSpan shows an address, a name or a number as code, in which nothing acts.
func codeSpan(s string) string {
	return "`" + strings.NewReplacer("`", "'", "\r\n", " ", "\n", " ", "\r", " ", "|", "%7C").Replace(s) + "`"
}

// Code shows a short text of unknown origin as code on one line, also within a table: a name, a path, what somebody typed.
func Code(s string) string {
	s = strings.NewReplacer("`", "'", "|", "/", "<!--", "", "-->", "").Replace(visible(s))
	return "`" + strings.Join(strings.Fields(ownMarks(s)), " ") + "`"
}

// Block shows a text of unknown origin as a block of code, whose fence it cannot close.
func Block(s string) string { return fenced(strings.ReplaceAll(visible(s), "\r", "")) }

// plainAddresses is what an address may be written with to stay a link: no character that two readers read differently.
var plainAddresses = pattern.Lazy(`^[A-Za-z0-9/._~%?=&#+:,@!()-]+$`)

// crossReference is an address that GitHub makes a reference of, on both sides.
var crossReference = pattern.Lazy(`(?i)/(?:issues|pull|pulls|discussions|commit|commits)/[0-9a-f]`)

func allowedLink(address string, allowed Allowed) bool {
	if !plainAddresses().MatchString(address) || crossReference().MatchString(address) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || strings.Contains(u.Path, "..") {
		return false
	}
	return slices.ContainsFunc(allowed.Links, func(prefix string) bool {
		return prefix != "" && (address == prefix || strings.HasPrefix(address, strings.TrimSuffix(prefix, "/")+"/"))
	})
}

// fenced shows a text as code, with a fence that it does not hold.
func fenced(s string) string {
	s, fence := calm(ownMarks(s)), "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + "\n" + strings.Trim(s, "\n") + "\n" + fence
}

// calm sets commands in code off from the beginning of their line: some bots read a comment's source and know no code.
func calm(code string) string { return codeCommand().ReplaceAllString(code, " $1") }

var codeCommand = pattern.Lazy(`(?m)^(/[A-Za-z][A-Za-z0-9_-]*(?:[ \t\r]|$))`)

// inlineCode is fenced for one line.
func inlineCode(s string) string {
	s, fence := ownMarks(s), "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + " " + strings.TrimSpace(s) + " " + fence
}
