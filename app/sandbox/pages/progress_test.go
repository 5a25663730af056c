package pages

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// steps reads words such as kind, kind:step and kind:step@run into events, each 10 ms after the one before.
func steps(words string) []Step {
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	var out []Step
	for word := range strings.FieldsSeq(words) {
		head, run, _ := strings.Cut(word, "@")
		kind, step, _ := strings.Cut(head, ":")
		at = at.Add(10 * time.Millisecond)
		one := Step{At: at, Run: run, Kind: kind, Step: step}
		if kind != "started" && kind != "finished" {
			one.Took = 10 * time.Millisecond
		}
		out = append(out, one)
	}
	return out
}

func told(p Progress) string {
	var out []string
	for _, run := range progressOf(p, true).Runs {
		line := fmt.Sprintf("%d %s:", run.Number, run.Words)
		for _, s := range run.Stages {
			line += fmt.Sprintf(" %s=%s", strings.ReplaceAll(s.Name, " ", ""), s.State)
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

func TestProgressRoleByRole(t *testing.T) {
	const four = "answered:understand answered:plan answered:measure answered:follow-through"
	for name, c := range map[string]struct{ status, steps, want string }{
		"just begun":          {"gathering", "started", "1 Reading: Evidence=working SupportSpecialist=waiting OperationsLead=waiting Analyst=waiting ProductManager=waiting OnGitHub=waiting"},
		"the first role":      {"working", "started gathered", "1 Working: Evidence=done SupportSpecialist=working OperationsLead=waiting Analyst=waiting ProductManager=waiting OnGitHub=waiting"},
		"the third role":      {"working", "started gathered answered:understand answered:plan", "1 Working: Evidence=done SupportSpecialist=done OperationsLead=done Analyst=working ProductManager=waiting OnGitHub=waiting"},
		"a repair":            {"working", "started gathered answered:understand repaired:plan", "1 Working: Evidence=done SupportSpecialist=done OperationsLead=working Analyst=waiting ProductManager=waiting OnGitHub=waiting"},
		"sent back":           {"working", "started gathered answered:understand answered:plan bounced:understand", "1 Working: Evidence=done SupportSpecialist=working OperationsLead=done Analyst=waiting ProductManager=waiting OnGitHub=waiting"},
		"in need of a person": {"parked", "started gathered answered:understand parked:plan", "1 Waits for a person: Evidence=done SupportSpecialist=done OperationsLead=person Analyst=waiting ProductManager=waiting OnGitHub=waiting"},
		"confirmed":           {"working", "started gathered answered:understand parked:plan confirmed", "1 Working: Evidence=done SupportSpecialist=done OperationsLead=working Analyst=waiting ProductManager=waiting OnGitHub=waiting"},
		"writing":             {"publishing", "started gathered " + four + " published", "1 Writing: Evidence=done SupportSpecialist=done OperationsLead=done Analyst=done ProductManager=done OnGitHub=working"},
		"finished":            {"finished", "started gathered " + four + " published finished", "1 Finished: Evidence=done SupportSpecialist=done OperationsLead=done Analyst=done ProductManager=done OnGitHub=done"},
		"an effect failed":    {"finished", "started gathered " + four + " failed published finished", "1 Finished: Evidence=done SupportSpecialist=done OperationsLead=done Analyst=done ProductManager=done OnGitHub=person"},
		"by their roles":      {"finished", "started gathered answered:support_specialist answered:operations_lead answered:analyst answered:product_manager published finished", "1 Finished: Evidence=done SupportSpecialist=done OperationsLead=done Analyst=done ProductManager=done OnGitHub=done"},
		"fewer roles":         {"finished", "started gathered answered:understand answered:plan published finished", "1 Finished: Evidence=done SupportSpecialist=done OperationsLead=done Analyst=unneeded ProductManager=unneeded OnGitHub=done"},
		"another workflow":    {"working", "started gathered answered:triage asked:write_reply", "1 Working: Evidence=done Triage=done Writereply=working OnGitHub=waiting"},
		"cancelled":           {"cancelled", "started gathered answered:understand cancelled", "1 Cancelled: Evidence=done SupportSpecialist=done OperationsLead=stopped Analyst=stopped ProductManager=stopped OnGitHub=stopped"},
		"left to people":      {"", "skipped", "1 Left to people:"},
		"a word from later":   {"napping", "started gathered", "1 Napping: Evidence=done SupportSpecialist=waiting OperationsLead=waiting Analyst=waiting ProductManager=waiting OnGitHub=waiting"},
		"two runs": {"gathering", "started gathered cancelled started", "2 Reading: Evidence=working SupportSpecialist=waiting OperationsLead=waiting Analyst=waiting ProductManager=waiting OnGitHub=waiting\n" +
			"1 Cancelled: Evidence=done SupportSpecialist=stopped OperationsLead=stopped Analyst=stopped ProductManager=stopped OnGitHub=stopped"},
		"two runs by name": {"working", "started@a gathered@a superseded@a started@b gathered@b published@a", "2 Working: Evidence=done SupportSpecialist=working OperationsLead=waiting Analyst=waiting ProductManager=waiting OnGitHub=waiting\n" +
			"1 Replaced: Evidence=done SupportSpecialist=stopped OperationsLead=stopped Analyst=stopped ProductManager=stopped OnGitHub=done"},
		"nothing yet": {"gathering", "", "1 Reading: Evidence=working SupportSpecialist=waiting OperationsLead=waiting Analyst=waiting ProductManager=waiting OnGitHub=waiting"},
	} {
		if got := told(Progress{Status: c.status, Steps: steps(c.steps)}); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestProgressOnATimeAxis(t *testing.T) {
	view := progressOf(Progress{Status: "finished", Steps: steps("gathered answered:understand answered:plan answered:plan published finished")}, true)
	run := view.Runs[0]
	if run.Took != 60*time.Millisecond {
		t.Errorf("the run took %s", run.Took)
	}
	for _, s := range run.Stages {
		for _, span := range s.Spans {
			if span.From < 0 || span.Wide <= 0 || span.From+span.Wide > 100.01 {
				t.Errorf("%s lies at %+v", s.Name, span)
			}
		}
	}
	plan := run.Stages[2]
	if plan.Took != 20*time.Millisecond || len(plan.Spans) != 2 {
		t.Errorf("the second role took %s in %d pieces", plan.Took, len(plan.Spans))
	}
	if got := run.Stages[1].Spans[0]; got.From < 16 || got.From > 17 || got.Wide < 16 || got.Wide > 17 {
		t.Errorf("the first role lies at %+v, not in the second sixth", got)
	}
}

func TestDiffLines(t *testing.T) {
	got := ""
	for _, l := range diffLines("@@ -3,2 +3,3 @@ func x()\n a\n-b\n+c\n+d\n\\ No newline at end of file\n@@ -20 +21 @@\n \n+e\n") {
		got += fmt.Sprintf("%s|%d|%d|%s\n", l.Kind, l.Old, l.New, l.Text)
	}
	want := "hunk|0|0|@@ -3,2 +3,3 @@ func x()\n|3|3| a\ndel|4|0|-b\nadd|0|4|+c\nadd|0|5|+d\nnote|0|0|\\ No newline at end of file\nhunk|0|0|@@ -20 +21 @@\n|20|21| \nadd|0|22|+e\n"
	if got != want {
		t.Errorf("the lines are\n%s\nwant\n%s", got, want)
	}
	if lines := diffLines(""); len(lines) != 0 {
		t.Errorf("no patch gives %v", lines)
	}
}
