package desk

import (
	"context"
	"fmt"
	"slices"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/helpcenter"
)

// changeDocs makes a change of the help center of what a run wants to say there, and finds out where it may go: on the branch
// of an open pull request about the same section, on one of its own, or, where enough wait, on the list of gaps.
func (e Engine) changeDocs(ctx context.Context, run *Run, in *effect.Input) error {
	change := effect.ChangeDocs(*in)
	in.Docs = &change
	if len(change.Changes) == 0 || !in.Rules.PullRequests {
		return nil
	}
	open, err := e.Sources.OpenPulls(ctx, run.Place)
	if err != nil {
		return fmt.Errorf("list the open docs pull requests: %w", err)
	}
	own := func(p effect.OpenPull) bool { return effect.TicketOf(p.Branch, "") == run.Ticket.Number }
	in.Full = !slices.ContainsFunc(open, own) && len(open) >= run.Settings.Config.Docs.MaxOpen
	if in.Onto, err = e.sameSection(ctx, run.Place, slices.DeleteFunc(slices.Clone(open), own), change.Changes); err != nil {
		return err
	}
	if in.Onto != nil && !in.Onto.Theirs {
		in.Full, in.Commit = false, in.Onto.Head
		if in.Pages, err = e.Sources.Tree(ctx, run.Place, run.Settings.Config.Docs.Root, in.Commit); err != nil {
			return fmt.Errorf("read the help center as pull request %d has it: %w", in.Onto.Number, err)
		}
		if change = effect.ChangeDocs(*in); len(change.Changes) == 0 {
			return nil
		}
	}
	replay, limited, err := e.replay(ctx, *run, in.Commit, change.Changes)
	if err != nil {
		return err
	}
	if in.Replay = replay; limited != nil {
		run.Limit = limited
		in.About = e.about(*run)
	}
	return nil
}

// sameSection returns the oldest of the open docs pull requests that touches a section which the changes touch, or nil.
func (e Engine) sameSection(ctx context.Context, place Place, open []effect.OpenPull, changes []effect.Change) (*effect.OpenPull, error) {
	var pages []string
	var ours []helpcenter.Section
	for _, c := range changes {
		pages = append(pages, c.File.Path)
		ours = append(ours, helpcenter.Touched(c.File.Path, c.File.Old, c.File.New)...)
	}
	for _, pull := range open {
		files, theirs, err := e.Sources.Proposed(ctx, place, pull, pages)
		if err != nil {
			return nil, fmt.Errorf("look whether pull request %d is about the same section: %w", pull.Number, err)
		}
		for _, f := range files {
			for _, touched := range helpcenter.Touched(f.Path, f.Old, f.New) {
				if slices.ContainsFunc(ours, func(s helpcenter.Section) bool { return helpcenter.SameSection(s, touched) }) {
					pull.Theirs = theirs
					return &pull, nil
				}
			}
		}
	}
	return nil, nil
}
