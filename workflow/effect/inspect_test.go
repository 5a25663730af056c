package effect_test

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/effect/effecttest"
)

// A person may have edited a reply since it was sanitized: what acts in it now is found.
func TestInspectFindsWhatAPersonMayHaveWritten(t *testing.T) {
	for text, ok := range map[string]bool{
		"from the support ticket #42.":                                        true,
		"support ticket #42, support ticket #42":                              true,
		"from the support ticket #423":                                        false,
		"support ticket #42 and support ticket #43":                           false,
		"support ticket #42_1":                                                true, // no reference for GitHub either
		"```\na\n``` x\n```\n\n- /close":                                      false,
		"```\na\n``` x\n- /close\n```":                                        true,
		"``` a`b\n- /close":                                                   false,
		"~~~ a`b\n- /close\n~~~":                                              true,
		"````\n```\n- /close\n````":                                           true,
		"fixes https://github.com/o/r/issues/4":                               false,
		"Closed: <https://github.com/o/r/pull/4>.":                            false,
		"**Resolves** [it](https://ghe.example/o/r/issues/12#issuecomment-1)": false,
		"fix\nhttps://github.com/o/r/issues/4":                                false,
		"It is fixed.\n\nhttps://github.com/o/r/issues/4":                     true,
		"It is fixed, see https://github.com/o/r/issues/4":                    true,
		"`fixes` https://github.com/o/r/issues/4":                             true,
		"prefixes https://github.com/o/r/issues/4":                            true,
		"`a\n<!b -->` c":                                                      false,
		"`a <!b -->` c":                                                       true,
		// What is a table, and what of it is shown, depends on the renderer.
		"| a | b |\n| --- | --- |\n| `x \\| @y` | ok |":     true,
		"| a |\n| --- | --- |\n| b | @bob |":                false,
		"| a `b |\n| --- |\n| @bob ` |":                     false,
		"| a | b |\n| --- | --- |\n| `x | @bob` |":          false,
		"Run `cat x | grep @bob` for it.":                   true,
		"| a |\n| --- |\n\nRun `cat x | grep @bob` for it.": true,
		"```\n| a `b |\n| --- |\n| @bob ` |\n```":           true,
	} {
		if why := effect.Inspect(text, "", 42, effect.Allowed{}); (why == "") != ok {
			t.Errorf("%q: %q", text, why)
		}
	}
}

// acts reports whether an oracle's finding is one that Inspect has to find: links are the person's own.
func acts(harm string) bool {
	for _, what := range []string{"mentions ", "refers to ", "commands ", "closes ", "holds the element", "holds a comment"} {
		if strings.HasPrefix(harm, what) {
			return true
		}
	}
	return false
}

func FuzzInspect(f *testing.F) {
	for _, trick := range tricks {
		f.Add(trick.in)
	}
	for _, text := range []string{"support ticket #42", "support ticket #423", "```\na\n``` x\n- /close", "fixes https://github.com/o/r/issues/4", "<details>\n<summary>x</summary>\n\n@bob", "@</sub>bob", "<sub>@ada</sub>", "{{oioi:link docs|x}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1000 || effect.Inspect(text, "", 42, allowed) != "" {
			return
		}
		for _, harm := range effecttest.Harm(withoutOurs(text), allowed) {
			if acts(harm) {
				t.Errorf("%q is accepted and %s", text, harm)
			}
		}
	})
}
