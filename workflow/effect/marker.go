package effect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// Marker is the hidden line by which OiOi finds what it made. It proves nothing by itself: anybody can write it, so a reader
// looks at the author too.
func Marker(key string) string { return "<!-- oioi:v1 " + key + " -->" }

// TicketOf returns the number of the ticket that a pull request of OiOi's belongs to, by its branch or, where that is not
// known, by the marker in its body; 0 where there is none. Only an author who is OiOi makes it true.
func TicketOf(branch, body string) int {
	found := docsBranch().FindStringSubmatch(branch)
	if branch == "" {
		if all := pullMarker().FindAllStringSubmatch(body, -1); all != nil {
			found = all[len(all)-1]
		}
	}
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return n
}

// docsBranch is a branch of Branch or Next.
var docsBranch = pattern.Lazy(`^` + BranchPrefix + `ticket-([1-9][0-9]*)-docs(?:-[1-9][0-9]*)?$`)

var pullMarker = pattern.Lazy(`<!-- oioi:v1 \d+/(\d+)/pull/docs -->`)

// The reply to the customer stands between these two lines of a draft, so that a person's edit of it can be found again.
const (
	ReplyStart = "<!-- oioi:reply:start -->"
	ReplyEnd   = "<!-- oioi:reply:end -->"
)

// Digest names a draft for people: 12 hexadecimal digits over its texts and the ticket's revision.
func Digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

const foldedMark = "<!-- oioi:folded -->"

// Folded returns a comment's body folded behind a summary. A body that is folded already stays as it is.
func Folded(body, summary string) string {
	if strings.Contains(body, foldedMark) {
		return body
	}
	return "<details>\n<summary>" + summary + "</summary>\n" + foldedMark + "\n\n" + body + "\n\n</details>\n"
}

// Link is the place in a text where the link to another effect's result will stand: its address is known only when that
// effect has been carried out. The title is clean Markdown without brackets.
func Link(slot, title string) string {
	return "{{oioi:link " + slot + "|" + strings.NewReplacer("|", "/", "}}", "} }").Replace(title) + "}}"
}

// Resolve fills the links in an effect's texts from the receipts, by key. What was not made is said in plain words. An effect
// inside is turned to the internal issue; where there is none it has no number, and may not be made anywhere.
func Resolve(e Effect, receipts map[string]Receipt) Effect {
	fill := func(text string) string { return resolve(text, e, receipts) }
	if e.Comment != nil {
		c := *e.Comment
		c.Body = fill(c.Body)
		e.Comment = &c
	}
	if e.Issue != nil {
		i := *e.Issue
		i.Body = fill(i.Body)
		e.Issue = &i
	}
	if e.Pull != nil {
		p := *e.Pull
		p.Body = fill(p.Body)
		e.Pull = &p
	}
	if e.Review != nil {
		r := *e.Review
		r.Pull = receipts[r.TargetKey].Number
		e.Review = &r
	}
	if e.In != nil {
		issue := receipts[e.internalKey()]
		e.Repository, e.Number, e.IssueID = *e.In, issue.Number, issue.ID
		if e.Kind == KindInternal {
			e.Number = 0
		}
	}
	return e
}

func resolve(text string, e Effect, receipts map[string]Receipt) string {
	const open = "{{oioi:link "
	var out strings.Builder
	for {
		at := strings.Index(text, open)
		if at < 0 {
			break
		}
		end := strings.Index(text[at:], "}}")
		if end < 0 {
			break
		}
		out.WriteString(text[:at])
		slot, title, _ := strings.Cut(text[at+len(open):at+end], "|")
		out.WriteString(linkTo(slot, title, e, receipts))
		text = text[at+end+2:]
	}
	return out.String() + text
}

func linkTo(slot, title string, e Effect, receipts map[string]Receipt) string {
	kind := KindIssue
	switch slot {
	case SlotPull:
		kind = KindPull
	case SlotGap:
		kind = KindGap
	}
	receipt, ok := receipts[Key(e.Repository.ID, e.Number, kind, slot)]
	switch {
	case ok && receipt.URL != "" && receipt.Skipped != "":
		return fmt.Sprintf("[%s](%s) (left as it is: %s)", title, linkTarget(receipt.URL), SanitizeLine(receipt.Skipped, Allowed{}))
	case ok && receipt.URL != "":
		return fmt.Sprintf("[%s](%s)", title, linkTarget(receipt.URL))
	case ok && receipt.Skipped == ListedAbove:
		return title + " (" + ListedAbove + ")"
	case ok && receipt.Skipped != "":
		return title + " (not opened: " + SanitizeLine(receipt.Skipped, Allowed{}) + ")"
	}
	return title + " (not opened)"
}
