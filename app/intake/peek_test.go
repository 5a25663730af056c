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
	word := func(m map[string]any, name string) string { w, _ := m[name].(string); return w }
	p.action, p.ref = word(top, "action"), word(top, "ref")
	p.sender, p.fullName = word(object("sender"), "login"), word(object("repository"), "full_name")
	p.installation, p.app = id(object("installation"), "id"), id(object("installation"), "app_id")
	p.repository, p.issue = id(object("repository"), "id"), int(id(object("issue"), "number"))
	p.issueFrom, p.commentFrom = word(object("issue"), "author_association"), word(object("comment"), "author_association")
	in := func(m map[string]any, name string) map[string]any { o, _ := m[name].(map[string]any); return o }
	_, pull := top["pull_request"]
	p.pullRequest, p.pull.Body = pull || in(object("issue"), "pull_request") != nil, word(object("issue"), "body")
	p.pull.Author = word(in(object("issue"), "user"), "login")
	if pull {
		p.pull.Author = word(in(object("pull_request"), "user"), "login")
	}
	head := in(object("pull_request"), "head")
	p.pull.Branch = word(head, "ref")
	p.pull.Fork = p.pull.Branch != "" && id(in(head, "repo"), "id") != p.repository
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
		`{"pull_request":{"user":{"login":"oioi[bot]"},"head":{"ref":"oioi/a-1","repo":{"id":7}}},"repository":{"id":7,"full_name":"a/b"},"ref":"x"}`,
		`{"issue":{"user":{"login":"bob"},"body":"a\nb","pull_request":null},"n":[1,-0.5e+7,0,true,false,null,{"a":[[]]}],"s":"\u00e4\/\""}`,
		`{"issue":{"pull_request" :  {}}}`, `{"n":01}`, `{"n":1.}`, `{"s":"a`, `{"s":"\x"}`, `{"s":"` + "\x01" + `"}`, `{"a":1,}`, `{"a" 1}`, `{"a":1}x`, `{"a":tru}`, `{1:2}`, "\xff", `{"action":"` + "\xff\xff" + `"}`,
		`{"action":"\ud800","sender":{"login":"\udc00x"}}`, `{}`, ` { "action" : "x" } `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, object := decode(t, body)
		object = object && json.Valid(body)
		got, ok := peek(body)
		if ok != object {
			t.Fatalf("%s\npeek takes it for an object: %t; it is: %t", body, ok, object)
		}
		if ok && got != want {
			t.Errorf("%s\npeek   %+v\ndecode %+v", body, got, want)
		}
	})
}
