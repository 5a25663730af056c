package gitstore

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzReadWants(f *testing.F) {
	sha := strings.Repeat("a1", 20)
	f.Add([]byte("0032want " + sha + "\n00000032have " + sha + "\n0009done\n"))
	f.Add([]byte("0032want " + sha + "\n0000"))
	f.Add([]byte("0011deepen 1\n0000"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		wants, _, _, err := readWants(bytes.NewReader(raw))
		if err == nil && len(wants) == 0 {
			t.Error("a request that wants nothing was taken")
		}
	})
}
