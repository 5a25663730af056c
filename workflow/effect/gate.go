package effect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// Rules are what the gate allows here and today.
type Rules struct {
	Repositories []int64             // where changes may be made, by id
	LabelPrefix  string              // labels that OiOi owns begin so
	Trigger      string              // the one label of people that OiOi may take off
	DocsRoot     string              // pages below it may be changed
	Protected    []string            // path prefixes that may not
	PullRequests bool                // whether docs pull requests are wanted at all
	Reviews      bool                // whether people are asked to review them
	MaxFollowUps int                 // a run
	Audience     evidence.Visibility // who can read what is written here
	Sensitive    bool                // a sensitive matter on a public tracker: nothing but comments and reactions
	Mentions     []string            // logins and teams, without @, that a text may notify: the reporter, the policy's owners
	Inside       *ticket.Repository  // where this ticket's drafts are shown instead; private. nil: on the ticket
	Withheld     Withheld            // what only the team may read, so that nothing else repeats it
}

// The limits of GitHub.
const (
	maxCommentBody = 65536
	maxTitle       = 256
	maxPullFiles   = 5
	maxGapLine     = 1000
	maxPageBytes   = 1 << 20
)

// MostFolds is how many older drafts a run folds.
const MostFolds = 10

// The most of each kind that a run makes; what a person asks for is answered beside these. Follow-ups have their own limit.
var most = map[Kind]int{KindInternal: 1, KindReview: 1, KindGap: 1, KindComment: 2, settling: 4, KindFold: MostFolds, KindLabel: 20, KindReaction: 5, KindPull: 1}

// settling counts the comments on follow-ups and the docs pull request apart: as many as there can be of these.
const settling Kind = "settling"

// Check lets through what the rules allow and says of the rest why not. Order stays.
func (r Rules) Check(effects []Effect) (allowed []Effect, refused []Refusal) {
	counts := map[Kind]int{}
	for _, e := range effects {
		why, kind := r.Refuse(e), e.Kind
		if e.Comment != nil && e.Comment.Settle != nil {
			kind = settling
		}
		switch limit, limited := most[kind]; {
		case why != "":
		case limited && counts[kind] >= limit:
			why = fmt.Sprintf("a run makes at most %d of these", limit)
		case e.Kind == KindIssue && e.Slot != SlotPatch && counts[e.Kind] >= r.MaxFollowUps:
			why = fmt.Sprintf("a run opens at most %d follow-ups here", r.MaxFollowUps)
		}
		if why != "" {
			refused = append(refused, Refusal{Key: e.Key, What: string(e.Kind) + " " + e.Slot, Reason: why})
			continue
		}
		if e.Slot != SlotPatch { // it stands for the pull request that does not open
			counts[kind]++
		}
		allowed = append(allowed, e)
	}
	return allowed, refused
}

// Refuse says why an effect may not be carried out; "" when it may. It knows nothing of how many there are: see Check.
func (r Rules) Refuse(e Effect) string {
	audience, sensitive := r.Audience, r.Sensitive
	if e.In != nil {
		switch {
		case r.Inside == nil || r.Inside.ID != e.In.ID:
			return "the repository " + e.In.FullName() + " is not where the configuration wants drafts to be shown"
		case !slices.Contains([]Kind{KindInternal, KindComment, KindFold, KindStatus, KindReaction, KindIssue}, e.Kind):
			return "it belongs on the ticket, not on its internal issue"
		case !r.Inside.Private:
			return "the repository " + e.In.FullName() + " is not private"
		}
		audience, sensitive = evidence.Private, false
	}
	switch {
	case e.Kind == KindInternal && e.In == nil:
		return "it does not say in which repository"
	case !slices.Contains(r.Repositories, e.Repository.ID):
		return "the repository " + e.Repository.FullName() + " is not this ticket's and is not named in the configuration"
	case e.Visibility < evidence.Public || e.Visibility > evidence.Private:
		return "it does not say how private its text is"
	case e.Visibility > audience:
		return "its text is made from evidence that the readers of this place may not see"
	case sensitive && e.Kind != KindComment && e.Kind != KindReaction && e.Kind != KindFold && e.Kind != KindLabel && e.Kind != KindAssign && e.Kind != KindStatus:
		return "the matter is sensitive and this tracker is public"
	}
	if why := r.Withheld.gives(e); why != "" {
		return why
	}
	body := func(text, marker string) string {
		return first(bodyOK(text, marker), Inspect(text, marker, e.Number, Allowed{Mentions: r.Mentions}))
	}
	switch e.Kind {
	case KindReaction:
		return need(e.Reaction != nil && slices.Contains(reactions, e.Reaction.Content), "it has no reaction that GitHub knows")
	case KindFold:
		return need(e.Fold != nil, "it names no comment")
	case KindComment:
		if e.Comment == nil {
			return "it has no text"
		}
		return body(e.Comment.Body, e.Comment.Marker)
	case KindAssign:
		return need(e.Assign != nil && login.MatchString(e.Assign.Login), "it names no person")
	case KindReview:
		return r.review(e)
	case KindGap:
		if e.Gap == nil || strings.ContainsAny(e.Gap.Stands(), "\n\r") || utf8.RuneCountInString(e.Gap.Stands()) > maxGapLine {
			return "it is no line of a list"
		}
		return first(titleOK(e.Gap.Title), body(e.Gap.Intro, e.Gap.Marker), body(e.Gap.Stands(), e.Gap.LineMarker), r.labels(e.Gap.Labels))
	case KindStatus:
		if e.Status == nil {
			return "it has no text"
		}
		return Inspect(e.Status.Text, "", e.Number, Allowed{Mentions: r.Mentions})
	case KindLabel:
		return r.label(e)
	case KindIssue, KindInternal:
		if e.Issue == nil {
			return "it has no text"
		}
		return first(titleOK(e.Issue.Title), body(e.Issue.Body, e.Issue.Marker), r.labels(e.Issue.Labels))
	case KindPull:
		return first(r.pull(e), func() string { return body(e.Pull.Body, e.Pull.Marker) }())
	}
	return "the gate knows no effect of the kind " + string(e.Kind)
}

// mostReviewers is how many people and teams one pull request asks.
const mostReviewers = 6

func (r Rules) review(e Effect) string {
	switch {
	case e.Review == nil || len(e.Review.Logins)+len(e.Review.Teams) == 0:
		return "it names no person"
	case !r.Reviews:
		return "reviews are not asked for by the configuration"
	case len(e.Review.Logins)+len(e.Review.Teams) > mostReviewers:
		return fmt.Sprintf("it asks more than %d for a review", mostReviewers)
	}
	for _, name := range slices.Concat(e.Review.Logins, e.Review.Teams) {
		if !login.MatchString(name) && !slices.Contains(e.Review.Teams, name) || strings.ContainsAny(name, "/ @\n") {
			return "it names no person"
		}
	}
	return ""
}

// login is a GitHub account's name; enterprise accounts have an underscore.
var login = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?$`)

// reactions are GitHub's. https://docs.github.com/en/rest/reactions/reactions#about-reactions
var reactions = []string{"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"}

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
	return first(
		need(strings.TrimSpace(s) != "" && utf8.RuneCountInString(s) <= maxTitle && !strings.ContainsAny(s, "\n\r"), fmt.Sprintf("its title must be one line of 1 to %d characters", maxTitle)),
		need(plain(s), "its title holds something that acts, such as a mention, a reference or an address"),
	)
}

// plain reports whether a text that is no Markdown is as Plain leaves it, but for its blanks.
func plain(s string) bool { return strings.Join(strings.Fields(s), " ") == Plain(s) }

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
		switch {
		case r.LabelPrefix == "" || !strings.HasPrefix(name, r.LabelPrefix):
			return fmt.Sprintf("the label %q is not OiOi's own: those begin with %q", name, r.LabelPrefix)
		case len(name) > 50 || !labelName().MatchString(name[len(r.LabelPrefix):]):
			return fmt.Sprintf("the label %q is none that OiOi makes: at most 50 letters, digits, blanks and . _ : / -", name)
		}
	}
	return ""
}

var labelName = pattern.Lazy(`^[A-Za-z0-9][A-Za-z0-9 ._:/-]*$`)

func (r Rules) pull(e Effect) string {
	p := e.Pull
	switch {
	case p == nil || len(p.Files) == 0:
		return "it changes nothing"
	case !r.PullRequests:
		return "docs pull requests are switched off in the configuration"
	case len(p.Files) > maxPullFiles:
		return fmt.Sprintf("it changes more than %d pages", maxPullFiles)
	case !ownBranch().MatchString(p.Branch) || strings.EqualFold(p.Branch, p.Base):
		return "its branch is not one of OiOi's own"
	case p.Base != e.Repository.DefaultBranch || p.BaseSHA == "":
		return "it is not made for the default branch at a known commit"
	case !plain(p.Message):
		return "its commit message holds something that acts, such as a mention, a reference or an address"
	}
	seen := map[string]bool{}
	for _, f := range p.Files {
		listing := listed(r.DocsRoot, f, p.Files)
		if err := SafePath(r.DocsRoot, f.Path); err != nil && !listing {
			return err.Error()
		}
		folded := fold(f.Path)
		if seen[folded] {
			return f.Path + " stands twice, or in two spellings that some systems take for one file"
		}
		seen[folded] = true
		if len(f.New) > maxPageBytes {
			return f.Path + " would grow larger than a page may be"
		}
		for _, prefix := range r.Protected {
			if prefix = fold(strings.Trim(prefix, "/")); prefix != "" && (folded == prefix || strings.HasPrefix(folded, prefix+"/")) {
				return f.Path + " is protected by the configuration"
			}
		}
		if listing {
			continue
		}
		if why := pageOK(f, Allowed{Links: p.Links}); why != "" {
			return why
		}
	}
	return first(titleOK(p.Title), r.labels(p.Labels))
}

// mostListed is how many lines a change of a navigation may add, and takeAway how many it may write anew: a comma goes behind
// the entry before.
const mostListed, takeAway = 6, 2

// listed reports whether a file is a navigation in which nothing changes but that new pages of the same pull request are
// listed: a few lines that name them, and that load, run or lead to nothing else.
func listed(root string, f File, all []File) bool {
	if f.Old == "" || !helpcenter.Lists(root, f.Path) || path.Clean(f.Path) != f.Path {
		return false
	}
	was, is := strings.Split(f.Old, "\n"), strings.Split(f.New, "\n")
	added, removed := moreLines(was, is), moreLines(is, was)
	if len(added) == 0 || len(added) > mostListed || len(removed) > takeAway {
		return false
	}
	for _, line := range removed { // it is there still, but for how it ends
		if !slices.ContainsFunc(added, func(a string) bool { return strings.HasPrefix(a, strings.TrimRight(line, " ,\r]}")) }) {
			return false
		}
	}
	named := false
	for _, line := range added {
		if !entryLine(line) {
			return false
		}
		for _, page := range all {
			base := path.Base(page.Path)
			named = named || page.Old == "" && strings.Contains(line, strings.TrimSuffix(base, path.Ext(base)))
		}
	}
	return named
}

// entryLine reports whether a line is an entry of a list of pages, or a part of one.
func entryLine(line string) bool {
	text := strings.TrimSpace(line)
	item := strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "* ") || strings.HasPrefix(text, "+ ")
	if markdownLink().MatchString(text) {
		return true
	}
	if strings.Contains(text, "://") || yamlMark().MatchString(text) || strings.ContainsAny(text, "<>`$;=()|&%") || !item && strings.TrimLeft(line, " \t") == line {
		return false
	}
	for _, ending := range fileEnding().FindAllString(text, -1) {
		if !slices.Contains([]string{".md", ".mdx", ".markdown", ".rst", ".adoc", ".html"}, ending) {
			return false
		}
	}
	for _, key := range entryKey().FindAllStringSubmatch(text, -1) {
		if !slices.Contains([]string{"title", "text", "link", "url", "href", "path", "page", "label", "id", "type"}, key[1]) && !item {
			return false
		}
	}
	return true
}

var (
	yamlMark   = pattern.Lazy(`(?:^|[\s:,\[{-])[!&*][^\s"']`) // a tag, an anchor or an alias, which some builders run
	fileEnding = pattern.Lazy(`\.[A-Za-z]\w*\b`)
	entryKey   = pattern.Lazy(`(?:^|[{,]\s*|^- )["']?(\w+)["']?\s*:`)
)

// markdownLink is an entry of SUMMARY.md and _sidebar.md.
var markdownLink = pattern.Lazy(`^[-*+] \[[^\[\]<>` + "`" + `]+\]\([^()<>:` + "`" + `\s]+\)$`)

// moreLines are the lines that stand in b more often than in a.
func moreLines(a, b []string) []string {
	count := map[string]int{}
	for _, line := range a {
		count[line]++
	}
	var out []string
	for _, line := range b {
		if count[line]--; count[line] < 0 {
			out = append(out, line)
		}
	}
	return out
}

// fold writes a path as a file system does that knows no upper case.
func fold(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFD.String(name))) }

var ownBranch = pattern.Lazy(`^` + BranchPrefix + `[a-z0-9][a-z0-9-]{0,80}$`)

// BranchPrefix begins the branches that OiOi owns.
const BranchPrefix = "oioi/"
