package workflow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/role"
)

func TestTheStandardWorkflowSaysEverything(t *testing.T) {
	def, roles := workflow.Standard()
	if def.ID != workflow.StandardID || len(def.Steps) != 4 || len(roles) != 4 {
		t.Fatalf("the standard workflow is %s with %d steps and %d roles", def.ID, len(def.Steps), len(roles))
	}
	for i, part := range role.AllReturns {
		if step := def.Steps[i]; step.Returns != part || roles[step.Role].Instructions == "" || len(roles[step.Role].Guardrails) == 0 {
			t.Errorf("step %d is %+v", i, step)
		}
	}
	if len(def.Tags) != 20 || len(def.Categories) != 4 || len(def.Connections) != 4 || len(def.UseCases) != 2 || len(def.Guardrails) != 1 {
		t.Errorf("tags %v, categories %v, connections %v, use cases %d, guardrails %v", def.Tags, def.Categories, def.Connections, len(def.UseCases), def.Guardrails)
	}
	if names := def.DoneNames(); len(names) != len(role.DoneCheckNames()) {
		t.Errorf("the definition of done names %v of the checks %v", names, role.DoneCheckNames())
	}
}

// changed is the standard workflow with one change.
func changed(t *testing.T, old, new string) []byte {
	t.Helper()
	data := string(workflow.Embedded()[0].Data)
	if strings.Count(data, old) != 1 {
		t.Fatalf("%q stands %d times in the standard workflow", old, strings.Count(data, old))
	}
	return []byte(strings.Replace(data, old, new, 1))
}

func TestMistakesInAWorkflowAreToldWithTheirPlace(t *testing.T) {
	_, roles := workflow.Standard()
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"unknown key": {changed(t, "experiments: >-", "experiment: >-"),
			[]string{`w.yml:16:1: unknown key "experiment" (did you mean "experiments"?); allowed: after_the_run, categories, connections, constraints, definition_of_done, description, experiments, guardrails, id, measurement, steps, tags, title, use_cases, version`}},
		"unknown key in a step": {changed(t, "    asks: Turn the", "    ask: Turn the"),
			[]string{`w.yml:64:5: unknown key "ask" (did you mean "asks"?); allowed: asks, handoff, id, returns, role`}},
		"missing parts":        {changed(t, "connections: [github, linear, web, figma]", "connections: []"), []string{`w.yml:89:14: connections is missing; the workflow needs at least one`}},
		"unknown role":         {changed(t, "role: analyst", "role: analist"), []string{`w.yml:67:11: steps[2].role is "analist"; allowed: analyst, operations_lead, product_manager, support_specialist`}},
		"unknown guardrail":    {changed(t, "- warn_before_long_prompt", "- be_nice"), []string{`w.yml:78:5: guardrails[0] is "be_nice"; allowed: warn_before_long_prompt`}},
		"unknown connection":   {changed(t, "connections: [github, linear, web, figma]", "connections: [github, jira]"), []string{`w.yml:89:23: connections[1] is "jira"; allowed: figma, github, linear, web`}},
		"unknown part":         {changed(t, "returns: measurement", "returns: metrics"), []string{`w.yml:68:14: steps[2].returns is "metrics"; allowed: understanding, handling_plan, measurement, follow_through`, `no step returns measurement`}},
		"part returned twice":  {changed(t, "returns: measurement", "returns: handling_plan"), []string{`w.yml:68:14: steps[2].returns is returned by an earlier step already`, `steps no step returns measurement`}},
		"unknown check":        {changed(t, "check: reply_ready", "check: reply_redy"), []string{`w.yml:25:12: definition_of_done[0].check is "reply_redy"; allowed: answer_grounded, checks_defined, `}},
		"step id twice":        {changed(t, "id: measure\n", "id: plan\n"), []string{`w.yml:66:9: steps[2].id stands twice; each step needs its own id`}},
		"understanding second": {changed(t, "returns: understanding", "returns: measurement_"), []string{`w.yml:58:14: steps[0].returns is "measurement_"`}},
		"no title":             {changed(t, "title: Handle support ticket", "title: ''"), []string{`w.yml:3:8: title is missing`}},
		"version zero":         {changed(t, "version: 1", "version: 0"), []string{`w.yml:4:10: version must be 1 or more`}},
		"version of words":     {changed(t, "version: 1", "version: one"), []string{`w.yml:4:10: must be a whole number`}},
		"alias":                {changed(t, "guardrails:\n", "guardrails: &g\n"), []string{`w.yml:77:13: anchors and aliases are not allowed here; write the value out`}},
		"second document":      {changed(t, "connections: [github, linear, web, figma]", "connections: [github]\n---\nid: x"), []string{`w.yml:91:1: there is a second document; allowed is one`}},
		"key twice":            {changed(t, "version: 1", "version: 1\nversion: 1"), []string{`w.yml:5:1: mapping key "version" already defined at [4:1]`}},
		"wrong type":           {changed(t, "categories: [Product, Operations, Support, Data]", "categories: {a: b}"), []string{`w.yml:84:14: must be a list, such as [one, two]`}},
		"text for a list":      {changed(t, "categories: [Product, Operations, Support, Data]", "categories: Product"), []string{`w.yml:84:13: must be a list, such as [one, two]`}},
		"a step's id missing":  {changed(t, "  - id: measure\n    role: analyst", "  - role: analyst"), []string{`w.yml:66:5: steps[2].id is missing`}},
		"empty":                {nil, []string{"w.yml: id is missing", "w.yml: steps is missing; the workflow needs at least one"}},
		"not YAML":             {[]byte("a: [b"), []string{"w.yml:1:"}},
		"not a mapping":        {[]byte("- a\n- b\n"), []string{"w.yml:1:1: must be keys with their values"}},
		"too large":            {[]byte("description: " + strings.Repeat("x", 1<<20)), []string{"w.yml: the file has 1048589 bytes; allowed are at most 1048576"}},
	} {
		t.Run(name, func(t *testing.T) {
			def, err := workflow.Parse("w.yml", c.data, roles)
			if err == nil {
				t.Fatalf("is read without a complaint: %+v", def)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is\n%v\nwant one that says\n%s", err, want)
				}
			}
		})
	}
}

func TestAllMistakesAreToldAtOnceAndInOrder(t *testing.T) {
	_, roles := workflow.Standard()
	data := strings.NewReplacer("role: analyst", "role: x", "- warn_before_long_prompt", "- y", "title: Handle support ticket", "title: ''").Replace(string(workflow.Embedded()[0].Data))
	_, err := workflow.Parse("w.yml", []byte(data), roles)
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "w.yml:3:") || !strings.HasPrefix(lines[1], "w.yml:67:") || !strings.HasPrefix(lines[2], "w.yml:78:") {
		t.Errorf("the errors are\n%v", err)
	}
}

func TestMistakesInARoleAreToldWithTheirPlace(t *testing.T) {
	for in, want := range map[string]string{
		"id: a\ntitle: A\ninstructon: x\n": `r.yml:3:1: unknown key "instructon" (did you mean "instructions"?); allowed: capabilities, guardrails, id, instructions, title`,
		"id: a\ntitle: A\n":                `instructions is missing`,
		"title: A\ninstructions: x\n":      `id is missing`,
	} {
		if _, err := workflow.ParseRole("r.yml", []byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives the error %v, want %s", in, err, want)
		}
	}
}
