package index

import "testing"

// The measure that Index is held to weighs the fields, stems, and asks for what says something only.
func TestFTS5(t *testing.T) {
	f, err := BuildFTS5(t.Context(), []Entry{
		{Heading: "Paint", Body: "Glaze, then wait. And the rest."},
		{Heading: "Glazing", Body: "Two coats."},
		{Heading: "Mail", Body: "Set smtp.host to the server."},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for ask, want := range map[string][]int{
		"How do I glaze this?":  {1, 0},
		`smtp.host "is" wrong)`: {2},
		"and the, of NOT":       nil,
		"":                      nil,
		"zeppelin":              nil,
	} {
		hits, err := f.Search(t.Context(), ask, 5)
		if err != nil || len(hits) != len(want) {
			t.Errorf("%q finds %v, %v", ask, hits, err)
			continue
		}
		for i, h := range hits {
			if h.Entry != want[i] || h.Score <= 0 {
				t.Errorf("%q: hit %d is %v, want entry %d", ask, i, h, want[i])
			}
		}
	}
	if hits, err := f.Search(t.Context(), "glaze", 1); err != nil || len(hits) != 1 {
		t.Errorf("one was wanted: %v, %v", hits, err)
	}
}
