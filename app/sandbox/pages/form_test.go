package pages

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/sample"
)

// allTypes has each type of field and each attribute that GitHub documents for them.
const allTypes = `
name: Everything
description: All there is
title: "[All] "
labels: support, bug
body:
  - type: markdown
    attributes: {value: "Read **this**, see #1"}
  - type: input
    id: version
    attributes: {label: Version, description: Which one?, placeholder: v1, value: v2}
  - type: textarea
    id: happened
    attributes: {label: What happened?}
    validations: {required: true}
  - type: textarea
    id: log
    attributes: {label: Log, render: shell}
  - type: dropdown
    id: area
    attributes: {label: Area, options: [API, Mobile, 42], default: 1}
    validations: {required: true}
  - type: dropdown
    id: systems
    attributes: {label: Systems, multiple: true, options: [Linux, macOS, Windows]}
  - type: dropdown
    attributes: {label: No id, options: ["yes", "no"]}
  - type: checkboxes
    id: terms
    attributes:
      label: Before you submit
      options:
        - {label: I searched, required: true}
        - {label: You may write to me}
`

func posted(values url.Values) *form {
	f, err := readForm("all.yml", []byte(allTypes))
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_ = r.ParseForm()
	fields, ok := f.read(r)
	f.Description = sample.Render(fields)
	if !ok {
		f.Description = ""
	}
	return &f
}

func TestAFilledFormBecomesGitHubsText(t *testing.T) {
	f := posted(url.Values{"field-version": {"v2.4.1"}, "field-happened": {"It\r\nbroke"}, "field-log": {"panic: x\r\n"}, "field-area": {"API"},
		"field-systems": {"Windows", "Linux"}, "field-6": {"no"}, "field-terms": {"I searched"}})
	want := "### Version\n\nv2.4.1\n\n### What happened?\n\nIt\nbroke\n\n### Log\n\n```shell\npanic: x\n```\n\n### Area\n\nAPI\n\n### Systems\n\nWindows, Linux\n\n" +
		"### No id\n\nno\n\n### Before you submit\n\n- [X] I searched\n- [ ] You may write to me"
	if f.Description != want {
		t.Errorf("the text is\n%s\nwant\n%s", f.Description, want)
	}
	if strings.Join(f.Labels, "|") != "support|bug" || f.Title != "[All] " {
		t.Errorf("labels %q, title %q", f.Labels, f.Title)
	}
	f = posted(url.Values{"field-happened": {"x"}, "field-area": {"42"}, "field-terms": {"I searched"}})
	if want := "### Version\n\n_No response_\n\n### What happened?\n\nx\n\n### Log\n\n```shell\n\n```\n\n### Area\n\n42\n\n### Systems\n\n_No response_"; !strings.HasPrefix(f.Description, want) {
		t.Errorf("the text without the optional answers is\n%s", f.Description)
	}
}

func TestAFormSaysWhatIsMissing(t *testing.T) {
	full := url.Values{"field-happened": {"x"}, "field-area": {"API"}, "field-terms": {"I searched"}}
	for name, c := range map[string]struct {
		id, value, says string
	}{
		"an empty text":               {"happened", "", "Please fill in this field."},
		"only white space":            {"happened", " \r\n\t", "Please fill in this field."},
		"nothing chosen":              {"area", "", "Please choose one."},
		"a choice that is not there":  {"area", "Moon", "Please choose one."},
		"a box that has to be ticked": {"terms", "", "Please tick “I searched”."},
	} {
		values := url.Values{}
		for k, v := range full {
			values[k] = v
		}
		values.Set("field-"+c.id, c.value)
		f := posted(values)
		if f.Description != "" {
			t.Errorf("%s: the form was taken", name)
		}
		for _, field := range f.Body {
			if want := map[bool]string{true: c.says}[field.ID == c.id]; field.Wrong != want || field.Focus != (want != "") {
				t.Errorf("%s: the field %s says %q (focus %v), want %q", name, field.ID, field.Wrong, field.Focus, want)
			}
		}
	}
	f := posted(url.Values{})
	focused := 0
	for _, field := range f.Body {
		if field.Focus {
			focused++
		}
	}
	if focused != 1 {
		t.Errorf("%d fields want the focus", focused)
	}
}

func TestAFormStartsWithItsOwnValues(t *testing.T) {
	f, err := readForm("all.yml", []byte(allTypes))
	if err != nil {
		t.Fatal(err)
	}
	if f.Body[1].Answer != "v2" || !f.Body[4].Has("Mobile") || f.Body[4].Has("API") {
		t.Errorf("version %q, area %q", f.Body[1].Answer, f.Body[4].Picked)
	}
	for name, broken := range map[string]string{"no YAML": "name: [", "no name": "body: [{type: input}]", "no fields": "name: x", "a list": "- x"} {
		if _, err := readForm("x.yml", []byte(broken)); err == nil {
			t.Errorf("%s is taken for a form", name)
		}
	}
}

// The sample's own forms and tickets: what a visitor files with one click is what the form would have made.
func TestSampleTicketsAreWhatTheFormMakes(t *testing.T) {
	for _, repo := range sample.Repositories() {
		tree, err := repo.Tree("http://127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		for _, ticket := range sample.Tickets() {
			if ticket.Repository != repo.Name {
				continue
			}
			f, err := readForm("support.yml", tree[sample.FormPath])
			if err != nil {
				t.Fatal(err)
			}
			values := url.Values{}
			for _, field := range ticket.Fields {
				if field.Value != "" {
					values.Set("field-"+field.ID, field.Value)
				}
				for _, box := range field.Boxes {
					if box.Checked {
						values.Add("field-"+field.ID, box.Label)
					}
				}
			}
			r := httptest.NewRequest("POST", "/", strings.NewReader(values.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if err := r.ParseForm(); err != nil {
				t.Fatal(err)
			}
			fields, ok := f.read(r)
			if got := sample.Render(fields); !ok || got != ticket.Body() {
				t.Errorf("%s: the form (taken: %v) makes\n%s\nthe sample is\n%s", ticket.ID, ok, got, ticket.Body())
			}
		}
	}
}

func FuzzReadForm(f *testing.F) {
	f.Add(allTypes)
	f.Add("name: x\nbody: [{type: dropdown, attributes: {options: [{}, null, 1.5], default: -1}}]")
	f.Add("name: x\nlabels: [a, {b: c}]\nbody: [{}]")
	f.Fuzz(func(t *testing.T, source string) {
		form, err := readForm("x.yml", []byte(source))
		if err != nil {
			return
		}
		r := httptest.NewRequest("POST", "/", nil)
		r.Form = url.Values{}
		for i := range form.Body {
			form.Body[i].Choices()
			r.Form.Set(form.Body[i].Name, "x")
		}
		form.read(r)
	})
}
