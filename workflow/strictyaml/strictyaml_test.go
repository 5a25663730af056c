package strictyaml_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/strictyaml"
)

type inner struct {
	Name string            `yaml:"name"`
	Wait policy.Duration   `yaml:"wait"`
	More map[string]string `yaml:"more"`
}

type outer struct {
	Title  string  `yaml:"title"`
	Count  int     `yaml:"count"`
	Size   float64 `yaml:"size"`
	On     bool    `yaml:"on"`
	Inner  inner   `yaml:"inner"`
	Inners []inner `yaml:"inners"`
	Maybe  *inner  `yaml:"maybe"`
	Hidden string  `yaml:"-"`
	Shared `yaml:",inline"`
}

type Shared struct {
	Owner string `yaml:"owner"`
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	got := outer{Size: 3, Hidden: "stays"}
	err := strictyaml.Decode("f.yml", []byte("title: x\ncount: 2\non: true\ninner:\n  name: a\n  wait: 90m\n  more: {k: v}\ninners:\n  - name: b\nmaybe: {name: c}\nowner: me\n"), &got)
	want := outer{Title: "x", Count: 2, Size: 3, On: true, Inner: inner{Name: "a", Wait: policy.Duration(90 * 60 * 1e9), More: map[string]string{"k": "v"}}, Inners: []inner{{Name: "b"}}, Maybe: &inner{Name: "c"},
		Hidden: "stays", Shared: Shared{Owner: "me"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v, want %+v", got, err, want)
	}
}

func TestWhatIsNotWrittenStays(t *testing.T) {
	for _, in := range []string{"", "\n\n", "# only a comment\n", "---\n", "count: 5\n"} {
		got := outer{Title: "stays"}
		if err := strictyaml.Decode("f.yml", []byte(in), &got); err != nil || got.Title != "stays" {
			t.Errorf("%q leaves %+v, %v", in, got, err)
		}
	}
}

func TestMistakesAreToldInPlainWords(t *testing.T) {
	for in, want := range map[string]string{
		"titel: x":                            `f.yml:1:1: unknown key "titel" (did you mean "title"?); allowed: count, inner, inners, maybe, on, owner, size, title`,
		"Hidden: x":                           `f.yml:1:1: unknown key "Hidden"; allowed: count, inner, inners, maybe, on, owner, size, title`,
		"inners:\n  - name: a\n    nme: b":    `f.yml:3:5: unknown key "nme" (did you mean "name"?); allowed: more, name, wait`,
		"maybe:\n  x: 1":                      `f.yml:2:3: unknown key "x"; allowed: more, name, wait`,
		"count: many":                         `f.yml:1:8: must be a whole number`,
		"title: 2.10":                         `f.yml:1:8: must be a text, and 2.10 is none; write it in quotes: "2.10"`,
		"title: true":                         `f.yml:1:8: must be a text, and true is none; write it in quotes: "true"`,
		"count: 1.5":                          `f.yml:1:8: 1.5 is not a whole number`,
		"count: [1]":                          `f.yml:1:8: must be a whole number`,
		"size: big":                           `f.yml:1:7: must be a number`,
		"on: yes please":                      `f.yml:1:5: must be true or false`,
		"title: [a]":                          `f.yml:1:8: must be a text`,
		"title: {a: b}":                       `f.yml:1:9: must be a text`,
		"inner: text":                         `f.yml:1:8: must be keys with their values`,
		"inner:\n  more: [a]":                 `f.yml:2:9: must be keys with their values`,
		"inners: {name: a}":                   `f.yml:1:10: must be a list, such as [one, two]`,
		"inners:\n  - text":                   `f.yml:2:5: must be keys with their values`,
		"inner:\n  wait: soon":                `f.yml:2:9: "soon" is not a duration`,
		"inner:\n  wait: -1h":                 `f.yml:2:9: "-1h" is not a duration`,
		"inner:\n  wait: {h: 1}":              `f.yml:2:10: must be a text`,
		"title: a\ntitle: b":                  `f.yml:2:1: `,
		"inner: &a\n  name: x\nmaybe: *a":     `f.yml:1:8: anchors and aliases are not allowed here`,
		"inner:\n  <<: {name: x}":             `f.yml:2:3: merge keys are not allowed here`,
		"title: a\n---\ntitle: b":             `f.yml:3:1: there is a second document; allowed is one`,
		"title: 'a":                           `f.yml:1:8: `,
		"a: 1\nb: 2\ninner:\n  c: 3\n":        "f.yml:1:1: unknown key \"a\"; allowed: count, inner, inners, maybe, on, owner, size, title\nf.yml:2:1: unknown key \"b\"; allowed: count, inner, inners, maybe, on, owner, size, title\nf.yml:4:3: unknown key \"c\"",
		"- a":                                 `f.yml:1:1: must be keys with their values`,
		"just text":                           `f.yml:1:1: must be keys with their values`,
		strings.Repeat("#", 1<<20) + "\na: b": `f.yml: the file has 1048581 bytes; allowed are at most 1048576`,
	} {
		err := strictyaml.Decode("f.yml", []byte(in), new(outer))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q gives\n%v\nwant\n%s", in, err, want)
		}
	}
}

func TestPositionFindsWhatAPathNames(t *testing.T) {
	data := []byte("a: 1\nsteps:\n  - id: x\n    role: y\n  - id: z\n")
	for _, c := range []struct {
		path         []any
		line, column int
	}{
		{[]any{"a"}, 1, 4}, {[]any{"steps", 0, "role"}, 4, 11}, {[]any{"steps", 1}, 5, 5}, {[]any{"steps", 1, "role"}, 5, 5}, {[]any{"nothing"}, 1, 1}, {nil, 1, 1},
	} {
		if line, column := strictyaml.Position(data, c.path...); line != c.line || column != c.column {
			t.Errorf("%v is at %d:%d, want %d:%d", c.path, line, column, c.line, c.column)
		}
	}
	if line, column := strictyaml.Position([]byte("a: ["), "a"); line != 0 || column != 0 {
		t.Errorf("a broken file has a place %d:%d", line, column)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"title: x\ncount: 2\n", "inners:\n  - name: a\n    more: {k: v}\n", "a: &b [*b]", "? x\n: y", "title: |\n  a\n  b\n", "{", "- - -", "\xff", "%YAML 1.2\n---\n", "inner: !!str {name: x}", "<<: *a", "title: \"\\u0000\"", "a:\r\n\tb", "inner:\n  wait: 1h"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := strictyaml.Decode("f.yml", data, new(outer))
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 1
		var p strictyaml.Problem
		if errors.As(err, &p) && (p.Line < 0 || p.Line > lines || p.File != "f.yml" || p.Message == "") {
			t.Errorf("the place of %+v is not in the file of %d lines", p, lines)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "f.yml") {
			t.Errorf("the error does not name the file: %v", err)
		}
		strictyaml.Position(data, "inners", 0, "name")
	})
}
