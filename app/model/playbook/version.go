package playbook

import (
	"strconv"
	"strings"
)

// numbers reads "v2.4.1" as 2, 4, 1. Anything else gives nil.
func numbers(version string) []int {
	version = strings.TrimPrefix(strings.TrimSpace(version), "v")
	version, _, _ = strings.Cut(version, "-")
	var out []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		out = append(out, n)
	}
	return out
}

// newer reports whether version a comes after b. A version that cannot be read is not newer than any.
func newer(a, b string) bool {
	x, y := numbers(a), numbers(b)
	if x == nil || y == nil {
		return false
	}
	for i := range max(len(x), len(y)) {
		var p, q int
		if i < len(x) {
			p = x[i]
		}
		if i < len(y) {
			q = y[i]
		}
		if p != q {
			return p > q
		}
	}
	return false
}

// supported reports whether a version is of one of the lines "2.4", "2.3".
func supported(version string, lines []string) bool {
	v := strings.TrimPrefix(version, "v")
	for _, line := range lines {
		line = strings.TrimPrefix(line, "v")
		if v == line || strings.HasPrefix(v, line+".") {
			return true
		}
	}
	return false
}
