package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// writer carries out one effect with one installation's client.
type writer struct {
	*Hub
	c   *github.Client
	bot string
}

// Publish carries out one effect. prior says what stands in the world for it already. With lookFirst, which is set when
// an earlier attempt may have succeeded, it looks for what that attempt made (our marker and our own account as the
// author, in lists: GitHub's search lags) and adopts it.
func (h *Hub) Publish(ctx context.Context, installationID int64, e effect.Effect, prior effect.Receipt, lookFirst bool) (effect.Receipt, error) {
	need := toAnswer
	if e.Kind == effect.KindPull || e.Kind == effect.KindReview {
		need = toPropose
	}
	c, err := h.client(installationID, e.Repository, need)
	if err != nil {
		return effect.Receipt{}, err
	}
	_, bot, err := h.App(ctx)
	if err != nil {
		return effect.Receipt{}, err
	}
	w := writer{Hub: h, c: c, bot: bot}
	switch e.Kind {
	case effect.KindReaction:
		return w.react(ctx, e)
	case effect.KindComment:
		if e.Comment.Settle != nil {
			return w.settle(ctx, e, prior, lookFirst)
		}
		return w.comment(ctx, e, prior, lookFirst)
	case effect.KindFold:
		return w.fold(ctx, e, prior)
	case effect.KindLabel:
		return w.label(ctx, e)
	case effect.KindIssue:
		return w.issue(ctx, e, prior, lookFirst)
	case effect.KindReview:
		return w.review(ctx, e)
	case effect.KindGap:
		return w.gap(ctx, e, prior)
	case effect.KindInternal:
		return w.internal(ctx, e, prior)
	case effect.KindPull:
		return w.pull(ctx, e, prior)
	case effect.KindAssign:
		return w.assign(ctx, e)
	case effect.KindStatus:
		return w.status(ctx, e, prior)
	}
	return effect.Receipt{}, &Error{Op: "publish " + e.Key, Message: "unknown kind of effect " + string(e.Kind), permanent: true}
}

// hashOf identifies what OiOi wrote, so that it can see later whether a person has changed it. GitHub returns bodies
// with Windows line ends sometimes and trims them.
func hashOf(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		part = strings.TrimSpace(strings.ReplaceAll(part, "\r\n", "\n"))
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// ours reports whether this App's account wrote it: a marker alone can be forged.
func (w writer) ours(user *github.User) bool { return strings.EqualFold(user.GetLogin(), w.bot) }

func (w writer) react(ctx context.Context, e effect.Effect) (effect.Receipt, error) {
	// GitHub answers 200 with the existing reaction when it is there already.
	var made *github.Reaction
	var err error
	if e.Reaction.Review {
		made, _, err = w.c.Reactions.CreatePullRequestCommentReaction(ctx, e.Repository.Owner, e.Repository.Name, e.Reaction.CommentID, e.Reaction.Content)
	} else if e.Reaction.CommentID != 0 {
		made, _, err = w.c.Reactions.CreateIssueCommentReaction(ctx, e.Repository.Owner, e.Repository.Name, e.Reaction.CommentID, e.Reaction.Content)
	} else {
		made, _, err = w.c.Reactions.CreateIssueReaction(ctx, e.Repository.Owner, e.Repository.Name, e.Number, e.Reaction.Content)
	}
	return effect.Receipt{ID: made.GetID()}, wrap("react to "+where(e), err)
}

func where(e effect.Effect) string { return fmt.Sprintf("%s#%d", e.Repository.FullName(), e.Number) }

func (w writer) comment(ctx context.Context, e effect.Effect, prior effect.Receipt, lookFirst bool) (effect.Receipt, error) {
	op := "comment on " + where(e)
	adopted := false
	number := e.Number
	if e.Comment.On != 0 {
		number = e.Comment.On
	}
	if prior.ID == 0 && lookFirst {
		comments, err := w.comments(ctx, w.c, e.Repository, number)
		if err != nil {
			return effect.Receipt{}, wrap(op, err)
		}
		for _, comment := range comments {
			if w.ours(comment.GetUser()) && strings.Contains(comment.GetBody(), e.Comment.Marker) {
				prior = effect.Receipt{ID: comment.GetID(), URL: comment.GetHTMLURL(), Hash: hashOf(comment.GetBody())}
				adopted = true
			}
		}
	}
	if e.Comment.Refresh && prior.ID != 0 {
		comment, _, err := w.c.Issues.GetComment(ctx, e.Repository.Owner, e.Repository.Name, prior.ID)
		if err != nil && !NotFound(wrap(op, err)) {
			return effect.Receipt{}, wrap(op, err)
		}
		made := *e.Comment
		made.Body = effect.Refreshed(comment.GetBody(), made.Body)
		e.Comment = &made
	}
	body := &github.IssueComment{Body: &e.Comment.Body}
	hash := hashOf(e.Comment.Body)
	if prior.ID != 0 {
		if prior.Hash == hash {
			prior.Adopted = adopted
			return prior, nil
		}
		made, _, err := w.c.Issues.EditComment(ctx, e.Repository.Owner, e.Repository.Name, prior.ID, body)
		if err == nil {
			return effect.Receipt{ID: made.GetID(), URL: made.GetHTMLURL(), Hash: hash, Adopted: adopted}, nil
		}
		if wrapped := wrap(op, err); !NotFound(wrapped) {
			return effect.Receipt{}, wrapped
		} // a person deleted it: say it anew
	}
	made, _, err := w.c.Issues.CreateComment(ctx, e.Repository.Owner, e.Repository.Name, number, body)
	if err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	return effect.Receipt{ID: made.GetID(), URL: made.GetHTMLURL(), Hash: hash}, nil
}

// fold folds an older comment of ours. prior is that comment's receipt. What a person wrote into it stays readable.
func (w writer) fold(ctx context.Context, e effect.Effect, prior effect.Receipt) (effect.Receipt, error) {
	op := "fold an older comment on " + where(e)
	if prior.ID == 0 {
		return effect.Receipt{Skipped: "there is no older comment"}, nil
	}
	comment, _, err := w.c.Issues.GetComment(ctx, e.Repository.Owner, e.Repository.Name, prior.ID)
	if err != nil {
		if wrapped := wrap(op, err); !NotFound(wrapped) {
			return effect.Receipt{}, wrapped
		}
		return effect.Receipt{Skipped: "a person has deleted it"}, nil
	}
	body := effect.Folded(comment.GetBody(), e.Fold.Summary)
	if body == comment.GetBody() {
		return effect.Receipt{ID: prior.ID, URL: prior.URL, Hash: hashOf(body)}, nil
	}
	if _, _, err := w.c.Issues.EditComment(ctx, e.Repository.Owner, e.Repository.Name, prior.ID, &github.IssueComment{Body: &body}); err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	return effect.Receipt{ID: prior.ID, URL: prior.URL, Hash: hashOf(body)}, nil
}

// label adds or removes one label. It never sets the whole list, which would wipe what people set.
func (w writer) label(ctx context.Context, e effect.Effect) (effect.Receipt, error) {
	op := "label " + where(e)
	if e.Label.Remove {
		_, err := w.c.Issues.RemoveLabelForIssue(ctx, e.Repository.Owner, e.Repository.Name, e.Number, e.Label.Name)
		if err = wrap(op, err); NotFound(err) {
			err = nil
		}
		return effect.Receipt{Hash: hashOf("removed")}, err
	}
	if err := w.ensureLabel(ctx, e.Repository, e.Label.Name, e.Label.Color, e.Label.Description); err != nil {
		return effect.Receipt{}, wrap(op, err)
	}
	err := w.addLabels(ctx, e.Repository, e.Number, e.Label.Name)
	return effect.Receipt{Hash: hashOf(e.Label.Name)}, wrap(op, err)
}

// ensureLabel creates the label with our colour where the repository has none of that name. An existing one is left as it is.
// One that was there once is not looked for again: should it be gone, GitHub makes it without our colour when it is added.
func (w writer) ensureLabel(ctx context.Context, repo ticket.Repository, name, color, description string) (err error) {
	label := labelOf{repo.ID, name}
	w.mu.Lock()
	known := w.labels[label]
	w.mu.Unlock()
	if known {
		return nil
	}
	defer func() {
		if err == nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.labels == nil || len(w.labels) >= labelsKept {
				w.labels = map[labelOf]bool{}
			}
			w.labels[label] = true
		}
	}()
	_, _, err = w.c.Issues.GetLabel(ctx, repo.Owner, repo.Name, name)
	if err == nil || status(wrap("", err)) != http.StatusNotFound {
		return err
	}
	if color == "" {
		color = "5319e7"
	}
	if description == "" {
		description = "Set by OiOi"
	}
	_, _, err = w.c.Issues.CreateLabel(ctx, repo.Owner, repo.Name, &github.Label{Name: &name, Color: &color, Description: &description})
	if status(wrap("", err)) == http.StatusUnprocessableEntity { // somebody was quicker
		return nil
	}
	return err
}

// addLabels adds labels to an issue or pull request. go-github sends a bare list, which GitHub takes but does not describe.
// https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue
func (w writer) addLabels(ctx context.Context, repo ticket.Repository, number int, names ...string) error {
	req, err := w.c.NewRequest(http.MethodPost, fmt.Sprintf("repos/%s/%s/issues/%d/labels", repo.Owner, repo.Name, number), map[string][]string{"labels": names})
	if err != nil {
		return err
	}
	_, err = w.c.Do(ctx, req, nil)
	return err
}
