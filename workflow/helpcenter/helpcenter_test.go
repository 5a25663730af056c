package helpcenter

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what comes out into the archives of testdata")

// golden runs a function on each archive of a folder. It gets the archive's comment and its files, and returns files to
// compare with those whose names begin with "want".
func golden(t *testing.T, folder string, run func(t *testing.T, comment string, files map[string]string) map[string]string) {
	archives, err := filepath.Glob("testdata/" + folder + "/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives in testdata/"+folder, err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files, want := map[string]string{}, map[string]string{}
			var kept []txtar.File
			for _, f := range archive.Files {
				if strings.HasPrefix(f.Name, "want") {
					want[f.Name] = string(f.Data)
					continue
				}
				kept = append(kept, f)
				files[f.Name] = string(f.Data)
			}
			got := run(t, string(archive.Comment), files)
			for name, text := range got {
				if text != "" && !strings.HasSuffix(text, "\n") {
					got[name] = text + "\n" // an archive's files end with a line
				}
			}
			if *update {
				archive.Files = kept
				for _, name := range slices.Sorted(maps.Keys(got)) {
					archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(got[name])})
				}
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for _, name := range slices.Sorted(maps.Keys(got)) {
				if got[name] != want[name] {
					t.Errorf("%s is\n%s\nwant\n%s", name, got[name], want[name])
				}
			}
			if len(got) != len(want) {
				t.Errorf("there are %d files, want %d", len(got), len(want))
			}
		})
	}
}

// setting returns the value of a line such as "root: docs" in an archive's comment.
func setting(comment, key string) string {
	for line := range strings.SplitSeq(comment, "\n") {
		if value, ok := strings.CutPrefix(line, key+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// TestCheck reads archives whose files are the repository before; those below after/ are what the change makes of them.
func TestCheck(t *testing.T) {
	golden(t, "check", func(t *testing.T, comment string, files map[string]string) map[string]string {
		before, after := map[string]string{}, map[string]string{}
		for name, text := range files {
			if !strings.HasPrefix(name, "after/") {
				before[name], after[name] = text, text
			}
		}
		for name, text := range files {
			if changed, ok := strings.CutPrefix(name, "after/"); ok {
				after[changed] = text
			}
		}
		for name := range strings.FieldsSeq(setting(comment, "delete")) {
			delete(after, name)
		}
		rules := Rules{Root: setting(comment, "root"), Protected: strings.Fields(setting(comment, "protected")), Navigation: strings.Fields(setting(comment, "navigation"))}
		var out strings.Builder
		for _, p := range Check(before, after, rules) {
			out.WriteString(string(p.Kind) + ": " + p.String() + "\n")
		}
		if problems := Check(before, before, rules); len(problems) > 0 {
			t.Errorf("what did not change has problems: %v", problems)
		}
		return map[string]string{"want": out.String()}
	})
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		glob, name string
		want       bool
	}{
		{"docs/legal", "docs/legal/terms.md", true},
		{"docs/legal", "docs/legalese.md", false},
		{"docs/legal/", "docs/legal/a/b.md", true},
		{"legal", "docs/legal/a.md", true},
		{"*.gen.md", "docs/x/y.gen.md", true},
		{"docs/*.md", "docs/x/y.md", false},
		{"docs/**/y.md", "docs/y.md", true},
		{"docs/**", "docs/a/b.md", true},
		{"docs/**", "docs", false},
		{"**/api/**", "docs/api/x.md", true},
		{"/README.md", "docs/README.md", false},
		{"docs/v[12]/*", "docs/v2/x.md", true},
	} {
		if got, err := Match(c.glob, c.name); err != nil || got != c.want {
			t.Errorf("%q for %q is %v, %v; want %v", c.glob, c.name, got, err, c.want)
		}
	}
	// A rule that cannot be read protects everything: what it was to protect is not known.
	problems := Check(nil, map[string]string{"docs/a.md": "# A\n"}, Rules{Root: "docs", Protected: []string{"docs/[a"}})
	if len(problems) != 1 || problems[0].Kind != Protected {
		t.Errorf("a glob that cannot be read: %v", problems)
	}
}

// A change that only adds text to a page, without anything that could lead nowhere, breaks nothing, whatever the page is.
func FuzzCheck(f *testing.F) {
	f.Add("---\ntitle: x\n---\n# A\n\n[b](b.md#c) ![i](i.png)\n\n:::tip\nx\n:::\n", "docs/b.md")
	f.Add("+++\na = [1, {b = 'c'}]\n+++\n<details>\n{% hint %}\n!!! note\n    x\n", "mkdocs.yml")
	f.Add("```\n[a](/x)\n", "docs/a.mdx")
	f.Add("A\n=\n\n> - [x](../../y?z#%41)\n<a href='q'>", "docs/a.rst")
	f.Fuzz(func(t *testing.T, page, other string) {
		rules := Rules{Root: "docs", Protected: []string{"docs/legal"}, Navigation: []string{"mkdocs.yml"}}
		for _, name := range []string{"docs/a.md", "docs/x/index.mdx", "mkdocs.yml", "docs/c.adoc"} {
			before := map[string]string{name: page, "docs/b.md": "# C\n[a](a.md#a)", other: page}
			if problems := Check(before, maps.Clone(before), rules); len(problems) != 0 {
				t.Fatalf("nothing changed and there is %v", problems)
			}
			after := maps.Clone(before)
			after[name] += "\n\nmore\n"
			after["docs/new.md"] = page
			for _, p := range Check(before, after, rules) {
				if lines := splitLines(after[p.Page]); p.Page == "" || p.What == "" || p.Do == "" || p.Line < 0 || p.Line > len(lines) {
					t.Fatalf("the problem %+v names no place", p)
				}
			}
		}
	})
}
