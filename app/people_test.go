package app

import (
	"fmt"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/workflow/effect"
)

// reword edits the newest draft on GitHub, as a person does in the browser.
func (w *town) reword(login string, ref forge.Ref, from, to string) error {
	comments, err := w.world.Forge.ListComments(forge.As(login), ref, zeroTime)
	if err != nil {
		return err
	}
	for i := len(comments) - 1; i >= 0; i-- {
		c := comments[i]
		if _, draft := effect.ReplyOf(c.Body); draft {
			if !strings.Contains(c.Body, from) {
				return fmt.Errorf("the draft does not say %q:\n%s", from, c.Body)
			}
			_, err := w.world.Forge.EditComment(forge.As(login), ref.Repo, c.ID, strings.Replace(c.Body, from, to, 1))
			return err
		}
	}
	return fmt.Errorf("there is no draft on %s", ref)
}
