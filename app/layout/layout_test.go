// Package layout holds the borders between OiOi's packages: docs/project-layout.md draws them, this test keeps them.
package layout

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/oioi-app/oioi"

// Groups of imports that a row can rule out by one name. A path stands for itself and everything below it.
var groups = map[string][]string{
	"SDKs": {
		"github.com/google/go-github", "github.com/palantir/go-githubapp", "github.com/bradleyfalzon/ghinstallation",
		"github.com/shurcooL/githubv4", "github.com/sashabaranov/go-openai", "github.com/riverqueue/river", "modernc.org/sqlite",
		"github.com/jackc/pgx", "github.com/go-git/go-git",
	},
	"GitHub": {
		"github.com/google/go-github", "github.com/palantir/go-githubapp", "github.com/bradleyfalzon/ghinstallation",
		"github.com/shurcooL/githubv4",
	},
	"go-github": {"github.com/google/go-github"},
	"go-openai": {"github.com/sashabaranov/go-openai"},
	// What reaches outside, or differs from one run to the next.
	"I/O": {
		"net", "os", "syscall", "io/ioutil", "database/sql", "log", "log/slog", "plugin", "crypto/rand", "math/rand",
		"golang.org/x/net/http2", "golang.org/x/sys",
	},
}

// pure are parts of the standard library below a path in groups that only parse.
var pure = []string{"net/url", "net/netip", "net/mail", "net/textproto"}

// A row says what a package, and every package below it without a row of its own, never imports, and which of its
// siblings under app it may. Rows of this table are the rows of docs/project-layout.md.
type row struct {
	pkg   string
	never []string // groups, or packages of this module
	meets []string // siblings under app whose types it uses
	exact bool     // packages below it need rows of their own
	clock bool     // may ask what time it is
}

var core = []string{"app", "SDKs", "I/O"}

var table = []row{
	{pkg: "cmd/oioi", never: []string{"SDKs"}, meets: []string{"app"}, clock: true},

	{pkg: "workflow", never: core, exact: true},
	{pkg: "workflow/ticket", never: core},
	{pkg: "workflow/role", never: core},
	{pkg: "workflow/policy", never: core},
	{pkg: "workflow/evidence", never: core},
	{pkg: "workflow/effect", never: core},
	{pkg: "workflow/redact", never: core},
	{pkg: "workflow/resolution", never: core},
	{pkg: "workflow/sorting", never: core},
	{pkg: "workflow/words", never: core},
	{pkg: "workflow/markdown", never: core},
	{pkg: "workflow/pattern", never: core},
	{pkg: "workflow/helpcenter", never: core},
	{pkg: "workflow/strictyaml", never: core},
	{pkg: "templates", never: []string{"app", "html/template", "SDKs", "I/O"}},

	{pkg: "app", meets: []string{"app"}, exact: true, clock: true},
	{pkg: "app/cli", never: []string{"SDKs"}, meets: []string{"app"}, clock: true},
	{pkg: "app/intake", never: []string{"app/model", "app/hub", "go-openai"}, meets: []string{"app/store", "app/telemetry"}, clock: true},
	{
		pkg: "app/desk", never: []string{"app/hub", "go-github", "go-openai"}, clock: true,
		meets: []string{"app/aside", "app/command", "app/config", "app/intake", "app/model", "app/store", "app/telemetry"},
	},
	{pkg: "app/command", never: []string{"app/hub", "SDKs"}, clock: true},
	{pkg: "app/config", never: []string{"app/hub", "app/store", "app/model", "SDKs"}, meets: []string{"app/command"}, clock: true},
	{pkg: "app/store", never: []string{"app/hub", "GitHub", "go-openai"}, meets: []string{"app/aside"}, clock: true},
	{pkg: "app/hub", never: []string{"app/store", "go-openai"}, meets: []string{"app/connect/tracker"}, clock: true},
	{pkg: "app/model", never: []string{"app/hub", "app/store", "GitHub"}, clock: true},
	{pkg: "app/connect/index", never: []string{"app/hub", "app/store", "GitHub", "go-openai"}, clock: true},
	{pkg: "app/connect/docs", never: []string{"GitHub", "go-openai"}, meets: []string{"app/connect/index"}, clock: true},
	{pkg: "app/connect/tracker", never: []string{"GitHub", "go-openai"}, meets: []string{"app/aside", "app/connect/index"}, clock: true},
	{pkg: "app/connect/web", never: []string{"GitHub", "go-openai"}, meets: []string{"app/aside", "app/fetch"}, clock: true},
	{pkg: "app/fetch", never: []string{"SDKs"}, clock: true},
	{pkg: "app/web", never: []string{"app/hub", "SDKs"}, meets: []string{"app/config", "app/ops", "app/store"}, clock: true},
	{pkg: "app/ops", never: []string{"app/hub", "SDKs"}, meets: []string{"app/config", "app/store"}},
	{pkg: "app/aside", never: []string{"app", "SDKs"}},
	{pkg: "app/telemetry", never: []string{"app", "SDKs"}, clock: true},
	{pkg: "app/sandbox", never: []string{"app/desk", "app/hub", "go-openai"}, clock: true},

	{pkg: "app/redteam", never: []string{"app/hub", "SDKs"}, meets: []string{"app/config", "app/connect/web", "app/desk", "app/fetch", "app/model", "app/store"}},
	{pkg: "app/need", never: []string{"SDKs"}},
	{pkg: "app/layout", never: []string{"SDKs"}},
}

// support are the packages for tests: nothing that is shipped may import them, or testing.
func support(pkg string) bool {
	return strings.HasSuffix(pkg, "test") || within(pkg, "app/need") || within(pkg, "app/redteam") || within(pkg, "app/layout")
}

func within(pkg, folder string) bool { return pkg == folder || strings.HasPrefix(pkg, folder+"/") }

// rowOf returns the row with the longest path that pkg is in.
func rowOf(table []row, pkg string) (row, bool) {
	var best row
	for _, r := range table {
		if len(r.pkg) > len(best.pkg) && (pkg == r.pkg || !r.exact && within(pkg, r.pkg)) {
			best = r
		}
	}
	return best, best.pkg != ""
}

// source is what the check needs of a package: its imports and the clocks it reads, each with the places.
type source struct{ imports, clocks map[string]string }

// clockReads are functions of package time that ask or wait for the present.
var clockReads = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}

// read parses the shipped Go files (not the tests) of every folder of a module.
func read(tree fs.FS) (map[string]source, error) {
	packages := map[string]source{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") ||
			d.Name() == "testdata" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		pkg := path.Dir(name)
		if _, known := packages[pkg]; !known {
			packages[pkg] = source{map[string]string{}, map[string]string{}}
		}
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(string(text), "//go:build pending\n") {
			return nil // never built: it only keeps go.mod complete
		}
		return packages[pkg].add(name, text)
	})
	return packages, err
}

func (s source) add(name string, text []byte) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	clock := ""
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		s.imports[imported] = files.Position(spec.Pos()).String()
		if imported == "time" {
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && slices.Contains(clockReads, sel.Sel.Name) {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == clock {
				s.clocks["time."+sel.Sel.Name] = files.Position(sel.Pos()).String()
			}
		}
		return true
	})
	return nil
}

// violations lists what breaks the table, sorted; each line says where and what to do.
func violations(table []row, packages map[string]source) []string {
	var found []string
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for pkg, src := range packages {
		r, known := rowOf(table, pkg)
		if !known {
			report("%s: has no row in the table of app/layout/layout_test.go; say there what it never imports", pkg)
			continue
		}
		for imported, place := range src.imports {
			if imported == "testing" && !support(pkg) {
				report("%s: %s ships test code; only packages named ...test may import testing", place, pkg)
			}
			for _, never := range r.never {
				if _, group := groups[never]; group && matches(groups[never], imported) {
					report("%s: %s never imports %s, such as %s", place, pkg, never, imported)
				} else if imported == never {
					report("%s: %s never imports %s", place, pkg, never)
				}
			}
			own, ok := strings.CutPrefix(imported, module+"/")
			if !ok {
				continue
			}
			if support(own) && !support(pkg) {
				report("%s: %s imports %s, which is for tests", place, pkg, own)
			}
			if within(own, "app") && !sibling(r, own) {
				report("%s: %s imports its sibling %s; declare the interface that it needs and let app wire it (or add it to meets with a reason)", place, pkg, own)
			}
		}
		for _, never := range r.never {
			if _, group := groups[never]; group {
				continue
			}
			if way := wayTo(packages, pkg, never); way != nil {
				report("%s: never reaches %s, but does: %s", pkg, never, strings.Join(way, " -> "))
			}
		}
		if !r.clock {
			for read, place := range src.clocks {
				report("%s: %s reads the clock with %s; take the time as an argument", place, pkg, read)
			}
		}
	}
	slices.Sort(found)
	return found
}

func matches(group []string, imported string) bool {
	if slices.Contains(pure, imported) {
		return false
	}
	return slices.ContainsFunc(group, func(p string) bool { return within(imported, p) })
}

// sibling says whether a package in row r may import own, a package under app.
func sibling(r row, own string) bool {
	if within(own, r.pkg) || support(own) {
		return true // its own parts; and test support has a rule of its own
	}
	return slices.ContainsFunc(r.meets, func(m string) bool { return within(own, m) })
}

// wayTo returns the shortest chain of imports within the module from pkg to a package in folder, or nil.
func wayTo(packages map[string]source, pkg, folder string) []string {
	ways := [][]string{{pkg}}
	seen := map[string]bool{pkg: true}
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		last := way[len(way)-1]
		if last != pkg && within(last, folder) {
			return way
		}
		var next []string
		for imported := range packages[last].imports {
			if own, ok := strings.CutPrefix(imported, module+"/"); ok && !seen[own] {
				seen[own] = true
				next = append(next, own)
			}
		}
		slices.Sort(next)
		for _, own := range next {
			ways = append(ways, append(slices.Clone(way), own))
		}
	}
	return nil
}

func TestBordersHold(t *testing.T) {
	packages, err := read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 5 {
		t.Fatalf("found only %d packages; is this test run in app/layout?", len(packages))
	}
	for _, line := range violations(table, packages) {
		t.Error(line)
	}
}

// A check that cannot fail checks nothing: each border is crossed once here, and must be noticed.
func TestCrossingsAreNoticed(t *testing.T) {
	file := func(imports ...string) *fstest.MapFile {
		text := "package p\n"
		for _, i := range imports {
			text += fmt.Sprintf("import _ %q\n", i)
		}
		return &fstest.MapFile{Data: []byte(text)}
	}
	cases := []struct {
		name string
		tree fstest.MapFS
		want []string // a part of each line that must come
	}{
		{"all is well", fstest.MapFS{
			"workflow/role/role.go":      file("strings", "net/url", "time"),
			"workflow/role/role_test.go": file("os", "testing"),
			"app/app.go":                 file(module+"/app/hub", module+"/app/desk"),
			"app/hub/read/read.go":       file("net/http", module+"/app/hub/write", module+"/workflow/role"),
			"app/desk/step.go":           file(module+"/app/store", "os"),
			"app/store/storetest/a.go":   file("testing", module+"/app/store"),
			"app/hub/testdata/bad.go":    file(module + "/app/store"),
			".ci/tool.go":                file("os"),
		}, nil},
		{"new package", fstest.MapFS{"app/extra/a.go": file(), "workflow/extra/a.go": file(), "lib/a.go": file()},
			[]string{"app/extra: has no row", "lib: has no row", "workflow/extra: has no row"}},
		{"new package with tests only", fstest.MapFS{"app/extra/a_test.go": file()}, []string{"app/extra: has no row"}},
		{"core does I/O", fstest.MapFS{"workflow/role/deep/a.go": file("net/http")}, []string{"workflow/role/deep never imports I/O, such as net/http"}},
		{"core uses an SDK", fstest.MapFS{"workflow/a.go": file("github.com/google/go-github/v62/github")}, []string{"workflow never imports SDKs"}},
		{"core uses the shell", fstest.MapFS{"workflow/a.go": file(module + "/app/config")},
			[]string{"workflow imports its sibling app/config", "workflow: never reaches app, but does: workflow -> app/config"}},
		{"core reads the clock", fstest.MapFS{"workflow/a.go": {Data: []byte("package p\nimport t \"time\"\nvar at = t.Now()\n")}},
			[]string{"workflow reads the clock with time.Now"}},
		{"templates escape as HTML", fstest.MapFS{"templates/a.go": file("html/template")}, []string{"templates never imports html/template"}},
		{"siblings", fstest.MapFS{"app/hub/a.go": file(module + "/app/web")}, []string{"app/hub imports its sibling app/web"}},
		{"connectors", fstest.MapFS{"app/connect/docs/a.go": file(module + "/app/connect/tracker")},
			[]string{"app/connect/docs imports its sibling app/connect/tracker"}},
		{"detour", fstest.MapFS{"app/desk/a.go": file(module + "/app/config"), "app/config/a.go": file(module + "/app/hub")},
			[]string{"app/config imports its sibling app/hub", "app/config: never reaches app/hub", "app/desk: never reaches app/hub, but does: app/desk -> app/config -> app/hub"}},
		{"ships test code", fstest.MapFS{"app/hub/a.go": file("testing", module+"/app/need", module+"/app/hub/hubtest"), "app/hub/hubtest/a.go": file("testing")},
			[]string{"app/hub imports app/hub/hubtest, which is for tests", "app/hub imports app/need, which is for tests", "app/hub ships test code"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			packages, err := read(c.tree)
			if err != nil {
				t.Fatal(err)
			}
			got := violations(table, packages)
			for _, want := range c.want {
				if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, want) }) {
					t.Errorf("no line says %q", want)
				}
			}
			if len(got) != len(c.want) {
				t.Errorf("%d lines, want %d:\n%s", len(got), len(c.want), strings.Join(got, "\n"))
			}
		})
	}
}
