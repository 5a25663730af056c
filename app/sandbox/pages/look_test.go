package pages_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-rod/rod/lib/proto"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/pages"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

// draft is a comment as rich as OiOi's.
const draft = `<!-- oioi:draft v=1 -->
## Proposed reply

Hello Clara, both tokens work side by side for 24 hours ([Rotate a token](/tallypost/support/blob/main/docs/index.md)). Create the new one, put it into the job, then delete the old one.

- [x] The customer says that it worked
- [ ] The job ran with the new token for one night

| Check | Due |
| --- | ---: |
| The nightly job is green | Wednesday 10:00 |

<details><summary>Handling plan</summary>

Owner: @tallypost/platform-team. See #1 and ` + "`#2`" + `.

` + "```shell\ncurl -H \"Authorization: Bearer $TOKEN\" https://api.tallypost.example/v1/reports?a=very-long-line-that-does-not-fit-a-phone-and-has-to-scroll-by-itself\n```" + `
</details>

---
Drafted by OiOi without a language model. Commands: ` + "`/oioi rerun`, `/oioi send`"

// story fills the site with a ticket that OiOi has worked, its follow-up and its docs pull request.
func (s *site) story() (ticket, pull forge.Ref) {
	s.t.Helper()
	var filed sample.Ticket
	for _, one := range sample.Tickets() {
		if one.ID == "empty-pdf" {
			filed = one
		}
	}
	issue, err := s.forge.CreateIssue(forge.As("customer"), support, forge.IssueInput{Title: filed.Title, Body: filed.Body(), FormLabels: filed.Labels})
	s.ok(err)
	oioi, err := s.forge.AsInstallation(s.world.Install.ID)
	s.ok(err)
	_, _, err = s.forge.React(oioi, issue.Ref, "eyes")
	s.ok(err)
	_, err = s.forge.CreateComment(oioi, issue.Ref, draft)
	s.ok(err)
	_, err = s.forge.AddLabels(oioi, issue.Ref, "bug", "oioi: draft")
	s.ok(err)
	child, err := s.forge.CreateIssue(oioi, support, forge.IssueInput{Title: "Reports without rows crash the PDF layout", Body: "Found in " + issue.Ref.String()})
	s.ok(err)
	_, err = s.forge.AddSubIssue(oioi, issue.Ref, child.ID, false)
	s.ok(err)
	return issue.Ref, s.pull(fmt.Sprintf("For %s.", issue.Ref))
}

// pull opens a draft pull request on the docs, as OiOi does.
func (s *site) pull(body string) forge.Ref {
	s.t.Helper()
	oioi, err := s.forge.AsInstallation(s.world.Install.ID)
	s.ok(err)
	main, err := s.forge.Branches(oioi, support)
	s.ok(err)
	s.ok(s.forge.CreateRef(oioi, support, "refs/heads/oioi/ticket-9-docs", main[0].SHA))
	index, err := s.forge.ReadFile(oioi, support, "", "docs/index.md")
	s.ok(err)
	changed := strings.TrimRight(string(index), "\n") + "\n\n## Reports without rows\n\nA report without rows gives an empty PDF.\n"
	_, err = s.forge.AddCommit(support, "oioi/ticket-9-docs", s.world.App.Bot(), "Say what a report without rows gives\n\nMore words.", time.Time{},
		fstest.MapFS{"docs/index.md": &fstest.MapFile{Data: []byte(changed)}})
	s.ok(err)
	pull, err := s.forge.CreatePull(oioi, support, forge.PullInput{Title: "Say what a report without rows gives", Body: body, Head: "oioi/ticket-9-docs", Base: "main", Draft: true})
	s.ok(err)
	return pull.Ref
}

// finished is what OiOi tells of a ticket that went through, was run again and went through once more.
func finished(at time.Time) []pages.Step {
	var steps []pages.Step
	add := func(kind, step, text string, took time.Duration) {
		at = at.Add(took)
		steps = append(steps, pages.Step{At: at, Kind: kind, Step: step, Text: text, Took: took})
	}
	for _, why := range []string{"the ticket was opened", "asked for by @maintainer"} {
		add("started", "", "Work begins: "+why, 0)
		add("gathered", "", "9 pieces of evidence", 41*time.Millisecond)
		add("answered", "understand", "The PDF layout fails for a report without rows", 12*time.Millisecond)
		add("answered", "plan", "Path: fix; owner reports-team", 9*time.Millisecond)
		add("answered", "measure", "3 checks", 4*time.Millisecond)
		add("answered", "follow-through", "1 follow-up, 1 docs change", 7*time.Millisecond)
		add("published", "", "Wrote the draft", 31*time.Millisecond)
		add("published", "", "Opened a follow-up", 22*time.Millisecond)
		add("finished", "", "Everything is on the issue", 0)
	}
	return steps
}

// everyPage lists one address for each kind of page, and who looks at it.
func (s *site) everyPage() []struct{ name, who, path string } {
	ticket, pull := s.story()
	s.oioi.set("finished", finished(time.Now())...)
	issue, pr := s.page(ticket), fmt.Sprintf("/%s/pull/%d", pull.Repo, pull.Number)
	comments, err := s.forge.ListComments(forge.As("customer"), ticket, time.Time{})
	s.ok(err)
	return []struct{ name, who, path string }{
		{"home", "customer", "/"},
		{"repository", "customer", "/" + support},
		{"folder", "customer", "/" + support + "/tree/main/docs"},
		{"help page", "customer", "/" + support + "/blob/main/docs/index.md"},
		{"file", "customer", "/" + support + "/blob/main/mkdocs.yml"},
		{"releases", "customer", "/" + support + "/releases"},
		{"issues", "customer", "/" + support + "/issues?state=closed"},
		{"open issues", "maintainer", "/" + support + "/issues"},
		{"chooser", "maintainer", "/" + support + "/issues/new/choose"},
		{"form", "customer", "/" + support + "/issues/new?template=support.yml"},
		{"blank form", "maintainer", "/" + support + "/issues/new?template=blank"},
		{"issue", "customer", issue},
		{"issue of the team", "maintainer", issue},
		{"editor", "customer", issue + "?edit=issue"},
		{"comment editor", "maintainer", fmt.Sprintf("%s?edit=%d", issue, comments[0].ID)},
		{"pulls", "customer", "/" + support + "/pulls"},
		{"pull", "maintainer", pr},
		{"changes", "maintainer", pr + "/files"},
		{"deliveries", "maintainer", "/settings/deliveries"},
		{"not found", "outsider", "/" + support},
	}
}

// as signs a page in as somebody.
func (p *tab) as(who string) {
	p.site.t.Helper()
	p.MustSetCookies(&proto.NetworkCookieParam{Name: "sandbox_user", Value: who, URL: p.site.url})
}

func (p *tab) size(width int) {
	p.MustSetViewport(width, 900, 1, false)
}

func (p *tab) dress(scheme string) {
	p.site.t.Helper()
	p.site.ok(proto.EmulationSetEmulatedMedia{Features: []*proto.EmulationMediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}.Call(p.Page))
}

// TestEveryPageLooks goes through all pages: nothing scrolls sideways on a phone, the accessibility basics hold, texts can be
// read in light and dark. With OIOI_SHOTS naming a folder it leaves pictures there.
func TestEveryPageLooks(t *testing.T) {
	s := newSite(t)
	own := window(t)
	shots := os.Getenv("OIOI_SHOTS")
	for _, page := range s.everyPage() {
		t.Run(page.name, func(t *testing.T) {
			tab := s.openIn(own, "/")
			tab.as(page.who)
			for _, look := range []struct {
				name, scheme string
				width        int
			}{{"desktop", "light", 1200}, {"dark", "dark", 1200}, {"phone", "light", 390}, {"small phone", "dark", 360}} {
				tab.size(look.width)
				tab.dress(look.scheme)
				tab.to(page.path)
				for _, complaint := range tab.MustEval(complaints).Arr() {
					t.Errorf("%s: %s", look.name, complaint.Str())
				}
				if shots != "" && look.name != "small phone" {
					png := tab.MustScreenshotFullPage()
					if err := os.WriteFile(filepath.Join(shots, strings.ReplaceAll(page.name+" "+look.name, " ", "-")+".png"), png, 0o644); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// complaints checks what https://www.w3.org/TR/WCAG22/ asks for and a script can see.
const complaints = `() => {
  const bad = [];
  const name = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (e.className && e.className.baseVal === undefined ? "." + e.className : "") + " “" + (e.textContent || "").trim().slice(0, 40) + "”";
  const visible = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0;
  const root = document.documentElement;
  if (!root.lang) bad.push("the page says no language");
  if (!document.title) bad.push("the page has no title");
  if (document.querySelectorAll("h1").length !== 1) bad.push(document.querySelectorAll("h1").length + " first headings");
  let last = 0;
  for (const h of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) if (visible(h) && !h.closest(".markdown")) {
    const level = +h.tagName[1];
    if (level > last + 1) bad.push("heading skips a level: " + name(h));
    last = level;
  }
  if (root.scrollWidth > root.clientWidth) {
    bad.push("the page scrolls sideways: " + root.scrollWidth + " in " + root.clientWidth);
    for (const e of document.querySelectorAll("body *")) if (visible(e) && e.getBoundingClientRect().right > root.clientWidth + 1) { bad.push("too wide: " + name(e)); break; }
  }
  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) { if (ids.has(e.id)) bad.push("two elements have the id " + e.id); ids.add(e.id); }
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!e.labels?.length && !e.getAttribute("aria-label") && !e.getAttribute("aria-labelledby")) bad.push("no label: " + name(e) + e.name);
  }
  for (const e of document.querySelectorAll("a, button, summary")) if (visible(e)) {
    if (!(e.getAttribute("aria-label") || e.textContent).trim()) bad.push("no name: " + e.outerHTML);
    if (e.tagName === "A" && !e.getAttribute("href")) bad.push("a link to nowhere: " + name(e));
  }
  for (const e of document.querySelectorAll("button, .button, select, input:not([type=checkbox]):not([type=hidden]), textarea")) if (visible(e)) {
    const box = e.getBoundingClientRect();
    if (box.height < 24 || box.width < 24) bad.push("too small to hit: " + name(e));
  }
  for (const e of document.querySelectorAll("[aria-labelledby],[aria-describedby]")) for (const id of ((e.getAttribute("aria-labelledby") || "") + " " + (e.getAttribute("aria-describedby") || "")).split(" ")) {
    if (id && !document.getElementById(id)) bad.push("described by nothing: " + id);
  }
  for (const img of document.images) if (!img.hasAttribute("alt")) bad.push("a picture without words: " + img.src);
  // Contrast: each piece of text against the nearest background that is not see-through.
  const rgb = (c) => { const m = c.match(/[\d.]+/g).map(Number); return { c: m.slice(0, 3), a: m.length > 3 ? m[3] : 1 }; };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.nodeValue.trim() || seen.has(e) || !visible(e) || e.closest("noscript, script, datalist")) continue;
    seen.add(e);
    let ground = [255, 255, 255];
    for (let up = e; up; up = up.parentElement) { const g = rgb(getComputedStyle(up).backgroundColor); if (g.a > 0) { ground = g.c; break; } }
    const [x, y] = [light(rgb(getComputedStyle(e).color).c), light(ground)].sort((a, b) => b - a);
    const ratio = (x + 0.05) / (y + 0.05);
    if (ratio < 4.5) bad.push("hard to read (" + ratio.toFixed(2) + "): " + name(e) + " " + getComputedStyle(e).color + " on " + ground);
  }
  return bad;
}`
