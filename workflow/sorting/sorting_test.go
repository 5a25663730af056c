package sorting

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// It is slices.SortStableFunc, whatever is sorted.
func TestStableIsTheStandardLibrarys(t *testing.T) {
	type pair struct{ by, at int }
	random := rand.New(rand.NewPCG(1, 1))
	for n := range 200 {
		list := make([]pair, n)
		for i := range list {
			list[i] = pair{random.IntN(1 + n/3), i}
		}
		want := slices.Clone(list)
		compare := func(a, b pair) int { return cmp.Compare(a.by, b.by) }
		slices.SortStableFunc(want, compare)
		if Stable(list, compare); !slices.Equal(list, want) {
			t.Fatalf("%v, want %v", list, want)
		}
	}
}
