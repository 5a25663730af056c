package sample

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// page is a Markdown file, parsed.
type page struct {
	front   map[string]string
	title   string // the first heading of level one
	titles  int
	anchors []string
	links   []string
}

func parsePage(t *testing.T, name string, source []byte) page {
	t.Helper()
	var p page
	if rest, ok := bytes.CutPrefix(source, []byte("---\n")); ok {
		front, body, found := bytes.Cut(rest, []byte("\n---\n"))
		if !found {
			t.Fatalf("%s: the front matter does not end", name)
		}
		if err := yaml.Unmarshal(front, &p.front); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		source = body
	}
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			heading := string(n.Lines().Value(source))
			if n.Level == 1 {
				p.title, p.titles = heading, p.titles+1
			}
			p.anchors = append(p.anchors, anchor(t, name, heading))
		case *ast.Link:
			p.links = append(p.links, string(n.Destination))
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// anchor returns the fragment of a heading. The sample keeps to headings for which GitHub and MkDocs make the same one.
func anchor(t *testing.T, page, heading string) string {
	t.Helper()
	if strings.HasPrefix(heading, "v") && strings.Contains(heading, " - 2") { // a release in CHANGELOG.md
		return heading
	}
	if !regexp.MustCompile(`^[A-Za-z0-9]+([ -][A-Za-z0-9]+|, [A-Za-z0-9]+)*$`).MatchString(heading) {
		t.Errorf("%s: the heading %q gets different anchors on GitHub and in MkDocs", page, heading)
	}
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(heading), ",", ""), " ", "-")
}

func pages(t *testing.T, r Repository) map[string]page {
	t.Helper()
	all := map[string]page{}
	err := fs.WalkDir(r.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".md" || strings.HasPrefix(name, ".github/") || name == "README.md" || name == "SECURITY.md" {
			return err
		}
		data, err := fs.ReadFile(r.Files, name)
		all[name] = parsePage(t, name, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPagesHaveTitleDescriptionAndOneMainHeading(t *testing.T) {
	for _, r := range Repositories() {
		n := 0
		for name, p := range pages(t, r) {
			if !strings.HasPrefix(name, "docs/") {
				continue
			}
			n++
			if p.front["title"] == "" || p.front["description"] == "" || len(p.front) != 2 {
				t.Errorf("%s:%s: front matter %v needs title and description only", r.Name, name, p.front)
			}
			if p.title != p.front["title"] || p.titles != 1 {
				t.Errorf("%s:%s: %d main headings, %q, the title is %q", r.Name, name, p.titles, p.title, p.front["title"])
			}
			sorted := slices.Sorted(slices.Values(p.anchors))
			if len(slices.Compact(sorted)) != len(p.anchors) {
				t.Errorf("%s:%s: two headings have the same anchor: %v", r.Name, name, p.anchors)
			}
		}
		if want := map[string]int{SupportRepository: 24, ProductRepository: 8}[r.Name]; n < want {
			t.Errorf("%s has %d pages, at least %d are needed", r.FullName(), n, want)
		}
	}
}

func TestLinksAndAnchorsResolve(t *testing.T) {
	links := 0
	for _, r := range Repositories() {
		all := pages(t, r)
		for _, name := range []string{"README.md", "SECURITY.md"} {
			all[name] = parsePage(t, name, []byte(plainHeadings(read(t, r, name))))
		}
		for name, p := range all {
			for _, link := range p.links {
				if err := resolves(r, all, name, link); err != nil {
					t.Errorf("%s:%s: %v", r.Name, name, err)
				}
				links++
			}
		}
	}
	if links < 40 {
		t.Errorf("only %d links were looked at", links)
	}
}

// plainHeadings takes the headings out of a file that nobody links into, so that they may be worded freely.
func plainHeadings(text string) string {
	return regexp.MustCompile(`(?m)^#+ .*$`).ReplaceAllString(text, "")
}

func resolves(r Repository, all map[string]page, from, link string) error {
	u, err := url.Parse(link)
	if err != nil {
		return err
	}
	if u.Scheme != "" {
		if !strings.HasSuffix(u.Host, ".example") {
			return fmt.Errorf("%s leads to a host that is not part of the sample", link)
		}
		return nil
	}
	target := from
	if u.Path != "" {
		target = path.Join(path.Dir(from), u.Path)
	}
	if _, err := fs.Stat(r.Files, target); err != nil {
		return fmt.Errorf("%s leads to no file: %w", link, err)
	}
	if u.Fragment != "" && !slices.Contains(all[target].anchors, u.Fragment) {
		return fmt.Errorf("%s: there is no such heading; %s has %v", link, target, all[target].anchors)
	}
	return nil
}

// Every page is in the navigation once, and every entry is a page.
func TestNavigationListsEveryPage(t *testing.T) {
	for _, r := range Repositories() {
		var site struct {
			SiteName string `yaml:"site_name"`
			DocsDir  string `yaml:"docs_dir"`
			Nav      []any
		}
		if err := yaml.UnmarshalWithOptions([]byte(read(t, r, "mkdocs.yml")), &site, yaml.Strict()); err != nil {
			t.Fatal(err)
		}
		var listed []string
		var walk func(any)
		walk = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, item := range v {
					walk(item)
				}
			case map[string]any:
				for _, item := range v {
					walk(item)
				}
			case string:
				listed = append(listed, path.Join(site.DocsDir, v))
			}
		}
		walk(site.Nav)
		slices.Sort(listed)
		var exist []string
		for name := range pages(t, r) {
			if strings.HasPrefix(name, "docs/") {
				exist = append(exist, name)
			}
		}
		slices.Sort(exist)
		if !slices.Equal(listed, exist) {
			t.Errorf("%s: the navigation lists\n%v\nthe pages are\n%v", r.FullName(), listed, exist)
		}
	}
}

// A gap is only a gap as long as no page answers it. Who closes one here takes it out of GAPS.md too.
func TestGapsStayOpen(t *testing.T) {
	answers := map[string]*regexp.Regexp{
		"IP addresses of deliveries":     regexp.MustCompile(`\b(203\.0\.113|198\.51\.100)\.|IP address`),
		"move from cloud to self-hosted": regexp.MustCompile(`(?i)workspace import|import a workspace|from the cloud to`),
		"owner has left":                 regexp.MustCompile(`(?i)owner (has )?left|without the owner`),
		"several replicas":               regexp.MustCompile(`(?i)replica|high availability|several servers`),
		"purchase order number":          regexp.MustCompile(`(?i)purchase order`),
	}
	for name, text := range texts(t) {
		if !strings.Contains(name, ":docs/") {
			continue
		}
		for gap, answer := range answers {
			if m := answer.FindString(text); m != "" {
				t.Errorf("%s answers %q with %q", name, gap, m)
			}
		}
	}
	reply := Repositories()[0].Issues[1].Comments[0].Body
	if !answers["IP addresses of deliveries"].MatchString(reply) {
		t.Errorf("issue 2 must answer the first gap: %s", reply)
	}
}
