package desk

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// slowSources answer at once but for two: one waits until it is told to stop and hands over what it has, the other hears nothing.
type slowSources struct {
	Sources
	deaf chan struct{}
}

func (slowSources) Docs(context.Context, Place, string, evidence.Query) ([]evidence.Item, string, error) {
	return []evidence.Item{{Kind: evidence.Docs, Path: "docs/a.md", Text: ticket.Text("A page."), Visibility: evidence.Public, Score: 0.9}}, "c0ffee", nil
}

func (slowSources) Listing(context.Context, Place, string, string) ([]evidence.Listed, error) {
	return []evidence.Listed{{Path: "docs/a.md", Title: "A page"}}, nil
}

func (s slowSources) Similar(context.Context, Place, evidence.Query, string) ([]evidence.Item, error) {
	<-s.deaf
	return nil, nil
}

func (slowSources) Linked(context.Context, Place, evidence.Query, []string) ([]evidence.Item, error) {
	return nil, nil
}

func (slowSources) Pages(ctx context.Context, _ evidence.Query, _ []string) ([]evidence.Item, error) {
	<-ctx.Done()
	return []evidence.Item{{Kind: evidence.Page, URL: "https://example.com", Text: ticket.Text("Half a page."), Visibility: evidence.Public, Score: 0.5}}, ctx.Err()
}

func (slowSources) Releases(context.Context, Place, evidence.Query) ([]evidence.Item, error) {
	return nil, nil
}

// A source that hangs costs the deadline and no more, whether or not it hears that its time is over. It is named, and what the
// others found is used.
func TestASourceThatHangsIsCutAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deaf := make(chan struct{})
		defer close(deaf)
		e := Engine{Sources: slowSources{deaf: deaf}, Log: slog.New(slog.DiscardHandler), GatherTimeout: 7 * time.Second}
		began := time.Now()
		got, err := e.Gather(t.Context(), Place{}, ticket.Ticket{Title: ticket.Text("Exports stop")}, config.Settings{}, false)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 7*time.Second+grace {
			t.Errorf("it took %s", took)
		}
		var texts []string
		for _, item := range got.Set.Items {
			texts = append(texts, item.Text.Raw())
		}
		if want := []string{"A page.", "Half a page."}; !slices.Equal(texts, want) || got.Commit != "c0ffee" {
			t.Errorf("found are %q at %q, want %q", texts, got.Commit, want)
		}
		late := "it did not answer within 7s"
		if want := []evidence.Missing{{Source: "The list of earlier tickets", Reason: late}, {Source: "The web", Reason: late}}; !slices.Equal(got.Set.Missing, want) {
			t.Errorf("missing are %v, want %v", got.Set.Missing, want)
		}
	})
}
