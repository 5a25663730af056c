package forge

import (
	"net/url"
	"strings"

	"github.com/oioi-app/oioi/workflow/sorting"
)

// route is one line of the API: a method, the parts of the address, and who serves it. "{x}" takes one part, "{x...}"
// all that is left.
type route struct {
	method string
	parts  []string
	serve  handler
}

func (r route) match(parts []string) (map[string]string, bool) {
	vars := map[string]string{}
	for i, p := range r.parts {
		name, isVar := strings.CutPrefix(p, "{")
		name = strings.TrimSuffix(name, "}")
		if rest, ok := strings.CutSuffix(name, "..."); isVar && ok {
			v, err := url.PathUnescape(strings.Join(parts[min(i, len(parts)):], "/"))
			vars[rest] = v
			return vars, err == nil
		}
		if i >= len(parts) {
			return nil, false
		}
		v, err := url.PathUnescape(parts[i])
		if err != nil || !isVar && v != p {
			return nil, false
		}
		if isVar {
			vars[name] = v
		}
	}
	return vars, len(parts) == len(r.parts)
}

// restRoutes are the REST API's routes, the more precise ones first: the first that fits serves.
func restRoutes() []route {
	var out []route
	for _, group := range []map[string]handler{metaRoutes, appRoutes, repoRoutes, settingsRoutes, issueRoutes, pullRoutes, reviewRoutes, gitRoutes} {
		for line, h := range group {
			method, pattern, _ := strings.Cut(line, " ")
			out = append(out, route{method, strings.Split(strings.TrimPrefix(pattern, "/"), "/"), h})
		}
	}
	return sortRoutes(out)
}

// sortRoutes puts the more precise routes first: fixed parts before variables, and those before "all that is left".
func sortRoutes(routes []route) []route {
	rank := func(part string) string {
		switch {
		case strings.HasSuffix(part, "...}"):
			return "3"
		case strings.HasPrefix(part, "{"):
			return "2"
		}
		return "1" + part
	}
	sorting.Stable(routes, func(a, b route) int {
		for i := range min(len(a.parts), len(b.parts)) {
			if n := strings.Compare(rank(a.parts[i]), rank(b.parts[i])); n != 0 {
				return n
			}
		}
		if n := len(a.parts) - len(b.parts); n != 0 {
			return n
		}
		return strings.Compare(a.method, b.method)
	})
	return routes
}
