package docs

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/helpcenter"
	"github.com/oioi-app/oioi/workflow/pattern"
)

// explicit reads a directive, a target, a footnote, a substitution or a comment.
// https://docutils.sourceforge.io/docs/ref/rst/directives.html https://www.sphinx-doc.org/en/master/usage/restructuredtext/directives.html
func (r *rst) explicit(i, indent int, bare string) int {
	if len(bare) > maxParsed {
		r.lines[i].text = r.lines[i].text[:indent] + strings.TrimPrefix(bare, ".. ")
		return i + 1
	}
	if m := rstTarget().FindStringSubmatch(bare); m != nil {
		if r.lines[i].hidden = true; m[2] == "" && r.id == "" {
			r.id = helpcenter.Identifier(strings.Trim(m[1], "`"))
		}
		return i + 1
	}
	if m := rstNote().FindStringSubmatch(bare); m != nil {
		r.lines[i].text = r.lines[i].text[:indent] + "[" + strings.TrimLeft(m[1], "#*") + "]" + r.inline(m[2])
		return i + 1
	}
	end := r.end(i, indent)
	m := rstDirective().FindStringSubmatch(bare)
	if m == nil { // a comment
		r.hide(i, end)
		return end
	}
	if m[1] != "" {
		if m[2] == "replace" && len(m[3]) <= maxShown {
			r.subs[m[1]] = m[3]
		}
		r.hide(i, end)
		return end
	}
	return r.directive(i, indent, end, m[2], strings.TrimSpace(m[3]))
}

// What directives show to readers besides their body.
var (
	rstAdmonitions = map[string]string{
		"attention": "Attention:", "caution": "Caution:", "danger": "Danger:", "error": "Error:", "hint": "Hint:", "important": "Important:",
		"note": "Note:", "tip": "Tip:", "warning": "Warning:", "seealso": "See also:", "todo": "",
		"versionadded": "New in version", "versionchanged": "Changed in version", "deprecated": "Deprecated since version",
	}
	rstCode = map[string]bool{"code-block": true, "code": true, "sourcecode": true, "parsed-literal": true, "prompt": true, "console": true, "math": true}
	// Directives whose lines are not text.
	rstSilent = map[string]bool{
		"toctree": true, "index": true, "contents": true, "meta": true, "raw": true, "image": true, "highlight": true, "include": true,
		"literalinclude": true, "currentmodule": true, "module": true, "py:module": true, "py:currentmodule": true, "default-role": true,
		"role": true, "title": true, "sectionauthor": true, "codeauthor": true, "tabularcolumns": true, "rst-class": true,
		"sectnum": true, "todo": true, "todolist": true, "graphviz": true, "mermaid": true, "autoclass": true, "automodule": true,
	}
)

func (r *rst) directive(i, indent, end int, name, argument string) int {
	body := i + 1
	for ; body < end; body++ { // options
		l := r.lines[body].text
		if len(l) > maxParsed || !rstOption().MatchString(l) {
			break
		}
		r.option(name, l)
		r.lines[body].hidden = true
	}
	head := &r.lines[i]
	pad := strings.Repeat(" ", min(indent, maxNesting))
	switch {
	case name == "title":
		r.meta.set("title", argument)
		fallthrough
	case rstSilent[name]:
		r.hide(i, end)
		return end
	case rstCode[name]:
		if head.hidden = true; name == "math" || name == "parsed-literal" || strings.ContainsAny(argument, " `") {
			argument = ""
		}
		if name == "math" && body == end {
			return end
		}
		r.code(body, end, indent, argument)
		return end
	case name == "figure" || name == "list-table" && argument == "" || name == "class" || name == "only" || name == "container":
		head.hidden = true
	default:
		label, known := rstAdmonitions[name]
		switch {
		case known:
			head.text = pad + strings.TrimSpace("**"+label+"** "+r.inline(argument))
		case argument == "":
			head.hidden = true
		default: // a tab's, a drop-down's or a table's title
			head.text = pad + r.inline(argument)
		}
	}
	// The body is read on as text of the place where the directive stands.
	if first := r.next[body]; first < end {
		depth := indentOf(r.lines[first].text) - indent
		for k := first; k < end; k = r.next[k+1] {
			r.lines[k].text = r.lines[k].text[min(depth, indentOf(r.lines[k].text)):]
		}
	}
	return i + 1
}

// option takes what readers or search engines see of a directive's options.
func (r *rst) option(directive, l string) {
	m := rstOption().FindStringSubmatch(l)
	if directive == "meta" && m != nil {
		r.meta.set(m[1], strings.TrimSpace(m[2]))
	}
}

// rstInline is a stretch of marked text: “code“, :role:`text`, `text <address>`_, `reference`_ and |substitution|.
var rstInline = pattern.Lazy("``(.+?)``|:([A-Za-z][\\w:+.-]*):`([^`]+)`|`([^`<>]+?)[ ]*<([^`<>]+)>`__?|`([^`]+)`(?:__?)?|\\|([^|\\s](?:[^|]*[^|\\s])?)\\|(?:__?)?")

// maxInline is how long a line may be, in bytes, to have its marks read.
const maxInline = 4 << 10

// inline makes plain Markdown of a line's marked text.
func (r *rst) inline(l string) string {
	if len(l) > maxInline || !strings.ContainsAny(l, "`|") {
		return l
	}
	return rstInline().ReplaceAllStringFunc(l, func(marked string) string {
		m := rstInline().FindStringSubmatch(marked)
		switch {
		case m == nil:
			return marked
		case m[1] != "":
			return "`" + m[1] + "`"
		case m[2] != "":
			return roleText(m[2], m[3])
		case m[5] != "":
			if strings.HasPrefix(m[5], "http://") || strings.HasPrefix(m[5], "https://") {
				return "[" + m[4] + "](" + m[5] + ")"
			}
			return m[4]
		case m[6] != "":
			return m[6]
		case m[7] != "":
			if with, ok := r.subs[m[7]]; ok && len(with) <= maxShown && r.site.budget > len(with) {
				r.site.budget -= len(with)
				return with
			}
		}
		return marked
	})
}

// roleText is how readers see a role's text: https://www.sphinx-doc.org/en/master/usage/restructuredtext/roles.html
func roleText(name, text string) string {
	if title, target, ok := strings.Cut(text, "<"); ok && strings.HasSuffix(target, ">") && strings.TrimSpace(title) != "" {
		text = strings.TrimSpace(title)
	} else if strings.HasPrefix(text, "~") {
		text = text[strings.LastIndex(text, ".")+1:]
		text = strings.TrimPrefix(text, "~")
	}
	text = strings.TrimPrefix(text, "!")
	switch name {
	case "guilabel", "menuselection", "kbd", "strong":
		return "**" + strings.ReplaceAll(text, "-->", "→") + "**"
	case "ref", "doc", "term", "any", "numref", "download", "abbr", "emphasis", "sup", "sub", "title", "pep", "rfc", "index":
		return text
	}
	return "`" + text + "`"
}
