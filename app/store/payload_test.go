package store

import (
	"bytes"
	"compress/flate"
	"math/rand/v2"
	"strings"
	"testing"
)

// A database holds payloads that an earlier version deflated with the standard library.
func TestPayloadOfAnEarlierVersionIsRead(t *testing.T) {
	t.Parallel()
	want := []byte(strings.Repeat(`{"action":"opened"}`, 500))
	var stored bytes.Buffer
	w, err := flate.NewWriter(&stored, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(want); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := inflate(stored.Bytes()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back as %d: %v", len(want), len(got), err)
	}
}

// What is stored comes back, whatever it is made of and whatever the writer that is used again wrote before: words, repeated at
// any distance, and noise, from nothing to several windows.
func TestPayloadsComeBack(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) // always the same
	piece := func(most int) (b []byte) {
		n, letters := random.IntN(most+1), 1+random.IntN(255)
		for range n {
			b = append(b, byte(random.IntN(letters)))
		}
		return b
	}
	for i := range 3000 {
		var in []byte
		for range random.IntN(12) {
			switch p := piece(1 << random.IntN(12)); random.IntN(4) {
			case 0:
				in = append(in, payload()[:random.IntN(len(payload()))]...)
			case 1:
				in = append(in, bytes.Repeat(p, random.IntN(100))...)
			case 2:
				from := random.IntN(len(in) + 1)
				in = append(in, in[from:from+random.IntN(len(in)-from+1)]...)
			default:
				in = append(in, p...)
			}
			in = in[:min(len(in), 200_000)]
		}
		stored, err := deflate(in)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := inflate(stored); err != nil || !bytes.Equal(got, in) {
			t.Fatalf("payload %d: %d bytes came back as %d: %v", i, len(in), len(got), err)
		}
	}
}
