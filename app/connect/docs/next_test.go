package docs

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/oioi-app/oioi/app/connect/index"
	"github.com/oioi-app/oioi/workflow/ticket"
)

var noLink = func(string) string { return "" }

// A center that follows another one says what one says that is built from nothing, whatever changed between them: pages of
// every format, what they include, the site's configuration, pages that come and go.
func TestAFollowingCenterSaysTheSame(t *testing.T) {
	all := map[string]string{"mkdocs.yml": "nav: []\n", "docs/extra.md": "# Extra\n\n--8<-- \"docs/snippets/late.md\"\n\nMore words.\n", "docs/snippets/late.md": "A late snippet.\n"}
	for name, text := range manyPages(20) {
		all[name] = text
	}
	archives, err := filepath.Glob("testdata/formats/*")
	if err != nil || len(archives) == 0 {
		t.Fatal(archives, err)
	}
	for i, name := range archives {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range txtar.Parse(data).Files {
			if IsPage(f.Name) || IsPart("docs", f.Name) {
				all[strings.Replace(f.Name, "docs/", fmt.Sprintf("docs/f%d/", i), 1)] = string(f.Data)
			}
		}
	}
	random := rand.New(rand.NewPCG(7, 7))
	names := slices.Sorted(maps.Keys(all))
	pages := maps.Clone(all)
	before := &Center{index: new(index.Index)}
	for step := range 40 {
		for range 1 + random.IntN(3) {
			name := names[random.IntN(len(names))]
			switch text, there := pages[name]; {
			case there && random.IntN(3) == 0:
				delete(pages, name)
			case there && random.IntN(2) == 0:
				pages[name] = text + fmt.Sprintf("\nAnother sentence about step%d.\n", step)
			default:
				pages[name] = all[name]
			}
		}
		var err error
		if before, err = before.next(t.Context(), ticket.Repository{}, "c", "docs", maps.Clone(pages), noLink); err != nil {
			t.Fatal(err)
		}
		anew, err := Pages(t.Context(), ticket.Repository{}, "c", "docs", maps.Clone(pages), noLink)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(before.sections, anew.sections) {
			t.Fatalf("step %d: the sections differ", step)
		}
		for _, ask := range []string{"invoice export limit", fmt.Sprintf("step%d sentence", step), "a late snippet", "Where is the token of the report?"} {
			got, _ := before.Search(t.Context(), ask, 8)
			want, _ := anew.Search(t.Context(), ask, 8)
			if len(got) != len(want) {
				t.Fatalf("step %d, %q: %d and %d hits", step, ask, len(got), len(want))
			}
			for i := range got {
				if diff := got[i].Score - want[i].Score; got[i].Path != want[i].Path || got[i].StartLine != want[i].StartLine || diff > 1e-6 || diff < -1e-6 {
					t.Fatalf("step %d, %q: %s:%d %f, want %s:%d %f", step, ask, got[i].Path, got[i].StartLine, got[i].Score, want[i].Path, want[i].StartLine, want[i].Score)
				}
			}
		}
	}
}

// BenchmarkNext5000Pages makes the center of a new commit in which one page of 5,000 differs. Compare BenchmarkBuild5000Pages.
func BenchmarkNext5000Pages(b *testing.B) {
	pages := manyPages(5000)
	c := center(b, pages)
	changed := maps.Clone(pages)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		changed["docs/p00017.md"] = pages["docs/p00017.md"] + fmt.Sprintf("\nChange %d.\n", n)
		if _, err := c.next(b.Context(), ticket.Repository{}, "c", "docs", changed, noLink); err != nil {
			b.Fatal(err)
		}
	}
}
