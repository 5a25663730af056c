package tracker

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// story is how a ticket went.
type story struct {
	updated     time.Time // the ticket, when the story was read
	reply       string    // that resolved it, or that a person edited and sent
	edited      bool      // a person of the team edited the reply before it was sent
	duplicateOf int       // as the team said
	fix         fix
}

// fix is what closed a ticket.
type fix struct {
	pull   int
	commit string
	tag    string // of the first release that holds it, where one was found
}

// of returns how a ticket went: its conversation, and for a closed one what closed it. With an error there is what could be read.
func (s *stories) of(ctx context.Context, issue ticket.Ticket) (story, error) {
	s.m.mu.Lock()
	told, ok := s.m.stories[issue.Number]
	s.m.mu.Unlock()
	same := ok && told.updated.Equal(issue.UpdatedAt)
	if same {
		// What is preferred is asked for anew: it must not outlive its comment or its ticket.
		if _, now := s.read.Load(issue.Number); now || !told.edited {
			return told, nil
		}
	}
	comments, err := s.t.From.Conversation(ctx, s.installation, s.repo, issue.Number)
	if err != nil {
		return story{}, err
	}
	before := told.fix
	told = story{updated: issue.UpdatedAt, duplicateOf: duplicateOf(comments)}
	told.reply, told.edited = resolution(issue, comments)
	if same {
		told.fix = before
	} else if issue.State == "closed" && issue.StateReason != "not_planned" {
		if told.fix, err = s.fixOf(ctx, issue.Number); err != nil && !errors.Is(err, ErrNotThere) && !errors.Is(err, ErrMoved) {
			return told, err
		}
	}
	s.read.Store(issue.Number, true)
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if _, known := s.m.issues[issue.Number]; known {
		s.m.stories[issue.Number] = told
	}
	return told, nil
}

// ownMark matches the hidden line of what OiOi wrote; the first group is the slot.
var ownMark = pattern.Lazy(`<!-- oioi:v1 \d+/\d+/comment/([^ ]*) -->`)

// sentReply returns the text of a reply that OiOi has sent for the team. Its other comments are none: drafts, which nobody has
// approved, answers to commands, notices.
func sentReply(c ticket.Comment) (string, bool) {
	if !c.Ours {
		return "", false
	}
	for _, m := range ownMark().FindAllStringSubmatch(c.Body.Raw(), -1) {
		if slot, _, _ := strings.Cut(m[1], "/"); slot != "reply" {
			return "", false
		}
	}
	text := strings.TrimSpace(ticket.Visible(c.Body.Raw()))
	text = strings.TrimSpace(sender().ReplaceAllString(text, "")) // who sent it resolves nothing
	return text, text != ""
}

// sender matches the line that says who sent a reply.
var sender = pattern.Lazy(`(?s)\s*<sub>[^<]*</sub>\s*$`)

// saidBy returns what somebody of the team, or OiOi for the team, said to the reporter in a comment.
func saidBy(issue ticket.Ticket, c ticket.Comment) (string, bool) {
	if c.Ours {
		return sentReply(c)
	}
	text := strings.TrimSpace(ticket.Visible(c.Body.Raw()))
	return text, c.Author.OnTeam() && c.Author.ID != issue.Author.ID && text != "" && !strings.HasPrefix(text, "/")
}

// resolution is the newest reply that OiOi has sent where a person edited it, be the ticket open still; else the last thing that
// was said to the reporter of a resolved ticket. That it is a duplicate resolves nothing.
func resolution(issue ticket.Ticket, comments []ticket.Comment) (reply string, edited bool) {
	if issue.State == "closed" && (issue.StateReason == "not_planned" || issue.StateReason == "duplicate") {
		return "", false
	}
	for _, c := range slices.Backward(comments) {
		if text, ok := sentReply(c); ok {
			if strings.Contains(c.Body.Raw(), effect.EditedMark) {
				return clip(text, maxWords), true
			}
			break
		}
	}
	if issue.State != "closed" {
		return "", false
	}
	for _, c := range slices.Backward(comments) {
		if text, ok := saidBy(issue, c); ok && !aDuplicate().MatchString(text) {
			return clip(text, maxWords), false
		}
	}
	return "", false
}

// aDuplicate is how GitHub itself marks an issue as a duplicate.
// https://docs.github.com/en/issues/tracking-your-work-with-issues/administering-issues/marking-issues-or-pull-requests-as-a-duplicate
var aDuplicate = pattern.Lazy(`(?i)^duplicate of (?:#|https?://\S+/issues/)(\d{1,9})\.?$`)

// duplicateOf is the issue that somebody of the team has called this one a duplicate of, last.
func duplicateOf(comments []ticket.Comment) int {
	for _, c := range slices.Backward(comments) {
		if !c.Author.OnTeam() {
			continue
		}
		if m := aDuplicate().FindStringSubmatch(strings.TrimSpace(ticket.Visible(c.Body.Raw()))); m != nil {
			n, _ := strconv.Atoi(m[1])
			return n
		}
	}
	return 0
}

// fixOf finds what closed an issue: the pull request that was merged to close it, or the commit.
func (s *stories) fixOf(ctx context.Context, number int) (fix, error) {
	rows, err := s.t.From.Closings(ctx, s.installation, s.repo, number)
	if err != nil {
		return fix{}, err
	}
	var out fix
	closed := false
	closes := regexp.MustCompile(fmt.Sprintf(`(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:#|\S+#|https?://\S+/issues/)%d\b`, number))
	pull := 0
	for _, row := range rows {
		switch row.Kind {
		case "closed":
			closed, out.commit = true, row.Commit
		case "reopened":
			closed, out.commit = false, ""
		case "cross-referenced":
			if row.Pull != 0 && closes.MatchString(row.Body) {
				pull = row.Pull
			}
		}
	}
	if !closed {
		return fix{}, nil
	}
	out.pull = pull
	var at time.Time
	switch {
	case pull != 0:
		work, err := s.t.From.Work(ctx, s.installation, s.repo, pull)
		if err != nil {
			return fix{}, err
		}
		if !work.Merged {
			out.pull = 0
			break
		}
		out.commit, at = work.SHA, work.Done
	case out.commit != "":
		work, err := s.t.From.Commit(ctx, s.installation, s.repo, out.commit)
		if err != nil {
			return fix{}, err // not there: it closed the issue from a fork or another repository
		}
		at = work.Done
	}
	out.tag, err = s.released(ctx, out, number, at)
	return out, err
}

const (
	compared     = 2  // releases whose history is asked for a fix
	readReleases = 30 // the newest ones
)

// released finds the first release that holds a fix: one whose notes name it, else one whose history has its commit.
func (s *stories) released(ctx context.Context, f fix, number int, at time.Time) (string, error) {
	if f.commit == "" {
		return "", nil
	}
	s.releases.Do(func() { s.tags, s.tagsErr = s.t.From.Releases(ctx, s.installation, s.repo, readReleases) })
	if s.tagsErr != nil {
		return "", s.tagsErr
	}
	var after []Release // oldest first
	for _, r := range slices.Backward(s.tags) {
		if !r.Published.Before(at) {
			after = append(after, r)
		}
	}
	names := regexp.MustCompile(fmt.Sprintf(`(?:#|/issues/|/pull/)(?:%d|%d)\b|\b%s`, number, f.pull, f.commit[:min(7, len(f.commit))]))
	for _, r := range after {
		if names.MatchString(r.Notes) {
			return r.Tag, nil
		}
	}
	for _, r := range after[:min(len(after), compared)] {
		holds, err := s.t.From.Contains(ctx, s.installation, s.repo, r.Tag, f.commit)
		if err != nil && !errors.Is(err, ErrNotThere) {
			return "", err
		}
		if holds {
			return r.Tag, nil
		}
	}
	return "", nil
}

// into puts into an item how its ticket went.
func (told story) into(item *evidence.Item, issue ticket.Ticket) {
	item.Resolution, item.Edited, item.Outcome = ticket.Text(told.reply), told.edited, outcome(issue, told)
	if told.edited {
		item.Outcome += "; the team edited the reply"
	}
}

// outcome says in words what became of a ticket.
func outcome(issue ticket.Ticket, told story) string {
	if issue.State != "closed" {
		if told.duplicateOf != 0 {
			return fmt.Sprintf("open, called a duplicate of #%d", told.duplicateOf)
		}
		return "open"
	}
	out := "closed"
	switch issue.StateReason {
	case "completed":
		out = "closed as completed"
	case "not_planned":
		out = "closed as not planned"
	case "duplicate":
		out = "closed as a duplicate"
	}
	if told.duplicateOf != 0 {
		out = fmt.Sprintf("closed as a duplicate of #%d", told.duplicateOf)
	}
	return out + told.fix.String()
}

// String says what closed a ticket, to follow "closed", or nothing.
func (f fix) String() string {
	out := ""
	switch {
	case f.pull != 0:
		out = fmt.Sprintf(" by pull request #%d", f.pull)
	case f.commit != "":
		out = " by commit " + f.commit[:min(7, len(f.commit))]
	}
	if f.tag != "" {
		out += ", released in " + f.tag
	}
	return out
}
