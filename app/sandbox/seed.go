package sandbox

import (
	"fmt"
	"slices"
	"testing/fstest"
	"time"

	"github.com/oioi-app/oioi/app/sandbox/forge"
	"github.com/oioi-app/oioi/app/sandbox/sample"
)

// seed fills an empty forge with the sample.
func (w *World) seed(o Options) error {
	f := w.Forge
	if _, err := f.AddUser(forge.User{Login: sample.Owner, Type: "Organization"}); err != nil {
		return err
	}
	for _, user := range sample.Users() {
		if _, err := f.AddUser(forge.User{Login: user.Login, Name: user.Name, Bio: user.Bio}); err != nil {
			return err
		}
	}
	for _, team := range sample.Teams() {
		if _, err := f.AddTeam(forge.Team{Org: sample.Owner, Slug: team.Slug, Name: team.Name, Members: team.Members}); err != nil {
			return fmt.Errorf("team %s: %w", team.Slug, err)
		}
	}
	for _, repo := range sample.Repositories() {
		if err := w.seedRepository(repo, o); err != nil {
			return fmt.Errorf("%s: %w", repo.FullName(), err)
		}
	}
	return nil
}

// register adds what hangs on the world's secrets: the people's tokens, and OiOi's App with its installation. It comes last:
// a forge that knows the App is whole.
func (w *World) register() (*forge.App, error) {
	f := w.Forge
	for person, token := range w.Tokens {
		if err := f.AddToken(token, person); err != nil {
			return nil, err
		}
	}
	public, err := publicKey(w.PrivateKey)
	if err != nil {
		return nil, err
	}
	app, err := f.AddApp(forge.App{
		Slug: AppSlug, Name: "OiOi", Owner: sample.Owner, Description: "Resolves support tickets filed as GitHub issues",
		PublicKeyPEM: public, Permissions: Permissions(), Events: Events,
	})
	if err != nil {
		return nil, err
	}
	_, err = f.Install(AppSlug, sample.Owner)
	return app, err
}

func (w *World) seedRepository(repo sample.Repository, o Options) error {
	f := w.Forge
	in := forge.RepoInput{Owner: repo.Owner, Name: repo.Name, Description: repo.Description, Private: repo.Private,
		DefaultBranch: repo.DefaultBranch, Permissions: map[string]forge.Permission{}}
	for login, p := range repo.Permissions {
		in.Permissions[login] = forge.Permission(p)
	}
	for _, l := range repo.Labels {
		in.Labels = append(in.Labels, forge.Label{Name: l.Name, Color: l.Color, Description: l.Description})
	}
	if _, err := f.AddRepo(in); err != nil {
		return err
	}
	tree, err := repo.Tree(o.WebURL)
	if err != nil {
		return err
	}
	files := fstest.MapFS{}
	for name, data := range tree {
		files[name] = &fstest.MapFile{Data: data}
	}
	began := time.Date(2025, 9, 1, 8, 0, 0, 0, time.UTC)
	if _, err := f.AddCommit(repo.FullName(), "", "maintainer", "Help center, forms and policy", began, files); err != nil {
		return err
	}
	for _, release := range slices.Backward(repo.Releases) {
		err := f.Seed(release.Published, func() error {
			_, err := f.CreateRelease(forge.As(release.Author), repo.FullName(), forge.ReleaseInput{Tag: release.Tag, Name: release.Name, Body: release.Body})
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, issue := range repo.Issues {
		if err := w.seedIssue(repo, issue); err != nil {
			return fmt.Errorf("issue %q: %w", issue.Title, err)
		}
	}
	return nil
}

func (w *World) seedIssue(repo sample.Repository, issue sample.Issue) error {
	f := w.Forge
	var ref forge.Ref
	err := f.Seed(issue.Created, func() error {
		made, err := f.CreateIssue(forge.As(issue.Author), repo.FullName(), forge.IssueInput{Title: issue.Title, Body: issue.Body})
		if err != nil {
			return err
		}
		ref = made.Ref
		if len(issue.Labels) == 0 {
			return nil
		}
		_, err = f.AddLabels(forge.As("maintainer"), ref, issue.Labels...)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range issue.Comments {
		err := f.Seed(c.Created, func() error {
			_, err := f.CreateComment(forge.As(c.Author), ref, c.Body)
			return err
		})
		if err != nil {
			return err
		}
	}
	if issue.State != "closed" {
		return nil
	}
	return f.Seed(issue.Closed, func() error {
		_, err := f.CloseIssue(forge.As("maintainer"), ref, "completed")
		return err
	})
}
