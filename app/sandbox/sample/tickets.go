package sample

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// FormPath is where the support form lies in both repositories.
const FormPath = ".github/ISSUE_TEMPLATE/support.yml"

// Ticket is a ticket that is filed with one click.
type Ticket struct {
	// ID is stable and fit for a URL.
	ID    string
	Title string
	// Repository is the name of one of the two repositories, without the owner.
	Repository string
	// Teaser says in one line what this ticket shows.
	Teaser string
	// Author is the login of the person who files it.
	Author string
	// Labels are those that the form adds.
	Labels []string
	// Fields are all fields of the form, in its order, the empty ones too.
	Fields []Field
}

// Body returns the text as GitHub makes it from the filled-in form.
func (t Ticket) Body() string { return Render(t.Fields) }

// Field is one field of a form with its answer.
type Field struct {
	ID, Label string
	// Type is input, textarea, dropdown or checkboxes.
	Type string
	// Render is the language of a textarea that is shown as code, else empty.
	Render string
	// Value is the answer; empty when there is none, and for checkboxes.
	Value string
	// Boxes are the options of checkboxes.
	Boxes []Box
}

// Box is one option of a field of type checkboxes.
type Box struct {
	Label   string
	Checked bool
}

// Render returns the Markdown that GitHub makes of a filled-in issue form: a heading of level three for each field, its
// answer, "_No response_" for an empty one. An answer shown as code is fenced, and its fence stays when it is empty.
func Render(fields []Field) string {
	sections := make([]string, len(fields))
	for i, f := range fields {
		value := strings.TrimSpace(f.Value)
		switch {
		case f.Type == "checkboxes":
			lines := make([]string, len(f.Boxes))
			for j, box := range f.Boxes {
				mark := " "
				if box.Checked {
					mark = "X"
				}
				lines[j] = "- [" + mark + "] " + box.Label
			}
			value = strings.Join(lines, "\n")
		case f.Render != "":
			value = "```" + f.Render + "\n" + strings.TrimRight(f.Value, "\n") + "\n```"
		case value == "":
			value = "_No response_"
		}
		sections[i] = "### " + f.Label + "\n\n" + value
	}
	return strings.Join(sections, "\n\n")
}

// Tickets returns the sample tickets in the order in which a visitor should meet them.
func Tickets() []Ticket {
	var stored []struct {
		ID, Repository, Title, Teaser string
		Fields                        map[string]string
	}
	decode("tickets.yml", &stored)
	tickets := make([]Ticket, len(stored))
	for i, s := range stored {
		tickets[i] = Ticket{
			ID: s.ID, Title: s.Title, Repository: s.Repository, Teaser: s.Teaser, Author: "customer",
			Labels: slices.Clone(forms()[s.Repository].Labels), Fields: answer(s.Repository, s.Fields),
		}
	}
	return tickets
}

// form is what this package needs of a support form: enough to name the fields of an answer.
type form struct {
	Name        string
	Description string
	Labels      []string
	Body        []formItem
}

type formItem struct {
	Type       string
	ID         string
	Attributes struct {
		Label       string
		Description string
		Placeholder string
		Value       string
		Render      string
		Options     []any
	}
	Validations struct{ Required bool }
}

// boxes returns the options of checkboxes, the required ones checked: nobody can file the form without them.
func (i formItem) boxes() []Box {
	var boxes []Box
	for _, option := range i.Attributes.Options {
		o, ok := option.(map[string]any)
		if !ok {
			continue
		}
		label, _ := o["label"].(string)
		required, _ := o["required"].(bool)
		boxes = append(boxes, Box{Label: label, Checked: required})
	}
	return boxes
}

var forms = sync.OnceValue(func() map[string]form {
	all := map[string]form{}
	for _, name := range []string{SupportRepository, ProductRepository} {
		var f form
		decode("repos/"+name+"/"+FormPath, &f)
		all[name] = f
	}
	return all
})

// answer fills in the form of a repository. values is keyed by the id of the field.
func answer(repository string, values map[string]string) []Field {
	f, ok := forms()[repository]
	if !ok {
		panic(fmt.Sprintf("sample: no repository %q; there are %q and %q", repository, SupportRepository, ProductRepository))
	}
	var fields []Field
	used := 0
	for _, item := range f.Body {
		if item.Type == "markdown" {
			continue
		}
		value, given := values[item.ID]
		if given {
			used++
		}
		field := Field{ID: item.ID, Label: item.Attributes.Label, Type: item.Type, Render: item.Attributes.Render, Value: value}
		if item.Type == "checkboxes" {
			field.Boxes = item.boxes()
		}
		fields = append(fields, field)
	}
	if used != len(values) {
		panic(fmt.Sprintf("sample: an answer to the form of %s names a field that the form does not have: %v", repository, values))
	}
	return fields
}
