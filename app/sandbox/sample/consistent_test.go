package sample

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/workflow/policy"
)

// texts returns every text a visitor or OiOi can read, keyed by place: the files of both repositories, the older issues,
// the sample tickets, and the files beside them.
func texts(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range Repositories() {
		err := fs.WalkDir(r.Files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(r.Files, name)
			all[r.Name+":"+name] = string(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, issue := range r.Issues {
			text := issue.Title + "\n" + issue.Body
			for _, c := range issue.Comments {
				text += "\n" + c.Body
			}
			all[r.Name+"#"+issue.Title] = text
		}
	}
	for _, ticket := range Tickets() {
		all["ticket "+ticket.ID] = ticket.Title + "\n" + ticket.Body()
	}
	for _, name := range []string{"GAPS.md", "history/releases.yml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(data)
	}
	return all
}

func TestVersionsAgree(t *testing.T) {
	tags, minors := map[string]bool{}, map[string]bool{}
	for _, r := range releases() {
		tags[r.Tag] = true
		minors[r.Tag[:strings.LastIndex(r.Tag, ".")]] = true
	}
	if releases()[0].Tag != LatestRelease {
		t.Errorf("the first release is %s, not %s", releases()[0].Tag, LatestRelease)
	}
	version := regexp.MustCompile(`\bv\d+\.\d+(\.\d+)?\b`)
	image := regexp.MustCompile(`server:(\d+\.\d+\.\d+)`)
	newest := regexp.MustCompile(`(?i)(?:current|newest) release(?:, today| is) (v[\d.]+\d)`)
	for name, text := range texts(t) {
		for _, v := range version.FindAllString(text, -1) {
			if !tags[v] && !minors[v] {
				t.Errorf("%s names the version %s, which was never released", name, v)
			}
		}
		for _, m := range image.FindAllStringSubmatch(text, -1) {
			if "v"+m[1] != LatestRelease {
				t.Errorf("%s names the image %s", name, m[0])
			}
		}
		for _, m := range newest.FindAllStringSubmatch(text, -1) {
			if m[1] != LatestRelease {
				t.Errorf("%s: %s", name, m[0])
			}
		}
	}
}

func TestChangelogHoldsTheReleaseNotes(t *testing.T) {
	for _, r := range Repositories() {
		log := read(t, r, "CHANGELOG.md")
		at := 0
		for _, release := range r.Releases {
			want := "## " + release.Tag + " - " + release.Published.Format("2006-01-02") + "\n\n" + strings.TrimSpace(release.Body) + "\n"
			i := strings.Index(log[at:], want)
			if i < 0 {
				t.Fatalf("%s: CHANGELOG.md lacks, in its place,\n%s", r.FullName(), want)
			}
			at += i + len(want)
		}
		if n := strings.Count(log, "\n## "); n != len(r.Releases) {
			t.Errorf("%s: CHANGELOG.md has %d versions, there are %d releases", r.FullName(), n, len(r.Releases))
		}
	}
}

// Every key of the configuration that any text names is in the reference, with the one mistake that is made on purpose.
func TestConfigurationKeysExist(t *testing.T) {
	support, product := Repositories()[0], Repositories()[1]
	rows := regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| ([^|]*) \\|")
	reference := map[string]string{}
	for _, m := range rows.FindAllStringSubmatch(read(t, support, "docs/self-hosted/configuration.md"), -1) {
		reference[m[1]] = m[2]
	}
	if len(reference) < 20 {
		t.Fatalf("the reference has only %d keys", len(reference))
	}
	for _, m := range rows.FindAllStringSubmatch(read(t, product, "docs/configuration.md"), -1) {
		if def, ok := reference[m[1]]; !ok || def != m[2] {
			t.Errorf("the public page gives %s the default %q, the reference %q", m[1], m[2], def)
		}
	}
	key := regexp.MustCompile("`((?:server|database|storage|log|smtp|runner|api|webhooks|sources|mobile|backup|history)\\.[a-z_]+)`")
	var stray []string
	for name, text := range texts(t) {
		for _, m := range key.FindAllStringSubmatch(text, -1) {
			if reference[m[1]] == "" {
				if m[1] != "smtp.tls" {
					t.Errorf("%s names the key %s, which the reference does not have", name, m[1])
				} else if strings.Contains(name, ":docs/") {
					stray = append(stray, name)
				}
			}
		}
	}
	if !slices.Equal(stray, []string{"support:docs/deliveries/email.md"}) {
		t.Errorf("smtp.tls must be wrong on one page only, the one GAPS.md names: %v", stray)
	}
	var example map[string]map[string]any
	if err := yaml.Unmarshal([]byte(read(t, product, "deploy/tallypost.yml")), &example); err != nil {
		t.Fatal(err)
	}
	for section, keys := range example {
		for k := range keys {
			if reference[section+"."+k] == "" {
				t.Errorf("deploy/tallypost.yml sets %s.%s, which the reference does not have", section, k)
			}
		}
	}
}

func TestErrorCodesAreExplained(t *testing.T) {
	code := regexp.MustCompile(`TP-\d{4}`)
	explained := read(t, Repositories()[0], "docs/api/error-codes.md")
	for name, text := range texts(t) {
		for _, c := range code.FindAllString(text, -1) {
			if !strings.Contains(explained, c) {
				t.Errorf("%s names %s, which the page on error codes does not explain", name, c)
			}
		}
	}
}

func TestPricesAgree(t *testing.T) {
	price := regexp.MustCompile(`€[\d,.]*\d`)
	list := price.FindAllString(read(t, Repositories()[0], "docs/billing/plans-and-limits.md"), -1)
	for name, text := range texts(t) {
		for _, p := range price.FindAllString(text, -1) {
			if !slices.Contains(list, p) {
				t.Errorf("%s names the price %s; the price list has %v", name, p, list)
			}
		}
	}
}

// settings reads a repository's .github/oioi.yml as OiOi does, with everything that it names.
func settings(t *testing.T, r Repository) config.Settings {
	t.Helper()
	got, err := config.Load(t.Context(), tree{r.Files}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, mistake := range got.Mistakes {
		t.Errorf("%s: %s", r.FullName(), mistake)
	}
	return got
}

// tree reads the files of a sample repository.
type tree struct{ fs.FS }

func (t tree) File(_ context.Context, name string) ([]byte, bool, error) {
	data, err := fs.ReadFile(t.FS, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return data, err == nil, err
}

func (t tree) Folder(_ context.Context, name string) ([]string, error) {
	return fs.Glob(t.FS, path.Join(name, "*"))
}

// The policy repeats what the form offers and the help center promises; customers hold the team to both.
func TestPolicyKeepsThePromisesOfTheHelpCenter(t *testing.T) {
	support := Repositories()[0]
	p := settings(t, support).Config.Policy
	for name, f := range forms() {
		for _, item := range f.Body {
			for _, option := range item.Attributes.Options {
				owned := slices.ContainsFunc(p.Areas, func(a policy.Area) bool { return a.Name == option })
				if item.ID == "area" && !owned {
					t.Errorf("the form of %s offers the area %v, and nobody owns it", name, option)
				}
			}
		}
	}
	if p.Limits.RefundDays != 14 || !strings.Contains(read(t, support, "docs/billing/refunds-and-cancellation.md"), "within 14 days of the charge") {
		t.Error("policy and help center differ on how long a refund is possible")
	}
	if !slices.Equal(p.Limits.SupportedVersions, []string{"2.4", "2.3"}) || !strings.Contains(read(t, support, "docs/self-hosted/upgrade.md"), "today v2.4 and v2.3") ||
		!slices.ContainsFunc(p.Limits.Other, func(limit string) bool { return strings.Contains(limit, LatestRelease) }) {
		t.Errorf("policy and help center differ on versions: %+v", p.Limits)
	}
	if len(p.Macros) != 3 {
		t.Errorf("%d macros", len(p.Macros))
	}
	for _, macro := range p.Macros {
		if macro.Text == "" || strings.HasPrefix(macro.Text, "---") {
			t.Errorf("macro %s: its text is %q", macro.Name, macro.Text)
		}
	}
}

// What the public repository says of itself fits its form, and sends what is sensitive somewhere private.
func TestPublicRepositoryIsSetUp(t *testing.T) {
	product := Repositories()[1]
	got := settings(t, product)
	if !strings.Contains(read(t, product, "SECURITY.md"), got.Config.Private) || got.Config.Private == "" {
		t.Errorf("the private channel %q is not the one of SECURITY.md", got.Config.Private)
	}
	for _, area := range got.Config.Policy.Areas {
		offered := false
		for _, item := range forms()[product.Name].Body {
			offered = offered || item.ID == "area" && slices.Contains(item.Attributes.Options, any(area.Name))
		}
		if !offered {
			t.Errorf("the form does not offer the area %s", area.Name)
		}
	}
}

func read(t *testing.T, r Repository, name string) string {
	t.Helper()
	data, err := fs.ReadFile(r.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
