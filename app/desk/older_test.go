package desk

import (
	"fmt"
	"slices"
	"testing"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
)

// A draft whose folding was dropped, because the draft that was to follow never came, is folded by the next one that comes.
func TestOlderDraftsAreFoldedByTheNextThatComes(t *testing.T) {
	row := func(kind effect.Kind, draft int, state store.EffectState, id int64) store.Effect {
		e := effect.Effect{Kind: kind, Slot: draftSlot(draft)}
		out := store.Effect{Key: fmt.Sprint(kind, draft), State: state, Data: encode(e)}
		if state == store.EffectDone {
			out.Receipt = encode(effect.Receipt{ID: id})
		}
		return out
	}
	cancelled := []store.Effect{row(effect.KindComment, 1, store.EffectDone, 51), row(effect.KindComment, 2, store.EffectDropped, 0), row(effect.KindFold, 1, store.EffectDropped, 0)}
	folded := slices.Concat(cancelled[:2], []store.Effect{row(effect.KindFold, 1, store.EffectDone, 51), row(effect.KindFold, 2, store.EffectDone, 0), row(effect.KindComment, 3, store.EffectDone, 53)})
	late := slices.Clone(folded)
	late[1] = row(effect.KindComment, 2, store.EffectDone, 52) // it was on its way when it was dropped
	var many []store.Effect
	for n := range 40 {
		many = append(many, row(effect.KindComment, n+1, store.EffectDone, int64(n+51)))
	}
	for name, test := range map[string]struct {
		outbox []store.Effect
		draft  int
		want   []int
	}{
		"the first":                 {nil, 1, nil},
		"after one":                 {cancelled[:1], 2, []int{1}},
		"after one that never came": {cancelled, 3, []int{2, 1}},
		"after one that folded":     {folded, 4, []int{3}},
		"one came after all":        {late, 4, []int{3, 2}},
		"the same draft again":      {folded, 3, nil},
		"very many":                 {many, 41, []int{40, 39, 38, 37, 36, 35, 34, 33, 32, 31}},
	} {
		got, err := older(test.outbox, test.draft)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, test.want)
		}
	}
}
