package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/store"
)

// TestWriteRows writes what this version stores of a few tickets into the file that OIOI_WRITE_ROWS names. Do so for each
// release, as app/desk/testdata/rows/VERSION.json: later versions are held to it.
func TestWriteRows(t *testing.T) {
	file := os.Getenv("OIOI_WRITE_ROWS")
	if file == "" {
		t.Skip("OIOI_WRITE_ROWS names no file")
	}
	rows := map[string]map[string]json.RawMessage{"tickets": {}, "runs": {}, "effects": {}, "receipts": {}, "answers": {}, "settings": {}}
	for _, way := range []struct {
		sample, repo, config string
		words                []string
	}{
		{chaosTicket, "tallypost/support", "", []string{"/oioi send", "/oioi rerun shorter, please", "/oioi hold"}},
		{"empty-pdf", "tallypost/support", "mode: approve\n", []string{"/oioi approve all", "/oioi assign @jo-lindqvist"}},
		{"public-holidays", "tallypost/tallypost", insideConfig, nil},
		{"rotate-token", "tallypost/support", "prompt: {warn_above_tokens: 100}\n", nil},
	} {
		w := newTown(t, townOptions{})
		if way.config != "" {
			w.commit(way.repo, ".github/oioi.yml", way.config)
		}
		ref := w.sample(way.sample)
		w.rest(ref)
		for _, words := range way.words {
			w.ahead.Add(5 * 60 * 1e9)
			w.check(w.comment("maintainer", ref, words))
			w.rest(ref)
		}
		w.rows(way.sample, ref, rows)
	}
	out := map[string][]json.RawMessage{}
	for kind, found := range rows {
		for _, key := range slices.Sorted(maps.Keys(found)) {
			out[kind] = append(out[kind], found[key])
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// rows adds what is stored of a ticket: itself, its runs, and of the rest one of each kind.
func (w *town) rows(sample string, ref forge.Ref, in map[string]map[string]json.RawMessage) {
	w.t.Helper()
	ctx := w.t.Context()
	w.check(w.oioi.Store.View(ctx, func(r store.Reader) error {
		row := w.row(ref)
		in["tickets"][sample] = row.Data
		runs, err := r.Runs(ctx, row.Key)
		if err != nil {
			return err
		}
		for _, run := range runs {
			in["runs"][sample+run.Status] = run.Data
			settings, err := r.Value(ctx, run.Keeps)
			if err != nil {
				return err
			}
			in["settings"][sample] = fewPlaybooks(w.t, settings)
		}
		outbox, err := r.Effects(ctx, row.Key)
		if err != nil {
			return err
		}
		for _, e := range outbox {
			kind := gjson.GetBytes(e.Data, "kind").Str
			if kind == "comment" && gjson.GetBytes(e.Data, "comment.approval").Exists() {
				kind = "reply"
			}
			in["effects"][kind] = e.Data
			if len(e.Receipt) > 0 {
				in["receipts"][kind] = e.Receipt
			}
		}
		answers, err := r.Answers(ctx, row.Key)
		for i, a := range answers {
			in["answers"][fmt.Sprint(i%4)] = a.Data
		}
		return err
	}))
}

// fewPlaybooks leaves out most of the playbooks, which are alike and large.
func fewPlaybooks(t testing.TB, settings string) json.RawMessage {
	t.Helper()
	var all map[string]json.RawMessage
	var playbooks []json.RawMessage
	err := json.Unmarshal([]byte(settings), &all)
	if err = errors.Join(err, json.Unmarshal(all["playbooks"], &playbooks)); err != nil || len(playbooks) < 2 {
		t.Fatal(len(playbooks), err)
	}
	few, err := json.Marshal(playbooks[:2])
	if err != nil {
		t.Fatal(err)
	}
	all["playbooks"] = few
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
