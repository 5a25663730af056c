package redact

import "testing"

// An expression is compiled when a text needs it: a broken one must not wait for that text.
func TestExpressionsCompile(t *testing.T) {
	for _, f := range formats {
		f.shape()
	}
	for _, street := range streets {
		street()
	}
}
