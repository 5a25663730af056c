package tracker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oioi-app/oioi/app/aside"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Release says what one release changed: a published release, or a section of a change log.
type Release struct {
	Tag, Name, Notes, URL string
	Published             time.Time // zero: not known
	// Of a section of a change log: its file, heading and lines, and the commit that it was read at.
	Path, Anchor       string
	StartLine, EndLine int
	Commit             string
}

// Releases returns what recent releases and the change log say about the ticket, at most q.Limit, and how the version that the
// ticket states stands to them. With an error there may be items nevertheless.
func (t *Tracker) Releases(ctx context.Context, installationID int64, q evidence.Query) ([]evidence.Item, error) {
	var tags, sections []Release
	var tagsErr, sectionsErr error
	var wait sync.WaitGroup
	wait.Go(func() {
		tags, tagsErr = aside.Get(func() ([]Release, error) {
			return t.From.Releases(ctx, installationID, q.Ticket.Repository, readReleases)
		})
	})
	wait.Go(func() {
		sections, sectionsErr = aside.Get(func() ([]Release, error) { return t.changelog(ctx, installationID, q.Ticket.Repository) })
	})
	wait.Wait()
	if tagsErr != nil {
		tagsErr = evidence.Missing{Source: "The list of releases", Reason: reason(tagsErr), Cause: tagsErr}
	}
	if sectionsErr != nil {
		sectionsErr = evidence.Missing{Source: ChangelogName, Reason: reason(sectionsErr), Cause: sectionsErr}
	}
	items, err := Notes(context.WithoutCancel(ctx), append(tags, sections...), q) // in memory: it takes no time
	return items, errors.Join(tagsErr, sectionsErr, err)
}

const keptChangelogs = 16

// pinned is a commit of a place.
type pinned struct {
	place
	commit string
}

// changelog reads the repository's change log at the newest commit of its default branch. A repository without one has no sections.
func (t *Tracker) changelog(ctx context.Context, installationID int64, repo ticket.Repository) ([]Release, error) {
	if repo.DefaultBranch == "" {
		return nil, nil // an empty repository
	}
	commit, err := t.From.Head(ctx, installationID, repo, repo.DefaultBranch)
	if errors.Is(err, ErrNotThere) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	key := pinned{placeOf(installationID, repo), commit}
	t.mu.Lock()
	sections, ok := t.changelogs[key]
	t.mu.Unlock()
	if ok {
		return sections, nil
	}
	text, _, err := t.From.Text(ctx, installationID, repo, commit, ChangelogName, MaxChangelog)
	if err != nil {
		return nil, err
	}
	sections = ParseChangelog(text)
	for i := range sections {
		sections[i].Commit, sections[i].URL = commit, permalink(t.WebURL, repo.FullName(), commit, sections[i])
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changelogs == nil {
		t.changelogs = map[pinned][]Release{}
	}
	if _, ok := t.changelogs[key]; !ok {
		t.changelogs[key] = sections
		if t.pins = append(t.pins, key); len(t.pins) > keptChangelogs {
			delete(t.changelogs, t.pins[0])
			t.pins = t.pins[1:]
		}
	}
	return sections, nil
}

// older is what the notes of a release are worth that the reporter has already, beside those of a newer one.
const older = 0.8

// Notes returns the releases whose notes speak about the ticket, best first, at most q.Limit: those after the version that the
// ticket states before those that the reporter has already. A section of a change log that only repeats a release is left out.
// Where the ticket states a version there is one item more, which says how it stands to the releases.
func Notes(ctx context.Context, notes []Release, q evidence.Query) ([]evidence.Item, error) {
	notes = withoutRepeats(notes)
	entries := make([]entry, len(notes))
	for i, r := range notes {
		// Without its tag: the version that a ticket states would find the release that the reporter has already.
		entries[i] = entry{title: strings.ReplaceAll(r.Name, r.Tag, ""), body: r.Notes}
	}
	found, err := newFinder(ctx, entries)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.index.Close() }()
	hits, err := found.search(ctx, q.Words, len(notes))
	if err != nil {
		return nil, err
	}
	stated := q.Ticket.Version()
	worth := func(h ranked) float64 {
		if order, ok := ticket.CompareVersions(notes[h.entry].Tag, stated); ok && order <= 0 {
			return h.score * older
		}
		return h.score
	}
	sorting.Stable(hits, func(a, b ranked) int { return cmp.Compare(worth(b), worth(a)) })
	var out []evidence.Item
	for _, h := range hits[:min(len(hits), q.Limit)] {
		r := notes[h.entry]
		item := evidence.Item{
			Kind: evidence.Release, Title: r.Tag, URL: r.URL, Path: r.Path, Anchor: r.Anchor, StartLine: r.StartLine, EndLine: r.EndLine,
			Pin: cmp.Or(r.Commit, r.Tag), Text: ticket.Text(r.Notes), Visibility: visibility(q.Ticket.Repository), Score: h.score,
			Outcome: relation(r.Tag, stated),
		}
		if r.Path != "" {
			item.Kind = evidence.Changelog
		}
		out = append(out, item)
	}
	if item, ok := standing(notes, stated, q.Ticket.Repository); ok {
		out = append(out, item)
	}
	return out, nil
}

func relation(tag, stated string) string {
	order, ok := ticket.CompareVersions(tag, stated)
	switch {
	case !ok:
		return ""
	case order > 0 && ticket.OfLine(tag, stated):
		return "of the line that the ticket states"
	case order > 0:
		return "newer than the version that the ticket states"
	case order < 0:
		return "older than the version that the ticket states"
	}
	return "the version that the ticket states"
}

// withoutRepeats leaves out the sections of a change log that say no more than the release of the same version.
func withoutRepeats(notes []Release) []Release {
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return slices.DeleteFunc(slices.Clone(notes), func(r Release) bool {
		return r.Path != "" && slices.ContainsFunc(notes, func(o Release) bool {
			order, ok := ticket.CompareVersions(o.Tag, r.Tag)
			return o.Path == "" && ok && order == 0 && strings.Contains(flat(o.Notes), flat(r.Notes))
		})
	})
}

// named is how many releases are listed by name.
const named = 8

// standing says how the version that the ticket states stands to the releases, or that none of them has it.
func standing(notes []Release, stated string, repo ticket.Repository) (evidence.Item, bool) {
	if _, ok := ticket.CompareVersions(stated, stated); !ok || len(notes) == 0 {
		return evidence.Item{}, false
	}
	byVersion := slices.Clone(notes)
	byVersion = slices.DeleteFunc(byVersion, func(r Release) bool {
		_, ok := ticket.CompareVersions(r.Tag, r.Tag)
		return !ok
	})
	sorting.Stable(byVersion, func(a, b Release) int {
		order, _ := ticket.CompareVersions(a.Tag, b.Tag)
		return order
	})
	byVersion = slices.CompactFunc(byVersion, func(a, b Release) bool {
		order, _ := ticket.CompareVersions(a.Tag, b.Tag)
		return order == 0
	})
	if len(byVersion) == 0 {
		return evidence.Item{}, false
	}
	var after []string
	known := ""
	for _, r := range byVersion {
		order, _ := ticket.CompareVersions(r.Tag, stated)
		switch {
		case order == 0 || order > 0 && ticket.OfLine(r.Tag, stated):
			known = r.label()
		case order > 0:
			after = append(after, r.label())
		}
	}
	newest := byVersion[len(byVersion)-1]
	var title, text string
	switch {
	case known == "":
		title = "Version " + stated + " is not among the releases"
		text = fmt.Sprintf("The ticket states version %s. No release and no section of the change log that was read has this version.", stated)
	case len(after) == 0:
		title = "Version " + stated + " is the newest"
		text = fmt.Sprintf("The ticket states version %s, which is %s, the newest release.", stated, known)
	default:
		title = fmt.Sprintf("Version %s and what came after it", stated)
		text = fmt.Sprintf("The ticket states version %s, which is %s.", stated, known)
	}
	if n := len(after); n > named {
		text += fmt.Sprintf(" %d releases came after it, the last of them: %s.", n, strings.Join(after[n-named:], ", "))
	} else if n > 0 {
		text += " Released after it: " + strings.Join(after, ", ") + "."
	}
	if known == "" && len(after) == 0 {
		text += " The newest release is " + newest.label() + "."
	}
	return evidence.Item{
		Kind: evidence.Version, Title: title, Pin: newest.Tag, Text: ticket.Text(text), Visibility: visibility(repo), Score: faint,
	}, true
}

// label is a release's name with its date.
func (r Release) label() string {
	if r.Published.IsZero() {
		return r.Tag
	}
	return r.Tag + " (" + r.Published.UTC().Format(time.DateOnly) + ")"
}
