package docs

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// archives holds what several repositories hold at their heads.
type archives struct {
	of   map[int64]*oneArchive
	head string
}

func (a *archives) Head(_ context.Context, _ int64, repo ticket.Repository, _ string) (string, error) {
	return a.head + repo.Name, nil
}

func (a *archives) Archive(ctx context.Context, installation int64, repo ticket.Repository, commit string) (io.ReadCloser, error) {
	return a.of[repo.ID].Archive(ctx, installation, repo, commit)
}

// One repository's pages never answer another one's ticket, though the same library reads both, their pages have the same
// paths, and a new commit follows the one before. A repository that was made anew under an old name is another one.
func TestHelpCentersOfTwoRepositoriesAreKeptApart(t *testing.T) {
	source := &archives{of: map[int64]*oneArchive{
		7: {files: map[string]string{"docs/a.md": "# Ocelots\n\nThe ocelot is striped.\n", "docs/same.md": "# Same\n\nThe lemur is the same.\n"}},
		8: {files: map[string]string{"docs/a.md": "# Walruses\n\nThe walrus is wet.\n", "docs/same.md": "# Same\n\nThe lemur is the same.\n"}},
		9: {files: map[string]string{"docs/a.md": "# Capybaras\n\nThe capybara is calm.\n"}},
	}}
	library := &Library{From: source, WebURL: "https://github.example"}
	repos := []ticket.Repository{
		{ID: 7, Owner: "o", Name: "one", DefaultBranch: "main", Private: true}, {ID: 8, Owner: "o", Name: "two", DefaultBranch: "main"},
		{ID: 9, Owner: "o", Name: "one", DefaultBranch: "main", Private: true},
	}
	own := map[int64]string{7: "ocelot", 8: "walrus", 9: "capybara"}
	for _, head := range []string{"c0ffee", "decade"} { // the second follows the first
		source.head = head
		for _, repo := range repos {
			center, err := library.Center(t.Context(), 1, repo, "docs")
			if err != nil {
				t.Fatal(err)
			}
			for id, word := range own {
				items, err := center.Search(t.Context(), word, 5)
				if err != nil {
					t.Fatal(err)
				}
				if found := len(items) > 0; found != (id == repo.ID) {
					t.Errorf("%s: %q is found in repository %d: %t", head, word, repo.ID, found)
				}
			}
			items, err := center.Search(t.Context(), "lemur", 5)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range items { // the same text in both: each links to its own
				if !strings.HasPrefix(item.URL, "https://github.example/"+repo.FullName()+"/blob/"+head+repo.Name) {
					t.Errorf("repository %d: %s", repo.ID, item.URL)
				}
			}
		}
		for _, a := range source.of {
			a.files["docs/new.md"] = "# New\n\nNothing of note.\n"
		}
	}
}
