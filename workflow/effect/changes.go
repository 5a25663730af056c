package effect

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/role"
)

// Change is one page that docs edits change.
type Change struct {
	Edit role.DocsEdit
	File File
}

// Inserted are the lines that the change adds, that say something, and that the page has not said before.
func (c Change) Inserted() []string {
	var out []string
	for _, e := range c.Edit.Edits {
		for line := range strings.SplitSeq(e.Insert, "\n") {
			if line = strings.TrimSpace(line); len(strings.Fields(line)) > 2 && !strings.HasPrefix(line, "#") && !evidence.Contains(c.File.Old, line) {
				out = append(out, line)
			}
		}
	}
	return out
}

// Brought reports whether words stand on the page because of the change.
func (c Change) Brought(words string) bool {
	return !evidence.Contains(c.File.Old, words) && slices.ContainsFunc(c.Inserted(), func(line string) bool {
		return evidence.Contains(line, words) || evidence.Contains(words, line)
	})
}

// Replaced reports whether the change takes words off the page.
func (c Change) Replaced(words string) bool {
	return evidence.Contains(c.File.Old, words) && !evidence.Contains(c.File.New, words)
}

// DocsChange is what a run proposes for the help center, made to follow its pages and checked.
type DocsChange struct {
	Changes  []Change
	Listings []File               // files of the navigation in which new pages are listed
	Notes    []string             // where new pages are listed, or why a person has to
	Unfit    []Unfit              // edits that do not fit their pages: a follow-up holds their words
	Refused  []Refusal            // edits that may not be made
	Problems []helpcenter.Problem // what the change would break: no pull request opens, and a follow-up holds the patch
}

// Unfit is an edit that cannot be made of its page as that stands.
type Unfit struct {
	Edit role.DocsEdit
	Why  string
}

// Files are all files that the change writes.
func (d DocsChange) Files() []File {
	var out []File
	for _, c := range d.Changes {
		out = append(out, c.File)
	}
	return append(out, d.Listings...)
}

// ChangeDocs applies the docs edits of a run to the pages in its input. An edit that may not be made is refused with the reason,
// one that does not fit its page is left to a person, one that changes nothing is dropped. What is inserted follows its page's style, and a
// new page is listed in the navigation. Then the whole is checked.
func ChangeDocs(in Input) (d DocsChange) {
	if in.Outputs.FollowThrough == nil {
		return d
	}
	key := Key(in.Ticket.Repository.ID, in.Ticket.Number, KindPull, SlotPull)
	after := maps.Clone(in.Pages)
	if after == nil {
		after = map[string]string{}
	}
	for _, edit := range in.Outputs.FollowThrough.DocsEdits {
		if err := SafePath(in.Rules.DocsRoot, edit.Page); err != nil {
			if SafePath("", edit.Page) == nil { // a page all the same, so that a person may know what to do with it
				d.Unfit = append(d.Unfit, Unfit{edit, err.Error()})
				continue
			}
			d.Refused = append(d.Refused, Refusal{Key: key, What: "docs edit of " + edit.Page, Reason: err.Error()})
			continue
		}
		old, exists := after[edit.Page]
		if exists == edit.NewPage {
			why := "there is no such page"
			switch {
			case exists:
				why = "the page exists already"
			case in.Commit == "":
				why = "the help center could not be read"
			}
			d.Unfit = append(d.Unfit, Unfit{edit, why})
			continue
		}
		edit.Edits = helpcenter.ConformEdits(edit.Page, old, edit.Edits, after)
		changed, err := ApplyEdits(old, edit.Edits)
		if err != nil {
			d.Unfit = append(d.Unfit, Unfit{edit, strings.ReplaceAll(err.Error(), "\n", "; ")})
			continue
		}
		if edit.NewPage {
			changed = likeNeighbour(after, edit, changed)
		}
		if changed == old {
			continue
		}
		after[edit.Page] = changed
		if edit.NewPage {
			changed = d.list(after, in, edit)
		}
		d.Changes = append(d.Changes, Change{Edit: edit, File: File{Path: edit.Page, Old: in.Pages[edit.Page], New: changed}})
	}
	if len(d.Changes) == 0 {
		return d
	}
	rules := helpcenter.Rules{Root: in.Rules.DocsRoot, Protected: in.Rules.Protected}
	for _, f := range d.Listings {
		rules.Navigation = append(rules.Navigation, f.Path)
	}
	d.Problems = helpcenter.Check(in.Pages, after, rules)
	return d
}

// list puts a new page into the navigation and returns the page, into whose front matter some sites want its place.
func (d *DocsChange) list(after map[string]string, in Input, edit role.DocsEdit) string {
	listing := helpcenter.Navigate(after, in.Rules.DocsRoot, edit.Page, Plain(cut(edit.Title, maxField)))
	page := []File{{Path: edit.Page, New: after[edit.Page]}}
	for name, text := range listing.Files {
		if name != edit.Page && !listed(in.Rules.DocsRoot, File{Path: name, Old: after[name], New: text}, page) { // the gate would refuse it
			listing = helpcenter.Listing{Reason: name + " holds its list in one line", Needed: true}
			break
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listing.Files)) {
		if name != edit.Page {
			d.Listings = slices.DeleteFunc(d.Listings, func(f File) bool { return f.Path == name })
			d.Listings = append(d.Listings, File{Path: name, Old: in.Pages[name], New: listing.Files[name]})
		}
		after[name] = listing.Files[name]
	}
	switch {
	case listing.Needed:
		d.Notes = append(d.Notes, "Please list "+edit.Page+" in the navigation: "+listing.Reason+".")
	case listing.Files != nil:
		d.Notes = append(d.Notes, "In the navigation, "+listing.Reason+".")
	}
	return after[edit.Page]
}

// likeNeighbour writes a new page in the style of one beside it, with a title in its front matter where that has one.
func likeNeighbour(pages map[string]string, edit role.DocsEdit, text string) string {
	near, name := "", edit.Page
	for other := range pages {
		if path.Dir(other) == path.Dir(name) && path.Ext(other) == path.Ext(name) && strings.TrimSpace(pages[other]) != "" && (near == "" || other < near) {
			near = other
		}
	}
	if near == "" || path.Ext(name) != ".md" && path.Ext(name) != ".mdx" {
		return text
	}
	beside, _ := frontMatter(pages[near])
	own, _ := frontMatter(text)
	if title := Plain(cut(edit.Title, maxField)); own == "" && strings.HasPrefix(beside, "---") && strings.Contains(beside, "\ntitle:") && title != "" {
		text = "---\ntitle: " + strconv.Quote(title) + "\n---\n\n" + text
	}
	return helpcenter.StyleOf(pages[near]).Format(text)
}

// Replay is how the customer's question is answered from the help center alone, before a change and after it.
type Replay struct {
	Question string `json:"question"`
	Before   Answer `json:"before"`
	After    Answer `json:"after"`
	Differs  bool   `json:"differs"`            // the change makes the difference
	Answered bool   `json:"answered,omitempty"` // the pages answer without it
	Why      string `json:"why"`                // why it does, or does not
}

// Answer is what the help center alone answers.
type Answer struct {
	Text  string `json:"text"`  // "" where nothing answers
	Where string `json:"where"` // page and section
}
