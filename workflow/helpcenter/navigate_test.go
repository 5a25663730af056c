package helpcenter

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestNavigate reads archives that are a repository with a new page, which the settings name with its title. A setting crlf names
// a file that has line ends as on Windows.
func TestNavigate(t *testing.T) {
	golden(t, "navigation", func(t *testing.T, comment string, files map[string]string) map[string]string {
		if name := setting(comment, "crlf"); name != "" {
			files[name] = strings.ReplaceAll(files[name], "\n", "\r\n")
		}
		page, root := setting(comment, "page"), setting(comment, "root")
		listing := Navigate(files, root, page, setting(comment, "title"))
		want := map[string]string{"want.reason": listing.Reason + "\n"}
		if listing.Needed {
			want["want.reason"] = "needed: " + want["want.reason"]
		}
		changed := map[string]string{}
		for name, text := range files {
			changed[name] = text
		}
		for name, text := range listing.Files {
			changed[name] = text
			if strings.HasSuffix(name, ".yml") {
				var v any
				if err := yaml.Unmarshal([]byte(strings.ReplaceAll(text, "!!python/name:", "")), &v); err != nil {
					t.Error(err)
				}
			}
			old := files[name]
			if !onlyAdds(old, text) {
				t.Errorf("%s changes what stood there", name)
			}
			want["want/"+name] = strings.ReplaceAll(text, "\r\n", "¶\n")
		}
		again := Navigate(changed, root, page, setting(comment, "title"))
		if listing.Files != nil && (again.Files != nil || again.Needed) {
			t.Errorf("the second time it says %+v", again)
		}
		return want
	})
}

// onlyAdds reports whether a text is another one with something put in at one or two places (a comma, and an element).
func onlyAdds(old, text string) bool {
	i, pieces, in := 0, 0, false
	for j := range len(text) {
		if i < len(old) && old[i] == text[j] && strings.HasSuffix(text[j:], old[i:]) {
			return pieces <= 2
		}
		if i < len(old) && old[i] == text[j] {
			i++
			in = false
		} else if !in {
			pieces++
			in = true
		}
	}
	return i == len(old)
}

func FuzzNavigate(f *testing.F) {
	f.Add("nav:\n  - A: a.md\n  - B:\n    - b/c.md # x\n", "Title: x")
	f.Add("export default { themeConfig: { sidebar: [ { text: 'A', items: [ { text: 'B', link: '/a' }, ] } ] } }", "It's")
	f.Add("module.exports = { docs: ['a', 'b/c', {type: 'category', items: [\"b/d\"]}] };", "x")
	f.Add("* [A](a.md)\n  * [C](b/c.md)\n\n[x", "[b]")
	f.Add("docs:\n  - title: A\n    url: /a/\n    children:\n    - {title: B, url: /b/c}\n", "\"")
	f.Fuzz(func(t *testing.T, text, title string) {
		for _, at := range []string{"mkdocs.yml", "sidebars.ts", "docs/.vitepress/config.mts", "docs/_data/navigation.yml", "docs/SUMMARY.md", "docs/_sidebar.md"} {
			for _, page := range []string{"docs/new.md", "docs/b/new.md"} {
				files := map[string]string{at: text, "docs/a.md": "", "docs/b/c.md": "# C", "docs/b/d.md": "---\nnav_order: 1\n---\n", page: ""}
				listing := Navigate(files, "docs", page, title)
				for name, changed := range listing.Files {
					if len(changed) <= len(text) || name != at {
						t.Fatalf("%s became %q", name, changed)
					}
				}
				if listing.Files == nil && listing.Reason == "" {
					t.Fatal("no reason")
				}
			}
		}
	})
}
