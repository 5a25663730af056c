package forge

import (
	"slices"
	"strings"
)

// React adds a reaction to an issue or pull request, or returns the one that is there (created is false).
func (f *Forge) React(a Actor, ref Ref, content string) (reaction Reaction, created bool, err error) {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return Reaction{}, false, err
	}
	if err := f.comments(a, r, i); err != nil {
		return Reaction{}, false, err
	}
	return f.react(a, i, &i.Reactions, content)
}

// ReactToComment is React for a comment.
func (f *Forge) ReactToComment(a Actor, repo string, id int64, content string) (reaction Reaction, created bool, err error) {
	f.mu.Lock()
	defer f.end()
	r, i, c, err := f.comment(a, repo, id)
	if err != nil {
		return Reaction{}, false, err
	}
	if err := f.comments(a, r, i); err != nil {
		return Reaction{}, false, err
	}
	return f.react(a, i, &c.Reactions, content)
}

func (f *Forge) react(a Actor, i *Issue, to *[]Reaction, content string) (Reaction, bool, error) {
	if !slices.Contains(Reactions, content) {
		return Reaction{}, false, invalid("Reaction", "content", "invalid", "content must be one of: %s", strings.Join(Reactions, ", "))
	}
	for _, x := range *to {
		if x.Content == content && strings.EqualFold(x.User, a.Login) {
			return x, false, nil
		}
	}
	x := Reaction{ID: f.id(), Content: content, User: a.Login, CreatedAt: f.now()}
	*to = append(*to, x)
	f.queue = append(f.queue, Change{Kind: "reaction", Ref: i.Ref})
	return x, true, nil
}

// DeleteReaction removes the actor's own reaction from an issue or pull request, by the reaction's id.
func (f *Forge) DeleteReaction(a Actor, ref Ref, id int64) error {
	f.mu.Lock()
	defer f.end()
	_, i, err := f.issue(a, ref)
	if err != nil {
		return err
	}
	return f.unreact(a, i, &i.Reactions, id)
}

// DeleteCommentReaction is DeleteReaction for a comment.
func (f *Forge) DeleteCommentReaction(a Actor, repo string, comment, id int64) error {
	f.mu.Lock()
	defer f.end()
	_, i, c, err := f.comment(a, repo, comment)
	if err != nil {
		return err
	}
	return f.unreact(a, i, &c.Reactions, id)
}

func (f *Forge) unreact(a Actor, i *Issue, from *[]Reaction, id int64) error {
	at := slices.IndexFunc(*from, func(x Reaction) bool { return x.ID == id })
	switch {
	case at < 0:
		return ErrNotFound
	case !strings.EqualFold((*from)[at].User, a.Login):
		return ErrForbidden
	}
	*from = slices.Delete(*from, at, at+1)
	f.queue = append(f.queue, Change{Kind: "reaction", Ref: i.Ref})
	return nil
}
