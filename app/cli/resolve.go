package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/oioi-app/oioi/app/config"
)

type resolveCommand struct {
	Ticket     string `arg:"" help:"The ticket: an issue-form body, or free text with a '# title'. - reads standard input." placeholder:"TICKET.md"`
	Docs       string `help:"Folder with the help center's pages (Markdown)." placeholder:"DIR"`
	RepoConfig string `name:"repo-config" help:"A repository's .github/oioi.yml; the files that it names are read beside it." placeholder:"FILE"`
	Model      string `help:"Who drafts: playbook or openai. Left out: openai where OPENAI_API_KEY or OPENAI_BASE_URL is set, else playbook." enum:"playbook,openai," default:"" placeholder:"WHO"`
	Format     string `help:"What to print: text, markdown or json. Left out: text, or with --out the names of the files." enum:"text,markdown,json," default:"" placeholder:"FORMAT"`
	Out        string `help:"Folder for reply.md, plan.md, checks.md, follow-ups, docs.patch (for 'git apply') and draft.md." placeholder:"DIR"`
	Public     bool   `help:"Draft as for a public tracker: only what the customer may read."`
	Yes        bool   `help:"Go on with an unusually long prompt."`
	Quiet      bool   `short:"q" help:"No progress on standard error."`
}

func (c *resolveCommand) Run(ctx context.Context, p *Process) error {
	settings, repository, err := loadSettings(ctx, c.RepoConfig)
	if err != nil {
		return err
	}
	t, err := p.readTicket(c.Ticket)
	if err != nil {
		return err
	}
	t.Repository.Private = !c.Public
	drafts, err := c.model(p)
	if err != nil {
		return err
	}
	job, err := newJob(ctx, p, jobOptions{Ticket: t, Settings: settings, Repository: repository, Docs: c.Docs, Model: drafts, Progress: !c.Quiet})
	if err != nil {
		return err
	}
	job.run.Confirmed = c.Yes
	if err := job.gather(ctx); err != nil {
		return err
	}
	if err := job.work(ctx); err != nil {
		return err
	}
	result, err := job.result(ctx)
	if err != nil {
		return err
	}
	return c.print(p, result)
}

func (c *resolveCommand) model(p *Process) (config.Model, error) {
	env := p.Env
	if c.Model != "" {
		env = func(name string) (string, bool) {
			if name == "OIOI_MODEL_PROVIDER" {
				return c.Model, true
			}
			return p.Env(name)
		}
	}
	m, warnings, err := config.LoadModel("", env)
	for _, warning := range warnings {
		p.tell("oioi: %s\n", warning)
	}
	return m, input(err)
}

func (c *resolveCommand) print(p *Process, r result) error {
	if c.Out != "" {
		files, err := r.writeFiles(c.Out)
		if err != nil {
			return err
		}
		if c.Format == "" {
			for _, name := range files {
				p.printf("%s\n", name)
			}
			return nil
		}
	}
	switch c.Format {
	case "json":
		return r.writeJSON(p.Stdout)
	case "markdown":
		p.printf("%s", r.markdown())
	default:
		p.printf("%s", r.text())
	}
	return nil
}

// loadSettings reads a repository's configuration with the files that it names, and says which folder the repository is.
// Without a file the defaults hold, and there is no repository.
func loadSettings(ctx context.Context, file string) (settings config.Settings, repository string, err error) {
	if file == "" {
		return config.DefaultSettings(), "", nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return settings, "", badInput("there is no file %s", file)
	}
	if err != nil {
		return settings, "", input(err)
	}
	repository = repositoryOf(file)
	if settings, err = config.Read(ctx, file, data, config.Directory(repository)); err != nil {
		return settings, "", err
	}
	if len(settings.Mistakes) > 0 {
		return settings, "", badInput("%s", strings.Join(settings.Mistakes, "\n"))
	}
	return settings, repository, nil
}

// repositoryOf returns the top of the repository that a .github/oioi.yml belongs to: the files that it names are relative to it.
func repositoryOf(file string) string {
	if absolute, err := filepath.Abs(file); err == nil {
		file = absolute
	}
	return filepath.Dir(filepath.Dir(file))
}
