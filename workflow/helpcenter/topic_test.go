package helpcenter

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/oioi-app/oioi/workflow/role"
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

func TestTargets(t *testing.T) {
	const page = "# Guide\n\nIntro.\n\n## Import\n\nFirst.\n\n### CSV\n\nSecond.\n\n## Export\n\nThird.\n"
	targets := func(edits ...role.Edit) []EditTarget { return Targets("docs/a.md", page, edits) }
	for _, c := range []struct {
		edit role.Edit
		want []string
	}{
		{role.Edit{Find: "Intro.", Insert: " More."}, []string{"Guide"}},
		{role.Edit{Find: "Second.", Insert: "Other.", Replace: true}, []string{"Guide", "Import", "CSV"}},
		{role.Edit{Find: "First.", Insert: "\n\nMore."}, []string{"Guide", "Import"}},
		{role.Edit{Insert: "More."}, []string{"Guide", "Export"}},
		{role.Edit{Insert: "\n## `New` part\n\nMore."}, []string{"Guide", "New part"}},
		{role.Edit{Find: "Second.", Insert: "\n\n### XML\n"}, []string{"Guide", "Import", "XML"}},
	} {
		got := targets(c.edit)
		if len(got) != 1 || !reflect.DeepEqual(got[0].Section, c.want) {
			t.Errorf("%+v is about %+v, want %v", c.edit, got, c.want)
		}
	}
	two := targets(role.Edit{Find: "First.", Insert: " x"}, role.Edit{Find: "First.", Insert: " y"}, role.Edit{Find: "Third.", Insert: " z"})
	if len(two) != 2 {
		t.Errorf("two sections are %+v", two)
	}
	same := EditTarget{Page: "docs/a.md", Section: []string{"guide", "import "}}
	if !SameSection(two[0], same) || SameSection(two[1], same) {
		t.Error("the same section is told by the words of its headings")
	}
	if SameSection(two[0], EditTarget{Page: "docs/b.md", Section: two[0].Section}) {
		t.Error("sections of two pages are not the same")
	}
	fresh := Targets("docs/a.md", "", []role.Edit{{Insert: "# A"}})
	if len(fresh) != 1 || !SameSection(fresh[0], two[1]) {
		t.Error("a new page is about all of its sections")
	}
}
