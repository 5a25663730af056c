package ticket_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestFormsAreReadAsGitHubWritesThem(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want ticket.Form
	}{
		"a whole form": {"### What happened?\n\nIt broke.\nTwice.\n\n### Version\n\n2.4\n\n### Logs\n\n_No response_\n",
			ticket.Form{Fields: []ticket.Field{{"What happened?", "It broke.\nTwice."}, {"Version", "2.4"}, {"Logs", ""}}}},
		"CRLF": {"### Area\r\n\r\nBilling\r\n\r\n### More\r\n\r\na\r\nb", ticket.Form{Fields: []ticket.Field{{"Area", "Billing"}, {"More", "a\nb"}}}},
		"a rendered field": {"### Logs\n\n```Shell\n$ make\n# not a heading\n### nor this\n```\n\n### Version\n\n1",
			ticket.Form{Fields: []ticket.Field{{"Logs", "$ make\n# not a heading\n### nor this"}, {"Version", "1"}}}},
		"a rendered field without an answer":   {"### Logs\n\n```Shell\n\n```\n\n### Version\n\n_No response_", ticket.Form{Fields: []ticket.Field{{"Logs", ""}, {"Version", ""}}}},
		"a rendered field that is quite empty": {"### Logs\n\n```shell\n```\n\n### Version\n\n1", ticket.Form{Fields: []ticket.Field{{"Logs", ""}, {"Version", "1"}}}},
		"a fence within an answer stays":       {"### What?\n\nI ran\n```\nx\n```\nand it broke", ticket.Form{Fields: []ticket.Field{{"What?", "I ran\n```\nx\n```\nand it broke"}}}},
		"two fences in an answer stay":         {"### What?\n\n```\na\n```\nand\n```\nb\n```", ticket.Form{Fields: []ticket.Field{{"What?", "```\na\n```\nand\n```\nb\n```"}}}},
		"check boxes":                          {"### Before you submit\n\n- [X] I read the docs\n- [ ] I agree", ticket.Form{Fields: []ticket.Field{{"Before you submit", "- [X] I read the docs\n- [ ] I agree"}}}},
		"free text":                            {"It broke.\n\n## Details\n\n#### more", ticket.Form{Free: "It broke.\n\n## Details\n\n#### more"}},
		"text before":                          {"Hello\n\n### A\n\nb", ticket.Form{Free: "Hello", Fields: []ticket.Field{{"A", "b"}}}},
		"nothing":                              {"", ticket.Form{}},
		"a fence that is never closed hides the headings after it, as on the page": {"### A\n\n```\nx\n### B\n\ny", ticket.Form{Fields: []ticket.Field{{"A", "```\nx\n### B\n\ny"}}}},
		"a heading in a fence of tildes":                                           {"### A\n\n~~~\n### B\n~~~\n\n### C\n\nd", ticket.Form{Fields: []ticket.Field{{"A", "### B"}, {"C", "d"}}}},
		"a heading in a longer fence":                                              {"### A\n\nx\n````\n```\n### B\n```\n````\n\n### C\n\nd", ticket.Form{Fields: []ticket.Field{{"A", "x\n````\n```\n### B\n```\n````"}, {"C", "d"}}}},
	} {
		if got := ticket.ParseForm(c.body); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestFieldsAreFoundByTheirLabel(t *testing.T) {
	form := ticket.ParseForm("### Version of the app\n\n_No response_\n\n### version you use\n\n2.4\n\n### Area\n\nBilling")
	if got := form.Get("Version"); got != "2.4" {
		t.Errorf("the version is %q; the first filled answer whose label begins so is wanted", got)
	}
	if got := form.Get("nothing", "area"); got != "Billing" {
		t.Errorf("the area is %q", got)
	}
	if got := form.Get("nothing"); got != "" {
		t.Errorf("a field that is not there says %q", got)
	}
	if !form.Has("version of the app") || form.Has("version") {
		t.Error("Has is about the whole label, answered or not")
	}
}

func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{"### A\n\nb\n", "### A\r\n\r\n```Shell\r\nx\r\n```\r\n", "```\n### A", "### \n###\n### A", "~~~~\n```\n~~~~", "### A\n\n_No response_", "### A\n\n```\n```", "### A\n\n``` `\nx\n```", "\x00### \xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		form := ticket.ParseForm(body)
		plain := strings.ReplaceAll(body, "\r\n", "\n")
		for _, field := range append(form.Fields, ticket.Field{Value: form.Free}) {
			if !strings.Contains(plain, field.Value) || !strings.Contains(plain, field.Label) {
				t.Errorf("the field %q says %q, which nobody wrote in %q", field.Label, field.Value, body)
			}
		}
	})
}
