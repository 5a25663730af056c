package docs

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// How Markdown's dialects include files.
var (
	// MkDocs: https://facelessuser.github.io/pymdown-extensions/extensions/snippets/
	snippet      = pattern.Lazy(`^([ \t]*)-+8<-+[ \t]+(?:"([^"]+)"|'([^']+)')[ \t]*$`)
	snippetBlock = pattern.Lazy(`^([ \t]*)-+8<-+[ \t]*$`)
	snippetMark  = pattern.Lazy(`-+8<-+[ \t]+\[[ \t]*(?:start|end):`)
	snippetPart  = pattern.Lazy(`^(.*?)(?::(\d*)(?::(\d*))?|:([A-Za-z][\w-]*))$`)
	// MyST: https://mystmd.org/guide/embed
	mystInclude = pattern.Lazy("^([ \t]*)(`{3,}|~{3,}|:{3,})\\{include\\}[ \t]+(\\S.*)$")
	// VitePress: https://vitepress.dev/guide/markdown#markdown-file-inclusion
	vitePressInclude = pattern.Lazy(`^([ \t]*)<!--[ \t]*@include:[ \t]*([^\s#{]+)(?:#([\w-]+))?(?:\{(\d*)(,?)(\d*)\})?[ \t]*-->[ \t]*$`)
	// Jekyll: https://jekyllrb.com/docs/includes/
	jekyllInclude = pattern.Lazy(`^([ \t]*)\{%-?[ \t]*include(?:_relative)?[ \t]+([^\s%{}]+)[^%]*%\}[ \t]*$`)
	// Docusaurus: https://docusaurus.io/docs/markdown-features/react#importing-markdown
	mdxImport  = pattern.Lazy(`^import[ \t]+(\w+)[ \t]+from[ \t]+['"]([^'"]+\.mdx?)['"]`)
	mdxPartial = pattern.Lazy(`^([ \t]*)<([A-Z]\w*)(?:[ \t][^<>]*)?/>[ \t]*$`)
)

func findInMarkdown(in *inserter, text []string, at int) (include, bool) {
	l := text[at]
	trimmed := strings.TrimLeft(l, " \t")
	switch {
	case len(l) > maxParsed || trimmed == "":
		return include{}, false
	case trimmed[0] == '-' && strings.Contains(trimmed, "8<-"):
		return findSnippet(text, at)
	case strings.HasPrefix(trimmed, "<!--"):
		if strings.Contains(l, "8<-") && snippetMark().MatchString(l) {
			return include{}, true
		}
		if m := vitePressInclude().FindStringSubmatch(l); m != nil {
			p := pick{tag: m[3], first: number(m[4]), last: number(m[6])}
			if m[4] != "" && m[5] == "" {
				p.last = p.first
			}
			return include{targets: m[2:3], indent: m[1], pick: p}, true
		}
	case strings.HasPrefix(trimmed, "{%"):
		if m := jekyllInclude().FindStringSubmatch(l); m != nil {
			return include{targets: m[2:3], indent: m[1]}, true
		}
	case strings.HasPrefix(l, "import"):
		if m := mdxImport().FindStringSubmatch(l); m != nil {
			if in.imports == nil {
				in.imports = map[string]string{}
			}
			in.imports[m[1]] = m[2]
		}
	case trimmed[0] == '<' && in.imports != nil:
		if m := mdxPartial().FindStringSubmatch(l); m != nil && in.imports[m[2]] != "" {
			return include{targets: []string{in.imports[m[2]]}, keep: true}, true
		}
	case strings.Contains(trimmed, "{include}"):
		return findMyST(text, at)
	}
	return include{}, false
}

func findSnippet(text []string, at int) (include, bool) {
	if snippetMark().MatchString(text[at]) {
		return include{}, true
	}
	if m := snippet().FindStringSubmatch(text[at]); m != nil {
		found := include{indent: m[1]}
		target := m[2] + m[3]
		if part := snippetPart().FindStringSubmatch(target); part != nil {
			target = part[1]
			found.pick = pick{first: number(part[2]), last: number(part[3]), tag: part[4]}
		}
		found.targets = []string{target}
		return found, true
	}
	m := snippetBlock().FindStringSubmatch(text[at])
	if m == nil {
		return include{}, false
	}
	found := include{indent: m[1]}
	for i := at + 1; i < len(text) && i <= at+maxIncludes; i++ {
		if snippetBlock().MatchString(text[i]) {
			found.lines = i - at + 1
			return found, true
		}
		if target := strings.TrimSpace(text[i]); target != "" && target[0] != ';' {
			found.targets = append(found.targets, target)
		}
	}
	return include{}, false
}

// maxOptions is how many lines of options a directive may have.
const maxOptions = 30

func findMyST(text []string, at int) (include, bool) {
	m := mystInclude().FindStringSubmatch(text[at])
	if m == nil {
		return include{}, false
	}
	found := include{targets: m[3:4], indent: m[1]}
	for i := at + 1; i < len(text) && i <= at+maxOptions; i++ {
		l := strings.TrimSpace(text[i])
		if strings.HasPrefix(l, m[2]) {
			found.lines = i - at + 1
			return found, true
		}
		found.pick.option(l)
	}
	return include{}, false
}

// option takes an option of docutils' include directive.
func (p *pick) option(l string) {
	name, value, ok := strings.Cut(strings.TrimPrefix(l, ":"), ":")
	if !ok || !strings.HasPrefix(l, ":") {
		return
	}
	value = strings.Trim(strings.TrimSpace(value), `"'`)
	switch name {
	case "start-line": // counted from 0
		p.first = number(value) + 1
	case "end-line": // the line after the last, counted from 0
		p.last = number(value)
	case "lines":
		first, last, ranged := strings.Cut(value, "-")
		if p.first, p.last = number(first), number(last); !ranged {
			p.last = p.first
		}
	case "start-after":
		p.after = value
	case "end-before":
		p.before = value
	}
}
