package forge

import (
	"cmp"

	"github.com/oioi-app/oioi/workflow/sorting"
)

// Installations returns an App's installations, oldest first.
func (f *Forge) Installations(slug string) []*Installation {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []*Installation
	for _, in := range f.st.Installations {
		if in.App == slug {
			out = append(out, in.copy())
		}
	}
	sorting.Stable(out, func(a, b *Installation) int { return cmp.Compare(a.ID, b.ID) })
	return out
}
