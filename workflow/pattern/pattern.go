// Package pattern compiles regular expressions when they are first needed. All expressions of OiOi together take longer to
// compile than everything else that it does before it listens, and most are for few texts.
package pattern

import (
	"regexp"
	"sync"
)

// Lazy returns a function that compiles the expression once. It panics, as regexp.MustCompile does, where that is broken:
// a test of its package has to need each.
func Lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
