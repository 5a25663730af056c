package store

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"sync"

	faster "github.com/klauspost/compress/flate"
)

// Writers and readers of flate own large tables, so they are kept for reuse. The writer is not the standard library's, which takes
// twice the time for the same format; the reader is.
var (
	deflaters = sync.Pool{New: func() any {
		w, err := faster.NewWriter(nil, faster.BestSpeed) // the levels above gain little on JSON and cost several times the time
		if err != nil {
			panic(err) // only an unknown level fails
		}
		return w
	}}
	inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}
)

func deflate(b []byte) ([]byte, error) {
	w := deflaters.Get().(*faster.Writer)
	defer deflaters.Put(w)
	var out bytes.Buffer
	out.Grow(len(b)/4 + 64)
	w.Reset(&out)
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
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
