package forge

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/oioi-app/oioi/app/sandbox/forge/gitstore"
)

// FieldError says which field of a request is wrong, in GitHub's shape.
type FieldError struct {
	Resource string `json:"resource,omitempty"`
	Field    string `json:"field,omitempty"`
	Code     string `json:"code"` // missing, missing_field, invalid, already_exists, unprocessable, custom
	Message  string `json:"message,omitempty"`
	Value    any    `json:"value,omitempty"`
}

// Error is a refusal, with the HTTP status and message that GitHub gives for it. errors.Is compares the status, so
// that errors.Is(err, ErrNotFound) holds for each 404 whatever its text.
type Error struct {
	Status  int
	Message string
	Fields  []FieldError
}

func (e *Error) Error() string {
	out := fmt.Sprintf("%d %s", e.Status, e.Message)
	for _, f := range e.Fields {
		out += fmt.Sprintf("; %s %s: %s %s", f.Resource, f.Field, f.Code, f.Message)
	}
	return out
}

// Is reports whether target is an *Error with the same status.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Status == e.Status
}

// The refusals without a detail.
var (
	ErrUnauthorized = &Error{Status: http.StatusUnauthorized, Message: "Requires authentication"}
	ErrForbidden    = &Error{Status: http.StatusForbidden, Message: "Must have admin rights to Repository."}
	ErrIntegration  = &Error{Status: http.StatusForbidden, Message: "Resource not accessible by integration"}
	ErrNotFound     = &Error{Status: http.StatusNotFound, Message: "Not Found"}
	ErrGone         = &Error{Status: http.StatusGone, Message: "This issue was deleted"}
	ErrInvalid      = &Error{Status: http.StatusUnprocessableEntity, Message: "Validation Failed"}
	ErrConflict     = &Error{Status: http.StatusConflict, Message: "Conflict"}
)

func invalid(resource, field, code, format string, args ...any) *Error {
	return &Error{Status: http.StatusUnprocessableEntity, Message: "Validation Failed",
		Fields: []FieldError{{Resource: resource, Field: field, Code: code, Message: fmt.Sprintf(format, args...)}}}
}

func unprocessable(format string, args ...any) *Error {
	return &Error{Status: http.StatusUnprocessableEntity, Message: fmt.Sprintf(format, args...)}
}

// fromGit gives a git error the status that GitHub answers with.
func fromGit(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gitstore.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, gitstore.ErrExists):
		return unprocessable("Reference already exists")
	case errors.Is(err, gitstore.ErrNotForward):
		return unprocessable("Update is not a fast forward")
	case errors.Is(err, gitstore.ErrConflict):
		return &Error{Status: http.StatusConflict, Message: err.Error()}
	case errors.Is(err, gitstore.ErrInvalidPath):
		return unprocessable("%s", err)
	}
	return err
}
