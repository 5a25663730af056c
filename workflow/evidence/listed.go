package evidence

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/sorting"
)

// Listed is a page of the help center by its name: where a change could go, and not what it says.
type Listed struct {
	Path  string `json:"path"`
	Title string `json:"title"`
}

// The most of the list that a prompt holds.
const (
	mostListed     = 60
	listCharacters = 2400
)

// Nearest cuts a list of pages to what a prompt holds: those in the folders of the pages that are named first, then those in the
// folders next to them.
func Nearest(pages []Listed, to []string) []Listed {
	away := map[string]int{}
	for _, p := range pages {
		dir := path.Dir(p.Path)
		if _, known := away[dir]; known {
			continue
		}
		away[dir] = len(strings.Split(dir, "/"))
		for i, name := range to {
			if steps := apart(dir, path.Dir(name)); i == 0 || steps < away[dir] {
				away[dir] = steps
			}
		}
	}
	out := slices.Clone(pages)
	sorting.Stable(out, func(a, b Listed) int {
		return cmp.Or(cmp.Compare(away[path.Dir(a.Path)], away[path.Dir(b.Path)]), cmp.Compare(a.Path, b.Path))
	})
	left := listCharacters
	for i, p := range out {
		if left -= len(p.Path) + len(p.Title); left < 0 || i == mostListed {
			return out[:i]
		}
	}
	return out
}

// apart counts the steps from one folder to another.
func apart(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	return len(x) + len(y)
}
