// Package sorting sorts slices.
package sorting

import "sort"

// Stable sorts a slice by compare, which returns a negative number where a stands before b; what is equal keeps its order. It does
// what slices.SortStableFunc does. That is compiled anew for each type of element, 6 to 12 KB each time, which was a quarter of a
// megabyte of the program; this is for the short lists of which most are sorted.
func Stable[E any](list []E, compare func(a, b E) int) {
	sort.SliceStable(list, func(i, j int) bool { return compare(list[i], list[j]) < 0 })
}
