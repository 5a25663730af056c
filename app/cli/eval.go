package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/sorting"
	"github.com/oioi-app/oioi/workflow/strictyaml"
	"github.com/oioi-app/oioi/workflow/ticket"
)

type evalCommand struct {
	Docs       string `help:"Folder with the help center's pages." placeholder:"DIR" required:""`
	Questions  string `help:"YAML list of questions: id, title, body, answer (a list of 'path#Heading', best first; empty where no page answers)." placeholder:"FILE" required:""`
	RepoConfig string `name:"repo-config" help:"A repository's .github/oioi.yml." placeholder:"FILE"`
	Misses     bool   `help:"List what went wrong, question by question."`
	Format     string `help:"What to print: text or json." enum:"text,json" default:"text" placeholder:"FORMAT"`
}

// evalQuestion is one ticket with the sections that answer it.
type evalQuestion struct {
	ID     string   `yaml:"id"`
	Title  string   `yaml:"title"`
	Body   string   `yaml:"body"`
	Answer []string `yaml:"answer"`
}

// evaluation counts what became of the questions. A rate is a share of the questions that have an answer, or of those that
// have none.
type evaluation struct {
	Questions    int      `json:"questions"`
	Answerable   int      `json:"answerable"`
	First        int      `json:"hit_at_1"`      // the best passage is of a section that answers
	Third        int      `json:"hit_at_3"`      // one of the best three is
	PlainFirst   int      `json:"fts5_hit_at_1"` // the same of SQLite's full-text index, as it comes
	PlainThird   int      `json:"fts5_hit_at_3"`
	Cited        int      `json:"right_page_cited"`
	WrongPage    int      `json:"wrong_page_cited"`
	Silent       int      `json:"not_answered"`     // a page answers, and the draft asked or escalated instead
	Asked        int      `json:"not_answered_gap"` // of these, follow-up work records the question, so that a person finds the page
	Needless     int      `json:"needless_gap"`     // the draft answers, and follow-up work records the question all the same
	Unanswerable int      `json:"unanswerable"`
	Gap          int      `json:"gap"`       // nothing answers, and follow-up work records the customer's question
	Invented     int      `json:"invention"` // nothing answers, and the draft quotes a page as if it did
	Misses       []string `json:"misses"`
}

func (c *evalCommand) Run(ctx context.Context, p *Process) error {
	settings, repository, err := loadSettings(ctx, c.RepoConfig)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(c.Questions)
	if err != nil {
		return input(err)
	}
	var questions []evalQuestion
	if err := strictyaml.Decode(c.Questions, data, &questions); err != nil {
		return input(err)
	}
	if len(questions) == 0 {
		return badInput("%s holds no questions", c.Questions)
	}
	pages, err := openHelpCenter(ctx, c.Docs, repository)
	if err != nil {
		return err
	}
	plain, err := pages.center.Baseline(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = plain.Close() }()
	out := evaluation{Misses: []string{}}
	for _, q := range questions {
		t := ticket.Ticket{Number: 1, Title: ticket.Text(q.Title), Body: ticket.Text(q.Body), Author: ticket.Person{ID: 1, Login: "customer"}, State: "open"}
		t.Repository.Private = true
		job, err := newJob(ctx, p, jobOptions{Ticket: t, Settings: settings, pages: pages, Model: config.Model{Provider: "playbook"}})
		if err != nil {
			return err
		}
		job.run.Confirmed = true
		if err := job.gather(ctx); err != nil {
			return err
		}
		if err := job.work(ctx); err != nil {
			return fmt.Errorf("%s: %w", q.ID, err)
		}
		found, err := plain.Search(ctx, job.run.Ticket.Words(), 3)
		if err != nil {
			return err
		}
		out.count(q, job.run.Evidence, found, job.finished.Outputs)
	}
	if c.Format == "json" {
		e := json.NewEncoder(p.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(out)
	}
	p.printf("%s", out.text(c.Misses))
	return nil
}

// right reports whether a passage is of one of the sections, "path#Heading"; without a heading the page is enough.
func right(item evidence.Item, answers []string, wholePage bool) bool {
	return slices.ContainsFunc(answers, func(answer string) bool {
		path, heading, _ := strings.Cut(answer, "#")
		if item.Path != path && !strings.HasSuffix(item.Path, "/"+path) {
			return false
		}
		own := item.Title
		if i := strings.LastIndex(own, "› "); i >= 0 {
			own = own[i+len("› "):]
		}
		return wholePage || heading == "" || strings.EqualFold(own, heading)
	})
}

func (e *evaluation) count(q evalQuestion, found evidence.Set, plain []evidence.Item, o role.Outputs) {
	e.Questions++
	var docs, cited []evidence.Item
	for _, item := range found.Items {
		if item.Kind == evidence.Docs {
			docs = append(docs, item)
		}
	}
	sorting.Stable(docs, func(a, b evidence.Item) int { return compareScores(b.Score, a.Score) })
	for _, block := range o.Understanding.Reply {
		for _, citation := range block.Citations {
			if item, ok := found.ByID(citation.Evidence); ok {
				cited = append(cited, item)
			}
		}
	}
	miss := func(what string, at ...evidence.Item) {
		line := fmt.Sprintf("%s: %s: %s", q.ID, what, q.Title)
		for _, item := range at[:min(1, len(at))] {
			line += fmt.Sprintf(" [%s, %s]", item.Path, item.Title)
		}
		if len(q.Answer) > 0 {
			line += " (want " + q.Answer[0] + ")"
		}
		e.Misses = append(e.Misses, line)
	}
	if len(q.Answer) == 0 {
		e.Unanswerable++
		if len(cited) > 0 {
			e.Invented++
			miss("quotes a page, and none answers", cited...)
		}
		if role.Recorded(*o.FollowThrough, q.Title+"\n"+q.Body) {
			e.Gap++
		} else if len(cited) == 0 {
			miss("no follow-up records the question, path " + string(o.HandlingPlan.Path) + ", " + string(o.Understanding.Category))
		}
		return
	}
	e.Answerable++
	recorded := slices.ContainsFunc(o.FollowThrough.FollowUps, func(up role.FollowUp) bool { return up.Kind == "docs" })
	switch {
	case recorded && len(cited) > 0:
		e.Needless++
		miss("a docs follow-up for a question that is answered", cited...)
	case recorded:
		e.Asked++
	}
	answers := func(item evidence.Item) bool { return right(item, q.Answer, false) }
	hit(slices.IndexFunc(docs, answers), &e.First, &e.Third)
	hit(slices.IndexFunc(plain, answers), &e.PlainFirst, &e.PlainThird)
	switch {
	case len(cited) == 0:
		e.Silent++
		miss("not answered, "+string(o.Understanding.Category), docs...)
	case slices.ContainsFunc(cited, func(item evidence.Item) bool { return right(item, q.Answer, true) }):
		e.Cited++
	default:
		e.WrongPage++
		miss("another page is cited", cited...)
	}
}

// hit counts a place among what was found, -1 where it is not there.
func hit(rank int, first, third *int) {
	if rank == 0 {
		*first++
	}
	if rank >= 0 && rank < 3 {
		*third++
	}
}

func compareScores(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (e evaluation) text(misses bool) string {
	share := func(n, of int) string {
		if of == 0 {
			return "none"
		}
		return fmt.Sprintf("%d of %d, %.0f %%", n, of, 100*float64(n)/float64(of))
	}
	out := table([]column{{"MEASURE", 60}, {"RESULT", 30}}, [][]string{
		{"The best passage answers (hit at 1)", share(e.First, e.Answerable)},
		{"- by SQLite's FTS5 alone, as it comes", share(e.PlainFirst, e.Answerable)},
		{"One of the best three answers (hit at 3)", share(e.Third, e.Answerable)},
		{"- by SQLite's FTS5 alone, as it comes", share(e.PlainThird, e.Answerable)},
		{"Answered with the right page cited", share(e.Cited, e.Answerable)},
		{"Answered from another page", share(e.WrongPage, e.Answerable)},
		{"Not answered though a page answers", share(e.Silent, e.Answerable)},
		{"- of these, a follow-up asks for the page", share(e.Asked, e.Silent)},
		{"Answered, and a follow-up asks for a page all the same", share(e.Needless, e.Answerable)},
		{"No page answers, and a follow-up records the question", share(e.Gap, e.Unanswerable)},
		{"No page answers, and the draft quotes one all the same", share(e.Invented, e.Unanswerable)},
	})
	if misses {
		out += "\n" + strings.Join(e.Misses, "\n") + "\n"
	}
	return out
}
