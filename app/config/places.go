package config

import (
	"fmt"
	"strings"
	"sync"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// places knows where each key of a YAML file stands, by its path: "model.provider", "policy.areas[2].owner".
type places struct {
	file string
	read func() map[string]string // path to "line:column"
}

// placesOf reads the positions of data once they are asked for. A file that does not parse has none: the strict decoder
// says what is wrong with it.
func placesOf(file string, data []byte) places {
	return places{file: file, read: sync.OnceValue(func() map[string]string {
		at := positions{}
		if parsed, err := parser.ParseBytes(data, 0); err == nil && len(parsed.Docs) > 0 {
			at.walk("", parsed.Docs[0].Body)
		}
		return at
	})}
}

type positions map[string]string

func (p positions) walk(path string, node ast.Node) {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, value := range n.Values {
			p.walk(path, value)
		}
	case *ast.MappingValueNode:
		key := n.Key.GetToken().Value
		if path != "" {
			key = path + "." + key
		}
		p.mark(key, n.Key)
		p.walk(key, n.Value)
	case *ast.SequenceNode:
		for i, value := range n.Values {
			item := fmt.Sprintf("%s[%d]", path, i)
			p.mark(item, value)
			p.walk(item, value)
		}
	case *ast.AnchorNode:
		p.walk(path, n.Value)
	case *ast.TagNode:
		p.walk(path, n.Value)
	case nil, *ast.NullNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.CommentGroupNode:
	default:
		p.mark(path, node) // a scalar: its own place is better than its key's
	}
}

func (p positions) mark(path string, node ast.Node) {
	if path == "" || node == nil || node.GetToken() == nil {
		return
	}
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key // the token of a mapping is its first colon
	}
	position := node.GetToken().Position
	p[path] = fmt.Sprintf("%d:%d", position.Line, position.Column)
}

// of returns file:line:column of the key, or of the nearest key above it that is in the file, or the file.
func (p places) of(path string) string {
	for path != "" {
		if at, ok := p.read()[path]; ok {
			return p.file + ":" + at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return p.file
}
