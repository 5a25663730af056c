package forge

import (
	"net/http"
	"time"
)

// Fault is what goes wrong with one request.
type Fault struct {
	// Delay comes first, by Options.Wait.
	Delay time.Duration
	// Reset cuts the connection instead of answering. With After, the request is carried out first: the caller does
	// not learn that its write was accepted.
	Reset bool
	After bool
	// Status, when set, is answered instead, with Header and Body. With After, the request is carried out first.
	Status int
	Header http.Header
	Body   string
}

func (f *Forge) withFaults(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	var fault *Fault
	if f.opts.Faults != nil {
		fault = f.opts.Faults(r)
	}
	if fault == nil {
		serve(w, r)
		return
	}
	if fault.Delay > 0 {
		if err := f.opts.Wait(r.Context(), fault.Delay); err != nil {
			return
		}
	}
	if !fault.Reset && fault.Status == 0 {
		serve(w, r)
		return
	}
	if fault.After {
		serve(unheard{http.Header{}}, r)
	}
	if fault.Reset {
		panic(http.ErrAbortHandler) // net/http then closes the connection without an answer
	}
	for k, v := range fault.Header {
		w.Header()[k] = v
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(fault.Status)
	_, _ = w.Write([]byte(fault.Body))
}

// unheard takes an answer that nobody gets.
type unheard struct{ header http.Header }

func (u unheard) Header() http.Header             { return u.header }
func (u unheard) WriteHeader(int)                 {}
func (u unheard) Write(p []byte) (n int, e error) { return len(p), nil }
