package role

import "slices"

// Cut is what was left out of an output because no source says it.
type Cut struct {
	Claims       []string
	Instructions []string // of the reply; a person may know better and send one all the same
}

// CutUnverified leaves out what an output claims and its sources do not say: facts and blocks of the reply whose citation
// is missing or fails, and docs edits that rest on such a citation. It returns what it cut. Of the plan, which only the team
// reads, the lines stay and the citations that fail go: the draft marks a line without a source. A reply that loses all that it
// had to say is left out whole, with the reason.
func CutUnverified(out Output, in Context) (Output, Cut) {
	var cut Cut
	bad := func(list []Citation, needed bool) bool {
		v := validator{in: in}
		v.citations("", list)
		return len(v.problems) > 0 || needed && len(list) == 0
	}
	if p := out.Understanding; p != nil {
		u := *p
		u.Facts = slices.DeleteFunc(slices.Clone(u.Facts), func(f Claim) bool {
			if bad(f.Citations, true) {
				cut.Claims = append(cut.Claims, f.Text)
				return true
			}
			return false
		})
		said, left := 0, 0
		u.Reply = slices.DeleteFunc(slices.Clone(u.Reply), func(b Block) bool {
			content := b.Kind == Fact || b.Kind == Instruction
			if content {
				said++
			}
			switch failed := bad(b.Citations, b.Kind == Fact); {
			case b.Kind == Instruction && (failed || !Sourced(b.Citations)):
				cut.Instructions = append(cut.Instructions, b.Text)
				return true
			case failed:
				cut.Claims = append(cut.Claims, b.Text)
				return true
			}
			if content || b.Kind == Question || b.Kind == Commitment {
				left++
			}
			return false
		})
		if said > 0 && left == 0 {
			why := "What the reply claimed could not be found in its sources, so a person has to write it."
			u.Reply, u.ReplyNone = []Block{}, &why
		}
		out.Understanding = &u
	}
	if p := out.HandlingPlan; p != nil {
		plan := *p
		holding := func(list []Citation) []Citation {
			return slices.DeleteFunc(slices.Clone(list), func(c Citation) bool { return !in.Holds(c) })
		}
		plan.WhyCitations = holding(plan.WhyCitations)
		plan.Alternatives, plan.LimitsApplied = slices.Clone(plan.Alternatives), slices.Clone(plan.LimitsApplied)
		for i := range plan.Alternatives {
			plan.Alternatives[i].Citations = holding(plan.Alternatives[i].Citations)
		}
		for i := range plan.LimitsApplied {
			plan.LimitsApplied[i].Citations = holding(plan.LimitsApplied[i].Citations)
		}
		out.HandlingPlan = &plan
	}
	if p := out.FollowThrough; p != nil {
		f := *p
		f.DocsEdits = slices.DeleteFunc(slices.Clone(f.DocsEdits), func(e DocsEdit) bool {
			if bad(e.Sources, false) {
				cut.Claims = append(cut.Claims, "the change of "+e.Page)
				return true
			}
			return false
		})
		if len(f.FollowUps)+len(f.DocsEdits) == 0 && f.Nothing == nil {
			why := "The proposed change of the help center rested on words that are in no source."
			f.Nothing = &why
		}
		out.FollowThrough = &f
	}
	return out, cut
}
