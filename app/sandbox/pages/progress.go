package pages

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Step is one event of a ticket's progress.
type Step struct {
	At   time.Time // when it was over
	Run  string    // which run it is of; "" is the one that the last "started" began
	Kind string    // started, gathered, asked, answered, parked, published, finished, …
	Step string    // of the workflow, or ""
	Text string
	Took time.Duration
}

// Progress is how far OiOi is with a ticket.
type Progress struct {
	Status string // of the newest run: gathering, working, parked, publishing, finished, cancelled, superseded; "" when there is none
	Run    string
	Steps  []Step // oldest first
}

// progressView is a ticket's progress as a page shows it.
type progressView struct {
	Summary string    // one sentence for everybody who follows along
	Running bool      // more is to come without a person's doing
	Runs    []runView // newest first
	Whole   bool      // the visitor may read every event
}

// runView is one run through the workflow.
type runView struct {
	Number int
	Key    string // stays the same when the page reads itself again
	Why    string // what began it
	State  string // working, waiting, done or stopped: how it is shown
	Words  string // the same in words
	Stages []stage
	Steps  []Step
	Took   time.Duration

	sentence string // Words for the whole ticket
}

// stage is one row of a run's timeline: the evidence, a role, or what was written to GitHub.
type stage struct {
	Name  string
	State string // a key of stageWords
	Words string
	Took  time.Duration
	Spans []span

	id string // of the step; "" where it is none
}

// span is a piece of work on the run's time axis, in per cent of its length.
type span struct{ From, Wide float64 }

// The steps of the embedded workflow go by these names; any other workflow shows its own steps as they come.
var roles = []struct{ name, words string }{
	{"Support Specialist", "support specialist clarify understand understanding intake"},
	{"Operations Lead", "operations lead handling plan route path"},
	{"Analyst", "analyst measure measurement metrics checks verify"},
	{"Product Manager", "product manager follow through followthrough followup followups"},
}

// roleOf returns the place among the four roles of a step of the embedded workflow, -1 for another step.
func roleOf(step string) int {
	words := strings.FieldsFunc(strings.ToLower(step), func(r rune) bool { return r < 'a' || r > 'z' })
	for i, role := range roles {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(strings.Fields(role.words), w) }) {
			return i
		}
	}
	return -1
}

func progressOf(progress Progress, whole bool) progressView {
	var runs [][]Step
	for _, step := range progress.Steps {
		n := len(runs)
		first := step.Kind == "started" && step.Run == ""
		if n == 0 || first || step.Run != "" && step.Run != runs[n-1][0].Run {
			at := slices.IndexFunc(runs, func(r []Step) bool { return step.Run != "" && r[0].Run == step.Run })
			if at >= 0 { // an event that an older run left behind
				runs[at] = append(runs[at], step)
				continue
			}
			runs = append(runs, nil)
			n++
		}
		runs[n-1] = append(runs[n-1], step)
	}
	out := progressView{Whole: whole}
	for i, steps := range runs {
		status := statusOf(steps)
		if i == len(runs)-1 && progress.Status != "" && (steps[0].Run == "" || progress.Run == "" || steps[0].Run == progress.Run) {
			status = progress.Status
		}
		out.Runs = append(out.Runs, viewOf(i+1, steps, status))
	}
	slices.Reverse(out.Runs)
	if len(out.Runs) == 0 {
		out.Runs = []runView{viewOf(1, nil, progress.Status)}
	}
	newest := out.Runs[0]
	out.Running = newest.State == "working"
	out.Summary = newest.sentence
	for _, stage := range newest.Stages {
		if out.Running && stage.State == "working" && roleOf(stage.Name) >= 0 {
			out.Summary = "The " + stage.Name + " works on it."
		}
	}
	return out
}

// ends are the kinds of events after which a run does no more.
var ends = []string{"finished", "cancelled", "superseded", "failed", "parked", "skipped"}

// statusOf tells the status of a run that is not the newest from its last events.
func statusOf(steps []Step) string {
	for _, step := range slices.Backward(steps) {
		if slices.Contains(ends, step.Kind) {
			return step.Kind
		}
	}
	return "superseded"
}

// plain says each status in words: short ones for a run, a sentence for the whole ticket, and how it looks.
var plain = map[string]struct{ state, words, sentence string }{
	"gathering":  {"working", "Reading", "OiOi reads the help center, earlier tickets and releases."},
	"working":    {"working", "Working", "OiOi works on the ticket."},
	"publishing": {"working", "Writing", "OiOi writes its draft to GitHub."},
	"parked":     {"person", "Waits for a person", "OiOi waits for a person; its last comment says for what."},
	"finished":   {"done", "Finished", "OiOi is done; its draft is below."},
	"cancelled":  {"stopped", "Cancelled", "The last run was cancelled."},
	"superseded": {"stopped", "Replaced", "The last run was replaced by a newer one."},
	"failed":     {"stopped", "Failed", "The last run failed; its events say why."},
	"skipped":    {"stopped", "Left to people", "OiOi leaves this ticket to the people who are on it."},
}

func viewOf(number int, steps []Step, status string) runView {
	run := runView{Number: number, Key: fmt.Sprintf("run-%d", number), Steps: steps}
	run.State, run.Words, run.sentence = "working", capital(human(status)), "OiOi: "+human(status)+"."
	if known, ok := plain[status]; ok {
		run.State, run.Words, run.sentence = known.state, known.words, known.sentence
	}
	is := func(kind string) bool { return slices.ContainsFunc(steps, func(s Step) bool { return s.Kind == kind }) }
	if status == "finished" && is("held") && !is("published") {
		run.sentence = "OiOi watched only: nothing was written, and the events say what would have been."
	}
	var began, ended time.Time
	for _, step := range steps {
		if step.Kind == "started" && run.Why == "" {
			run.Why = strings.TrimPrefix(step.Text, "Work begins: ")
		}
		if from := step.At.Add(-step.Took); step.Kind != "finished" && (began.IsZero() || from.Before(began)) {
			began = from
		}
		if step.At.After(ended) {
			ended = step.At
		}
	}
	if run.Took = ended.Sub(began); run.State == "done" {
		for _, step := range steps {
			if step.Kind == "finished" && step.Took > 0 {
				run.Took = step.Took
			}
		}
	}
	if status == "skipped" {
		return run
	}
	run.Stages = stagesOf(steps, status)
	axis := ended.Sub(began)
	for i := range run.Stages {
		run.Stages[i].place(steps, began, axis)
	}
	return run
}

const (
	evidence = "Evidence"
	onGitHub = "On GitHub"
)

// stagesOf lists the rows of a run and how far each is.
func stagesOf(steps []Step, status string) []stage {
	stages := []stage{{Name: evidence, State: "waiting"}}
	strange := slices.ContainsFunc(steps, func(s Step) bool { return s.Step != "" && roleOf(s.Step) < 0 })
	if !strange {
		for _, role := range roles {
			stages = append(stages, stage{Name: role.name, State: "waiting"})
		}
	}
	find := func(step Step) *stage {
		if strange {
			at := slices.IndexFunc(stages, func(s stage) bool { return s.id == step.Step })
			if at < 0 {
				stages = append(stages, stage{Name: capital(human(step.Step)), State: "waiting", id: step.Step})
				at = len(stages) - 1
			}
			return &stages[at]
		}
		return &stages[1+roleOf(step.Step)]
	}
	wrote := stage{Name: onGitHub, State: "waiting"}
	for _, step := range steps {
		switch {
		case step.Kind == "gathered":
			stages[0].State, stages[0].Took = "done", step.Took
		case step.Kind == "published" && wrote.State != "person":
			wrote.State, wrote.Took = "done", wrote.Took+step.Took
		case step.Kind == "held" && wrote.State == "waiting":
			wrote.State = "unneeded"
		case step.Kind == "failed" && step.Step == "":
			wrote.State = "person"
		case step.Kind == "confirmed":
			for i := range stages {
				if stages[i].State == "person" {
					stages[i].State = "working"
				}
			}
		case step.Step != "":
			s := find(step)
			s.Took += step.Took
			s.State = after(step.Kind, s.State)
		}
	}
	stages = append(stages, wrote)
	current(stages, status)
	for i := range stages {
		stages[i].Words = stageWords[stages[i].State]
	}
	return stages
}

var stageWords = map[string]string{"waiting": "waiting", "working": "working", "done": "done", "person": "needs a person", "stopped": "stopped", "unneeded": "not needed"}

// after is the state of a step once an event of it has come.
func after(kind, was string) string {
	switch kind {
	case "answered":
		return "done"
	case "asked", "repaired", "fallback", "bounced", "returned":
		return "working" // a note that was sent back is worked on again
	case "parked":
		return "person"
	case "failed":
		return "stopped"
	}
	return was
}

// current marks what is under way now, which no event tells, and stops what will not come any more.
func current(stages []stage, status string) {
	next := slices.IndexFunc(stages, func(s stage) bool { return s.State == "waiting" || s.State == "working" })
	write := len(stages) - 1
	switch status {
	case "gathering":
		stages[0].State = "working"
	case "working":
		if next >= 0 && next < write {
			stages[next].State = "working"
		}
	case "publishing":
		stages[write].State = "working"
	case "finished":
		for i := range stages {
			if stages[i].State == "waiting" {
				stages[i].State = "unneeded" // this workflow does without it
			}
		}
	case "cancelled", "superseded", "failed":
		for i := range stages {
			if stages[i].State == "working" || stages[i].State == "waiting" {
				stages[i].State = "stopped"
			}
		}
	}
}

// place puts a stage's work on the run's time axis.
func (s *stage) place(steps []Step, began time.Time, axis time.Duration) {
	if axis <= 0 {
		return
	}
	for _, step := range steps {
		mine := step.Step != "" && (s.id == step.Step || s.id == "" && roleOf(step.Step) >= 0 && roles[roleOf(step.Step)].name == s.Name)
		if mine || s.Name == evidence && step.Kind == "gathered" || s.Name == onGitHub && step.Kind == "published" {
			from := 100 * float64(step.At.Add(-step.Took).Sub(began)) / float64(axis)
			wide := max(0.5, 100*float64(step.Took)/float64(axis))
			s.Spans = append(s.Spans, span{min(from, 99.5), min(wide, 100-min(from, 99.5))})
		}
	}
}
