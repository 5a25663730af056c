package evidence_test

import (
	"fmt"
	"testing"

	"github.com/oioi-app/oioi/workflow/evidence"
)

func TestTheNearestPagesAreListedFirst(t *testing.T) {
	var pages []evidence.Listed
	for _, name := range []string{"docs/billing/plans.md", "docs/api/tokens.md", "docs/api/v1/old.md", "docs/index.md"} {
		pages = append(pages, evidence.Listed{Path: name, Title: "A page"})
	}
	got := ""
	for _, p := range evidence.Nearest(pages, []string{"docs/api/error-codes.md"}) {
		got += p.Path + " "
	}
	if want := "docs/api/tokens.md docs/api/v1/old.md docs/index.md docs/billing/plans.md "; got != want {
		t.Errorf("listed are %s, want %s", got, want)
	}
	for i := range 500 {
		pages = append(pages, evidence.Listed{Path: fmt.Sprintf("docs/more/page-%d.md", i), Title: "One of many"})
	}
	if n := len(evidence.Nearest(pages, nil)); n > 80 || n < 20 {
		t.Errorf("%d pages are listed", n)
	}
}
