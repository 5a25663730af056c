package workflow_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/role"
)

func ptr[T any](v T) *T { return &v }

// answers are outputs that fulfil their contracts, by part.
func answers() map[role.Returns]role.Output {
	return map[role.Returns]role.Output{
		role.ReturnsUnderstanding: {Handoff: ptr("note 1"), Understanding: &role.Understanding{Summary: "s", CustomerGoal: "g", BlockedOn: "b", Impact: "i", Severity: "S3", Category: role.Bug, Language: "en",
			ReplyMust: []string{"m"}, Reply: []role.Block{{Kind: role.Courtesy, Text: "Hello"}}}},
		role.ReturnsHandlingPlan: {Handoff: ptr("note 2"), HandlingPlan: &role.HandlingPlan{Path: "fix", Why: "w", Owner: role.Unassigned, OwnerWhy: "w", NextUpdateHours: 8,
			Actions: []role.Action{{ID: "A1", Text: "t", Owner: role.Unassigned, DueHours: 1, DoneWhen: "d"}}}},
		role.ReturnsMeasurement:   {Handoff: ptr("note 3"), Measurement: &role.Measurement{Checks: []role.Check{{ID: "C1", Kind: "reporter_confirms", Text: "t", DueHours: 1}}}},
		role.ReturnsFollowThrough: {Handoff: ptr("note 4"), FollowThrough: &role.FollowThrough{Nothing: ptr("because")}},
	}
}

func raw(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// stored writes a state as the shell stores it and reads it back.
func stored(t *testing.T, s workflow.State) workflow.State {
	t.Helper()
	var back workflow.State
	if err := json.Unmarshal(raw(t, s), &back); err != nil {
		t.Fatal(err)
	}
	if again := raw(t, back); string(again) != string(raw(t, s)) {
		t.Fatalf("the state changes when it is stored:\n%s\n%s", raw(t, s), again)
	}
	return back
}

// move is Next, with a check that it depends on what is stored and on nothing else.
func move(t *testing.T, def *workflow.Definition, s workflow.State) workflow.Move {
	t.Helper()
	got := workflow.Next(def, s, role.Context{})
	if again := workflow.Next(def, stored(t, s), role.Context{}); string(raw(t, again)) != string(raw(t, got)) {
		t.Fatalf("the next move after storing is %s, before it was %s", raw(t, again), raw(t, got))
	}
	return got
}

func asked(t *testing.T, def *workflow.Definition, s workflow.State) workflow.Ask {
	t.Helper()
	got, ok := move(t, def, s).(workflow.Ask)
	if !ok {
		t.Fatalf("the next move is %#v, want a question to a role", move(t, def, s))
	}
	return got
}

func give(t *testing.T, def *workflow.Definition, s workflow.State, answer []byte) workflow.State {
	t.Helper()
	return stored(t, workflow.Accept(def, s, asked(t, def, s).Step, answer, "hash", role.Context{}))
}

func TestFourRolesInOrder(t *testing.T) {
	def, _ := workflow.Standard()
	s := workflow.State{}
	var order []string
	for range def.Steps {
		ask := asked(t, def, s)
		order = append(order, ask.Step.Role)
		s = give(t, def, s, raw(t, answers()[ask.Step.Returns]))
	}
	if want := []string{"support_specialist", "operations_lead", "analyst", "product_manager"}; !slices.Equal(order, want) {
		t.Errorf("asked %v, want %v", order, want)
	}
	finish, ok := move(t, def, s).(workflow.Finish)
	if !ok || len(finish.Unmet) != 0 || finish.Outputs.FollowThrough == nil {
		t.Errorf("after all four the move is %#v, want a finish with nothing unmet", move(t, def, s))
	}
	if notes := s.Notes(); len(notes) != 4 || notes[3].Text != "note 4" || notes[0].Role != "support_specialist" {
		t.Errorf("the notes are %+v", notes)
	}
	if s.Calls != 4 {
		t.Errorf("%d calls are counted, want 4", s.Calls)
	}
}

func TestOneRepairThenAPerson(t *testing.T) {
	def, _ := workflow.Standard()
	s := give(t, def, workflow.State{}, []byte("I cannot do that"))
	ask := asked(t, def, s)
	if ask.Step.ID != "understand" || len(ask.Problems) == 0 || ask.Rejected != "I cannot do that" {
		t.Fatalf("after a wrong answer the repair turn gets %+v", ask)
	}
	repaired := give(t, def, s, raw(t, answers()[role.ReturnsUnderstanding]))
	if next := asked(t, def, repaired); next.Step.ID != "plan" || len(next.Problems) != 0 || next.Rejected != "" {
		t.Errorf("after a repair the next turn is %+v", next)
	}
	s = give(t, def, s, raw(t, answers()[role.ReturnsMeasurement]))
	park, ok := move(t, def, s).(workflow.Park)
	if !ok || park.Kind != workflow.ParkInvalid || !strings.Contains(park.Reason, "support_specialist") || !strings.Contains(park.Reason, "understanding must be filled") {
		t.Errorf("after a second wrong answer the move is %+v, want a park that says what is wrong", move(t, def, s))
	}
}

func TestAnswersAreReadStrictly(t *testing.T) {
	def, _ := workflow.Standard()
	good := string(raw(t, answers()[role.ReturnsUnderstanding]))
	for name, c := range map[string]struct {
		answer string
		ok     bool
		says   string
	}{
		"as it is":                    {answer: good, ok: true},
		"in a fence":                  {answer: "```json\n" + good + "\n```", ok: true},
		"in a fence, with blanks":     {answer: "\n ```\n" + good + "\n``` \n", ok: true},
		"words before":                {answer: "Sure: " + good, says: "is not one JSON object"},
		"words after":                 {answer: good + " I hope this helps", says: "text after the JSON object"},
		"two objects":                 {answer: good + good, says: "text after the JSON object"},
		"a key of its own":            {answer: `{"understanding":null,"thoughts":"x"}`, says: "thoughts"},
		"a wrong type":                {answer: `{"understanding":[]}`, says: "is not one JSON object"},
		"cut off":                     {answer: good[:len(good)/2], says: "is not one JSON object"},
		"nothing":                     {answer: "", says: "is not one JSON object"},
		"null":                        {answer: "null", says: "understanding must be filled"},
		"a list":                      {answer: "[" + good + "]", says: "is not one JSON object"},
		"two parts":                   {answer: strings.Replace(good, `"measurement":null`, `"measurement":{"checks":[],"metrics":[]}`, 1), says: "measurement must be null"},
		"a value outside of the list": {answer: strings.Replace(good, `"S3"`, `"S9"`, 1), says: "allowed: S1, S2, S3, S4"},
	} {
		s := give(t, def, workflow.State{}, []byte(c.answer))
		if (len(s.Accepted) == 1) != c.ok {
			t.Errorf("%s: accepted is %v, want %v; problems %v", name, len(s.Accepted) == 1, c.ok, s.Problems)
		}
		if !c.ok && (len(s.Problems) == 0 || !strings.Contains(fmt.Sprint(s.Problems), c.says)) {
			t.Errorf("%s: the problems are %v, want one that says %q", name, s.Problems, c.says)
		}
	}
}

func TestANoteIsSentBackOnceARun(t *testing.T) {
	def, _ := workflow.Standard()
	bounce := raw(t, role.Output{Bounce: &role.Bounce{Reason: "the goal is unclear"}})
	s := give(t, def, workflow.State{}, bounce)
	if ask := asked(t, def, s); ask.Step.ID != "understand" || !strings.Contains(fmt.Sprint(ask.Problems), "no note before it") {
		t.Errorf("the first step could send back a note that is not there: %+v", ask)
	}
	s = give(t, def, workflow.State{}, raw(t, answers()[role.ReturnsUnderstanding]))
	s = give(t, def, s, bounce)
	ask := asked(t, def, s)
	if ask.Step.ID != "understand" || ask.Reason != "the goal is unclear" || len(s.Accepted) != 0 {
		t.Fatalf("after a bounce the next turn is %+v with %d parts accepted", ask, len(s.Accepted))
	}
	s = give(t, def, s, raw(t, answers()[role.ReturnsUnderstanding]))
	if ask = asked(t, def, s); ask.Reason != "" {
		t.Errorf("the role that sent the note back is asked with its own reason %q", ask.Reason)
	}
	s = give(t, def, s, bounce)
	if ask = asked(t, def, s); ask.Step.ID != "plan" || !strings.Contains(fmt.Sprint(ask.Problems), "used its one bounce") {
		t.Errorf("a second bounce leads to %+v", ask)
	}
	empty := give(t, def, give(t, def, workflow.State{}, raw(t, answers()[role.ReturnsUnderstanding])), raw(t, role.Output{Bounce: &role.Bounce{Reason: " "}}))
	if len(empty.Accepted) != 1 || !strings.Contains(fmt.Sprint(empty.Problems), "needs a reason") {
		t.Errorf("a bounce without a reason leads to %+v", empty)
	}
}

func TestABounceWithAPartBesideItIsNoBounce(t *testing.T) {
	def, _ := workflow.Standard()
	s := give(t, def, workflow.State{}, raw(t, answers()[role.ReturnsUnderstanding]))
	both := answers()[role.ReturnsHandlingPlan]
	both.Bounce = &role.Bounce{Reason: "x"}
	s = give(t, def, s, raw(t, both))
	if s.Bounced != nil || len(s.Accepted) != 1 || !strings.Contains(fmt.Sprint(s.Problems), "bounce") {
		t.Errorf("an answer that is both a plan and a bounce leads to %+v", s)
	}
}

func TestWhatTheDefinitionOfDoneMissesGoesBackOnce(t *testing.T) {
	def, _ := workflow.Standard()
	lazy := answers()
	lazy[role.ReturnsHandlingPlan].HandlingPlan.NextUpdateHours = 0
	s := workflow.State{}
	var asks []string
	for range 20 {
		switch m := move(t, def, s).(type) {
		case workflow.Ask:
			asks = append(asks, m.Step.ID)
			s = give(t, def, s, raw(t, lazy[m.Step.Returns]))
			continue
		case workflow.Return:
			if m.Step.ID != "plan" {
				t.Fatalf("%s goes back to %s", m.Reason, m.Step.ID)
			}
			before := len(s.Accepted)
			s = stored(t, workflow.SendBack(def, s, m))
			if before != 4 || len(s.Accepted) != 1 {
				t.Errorf("of %d parts %d are left, want the one before the plan", before, len(s.Accepted))
			}
			if ask := asked(t, def, s); !strings.Contains(ask.Reason, "hears from us next") {
				t.Errorf("the role is not told what is missing: %+v", ask)
			}
			continue
		case workflow.Finish:
			if len(m.Unmet) != 1 || m.Unmet[0].Check != "next_update_set" {
				t.Errorf("the draft will not say what is still missing: %+v", m.Unmet)
			}
		default:
			t.Fatalf("the move is %#v", m)
		}
		break
	}
	if want := []string{"understand", "plan", "measure", "follow_through", "plan", "measure", "follow_through"}; !slices.Equal(asks, want) {
		t.Errorf("asked %v, want %v", asks, want)
	}
}

func TestAnEmptyBounceBesideAPartSaysNothing(t *testing.T) {
	def, _ := workflow.Standard()
	both := answers()[role.ReturnsUnderstanding]
	both.Bounce = &role.Bounce{}
	if s := give(t, def, workflow.State{}, raw(t, both)); len(s.Accepted) != 1 || s.Accepted[0].Output.Bounce != nil {
		t.Errorf("an answer with an empty bounce leads to %+v", s)
	}
}

func TestNearTheLimitOfCallsADraftIsFinishedAsItIs(t *testing.T) {
	def, _ := workflow.Standard()
	lazy := answers()
	lazy[role.ReturnsHandlingPlan].HandlingPlan.NextUpdateHours = 0
	s := workflow.State{Calls: 6} // the bounce and the repairs took these
	for range def.Steps {
		s = give(t, def, s, raw(t, lazy[asked(t, def, s).Step.Returns]))
	}
	if finish, ok := move(t, def, s).(workflow.Finish); !ok || len(finish.Unmet) != 1 {
		t.Errorf("with two calls left, and three needed to mend the plan, the move is %#v", move(t, def, s))
	}
}

// follow plays a run with random answers and holds it against the promises of the machine.
func follow(t *testing.T, def *workflow.Definition, random *rand.Rand) {
	t.Helper()
	s := workflow.State{}
	good := answers()
	lazy := answers()
	lazy[role.ReturnsHandlingPlan].HandlingPlan.NextUpdateHours = 0
	lazy[role.ReturnsUnderstanding].Understanding.Missing = []role.MissingInfo{{Question: "q", Why: "w"}}
	bounces, sent := 0, map[role.Returns]int{}
	wrong := map[string]int{} // wrong answers to a step in a row
	for moves := 0; ; moves++ {
		if moves > 3*workflow.MaxCalls {
			t.Fatal("the run does not end")
		}
		s = stored(t, s)
		switch m := move(t, def, s).(type) {
		case workflow.Ask:
			if slices.ContainsFunc(s.Accepted, func(a workflow.Accepted) bool { return a.StepID == m.Step.ID }) {
				t.Fatalf("asks for %s, which is accepted", m.Step.ID)
			}
			if s.Calls >= workflow.MaxCalls {
				t.Fatalf("makes call %d", s.Calls+1)
			}
			answer := raw(t, good[m.Step.Returns])
			switch random.IntN(7) {
			case 0:
				answer = []byte("nonsense")
			case 1:
				answer = raw(t, role.Output{Bounce: &role.Bounce{Reason: "r"}})
			case 2:
				answer = raw(t, good[def.Steps[random.IntN(len(def.Steps))].Returns])
			case 3:
				answer = raw(t, lazy[m.Step.Returns])
			}
			before := s
			s = workflow.Accept(def, s, m.Step, answer, "h", role.Context{})
			if s.Calls != before.Calls+1 {
				t.Fatalf("a call is counted %d times", s.Calls-before.Calls)
			}
			if before.Bounced == nil && s.Bounced != nil {
				bounces++
				clear(wrong)
			}
			if len(s.Problems) > 0 {
				if wrong[m.Step.ID]++; wrong[m.Step.ID] > 2 {
					t.Fatalf("%s gets more than one repair turn", m.Step.ID)
				}
			}
		case workflow.Return:
			if sent[m.Step.Returns]++; sent[m.Step.Returns] > 1 {
				t.Fatalf("%s is sent back twice", m.Step.Returns)
			}
			s = workflow.SendBack(def, s, m)
			clear(wrong)
		case workflow.Park:
			if m.Reason == "" || m.StepID == "" {
				t.Fatalf("parks without saying why: %+v", m)
			}
			return
		case workflow.Finish:
			if o := m.Outputs; o.Understanding == nil || o.HandlingPlan == nil || o.Measurement == nil || o.FollowThrough == nil {
				t.Fatalf("finishes without all parts: %+v", m)
			}
			if bounces > 1 || s.Calls > workflow.MaxCalls {
				t.Fatalf("%d bounces, %d calls", bounces, s.Calls)
			}
			return
		}
	}
}

func TestEveryRunEndsWithinItsLimits(t *testing.T) {
	def, _ := workflow.Standard()
	other := otherWorkflow(t)
	for seed := range uint64(600) {
		follow(t, def, rand.New(rand.NewPCG(seed, 1)))
		follow(t, other, rand.New(rand.NewPCG(seed, 2)))
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

func TestAStateIsNeverChangedInPlace(t *testing.T) {
	def, _ := workflow.Standard()
	s := give(t, def, workflow.State{}, raw(t, answers()[role.ReturnsUnderstanding]))
	before := stored(t, s)
	step := asked(t, def, s).Step
	for _, answer := range []string{"nonsense", `{"bounce":{"reason":"r"}}`, string(raw(t, answers()[role.ReturnsHandlingPlan]))} {
		workflow.Accept(def, s, step, []byte(answer), "h", role.Context{})
		workflow.SendBack(def, s, workflow.Return{Step: def.Steps[0], Reason: "r"})
		if !reflect.DeepEqual(stored(t, s), before) {
			t.Fatalf("the answer %s changed the state before it to %+v", answer, s)
		}
	}
}

// A note that is sent back by a role that knows more than the reply's readers may know comes back without its reason.
func TestAReasonThatIsForTheTeamIsNotTold(t *testing.T) {
	def, _ := workflow.Standard()
	for _, forTeam := range []bool{true, false} {
		s := give(t, def, workflow.State{}, raw(t, answers()[role.ReturnsUnderstanding]))
		s = stored(t, workflow.Accept(def, s, def.Steps[1], raw(t, role.Output{Bounce: &role.Bounce{Reason: "You forgot the worker rota-7"}}), "hash", role.Context{ForTeam: forTeam}))
		ask, ok := workflow.Next(def, s, role.Context{}).(workflow.Ask)
		if !ok || ask.Step.ID != def.Steps[0].ID || ask.Reason == "" || strings.Contains(ask.Reason, "rota-7") == forTeam || !strings.Contains(s.Bounced.Reason, "rota-7") {
			t.Errorf("for the team %v: %+v of %+v", forTeam, ask, s.Bounced)
		}
	}
}
