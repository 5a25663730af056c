// Package aside does work whose panic must not end the process: what runs in a goroutine of its own, where nobody else would
// catch it, and what is tried again at each start. A panic becomes an error, which is named like any other.
package aside

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Panic is an error that stands for a panic. Its text may be shown to anybody: what the panic said may quote what people wrote, and is
// for the log alone.
type Panic struct {
	value any
	trace string
}

// Error says where to look.
func (*Panic) Error() string { return "a bug in OiOi ended this; OiOi's log says where" }

// LogValue shows the operator everything.
func (p *Panic) LogValue() slog.Value {
	return slog.GroupValue(slog.String("said", fmt.Sprint(p.value)), slog.String("trace", p.trace))
}

// Do calls do. Where it panics, the error is a *Panic.
func Do(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &Panic{v, string(debug.Stack())}
		}
	}()
	return do()
}

// Get calls get, which also returns something. Where it panics, that is the zero value and the error is a *Panic.
func Get[T any](get func() (T, error)) (got T, err error) {
	err = Do(func() (err error) {
		got, err = get()
		return err
	})
	return got, err
}
