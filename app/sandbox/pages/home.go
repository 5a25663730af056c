package pages

import (
	"net/http"
	"sync"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
	"github.com/oioi-app/oioi/workflow/sorting"
)

type homeData struct {
	Repos   []homeRepo
	Samples []sample.Ticket
	Filed   []*forge.Issue // what the visitor filed and is open, newest first
}

type homeRepo struct {
	Repo *forge.Repo
	Open int
}

// tickets are the sample tickets, which are read only once.
var tickets = sync.OnceValue(sample.Tickets)

// filedAtMost is how many of the visitor's own tickets the first page shows.
const filedAtMost = 5

func (p *pages) home(w http.ResponseWriter, _ *http.Request, v *view) error {
	v.Title = "OiOi sandbox"
	data := homeData{Samples: tickets()}
	for _, repo := range p.Forge.ListRepos(forge.As(v.User)) {
		open, err := p.Forge.ListIssues(forge.As(v.User), repo.FullName(), forge.IssueFilter{Kind: "issue"})
		if err != nil {
			return err
		}
		data.Repos = append(data.Repos, homeRepo{repo, len(open)})
		for _, issue := range open {
			if issue.Author == v.User {
				data.Filed = append(data.Filed, issue)
			}
		}
	}
	sorting.Stable(data.Filed, func(a, b *forge.Issue) int { return b.CreatedAt.Compare(a.CreatedAt) })
	data.Filed = data.Filed[:min(filedAtMost, len(data.Filed))]
	v.Data = data
	return p.show(w, v, "home")
}

func (p *pages) fileSample(w http.ResponseWriter, r *http.Request, _ *view) error {
	for _, t := range tickets() {
		if t.ID == r.PathValue("id") {
			return p.fileIssue(w, r, sample.Owner+"/"+t.Repository, t.Author, t.Title, t.Body(), t.Labels)
		}
	}
	return forge.ErrNotFound
}

// fileIssue files an issue as the form does: the author writes it, the form sets its labels.
func (p *pages) fileIssue(w http.ResponseWriter, r *http.Request, repo, author, title, body string, labels []string) error {
	issue, err := p.Forge.CreateIssue(forge.As(author), repo, forge.IssueInput{Title: title, Body: body, FormLabels: labels})
	if err != nil {
		return err
	}
	become(w, author)
	http.Redirect(w, r, "/"+issue.Ref.Repo+"/issues/"+itoa(issue.Ref.Number), http.StatusSeeOther)
	return nil
}
