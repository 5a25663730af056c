package aside_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/aside"
)

func TestAPanicIsAnError(t *testing.T) {
	err := fmt.Errorf("read a page: %w", aside.Do(func() error { panic("what a customer wrote") }))
	var p *aside.Panic
	if !errors.As(err, &p) || strings.Contains(err.Error(), "customer") {
		t.Fatalf("%v", err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Error("oops", "panic", p)
	for _, want := range []string{`panic.said="what a customer wrote"`, "aside_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in %s", want, log.String())
		}
	}
	failed := errors.New("failed")
	if err := aside.Do(func() error { return failed }); err != failed {
		t.Error(err)
	}
}
