package forge

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// maxRequest is the largest body of a request that is read.
const maxRequest = 40 << 20

// call is one request to the REST API.
type call struct {
	f     *Forge
	w     http.ResponseWriter
	r     *http.Request
	actor Actor
	app   string // slug, when an App signed in with its key
	vars  map[string]string
}

func (c *call) repo() string { return c.vars["owner"] + "/" + c.vars["repo"] }

// ref is the issue or pull request that the address names.
func (c *call) ref() Ref {
	n, _ := strconv.Atoi(c.vars["number"]) // 0 is nobody's number: the answer is 404
	return Ref{Repo: c.repo(), Number: n}
}

func (c *call) int64(name string) int64 {
	n, _ := strconv.ParseInt(c.vars[name], 10, 64)
	return n
}

func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// since reads the query's since, a time or nothing.
func (c *call) since() (time.Time, error) {
	s := c.query("since")
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, invalid("Issue", "since", "invalid", "since must be a time such as 2026-01-31T08:00:00Z")
	}
	return t, nil
}

// read decodes the request's JSON body. No body at all leaves v as it is.
func (c *call) read(v any) error {
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, maxRequest+1))
	if err != nil {
		return &Error{Status: http.StatusBadRequest, Message: "The request body could not be read"}
	}
	if len(raw) > maxRequest {
		return &Error{Status: http.StatusRequestEntityTooLarge, Message: "The request body is too large"}
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	switch err := json.Unmarshal(raw, v); {
	case errors.As(err, &wrong):
		return unprocessable("Invalid request.\n\nFor 'properties/%s', %s is not of the right type (%s).", wrong.Field, wrong.Value, wrong.Type)
	case err != nil:
		return &Error{Status: http.StatusBadRequest, Message: "Problems parsing JSON"}
	}
	return nil
}

// answer is what a REST handler gives back. Body is rendered under the forge's lock, so that one answer is one moment.
type answer struct {
	status int
	body   func() any
	raw    []byte // instead of body
	kind   string // content type of raw
}

func ok(body func() any) answer      { return answer{status: http.StatusOK, body: body} }
func created(body func() any) answer { return answer{status: http.StatusCreated, body: body} }

var noContent = answer{status: http.StatusNoContent}

// handler serves one route.
type handler func(*call) (answer, error)

// Serves reports whether an address is for machines (the REST API, git, raw files, archives, diffs, pictures) and so
// Handler's; pages for people take the rest.
func Serves(p string) bool {
	parts := strings.SplitN(strings.TrimPrefix(p, "/"), "/", 4)
	switch {
	case parts[0] == "api" || parts[0] == "avatars" || p == "/graphql" || isGit(p):
		return true
	case len(parts) < 4:
		return false
	}
	return parts[2] == "raw" || parts[2] == "archive" || parts[2] == "pull" && (strings.HasSuffix(p, ".diff") || strings.HasSuffix(p, ".patch"))
}

// Handler serves the REST API below /api/v3, git clone below /OWNER/REPO.git, raw files, diffs and pictures. Everything
// else is 404: a sandbox mounts its pages there.
func (f *Forge) Handler() http.Handler {
	routes := restRoutes()
	rest := func(w http.ResponseWriter, r *http.Request) { f.rest(routes, w, r) }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.base.Load() == nil {
			f.SetBaseURL("http://" + r.Host)
		}
		serve := f.files
		switch p := r.URL.Path; {
		case p == "/api/v3" || strings.HasPrefix(p, "/api/v3/"):
			serve = rest
		case strings.HasPrefix(p, "/api/"), p == "/graphql":
			serve = func(w http.ResponseWriter, r *http.Request) {
				f.refuse(w, &Error{Status: http.StatusNotImplemented, Message: "This local GitHub has the REST API only; GraphQL and uploads are not there. Use " + f.api("")})
			}
		case isGit(p):
			serve = f.serveGit
		}
		f.withFaults(w, r, serve)
	})
}

func (f *Forge) rest(routes []route, w http.ResponseWriter, r *http.Request) {
	// As a server in front of GitHub does, dots are resolved before routing: a client that does not escape a path
	// reaches what it then spells.
	p := strings.TrimPrefix(path.Clean(r.URL.EscapedPath()), "/api/v3")
	c := &call{f: f, w: w, r: r}
	w.Header().Set("X-GitHub-Request-Id", requestID())
	w.Header().Set("X-GitHub-Api-Version-Selected", "2022-11-28")
	if r.UserAgent() == "" {
		f.refuse(w, &Error{Status: http.StatusForbidden, Message: "Request forbidden by administrative rules. Please make sure your request has a User-Agent header."})
		return
	}
	if err := c.signIn(); err != nil {
		f.refuse(w, err)
		return
	}
	if err := f.countCall(c); err != nil {
		f.refuse(w, err)
		return
	}
	parts := strings.Split(strings.TrimPrefix(p, "/"), "/")
	parts, answered := f.named(w, r, parts)
	if answered {
		return
	}
	var allowed []string
	for _, route := range routes {
		vars, fits := route.match(parts)
		if !fits {
			continue
		}
		if route.method != r.Method && !(r.Method == http.MethodHead && route.method == http.MethodGet) {
			allowed = append(allowed, route.method)
			continue
		}
		c.vars = vars
		a, err := route.serve(c)
		if err != nil {
			f.refuse(w, err)
			return
		}
		c.send(a)
		return
	}
	message := "This local GitHub does not have " + r.Method + " " + p
	if len(allowed) > 0 {
		message += " (it has " + strings.Join(allowed, ", ") + " there)"
	}
	f.refuse(w, &Error{Status: http.StatusNotImplemented, Message: message + "."})
}

func (c *call) send(a answer) {
	if a.body == nil && a.raw == nil {
		c.w.WriteHeader(a.status)
		return
	}
	raw, kind := a.raw, a.kind
	if a.body != nil {
		c.f.mu.RLock()
		v := a.body()
		c.f.mu.RUnlock()
		var err error
		if raw, err = marshal(v); err != nil {
			c.f.refuse(c.w, fmt.Errorf("render the answer: %w", err))
			return
		}
		kind = "application/json; charset=utf-8"
	}
	h := c.w.Header()
	h.Set("Content-Type", kind)
	if c.r.Method == http.MethodGet && a.status == http.StatusOK {
		sum := sha256.Sum256(raw)
		tag := `W/"` + hex.EncodeToString(sum[:16]) + `"`
		h.Set("ETag", tag)
		h.Set("Cache-Control", "private, max-age=60, s-maxage=60")
		if strings.TrimPrefix(c.r.Header.Get("If-None-Match"), "W/") == strings.TrimPrefix(tag, "W/") {
			c.w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	c.w.WriteHeader(a.status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(raw)
	}
}

// marshal writes JSON without escaping <, > and &, as GitHub does.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// refuse answers an error in GitHub's shape. What is not an *Error is our own fault: 500, and it is logged.
func (f *Forge) refuse(w http.ResponseWriter, err error) {
	var e *Error
	if !errors.As(err, &e) {
		f.log.Error("the local GitHub failed to answer", "error", err)
		e = &Error{Status: http.StatusInternalServerError, Message: "Server Error: " + err.Error()}
	}
	body := object{"message": e.Message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(e.Status)}
	if len(e.Fields) > 0 {
		body["errors"] = e.Fields
	}
	raw, err := marshal(body)
	if err != nil {
		raw = []byte(`{"message":"Server Error"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(e.Status)
	_, _ = w.Write(raw)
}

const (
	perPage    = 30
	maxPerPage = 100
)

// paged cuts the page that the request asks for out of list, and links to the others.
func paged[T any](c *call, list []T) []T {
	size := clampQuery(c.query("per_page"), perPage, maxPerPage)
	page := clampQuery(c.query("page"), 1, 1<<30)
	last := max(1, (len(list)+size-1)/size)
	var links []string
	add := func(rel string, n int) {
		u := *c.r.URL
		q := u.Query()
		q.Set("page", strconv.Itoa(n))
		u.RawQuery = q.Encode()
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, c.f.BaseURL(), u.EscapedPath(), u.RawQuery, rel))
	}
	if page > 1 {
		add("prev", min(page-1, last))
	}
	if page < last {
		add("next", page+1)
		add("last", last)
	}
	if page > 1 {
		add("first", 1)
	}
	if len(links) > 0 {
		c.w.Header().Set("Link", strings.Join(links, ", "))
	}
	from := min((page-1)*size, len(list))
	return list[from:min(from+size, len(list))]
}

func clampQuery(s string, normal, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return normal
	}
	return min(n, most)
}

// render makes the answer's list out of what was found.
func render[T any](list []T, one func(T) object) func() any {
	return func() any {
		out := make([]object, 0, len(list))
		for _, x := range list {
			if o := one(x); o != nil {
				out = append(out, o)
			}
		}
		return out
	}
}

// countCall counts a call towards the hour's limit and refuses it beyond.
func (f *Forge) countCall(c *call) error {
	now := f.opts.Now().UTC()
	hour := now.Truncate(time.Hour)
	limit := cmp.Or(f.opts.RateLimit, defaultRateLimit)
	f.rateMu.Lock()
	if f.rateHour != hour {
		f.rateHour, f.rateUsed = hour, map[string]int{}
	}
	who := cmp.Or(c.actor.Login, c.app, "-")
	if c.r.URL.Path != "/api/v3/rate_limit" {
		f.rateUsed[who]++
	}
	used := f.rateUsed[who]
	f.rateMu.Unlock()
	h := c.w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Used", strconv.Itoa(min(used, limit)))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, limit-used)))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(hour.Add(time.Hour).Unix(), 10))
	h.Set("X-RateLimit-Resource", "core")
	if used > limit {
		return &Error{Status: http.StatusForbidden, Message: "API rate limit exceeded for " + who + "."}
	}
	return nil
}

// defaultRateLimit never stops anybody who works by hand; Options.RateLimit sets one that does.
const defaultRateLimit = 1_000_000

type actorKey struct{}

// WithActor returns a context whose requests to Handler act as a person who signed in some other way than by a token:
// the pages of a sandbox use it for links to raw files and diffs.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}
