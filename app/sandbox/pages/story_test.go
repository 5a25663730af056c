package pages_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/input"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

func TestASampleTicketIsFiledWithOneClick(t *testing.T) {
	s := newSite(t)
	tab := s.open("/")
	ticket := sample.Tickets()[0]
	tab.press("button.card", ticket.Title)
	if got := tab.text("h1"); !strings.HasPrefix(got, ticket.Title) {
		t.Errorf("after the click the page is about %q, not about %q", got, ticket.Title)
	}
	if got := tab.text("article.first"); !strings.Contains(got, "Our API token ends next week") || !strings.Contains(got, "Product area") {
		t.Errorf("the ticket does not show what the form asked: %q", got)
	}
	if got := tab.text(".labels"); !strings.Contains(got, "support") {
		t.Errorf("the form's label is not there: %q", got)
	}
	issues, err := s.forge.ListIssues(forge.As("customer"), support, forge.IssueFilter{Creator: "customer"})
	s.ok(err)
	if issues[0].Body != ticket.Body() {
		t.Error("the issue's text is not the form's")
	}
}

// tabTo presses the Tab key until the element with this id or words has the focus, and checks on the way that the focus can be seen.
func (p *tab) tabTo(want string) {
	p.site.t.Helper()
	for range 80 {
		p.Keyboard.MustType(input.Tab)
		at := p.MustEval(`() => { const e = document.activeElement, s = getComputedStyle(e);
			return { id: e.id, words: e.textContent.trim(), seen: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2 }; }`)
		if !at.Get("seen").Bool() {
			p.site.t.Fatalf("nobody sees that the focus is on %s %q", at.Get("id"), at.Get("words"))
		}
		if at.Get("id").Str() == want || at.Get("words").Str() == want {
			return
		}
	}
	p.site.t.Fatalf("the Tab key never reaches %q", want)
}

func (p *tab) types(text string) {
	p.site.t.Helper()
	if err := p.InsertText(text); err != nil {
		p.site.t.Fatal(err)
	}
}

func TestTheFormIsFilledByKeyboardAlone(t *testing.T) {
	s := newSite(t)
	tab := s.open("/")
	enter := func() {
		wait := tab.MustWaitNavigation()
		tab.Keyboard.MustType(input.Enter)
		wait()
		tab.MustWaitLoad()
	}
	tab.tabTo("Write your own ticket")
	enter()
	tab.tabTo("title")
	tab.types("The Monday report comes on Tuesday")
	tab.tabTo("field-area")
	tab.Keyboard.MustType([]input.Key("Reports")...)
	tab.tabTo("field-happened")
	tab.types("It was late.\nTwice.")
	tab.tabTo("field-environment")
	tab.Keyboard.MustType([]input.Key("Cloud")...)

	// A required field was left out: the browser says so at the field, and nothing is sent.
	tab.tabTo("Submit the ticket as customer")
	tab.Keyboard.MustType(input.Enter)
	tab.MustWait(`() => document.activeElement.id === "field-impact"`)
	if got := tab.MustEval(`() => document.activeElement.validity.valueMissing`).Bool(); !got {
		t.Error("the form was sent, or stopped at the wrong field")
	}
	tab.Keyboard.MustType([]input.Key("I have")...)
	tab.Keyboard.MustType(input.Tab, input.Space)
	if !tab.MustEval(`() => document.activeElement.checked`).Bool() {
		t.Error("the space bar does not tick the box after the last field")
	}
	tab.tabTo("Submit the ticket as customer")
	enter()
	if got := tab.text("h1"); !strings.HasPrefix(got, "The Monday report comes on Tuesday") {
		t.Fatalf("the ticket was not filed; the page says %q", tab.text("main"))
	}
	issues, err := s.forge.ListIssues(forge.As("customer"), support, forge.IssueFilter{})
	s.ok(err)
	for _, want := range []string{"### Product area\n\nReports and schedules\n", "It was late.\nTwice.\n", "### Impact\n\nI have a question\n", "- [X] I have pasted no passwords"} {
		if !strings.Contains(issues[0].Body, want) {
			t.Errorf("the issue's text lacks %q:\n%s", want, issues[0].Body)
		}
	}
}

func TestWhatTheBrowserLetsThroughIsRefusedKindly(t *testing.T) {
	s := newSite(t)
	tab := s.open("/" + support + "/issues/new?template=support.yml")
	tab.MustElement("#title").MustInput("Blank inside")
	tab.MustElement("#field-area").MustSelect("Mobile app")
	tab.MustElement("#field-happened").MustInput("   ")
	tab.MustElement("#field-expected").MustInput("This must not be lost")
	tab.MustElement("#field-environment").MustSelect("Cloud")
	tab.MustElement("#field-impact").MustSelect("I have a question")
	tab.MustElement("input[type=checkbox]").MustClick()
	tab.press("button.go", "Submit")
	if got := tab.text("[role=alert]"); !strings.Contains(got, "Nothing is lost") {
		t.Errorf("the page says %q", got)
	}
	if got := tab.MustEval(`() => document.activeElement.id`).Str(); got != "field-happened" {
		t.Errorf("the focus is on %q, not on the field to fill in", got)
	}
	if got := tab.text("#wrong-field-happened"); got != "Please fill in this field." {
		t.Errorf("the field says %q", got)
	}
	for selector, want := range map[string]string{"#title": "Blank inside", "#field-expected": "This must not be lost", "#field-area": "Mobile app"} {
		if got := tab.MustElement(selector).MustProperty("value").Str(); got != want {
			t.Errorf("%s holds %q, not %q", selector, got, want)
		}
	}
	if !tab.MustElement("input[type=checkbox]").MustProperty("checked").Bool() {
		t.Error("the tick is lost")
	}
}

func TestSwitchingPeople(t *testing.T) {
	s := newSite(t)
	ticket := s.file("Only for us", "Private.")
	tab := s.open(s.page(ticket))
	tab.press(".switch button", "maintainer")
	if got := tab.text("#newest"); got != "Comment as maintainer" {
		t.Errorf("after the switch the page says %q", got)
	}
	if got := tab.path(); got != s.page(ticket) {
		t.Errorf("the switch leads to %s", got)
	}
	tab.press(".switch button", "outsider")
	if got := tab.text("[role=alert]"); !strings.Contains(got, "outsider may not see it") {
		t.Errorf("the outsider reads %q about the private repository", got)
	}
	if strings.Contains(tab.MustHTML(), "Only for us") {
		t.Error("the outsider's page names the private ticket")
	}
	tab.to("/")
	if tab.MustHas(`a[href="/` + support + `"]`) {
		t.Error("the outsider's list holds the private repository")
	}
	if !tab.MustHas(`a[href="/tallypost/tallypost"]`) {
		t.Error("the outsider's list lacks the public repository")
	}
	tab.press(".switch button", "customer")
	if !tab.MustHas(`a[href="/` + support + `"]`) {
		t.Error("the customer's list lacks the private repository")
	}
}

func TestCommentEditCloseAndReopen(t *testing.T) {
	s := newSite(t)
	ticket := s.file("A ticket", "First words.")
	tab := s.open(s.page(ticket))

	tab.MustElement("#body").MustInput("Is **anybody** there?")
	tab.press("button.go", "Comment")
	if got := tab.text(".comment:target .markdown strong"); got != "anybody" {
		t.Errorf("the page does not lead to the new comment, but to %q", got)
	}
	tab.press(".comment:target a", "edit")
	tab.MustElement("#edit textarea").MustSelectAllText().MustInput("Hello?")
	tab.press("#edit button", "Save")
	if got := tab.text(".comment:target .markdown"); got != "Hello?" {
		t.Errorf("the comment says %q after it was edited", got)
	}
	if got := tab.text(".comment:target header"); !strings.Contains(got, "edited") {
		t.Errorf("nobody sees that the comment was edited: %q", got)
	}

	tab.press(".comment.first a", "edit")
	tab.MustElement("#edit input[name=title]").MustSelectAllText().MustInput("A better title")
	tab.MustElement("#edit textarea").MustSelectAllText().MustInput("Better words.")
	tab.press("#edit button", "Save")
	if got := tab.text("h1"); !strings.HasPrefix(got, "A better title") {
		t.Errorf("the title is %q", got)
	}
	if got := tab.text("main"); !strings.Contains(got, "Better words.") || !strings.Contains(got, "changed the title from “A ticket” to “A better title”") {
		t.Errorf("the page does not tell of the edit: %q", got)
	}

	tab.MustElement("#body").MustInput("It works now, thanks.")
	tab.press("button", "^Close issue$")
	if got := tab.text("h1 + p"); !strings.HasPrefix(got, "Closed") {
		t.Errorf("the issue is %q", got)
	}
	if got := tab.text("main"); !strings.Contains(got, "It works now, thanks.") || !strings.Contains(got, "closed this as completed") {
		t.Errorf("the closing words are missing: %q", got)
	}
	tab.press("button", "Reopen")
	if got := tab.text("h1 + p"); !strings.HasPrefix(got, "Open") {
		t.Errorf("the issue is %q", got)
	}
	tab.press("button", "Close as not planned")
	issue, err := s.forge.Issue(forge.As("customer"), ticket)
	s.ok(err)
	if issue.State != "closed" || issue.StateReason != "not_planned" {
		t.Errorf("the issue is %s as %q", issue.State, issue.StateReason)
	}
}

func TestACommandIsOneClickForTheMaintainer(t *testing.T) {
	s := newSite(t)
	ticket := s.file("A ticket", "Words.")
	tab := s.open(s.page(ticket))
	if tab.MustHas(".commands") && !tab.MustHasR(".more summary", "^Try what is refused$") {
		t.Error("the customer is offered commands that only the team may use")
	}
	tab.press(".switch button", "maintainer")
	tab.press(".commands button", "^/oioi rerun shorter, please$")
	comments, err := s.forge.ListComments(forge.As("customer"), ticket, time.Time{})
	s.ok(err)
	if len(comments) != 1 || comments[0].Body != "/oioi rerun shorter, please" || comments[0].Author != "maintainer" {
		t.Errorf("the comments are %+v", comments)
	}
	tab.MustElement("#label").MustInput("bug")
	tab.press(".inline button", "Add")
	tab.press(`button[aria-label="Remove the label support"]`, "×")
	if got := strings.Fields(tab.text(".labels")); len(got) != 2 || got[0] != "bug" {
		t.Errorf("the labels are %q", got)
	}
}

func TestADocsPullRequestIsReadMadeReadyAndMerged(t *testing.T) {
	s := newSite(t)
	ticket, pull := s.story()
	tab := s.open(s.page(ticket))
	tab.press(".outcome a", "Open the docs PR")
	for selector, want := range map[string]string{"tr.add": "+## Reports without rows", "tr.hunk": "@@", ".diff h2": "docs/index.md"} {
		if got := tab.MustElements(selector); !slices.ContainsFunc(got, func(e *rod.Element) bool { return strings.Contains(e.MustText(), want) }) {
			t.Errorf("the diff lacks %q in %s", want, selector)
		}
	}
	main, err := s.forge.ReadFile(forge.As("customer"), support, "", "docs/index.md")
	s.ok(err)
	lines := strings.Count(strings.TrimRight(string(main), "\n"), "\n") + 1
	if got := tab.text("tr.add td:nth-child(2)"); got != itoa(lines+1) {
		t.Errorf("the first new line has the number %s, want %d", got, lines+1)
	}
	tab.press(".tabs a", "Conversation")
	if tab.MustHasR("button", "Merge|Ready") {
		t.Error("the customer is offered to merge")
	}
	tab.press(".switch button", "maintainer")
	tab.press("button", "Ready for review")
	if got := tab.text("h1 + p"); !strings.HasPrefix(got, "Open") {
		t.Errorf("the pull request is %q", got)
	}
	tab.press("button", "^Merge$")
	if got := tab.text("h1 + p"); !strings.HasPrefix(got, "Merged") {
		t.Errorf("the pull request is %q", got)
	}
	merged, err := s.forge.ReadFile(forge.As("customer"), support, "main", "docs/index.md")
	s.ok(err)
	if !strings.Contains(string(merged), "## Reports without rows") {
		t.Error("the main branch lacks the merged section")
	}
	tab.to("/" + support + "/issues/" + itoa(pull.Number))
	if got := tab.path(); got != "/"+support+"/pull/"+itoa(pull.Number) {
		t.Errorf("an issue's address with a pull request's number leads to %s", got)
	}
	tab.to("/" + support + "/tree/oioi/ticket-9-docs/docs")
	tab.press(".files a", "index.md")
	if got := tab.text(".markdown.file"); !strings.Contains(got, "Reports without rows") {
		t.Error("the branch's file is not shown")
	}
}
