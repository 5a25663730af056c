package effect

import (
	"slices"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
)

// Shown is the evidence as a draft lists it: what it rests on first, then what comes near that. Of the rest it says only what it is.
type Shown struct {
	Cited  []evidence.Item // in the order of their numbers, then of their ids
	Near   []evidence.Item
	Others []evidence.Item
}

const mostNear = 4 // items that are not cited and are shown

// shown sorts the evidence by what the draft, whose numbered sources are given, makes of it.
func (p *planner) shown(sources []evidence.Item) Shown {
	out := Shown{Cited: slices.Clone(sources)}
	cited := map[string]bool{}
	cite := func(list []role.Citation) {
		for _, c := range list {
			cited[c.Evidence] = true
		}
	}
	o := p.in.Outputs
	for _, f := range o.Understanding.Facts {
		cite(f.Citations)
	}
	for _, e := range o.FollowThrough.DocsEdits {
		cite(e.Sources)
		if at := slices.IndexFunc(p.in.Evidence.Items, func(item evidence.Item) bool { return item.Path != "" && item.Path == e.Page }); at >= 0 {
			cited[p.in.Evidence.Items[at].ID] = true // what is changed
		}
	}
	if twin := o.HandlingPlan.DuplicateOf; twin != nil {
		cited[*twin] = true
	}
	for _, item := range p.in.Evidence.Items {
		switch listed := slices.ContainsFunc(sources, func(s evidence.Item) bool { return s.ID == item.ID }); {
		case listed:
		case cited[item.ID]:
			out.Cited = append(out.Cited, item)
		case len(out.Near) < mostNear && p.in.Evidence.Near(item):
			out.Near = append(out.Near, item)
		default:
			out.Others = append(out.Others, item)
		}
	}
	return out
}

// Kinds are the kinds of what is not listed one by one, each once.
func (s Shown) Kinds() []evidence.Kind {
	var out []evidence.Kind
	for _, item := range s.Others {
		if !slices.Contains(out, item.Kind) {
			out = append(out, item.Kind)
		}
	}
	return out
}

// Listed is all that is listed one by one.
func (s Shown) Listed() []evidence.Item { return slices.Concat(s.Cited, s.Near) }

// Source is the number by which the draft cites an item; 0 where it does not.
func (d Draft) Source(id string) int {
	return 1 + slices.IndexFunc(d.Sources, func(s evidence.Item) bool { return s.ID == id })
}
