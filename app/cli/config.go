package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/oioi-app/oioi/app/config"
)

type configCommand struct {
	Check  configCheck  `cmd:"" help:"Check a config.yml or a .github/oioi.yml and the files that it names."`
	Schema configSchema `cmd:"" help:"Print the JSON schema of a configuration file, for editors and for CI."`
}

const (
	kindServer     = "server"
	kindRepository = "repository"
)

type configSchema struct {
	Kind string `arg:"" enum:"server,repository" help:"server (config.yml) or repository (.github/oioi.yml)."`
}

func (c *configSchema) Run(p *Process) error {
	schema, err := config.ServerSchema()
	if c.Kind == kindRepository {
		schema, err = config.RepositorySchema()
	}
	p.printf("%s", schema)
	return err
}

type configCheck struct {
	File string `arg:"" help:"The file." placeholder:"FILE"`
	Kind string `help:"Which file it is: server (config.yml) or repository (.github/oioi.yml). Left out: told by its name and keys." enum:"server,repository," default:""`
}

func (c *configCheck) Run(ctx context.Context, p *Process) error {
	data, err := os.ReadFile(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return badInput("there is no file %s", c.File)
	}
	if err != nil {
		return input(err)
	}
	if len(data) > 1<<20 {
		return badInput("%s is larger than 1 MB: this is not a configuration file", c.File)
	}
	if c.Kind == "" {
		if c.Kind, err = kindOf(c.File, data); err != nil {
			return input(err)
		}
	}
	if c.Kind == kindServer {
		return c.server(p, data)
	}
	return c.repository(ctx, p, data)
}

// kindOf tells which of the two files this is: by its keys, else by its name.
func kindOf(name string, data []byte) (string, error) {
	var keys map[string]any
	_ = yaml.Unmarshal(data, &keys) // what is wrong with it is said later
	for _, key := range []string{"server", "github", "store", "model", "log"} {
		if _, ok := keys[key]; ok {
			return kindServer, nil
		}
	}
	if len(keys) > 0 {
		return kindRepository, nil
	}
	switch base := filepath.Base(name); {
	case strings.HasPrefix(base, "oioi."):
		return kindRepository, nil
	case strings.HasPrefix(base, "config."):
		return kindServer, nil
	}
	return "", fmt.Errorf("neither the name nor the keys of %s tell which file it is: say --kind server or --kind repository", name)
}

func (c *configCheck) server(p *Process, data []byte) error {
	server, err := config.ParseServer(c.File, data)
	if err != nil {
		return input(err)
	}
	drafts := server.Model.Provider
	if drafts == "" {
		drafts = "openai with a key or a base URL, else playbook"
	}
	p.printf("%s: OK, the server's configuration\n", c.File)
	p.printf("  listens on   %s\n  GitHub       %s, API %s\n  data         %s\n  drafts       %s\n",
		server.Server.Addr, server.GitHub.WebURL, server.GitHub.APIURL, server.Store.Path, drafts)
	var missing []string
	for _, needed := range []struct {
		there bool
		name  string
	}{
		{server.GitHub.AppID != 0, "GITHUB_APP_ID"},
		{server.GitHub.PrivateKeyFile != "", "GITHUB_APP_PRIVATE_KEY_FILE"},
		{server.GitHub.WebhookSecretFile != "", "GITHUB_APP_WEBHOOK_SECRET_FILE"},
	} {
		if !needed.there {
			missing = append(missing, needed.name)
		}
	}
	if len(missing) > 0 {
		p.printf("  to be set    %s\n", strings.Join(missing, ", "))
	}
	return nil
}

func (c *configCheck) repository(ctx context.Context, p *Process, data []byte) error {
	settings, err := config.Read(ctx, c.File, data, config.Directory(repositoryOf(c.File)))
	if err != nil {
		return err
	}
	if len(settings.Mistakes) > 0 {
		return badInput("%s", strings.Join(settings.Mistakes, "\n"))
	}
	s, rules := settings.Config, settings.Config.Policy
	p.printf("%s: OK, a repository's configuration\n", c.File)
	state := "on new tickets by itself"
	if !s.Enabled {
		state = "on command only"
	}
	p.printf("  works        %s: %s\n", state, triggers(s.Triggers))
	where := s.Docs.Root
	if s.Docs.Repository != "" {
		where += " of " + s.Docs.Repository + ", to read; edits become follow-ups with the patch"
	}
	p.printf("  help center  %s\n", where)
	p.printf("  workflow     %s, %s, %s\n", settings.Definition.ID, plural(len(settings.Definition.Steps), "step"), plural(len(settings.Playbooks), "playbook"))
	p.printf("  policy       %s, %s, %s, %s\n", plural(len(rules.Areas), "area"), plural(len(rules.Escalation), "escalation level"),
		plural(len(rules.ServiceLevels), "service level"), plural(len(rules.Macros), "macro"))
	for _, form := range s.Triggers.Forms {
		known := slices.ContainsFunc(settings.Forms, func(f config.Form) bool { return f.File == form })
		if !known {
			p.printf("  note         there is no %s/%s: no issue counts as a ticket by that form\n", config.FormFolder, form)
		}
	}
	return nil
}

func triggers(t config.Triggers) string {
	if t.All {
		return "every issue"
	}
	var ways []string
	if len(t.Forms) > 0 {
		ways = append(ways, "the form "+strings.Join(t.Forms, ", "))
	}
	if len(t.Labels) > 0 {
		ways = append(ways, "the label "+strings.Join(t.Labels, ", "))
	}
	if len(ways) == 0 {
		return "none"
	}
	return strings.Join(ways, " or ")
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
