package forge

import "slices"

// LockIssue lets only people with write permission comment; reason is off-topic, too heated, resolved, spam or "".
func (f *Forge) LockIssue(a Actor, ref Ref, reason string) error {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return err
	}
	if err := f.may(a, r, i.kind(), Triage); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "off-topic", "too heated", "resolved", "spam"}, reason) {
		return invalid("Issue", "lock_reason", "invalid", "lock_reason must be one of: off-topic, resolved, spam, too heated")
	}
	if !i.Locked {
		i.Locked, i.LockReason = true, reason
		f.event(a, i, Event{Kind: "locked", Reason: reason})
		f.emit(change{event: i.hook(), action: "locked", repo: r, by: a, issue: i})
	}
	return nil
}

// UnlockIssue undoes LockIssue.
func (f *Forge) UnlockIssue(a Actor, ref Ref) error {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return err
	}
	if err := f.may(a, r, i.kind(), Triage); err != nil {
		return err
	}
	if i.Locked {
		i.Locked, i.LockReason = false, ""
		f.event(a, i, Event{Kind: "unlocked"})
		f.emit(change{event: i.hook(), action: "unlocked", repo: r, by: a, issue: i})
	}
	return nil
}

// DeleteIssue removes an issue for good: from then on the answer is ErrGone. Only an admin may.
func (f *Forge) DeleteIssue(a Actor, ref Ref) error {
	f.mu.Lock()
	defer f.end()
	r, i, err := f.issue(a, ref)
	if err != nil {
		return err
	}
	if i.Pull != nil {
		return unprocessable("A pull request cannot be deleted")
	}
	if a.IsApp() {
		return ErrIntegration
	}
	if err := f.may(a, r, "issues", Admin); err != nil {
		return err
	}
	if i.Parent != nil {
		f.orphan(a, i)
	}
	f.emit(change{event: "issues", action: "deleted", repo: r, by: a, issue: i})
	for _, id := range f.st.CommentOrder[ref.key()] {
		delete(f.st.Comments, id)
	}
	delete(f.st.CommentOrder, ref.key())
	i.Deleted, i.Body, i.Title, i.Comments = true, "", "deleted", 0
	return nil
}
