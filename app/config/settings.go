package config

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// RepositoryFile is where a repository keeps its configuration.
const RepositoryFile = ".github/oioi.yml"

// FormFolder is where GitHub looks for issue forms.
const FormFolder = ".github/ISSUE_TEMPLATE"

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
	// Read names the exact content of all files that a Loader made the settings from; "" for settings made otherwise.
	Read string `json:"-"`
}

// DefaultSettings is what holds for a repository that has no configuration.
func DefaultSettings() Settings {
	definition, roles := workflow.Standard()
	return Settings{Config: DefaultRepository(), Definition: definition, Roles: roles, Playbooks: policy.EmbeddedPlaybooks()}
}

// Load reads a repository's configuration. The fallback, which may be nil, is the owner's .github repository; it is
// asked where files has no .github/oioi.yml. An error means that a file could not be read, not that it has a mistake.
func Load(ctx context.Context, files, fallback Files) (Settings, error) {
	data, found, err := files.File(ctx, RepositoryFile)
	if err != nil {
		return DefaultSettings(), err
	}
	source := files // of the configuration and what it names
	if !found && fallback != nil {
		if data, found, err = fallback.File(ctx, RepositoryFile); err != nil {
			return DefaultSettings(), err
		}
		if found {
			source = fallback
		}
	}
	// The forms are the repository's own, or the owner's as GitHub offers them where it has none.
	forms := []Files{files}
	if fallback != nil {
		forms = append(forms, fallback)
	}
	return read(ctx, RepositoryFile, data, source, forms)
}

// Read checks the content of a repository's configuration, whatever its file is called, with the files that it names.
func Read(ctx context.Context, name string, data []byte, files Files) (Settings, error) {
	return read(ctx, name, data, files, []Files{files})
}

func read(ctx context.Context, name string, data []byte, files Files, forms []Files) (Settings, error) {
	r := reader{files: files, forms: forms, places: placesOf(name, data), out: DefaultSettings()}
	config, err := parseAgain(name, data)
	if err != nil {
		r.mistake(err)
	}
	r.out.Config = config
	for _, part := range []func(context.Context) error{r.workflow, r.playbooks, r.macros, r.issueForms, r.draft} {
		if err := part(ctx); err != nil {
			return r.out, err
		}
	}
	return r.out, nil
}

// reader reads what one configuration refers to.
type reader struct {
	files  Files
	forms  []Files
	places places
	out    Settings
}

func (r *reader) mistake(err error) {
	r.out.Mistakes = append(r.out.Mistakes, strings.Split(strings.TrimSpace(err.Error()), "\n")...)
}

func (r *reader) absent(key, what, name string) {
	r.mistake(fmt.Errorf("%s: %s names %s, and there is no such %s", r.places.of(key), key, name, what))
}

// draft notes what no key says alone.
func (r *reader) draft(context.Context) error {
	if d := r.out.Config.Draft; d.Destination == Internal && d.Repository == "" {
		r.mistake(fmt.Errorf("%s: draft.repository is missing: with the destination internal, name the private repository, for example acme/support-internal", r.places.of("draft.destination")))
	}
	return nil
}

func (r *reader) workflow(ctx context.Context) error {
	name := r.out.Config.Workflow
	if name == "" {
		return nil
	}
	data, found, err := r.files.File(ctx, name)
	if err != nil {
		return err
	}
	if !found {
		r.absent("workflow", "file", name)
		return nil
	}
	definition, err := workflow.Parse(name, data, r.out.Roles)
	if err != nil {
		r.mistake(err)
		return nil
	}
	r.out.Definition = definition
	return nil
}

func (r *reader) playbooks(ctx context.Context) error {
	folder := r.out.Config.Playbooks
	if folder == "" {
		return nil
	}
	names, err := r.files.Folder(ctx, folder)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(slices.Sorted(slices.Values(names)), func(name string) bool { return path.Ext(name) != ".yml" && path.Ext(name) != ".yaml" })
	if len(names) == 0 {
		r.absent("playbooks", "folder with .yml files", folder)
		return nil
	}
	var own []policy.Playbook
	for _, name := range names {
		data, found, err := r.files.File(ctx, name)
		if err != nil {
			return err
		}
		if !found {
			continue // removed since the folder was listed
		}
		playbook, err := policy.ParsePlaybook(name, data)
		if err != nil {
			r.mistake(err)
			continue
		}
		own = append(own, playbook)
	}
	r.out.Playbooks = policy.MergePlaybooks(r.out.Playbooks, own)
	return nil
}

func (r *reader) macros(ctx context.Context) error {
	r.out.Config.Policy.Macros = slices.Clone(r.out.Config.Policy.Macros) // what was parsed may be shared
	for i, macro := range r.out.Config.Policy.Macros {
		data, found, err := r.files.File(ctx, macro.File)
		if err != nil {
			return err
		}
		if !found {
			r.absent(fmt.Sprintf("policy.macros[%d].file", i), "file", macro.File)
			continue
		}
		r.out.Config.Policy.Macros[i].Text = macroText(data)
	}
	return nil
}

// macroText is the macro without the front matter that other tools keep there.
func macroText(data []byte) string {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	if head, ok := bytes.CutPrefix(data, []byte("---\n")); ok {
		if _, rest, closed := bytes.Cut(head, []byte("\n---\n")); closed {
			data = rest
		}
	}
	return strings.TrimSpace(string(data))
}

func (r *reader) issueForms(ctx context.Context) error {
	for _, name := range r.out.Config.Triggers.Forms {
		full := path.Join(FormFolder, name)
		for _, files := range r.forms {
			data, found, err := files.File(ctx, full)
			if err != nil {
				return err
			}
			if !found {
				continue // without any, the labels may do
			}
			form, err := parseForm(name, data)
			if err != nil {
				r.mistake(fmt.Errorf("%s:%w", full, err))
				break
			}
			r.out.Forms = append(r.out.Forms, form)
			break
		}
	}
	return nil
}

// Counts reports whether the issue is a ticket that OiOi works on by itself.
func (s Settings) Counts(t ticket.Ticket) bool {
	if s.Config.Triggers.All || slices.ContainsFunc(s.Config.Triggers.Labels, t.HasLabel) {
		return true
	}
	form := ticket.ParseForm(t.Body.Raw())
	return slices.ContainsFunc(s.Forms, func(f Form) bool { return f.made(form) })
}

func sortedKeys[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
