package desk

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
)

// reread reads a row as the desk does and returns what it would store of it again.
func reread[T any](data json.RawMessage) (any, error) {
	row, err := decode[T](data)
	if err != nil {
		return nil, err
	}
	var again any
	return again, json.Unmarshal(encode(row), &again)
}

// Rows that earlier versions wrote are read, and nothing of them is lost: a field that was renamed, removed or given another
// type fails here. Each file of testdata/rows was written by one version (see TestWriteRows in package app), and stays.
func TestRowsOfEarlierVersionsAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/rows/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no rows", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var rows map[string][]json.RawMessage
			if err := json.Unmarshal(text, &rows); err != nil {
				t.Fatal(err)
			}
			for kind, read := range map[string]func(json.RawMessage) (any, error){
				"tickets": reread[ticketData], "runs": reread[Run], "effects": reread[effect.Effect], "receipts": reread[effect.Receipt],
				"answers": reread[model.Response], "settings": reread[config.Settings],
			} {
				if len(rows[kind]) == 0 {
					t.Errorf("there are no %s", kind)
				}
				for i, row := range rows[kind] {
					var want any
					if err := json.Unmarshal(row, &want); err != nil {
						t.Fatal(err)
					}
					got, err := read(row)
					if err != nil {
						t.Errorf("%s %d: %v", kind, i, err)
						continue
					}
					for _, what := range notRead(fmt.Sprintf("%s[%d]", kind, i), want, got) {
						t.Error(what)
					}
				}
			}
		})
	}
}

// Before a limit of the plan had a source it was a text, and a run that waits for its approval holds it so.
func TestLimitsThatWereTextsAreRead(t *testing.T) {
	row := `{"shape":1,"place":{"installation_id":1},"state":{"accepted":[{"step_id":"plan","output":{"handling_plan":{"path":"fix","why":"w","limits_applied":["Not promised: dates"],
		"alternatives":[{"text":"t","gain":"g"}]}}}]}}`
	run, err := decode[Run](json.RawMessage(row))
	if err != nil {
		t.Fatal(err)
	}
	if plan := run.State.Outputs().HandlingPlan; plan == nil || len(plan.LimitsApplied) != 1 || plan.LimitsApplied[0].Text != "Not promised: dates" || plan.Alternatives[0].Gain != "g" {
		t.Errorf("the plan is %+v", plan)
	}
	if again := string(encode(run)); !strings.Contains(again, `"limits_applied":["Not promised: dates"]`) {
		t.Errorf("the row is another one once it is stored again: %s", again)
	}
}

// notRead lists what of want is not in got, or is something else there. What is new in got is no loss.
func notRead(path string, want, got any) []string {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %v became %v", path, want, got)}
		}
		var out []string
		for key, value := range want {
			if _, there := have[key]; !there && !empty(value) {
				out = append(out, fmt.Sprintf("%s.%s is not read: it was %v", path, key, value))
			} else if there {
				out = append(out, notRead(path+"."+key, value, have[key])...)
			}
		}
		return out
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			return []string{fmt.Sprintf("%s: %v became %v", path, want, got)}
		}
		var out []string
		for i := range want {
			out = append(out, notRead(fmt.Sprintf("%s[%d]", path, i), want[i], have[i])...)
		}
		return out
	}
	if !reflect.DeepEqual(want, got) {
		return []string{fmt.Sprintf("%s: %v became %v", path, want, got)}
	}
	return nil
}

// empty reports whether a value says nothing, so that leaving it out loses nothing.
func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return v == nil || reflect.ValueOf(v).IsZero()
}

// What a newer version wrote is not guessed at.
func TestRowsOfANewerVersionAreRefused(t *testing.T) {
	_, ticket := decode[ticketData](json.RawMessage(`{"shape":99}`))
	_, published := decode[effect.Effect](json.RawMessage(`{"shape":1,"key":"7/1/comment/draft/1"}`))
	_, answered := decode[model.Response](json.RawMessage(`{"shape":1}`))
	_, receipt := receiptOf(store.Effect{Receipt: json.RawMessage(`{"shape":1,"url":"https://github.example"}`)})
	for _, err := range []error{ticket, published, answered, receipt} {
		if err == nil || !strings.Contains(err.Error(), "start that version") || !permanent(err) {
			t.Errorf("a row of a newer version: %v", err)
		}
	}
}

// What is stored is read in one place, which looks at its shape.
func TestStoredRowsAreReadInOnePlace(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if file != "state.go" && !strings.HasSuffix(file, "_test.go") && strings.Contains(string(text), "json.Unmarshal") {
			t.Errorf("%s reads JSON by itself: use decode, effectOf or receiptOf", file)
		}
	}
}
