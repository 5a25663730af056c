package helpcenter

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestTopic(t *testing.T) {
	for question, want := range map[string]string{
		"How do I reset my password?":                        "reset-password",
		"how can I RESET   the password??":                   "reset-password",
		"What's new in 2.0?":                                 "new-2-0",
		"Größe der Anhänge ändern":                           "grosse-der-anhange-andern",
		"Why? How?":                                          "why-how",
		"Webhook returns 401 webhook, since the key rotated": "webhook-returns-401-since-key-rotated",
	} {
		if got := Topic(question); got != want {
			t.Errorf("%q is %q, want %q", question, got, want)
		}
	}
	a, b := Topic("パスワードを変更するには?"), Topic("請求書はどこですか")
	if a == b || a != Topic("パスワードを変更するには？") {
		t.Errorf("questions in Japanese are %q and %q", a, b)
	}
}

func FuzzTopic(f *testing.F) {
	f.Add("How do I reset my password?")
	f.Add("日本語 x")
	form := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	f.Fuzz(func(t *testing.T, question string) {
		if got := Topic(question); !form.MatchString(got) || len(got) > topicBytes {
			t.Errorf("%q is %q", question, got)
		}
	})
}

func TestTouched(t *testing.T) {
	const page = "# Guide\n\nIntro.\n\n## Import\n\nFirst.\n\n### CSV\n\nSecond.\n\n## Export\n\nThird.\n"
	touched := func(pairs ...string) []Section {
		return Touched("docs/a.md", page, strings.NewReplacer(pairs...).Replace(page))
	}
	for _, c := range []struct {
		from, to string
		want     []string
		added    bool
	}{
		{"Intro.", "Intro. More.", []string{"Guide"}, false},
		{"Second.", "Other.", []string{"Guide", "Import", "CSV"}, false},
		{"First.\n", "First.\n\nMore.\n", []string{"Guide", "Import"}, false},
		{"Third.\n", "Third.\n\nMore.\n", []string{"Guide", "Export"}, false},
		{"Third.\n", "", []string{"Guide", "Export"}, false},
		{"Third.\n", "Third.\n\n## `New` part\n\nMore.\n", []string{"Guide", "New part"}, true},
		{"Second.\n", "Second.\n\n### XML\n", []string{"Guide", "Import", "XML"}, true},
	} {
		got := touched(c.from, c.to)
		if len(got) != 1 || !reflect.DeepEqual(got[0].Headings, c.want) || got[0].New != c.added {
			t.Errorf("%q to %q touches %+v, want %v", c.from, c.to, got, c.want)
		}
	}
	two := touched("First.", "First. x", "Third.", "Third. z")
	if len(two) != 2 {
		t.Fatalf("two sections are %+v", two)
	}
	same := Section{Page: "docs/a.md", Headings: []string{"guide", "import "}}
	if !SameSection(two[0], same) || SameSection(two[1], same) {
		t.Error("the same section is told by the words of its headings")
	}
	if SameSection(two[0], Section{Page: "docs/b.md", Headings: two[0].Headings}) {
		t.Error("sections of two pages are not the same")
	}
	if whole := Touched("docs/a.md", "", page); len(whole) != 1 || !SameSection(whole[0], two[1]) {
		t.Error("a new page is about all of its sections")
	}
	asks := func(question string) Section {
		return touched("Third.\n", "Third.\n\n## "+question+"\n\nIt is so.\n")[0]
	}
	if !SameSection(asks("Which addresses must our firewall allow for SFTP?"), asks("Firewall addresses for SFTP")) {
		t.Error("two new sections that answer one question are not the same")
	}
	if SameSection(asks("Which addresses must our firewall allow for SFTP?"), asks("Which key does SFTP use?")) {
		t.Error("new sections about two questions are the same")
	}
}
