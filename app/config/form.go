package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// Form is what OiOi needs to know of an issue form to recognise an issue made with it.
type Form struct {
	File     string   `json:"file"`
	Headings []string `json:"headings"` // of the fields that always appear in the body
	Labels   []string `json:"labels"`
}

// formFile is the part of a GitHub issue form that says how its issues look. The rest is GitHub's, and not checked here.
// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
type formFile struct {
	Labels any `yaml:"labels"` // a list, or one string with commas
	Body   []struct {
		Type       string `yaml:"type"`
		Attributes struct {
			Label string `yaml:"label"`
		} `yaml:"attributes"`
	} `yaml:"body"`
}

// parseForm reads an issue form.
func parseForm(name string, data []byte) (Form, error) {
	var file formFile
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			position := at.GetToken().Position
			return Form{}, fmt.Errorf("%d:%d: %s", position.Line, position.Column, at.GetMessage())
		}
		return Form{}, fmt.Errorf(" %w", err)
	}
	form := Form{File: name, Labels: formLabels(file.Labels)}
	for _, element := range file.Body {
		// GitHub writes a heading for each field, filled or not; "markdown" is text for the form only.
		if label := strings.TrimSpace(element.Attributes.Label); element.Type != "markdown" && label != "" {
			form.Headings = append(form.Headings, label)
		}
	}
	if len(form.Headings) == 0 {
		return Form{}, errors.New(" the form has no field with a label, so an issue made with it cannot be recognised")
	}
	return form, nil
}

func formLabels(v any) []string {
	var out []string
	switch labels := v.(type) {
	case string:
		for label := range strings.SplitSeq(labels, ",") {
			if label = strings.TrimSpace(label); label != "" {
				out = append(out, label)
			}
		}
	case []any:
		for _, label := range labels {
			out = append(out, fmt.Sprint(label))
		}
	}
	return out
}

// made reports whether every heading of the form is in the body.
func (f Form) made(body ticket.Form) bool {
	for _, heading := range f.Headings {
		if !body.Has(heading) {
			return false
		}
	}
	return len(f.Headings) > 0
}
