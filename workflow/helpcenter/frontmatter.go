package helpcenter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// front is the front matter of a page: YAML between lines of ---, or TOML between lines of +++.
// https://jekyllrb.com/docs/front-matter/ https://gohugo.io/content-management/front-matter/
type front struct {
	kind  string // "YAML", "TOML" or "" where the page has none
	text  string // between the marks
	lines int    // of the page that it takes, with the marks
	open  bool   // it looks like front matter but nothing ends it
}

var fieldStart = pattern.Lazy(`^["']?[A-Za-z_][\w .-]*["']?[ \t]*[:=](?:[ \t]|$)`)

func splitFront(text string) front {
	lines := splitLines(text)
	kind := ""
	switch strings.TrimRight(strings.TrimPrefix(lines[0], "\ufeff"), " \t") {
	case "---":
		kind = "YAML"
	case "+++":
		kind = "TOML"
	default:
		return front{}
	}
	mark := map[string]string{"YAML": "---", "TOML": "+++"}[kind]
	for i, line := range lines[1:] {
		if line = strings.TrimRight(line, " \t"); line == mark || kind == "YAML" && line == "..." {
			return front{kind: kind, text: strings.Join(lines[1:i+1], "\n"), lines: i + 2}
		}
	}
	return front{open: len(lines) > 1 && fieldStart().MatchString(lines[1])}
}

// field is a top-level key of front matter.
type field struct {
	key, value string // a value that is no scalar is ""
	line       int    // in the front matter, 1-based
}

// maxFront is how much front matter is parsed, in bytes: a parser's work grows with how deep values nest.
const maxFront = 32 << 10

// fields are the front matter's top-level keys in their order, or what is wrong with it and on which line of it.
func (f front) fields() (out []field, line int, err error) {
	if f.kind == "" || len(f.text) > maxFront {
		return nil, 0, nil
	}
	if f.kind == "TOML" {
		return parseTOML(f.text)
	}
	body, line, err := parseYAML(f.text)
	if err != nil || body == nil {
		return nil, line, err
	}
	values, ok := mappingOf(body)
	if !ok {
		return nil, 1, fmt.Errorf("it holds no keys but %s", strings.ToLower(body.Type().String()))
	}
	for _, v := range values {
		out = append(out, field{key: v.Key.GetToken().Value, value: scalarOf(v.Value), line: v.Key.GetToken().Position.Line})
	}
	return out, 0, nil
}

// get is the value of the first of some keys that is there.
func (f front) get(keys ...string) string {
	found, _, _ := f.fields()
	for _, key := range keys {
		for _, one := range found {
			if one.key == key && one.value != "" {
				return one.value
			}
		}
	}
	return ""
}

var yamlPlace = pattern.Lazy(`^\[(\d+):(\d+)\] ([^\n]*)`)

// bareTag is a tag with nothing behind it on its line, as mkdocs.yml has for Python's functions. The parser takes the line after
// it for its value, wherever that stands, so it is left out.
var bareTag = pattern.Lazy(`(?m)((?::|^[ \t]*-)[ \t]+)![^\s"'\[\]{},]*[ \t]*(?:#.*)?$`)

// parseYAML returns the body of the first document, or the first line of what is wrong and where.
func parseYAML(text string) (body ast.Node, line int, err error) {
	file, err := parser.ParseBytes(bareTag().ReplaceAll([]byte(text), []byte("$1")), 0)
	if err != nil {
		if m := yamlPlace().FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
			return nil, line, fmt.Errorf("%s", m[3])
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, 1, fmt.Errorf("%s", first)
	}
	for _, doc := range file.Docs {
		if doc.Body != nil {
			return doc.Body, 0, nil
		}
	}
	return nil, 0, nil
}

// mappingOf returns the pairs of a mapping; what is only comments has none.
func mappingOf(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	case *ast.AnchorNode:
		return mappingOf(n.Value)
	case *ast.CommentGroupNode, *ast.NullNode:
		return nil, true
	}
	return nil, false
}

// scalarOf is the text of a scalar; lists, mappings and aliases have none.
func scalarOf(node ast.Node) string {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return scalarOf(n.Value)
	case *ast.TagNode:
		return scalarOf(n.Value)
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value
	}
	return ""
}

// addressKeys decide the address of a page: https://docusaurus.io/docs/api/plugins/@docusaurus/plugin-content-docs#markdown-front-matter
// https://jekyllrb.com/docs/permalinks/ https://gohugo.io/content-management/urls/
var addressKeys = []string{"slug", "permalink", "url", "id"}

// frontProblems says whether a page's front matter can be read.
func frontProblems(name, text string) []Problem {
	f := splitFront(text)
	if f.open {
		return []Problem{{Kind: FrontMatter, Page: name, Line: 1, key: "open", What: "nothing ends the front matter that begins here",
			Do: "put a line of --- (or +++ for TOML) after its last key"}}
	}
	if _, line, err := f.fields(); err != nil {
		return []Problem{{Kind: FrontMatter, Page: name, Line: line + 1, key: "parse", What: fmt.Sprintf("the front matter is no valid %s: %v", f.kind, err),
			Do: "correct it, for example by putting a value that holds a colon into quotes"}}
	}
	return nil
}

// keptProblems says which keys of its front matter a changed page lost, and whether its address changed.
func keptProblems(name, old, text string) []Problem {
	was, _, err := splitFront(old).fields()
	if err != nil || len(was) == 0 {
		return nil
	}
	now, _, err := splitFront(text).fields()
	if err != nil {
		return nil // told already
	}
	var out []Problem
	for _, f := range was {
		i := slices.IndexFunc(now, func(n field) bool { return n.key == f.key })
		switch {
		case i < 0:
			out = append(out, Problem{Kind: FrontMatter, Page: name, Line: 1, key: "lost " + f.key,
				What: fmt.Sprintf("the front matter lost its key %q", f.key), Do: "put it back"})
		case now[i].value != f.value && slices.Contains(addressKeys, f.key):
			out = append(out, Problem{Kind: FrontMatter, Page: name, Line: now[i].line + 1, key: "address " + f.key,
				What: fmt.Sprintf("%s changed from %q to %q, and with it the address of the page", f.key, f.value, now[i].value),
				Do:   "put it back: links from elsewhere lead to the old address"})
		}
	}
	return out
}

// dataProblems says whether a YAML or JSON file can be read.
func dataProblems(name, text string) []Problem {
	var err error
	line := 0
	switch {
	case strings.HasSuffix(name, ".yml"), strings.HasSuffix(name, ".yaml"):
		_, line, err = parseYAML(text)
	case strings.HasSuffix(name, ".json") && strings.TrimSpace(text) != "" && !json.Valid([]byte(text)):
		err = fmt.Errorf("it is no valid JSON")
	}
	if err == nil {
		return nil
	}
	return []Problem{{Kind: Data, Page: name, Line: line, key: "parse", What: fmt.Sprintf("the file cannot be read: %v", err),
		Do: "correct the line that the change added"}}
}

// splitLines cuts text at line ends, and leaves off the carriage returns of Windows. There is always one line.
func splitLines(text string) []string {
	out := strings.Split(text, "\n")
	for i, line := range out {
		out[i] = strings.TrimSuffix(line, "\r")
	}
	return out
}
