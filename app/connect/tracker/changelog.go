package tracker

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// ChangelogName is where a repository keeps its change log, at its top.
const ChangelogName = "CHANGELOG.md"

// MaxChangelog is how much of a change log is read, in bytes. The newest releases stand on top.
const MaxChangelog = 1 << 20

// maxSections is how many releases of a change log are kept.
const maxSections = 300

var (
	// versionHeading is the heading of one release, as https://keepachangelog.com and the tools that write change logs have it:
	// "## [1.2.0] - 2026-11-20", "## v1.2.0", "# [1.2.0](https://…) (2026-11-20)", "## name@1.2.0", "## Version 1.2".
	versionHeading = pattern.Lazy(`^(#{1,3})[ \t]+(?:\[)?(?:(?i:release|version)[ \t]+|[\w./-]+@)?([vV]?\d{1,6}(?:\.\d{1,6}){1,3}(?:[-+][0-9A-Za-z.+-]{1,40})?)(?:[\]\s(:,]|$)`)
	anyHeading     = pattern.Lazy(`^(#{1,6})(?:[ \t]+|$)`)
	dateIn         = pattern.Lazy(`\b\d{4}-\d{2}-\d{2}\b`)
)

// ParseChangelog reads the releases of a change log in Markdown, in its order: what stands below a heading with a version, up to
// the next heading of that level. What is not released yet has no version and is left out. Lines count from 1.
func ParseChangelog(text string) []Release {
	var out []Release
	var notes [][]string
	level, fence := 0, "" // of the heading of the release that is being read; 0: none is
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		inCode := fence != ""
		switch {
		case inCode && strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]) == "":
			fence = ""
		case !inCode && strings.HasPrefix(trimmed, "```"), !inCode && strings.HasPrefix(trimmed, "~~~"):
			fence, inCode = trimmed[:3], true
		}
		if !inCode {
			if m := versionHeading().FindStringSubmatch(line); m != nil && (level == 0 || len(m[1]) <= level+1) {
				if len(out) == maxSections {
					break
				}
				level = len(m[1])
				r := Release{Tag: m[2], Path: ChangelogName, Anchor: anchor(line), StartLine: n, EndLine: n}
				if date, err := time.Parse(time.DateOnly, dateIn().FindString(line)); err == nil {
					r.Published = date
				}
				out, notes = append(out, r), append(notes, nil)
				continue
			}
			if m := anyHeading().FindStringSubmatch(line); m != nil && level != 0 && len(m[1]) <= level {
				level = 0 // something else than a release
			}
		}
		if level == 0 {
			continue
		}
		notes[len(notes)-1] = append(notes[len(notes)-1], line)
		if trimmed != "" {
			out[len(out)-1].EndLine = n
		}
	}
	for i, lines := range notes {
		if out[i].Notes = strings.Trim(strings.Join(lines, "\n"), "\n"); out[i].Notes != "" {
			out[i].Notes += "\n"
		}
	}
	return out
}

// anchor is the name that GitHub gives a heading.
func anchor(heading string) string {
	heading = strings.TrimSpace(strings.TrimLeft(heading, "#"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// permalink is the address of a section of a change log at a commit.
func permalink(webURL, repository, commit string, r Release) string {
	if webURL == "" {
		return r.Path
	}
	// GitHub shows line anchors of Markdown only in the plain view.
	return fmt.Sprintf("%s/%s/blob/%s/%s?plain=1#L%d-L%d", strings.TrimSuffix(webURL, "/"), repository, commit, r.Path, r.StartLine, r.EndLine)
}
