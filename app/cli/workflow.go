package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/desk"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/ticket"
)

type workflowCommand struct {
	List    workflowList    `cmd:"" help:"List the embedded workflows."`
	Show    workflowShow    `cmd:"" help:"Print an embedded workflow: a start for one of your own."`
	Lint    workflowLint    `cmd:"" help:"Check a workflow file."`
	Compile workflowCompile `cmd:"" help:"Print each role's compiled prompt, with the tokens of its parts."`
}

type workflowList struct{}

func (workflowList) Run(p *Process) error {
	_, roles := workflow.Standard()
	var rows [][]string
	for _, source := range workflow.Embedded() {
		d, err := workflow.Parse(source.Name, source.Data, roles)
		if err != nil {
			return err
		}
		var names []string
		for _, step := range d.Steps {
			names = append(names, roles[step.Role].Title)
		}
		rows = append(rows, []string{d.ID, fmt.Sprint(d.Version), strings.Join(names, ", "), strings.TrimSpace(d.Description)})
	}
	p.printf("%s", table([]column{{"ID", 40}, {"VERSION", 8}, {"STEPS", 22}, {"WHAT IT DOES", 48}}, rows))
	return nil
}

type workflowShow struct {
	ID string `arg:"" help:"The workflow's id, as 'oioi workflow list' shows it."`
}

func (c *workflowShow) Run(p *Process) error {
	var ids []string
	for _, source := range workflow.Embedded() {
		if source.ID == c.ID {
			p.printf("%s", source.Data)
			return nil
		}
		ids = append(ids, source.ID)
	}
	return badInput("there is no embedded workflow %q; there is: %s", c.ID, strings.Join(ids, ", "))
}

type workflowLint struct {
	File string `arg:"" help:"The workflow's YAML file; - reads standard input." placeholder:"FILE"`
}

func (c *workflowLint) Run(p *Process) error {
	data, name, err := p.read(c.File)
	if err != nil {
		return err
	}
	_, roles := workflow.Standard()
	d, err := workflow.Parse(name, data, roles)
	if err != nil {
		return input(err)
	}
	p.printf("%s: OK, workflow %s with %s\n", name, d.ID, plural(len(d.Steps), "step"))
	return nil
}

type workflowCompile struct {
	Ticket     string `arg:"" optional:"" help:"A ticket; with one, the playbooks answer each role so that the next prompt holds its note. - reads standard input." placeholder:"TICKET.md"`
	Docs       string `help:"Folder with the help center's pages." placeholder:"DIR"`
	RepoConfig string `name:"repo-config" help:"A repository's .github/oioi.yml." placeholder:"FILE"`
	Role       string `help:"Only this role, by id." placeholder:"ID"`
	TokensOnly bool   `name:"tokens-only" help:"Only the tables, without the text."`
}

func (c *workflowCompile) Run(ctx context.Context, p *Process) error {
	settings, repository, err := loadSettings(ctx, c.RepoConfig)
	if err != nil {
		return err
	}
	var t ticket.Ticket
	if c.Ticket != "" {
		if t, err = p.readTicket(c.Ticket); err != nil {
			return err
		}
	}
	known := []string{}
	for _, step := range settings.Definition.Steps {
		known = append(known, step.Role)
	}
	if c.Role != "" && !slices.Contains(known, c.Role) {
		return badInput("the workflow %s has no step of the role %q; it has: %s", settings.Definition.ID, c.Role, strings.Join(known, ", "))
	}
	job, err := newJob(ctx, p, jobOptions{Ticket: t, Settings: settings, Repository: repository, Docs: c.Docs, Model: config.Model{Provider: config.ProviderPlaybook}})
	if err != nil {
		return err
	}
	var before workflow.Prompt
	job.asked = func(ask workflow.Ask, q desk.Question) {
		if len(ask.Problems) > 0 {
			return // a repair turn repeats the prompt
		}
		if c.Role == "" || c.Role == ask.Step.Role {
			p.prompt(settings.Roles[ask.Step.Role].Title, q.Request.Prompt, before, c.TokensOnly)
		}
		before = q.Request.Prompt
	}
	if c.Ticket == "" {
		for _, step := range settings.Definition.Steps {
			ask := workflow.Ask{Step: step}
			job.asked(ask, job.engine.Compile(job.run, ask))
		}
		return nil
	}
	if err := job.gather(ctx); err != nil {
		return err
	}
	job.run.Confirmed = true // nothing is sent anywhere
	return job.work(ctx)
}

// prompt prints one role's prompt: the tokens of its parts, and what of it the role before has sent already.
func (p *Process) prompt(title string, prompt, before workflow.Prompt, tokensOnly bool) {
	parts := prompt.Parts()
	shared := sharedParts(parts, before.Parts())
	var rows [][]string
	total, repeated := 0, 0
	for i, part := range parts {
		message, again := "user", ""
		if i < len(prompt.System) {
			message = "system"
		}
		if i < shared {
			again = "as before"
			repeated += part.Tokens
		}
		total += part.Tokens
		rows = append(rows, []string{part.Name, message, fmt.Sprint(part.Tokens), again})
	}
	sum := ""
	if shared > 0 {
		sum = fmt.Sprintf("%d %% as before", repeated*100/max(total, 1))
	}
	rows = append(rows, []string{"total", "", fmt.Sprint(total), sum})
	p.printf("== %s ==\n\n%s\n", title, table([]column{{"PART", 30}, {"MESSAGE", 10}, {"TOKENS", 10}, {"PREFIX", 20}}, rows))
	if tokensOnly {
		return
	}
	for _, part := range parts {
		p.printf("-- %s --\n%s\n\n", part.Name, strings.TrimSpace(part.Text))
	}
}

// sharedParts counts the leading parts that are the same.
func sharedParts(a, b []workflow.Part) int {
	n := 0
	for n < len(a) && n < len(b) && a[n].Text == b[n].Text {
		n++
	}
	return n
}

// read returns a file's content, or standard input for "-", and its name for messages.
func (p *Process) read(name string) (data []byte, shown string, err error) {
	const most = 1 << 20
	from, shown := p.Stdin, "standard input"
	if name != "-" {
		shown = name
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, name, badInput("there is no file %s", name)
		}
		if err != nil {
			return nil, name, input(err)
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	if data, err = io.ReadAll(io.LimitReader(from, most+1)); err != nil {
		return nil, shown, badInput("%s cannot be read: %w", shown, err)
	}
	if len(data) > most {
		return nil, shown, badInput("%s is larger than 1 MB", shown)
	}
	return data, shown, nil
}

func (p *Process) readTicket(name string) (ticket.Ticket, error) {
	data, shown, err := p.read(name)
	if err != nil {
		return ticket.Ticket{}, err
	}
	t, err := ticket.FromMarkdown(shown, data)
	return t, input(err)
}
