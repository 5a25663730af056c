package docs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/ticket"
)

const page = `---
title: "Export your data"
description: x
---
Intro words.

# Export your data

Exports are CSV files.

## Limits

At most 50,000 rows.

` + "```sh\n# not a heading\n```" + `

## Limits

Again.

Set in stone
------------

Text below an underlined heading.
`

func TestSplit(t *testing.T) {
	var got []string
	for _, s := range split("docs/export.md", page) {
		got = append(got, fmt.Sprintf("%s #%s %d-%d %q", s.Title(), s.Anchor, s.StartLine, s.EndLine, firstLine(s.Text)))
	}
	want := []string{
		`Export your data # 5-5 "Intro words."`,
		`Export your data #export-your-data 7-9 "Exports are CSV files."`,
		`Export your data › Limits #limits 11-17 "At most 50,000 rows."`,
		`Export your data › Limits #limits-1 19-21 "Again."`,
		`Export your data › Set in stone #set-in-stone 23-26 "Text below an underlined heading."`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func split(name, text string) []Section {
	sections, _ := newSite("", map[string]string{name: text}).split(name)
	return sections
}

func firstLine(s string) string { line, _, _ := strings.Cut(s, "\n"); return line }

type oneArchive struct {
	files map[string]string
	reads int
}

func (a *oneArchive) Head(context.Context, int64, ticket.Repository, string) (string, error) {
	return "c0ffee", nil
}

func (a *oneArchive) Archive(context.Context, int64, ticket.Repository, string) (io.ReadCloser, error) {
	a.reads++
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for name, content := range a.files {
		if err := archive.WriteHeader(&tar.Header{Name: "owner-repo-c0ffee/" + name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return nil, err
		}
		if _, err := archive.Write([]byte(content)); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return io.NopCloser(&out), zipped.Close()
}

func TestLibraryFindsTheSectionAndReadsACommitOnce(t *testing.T) {
	source := &oneArchive{files: map[string]string{
		"docs/export.md":       page,
		"docs/a/password.md":   "# Reset a password\n\nOpen **Forgot password** on the sign-in page.\n",
		"README.md":            "# password everywhere password\n",
		"docs/../escape.md":    "# password\n",
		"docs/picture.png":     "password",
		"docs-old/password.md": "# password\n",
	}}
	library := &Library{From: source, WebURL: "https://github.example"}
	repo := ticket.Repository{ID: 7, Owner: "owner", Name: "repo", DefaultBranch: "main", Private: true}
	for range 2 {
		center, err := library.Center(t.Context(), 1, repo, "docs")
		if err != nil {
			t.Fatal(err)
		}
		items, err := center.Search(t.Context(), `I forgot my password OR "NEAR(`, 5)
		if err != nil {
			t.Fatal(err)
		}
		if len(items) != 1 {
			t.Fatalf("found %d sections, want only the one below docs that speaks about passwords: %+v", len(items), items)
		}
		got := items[0]
		if got.URL != "https://github.example/owner/repo/blob/c0ffee/docs/a/password.md?plain=1#L1-L3" || got.Pin != "c0ffee" ||
			got.Visibility != evidence.Repository || got.Score <= 0 || got.Score >= 1 {
			t.Fatalf("item = %+v", got)
		}
		if content, ok := center.Tree()["docs/export.md"]; !ok || content != page {
			t.Fatal("the page's content is not what the commit holds")
		}
	}
	if source.reads != 1 {
		t.Fatalf("the archive was read %d times for one commit", source.reads)
	}
}

// A passage that several pages include is one of a file of its own: its permalink must lead there.
// cutOff hands out the beginning of an archive, and a bad end; the next time the whole.
type cutOff struct {
	oneArchive
	keep func(whole int) int // how many bytes arrive
	end  error
}

func (a *cutOff) Archive(ctx context.Context, installation int64, repo ticket.Repository, commit string) (io.ReadCloser, error) {
	whole, err := a.oneArchive.Archive(ctx, installation, repo, commit)
	if err != nil || a.reads > 1 {
		return whole, err
	}
	all, err := io.ReadAll(whole)
	return io.NopCloser(io.MultiReader(bytes.NewReader(all[:a.keep(len(all))]), iotest.ErrReader(a.end))), err
}

// Wherever an archive breaks off, the error says that it may be over in a moment, nothing of it is kept, and the next read finds all.
func TestAnArchiveThatBreaksOffIsReadAgain(t *testing.T) {
	repo := ticket.Repository{ID: 7, Owner: "o", Name: "r"}
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, context.DeadlineExceeded} {
		for name, keep := range map[string]func(int) int{
			"before it begins": func(int) int { return 0 }, "in its head": func(int) int { return 5 }, "in the middle": func(n int) int { return n / 2 },
			"just before its end": func(n int) int { return n - 20 },
		} {
			t.Run(fmt.Sprintf("%s, %v", name, end), func(t *testing.T) {
				source := &cutOff{oneArchive: oneArchive{files: map[string]string{"docs/export.md": page, "docs/lemur.md": "# The lemur\n\nIt climbs.\n"}}, keep: keep, end: end}
				library := &Library{From: source}
				_, err := library.At(t.Context(), 1, repo, "docs", "c0ffee")
				var says interface{ Permanent() bool }
				if !errors.As(err, &says) || says.Permanent() {
					t.Fatalf("the first read says %v", err)
				}
				center, err := library.At(t.Context(), 1, repo, "docs", "c0ffee")
				if err != nil {
					t.Fatal(err)
				}
				if pages, _ := center.Len(); pages != 2 {
					t.Errorf("the second read has %d pages", pages)
				}
			})
		}
	}
}

func TestLibraryIncludesFilesOfTheFolderOnly(t *testing.T) {
	source := &oneArchive{files: map[string]string{
		"mkdocs.yml":             "site_name: x",
		"notes.txt":              "walrus",
		"docs/plans.md":          "# Größe\n\n--8<-- \"parts/refunds.txt\"\n--8<-- \"../notes.txt\"\n",
		"docs/parts/refunds.txt": "lemur\n\n## Refunds\n\nThe ocelot is paid back.\n",
		"docs/guide.rst":         "Guide\n=====\n\nThe capybara.\n",
		"docs/later.md":          "---\ndraft: true\n---\nThe pangolin.\n",
	}}
	library := &Library{From: source, WebURL: "https://github.example"}
	center, err := library.Center(t.Context(), 1, ticket.Repository{ID: 7, Owner: "o", Name: "r", DefaultBranch: "main"}, "docs")
	if err != nil {
		t.Fatal(err)
	}
	if pages, _ := center.Len(); pages != 3 {
		t.Errorf("%d pages, want 3: a text that is included is none", pages)
	}
	for word, want := range map[string]string{
		"ocelot":   "https://github.example/o/r/blob/c0ffee/docs/parts/refunds.txt?plain=1#L3-L5 Größe › Refunds #refunds",
		"capybara": "https://github.example/o/r/blob/c0ffee/docs/guide.rst?plain=1#L1-L4 Guide #guide",
		"lemur":    "https://github.example/o/r/blob/c0ffee/docs/plans.md?plain=1#L1-L3 Größe #groe",
		"walrus":   "",
		"pangolin": "",
	} {
		items, err := center.Search(t.Context(), word, 5)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, item := range items {
			got += item.URL + " " + item.Title + " #" + item.Anchor
		}
		if got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func BenchmarkIndex200Pages(b *testing.B) {
	pages := map[string]string{}
	for i := range 200 {
		pages[fmt.Sprintf("docs/p%d.md", i)] = strings.ReplaceAll(page, "rows", fmt.Sprintf("rows%d", i))
	}
	for b.Loop() {
		center, err := Pages(b.Context(), ticket.Repository{}, "c", "docs", pages, func(string) string { return "" })
		if err != nil {
			b.Fatal(err)
		}
		if _, err := center.Search(b.Context(), "export rows17 limits", 8); err != nil {
			b.Fatal(err)
		}
	}
}
