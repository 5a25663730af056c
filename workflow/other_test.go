package workflow_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/role"
)

func otherRoles(t *testing.T) map[string]workflow.Role {
	t.Helper()
	names, err := filepath.Glob("testdata/roles/*.yml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no roles in testdata: %v", err)
	}
	roles := map[string]workflow.Role{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := workflow.ParseRole(name, data)
		if err != nil {
			t.Fatal(err)
		}
		roles[r.ID] = r
	}
	return roles
}

// otherWorkflow is another order of steps with other roles over the same four parts: YAML only.
func otherWorkflow(t *testing.T) *workflow.Definition {
	t.Helper()
	const name = "testdata/triage-first.yml"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	def, err := workflow.Parse(name, data, otherRoles(t))
	if err != nil {
		t.Fatal(err)
	}
	return def
}

func TestAnotherWorkflowNeedsYAMLOnly(t *testing.T) {
	def := otherWorkflow(t)
	s := workflow.State{}
	var order []string
	for range def.Steps {
		ask := asked(t, def, s)
		order = append(order, ask.Step.Role+" "+string(ask.Step.Returns))
		s = give(t, def, s, raw(t, answers()[ask.Step.Returns]))
	}
	if want := []string{"triager understanding", "triager measurement", "maker follow_through", "maker handling_plan"}; !slices.Equal(order, want) {
		t.Errorf("asked %v, want %v", order, want)
	}
	if finish, ok := move(t, def, s).(workflow.Finish); !ok || len(finish.Unmet) != 0 {
		t.Errorf("the run ends with %#v", move(t, def, s))
	}
	back := workflow.SendBack(def, s, workflow.Return{Step: def.Steps[1], Reason: "r"})
	if len(back.Accepted) != 1 || back.Outputs().Measurement != nil || back.Returned[role.ReturnsMeasurement] != "r" {
		t.Errorf("sending the second step back leaves %+v", back)
	}
}
