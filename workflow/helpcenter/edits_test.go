package helpcenter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/role"
)

// TestConform reads archives with a page and an insertion, which goes after the text that the setting "after" names (\n stands
// for a line end), or takes the place of the one in "instead", or goes to the page's end. The setting crlf makes the page
// one of Windows, and unfinished takes its last line end.
func TestConform(t *testing.T) {
	helpcenter.Golden(t, "conform", func(t *testing.T, comment string, files map[string]string) map[string]string {
		page, insert := files["page.md"], files["insert.md"]
		if helpcenter.Setting(comment, "crlf") != "" {
			page = strings.ReplaceAll(page, "\n", "\r\n")
		}
		if helpcenter.Setting(comment, "unfinished") != "" {
			page = strings.TrimRight(page, "\r\n")
		}
		lead := strings.ReplaceAll(helpcenter.Setting(comment, "lead"), `\n`, "\n")
		insert = lead + strings.TrimSuffix(insert, "\n") + strings.ReplaceAll(helpcenter.Setting(comment, "trail"), `\n`, "\n")
		edit := role.Edit{Find: strings.ReplaceAll(helpcenter.Setting(comment, "after"), `\n`, "\n"), Insert: insert}
		if find := helpcenter.Setting(comment, "instead"); find != "" {
			edit.Find, edit.Replace = strings.ReplaceAll(find, `\n`, "\n"), true
		}
		conformed := helpcenter.ConformEdits("docs/page.md", page, []role.Edit{edit}, nil)
		changed, err := effect.ApplyEdits(page, conformed)
		if err != nil {
			t.Fatal(err)
		}
		style := helpcenter.StyleOf(page)
		want := map[string]string{
			"want.md":    strings.ReplaceAll(changed, "\r\n", "¶\n"),
			"want.style": fmt.Sprintf("%+v\n", style),
		}
		if !strings.HasSuffix(changed, "\n") {
			want["want.md"] += "∎"
		}
		return want
	})
}

// Edits that could be applied as they were can be applied when they follow the page, also where one changes what another one
// is anchored in.
func TestConformedEditsApply(t *testing.T) {
	const page = "# A\n\nOne line of a paragraph,\nand another line.\n\n* x\n"
	edits := []role.Edit{
		{Find: "and another line", Insert: "and a last line", Replace: true},
		{Find: "One line", Insert: "\n\n- y"},
		{Find: "a last", Insert: " short"},
		{Insert: "## B\nText."},
		{Insert: "More."},
	}
	got, err := effect.ApplyEdits(page, helpcenter.ConformEdits("docs/a.md", page, edits, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := "# A\n\nOne line of a paragraph,\nand a last short line.\n\n* y\n\n* x\n\n## B\n\nText.\n\nMore.\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	missing := []role.Edit{{Find: "nowhere", Insert: "x"}}
	if _, err := effect.ApplyEdits(page, helpcenter.ConformEdits("docs/a.md", page, missing, nil)); err == nil {
		t.Error("an anchor that is not there is told")
	}
}

func FuzzConformEdits(f *testing.F) {
	f.Add("# A\n\ntext\nmore\n\n- a\n", "text", "\n\n- b", "more", "## X", false)
	f.Add("A\r\n=\r\n~~~\r\nx\r\n~~~", "x", "y", "", "z", true)
	f.Fuzz(func(t *testing.T, page, find, insert, find2, insert2 string, replace bool) {
		edits := []role.Edit{{Find: find, Insert: insert, Replace: replace}, {Find: find2, Insert: insert2}}
		if _, err := effect.ApplyEdits(page, edits); err != nil {
			return
		}
		conformed := helpcenter.ConformEdits("docs/a.md", page, edits[:1], nil)
		if _, err := effect.ApplyEdits(page, conformed); err != nil {
			t.Fatalf("%q with %+v: %v", page, conformed, err)
		}
	})
}
