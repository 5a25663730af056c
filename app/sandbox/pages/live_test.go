package pages_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/pages"
)

func itoa(n int) string { return strconv.Itoa(n) }

// soon waits until the page shows these words.
func (p *tab) soon(selector, words string) {
	p.site.t.Helper()
	p.MustElementR(selector, words)
}

func TestThePageFollowsWithoutLosingWhatIsBeingTyped(t *testing.T) {
	s := newSite(t)
	ticket := s.file("A ticket", "Words.\n\n<details><summary>More</summary>\n\nHidden words.\n</details>")
	tab := s.open(s.page(ticket))
	tab.MustElement(".first summary").MustClick()
	box := tab.MustElement("#body").MustInput("Half a sen")
	tab.MustEval(`() => document.getElementById("body").setSelectionRange(4, 4)`)

	_, err := s.forge.CreateComment(forge.As("maintainer"), ticket, "Somebody else was faster.")
	s.ok(err)
	tab.soon(".comment", "Somebody else was faster.")
	if got := box.MustText(); got != "Half a sen" {
		t.Errorf("the box holds %q", got)
	}
	if got := tab.MustEval(`() => [document.activeElement.id, document.activeElement.selectionStart].join(" ")`).Str(); got != "body 4" {
		t.Errorf("the cursor is at %q", got)
	}
	if !tab.MustElement(".first details").MustProperty("open").Bool() {
		t.Error("what was unfolded is folded again")
	}

	// What was unfolded by the reader can be folded by the reader, and stays so.
	tab.MustElement(".first summary").MustClick()
	_, err = s.forge.AddLabels(forge.As("maintainer"), ticket, "bug")
	s.ok(err)
	tab.soon(".labels .label", "bug")
	if tab.MustElement(".first details").MustProperty("open").Bool() {
		t.Error("what was folded is open again")
	}
	_, err = s.forge.CloseIssue(forge.As("maintainer"), ticket, "completed")
	s.ok(err)
	tab.soon("button", "Reopen")
	if got := box.MustText(); got != "Half a sen" {
		t.Errorf("the box holds %q when somebody closed the issue", got)
	}
}

func TestAnEditorStaysWhileTheTicketChanges(t *testing.T) {
	s := newSite(t)
	ticket := s.file("A ticket", "Words.")
	tab := s.open(s.page(ticket) + "?edit=issue")
	tab.MustElement("#edit textarea").MustSelectAllText().MustInput("New words, not saved yet")
	_, err := s.forge.CreateComment(forge.As("maintainer"), ticket, "Meanwhile")
	s.ok(err)
	tab.soon(".comment", "Meanwhile")
	if got := tab.MustElement("#edit textarea").MustProperty("value").Str(); got != "New words, not saved yet" {
		t.Errorf("the editor holds %q", got)
	}
}

func TestTheProgressIsShownRoleByRole(t *testing.T) {
	s := newSite(t)
	ticket := s.file("A ticket", "Words.")
	tab := s.open(s.page(ticket))
	if tab.MustHas(".progress") {
		t.Error("there is a progress before OiOi has begun")
	}
	at := time.Now()
	steps := []pages.Step{{At: at, Kind: "started", Text: "Work begins: the ticket was opened"}}
	s.oioi.set("gathering", steps...)
	tab.soon(".progress [role=status]", "reads the help center")
	role := func(name string) string {
		return strings.Join(strings.Fields(tab.MustElementR(".stages li", name).MustText()), " ")
	}
	steps = append(steps, pages.Step{At: at, Kind: "gathered", Text: "4 pieces", Took: 20 * time.Millisecond})
	s.oioi.set("working", steps...)
	tab.soon(".progress [role=status]", "Support Specialist")
	if got := role("Support Specialist"); got != "Support Specialist working" {
		t.Errorf("the first role: %q", got)
	}
	if got := role("Analyst"); got != "Analyst waiting" {
		t.Errorf("the third role: %q", got)
	}
	for _, step := range []string{"understand", "plan", "measure", "follow-through"} {
		at = at.Add(5 * time.Millisecond)
		steps = append(steps, pages.Step{At: at, Kind: "answered", Step: step, Text: "private words", Took: 5 * time.Millisecond})
	}
	steps = append(steps, pages.Step{At: at, Kind: "published", Text: "Wrote the draft", Took: 8 * time.Millisecond}, pages.Step{At: at, Kind: "finished", Text: "Everything is on the issue"})
	s.oioi.set("finished", steps...)
	tab.soon(".progress [role=status]", "OiOi is done")
	for _, want := range []string{"Support Specialist done 5 ms", "Operations Lead done 5 ms", "Analyst done 5 ms", "Product Manager done 5 ms", "On GitHub done 8 ms", "Evidence done 20 ms"} {
		if got := role(strings.SplitN(want, " done", 2)[0]); got != want {
			t.Errorf("the page says %q, not %q", got, want)
		}
	}
	if strings.Contains(tab.MustHTML(), "private words") {
		t.Error("the customer's page holds the events, which only the team may read")
	}

	// The reader's folding outlives what comes next.
	tab.as("maintainer")
	tab.to(s.page(ticket))
	tab.MustElement("#run-1-events summary").MustClick()
	tab.soon("#run-1-events li", "private words")
	steps = append(steps, pages.Step{At: at.Add(time.Second), Kind: "started", Text: "Work begins: asked for by @maintainer"})
	s.oioi.set("gathering", steps...)
	tab.soon("#run-2 summary", "asked for by @maintainer")
	for id, want := range map[string]bool{"run-2": true, "run-1": false, "run-1-events": true} {
		if got := tab.MustElement("#" + id).MustProperty("open").Bool(); got != want {
			t.Errorf("%s is open: %v, want %v", id, got, want)
		}
	}
}

func TestAHiddenTabListensNoMore(t *testing.T) {
	s := newSite(t)
	ticket := s.file("A ticket", "Words.")
	tab := s.open(s.page(ticket))
	// Headless pages are never hidden by themselves, so the page is told so.
	hide := func(hidden bool) {
		tab.MustEval(`(h) => { Object.defineProperty(document, "hidden", { value: h, configurable: true }); document.dispatchEvent(new Event("visibilitychange")); }`, hidden)
	}
	var asked int
	stop := tab.EachEvent(func(e *proto.NetworkRequestWillBeSent) bool {
		if strings.Contains(e.Request.URL, "/live/") {
			asked++
		}
		return asked == 1
	})
	hide(true)
	_, err := s.forge.CreateComment(forge.As("maintainer"), ticket, "While nobody looks")
	s.ok(err)
	hide(false)
	stop()
	tab.soon(".comment", "While nobody looks")
}

func TestThePageWorksWithoutItsScript(t *testing.T) {
	s := newSite(t)
	tab := s.open("/")
	s.ok(proto.NetworkEnable{}.Call(tab.Page))
	s.ok(proto.NetworkSetBlockedURLs{Urls: []string{"*live.js*"}}.Call(tab.Page))
	tab.to("/")
	tab.press("button.card", "API token")
	tab.MustElement("#body").MustInput("By hand")
	tab.press("button.go", "Comment")
	if got := tab.text(".comment:target .markdown"); got != "By hand" {
		t.Errorf("the comment says %q", got)
	}
	if got := tab.MustElement(".label").MustEval(`() => getComputedStyle(this).backgroundColor`).Str(); got != "rgb(9, 105, 218)" {
		t.Errorf("the label's colour is %s", got)
	}
}
