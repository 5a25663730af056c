package config

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/strictyaml"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// RepositoryFile is where a repository keeps its configuration.
const RepositoryFile = ".github/oioi.yml"

// Files reads a repository's files. found is false where there is no such file.
type Files interface {
	File(ctx context.Context, name string) (content []byte, found bool, err error)
	// Folder lists the files of a folder, with their paths; a missing folder has none.
	Folder(ctx context.Context, name string) ([]string, error)
}

// Settings are a repository's configuration with everything that it refers to, read and checked. A part with a mistake
// is replaced by its default, and the mistake is in Mistakes.
type Settings struct {
	Config     Repository               `json:"config"`
	Definition *workflow.Definition     `json:"definition"`
	Roles      map[string]workflow.Role `json:"roles"`
	Playbooks  []policy.Playbook        `json:"playbooks"`
	Forms      []Form                   `json:"forms,omitempty"`
	Mistakes   []string                 `json:"mistakes,omitempty"` // file:line:column: what is wrong and what is allowed
}

// Form is what OiOi needs to know of an issue form to recognise an issue made with it.
type Form struct {
	File     string   `json:"file"`
	Headings []string `json:"headings"` // of the fields that always appear in the body
	Labels   []string `json:"labels"`
}

// DefaultSettings is what holds for a repository that has no configuration.
func DefaultSettings() Settings {
	definition, roles := workflow.Standard()
	return Settings{Config: DefaultRepository(), Definition: definition, Roles: roles, Playbooks: policy.EmbeddedPlaybooks()}
}

// Load reads a repository's configuration. The fallback, which may be nil, is the owner's .github repository; it is
// asked where files has no .github/oioi.yml. An error means that a file could not be read, not that it has a mistake.
func Load(ctx context.Context, files, fallback Files) (Settings, error) {
	out := DefaultSettings()
	data, found, err := files.File(ctx, RepositoryFile)
	if err == nil && !found && fallback != nil {
		if data, found, err = fallback.File(ctx, RepositoryFile); found {
			files = fallback
		}
	}
	if err != nil {
		return out, err
	}
	if found {
		config, err := ParseRepository(RepositoryFile, data)
		if err != nil {
			out.mistake(err)
		} else {
			out.Config = config
		}
	}
	for _, part := range []func(context.Context, Files) error{out.loadWorkflow, out.loadPlaybooks, out.loadMacros, out.loadForms} {
		if err := part(ctx, files); err != nil {
			return out, err
		}
	}
	return out, nil
}

// ParseRepository decodes a .github/oioi.yml strictly, over the defaults.
func ParseRepository(name string, data []byte) (Repository, error) {
	out := DefaultRepository()
	if err := strictyaml.Decode(name, data, &out); err != nil {
		return DefaultRepository(), err
	}
	if err := out.check(name); err != nil {
		return DefaultRepository(), err
	}
	return out, nil
}

func (r Repository) check(name string) error {
	var problems []string
	add := func(format string, args ...any) { problems = append(problems, name+": "+fmt.Sprintf(format, args...)) }
	if r.Prompt.WarnAboveTokens < 1000 {
		add("prompt.warn_above_tokens is %d; allowed: 1000 or more (default 24000)", r.Prompt.WarnAboveTokens)
	}
	if r.FollowUps.Max < 0 || r.FollowUps.Max > 2 {
		add("follow_ups.max is %d; allowed: 0, 1 or 2", r.FollowUps.Max)
	}
	if len(strings.TrimSpace(r.Labels.Prefix)) < 2 {
		add("labels.prefix is %q; it needs at least two characters, so that OiOi's labels cannot be taken for yours (default \"oioi:\")", r.Labels.Prefix)
	}
	_, roles := workflow.Standard()
	for id := range r.Roles {
		if _, known := roles[id]; !known && r.Workflow == "" {
			add("roles.%s is no role of the workflow; allowed: %s", id, strings.Join(sortedKeys(roles), ", "))
		}
	}
	for key, value := range map[string]string{"docs.root": r.Docs.Root, "workflow": r.Workflow, "playbooks": r.Playbooks} {
		if value != "" && (path.IsAbs(value) || path.Clean(value) != value || strings.HasPrefix(value, "..")) {
			add("%s is %q; write a path relative to the top of the repository, without .. and without a slash at the end", key, value)
		}
	}
	if err := r.Policy.Validate(); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			add("policy: %s", line)
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s", strings.Join(problems, "\n"))
	}
	return nil
}

func (s *Settings) mistake(err error) {
	s.Mistakes = append(s.Mistakes, strings.Split(strings.TrimSpace(err.Error()), "\n")...)
}

func (s *Settings) loadWorkflow(ctx context.Context, files Files) error {
	name := s.Config.Workflow
	if name == "" {
		return nil
	}
	data, found, err := files.File(ctx, name)
	if err != nil {
		return err
	}
	if !found {
		s.mistake(fmt.Errorf("%s: workflow: there is no file %s", RepositoryFile, name))
		return nil
	}
	definition, err := workflow.Parse(name, data, s.Roles)
	if err != nil {
		s.mistake(err)
		return nil
	}
	s.Definition = definition
	return nil
}

func (s *Settings) loadPlaybooks(ctx context.Context, files Files) error {
	if s.Config.Playbooks == "" {
		return nil
	}
	names, err := files.Folder(ctx, s.Config.Playbooks)
	if err != nil {
		return err
	}
	var own []policy.Playbook
	for _, name := range names {
		if ext := path.Ext(name); ext != ".yml" && ext != ".yaml" {
			continue
		}
		data, found, err := files.File(ctx, name)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		playbook, err := policy.ParsePlaybook(name, data)
		if err != nil {
			s.mistake(err)
			continue
		}
		own = append(own, playbook)
	}
	s.Playbooks = policy.MergePlaybooks(s.Playbooks, own)
	return nil
}

func (s *Settings) loadMacros(ctx context.Context, files Files) error {
	for i, macro := range s.Config.Policy.Macros {
		data, found, err := files.File(ctx, macro.File)
		if err != nil {
			return err
		}
		if !found {
			s.mistake(fmt.Errorf("%s: policy.macros: there is no file %s", RepositoryFile, macro.File))
			continue
		}
		s.Config.Policy.Macros[i].Text = string(data)
	}
	return nil
}

// formFile is the part of a GitHub issue form that says how its issues look.
// https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
type formFile struct {
	Labels any `yaml:"labels"`
	Body   []struct {
		Type       string `yaml:"type"`
		Attributes struct {
			Label string `yaml:"label"`
		} `yaml:"attributes"`
	} `yaml:"body"`
}

func (s *Settings) loadForms(ctx context.Context, files Files) error {
	for _, name := range s.Config.Triggers.Forms {
		full := path.Join(".github/ISSUE_TEMPLATE", name)
		data, found, err := files.File(ctx, full)
		if err != nil {
			return err
		}
		if !found {
			continue // the labels may do
		}
		form, err := parseForm(name, data)
		if err != nil {
			s.mistake(fmt.Errorf("%s: %w", full, err))
			continue
		}
		s.Forms = append(s.Forms, form)
	}
	return nil
}

// Counts reports whether the issue is a ticket that OiOi works on by itself.
func (s Settings) Counts(t ticket.Ticket) bool {
	if s.Config.Triggers.All {
		return true
	}
	for _, label := range s.Config.Triggers.Labels {
		if t.HasLabel(label) {
			return true
		}
	}
	form := ticket.ParseForm(t.Body.Raw())
	for _, f := range s.Forms {
		if f.made(form) {
			return true
		}
	}
	return false
}

// made reports whether every heading of the form is in the body. GitHub writes a heading for each field, filled or not.
func (f Form) made(body ticket.Form) bool {
	if len(f.Headings) == 0 {
		return false
	}
	for _, heading := range f.Headings {
		if !body.Has(heading) {
			return false
		}
	}
	return true
}
