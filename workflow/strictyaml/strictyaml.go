// Package strictyaml decodes YAML and says precisely what is wrong with it: every unknown key with its line, its column
// and the keys that are allowed there.
package strictyaml

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxBytes is how large a file may be; a configuration is never larger, and a bomb is.
const MaxBytes = 1 << 20

// Problem is one mistake in a file.
type Problem struct {
	File    string
	Line    int // 1-based; 0 when the whole file is meant
	Column  int
	Message string
}

// Error is FILE:LINE:COLUMN: message.
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Decode decodes one YAML document into v, a pointer to a struct whose fields have yaml tags. What v holds already stays
// where the document says nothing. An unknown key, a key that stands twice, an alias, a second document and a value of the
// wrong type are errors; all unknown keys are told at once, joined.
func Decode(name string, data []byte, v any) error {
	if len(data) > MaxBytes {
		return Problem{File: name, Message: fmt.Sprintf("the file has %d bytes; allowed are at most %d", len(data), MaxBytes)}
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return explain(name, err)
	}
	documents := slices.DeleteFunc(slices.Clone(file.Docs), func(d *ast.DocumentNode) bool { return d.Body == nil })
	if len(documents) > 1 {
		return at(name, first(documents[1].Body), "there is a second document; allowed is one")
	}
	if len(documents) == 0 {
		return nil // an empty file says nothing; the library would empty v
	}
	c := checker{name: name}
	c.check(documents[0].Body, reflect.TypeOf(v))
	if len(c.problems) > 0 {
		return errors.Join(c.problems...)
	}
	err = yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(v)
	if errors.Is(err, io.EOF) {
		return nil // an empty file says nothing
	}
	return explain(name, err)
}

// Position finds where a path of keys and indexes stands in a document, for errors that are found after decoding; it
// returns 0, 0 where there is no such place.
func Position(data []byte, path ...any) (line, column int) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil || len(file.Docs) == 0 {
		return 0, 0
	}
	node := file.Docs[0].Body
	for _, step := range path {
		next := child(node, step)
		if next == nil {
			break
		}
		node = next
	}
	if t := first(node); t != nil && t.Position != nil {
		return t.Position.Line, t.Position.Column
	}
	return 0, 0
}

// first is the token with which a node begins; a mapping's own token is a colon in its middle.
func first(node ast.Node) *token.Token {
	switch n := node.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return node.GetToken()
}

func child(node ast.Node, step any) ast.Node {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, value := range n.Values {
			if value.Key.GetToken().Value == step {
				return value.Value
			}
		}
	case *ast.MappingValueNode:
		if n.Key.GetToken().Value == step {
			return n.Value
		}
	case *ast.SequenceNode:
		if i, ok := step.(int); ok && i >= 0 && i < len(n.Values) {
			return n.Values[i]
		}
	}
	return nil
}

func at(name string, t *token.Token, message string) Problem {
	p := Problem{File: name, Message: message}
	if t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	return p
}

// explain turns an error of the library into a Problem.
func explain(name string, err error) error {
	if err == nil {
		return nil
	}
	var known yaml.Error
	if errors.As(err, &known) {
		return at(name, known.GetToken(), strings.TrimSpace(known.GetMessage()))
	}
	return Problem{File: name, Message: err.Error()}
}

type checker struct {
	name     string
	problems []error
}

func (c *checker) add(t *token.Token, format string, args ...any) {
	c.problems = append(c.problems, at(c.name, t, fmt.Sprintf(format, args...)))
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// check walks a node beside the type it is decoded into.
func (c *checker) check(node ast.Node, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if wanted := mismatch(node, t); wanted != "" {
		c.add(first(node), "must be %s", wanted)
		return
	}
	switch n := node.(type) {
	case *ast.AliasNode, *ast.AnchorNode:
		c.add(node.GetToken(), "anchors and aliases are not allowed here; write the value out")
	case *ast.TagNode:
		c.check(n.Value, t)
	case *ast.MappingNode:
		c.mapping(n.Values, t)
	case *ast.MappingValueNode:
		c.mapping([]*ast.MappingValueNode{n}, t)
	case *ast.SequenceNode:
		if t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
			for _, item := range n.Values {
				c.check(item, t.Elem())
			}
		}
	case *ast.IntegerNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		c.quoted(node, t)
	case *ast.FloatNode:
		c.quoted(node, t)
		switch t.Kind() {
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			c.add(node.GetToken(), "%s is not a whole number", node.GetToken().Value) // the library would cut it off
		}
	case *ast.StringNode:
		if text, ok := reflect.New(t).Interface().(encoding.TextUnmarshaler); ok {
			if err := text.UnmarshalText([]byte(n.Value)); err != nil {
				c.add(node.GetToken(), "%s", err) // the library would not say where
			}
		}
	}
}

// quoted refuses a number or a truth value where a text is wanted: of the version 2.10 the library would make "2.1".
func (c *checker) quoted(node ast.Node, t reflect.Type) {
	if t.Kind() == reflect.String || reflect.PointerTo(t).Implements(textUnmarshaler) {
		value := node.GetToken().Value
		c.add(node.GetToken(), "must be a text, and %s is none; write it in quotes: %q", value, value)
	}
}

var readsItself = []reflect.Type{reflect.TypeFor[yaml.BytesUnmarshaler](), reflect.TypeFor[yaml.InterfaceUnmarshaler]()}

// mismatch says what a type wants where the node is something else: the library would tell it in the words of Go. Empty
// where the node may do.
func mismatch(node ast.Node, t reflect.Type) string {
	for _, reader := range readsItself {
		if reflect.PointerTo(t).Implements(reader) {
			return ""
		}
	}
	scalar := false
	switch node.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode, *ast.NullNode:
		return ""
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
	default:
		scalar = true
	}
	_, number := node.(*ast.IntegerNode)
	switch _, list := node.(*ast.SequenceNode); {
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		return unless(scalar, "a text")
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return unless(list, "a list, such as [one, two]")
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return unless(!scalar && !list, "keys with their values")
	case t.Kind() == reflect.String:
		return unless(scalar, "a text")
	case t.Kind() == reflect.Bool:
		_, boolean := node.(*ast.BoolNode)
		return unless(boolean, "true or false")
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		_, float := node.(*ast.FloatNode) // said below, with its value
		return unless(number || float, "a whole number")
	case t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64:
		_, float := node.(*ast.FloatNode)
		return unless(number || float, "a number")
	}
	return ""
}

func unless(ok bool, wanted string) string {
	if ok {
		return ""
	}
	return wanted
}

func (c *checker) mapping(values []*ast.MappingValueNode, t reflect.Type) {
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return // the decoder says that a text is wanted
	}
	seen := map[string]bool{}
	fields := map[string]reflect.Type{}
	if t.Kind() == reflect.Struct {
		fields = keysOf(t)
	}
	for _, value := range values {
		key := value.Key.GetToken()
		name := key.Value
		if value.Key.IsMergeKey() {
			c.add(key, "merge keys are not allowed here; write the values out")
			continue
		}
		if seen[name] {
			c.add(key, "the key %q stands here twice", name)
			continue
		}
		seen[name] = true
		switch t.Kind() {
		case reflect.Struct:
			field, known := fields[name]
			if !known {
				c.add(key, "unknown key %q%s; allowed: %s", name, guess(name, fields), strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
				continue
			}
			c.check(value.Value, field)
		case reflect.Map:
			c.check(value.Value, t.Elem())
		}
	}
}

// keysOf lists a struct's YAML keys.
func keysOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case name == "-":
		case strings.Contains(options, "inline"):
			maps.Copy(out, keysOf(f.Type))
		case name == "":
			out[strings.ToLower(f.Name)] = f.Type
		default:
			out[name] = f.Type
		}
	}
	return out
}

// guess offers the allowed key that is one or two typing mistakes away.
func guess(name string, fields map[string]reflect.Type) string {
	best, least := "", 3
	for _, known := range slices.Sorted(maps.Keys(fields)) {
		if d := distance(name, known); d < least && d < len(known)/2+1 {
			best, least = known, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
