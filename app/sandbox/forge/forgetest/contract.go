// Package forgetest helps tests that talk to GitHub or to the local one: it holds the conversation to GitHub's published
// description.
package forgetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	verrors "github.com/pb33f/libopenapi-validator/errors"
)

// Contract is a transport that holds every request and answer that passes to GitHub's published description.
type Contract struct {
	t     testing.TB
	next  http.RoundTripper
	check validator.Validator // strict: what the description does not know is an error
	paths map[string]*regexp.Regexp

	mu   sync.Mutex
	seen map[string]bool // "GET /repos/{owner}/{repo}"
}

// NewContract returns a transport that passes requests on to next and fails t where a request that was taken, or any
// answer, is not as GitHub's published description says. t is skipped where the description is not to be had.
func NewContract(t testing.TB, next http.RoundTripper) *Contract {
	t.Helper()
	doc, err := libopenapi.NewDocument(amended(t, description(t)))
	must(t, err)
	c := &Contract{t: t, next: next, paths: map[string]*regexp.Regexp{}, seen: map[string]bool{}}
	var errs []error
	if c.check, errs = validator.NewValidator(doc, config.WithStrictMode(), config.WithFormatAssertions()); len(errs) > 0 {
		t.Fatal(errs)
	}
	model, err := doc.BuildV3Model()
	must(t, err)
	for pair := model.Model.Paths.PathItems.First(); pair != nil; pair = pair.Next() {
		c.paths[pair.Key()] = pattern(pair.Key())
	}
	return c
}

// undeclared are properties that GitHub sends and its description allows without naming them, or names in another of the
// shapes that an event may have.
var undeclared = regexp.MustCompile(`^response property .* at '\$\.body(` + strings.Join([]string{
	`\.status`, `.*\.permissions\.\w+`, `\.(request|response)\.(headers|payload)\..*`,
	`\[\d+\]\.(sub_issue|parent_issue|blocked_by|assignee|state_reason)`,
	`\[\d+\]\.(client_id|account\.user_view_type)`, // /app/installations repeats an older installation
}, "|") + `)'`)

// amended mends the three places where no answer could satisfy the description: an installation's account cannot be a user
// and an enterprise at once, a list has no property to discriminate by, and two shapes of a conflict are the same.
func amended(t testing.TB, raw []byte) []byte {
	t.Helper()
	var doc map[string]any
	must(t, json.Unmarshal(raw, &doc))
	at := func(v any, keys ...string) map[string]any {
		for _, k := range keys {
			v = v.(map[string]any)[k]
		}
		return v.(map[string]any)
	}
	schema := func(path, method, code string) map[string]any {
		return at(doc, "paths", path, method, "responses", code, "content", "application/json", "schema")
	}
	rename := func(in map[string]any, from, to string) {
		if _, ok := in[from]; !ok {
			t.Fatalf("the description has no %q to amend any more", from)
		}
		in[to] = in[from]
		delete(in, from)
	}
	rename(at(schema("/app/installations", "get", "200"), "items", "properties", "account"), "allOf", "anyOf")
	contents := schema("/repos/{owner}/{repo}/contents/{path}", "get", "200")
	rename(contents, "oneOf", "anyOf")
	delete(contents, "discriminator")
	rename(schema("/repos/{owner}/{repo}/contents/{path}", "put", "409"), "oneOf", "anyOf")
	out, err := json.Marshal(doc)
	must(t, err)
	return out
}

// pattern matches the addresses of a path; the variables that hold paths and refs take slashes.
func pattern(path string) *regexp.Regexp {
	p := regexp.MustCompile(`\\\{(path|ref|branch|basehead|commit_sha|tree_sha)\\\}$`).ReplaceAllString(regexp.QuoteMeta(path), `(.*)`)
	return regexp.MustCompile("^" + regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(p, `[^/]+`) + "$")
}

// operation finds the path of an address: the one with the fewest variables.
func (c *Contract) operation(escaped string) (path string, tail string) {
	for p, re := range c.paths {
		m := re.FindStringSubmatch(escaped)
		if m == nil || path != "" && strings.Count(p, "{") >= strings.Count(path, "{") {
			continue
		}
		path, tail = p, ""
		if len(m) > 1 {
			tail = m[1]
		}
	}
	return path, tail
}

// RoundTrip holds a request and its answer to the description and passes both on.
func (c *Contract) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	if err != nil {
		return nil, err
	}
	escaped := strings.TrimPrefix(r.URL.EscapedPath(), "/api/v3")
	path, tail := c.operation(escaped)
	if path == "" {
		return resp, nil // an address outside the description
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[r.Method+" "+path] = true
	if tail != "" {
		escaped = strings.TrimSuffix(escaped, tail) + strings.ReplaceAll(tail, "/", "%2F")
	}
	u, err := url.Parse("https://api.github.com" + escaped + "?" + r.URL.RawQuery)
	must(c.t, err)
	copied := r.Clone(r.Context())
	copied.URL, copied.Host = u, u.Host
	copied.Header = http.Header{"Accept": r.Header["Accept"], "Content-Type": r.Header["Content-Type"]} // the description lists no others
	copied.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > 0 && copied.Header.Get("Content-Type") == "" {
		copied.Header.Set("Content-Type", "application/json")
	}
	if string(bytes.TrimSpace(body)) == "null" { // ghinstallation sends this where it means nothing
		copied.Body = http.NoBody
	}
	name := r.Method + " " + escaped
	if resp.StatusCode < 400 { // what we send wrong on purpose is not held to the description
		if ok, errs := c.check.ValidateHttpRequestSync(copied); !ok {
			c.complain("request", name, body, errs)
		}
	}
	rec := &http.Response{StatusCode: resp.StatusCode, Header: http.Header{"Content-Type": resp.Header["Content-Type"]}, Body: io.NopCloser(bytes.NewReader(answer)), Request: copied}
	if resp.StatusCode == http.StatusUnauthorized {
		return resp, nil // may come anywhere, and is described in few places
	}
	if mediaType, _, _ := strings.Cut(rec.Header.Get("Content-Type"), ";"); mediaType != "application/json" && resp.StatusCode != http.StatusNoContent {
		return resp, nil // raw files, diffs, redirects
	}
	if ok, errs := c.check.ValidateHttpResponse(copied, rec); !ok {
		c.complain(fmt.Sprintf("answer %d", resp.StatusCode), name, answer, errs)
	}
	return resp, nil
}

func (c *Contract) complain(what, name string, body []byte, errs []*verrors.ValidationError) {
	c.t.Helper()
	for _, e := range errs {
		if undeclared.MatchString(e.Message) {
			continue
		}
		var why []string
		for _, s := range e.SchemaValidationErrors {
			why = append(why, s.FieldPath+": "+s.Reason)
		}
		c.t.Errorf("%s of %s is not valid: %s: %s\n  %s\n  %.500s", what, name, e.Message, e.Reason, strings.Join(why, "\n  "), body)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Operations lists what the description has, such as "GET /repos/{owner}/{repo}/issues", sorted.
func (c *Contract) Operations() []string {
	var out []string
	for path := range c.paths {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			concrete := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "1")
			_, errs := c.check.ValidateHttpRequestSync(httptest.NewRequest(method, "https://api.github.com"+concrete, nil))
			if !slices.ContainsFunc(errs, func(e *verrors.ValidationError) bool { return e.IsPathMissingError() || e.IsOperationMissingError() }) {
				out = append(out, method+" "+path)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Seen reports whether an operation was used.
func (c *Contract) Seen(operation string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[operation]
}
