package tracker_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/workflow/evidence"
)

const changelog = `# Change log

Text before.

## [Unreleased]

- Not yet.

## [2.4.1] - 2026-10-20

### Fixed

- The zebra report is no longer upside down.

` + "```\n## 9.9.9\n```" + `

## v2.4.0 (2026-09-29)

### Added

- Parquet exports.

## Thanks

To all.

# [2.3.0](https://github.example/acme/support/compare/a...b) (2026-06-16)

- Signed webhooks.

## pkg@2.2.0

- Old.
`

func TestAChangelogIsRead(t *testing.T) {
	for name, text := range map[string]string{"unix": changelog, "windows": strings.ReplaceAll(changelog, "\n", "\r\n")} {
		got := tracker.ParseChangelog(text)
		if len(got) != 4 {
			t.Fatalf("%s: %d releases: %+v", name, len(got), got)
		}
		first := got[0]
		if first.Tag != "2.4.1" || first.StartLine != 9 || first.EndLine != 17 || first.Anchor != "241---2026-10-20" ||
			!first.Published.Equal(time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)) || !strings.Contains(first.Notes, "9.9.9") {
			t.Errorf("%s: %+v", name, first)
		}
		if got[1].Tag != "v2.4.0" || strings.Contains(got[1].Notes, "To all") || got[2].Tag != "2.3.0" || got[3].Tag != "2.2.0" {
			t.Errorf("%s: %+v", name, got[1:])
		}
	}
}

func FuzzParseChangelog(f *testing.F) {
	f.Add(changelog)
	f.Add("## 1.0\n# 2.0\n```\n")
	f.Add("~~~\n~~~\n### 1.2.3\r\n#")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		end := 0
		for _, r := range tracker.ParseChangelog(text) {
			if r.Tag == "" || r.StartLine <= end || r.EndLine < r.StartLine || r.EndLine > lines {
				t.Fatalf("%+v after line %d of %d", r, end, lines)
			}
			end = r.EndLine
			for line := range strings.Lines(r.Notes) {
				if !strings.Contains(text, strings.TrimRight(line, "\n")) {
					t.Fatalf("the notes hold %q, the change log does not", line)
				}
			}
		}
	})
}

func versioned(r *repository, version string) evidence.Query {
	return asks(r.file(9, "Zebra report is upside down", "### What happened?\n\n"+about+"\n\n### Version\n\n"+version), 3)
}

func TestTheChangelogIsComparedWithTheStatedVersion(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", false)
	r.files[tracker.ChangelogName] = changelog
	tr := &tracker.Tracker{From: g, WebURL: web}
	items, err := tr.Releases(t.Context(), 7, versioned(r, "v2.4.0"))
	if err != nil {
		t.Fatal(err)
	}
	best, last := items[0], items[len(items)-1]
	if best.Kind != evidence.Changelog || best.Title != "2.4.1" || best.Outcome != "newer than the version that the ticket states" || best.Pin != r.head ||
		best.URL != web+"/acme/support/blob/"+r.head+"/CHANGELOG.md?plain=1#L9-L17" || best.Visibility != evidence.Public {
		t.Errorf("the best is %+v", best)
	}
	if last.Kind != evidence.Version || !strings.Contains(last.Text.Raw(), "states version v2.4.0, which is v2.4.0 (2026-09-29). Released after it: 2.4.1 (2026-10-20).") {
		t.Errorf("the last is %+v", last)
	}
	g.questions("")
	if _, err := tr.Releases(t.Context(), 7, versioned(r, "v2.4.0")); err != nil {
		t.Fatal(err)
	}
	if got := g.questions("file"); len(got) != 0 {
		t.Errorf("at the same commit the file is read again: %q", got)
	}
	r.head = strings.Repeat("b", 40)
	r.files[tracker.ChangelogName] = "## 3.0.0\n\n- The zebra report is a horse now.\n"
	if items, _ = tr.Releases(t.Context(), 7, versioned(r, "v2.4.0")); items[0].Title != "3.0.0" {
		t.Errorf("at a new commit there is %+v", items[0])
	}
}

func TestHowAVersionStands(t *testing.T) {
	for version, want := range map[string]string{
		"2.4.1":          "which is 2.4.1 (2026-10-20), the newest release.",
		"2.4":            "which is 2.4.1 (2026-10-20), the newest release.",
		"7.0.0":          "The ticket states version 7.0.0. No release and no section of the change log that was read has this version. The newest release is 2.4.1 (2026-10-20).",
		"2.3.5":          "has this version. Released after it: v2.4.0 (2026-09-29), 2.4.1 (2026-10-20).",
		"the latest one": "",
	} {
		g := newGitHub()
		r := g.add(1, "acme", "support", false)
		r.files[tracker.ChangelogName] = changelog
		items, err := (&tracker.Tracker{From: g}).Releases(t.Context(), 7, versioned(r, version))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if last := items[len(items)-1]; last.Kind == evidence.Version {
			got = last.Text.Raw()
		}
		if !strings.HasSuffix(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q, want … %q", version, got, want)
		}
	}
}

func TestASectionThatRepeatsAReleaseIsLeftOut(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", false)
	r.files[tracker.ChangelogName] = changelog
	r.releases = []tracker.Release{{Tag: "v2.4.1", Name: "Zebras", Notes: "### Fixed\n\n* More about the zebra report.\n"}, {Tag: "v2.4.0", Notes: "### Added\r\n\r\n- Parquet exports.\r\n\r\nand zebra reports\r\n"}}
	items, err := (&tracker.Tracker{From: g}).Releases(t.Context(), 7, versioned(r, "2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, i := range items {
		kinds[string(i.Kind)+" "+i.Title]++
	}
	if kinds["release v2.4.0"] != 1 || kinds["changelog v2.4.0"] != 0 || kinds["release v2.4.1"] != 1 || kinds["changelog 2.4.1"] != 1 {
		t.Errorf("there are %v", kinds)
	}
}

func TestReleasesThatFailAreNamed(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", false)
	r.files[tracker.ChangelogName] = changelog
	g.fail["releases"] = errors.New("boom")
	items, err := (&tracker.Tracker{From: g}).Releases(t.Context(), 7, versioned(r, "v2.4.0"))
	if got := missing(err); got["The list of releases"] != "it failed" || len(items) == 0 {
		t.Errorf("named are %q, with %d items", got, len(items))
	}
	g.fail = map[string]error{"file": errors.New("boom")}
	r.releases = []tracker.Release{{Tag: "v2.4.1", Notes: "The zebra report."}}
	if items, err = (&tracker.Tracker{From: g}).Releases(t.Context(), 7, versioned(r, "v2.4.0")); len(items) == 0 || missing(err)["CHANGELOG.md"] == "" {
		t.Errorf("%v with %d items", err, len(items))
	}
}

func TestWhatCameAfterTheStatedVersionGoesFirst(t *testing.T) {
	g := newGitHub()
	r := g.add(1, "acme", "support", false)
	r.releases = []tracker.Release{{Tag: "v2.0.0", Notes: "The zebra report is upright, again."}, {Tag: "v1.0.0", Notes: "The zebra report is upright."}, {Tag: "v0.9.0", Notes: "Fonts."}, {Tag: "v0.8.0", Notes: "Colours."}}
	q := versioned(r, "v1.0.0")
	q.Limit = 1
	items, err := (&tracker.Tracker{From: g}).Releases(t.Context(), 7, q)
	if err != nil || items[0].Title != "v2.0.0" {
		t.Errorf("first is %+v, %v: the shorter notes are of a release that the reporter has already", items[0], err)
	}
}
