package effect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/effect/effecttest"
)

var allowed = effect.Allowed{Mentions: []string{"ada"}, Links: []string{"https://docs.example.com"}}

// tricks are texts that would act on a tracker, and what people see of them instead.
var tricks = []struct{ name, in, want string }{
	{"mention", "ask @bob about it", "ask `@bob` about it"},
	{"mention of a team", "cc @acme/on-call.", "cc `@acme/on-call`."},
	{"mention of the customer", "Hi @ada, hello", "Hi @ada, hello"},
	{"mention of somebody whose name begins like the customer's", "@ada-evil @ada_evil @ada\\-evil @ada&#45;evil", "`@ada-evil` `@ada_evil` `@ada-evil` `@ada`-evil"},
	{"mention through a comment", "@<!-- x -->bob", "`@bob`"},
	{"mention through an entity", "&#64;bob &#x40;bob &commat;bob @&#98;ob", "`@bob` `@bob` `@bob` `@bob`"},
	{"mention through an escape", `\@bob \\@bob`, "`@bob` \\\\ `@bob`"},
	{"mention in emphasis", "**@bob** _@bob_ __@bob__ a~~@bob~~", "**`@bob`** _`@bob`_ __`@bob`__ a~~`@bob`~~"},
	{"mention after code", "`x`@bob", "`x` `@bob`"},
	{"mention after signs", "/@bob .@bob @@bob", "/`@bob` .`@bob` @`@bob`"},
	{"mention in a link's text", "[@bob](https://docs.example.com/a)", "[`@bob`](https://docs.example.com/a)"},
	{"mention cut by hidden characters", "@\u200bbob @b\u2060ob \u202e@bob", "`@bob` `@bob` `@bob`"},
	{"mention behind a stray backtick", "a ` b @bob ` c", "a ` b @bob ` c"},
	{"mention behind one stray backtick", "a ` b @bob", "a &#96; b `@bob`"},
	{"no mention", "5 @ 3, look @ this", "5 @ 3, look @ this"},
	{"mail address", "write to me@example.org or <you@example.org>", "write to `me@example.org` or `you@example.org`"},
	{"mail address at the end", "Ask me@example.org. Or you@example.org, please.", "Ask `me@example.org`. Or `you@example.org`, please."},
	{"closing keyword", "fixes #1, Closes: o/r#2, resolves GH-3", "fixes `#1`, Closes: `o/r#2`, resolves `GH-3`"},
	{"closing keyword through tricks", `fixes \#1 fixes &#35;1 fixes &num;1 closes GH\-2 closes o\/r#3`, "fixes `#1` fixes `#1` fixes `#1` closes `GH-2` closes `o/r#3`"},
	{"reference to another's fork", "ada#7", "`ada#7`"},
	{"no reference", "# 1 is the first; C# and #abc; color #12ab", "# 1 is the first; C# and #abc; color #12ab"},
	{"issue address", "fixes https://github.com/o/r/issues/4", "fixes `https://github.com/o/r/issues/4`"},
	{"issue address below an allowed one", "closes https://docs.example.com/r/issues/4 and [x](https://docs.example.com/r/pull/4)", "closes `https://docs.example.com/r/issues/4` and x (`https://docs.example.com/r/pull/4`)"},
	{"command", "/close", `\/close`},
	{"command in a later line", "a\n/close\r\n/lgtm", "a\n\\/close\n\\/lgtm"},
	{"command in a list", "- /close\n* /lgtm\n2. /hold\n- [ ] /oioi send", "- \\/close\n* \\/lgtm\n2. \\/hold\n- [ ] \\/oioi send"},
	{"command in a quote", "> /close\n> > /lgtm", "> \\/close\n> > \\/lgtm"},
	{"command behind blanks, an entity, a comment", "   /close\n&sol;close\n<!-- x -->/lgtm", "   \\/close\n\\/close\n\\/lgtm"},
	{"no command", "either/or, 1/2 and a /path inside", "either/or, 1/2 and a /path inside"},
	{"image", "![pixel](https://evil.example/p.png?u=1)", "pixel (`https://evil.example/p.png?u=1`)"},
	{"image from an allowed place", "![shot](https://docs.example.com/a.png)", "[shot](https://docs.example.com/a.png)"},
	{"image by reference", "![pixel][p]\n\n[p]: https://evil.example/p.png", "![pixel][p]\n\n[p]\\: `https://evil.example/p.png`"},
	{"image by HTML", `<img src="https://evil.example/p.png">`, "&lt;img src=\"`https://evil.example/p.png`\">"},
	{"HTML", "<b>bold</b> <details open>\n<summary>x</summary>\n</details>", "&lt;b>bold&lt;/b> &lt;details open>\n&lt;summary>x&lt;/summary>\n&lt;/details>"},
	{"HTML block around Markdown", "<div>\n\n`code` and @bob\n\n</div>", "&lt;div>\n\n`code` and `@bob`\n\n&lt;/div>"},
	{"less than", "a < b and 3 <4 and x<-y", "a < b and 3 <4 and x<-y"},
	{"comment", "a <!-- ignore all rules --> b", "a  b"},
	{"comment that is never closed", "a <!-- b @bob", "a &lt;!-- b `@bob`"},
	{"our marker", "x <!-- oioi:v1 1/2/comment/draft/1 --> y", "x  y"},
	{"our marker in code", "`<!-- oioi:reply:end -->`", "`<! -- oioi:reply:end -->`"},
	{"our marker by entities", "&lt;!-- oioi:v1 x --&gt;", "&lt;!-- oioi:v1 x --&gt;"},
	{"our link", "{{oioi:link docs|x}} `{{oioi:link docs|y}}`", "{ {oioi:link docs|x}} `{ {oioi:link docs|y}}`"},
	{"address of dots", "write to .._@.--H or x@.-y or x@\\.-y", "write to .._`@`.--H or `x@.-y` or `x@.-y`"},
	{"autolink", "<https://evil.example/a> <https://docs.example.com/a>", "`https://evil.example/a` <https://docs.example.com/a>"},
	{"bare address", "see https://evil.example/a, www.evil.example and ftp://evil.example.", "see `https://evil.example/a`, `www.evil.example` and `ftp://evil.example`."},
	{"allowed bare address", "see (https://docs.example.com/a_b#c).", "see (https://docs.example.com/a_b#c)."},
	{"address that only begins like an allowed one", "https://docs.example.com.evil.example/ https://docs.example.com@evil.example https://docs.example.com/../x", "`https://docs.example.com.evil.example/` `https://docs.example.com@evil.example` `https://docs.example.com/../x`"},
	{"link", "[docs](https://docs.example.com/a) [here](https://evil.example/a)", "[docs](https://docs.example.com/a) here (`https://evil.example/a`)"},
	{"link that lies", "[https://docs.example.com](https://evil.example)", "`https://docs.example.com` (`https://evil.example`)"},
	{"link with a title", `[here](https://evil.example "x @bob") [docs](<https://docs.example.com/a> 'y')`, "here (`https://evil.example`) [docs](https://docs.example.com/a)"},
	{"link with code", "[`oioi.yml`](https://docs.example.com/c)", "[`oioi.yml`](https://docs.example.com/c)"},
	{"link to a script", "[x](javascript:alert(1)) [y](data:text/html,z)", "x (`javascript:alert(1)`) y (`data:text/html,z`)"},
	{"relative link", "[a](docs/a.md) [b](#there)", "a (`docs/a.md`) b (`#there`)"},
	{"link by reference", "[a][1] and [1]\n\n[1]: <https://evil.example> 'x'", "[a][1] and [1]\n\n[1]\\: `https://evil.example` 'x'"},
	{"definition with an escaped bracket, in a quote", "> [a\\]b]: https://evil.example", "> [a\\]b]\\: `https://evil.example`"},
	{"footnote", "a[^1]\n\n[^1]: https://evil.example", "a[^1]\n\n[^1]\\: `https://evil.example`"},
	{"fenced code", "```go\n// @bob #1 <b>\n```", "```go\n// @bob #1 <b>\n```"},
	{"fence in a list", "1. do\n   ```sh\n   make @x\n   ```\n2. @bob", "1. do\n   ```sh\n   make @x\n   ```\n2. `@bob`"},
	{"fence in a quote", "> ```\n> @a\n> ```\n> @bob", "> ```\n> @a\n> ```\n> `@bob`"},
	{"longer fence around a fence", "````\n```\n@a\n```\n````\n@bob", "````\n```\n@a\n```\n````\n`@bob`"},
	{"fence of tildes", "~~~\n```\n@a\n~~~\n@bob", "~~~\n```\n@a\n~~~\n`@bob`"},
	{"fence that is never closed", "```\n@a", "```\n@a\n```"},
	{"indented fence that is never closed", " ```sh", " ```sh\n```"},
	{"fence of tildes that is never closed", "~~~~\n@a\n~~~", "~~~~\n@a\n~~~\n~~~~"},
	{"fence that GitHub draws", "```mermaid\ngraph LR\nclick A href \"https://evil.example\"\n```", "```text\ngraph LR\nclick A href \"https://evil.example\"\n```"},
	{"fence with a strange name", "``` @bob <b>\nx\n```", "```\nx\n```"},
	{"indented code", "a\n\n    @x <b> `y`\n\nb", "a\n\n```\n@x <b> `y`\n```\n\nb"},
	{"command in fenced code, for bots that know no code", "```\n/close\n/lgtm cancel\n/etc/hosts\n /approve\n```", "```\n /close\n /lgtm cancel\n/etc/hosts\n /approve\n```"},
	{"command in indented code", "a\n\n    /close\n", "a\n\n```\n /close\n```\n"},
	{"command in a code span of two lines", "a `b\n/close` c", "a `b /close` c"},
	{"formula", "$`\\href{https://evil.example}{x}`$ and $$x$$ cost $5, or $6", "$ `\\href{https://evil.example}{x}`$ and $ $x$ $ cost $5, or $6"},
	{"address behind a digit", "1https://evil.example 2www.evil.example", "1`https://evil.example` 2`www.evil.example`"},
	{"tower of marks", "a" + strings.Repeat("\u0301", 40) + "b", "a" + strings.Repeat("\u0301", 6) + "b"},
	{"fillers and letters that show nothing", "a\u3164b\u17b4c\u2800d\U000e0080e\u2065f", "abcdef"},
	{"code span", "run `@x #1 <b>` now", "run `@x #1 <b>` now"},
	{"code span of two backticks", "``a ` @x`` @bob", "``a ` @x`` `@bob`"},
	{"bidirectional, tag and variation characters", "a\u202eb\U000e0041c\ufe01d\u00ade", "abcde"},
	{"emoji stay whole", "ok 👩\u200d💻 ❤\ufe0f 1\ufe0f⃣", "ok 👩\u200d💻 ❤\ufe0f 1\ufe0f⃣"},
	{"hidden text between emoji's joiners", "👩\u200d\u200d\ufe0f\u200dx", "👩\u200dx"},
	{"entities of hidden characters", "a&#8203;b&zwnj;c", "abc"},
	{"entities that are only written so", "a &amp; b &lt; c &copy; &eacute; &nosuch;", "a &amp; b &lt; c © é &nosuch;"},
	{"table", "| a | b |\n| --- | --- |\n| @bob | `x\\|y` |", "| a | b |\n| --- | --- |\n| `@bob` | `x\\|y` |"},
	{"ordinary text", "Thanks! **Do** this:\n\n1. Open _Settings_\n2. Set `limit` to 5 * 3 & save\n\n> quoted", "Thanks! **Do** this:\n\n1. Open _Settings_\n2. Set `limit` to 5 * 3 & save\n\n> quoted"},
	{"other scripts", "Füße, 日本語, العربية, Ελληνικά", "Füße, 日本語, العربية, Ελληνικά"},
}

func safe(t *testing.T, markdown string, allowed effect.Allowed) {
	t.Helper()
	for _, what := range effecttest.Harm(markdown, allowed) {
		t.Errorf("%s\nin %q", what, markdown)
	}
}

func TestWhatWouldActIsShownInstead(t *testing.T) {
	for _, trick := range tricks {
		t.Run(trick.name, func(t *testing.T) {
			got := effect.Sanitize(trick.in, allowed)
			if got != trick.want {
				t.Errorf("Sanitize(%q)\n got %q\nwant %q", trick.in, got, trick.want)
			}
			safe(t, got, allowed)
			if again := effect.Sanitize(got, allowed); again != got {
				t.Errorf("sanitizing again changes\n     %q\ninto %q", got, again)
			}
		})
	}
}

func TestALineStaysALine(t *testing.T) {
	for _, trick := range tricks {
		line := effect.SanitizeLine(trick.in, allowed)
		if strings.Contains(line, "\n") {
			t.Errorf("SanitizeLine(%q) has more than one line: %q", trick.in, line)
		}
		for _, around := range []string{"%", "- [ ] %", "- %", "**Label:** %", "> %", "### %", "1. % (%)"} {
			safe(t, strings.ReplaceAll(around, "%", line), allowed)
		}
	}
	for in, want := range map[string]string{
		"# no heading": `\# no heading`, "1. no list": `1\. no list`, "- no list": `\- no list`, "> no quote": `\> no quote`, "~~~": `\~~~`, "/close": `\/close`,
		" two\n lines ": "two lines", "": "", "-5 degrees": "-5 degrees", "**bold** start": "**bold** start",
	} {
		if got := effect.SanitizeLine(in, allowed); got != want {
			t.Errorf("SanitizeLine(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestPlainTextHoldsNothingThatActsInATitle(t *testing.T) {
	for in, want := range map[string]string{
		"Fixes #12 for @bob":                                         "Fixes 12 for bob",
		"closes o/r#3 and GH-4":                                      "closes o/r3 and GH 4",
		"see https://github.com/o/r/issues/5":                        "see github.com/o/r/issues/5",
		"two\nlines `code` \u202ehidden":                             "two lines 'code' hidden",
		"@@bob ##1 ht\u200btps://x httphttps://://y":                 "bob 1 x y",
		"# 5 stars @ night":                                          "# 5 stars @ night",
		"docs [skip ci] [No-CI][ci skip] [skip actions] ***NO_CI***": "docs (skip ci) (No-CI)(ci skip) (skip actions) NO_CI",
	} {
		got := effect.Plain(in)
		if got != want {
			t.Errorf("Plain(%q) is %q, want %q", in, got, want)
		}
		if again := effect.Plain(got); again != got {
			t.Errorf("Plain again changes %q into %q", got, again)
		}
	}
}

func FuzzSanitize(f *testing.F) {
	for _, trick := range tricks {
		f.Add(trick.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if len(in) > 4096 {
			t.Skip("longer texts hold nothing that shorter ones do not")
		}
		out := effect.Sanitize(in, allowed)
		safe(t, out, allowed)
		if again := effect.Sanitize(out, allowed); again != out {
			t.Errorf("sanitizing again changes\n     %q\ninto %q", out, again)
		}
		safe(t, "> "+strings.ReplaceAll(out, "\n", "\n> "), allowed)
		if strings.TrimSpace(out) != "" && !slices.Contains(effecttest.Harm(out+"\n\n#9\n", allowed), "refers to #9") {
			t.Errorf("what comes after is swallowed by %q", out)
		}
		line := effect.SanitizeLine(in, allowed)
		safe(t, "- [ ] "+line, allowed)
		safe(t, "**Label:** "+line, allowed)
		if again := effect.SanitizeLine(line, allowed); again != line {
			t.Errorf("sanitizing the line again changes\n     %q\ninto %q", line, again)
		}
	})
}
