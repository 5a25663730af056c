package workflow

import (
	"embed"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/strictyaml"
)

// Guardrails lists the guardrails that a workflow may name.
var Guardrails = []string{"warn_before_long_prompt"}

// Connections lists the connections that a workflow may name.
var Connections = []string{"figma", "github", "linear", "web"}

// StandardID is the id of the workflow that holds where a repository brings none.
const StandardID = "handle-support-ticket"

//go:embed *.yml roles/*.yml
var embedded embed.FS

// Source is an embedded file.
type Source struct {
	ID   string
	Name string // file name
	Data []byte
}

// Embedded lists the embedded workflows.
func Embedded() []Source {
	data, err := embedded.ReadFile(StandardID + ".yml")
	if err != nil {
		panic(err) // it is embedded
	}
	return []Source{{ID: StandardID, Name: StandardID + ".yml", Data: data}}
}

var standard = sync.OnceValues(func() (*Definition, map[string]Role) {
	roles := map[string]Role{}
	entries, err := embedded.ReadDir("roles")
	for _, entry := range entries {
		data, readErr := embedded.ReadFile("roles/" + entry.Name())
		r, parseErr := ParseRole(entry.Name(), data)
		err = errors.Join(err, readErr, parseErr)
		roles[r.ID] = r
	}
	source := Embedded()[0]
	definition, parseErr := Parse(source.Name, source.Data, roles)
	if err = errors.Join(err, parseErr); err != nil {
		panic(err) // a test reads them all
	}
	return definition, roles
})

// Standard returns the embedded workflow and the embedded roles. The caller must not change them.
func Standard() (*Definition, map[string]Role) { return standard() }

// ParseRole decodes a role strictly.
func ParseRole(name string, data []byte) (Role, error) {
	var r Role
	if err := strictyaml.Decode(name, data, &r); err != nil {
		return r, err
	}
	p := problems{name: name, data: data}
	p.need("id", r.ID)
	p.need("title", r.Title)
	p.need("instructions", r.Instructions)
	return r, p.err()
}

// Parse decodes a workflow strictly. Every mistake is told with its file, line and column and with what is allowed there.
func Parse(name string, data []byte, roles map[string]Role) (*Definition, error) {
	var d Definition
	if err := strictyaml.Decode(name, data, &d); err != nil {
		return nil, err
	}
	p := problems{name: name, data: data}
	p.need("id", d.ID)
	p.need("title", d.Title)
	p.need("description", d.Description)
	p.need("experiments", d.Experiments)
	p.need("measurement", d.Measurement)
	for key, n := range map[string]int{"constraints": len(d.Constraints), "definition_of_done": len(d.Done), "after_the_run": len(d.AfterTheRun),
		"steps": len(d.Steps), "use_cases": len(d.UseCases), "categories": len(d.Categories), "tags": len(d.Tags), "connections": len(d.Connections)} {
		if n == 0 {
			p.add("is missing; the workflow needs at least one", key)
		}
	}
	if d.Version < 1 {
		p.add("must be 1 or more", "version")
	}
	for i, done := range d.Done {
		p.oneOf(done.Check, role.DoneCheckNames(), "definition_of_done", i, "check")
		p.need2(done.Text, "definition_of_done", i, "text")
	}
	for i, guardrail := range d.Guardrails {
		p.oneOf(guardrail, Guardrails, "guardrails", i)
	}
	for i, connection := range d.Connections {
		p.oneOf(connection, Connections, "connections", i)
	}
	p.steps(d.Steps, slices.Sorted(maps.Keys(roles)))
	if err := p.err(); err != nil {
		return nil, err
	}
	return &d, nil
}

func (p *problems) steps(steps []Step, roles []string) {
	ids, parts := map[string]bool{}, map[role.Returns]bool{}
	allowed := make([]string, len(role.AllReturns))
	for i, part := range role.AllReturns {
		allowed[i] = string(part)
	}
	for i, step := range steps {
		p.need2(step.ID, "steps", i, "id")
		p.need2(step.Asks, "steps", i, "asks")
		p.need2(step.Handoff, "steps", i, "handoff")
		p.oneOf(step.Role, roles, "steps", i, "role")
		p.oneOf(string(step.Returns), allowed, "steps", i, "returns")
		if ids[step.ID] {
			p.add("stands twice; each step needs its own id", "steps", i, "id")
		}
		if parts[step.Returns] {
			p.add("is returned by an earlier step already; each part is returned once", "steps", i, "returns")
		}
		ids[step.ID], parts[step.Returns] = true, true
	}
	if len(steps) == 0 {
		return
	}
	for _, part := range role.AllReturns {
		if !parts[part] {
			p.add("no step returns "+string(part)+"; the steps together return "+strings.Join(allowed, ", "), "steps")
		}
	}
	if at := slices.IndexFunc(steps, func(s Step) bool { return s.Returns == role.ReturnsUnderstanding }); at > 0 {
		p.add("must be returned by the first step: the others build on it", "steps", at, "returns")
	}
}

// problems collects what is wrong with a decoded file, each with its place.
type problems struct {
	name string
	data []byte
	list []error
}

func (p *problems) add(message string, path ...any) {
	line, column := strictyaml.Position(p.data, path...)
	p.list = append(p.list, strictyaml.Problem{File: p.name, Line: line, Column: column, Message: where(path) + " " + message})
}

func where(path []any) string {
	text := ""
	for _, step := range path {
		switch step := step.(type) {
		case int:
			text += "[" + itoa(step) + "]"
		case string:
			if text != "" {
				text += "."
			}
			text += step
		}
	}
	return text
}

func (p *problems) need(key, value string) {
	if strings.TrimSpace(value) == "" {
		p.add("is missing", key)
	}
}

func (p *problems) need2(value string, path ...any) {
	if strings.TrimSpace(value) == "" {
		p.add("is missing", path...)
	}
}

func (p *problems) oneOf(value string, allowed []string, path ...any) {
	if !slices.Contains(allowed, value) {
		p.add("is \""+value+"\"; allowed: "+strings.Join(allowed, ", "), path...)
	}
}

func (p *problems) err() error {
	sorting.Stable(p.list, func(a, b error) int {
		var x, y strictyaml.Problem
		if errors.As(a, &x) && errors.As(b, &y) && x.Line != y.Line {
			return x.Line - y.Line
		}
		return strings.Compare(a.Error(), b.Error())
	})
	return errors.Join(p.list...)
}
