package desk

import "testing"

// One docs pull request at a time opens in a repository; the others come in their order, each once.
func TestOneOpensAtATime(t *testing.T) {
	var o openings
	take := func(repository int64, key string, want bool) {
		t.Helper()
		if o.take(repository, sleeper{key: key}) != want {
			t.Errorf("%s: it is its turn: %t", key, !want)
		}
	}
	next := func(want string) {
		t.Helper()
		got := ""
		if s := o.leave(7); s != nil {
			got = s.key
		}
		if got != want {
			t.Errorf("%q is next, want %q", got, want)
		}
	}
	take(7, "a", true)
	take(8, "of another repository", true)
	take(7, "b", false)
	take(7, "c", false)
	take(7, "b", false) // it woke by itself
	next("b")
	take(7, "c", true) // it was quicker, and waits no more
	take(7, "b", false)
	next("b")
	take(7, "b", true)
	next("")
	if len(o.at) != 1 {
		t.Errorf("%d repositories are remembered", len(o.at))
	}
}
