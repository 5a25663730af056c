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
	if len(change.Changes) == 0 || run.Commit == "" {
		return nil
	}
	if len(in.ForTeam.Items) > 0 {
		return nil // it is made with what only the team may read, so that it becomes a follow-up for a person and no pull request
	}
	var open []effect.OpenPull
	var err error
	if in.Rules.PullRequests {
		open, err = e.Sources.OpenPulls(ctx, run.Place)
		switch {
		case denied(err): // the draft comes all the same, and a person has the patch
			in.Rules.PullRequests, in.Denied = false, "GitHub does not let OiOi read pull requests here: grant its App the repository permission \"Pull requests\""
			in.Refused = append(in.Refused, effect.Refusal{What: "docs pull request", Reason: err.Error()})
		case err != nil:
			return fmt.Errorf("list the open docs pull requests: %w", err)
		}
	}
	own := ownPull(run.Ticket.Number)
	in.Full = in.Rules.PullRequests && !slices.ContainsFunc(open, own) && len(open) >= run.Settings.Config.Docs.MaxOpen
	if in.Onto, err = e.sameSection(ctx, run.Place, slices.DeleteFunc(slices.Clone(open), own), files(change.Changes)); err != nil {
		return err
	}
	if in.Onto != nil && !in.Onto.Theirs {
		in.Full, in.Commit = false, in.Onto.Head
		if in.Pages, err = e.Sources.Tree(ctx, run.Place.holding(run.Help), run.Settings.Config.Docs.Root, in.Commit); err != nil {
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
func (e Engine) sameSection(ctx context.Context, place Place, open []effect.OpenPull, changes []effect.File) (*effect.OpenPull, error) {
	var pages []string
	var ours []helpcenter.Section
	for _, f := range changes {
		pages = append(pages, f.Path)
		ours = append(ours, helpcenter.Touched(f.Path, f.Old, f.New)...)
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

func files(changes []effect.Change) []effect.File {
	out := make([]effect.File, len(changes))
	for i, c := range changes {
		out[i] = c.File
	}
	return out
}

func ownPull(number int) func(effect.OpenPull) bool {
	return func(p effect.OpenPull) bool { return effect.TicketOf(p.Branch, "") == number }
}

// crowded says why a docs pull request does not open after all, by what has opened since it was planned; "" where it may. With a
// second effect the ticket is listed instead.
func (d *Desk) crowded(ctx context.Context, place Place, e effect.Effect, most int) (why string, instead []effect.Effect, err error) {
	if e.Pull.Onto != 0 {
		return "", nil, nil // the publisher looks at the one that it is added to
	}
	open, err := d.Engine.Sources.OpenPulls(ctx, place)
	if err != nil || slices.ContainsFunc(open, ownPull(e.Number)) {
		return "", nil, err
	}
	rival, err := d.Engine.sameSection(ctx, place, open, e.Pull.Files)
	if err != nil {
		return "", nil, err
	}
	if rival != nil {
		return fmt.Sprintf("pull request %d is about the same section and has opened meanwhile; `/oioi docs` adds this to it", rival.Number), nil, nil
	}
	if len(open) < most {
		return "", nil, nil
	}
	why = fmt.Sprintf("%d docs pull requests wait for people by now, as many as `docs.max_open` allows", len(open))
	if e.Pull.Gap == nil {
		return why, nil, nil
	}
	gap := simple(place, e.Number, effect.KindGap, effect.SlotGap)
	gap.Visibility, gap.Gap = e.Visibility, e.Pull.Gap
	return why + "; the ticket is on the list of docs gaps", []effect.Effect{gap}, nil
}
