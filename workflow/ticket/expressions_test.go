package ticket

import "testing"

// An expression is compiled when a text needs it: a broken one must not wait for that text.
func TestExpressionsCompile(t *testing.T) {
	for _, o := range orders() {
		o.pattern()
	}
}
