package tracker_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/connect/tracker"
	"github.com/oioi-app/oioi/workflow/ticket"
)

const web = "https://github.example"

var home = ticket.Repository{ID: 1, Owner: "acme", Name: "support"}

func TestReferencesAreFound(t *testing.T) {
	full := "0123456789abcdef0123456789abcdef01234567"
	for text, want := range map[string][]string{
		"same as #12 and (#13), see #12":         {"acme/support#12", "acme/support#13"},
		"#1,#2":                                  {"acme/support#1", "acme/support#2"},
		"ACME/Support#5 and acme/app#6 and GH-7": {"acme/support#5", "acme/app#6", "acme/support#7"},
		web + "/acme/support/issues/8#issuecomment-99, " + web + "/x/y/pull/9/files": {"acme/support#8", "x/y#9"},
		"see " + web + "/acme/support/commit/" + full + ".":                          {"acme/support@" + full},
		"broken since commit 1a2b3c4, fixed by `9f8e7d6`":                            {"acme/support@1a2b3c4", "acme/support@9f8e7d6"},
		"acme/app@1a2b3c4d": {"acme/app@1a2b3c4d"},
		"https://evil.example/acme/support/issues/8 and http://github.example.evil.example/a/b/issues/1": nil,
		"<!-- #12 --> `#13`\n```\n#14 1a2b3c4\n```\n~~~\n#15\n~~~\n":                                     nil,
		"colour #000000, item#3, a/b/c#4, id 123e4567-e89b-12d3-a456-426614174000":                       nil,
		"the number 1234567, the word defaced, req_1a2b3c4, a1b2c3d@example.com, me@1a2b3c4d.example":    nil,
		"### Steps\n\n1. Click\n2. # 5": nil,
		"```js `x` ```\n#16":            {"acme/support#16"},
	} {
		var got []string
		for _, r := range tracker.References(text, home, web) {
			got = append(got, r.String())
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}

func TestAWordOfHexadecimalDigitsIsUncertain(t *testing.T) {
	for text, want := range map[string]bool{"request 4f2a9c1d failed": false, "at commit 4f2a9c1d": true, "commit `4f2a9c1d`": true, strings.Repeat("4f", 20): true} {
		if got := tracker.References(text, home, web); len(got) != 1 || got[0].Certain != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// Whatever a ticket says, what is asked of GitHub is a repository's name, a number or the id of a commit, and nothing else.
func FuzzReferences(f *testing.F) {
	for _, seed := range []string{"#12 acme/app#3 GH-4", web + "/a/b/issues/1", "commit 1a2b3c4 a/b@1a2b3c4", "```\n#1\n", "../..#1 a/..#2 ./.#3", "https://github.example/%2e%2e/b/issues/1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		seen := map[string]bool{}
		for _, r := range tracker.References(text, home, web) {
			if (r.Number == 0) == (r.SHA == "") || r.Number < 0 {
				t.Errorf("%+v is neither an issue nor a commit, or both", r)
			}
			if r.SHA != "" && (len(r.SHA) < 7 || len(r.SHA) > 40 || strings.Trim(r.SHA, "0123456789abcdef") != "") {
				t.Errorf("%q is no commit", r.SHA)
			}
			for _, part := range []string{r.Owner, r.Name} {
				if part == "" || part == "." || part == ".." || strings.ContainsAny(part, "/\\?#% \n") {
					t.Errorf("%q is no name", part)
				}
			}
			if name := strings.ToLower(r.String()); seen[name] {
				t.Errorf("%s is there twice", r)
			} else {
				seen[name] = true
			}
		}
	})
}
