package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/role"
)

// Outputs returns what the accepted steps have made so far.
func (s State) Outputs() role.Outputs {
	var out role.Outputs
	for _, a := range s.Accepted {
		if p := a.Output.Understanding; p != nil {
			out.Understanding = p
		}
		if p := a.Output.HandlingPlan; p != nil {
			out.HandlingPlan = p
		}
		if p := a.Output.Measurement; p != nil {
			out.Measurement = p
		}
		if p := a.Output.FollowThrough; p != nil {
			out.FollowThrough = p
		}
	}
	return out
}

// Notes returns the accepted handoff notes, in order.
func (s State) Notes() []Note {
	var out []Note
	for _, a := range s.Accepted {
		if a.Output.Handoff != nil && strings.TrimSpace(*a.Output.Handoff) != "" {
			out = append(out, Note{StepID: a.StepID, Role: a.Role, Text: *a.Output.Handoff})
		}
	}
	return out
}

// Floors returns what policy code raised in the accepted parts.
func (s State) Floors() []string {
	var out []string
	for _, a := range s.Accepted {
		out = append(out, a.Floors...)
	}
	return out
}

// maxRepairs is how many repair turns a step gets.
const maxRepairs = 1

// Next says what happens next. It is a function of the definition and the state alone.
func Next(def *Definition, s State, in role.Context) Move {
	done := map[string]bool{}
	for _, a := range s.Accepted {
		done[a.StepID] = true
	}
	for _, step := range def.Steps {
		if done[step.ID] {
			continue
		}
		switch {
		case s.Repairs[step.ID] > maxRepairs:
			return Park{Kind: ParkInvalid, StepID: step.ID, Reason: "the answer of the " + step.Role + " stayed invalid after one repair: " + told(s.Problems)}
		case s.Calls >= MaxCalls:
			return Park{Kind: ParkCalls, StepID: step.ID, Reason: fmt.Sprintf("the run has made %d model calls, the most that one run may make", s.Calls)}
		}
		ask := Ask{Step: step, Problems: s.Problems, Rejected: s.Rejected, Reason: s.Returned[step.Returns]}
		if s.Bounced != nil && s.Bounced.To == step.ID {
			ask.Reason = s.Bounced.told()
		}
		return ask
	}
	outputs := s.Outputs()
	unmet := role.Unfulfilled(def.DoneNames(), outputs, in)
	for _, u := range unmet {
		step, at := def.stepFor(u.Owes)
		calls := len(def.Steps) - at // the step and those after it are asked again; a draft that misses something is better than none
		if _, again := s.Returned[u.Owes]; at >= 0 && !again && s.Calls+calls <= MaxCalls {
			return Return{Step: step, Reason: u.Why}
		}
	}
	if s.Amended == nil {
		if a, changed := role.Amend(def.DoneNames(), unmet, outputs, in); changed {
			return Amend{a}
		}
	}
	finish := Finish{Outputs: outputs, Unmet: unmet, Amended: s.Amended}
	for _, a := range s.Accepted {
		finish.Cut = append(finish.Cut, a.Cut...)
		finish.Unverified = append(finish.Unverified, a.Unverified...)
	}
	return finish
}

func told(problems []role.Problem) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.Where + " " + p.Message
	}
	return strings.Join(lines, "; ")
}

// Return is the move that sends a part back to the role that owes something to the definition of done. Apply it with
// SendBack; the next move asks that role again.
type Return struct {
	Step   Step
	Reason string
}

func (Return) move() {}

// Amend is the move in which code changes what the roles were asked to mend and did not. Apply it with Apply.
type Amend struct{ role.Amended }

func (Amend) move() {}

// Apply puts changed outputs in the place of those that were accepted.
func Apply(s State, a Amend) State {
	s.Amended = a.Notes
	s.Accepted = slices.Clone(s.Accepted)
	for i := range s.Accepted {
		at := &s.Accepted[i]
		switch {
		case at.Output.Understanding != nil:
			at.Output.Understanding, at.Cut = a.Outputs.Understanding, slices.Concat(at.Cut, a.Cut)
		case at.Output.HandlingPlan != nil:
			at.Output.HandlingPlan = a.Outputs.HandlingPlan
		case at.Output.FollowThrough != nil:
			at.Output.FollowThrough = a.Outputs.FollowThrough
		}
	}
	return s
}

// SendBack makes a part void that the definition of done is not content with, and everything made after it.
func SendBack(def *Definition, s State, r Return) State {
	s.Returned = maps.Clone(s.Returned)
	if s.Returned == nil {
		s.Returned = map[role.Returns]string{}
	}
	s.Returned[r.Step.Returns] = r.Reason
	return s.void(def, r.Step.ID)
}

// void drops the accepted output of a step and of every step after it.
func (s State) void(def *Definition, stepID string) State {
	from := slices.IndexFunc(def.Steps, func(step Step) bool { return step.ID == stepID })
	dropped := map[string]bool{}
	for _, step := range def.Steps[max(from, 0):] {
		dropped[step.ID] = true
	}
	s.Accepted = slices.DeleteFunc(slices.Clone(s.Accepted), func(a Accepted) bool { return dropped[a.StepID] })
	s.Repairs = maps.Clone(s.Repairs)
	for id := range dropped {
		delete(s.Repairs, id)
	}
	s.Problems, s.Rejected = nil, ""
	return s
}

// Anew forgets the invalid answers of a step, so that somebody else can be asked for its part.
func Anew(s State, stepID string) State {
	s.Repairs = maps.Clone(s.Repairs)
	delete(s.Repairs, stepID)
	s.Problems, s.Rejected = nil, ""
	return s
}

// Accept checks an answer to a step. An answer that fulfils its contract is added to the state; a bounce makes the note
// before void, once a run; anything else leaves its problems in the state, for the repair turn. After that turn, claims that
// still have no source are cut, so that an invention costs itself and not the run.
func Accept(def *Definition, s State, step Step, raw []byte, inputHash string, in role.Context) State {
	s.Calls++
	out, problems := decodeOutput(raw)
	if out.Bounce != nil && (out.Understanding != nil || out.HandlingPlan != nil || out.Measurement != nil || out.FollowThrough != nil) {
		if strings.TrimSpace(out.Bounce.Reason) != "" {
			problems = append(problems, role.Problem{Where: "bounce", Message: "is filled and a part is too; send the note back or answer with " + string(step.Returns) + ", not both"})
		}
		out.Bounce = nil // an empty one says nothing
	}
	if len(problems) == 0 && out.Bounce != nil {
		return s.bounce(def, step, *out.Bounce, in.ForTeam)
	}
	var cut role.Cut
	if len(problems) == 0 {
		problems = role.Validate(step.Returns, out, in)
		if len(problems) > 0 && s.Repairs[step.ID] >= maxRepairs {
			// The repair did not help. What is wrong with claims costs the claims, not the run.
			in.Repaired = true
			if rest, lost := role.CutUnverified(out, in); len(role.Validate(step.Returns, rest, in)) == 0 {
				out, cut, problems = rest, lost, nil
			}
		}
	}
	if len(problems) > 0 {
		s.Repairs = maps.Clone(s.Repairs)
		if s.Repairs == nil {
			s.Repairs = map[string]int{}
		}
		s.Repairs[step.ID]++
		s.Problems, s.Rejected = problems, string(raw)
		return s
	}
	s.Accepted = append(slices.Clone(s.Accepted), Accepted{StepID: step.ID, Role: step.Role, Output: out, InputHash: inputHash, Cut: cut.Claims, Unverified: cut.Instructions})
	s.Problems, s.Rejected = nil, ""
	return s
}

func (s State) bounce(def *Definition, step Step, b role.Bounce, forTeam bool) State {
	at := slices.IndexFunc(def.Steps, func(other Step) bool { return other.ID == step.ID })
	var problem string
	switch {
	case at <= 0:
		problem = "the first step has no note before it to send back; answer with " + string(step.Returns)
	case s.Bounced != nil:
		problem = "this run has used its one bounce; answer with " + string(step.Returns)
	case strings.TrimSpace(b.Reason) == "":
		problem = "a bounce needs a reason"
	default:
		s.Bounced = &Bounced{From: step.ID, To: def.Steps[at-1].ID, Reason: b.Reason, Untold: forTeam && !def.Inside(def.Steps[at-1])}
		return s.void(def, def.Steps[at-1].ID)
	}
	s.Repairs = maps.Clone(s.Repairs)
	if s.Repairs == nil {
		s.Repairs = map[string]int{}
	}
	s.Repairs[step.ID]++
	s.Problems = []role.Problem{{Where: "bounce", Message: problem}}
	return s
}

// decodeOutput reads an answer strictly. One Markdown fence around the JSON is taken off: models that cannot be given a
// schema put it there.
func decodeOutput(raw []byte) (role.Output, []role.Problem) {
	text := bytes.TrimSpace(raw)
	if rest, ok := bytes.CutPrefix(text, []byte("```")); ok {
		if _, body, found := bytes.Cut(rest, []byte("\n")); found {
			text = bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(body), []byte("```")))
		}
	}
	var out role.Output
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		return out, []role.Problem{{Where: "answer", Message: "is not one JSON object of the schema: " + err.Error()}}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return out, []role.Problem{{Where: "answer", Message: "has text after the JSON object; answer with the object alone"}}
	}
	return out, nil
}

// DoneNames lists the named checks of the definition of done.
func (d *Definition) DoneNames() []string {
	names := make([]string, len(d.Done))
	for i, done := range d.Done {
		names[i] = done.Check
	}
	return names
}

// stepFor returns the step that makes a part and its position, -1 where none does.
func (d *Definition) stepFor(r role.Returns) (Step, int) {
	for i, step := range d.Steps {
		if step.Returns == r {
			return step, i
		}
	}
	return Step{}, -1
}
