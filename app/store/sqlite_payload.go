package store

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"sync"

	faster "github.com/klauspost/compress/flate"
)

// Readers of flate own large tables, so they are kept for reuse.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// deflate does not use the standard library's writer, which takes three times the time for the same format and owns hundreds of
// kilobytes; the reader is the standard library's.
func deflate(b []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(b)/4 + 64)
	if err := faster.StatelessDeflate(&out, b, true, nil); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func inflate(b []byte) ([]byte, error) {
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(b), nil); err != nil {
		return nil, err
	}
	out, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("inflate a stored payload: %w", err)
	}
	return out, nil
}
