package gitstore_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

func TestLinesAreFollowed(t *testing.T) {
	both(t, func(t *testing.T, s *gitstore.Store) {
		var lines []string
		for c := 'a'; c <= 'z'; c++ {
			lines = append(lines, string(c))
		}
		text := strings.Join(lines, "\n") + "\n"
		before := commit(t, s, "main", "before", map[string]string{"abc": text, "same": "x\n", "gone": "x\n"})
		changed := strings.NewReplacer("c\n", "c\nnew\nnewer\n", "m\n", "M\n", "y\n", "").Replace(text)
		after := commit(t, s, "main", "after", map[string]string{"abc": changed, "gone": "-"})
		now := strings.Split(changed, "\n")
		for n, line := range lines {
			got, ok := s.MapLine(before, after, "abc", n+1)
			if want := line != "m" && line != "y"; ok != want || ok && now[got-1] != line {
				t.Errorf("line %d (%s) is followed to %d, %v", n+1, line, got, ok)
			}
		}
		if got, ok := s.MapLine(before, after, "same", 1); !ok || got != 1 {
			t.Errorf("a line of a file that is the same: %d, %v", got, ok)
		}
		if _, ok := s.MapLine(before, after, "gone", 1); ok {
			t.Error("a line of a file that is gone was found")
		}
	})
}

func FuzzPatchLines(f *testing.F) {
	f.Add("@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n\\ No newline at end of file")
	f.Add("@@ -12 +12,0 @@ @@\n-x\n@@")
	f.Add("+no hunk\n@@ -x +y @@\n+\n\n")
	f.Fuzz(func(t *testing.T, patch string) {
		lines := gitstore.PatchLines(patch)
		for n, l := range lines {
			if n == 0 && l.Kind != "hunk" {
				t.Errorf("a patch begins with %+v", l)
			}
			if (l.Kind == "add" || l.Kind == "hunk") && l.Old != 0 || (l.Kind == "del" || l.Kind == "hunk") && l.New != 0 {
				t.Errorf("%+v has a number of the other side", l)
			}
			if !strings.Contains(patch, l.Text) {
				t.Errorf("%q is not in the patch", l.Text)
			}
		}
	})
}
