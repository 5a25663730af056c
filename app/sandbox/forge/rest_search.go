package forge

import (
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

// terms splits a search into words, with "quoted ones" kept together, and qualifiers such as is:open.
func terms(q string) (words []string, qualifiers map[string][]string) {
	qualifiers = map[string][]string{}
	for q = strings.TrimSpace(q); q != ""; q = strings.TrimSpace(q) {
		end := strings.IndexByte(q, ' ')
		if quote := strings.IndexByte(q, '"'); quote >= 0 && (end < 0 || quote < end) {
			if closing := strings.IndexByte(q[quote+1:], '"'); closing >= 0 {
				end = quote + 1 + closing + 1
			}
		}
		if end < 0 || end > len(q) {
			end = len(q)
		}
		term := strings.ReplaceAll(q[:end], `"`, "")
		if key, value, ok := strings.Cut(term, ":"); ok && key != "" && !strings.Contains(key, " ") && !strings.HasPrefix(q, `"`) {
			qualifiers[fold(key)] = append(qualifiers[fold(key)], fold(value))
		} else if term != "" {
			words = append(words, fold(term))
		}
		q = q[end:]
	}
	return words, qualifiers
}

// searchIssues finds issues and pull requests that hold all the words in title, body or a comment, newest first. It knows
// the qualifiers repo, org, user, is, type, state, label, author, assignee and in, and refuses others rather than giving a
// result that means something else.
func searchIssues(c *call) (answer, error) {
	if strings.TrimSpace(c.query("q")) == "" {
		return answer{}, invalid("Search", "q", "missing", "")
	}
	words, by := terms(c.query("q"))
	known := []string{"repo", "org", "user", "is", "type", "state", "label", "author", "assignee", "in", "sort"}
	for key := range by {
		if !slices.Contains(known, key) {
			return answer{}, notHere("the search qualifier " + key + ": (it has " + strings.Join(known, ", ") + ")")
		}
	}
	var found []*Issue
	for _, r := range c.f.ListRepos(c.actor) {
		if !within(r, by) {
			continue
		}
		list, err := c.f.ListIssues(c.actor, r.FullName(), IssueFilter{State: "all"})
		if err != nil {
			continue // what may not be read is not found
		}
		for _, i := range list {
			if c.indexed(i) && i.fits(by) && c.holds(i, words, by["in"]) {
				found = append(found, i)
			}
		}
	}
	page := paged(c, found)
	return ok(func() any {
		items := render(page, func(i *Issue) object {
			out := c.f.renderIssue(i)
			out["score"] = 1.0
			delete(out, "closed_by")
			delete(out, "parent_issue_url")
			return out
		})
		return object{"total_count": len(found), "incomplete_results": false, "search_type": "lexical", "items": items()}
	}), nil
}

func within(r *Repo, by map[string][]string) bool {
	if repos := by["repo"]; len(repos) > 0 && !slices.Contains(repos, fold(r.FullName())) {
		return false
	}
	owners := slices.Concat(by["org"], by["user"])
	return len(owners) == 0 || slices.Contains(owners, fold(r.Owner))
}

// indexed reports whether the search knows an issue yet.
func (c *call) indexed(i *Issue) bool {
	return !c.f.now().Before(i.CreatedAt.Add(c.f.opts.SearchLag))
}

func (i *Issue) fits(by map[string][]string) bool {
	for _, want := range slices.Concat(by["is"], by["type"], by["state"]) {
		switch want {
		case "issue":
			if i.Pull != nil {
				return false
			}
		case "pr", "pull-request":
			if i.Pull == nil {
				return false
			}
		case "open", "closed":
			if i.State != want {
				return false
			}
		case "merged":
			if i.Pull == nil || !i.Pull.Merged {
				return false
			}
		}
	}
	for _, want := range by["label"] {
		if !containsFold(i.Labels, want) {
			return false
		}
	}
	for _, want := range by["author"] {
		if fold(i.Author) != want && fold(strings.TrimSuffix(i.Author, "[bot]")) != strings.TrimPrefix(want, "app/") {
			return false
		}
	}
	for _, want := range by["assignee"] {
		if !containsFold(i.Assignees, want) {
			return false
		}
	}
	return true
}

func (c *call) holds(i *Issue, words, in []string) bool {
	text := fold(i.Title)
	if !slices.Contains(in, "title") {
		text += "\n" + fold(i.Body)
		c.f.mu.RLock()
		for _, id := range c.f.st.CommentOrder[i.Ref.key()] {
			text += "\n" + fold(c.f.st.Comments[id].Body)
		}
		c.f.mu.RUnlock()
	}
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// searchCode finds files on default branches that hold all the words.
func searchCode(c *call) (answer, error) {
	words, by := terms(c.query("q"))
	if len(words) == 0 {
		return answer{}, invalid("Search", "q", "missing", "")
	}
	type hit struct {
		repo  *Repo
		entry gitstore.Entry
	}
	var found []hit
	for _, r := range c.f.ListRepos(c.actor) {
		if !within(r, by) {
			continue
		}
		entries, err := c.f.Tree(c.actor, r.FullName(), "", "", true)
		if err != nil {
			continue // what may not be read, and an empty repository, hold nothing
		}
		for _, e := range entries {
			content, err := c.f.ReadFile(c.actor, r.FullName(), "", e.Path)
			text := fold(e.Path + "\n" + string(content))
			if err == nil && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
				found = append(found, hit{r, e})
			}
		}
	}
	page := paged(c, found)
	return ok(func() any {
		items := render(page, func(h hit) object {
			out := c.f.contentEntry(h.repo.FullName(), h.repo.DefaultBranch, h.entry)
			return object{"name": out["name"], "path": out["path"], "sha": out["sha"], "url": out["url"], "git_url": out["git_url"],
				"html_url": out["html_url"], "repository": c.f.repository(h.repo, nil), "score": 1.0}
		})
		return object{"total_count": len(found), "incomplete_results": false, "items": items()}
	}), nil
}
