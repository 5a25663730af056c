package openai

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// maxBody is more than the longest answer that any contract allows, many times over.
const maxBody = 4 << 20

var errTooLarge = errors.New("the body is larger than 4 MB")

// wire sits between the SDK and the network. It reads the whole body, bounded and within the request's timeout, and
// notes what the SDK loses: the status, Retry-After, and the error in whatever form the backend writes it.
type wire struct {
	client *http.Client
	now    func() time.Time
}

// exchange is what wire noted about one request.
type exchange struct {
	status     int // as the error inside a 200 says it, where there is one
	retryAfter time.Duration
	code       string // the error's code or type, lower case
	param      string
	message    string
	html       bool // a web page came back instead of JSON
	location   string
}

func (x *exchange) failed() bool { return x.status != 0 && (x.status < 200 || x.status > 299) }

type exchangeKey struct{}

// Do sends the request.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	res, err := w.client.Do(req) //nolint:gosec // the address is the operator's, from the configuration
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	if noted, ok := req.Context().Value(exchangeKey{}).(*exchange); ok {
		w.note(noted, res, body)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

func (w *wire) note(x *exchange, res *http.Response, body []byte) {
	x.status = res.StatusCode
	x.retryAfter = retryAfter(res.Header, w.now())
	x.location = res.Header.Get("Location")
	x.html = bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
	answer := gjson.ParseBytes(body)
	if answer.IsArray() { // Gemini answers [{"error": …}]
		answer = answer.Get("0")
	}
	problem := answer.Get("error")
	if !problem.Exists() || problem.Type == gjson.Null {
		if choice := answer.Get("choices.0.error"); choice.IsObject() { // OpenRouter: the provider behind it failed midway
			problem = choice
		}
	}
	switch {
	case problem.IsObject():
		x.message = problem.Get("message").String()
		x.param = problem.Get("param").String()
		x.code = strings.ToLower(first(problem.Get("code").String(), problem.Get("type").String(), problem.Get("status").String()))
	case problem.Type == gjson.String: // Ollama answers {"error": "…"}
		x.message = problem.String()
	case x.failed():
		x.message = first(answer.Get("message").String(), answer.Get("detail").String(), answer.Get("detail.0.msg").String(), string(body))
	default:
		return
	}
	if !x.failed() {
		// The request failed although the status says 200.
		x.status = http.StatusBadGateway
		if code := int(problem.Get("code").Int()); code >= 400 && code <= 599 {
			x.status = code
		}
	}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" && v != "[]" && v != "{}" {
			return v
		}
	}
	return ""
}

// retryAfter reads Retry-After as seconds or a date (RFC 9110, 10.2.3), and OpenAI's retry-after-ms.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if seconds > 0 && seconds < 1e6 {
			return time.Duration(seconds * float64(time.Second))
		}
		return 0
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// transport returns a transport that gives up on a host that does not answer. Waiting for the answer itself is bounded
// by the request's context.
func transport(timeout time.Duration) http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: min(10*time.Second, timeout), KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = min(10*time.Second, timeout)
	t.MaxIdleConnsPerHost = 8
	return t
}

func withExchange(ctx context.Context) (context.Context, *exchange) {
	x := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, x), x
}
