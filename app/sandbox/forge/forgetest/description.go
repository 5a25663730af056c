package forgetest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/need"
)

//go:embed github-paths.txt
var wantedPaths string

// description returns GitHub's published REST description: the one in the folder that OIOI_CONTRACTS names, else the paths
// that OiOi knows of the whole one in npm's package (https://www.npmjs.com/package/@octokit/openapi) below
// OIOI_NODE_MODULES. t is skipped where neither is to be had.
func description(t testing.TB) []byte {
	t.Helper()
	contracts, modules := os.Getenv("OIOI_CONTRACTS"), os.Getenv("OIOI_NODE_MODULES")
	if contracts == "" && modules == "" {
		need.Missing(t, "neither OIOI_CONTRACTS nor OIOI_NODE_MODULES names a folder with GitHub's REST description")
	}
	if contracts != "" {
		raw, err := os.ReadFile(need.Contract(t, "github-rest.json"))
		must(t, err)
		return raw
	}
	folder := need.NodeModules(t, "@octokit/openapi")
	raw, err := os.ReadFile(filepath.Join(folder, "@octokit", "openapi", "generated", "api.github.com.json"))
	must(t, err)
	raw, err = prune(raw, wantedPaths)
	must(t, err)
	return raw
}

// prune cuts a description down to the paths of a list, one a line, and what they refer to, without examples: the whole one
// is 13 MB, and validators take many minutes with it where they take seconds with a part.
func prune(description []byte, list string) ([]byte, error) {
	var doc map[string]any
	if err := json.Unmarshal(description, &doc); err != nil {
		return nil, err
	}
	all, _ := doc["paths"].(map[string]any)
	paths := map[string]any{}
	for i, line := range strings.Split(list, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		operations, ok := all[line]
		if !ok {
			return nil, fmt.Errorf("github-paths.txt:%d: the description has no path %s", i+1, line)
		}
		paths[line] = operations
	}
	p := pruner{components: object(doc["components"]), kept: map[string]map[string]any{}}
	if err := p.keep(paths, false); err != nil {
		return nil, err
	}
	doc["paths"], doc["components"] = paths, p.kept
	delete(doc, "x-webhooks")
	return json.Marshal(doc)
}

// A pruner collects the components that are referred to.
type pruner struct {
	components map[string]any
	kept       map[string]map[string]any // by kind and name
}

// keep takes the examples out of a part of the description and collects the components that it refers to. In names of
// properties, "examples" is an ordinary word.
func (p pruner) keep(part any, names bool) error {
	switch part := part.(type) {
	case []any:
		for _, item := range part {
			if err := p.keep(item, false); err != nil {
				return err
			}
		}
	case map[string]any:
		if !names {
			delete(part, "example")
			delete(part, "examples")
		}
		for key, value := range part {
			if ref, ok := value.(string); ok && key == "$ref" && !names {
				if err := p.follow(ref); err != nil {
					return err
				}
			}
			if err := p.keep(value, key == "properties" && !names); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p pruner) follow(ref string) error {
	kind, name, ok := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
	target := object(p.components[kind])[name]
	if !ok || target == nil {
		return fmt.Errorf("there is no %s", ref)
	}
	if p.kept[kind] == nil {
		p.kept[kind] = map[string]any{}
	}
	if _, done := p.kept[kind][name]; done {
		return nil
	}
	p.kept[kind][name] = target
	return p.keep(target, false)
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}
