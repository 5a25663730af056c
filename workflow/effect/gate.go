package effect

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/evidence"
)

// Rules are what the gate allows here and today.
type Rules struct {
	Repositories []int64             // where changes may be made, by id
	LabelPrefix  string              // labels that OiOi owns begin so
	Trigger      string              // the one label of people that OiOi may take off
	DocsRoot     string              // pages below it may be changed
	Protected    []string            // path prefixes that may not
	PullRequests bool                // whether docs pull requests are wanted at all
	MaxFollowUps int                 // a run
	Audience     evidence.Visibility // who can read what is written here
	Sensitive    bool                // a sensitive matter on a public tracker: nothing but comments and reactions
}

// The limits of GitHub.
const (
	maxCommentBody = 65536
	maxTitle       = 256
	maxPullFiles   = 5
	maxPageBytes   = 1 << 20
)

// Check lets through what the rules allow and says of the rest why not. Order stays.
func (r Rules) Check(effects []Effect) (allowed []Effect, refused []Refusal) {
	counts := map[Kind]int{}
	for _, e := range effects {
		if why := r.refuse(e, counts[e.Kind]); why != "" {
			refused = append(refused, Refusal{Key: e.Key, What: string(e.Kind) + " " + e.Slot, Reason: why})
			continue
		}
		counts[e.Kind]++
		allowed = append(allowed, e)
	}
	return allowed, refused
}

// refuse says why an effect may not be carried out; "" when it may.
func (r Rules) refuse(e Effect, before int) string {
	switch {
	case !slices.Contains(r.Repositories, e.Repository.ID):
		return "the repository " + e.Repository.FullName() + " is not this ticket's and is not named in the configuration"
	case e.Visibility > r.Audience:
		return "its text is made from evidence that the readers of this place may not see"
	case r.Sensitive && e.Kind != KindComment && e.Kind != KindReaction && e.Kind != KindFold && e.Kind != KindLabel:
		return "the matter is sensitive and this tracker is public"
	}
	switch e.Kind {
	case KindReaction:
		return need(e.Reaction != nil, "it has no reaction")
	case KindFold:
		return need(e.Fold != nil, "it names no comment")
	case KindComment:
		if e.Comment == nil {
			return "it has no text"
		}
		return bodyOK(e.Comment.Body, e.Comment.Marker)
	case KindLabel:
		return r.label(e)
	case KindIssue:
		switch {
		case e.Issue == nil:
			return "it has no text"
		case before >= r.MaxFollowUps:
			return fmt.Sprintf("a run opens at most %d follow-ups here", r.MaxFollowUps)
		}
		return first(titleOK(e.Issue.Title), bodyOK(e.Issue.Body, e.Issue.Marker), r.labels(e.Issue.Labels))
	case KindPull:
		return r.pull(e, before)
	}
	return "the gate knows no effect of the kind " + string(e.Kind)
}

func need(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func first(reasons ...string) string {
	for _, why := range reasons {
		if why != "" {
			return why
		}
	}
	return ""
}

func titleOK(s string) string {
	return need(strings.TrimSpace(s) != "" && utf8.RuneCountInString(s) <= maxTitle && !strings.ContainsAny(s, "\n\r"), fmt.Sprintf("its title must be one line of 1 to %d characters", maxTitle))
}

func bodyOK(body, marker string) string {
	switch {
	case utf8.RuneCountInString(body) > maxCommentBody:
		return fmt.Sprintf("its text is longer than the %d characters that GitHub takes", maxCommentBody)
	case marker == "" || strings.Count(body, marker) != 1:
		return "its text does not hold its own marker exactly once"
	}
	return ""
}

func (r Rules) label(e Effect) string {
	switch {
	case e.Label == nil:
		return "it names no label"
	case e.Label.Remove && r.Trigger != "" && strings.EqualFold(e.Label.Name, r.Trigger):
		return ""
	}
	return r.labels([]string{e.Label.Name})
}

func (r Rules) labels(names []string) string {
	for _, name := range names {
		if r.LabelPrefix == "" || !strings.HasPrefix(name, r.LabelPrefix) || len(name) > 50 {
			return fmt.Sprintf("the label %q is not OiOi's own: those begin with %q", name, r.LabelPrefix)
		}
	}
	return ""
}

func (r Rules) pull(e Effect, before int) string {
	p := e.Pull
	switch {
	case p == nil || len(p.Files) == 0:
		return "it changes nothing"
	case !r.PullRequests:
		return "docs pull requests are switched off in the configuration"
	case before > 0:
		return "a run opens at most one docs pull request"
	case len(p.Files) > maxPullFiles:
		return fmt.Sprintf("it changes more than %d pages", maxPullFiles)
	case !strings.HasPrefix(p.Branch, BranchPrefix) || strings.ContainsAny(p.Branch, " ~^:?*[\\") || strings.Contains(p.Branch, ".."):
		return "its branch is not one of OiOi's own"
	}
	for _, f := range p.Files {
		if err := SafePath(r.DocsRoot, f.Path); err != nil {
			return err.Error()
		}
		if len(f.New) > maxPageBytes {
			return f.Path + " would grow larger than a page may be"
		}
		for _, prefix := range r.Protected {
			if f.Path == prefix || strings.HasPrefix(f.Path, strings.TrimSuffix(prefix, "/")+"/") {
				return f.Path + " is protected by the configuration"
			}
		}
	}
	return first(titleOK(p.Title), bodyOK(p.Body, p.Marker), r.labels(p.Labels))
}

// BranchPrefix begins the branches that OiOi owns.
const BranchPrefix = "oioi/"
