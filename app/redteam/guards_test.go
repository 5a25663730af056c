package redteam_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/oioi-app/oioi/app/fetch"
	"github.com/oioi-app/oioi/app/redteam"
	"github.com/oioi-app/oioi/workflow/effect"
)

// The column of connections is worth as much as the trap: without the guard of connections the reader runs into it.
func TestTheTrapIsTrippedWithoutTheGuard(t *testing.T) {
	cases, err := redteam.Load()
	if err != nil {
		t.Fatal(err)
	}
	trap := newTrap(t)
	s, names := settings(t), resolver(t)
	open := func(string, string, syscall.RawConn) error { return nil }
	caught, all, least := 0, 0, 10
	if playEvery > 1 {
		least = 3
	}
	for _, c := range cases {
		if c.Category != "ssrf" || !strings.Contains(c.Body, "{port}") && !strings.Contains(c.Body, "{trap}") {
			continue
		}
		if playEvery > 1 && caught == least {
			break
		}
		all++
		w := &wire{guard: open, names: names}
		if judge(t.Context(), trap.set(c), stage{settings: s, wire: w}).connections > 0 {
			caught++
		}
	}
	if came := trap.connections.Load(); came == 0 || caught < least {
		t.Errorf("without the guard %d of %d cases show a connection, and %d came to the trap", caught, all, came)
	}
	t.Logf("without the guard %d of %d cases show a connection, and %d came to the trap", caught, all, trap.connections.Load())
}

// The evidence is filtered twice: what the readers may not see is in no prompt, and an effect that is made from it is refused.
// Here the first filter is off, and the second must be enough.
func TestTheGateAloneKeepsPrivateEvidenceIn(t *testing.T) {
	cases, err := redteam.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, names := settings(t), resolver(t)
	played, stopped := 0, 0
	for i, c := range cases {
		if len(c.Expect.Canaries) == 0 || i%playEvery != 0 {
			continue
		}
		out, err := play(t.Context(), c, redteam.For(c), stage{settings: s, wire: &wire{guard: fetch.PublicOnly(), names: names}, careless: true})
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		played++
		if !slices.ContainsFunc(out.prompts, func(p string) bool { return len(redteam.Leaks(p, c.Expect.Canaries)) > 0 }) {
			t.Errorf("%s: the filter is not off: no prompt holds the canary", c.Name)
		}
		for _, e := range out.effects {
			if e.Kind != effect.KindLabel {
				t.Errorf("%s: %s passes the gate, though private evidence is in it", c.Name, e.Key)
			}
		}
		for _, text := range out.texts() {
			if leaked := redteam.Leaks(text.content, c.Expect.Canaries); len(leaked) > 0 {
				t.Errorf("%s: the %s holds %v", c.Name, text.where, leaked)
			}
		}
		for _, r := range out.refused {
			if strings.Contains(r.Reason, "made from evidence that the readers of this place may not see") {
				stopped++
			}
		}
	}
	if played == 0 || stopped < played {
		t.Errorf("%d cases were played, and %d effects were stopped for who may read them", played, stopped)
	}
}
