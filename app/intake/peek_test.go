package intake

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// decode is peek by the standard library.
func decode(t testing.TB, body []byte) (p peeked, ok bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return p, false
	}
	top, ok := v.(map[string]any)
	if !ok {
		return p, false
	}
	object := func(name string) map[string]any { m, _ := top[name].(map[string]any); return m }
	id := func(m map[string]any, name string) int64 {
		n, ok := m[name].(json.Number)
		if !ok || strings.ContainsAny(n.String(), ".eE") {
			return 0
		}
		i, err := n.Int64()
		if err != nil {
			return 0
		}
		return i
	}
	p.action, _ = top["action"].(string)
	p.sender, _ = object("sender")["login"].(string)
	p.installation, p.app = id(object("installation"), "id"), id(object("installation"), "app_id")
	p.repository, p.issue = id(object("repository"), "id"), int(id(object("issue"), "number"))
	p.issueFrom, _ = object("issue")["author_association"].(string)
	p.commentFrom, _ = object("comment")["author_association"].(string)
	_, p.pullRequest = object("issue")["pull_request"].(map[string]any)
	return p, true
}

// FuzzPeek holds peek to the standard library's reading: a payload must not look like one ticket here and like another
// to the handler that decodes it.
func FuzzPeek(f *testing.F) {
	for _, seed := range []string{
		`{"action":"opened","issue":{"number":12,"pull_request":{}},"repository":{"id":7},"installation":{"id":3,"app_id":9},"sender":{"login":"ada"}}`,
		`{"action":"a","action":"b","issue":{"number":1,"number":2},"issue":{"number":3}}`,
		`{"\u0061ction":"\u00fc\ud83d\ude00","issue":[{"number":1}],"repository":"id","installation":7}`,
		`{"issue":{"number":1e3},"repository":{"id":1.5},"installation":{"id":99999999999999999999},"sender":null}`,
		`{"issue":{"labels":[{"number":5}],"user":{"number":6}},"repository":{"owner":{"id":4}}}`,
		`{"comment":{"author_association":"MEMBER"},"issue":{"author_association":"NONE","number":3}}`,
		`{"comment":{"author_association":"MEMBER"},"comment":7,"issue":{"author_association":"NONE"},"issue":{}}`,
		`{"action":"\ud800","sender":{"login":"\udc00x"}}`, `{}`, ` { "action" : "x" } `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, ok := decode(t, body)
		if !ok || !json.Valid(body) { // the front lets only objects through
			return
		}
		got := peek(body)
		if bytes.ContainsRune(body, '\\') || strings.ToValidUTF8(string(body), "") != string(body) {
			// Broken escapes and broken UTF-8 are mended differently; names with them are never ours.
			got.action, want.action, got.sender, want.sender = "", "", "", ""
			got.issueFrom, want.issueFrom, got.commentFrom, want.commentFrom = "", "", "", ""
		}
		if got != want {
			t.Errorf("%s\npeek   %+v\ndecode %+v", body, got, want)
		}
	})
}
