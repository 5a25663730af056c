package pages

import (
	"net/http"
	"strconv"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

func (p *pages) issues(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.list(w, r, v, "issue", "Issues")
}

func (p *pages) pulls(w http.ResponseWriter, r *http.Request, v *view) error {
	return p.list(w, r, v, "pull", "Pull requests")
}

type listData struct {
	Kind, State  string
	Items        []*forge.Issue
	Open, Closed int
	Colors       palette
	Newer, Older int // page numbers; 0 where there is none
}

// perPage is how many issues a list shows at once.
const perPage = 50

func (p *pages) list(w http.ResponseWriter, r *http.Request, v *view, kind, title string) error {
	v.Title, v.Tab = title+" · "+v.Repo.FullName(), kind+"s"
	data := listData{Kind: kind, State: "open", Colors: colorsOf(v.Repo)}
	if r.URL.Query().Get("state") == "closed" {
		data.State = "closed"
	}
	all, err := p.Forge.ListIssues(forge.As(v.User), v.Repo.FullName(), forge.IssueFilter{State: "all", Kind: kind})
	if err != nil {
		return err
	}
	for _, item := range all {
		if item.State == "open" {
			data.Open++
		} else {
			data.Closed++
		}
		if item.State == data.State {
			data.Items = append(data.Items, item)
		}
	}
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 || (page-1)*perPage >= len(data.Items) {
		page = 1
	}
	data.Newer = page - 1
	if page*perPage < len(data.Items) {
		data.Older = page + 1
	}
	data.Items = data.Items[(page-1)*perPage : min(page*perPage, len(data.Items))]
	v.Data = data
	return p.show(w, v, "list")
}
