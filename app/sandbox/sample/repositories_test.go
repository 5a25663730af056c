package sample

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestRepositoriesHaveWhatTheSandboxShows(t *testing.T) {
	repositories := Repositories()
	if len(repositories) != 2 || !repositories[0].Private || repositories[1].Private {
		t.Fatal("first the private support repository, then the public one")
	}
	for _, r := range repositories {
		for _, name := range []string{
			"README.md", "SECURITY.md", "CHANGELOG.md", "CODEOWNERS", "mkdocs.yml", "docs/index.md",
			FormPath, ".github/ISSUE_TEMPLATE/config.yml", ".github/oioi.yml",
		} {
			if data, err := fs.ReadFile(r.Files, name); err != nil || len(data) == 0 {
				t.Errorf("%s: %s is missing or empty: %v", r.FullName(), name, err)
			}
		}
	}
}

// A link in the sample must lead into the sandbox that serves it, never to the real GitHub, where the name may be a stranger's.
func TestLinksStayInTheSandbox(t *testing.T) {
	const web = "http://127.0.0.1:8080"
	for _, r := range Repositories() {
		tree, err := r.Tree(web)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range tree {
			for _, address := range []string{Address, "https://github.com"} {
				if strings.Contains(string(data), address) {
					t.Errorf("%s:%s links to %s", r.Name, name, address)
				}
			}
		}
		want := "(" + web + "/" + r.FullName() + "/issues/new/choose)"
		if !strings.Contains(string(tree["README.md"]), want) {
			t.Errorf("%s: README.md does not link to %s", r.FullName(), want)
		}
	}
}

func TestOnlyMembersSeeTheSupportDesk(t *testing.T) {
	support, product := Repositories()[0], Repositories()[1]
	if support.Permissions["customer"] != Read {
		t.Error("the customer cannot file a ticket in the support repository")
	}
	if p, ok := support.Permissions["outsider"]; ok {
		t.Errorf("the outsider has %q in the private repository", p)
	}
	for _, r := range []Repository{support, product} {
		if r.Permissions["maintainer"] != Maintain {
			t.Errorf("the maintainer has %q in %s", r.Permissions["maintainer"], r.FullName())
		}
	}
}

func TestPeopleAndTeamsAreKnown(t *testing.T) {
	known := map[string]Kind{}
	var signIn []string
	for _, u := range Users() {
		if u.Name == "" || u.Bio == "" || known[u.Login] != "" {
			t.Errorf("user %+v needs a name and a bio, and a login of its own", u)
		}
		known[u.Login] = u.Kind
		if u.SignIn {
			signIn = append(signIn, u.Login)
		}
	}
	if !slices.Equal(signIn, []string{"customer", "maintainer", "outsider"}) {
		t.Errorf("one can sign in as %v", signIn)
	}
	teams := map[string]bool{}
	for _, team := range Teams() {
		teams["@"+Owner+"/"+team.Slug] = true
		for _, login := range team.Members {
			if known[login] != Maintainer {
				t.Errorf("%s has the member %q, who is no maintainer", team.Slug, login)
			}
		}
	}
	mention := regexp.MustCompile(`@` + Owner + `/[a-z-]+`)
	for name, text := range texts(t) {
		for _, team := range mention.FindAllString(text, -1) {
			if !teams[team] {
				t.Errorf("%s names the team %s, which does not exist", name, team)
			}
		}
	}
	for _, r := range Repositories() {
		for login := range r.Permissions {
			if known[login] == "" {
				t.Errorf("%s lets in %q, whom nobody knows", r.FullName(), login)
			}
		}
	}
}

func TestHistoryIsInOrder(t *testing.T) {
	known := map[string]Kind{}
	for _, u := range Users() {
		known[u.Login] = u.Kind
	}
	for _, r := range Repositories() {
		labels := map[string]bool{}
		for _, l := range r.Labels {
			labels[l.Name] = true
			if !regexp.MustCompile(`^[0-9a-f]{6}$`).MatchString(l.Color) {
				t.Errorf("label %s has the color %q", l.Name, l.Color)
			}
		}
		for i, issue := range r.Issues {
			name := r.FullName() + "#" + issue.Title
			if issue.Number != i+1 || (i > 0 && !issue.Created.After(r.Issues[i-1].Created)) {
				t.Errorf("%s: number %d at place %d; issues are numbered by their time", name, issue.Number, i+1)
			}
			for _, l := range issue.Labels {
				if !labels[l] {
					t.Errorf("%s has the label %q, which the repository lacks", name, l)
				}
			}
			if (issue.State == "closed") == issue.Closed.IsZero() || !slices.Contains([]string{"open", "closed"}, issue.State) {
				t.Errorf("%s: state %q does not fit the time of closing %v", name, issue.State, issue.Closed)
			}
			checkComments(t, name, issue, known)
		}
	}
}

func checkComments(t *testing.T, name string, issue Issue, known map[string]Kind) {
	t.Helper()
	last, answered := issue.Created, false
	for _, c := range issue.Comments {
		if known[c.Author] == "" || !c.Created.After(last) {
			t.Errorf("%s: a comment by %q at %v is by nobody or out of order", name, c.Author, c.Created)
		}
		if lines := strings.Split(c.Body, "\n"); hardWrapped(lines) {
			t.Errorf("%s: GitHub shows every line break of a comment, so a paragraph must be one line:\n%s", name, c.Body)
		}
		last, answered = c.Created, answered || known[c.Author] == Maintainer
	}
	if issue.State == "closed" && (!answered || !issue.Closed.After(last)) {
		t.Errorf("%s is closed without an answer of a maintainer, or before its last comment", name)
	}
}

func hardWrapped(lines []string) bool {
	prose := regexp.MustCompile(`^[A-Za-z*]`)
	for i := 1; i < len(lines); i++ {
		if prose.MatchString(lines[i]) && lines[i-1] != "" {
			return true
		}
	}
	return false
}

// What a visitor can find by searching: an incident, a known bug, feature requests, solved tickets.
func TestHistoryHasSomethingToFind(t *testing.T) {
	open, solved := map[string]int{}, 0
	for _, r := range Repositories() {
		for _, issue := range r.Issues {
			if issue.State == "closed" {
				solved++
				continue
			}
			for _, l := range issue.Labels {
				open[l]++
			}
		}
	}
	if open["incident"] != 1 || open["bug"] != 1 || open["feature request"] != 2 || solved < 8 {
		t.Errorf("open by label: %v, solved: %d", open, solved)
	}
}
