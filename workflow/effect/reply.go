package effect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// Unsent is the line of a draft that says that nothing was sent; a status takes its place.
const Unsent = "_A draft: nothing is sent until a person sends it._"

// The status of a draft stands between these two lines of it.
const (
	statusStart = "<!-- oioi:status:start -->"
	statusEnd   = "<!-- oioi:status:end -->"
)

// ReplySlot begins the slots of replies that were sent. What was said for the team is found by it again.
const ReplySlot = "reply/"

// EditedMark is the hidden line of a sent reply that says that a person edited it before. As with Marker, it counts only where the
// author is OiOi.
const EditedMark = "<!-- oioi:edited -->"

// Edited reports whether what was approved are a person's words, not those that OiOi drafted.
func (a Approval) Edited(reply string) bool { return !a.Auto && reply != a.Original }

// ReplyOf returns the reply that stands in a draft's comment now, as a person may have edited it. ok is false where the
// draft holds none, or where its two lines do not stand there once, in order.
func ReplyOf(body string) (reply string, ok bool) {
	_, rest, found := strings.Cut(ticket.UnixLines(body), ReplyStart)
	reply, after, closed := strings.Cut(rest, ReplyEnd)
	if !found || !closed || strings.Contains(reply+after, ReplyStart) || strings.Contains(after, ReplyEnd) {
		return "", false
	}
	reply = strings.TrimSpace(reply)
	return reply, reply != ""
}

// DraftDigest names what an approval of a draft covers: the reply as it stands, the plan, and the revision of what the
// customer said.
func DraftDigest(reply, plan, revision string) string { return Digest(reply, plan, revision) }

// sentLine begins the line that says who sent a reply.
const sentLine = "\n\n<sub>"

// The lines that say who sent a reply, by language.
var (
	sentBy    = map[string]string{"en": "Sent by %s", "de": "Gesendet von %s", "es": "Enviado por %s", "fr": "Envoyé par %s"}
	sentAlone = map[string]string{"en": "Sent automatically by OiOi (mode auto)", "de": "Automatisch gesendet von OiOi (Modus auto)",
		"es": "Enviado automáticamente por OiOi (modo auto)", "fr": "Envoyé automatiquement par OiOi (mode auto)"}
)

// InLanguage chooses a text for a customer: in the language, a BCP 47 code, else in English.
func InLanguage(texts map[string]string, language string) string {
	base, _, _ := strings.Cut(language, "-")
	if text, ok := texts[strings.ToLower(base)]; ok {
		return text
	}
	return texts["en"]
}

// SentReply is the text of a reply to the customer, with who sent it, in the customer's language. The login is written without a
// mention: whoever sends knows of it.
func SentReply(reply, by, language string) string {
	return strings.TrimSpace(reply) + sentLine + fmt.Sprintf(InLanguage(sentBy, language), Code("@"+by)) + "</sub>"
}

// SentAutomatically is SentReply for a reply that no person has read before.
func SentAutomatically(reply, language string) string {
	return strings.TrimSpace(reply) + sentLine + InLanguage(sentAlone, language) + "</sub>"
}

// WithoutSender is a reply as it was before SentReply.
func WithoutSender(sent string) string {
	if at := strings.LastIndex(sent, sentLine); at >= 0 {
		return sent[:at]
	}
	return sent
}

// WithStatus returns a draft's comment with the text as its status. What else stands there stays as it is, so that a
// person's edit is not lost.
func WithStatus(body, text string) string {
	block := statusBlock(text)
	if before, rest, found := strings.Cut(body, statusStart); found {
		if _, after, closed := strings.Cut(rest, statusEnd); closed {
			return before + block + after
		}
	}
	if strings.Contains(body, Unsent) {
		return strings.Replace(body, Unsent, block, 1)
	}
	if before, after, found := strings.Cut(body, ReplyEnd); found {
		return before + ReplyEnd + "\n\n" + block + after
	}
	return block + "\n\n" + body
}

const (
	sentFold    = "<details>\n<summary>The reply as it was sent</summary>\n\n" + ReplyStart
	sentFoldEnd = ReplyEnd + "\n\n</details>"
)

// WithSentReply returns a draft's comment whose reply is folded, for it stands below as it was sent. It can still be edited
// and sent again.
func WithSentReply(body string) string {
	if _, ok := ReplyOf(body); !ok || strings.Contains(ticket.UnixLines(body), sentFold) {
		return body
	}
	return strings.Replace(strings.Replace(body, ReplyStart, sentFold, 1), ReplyEnd, sentFoldEnd, 1)
}

// ShortID names an effect for people: the letter e and six hexadecimal digits of its identity and content. An effect
// whose content changes has another ID, so that an approval never covers what nobody saw.
func ShortID(key string, content []byte) string {
	h := sha256.New()
	h.Write([]byte(key + "\n"))
	h.Write(content)
	return "e" + hex.EncodeToString(h.Sum(nil))[:6]
}

// Refreshed returns a draft's new comment with the reply as it stands in the old one: a person may have edited it.
func Refreshed(old, comment string) string {
	reply, ok := ReplyOf(old)
	before, rest, found := strings.Cut(comment, ReplyStart)
	_, after, closed := strings.Cut(rest, ReplyEnd)
	if !ok || !found || !closed {
		return comment
	}
	return before + ReplyStart + "\n\n" + reply + "\n\n" + ReplyEnd + after
}
