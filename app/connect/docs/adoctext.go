package docs

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// attribute takes an attribute that the page sets, and reports whether the line is one.
// https://docs.asciidoctor.org/asciidoc/latest/attributes/document-attributes-ref/
func (a *adoc) attribute(bare string) bool {
	m := adocAttribute().FindStringSubmatch(bare)
	if m == nil {
		return false
	}
	name, value := m[2], a.inserted(strings.TrimSpace(m[4]))
	if m[1] != "" || m[3] != "" {
		delete(a.attrs, name)
		if name == "leveloffset" {
			a.offset = 0
		}
		return true
	}
	if len(value) > maxShown {
		value = ""
	}
	a.attrs[name] = value
	switch name {
	case "idprefix":
		a.meta.idPrefix = &value
	case "idseparator":
		a.meta.idSeparator = &value
	case "leveloffset":
		if a.offset = offset(value) + a.offset; !strings.HasPrefix(value, "+") && !strings.HasPrefix(value, "-") {
			a.offset = offset(value)
		}
		a.offset = max(-5, min(5, a.offset))
	case "doctitle":
		a.meta.set("title", value)
	case "description", "page-title", "page-slug", "page-permalink":
		a.meta.set(strings.TrimPrefix(name, "page-"), value)
	case "page-draft", "page-unlisted", "page-private", "page-hidden":
		if value == "" {
			value = "true"
		}
		a.meta.set(strings.TrimPrefix(name, "page-"), value)
	case "page-published":
		a.meta.set("published", value)
	}
	return true
}

var adocAdmonitions = map[string]string{"NOTE": "Note:", "TIP": "Tip:", "IMPORTANT": "Important:", "CAUTION": "Caution:", "WARNING": "Warning:"}

// attributes takes a line such as [#id], [[id]], [source,sh] or [NOTE], and reports whether it is one.
func (a *adoc) attributes(l *line, bare string) bool {
	if m := adocAnchor().FindStringSubmatch(bare); m != nil {
		a.id, l.hidden = m[1], true
		return true
	}
	if !adocList().MatchString(bare) {
		return false
	}
	l.hidden = true
	for i, option := range splitOptions(bare[1 : len(bare)-1]) {
		option = strings.TrimSpace(option)
		if key, value, named := strings.Cut(option, "="); named {
			if strings.TrimSpace(key) == "id" {
				a.id = strings.Trim(strings.TrimSpace(value), `"'`)
			}
			continue
		}
		switch {
		case i == 0:
			style := option
			if at := strings.IndexAny(option, "#.%"); at >= 0 {
				style = option[:at]
				if _, id, ok := strings.Cut(option, "#"); ok {
					if end := strings.IndexAny(id, ".%"); end >= 0 {
						id = id[:end]
					}
					a.id = id
				}
			}
			if style != "" {
				a.style = style
			}
			if label, ok := adocAdmonitions[style]; ok {
				l.text, l.hidden = "**"+label+"**", false
			}
		case i == 1 && a.style == "source" && len(option) < 30:
			a.lang = option
		}
	}
	return true
}

// inserted puts attributes' values in. What it adds is limited.
func (a *adoc) inserted(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	added := 0
	return adocReference().ReplaceAllStringFunc(s, func(name string) string {
		value, ok := a.attrs[name[1:len(name)-1]]
		if !ok {
			switch name {
			case "{nbsp}", "{sp}", "{empty}", "{zwsp}", "{wj}":
				return " "
			}
			return name
		}
		if added += len(value); added > maxInline || a.site.budget < len(value) {
			return name
		}
		a.site.budget -= len(value)
		return value
	})
}

var (
	adocItem   = pattern.Lazy(`^[ \t]*(\*{1,5}|\.{1,5}|-)[ \t]+(\S.*)$`)
	adocTerm   = pattern.Lazy(`^(\S.*?):{2,4}(?:[ \t]+(.*))?$`)
	adocInline = pattern.Lazy("`\\+([^`]+?)\\+`|`([^`]+)`|(?:link:|(https?://|mailto:))([^\\s\\[\\]<>]+)\\[([^\\]]*)\\]|xref:([^\\s\\[\\]]+)\\[([^\\]]*)\\]|<<([^<>,]+)(?:,[ ]*([^<>]*))?>>|(?:btn|kbd|menu):([^\\s\\[\\]]*)\\[([^\\]]*)\\]|image:[^:\\s\\[\\]]+\\[([^\\],]*)[^\\]]*\\]|\\[\\[[^\\[\\]]+\\]\\]|\\[#[^\\[\\]]*\\]")
	adocStrong = pattern.Lazy(`(^|[\s(,;:])\*([^\s*](?:[^*]*[^\s*])?)\*($|[\s).,;:!?])`)
)

// prose makes Markdown of a line of text: list entries, terms and admonitions.
func (a *adoc) prose(bare string) string {
	if m := adocItem().FindStringSubmatch(bare); m != nil {
		mark, depth := "- ", len(m[1])-1
		if m[1][0] == '.' {
			mark = "1. "
		}
		text := strings.TrimPrefix(strings.TrimPrefix(m[2], "[*] "), "[ ] ")
		return strings.Repeat("  ", depth) + mark + a.inline(text)
	}
	if label, rest, ok := strings.Cut(bare, ": "); ok && adocAdmonitions[label] != "" {
		return "**" + adocAdmonitions[label] + "** " + a.inline(rest)
	}
	if m := adocTerm().FindStringSubmatch(bare); m != nil && !strings.Contains(m[1], "::") && !strings.HasPrefix(m[2], "[") {
		return strings.TrimSpace("**" + a.inline(m[1]) + "** " + a.inline(m[2]))
	}
	return a.inline(strings.TrimSuffix(bare, " +"))
}

// inline makes plain Markdown of a line's marked text.
func (a *adoc) inline(s string) string {
	if len(s) > maxInline {
		return s
	}
	s = a.inserted(s)
	if strings.Contains(s, "*") {
		s = adocStrong().ReplaceAllString(s, "$1**$2**$3")
	}
	if !strings.ContainsAny(s, "`[<") {
		return s
	}
	return adocInline().ReplaceAllStringFunc(s, func(marked string) string {
		m := adocInline().FindStringSubmatch(marked)
		first := func(s string) string {
			s, _, _ = strings.Cut(s, ",")
			return strings.Trim(strings.TrimSuffix(s, "^"), `"`)
		}
		switch {
		case m == nil:
			return marked
		case m[1] != "":
			return "`" + m[1] + "`"
		case m[2] != "":
			return marked
		case m[4] != "":
			address := m[3] + m[4]
			if m[3] == "" && !strings.Contains(address, "://") { // to a file of the site
				return orElse(first(m[5]), address)
			}
			if first(m[5]) == "" {
				return address
			}
			return "[" + first(m[5]) + "](" + address + ")"
		case m[6] != "":
			return orElse(first(m[7]), strings.TrimSuffix(m[6], ".adoc"))
		case m[8] != "":
			return orElse(m[9], strings.TrimPrefix(m[8], "#"))
		case m[10] != "" || m[11] != "":
			path := strings.Trim(m[10]+" → "+strings.ReplaceAll(m[11], ">", "→"), " →")
			return "**" + path + "**"
		}
		return m[12] // a picture's text; anchors have none
	})
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
