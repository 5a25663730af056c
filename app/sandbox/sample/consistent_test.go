package sample

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
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
	for _, name := range []string{"policy-draft.yml", "GAPS.md", "history/releases.yml"} {
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

// The draft of the policy repeats what the help center promises; customers hold the team to the help center.
func TestPolicyKeepsThePromisesOfTheHelpCenter(t *testing.T) {
	data, err := os.ReadFile("policy-draft.yml")
	if err != nil {
		t.Fatal(err)
	}
	var draft struct {
		Policy struct {
			Areas  []struct{ Name, Owner string }
			Limits struct {
				Refunds struct {
					WindowDays int `yaml:"window_days"`
				}
				SupportedVersions []string `yaml:"supported_versions"`
				LatestVersion     string   `yaml:"latest_version"`
			}
			Macros string
		}
	}
	if err := yaml.Unmarshal(data, &draft); err != nil {
		t.Fatal(err)
	}
	p := draft.Policy
	areas := []any{}
	for _, a := range p.Areas {
		areas = append(areas, a.Name)
	}
	for name, f := range forms() {
		for _, item := range f.Body {
			if item.ID == "area" && !slices.Equal(item.Attributes.Options, areas) {
				t.Errorf("the form of %s offers %v, the policy has owners for %v", name, item.Attributes.Options, areas)
			}
		}
	}
	support := Repositories()[0]
	if p.Limits.Refunds.WindowDays != 14 || !strings.Contains(read(t, support, "docs/billing/refunds-and-cancellation.md"), "within 14 days of the charge") {
		t.Error("policy and help center differ on how long a refund is possible")
	}
	if p.Limits.LatestVersion != LatestRelease || !slices.Equal(p.Limits.SupportedVersions, []string{"2.4", "2.3"}) ||
		!strings.Contains(read(t, support, "docs/self-hosted/upgrade.md"), "today v2.4 and v2.3") {
		t.Errorf("policy and help center differ on versions: %+v", p.Limits)
	}
	macros, err := fs.Glob(support.Files, path.Join(p.Macros, "*.md"))
	if err != nil || len(macros) != 3 {
		t.Errorf("macros in %s: %v, %v", p.Macros, macros, err)
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
