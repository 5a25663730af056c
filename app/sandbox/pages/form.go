package pages

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

// form is a GitHub issue form.
// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
type form struct {
	File        string      `yaml:"-"`
	Name        string      `yaml:"name"`
	Description string      `yaml:"description"`
	Title       string      `yaml:"title"`
	Labels      []string    `yaml:"labels"`
	Body        []formField `yaml:"body"`
}

type formField struct {
	Type       string `yaml:"type"`
	ID         string `yaml:"id"`
	Attributes struct {
		Label       string `yaml:"label"`
		Description string `yaml:"description"`
		Placeholder string `yaml:"placeholder"`
		Value       string `yaml:"value"`
		Render      string `yaml:"render"`
		Options     []any  `yaml:"options"`
	} `yaml:"attributes"`
	Validations struct {
		Required bool `yaml:"required"`
	} `yaml:"validations"`

	Answer string   `yaml:"-"` // what the visitor wrote, when the form is shown again
	Ticked []string `yaml:"-"`
	Wrong  string   `yaml:"-"`
}

// option is one choice of a dropdown or of checkboxes.
type option struct {
	Label    string
	Required bool
}

// Choices returns the options of a dropdown or of checkboxes.
func (f formField) Choices() []option {
	var out []option
	for _, o := range f.Attributes.Options {
		if m, ok := o.(map[string]any); ok {
			label, _ := m["label"].(string)
			required, _ := m["required"].(bool)
			out = append(out, option{label, required})
		} else {
			out = append(out, option{Label: fmt.Sprint(o)})
		}
	}
	return out
}

// Has reports whether a choice is ticked.
func (f formField) Has(label string) bool { return slices.Contains(f.Ticked, label) }

const formFolder = ".github/ISSUE_TEMPLATE"

// forms reads the repository's issue forms.
func (p *pages) forms(user, repo string) ([]form, error) {
	entries, err := p.Forge.Tree(forge.As(user), repo, "", formFolder, false)
	if errors.Is(err, forge.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []form
	for _, e := range entries {
		if ext := path.Ext(e.Path); (ext != ".yml" && ext != ".yaml") || path.Base(e.Path) == "config.yml" {
			continue
		}
		data, err := p.Forge.ReadFile(forge.As(user), repo, "", e.Path)
		if err != nil {
			return nil, err
		}
		var f form
		if err := yaml.Unmarshal(data, &f); err != nil {
			continue // GitHub too leaves out a form that it cannot read
		}
		f.File = path.Base(e.Path)
		for i := range f.Body {
			f.Body[i].Answer = f.Body[i].Attributes.Value
		}
		out = append(out, f)
	}
	return out, nil
}

type newIssueData struct {
	Forms []form
	Form  *form
	Blank bool
	Title string
	Body  string
}

func (p *pages) newIssue(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Title, v.Tab = "New issue · "+v.Repo.FullName(), "issues"
	forms, err := p.forms(v.User, v.Repo.FullName())
	if err != nil {
		return err
	}
	data := newIssueData{Forms: forms, Blank: len(forms) == 0 || r.URL.Query().Get("template") == "blank"}
	for i := range forms {
		if forms[i].File == r.URL.Query().Get("template") {
			data.Form, data.Title = &forms[i], forms[i].Title
		}
	}
	v.Data = data
	return p.show(w, v, "new")
}

func (p *pages) createIssue(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	title := r.FormValue("title")
	forms, err := p.forms(v.User, v.Repo.FullName())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(forms, func(f form) bool { return f.File == r.FormValue("template") })
	if at < 0 {
		return p.fileIssue(w, r, v.Repo.FullName(), v.User, title, r.FormValue("body"), nil)
	}
	f := &forms[at]
	fields, ok := f.read(r)
	if strings.TrimSpace(title) == "" || !ok {
		v.Title, v.Tab, v.Status = "New issue · "+v.Repo.FullName(), "issues", http.StatusUnprocessableEntity
		v.Problem = "Please fill in the title and the fields that are marked."
		v.Data = newIssueData{Forms: forms, Form: f, Title: title}
		return p.show(w, v, "new")
	}
	return p.fileIssue(w, r, v.Repo.FullName(), v.User, title, sample.Render(fields), f.Labels)
}

// read takes the visitor's answers into the form; ok is false where a required one is missing.
func (f *form) read(r *http.Request) (fields []sample.Field, ok bool) {
	ok = true
	for i := range f.Body {
		field := &f.Body[i]
		if field.Type == "markdown" {
			continue
		}
		out := sample.Field{ID: field.ID, Label: field.Attributes.Label, Type: field.Type, Render: field.Attributes.Render}
		if field.Type == "checkboxes" {
			field.Ticked = r.Form["field-"+field.ID]
			for _, choice := range field.Choices() {
				out.Boxes = append(out.Boxes, sample.Box{Label: choice.Label, Checked: field.Has(choice.Label)})
				if choice.Required && !field.Has(choice.Label) {
					field.Wrong, ok = "Please tick this box.", false
				}
			}
		} else {
			field.Answer = strings.ReplaceAll(r.FormValue("field-"+field.ID), "\r\n", "\n")
			out.Value = field.Answer
			if field.Validations.Required && strings.TrimSpace(field.Answer) == "" {
				field.Wrong, ok = "Please fill in this field.", false
			}
		}
		fields = append(fields, out)
	}
	return fields, ok
}
