package docs

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// meta is what a page says about itself.
type meta struct {
	title, about, slug    string
	hidden                bool    // a draft, or a page that its authors do not list
	idPrefix, idSeparator *string // AsciiDoc
}

// set takes a field of front matter. The first of several names for the same thing counts.
func (m *meta) set(key, value string) {
	take := func(field *string) {
		if *field == "" {
			*field = strings.Join(strings.Fields(value), " ")
		}
	}
	on := value == "true" || value == "yes" || value == "on" || value == "True"
	switch key {
	case "title":
		take(&m.title)
	case "description", "summary":
		take(&m.about)
	case "slug", "permalink", "url", "id":
		take(&m.slug)
	case "draft", "unlisted", "private", "hidden":
		m.hidden = m.hidden || on
	case "published":
		m.hidden = m.hidden || value == "false" || value == "no" || value == "off" || value == "False"
	}
}

// The order in which fields count: a page's id is part of its address only where no address is given.
var fields = []string{"title", "description", "summary", "slug", "permalink", "url", "id", "draft", "unlisted", "private", "hidden", "published"}

// maxField is how much of a field is read, in bytes: it also bounds how deep a value can nest.
const maxField = 4 << 10

var fieldLine = pattern.Lazy(`^([A-Za-z_][\w-]*)[ \t]*([:=])(?:[ \t]|$)`)

// frontMatter reads YAML between lines of --- or TOML between lines of +++ at the top of a page. It returns the lines after it
// and how many lines it takes. What has no fields or never ends is text.
func frontMatter(text []string) (m meta, rest []string, taken int) {
	mark := strings.TrimRight(text[0], " \t")
	if mark != "---" && mark != "+++" {
		return m, text, 0
	}
	end := 1
	for ; end < len(text); end++ {
		if l := strings.TrimRight(text[end], " \t"); l == mark || mark == "---" && l == "..." {
			break
		}
	}
	if end == len(text) {
		return m, text, 0
	}
	sign, read := ":", yamlValue
	if mark == "+++" {
		sign, read = "=", tomlValue
	}
	found, any := map[string]string{}, false
	for i := 1; i < end; i++ {
		if mark == "+++" && strings.HasPrefix(text[i], "[") {
			break // tables come after the page's own fields
		}
		if f := fieldLine().FindStringSubmatch(text[i]); f != nil && f[2] == sign {
			any = true
			key := strings.ToLower(f[1])
			if _, twice := found[key]; !twice && wanted(key) {
				found[key] = read(text[i:end], text[1:end])
			}
		}
	}
	if blank := strings.TrimSpace(strings.Join(text[1:end], "")) == ""; !any && !blank && mark == "---" {
		return m, text, 0 // two rules with text between
	}
	for _, key := range fields {
		m.set(key, found[key])
	}
	return m, text[end+1:], end + 1
}

func wanted(key string) bool {
	for _, f := range fields {
		if f == key {
			return true
		}
	}
	return false
}

// yamlValue reads the field that begins on the first line, with the lines that belong to it. Each field is read by itself: a
// template's mark or a mistake in one does not cost the others, and an alias cannot grow.
func yamlValue(from, all []string) string {
	block := from[0]
	for _, l := range from[1:] {
		if l != "" && l[0] != ' ' && l[0] != '\t' || len(block)+len(l) > maxField {
			break
		}
		block += "\n" + l
	}
	block = block[:min(len(block), maxField)]
	_, plain, _ := strings.Cut(from[0][:min(len(from[0]), maxField)], ":")
	plain = strings.Trim(strings.TrimSpace(plain), `"'`)
	file, err := parser.ParseBytes([]byte(block), 0)
	if err != nil || len(file.Docs) == 0 {
		return plain
	}
	mapping, ok := file.Docs[0].Body.(*ast.MappingNode)
	if !ok || len(mapping.Values) == 0 {
		return plain
	}
	return scalar(mapping.Values[0].Value, all)
}

// scalar is a node's text; lists and mappings have none. An alias stands for a scalar that another field of all names.
func scalar(node ast.Node, all []string) string {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return scalar(n.Value, all)
	case *ast.TagNode:
		return scalar(n.Value, all)
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.AliasNode:
		for _, l := range all {
			if _, value, ok := strings.Cut(l, " &"+n.Value.String()+" "); ok && all != nil {
				return yamlValue([]string{"x: " + value}, nil)
			}
		}
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value
	}
	return ""
}

// tomlValue reads a string, a boolean or a bare value: https://toml.io/en/v1.0.0#string
func tomlValue(from, _ []string) string {
	_, value, _ := strings.Cut(from[0][:min(len(from[0]), maxField)], "=")
	value = strings.TrimSpace(value)
	for _, quote := range []string{`"""`, `'''`} {
		rest, ok := strings.CutPrefix(value, quote)
		if !ok {
			continue
		}
		for i := 1; !strings.Contains(rest, quote) && i < len(from) && len(rest) < maxField; i++ {
			rest += "\n" + from[i]
		}
		rest, _, _ = strings.Cut(rest, quote)
		return rest
	}
	switch {
	case strings.HasPrefix(value, "'"):
		value, _, _ = strings.Cut(value[1:], "'")
	case strings.HasPrefix(value, `"`):
		quoted, err := strconv.QuotedPrefix(value)
		if err != nil {
			return strings.Trim(value, `"`)
		}
		value, _ = strconv.Unquote(quoted)
	default:
		value, _, _ = strings.Cut(value, "#")
		value = strings.TrimSpace(value)
	}
	return value
}
