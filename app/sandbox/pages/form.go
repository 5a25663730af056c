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
	Labels      labelList   `yaml:"labels"`
	Body        []formField `yaml:"body"`
}

// labelList is a list of labels, or a text with commas between them.
type labelList []string

// UnmarshalYAML reads either form.
func (l *labelList) UnmarshalYAML(data []byte) error {
	var text string
	if err := yaml.Unmarshal(data, &text); err == nil {
		for name := range strings.SplitSeq(text, ",") {
			if name = strings.TrimSpace(name); name != "" {
				*l = append(*l, name)
			}
		}
		return nil
	}
	return yaml.Unmarshal(data, (*[]string)(l))
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
		Multiple    bool   `yaml:"multiple"`
		Default     *int   `yaml:"default"` // of a dropdown: the option's place, from 0
		Options     []any  `yaml:"options"`
	} `yaml:"attributes"`
	Validations struct {
		Required bool `yaml:"required"`
	} `yaml:"validations"`

	Name   string   `yaml:"-"` // of the field in the page
	Answer string   `yaml:"-"` // what the visitor wrote, when the form is shown again
	Picked []string `yaml:"-"` // the same for a dropdown or checkboxes
	Wrong  string   `yaml:"-"` // what to do about it
	Focus  bool     `yaml:"-"` // the first that is wrong
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

// Has reports whether a choice is picked.
func (f formField) Has(label string) bool { return slices.Contains(f.Picked, label) }

// chooser is the file that says what is offered beside the forms.
type chooser struct {
	Blank    *bool `yaml:"blank_issues_enabled"` // default true
	Contacts []struct {
		Name  string `yaml:"name"`
		URL   string `yaml:"url"`
		About string `yaml:"about"`
	} `yaml:"contact_links"`
}

const formFolder = ".github/ISSUE_TEMPLATE"

// forms reads the repository's issue forms and what is offered beside them.
func (p *pages) forms(user, repo string) ([]form, chooser, error) {
	var beside chooser
	entries, err := p.Forge.Tree(forge.As(user), repo, "", formFolder, false)
	if errors.Is(err, forge.ErrNotFound) {
		return nil, beside, nil
	}
	if err != nil {
		return nil, beside, err
	}
	var out []form
	for _, e := range entries {
		if ext := path.Ext(e.Path); ext != ".yml" && ext != ".yaml" {
			continue
		}
		data, err := p.Forge.ReadFile(forge.As(user), repo, "", e.Path)
		if err != nil {
			return nil, beside, err
		}
		if base := path.Base(e.Path); base == "config.yml" || base == "config.yaml" {
			if err := yaml.Unmarshal(data, &beside); err != nil {
				beside = chooser{}
			}
			continue
		}
		f, err := readForm(path.Base(e.Path), data)
		if err != nil {
			p.Log.Warn("an issue form cannot be read and is left out, as on GitHub", "repository", repo, "file", e.Path, "error", err)
			continue
		}
		out = append(out, f)
	}
	return out, beside, nil
}

func readForm(file string, data []byte) (form, error) {
	var f form
	if err := yaml.Unmarshal(data, &f); err != nil {
		return f, err
	}
	if f.Name == "" || len(f.Body) == 0 {
		return f, errors.New("a form needs a name and a body")
	}
	f.File = file
	for i := range f.Body {
		field := &f.Body[i]
		field.Name = fmt.Sprintf("field-%d", i) // an id is optional
		if field.ID != "" {
			field.Name = "field-" + field.ID
		}
		field.Answer = field.Attributes.Value
		if choices, at := field.Choices(), field.Attributes.Default; at != nil && *at >= 0 && *at < len(choices) {
			field.Picked = []string{choices[*at].Label}
		}
	}
	return f, nil
}

type newIssueData struct {
	Forms   []form
	Chooser chooser
	Form    *form
	Blank   bool // the form without fields is shown
	Offer   bool // it may be chosen
	Title   string
	Body    string
}

func (p *pages) newIssue(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Title, v.Tab = "New issue · "+v.Repo.FullName(), "issues"
	forms, beside, err := p.forms(v.User, v.Repo.FullName())
	if err != nil {
		return err
	}
	permission, err := p.Forge.PermissionOf(v.Repo.FullName(), v.User)
	if err != nil {
		return err
	}
	data := newIssueData{Forms: forms, Chooser: beside, Blank: len(forms) == 0 || r.URL.Query().Get("template") == "blank",
		Offer: beside.Blank == nil || *beside.Blank || permission.AtLeast(forge.Write)}
	for i := range forms {
		if forms[i].File == r.URL.Query().Get("template") {
			data.Form, data.Title = &forms[i], forms[i].Title
		}
	}
	v.Data = data
	return p.show(w, v, "new")
}

func (p *pages) createIssue(w http.ResponseWriter, r *http.Request, v *view) error {
	title := r.FormValue("title")
	forms, _, err := p.forms(v.User, v.Repo.FullName())
	if err != nil {
		return err
	}
	data := newIssueData{Blank: true, Title: title, Body: text(r)}
	body, ok := data.Body, true
	var labels []string
	if at := slices.IndexFunc(forms, func(f form) bool { return f.File == r.FormValue("template") }); at >= 0 {
		data.Form = &forms[at]
		var fields []sample.Field
		fields, ok = data.Form.read(r)
		body, labels = sample.Render(fields), data.Form.Labels
	}
	if ok && strings.TrimSpace(title) != "" {
		err := p.fileIssue(w, r, v.Repo.FullName(), v.User, title, body, labels)
		var refusal *forge.Error
		if !errors.As(err, &refusal) || refusal.Status != http.StatusUnprocessableEntity {
			return err
		}
		v.Problem = kindly(refusal)
	} else {
		v.Problem = "Nothing is lost: please fill in the title and the fields that are marked, then submit again."
	}
	v.Title, v.Tab, v.Status, v.Data = "New issue · "+v.Repo.FullName(), "issues", http.StatusUnprocessableEntity, data
	v.Back = r.URL.Path
	return p.show(w, v, "new")
}

// read takes the visitor's answers into the form; ok is false where a required one is missing.
func (f *form) read(r *http.Request) (fields []sample.Field, ok bool) {
	ok = true
	wrong := func(field *formField, what string) {
		field.Wrong, field.Focus, ok = what, ok, false
	}
	for i := range f.Body {
		field := &f.Body[i]
		if field.Type == "markdown" {
			continue
		}
		out := sample.Field{ID: field.ID, Label: field.Attributes.Label, Type: field.Type, Render: field.Attributes.Render}
		switch field.Type {
		case "checkboxes":
			field.Picked = r.Form[field.Name]
			for _, choice := range field.Choices() {
				out.Boxes = append(out.Boxes, sample.Box{Label: choice.Label, Checked: field.Has(choice.Label)})
				if choice.Required && !field.Has(choice.Label) && field.Wrong == "" {
					wrong(field, "Please tick “"+choice.Label+"”.")
				}
			}
		case "dropdown":
			field.Picked = slices.DeleteFunc(slices.Clone(r.Form[field.Name]), func(s string) bool {
				return !slices.ContainsFunc(field.Choices(), func(o option) bool { return o.Label == s })
			})
			if !field.Attributes.Multiple {
				field.Picked = field.Picked[:min(1, len(field.Picked))]
			}
			out.Value = strings.Join(field.Picked, ", ")
			if field.Validations.Required && out.Value == "" {
				wrong(field, "Please choose one.")
			}
		default:
			field.Answer = strings.ReplaceAll(r.FormValue(field.Name), "\r\n", "\n")
			out.Value = field.Answer
			if field.Validations.Required && strings.TrimSpace(field.Answer) == "" {
				wrong(field, "Please fill in this field.")
			}
		}
		fields = append(fields, out)
	}
	return fields, ok
}
