//go:build ignore

// Prune cuts GitHub's published REST description down to the paths of a list and what they refer to, without examples: the
// whole one is 13 MB, and validators take many minutes with it where they take seconds with a part.
//
//	go run .ci/prune.go DESCRIPTION.json PATHS.txt >github-rest.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run .ci/prune.go DESCRIPTION.json PATHS.txt >OUT.json")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "prune:", err)
		os.Exit(1)
	}
}

func run(description, list string) error {
	text, err := os.ReadFile(description)
	if err != nil {
		return err
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("%s: %w", description, err)
	}
	wanted, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	all, _ := doc["paths"].(map[string]any)
	paths := map[string]any{}
	for i, line := range strings.Split(string(wanted), "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		operations, ok := all[line]
		if !ok {
			return fmt.Errorf("%s:%d: %s has no path %s", list, i+1, description, line)
		}
		paths[line] = operations
	}
	p := pruner{components: object(doc["components"]), kept: map[string]map[string]any{}}
	if err := p.keep(paths, false); err != nil {
		return fmt.Errorf("%s: %w", description, err)
	}
	doc["paths"], doc["components"] = paths, p.kept
	delete(doc, "x-webhooks")
	return json.NewEncoder(os.Stdout).Encode(doc)
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
