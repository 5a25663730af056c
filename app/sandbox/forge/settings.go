package forge

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// Settings are a repository's settings to be changed; nil leaves one as it is.
type Settings struct {
	Name     *string `json:"name"`
	Private  *bool   `json:"private"`
	Archived *bool   `json:"archived"`
}

// errArchived is what GitHub says to every write in an archived repository.
var errArchived = &Error{Status: http.StatusForbidden, Message: "Repository was archived so is read-only."}

// ChangeRepo renames, archives, hides or publishes a repository. Only an admin may. Each change is a webhook of its own, and
// the old name leads to the new one, as on GitHub.
func (f *Forge) ChangeRepo(a Actor, repo string, s Settings) (*Repo, error) {
	f.mu.Lock()
	defer f.end()
	r, err := f.administered(a, repo)
	if err != nil {
		return nil, err
	}
	if r.Archived && (s.Archived == nil || *s.Archived) {
		return nil, errArchived
	}
	if s.Name != nil && *s.Name != r.Name {
		was := r.Name
		if err := f.moveRepo(r, r.Owner, *s.Name); err != nil {
			return nil, err
		}
		f.emit(change{event: "repository", action: "renamed", repo: r, by: a, was: object{"repository": object{"name": object{"from": was}}}})
	}
	if s.Private != nil && *s.Private != r.Private {
		r.Private = *s.Private
		action := "publicized"
		if r.Private {
			action = "privatized"
		}
		f.emit(change{event: "repository", action: action, repo: r, by: a})
	}
	if s.Archived != nil && *s.Archived != r.Archived {
		r.Archived = *s.Archived
		action := "unarchived"
		if r.Archived {
			action = "archived"
		}
		f.emit(change{event: "repository", action: action, repo: r, by: a})
	}
	r.UpdatedAt = f.now()
	return r.copy(), nil
}

// TransferRepo gives a repository to another account. The Apps that are installed there on everything reach it from then on.
func (f *Forge) TransferRepo(a Actor, repo, owner string) (*Repo, error) {
	f.mu.Lock()
	defer f.end()
	r, err := f.administered(a, repo)
	if err != nil {
		return nil, err
	}
	to, ok := f.st.Users[fold(owner)]
	if !ok {
		return nil, invalid("Repository", "new_owner", "invalid", "there is no account %q", owner)
	}
	from := object{"user": f.user(r.Owner)}
	if f.isOrg(r.Owner) {
		from = object{"organization": f.organization(r.Owner)}
	}
	if err := f.moveRepo(r, to.Login, r.Name); err != nil {
		return nil, err
	}
	for _, in := range f.st.Installations { // a selection of repositories is an account's own
		if !strings.EqualFold(in.Account, to.Login) {
			in.Repos = slices.DeleteFunc(in.Repos, func(id int64) bool { return id == r.ID })
		}
	}
	f.emit(change{event: "repository", action: "transferred", repo: r, by: a, was: object{"owner": object{"from": from}}})
	return r.copy(), nil
}

// DeleteRepo removes a repository with all that is in it.
func (f *Forge) DeleteRepo(a Actor, repo string) error {
	f.mu.Lock()
	defer f.end()
	r, err := f.administered(a, repo)
	if err != nil {
		return err
	}
	f.emit(change{event: "repository", action: "deleted", repo: r, by: a})
	delete(f.st.Repos, fold(r.FullName()))
	f.st.RepoOrder = slices.DeleteFunc(f.st.RepoOrder, func(name string) bool { return strings.EqualFold(name, r.FullName()) })
	for _, in := range f.st.Installations {
		in.Repos = slices.DeleteFunc(in.Repos, func(id int64) bool { return id == r.ID })
	}
	return nil
}

func (f *Forge) administered(a Actor, repo string) (*Repo, error) {
	r, err := f.see(a, repo)
	if err != nil {
		return nil, err
	}
	return r, f.may(a, r, "administration", Admin)
}

// moveRepo gives a repository another name, everywhere. The old one leads to it until somebody else takes that name.
func (f *Forge) moveRepo(r *Repo, owner, name string) error {
	if !validName.MatchString(name) {
		return invalid("Repository", "name", "invalid", "%q is not a name for a repository", name)
	}
	old, to := r.FullName(), owner+"/"+name
	if other, ok := f.st.Repos[fold(to)]; ok && other != r {
		return invalid("Repository", "name", "already_exists", "name already exists on this account")
	}
	r.Owner, r.Name = owner, name
	rename{old, to}.in(reflect.ValueOf(&f.st).Elem())
	if f.st.Moved == nil {
		f.st.Moved = map[string]int64{}
	}
	f.st.Moved[fold(old)] = r.ID
	delete(f.st.Moved, fold(to))
	return nil
}

// rename finds a repository's name wherever the state has it: as a whole text, and at the front of the keys that say which
// issue is meant.
type rename struct{ from, to string }

func (n rename) text(s string) string {
	switch {
	case s == fold(n.from) && s != n.from:
		return fold(n.to)
	case strings.EqualFold(s, n.from):
		return n.to
	}
	return s
}

func (n rename) key(s string) string {
	if strings.HasPrefix(s, fold(n.from)+"#") {
		return fold(n.to) + s[len(n.from):]
	}
	if s == fold(n.from) {
		return fold(n.to)
	}
	return n.text(s)
}

func (n rename) in(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			n.in(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n.in(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			n.in(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			value := v.MapIndex(k)
			if value.Kind() == reflect.String {
				continue
			}
			n.in(value)
			if k.Kind() != reflect.String {
				continue
			}
			if renamed := n.key(k.String()); renamed != k.String() {
				v.SetMapIndex(k, reflect.Value{})
				v.SetMapIndex(reflect.ValueOf(renamed).Convert(k.Type()), value)
			}
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString(n.text(v.String()))
		}
	}
}

var settingsRoutes = map[string]handler{
	"PATCH " + repoPath:              changeRepo,
	"DELETE " + repoPath:             deleteRepo,
	"POST " + repoPath + "/transfer": transferRepo,
}

func changeRepo(c *call) (answer, error) {
	var s Settings
	if err := c.read(&s); err != nil {
		return answer{}, err
	}
	r, err := c.f.ChangeRepo(c.actor, c.repo(), s)
	if err != nil {
		return answer{}, err
	}
	return ok(func() any { return c.f.fullRepo(r, c.actor) }), nil
}

func deleteRepo(c *call) (answer, error) {
	return noContent, c.f.DeleteRepo(c.actor, c.repo())
}

func transferRepo(c *call) (answer, error) {
	var body struct {
		NewOwner string `json:"new_owner"`
	}
	if err := c.read(&body); err != nil {
		return answer{}, err
	}
	r, err := c.f.TransferRepo(c.actor, c.repo(), body.NewOwner)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusAccepted, body: func() any { return c.f.repository(r, nil) }}, nil
}

// named turns an address that names a repository by its id into the one that names it by its name. What has moved answers with
// where it is now: GET 301, everything else 307, so that a client which follows sends the same again.
func (f *Forge) named(w http.ResponseWriter, r *http.Request, parts []string) (_ []string, answered bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if len(parts) >= 2 && parts[0] == "repositories" {
		for _, repo := range f.st.Repos {
			if fmt.Sprint(repo.ID) == parts[1] {
				return append([]string{"repos", repo.Owner, repo.Name}, parts[2:]...), false
			}
		}
		return parts, false
	}
	if len(parts) < 3 || parts[0] != "repos" || f.st.Repos[fold(parts[1]+"/"+parts[2])] != nil {
		return parts, false
	}
	id, moved := f.st.Moved[fold(parts[1]+"/"+parts[2])]
	if !moved || f.repoByID(id) == nil {
		return parts, false
	}
	status, message := http.StatusMovedPermanently, "Moved Permanently"
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		status, message = http.StatusTemporaryRedirect, "Temporary Redirect"
	}
	to := strings.TrimSuffix(f.api("/repositories/%d/%s", id, strings.Join(parts[3:], "/")), "/")
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	raw, _ := marshal(object{"message": message, "url": to, "documentation_url": "https://docs.github.com/rest"})
	w.Header().Set("Location", to)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
	return nil, true
}
