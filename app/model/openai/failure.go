package openai

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/oioi-app/oioi/app/model"
)

// failure says what a failed request means. The exchange comes before the SDK's error: the SDK knows only OpenAI's own
// way to write one.
func (c *Client) failure(ctx context.Context, x *exchange, err error, name string) *model.Error {
	out := &model.Error{Status: x.status, RetryAfter: x.retryAfter, Cause: err}
	if x.failed() {
		out.Detail = c.safe(x.code + " " + x.message)
		out.Class, out.Message = c.status(x, name)
		return out
	}
	if err != nil {
		out.Detail = c.safe(err.Error())
	}
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	var dial *net.OpError
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		out.Class, out.Message = model.Stopped, "The call to the model was stopped."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errTimeout):
		out.Class, out.Message = model.Retryable, "The model did not answer within "+c.config.Timeout.String()+"."
	case errors.Is(err, errTooLarge):
		out.Class, out.Message = model.Misconfigured, "The model's API answered with more than 4 MB, which no answer needs. Check model.base_url in config.yml."
	case errors.As(err, &certificate):
		out.Class, out.Message = model.Misconfigured, "The certificate of "+c.host+" is not trusted. Check model.base_url in config.yml, or install the certificate of its authority."
	case x.status != 0 && x.html:
		out.Class, out.Message = model.Misconfigured, c.host+" answered with a web page instead of JSON. Check the path in model.base_url; most APIs want it to end in /v1."
	case errors.As(err, &dns) && dns.IsNotFound:
		out.Class, out.Message = model.Unavailable, "There is no host "+c.host+". Check model.base_url in config.yml and the network."
	case errors.As(err, &dial) && dial.Op == "dial":
		out.Class, out.Message = model.Unavailable, "Nothing answers at "+c.host+". Check model.base_url in config.yml, and whether the model's server runs."
	default:
		out.Class, out.Message = model.Retryable, "The connection to the model's API broke."
	}
	return out
}

// status explains an HTTP status.
func (c *Client) status(x *exchange, name string) (model.Class, string) {
	text := strings.ToLower(x.code + " " + x.message)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	const key = " Set OPENAI_API_KEY, or the key file that model.key_file names, to a valid key."
	switch {
	case x.status == http.StatusUnauthorized, has("invalid_api_key", "api key not valid", "invalid api key", "incorrect api key"):
		return model.Unauthorized, c.host + " does not accept the key." + key
	case x.status == http.StatusForbidden:
		return model.Unauthorized, c.host + " does not let this key use the model " + name + "." + key
	case x.status == http.StatusPaymentRequired, has("insufficient_quota", "billing_hard_limit", "credit balance", "insufficient credits"):
		return model.Misconfigured, "The account at " + c.host + " has no credit or quota left. Add some, or set another key."
	case x.status == http.StatusRequestEntityTooLarge, has("context_length", "context length", "maximum context", "context window", "prompt is too long", "too many tokens"):
		return model.Misconfigured, "The prompt is too long for the model " + name + ". Choose one with a larger context, or lower prompt.warn_above_tokens in .github/oioi.yml."
	case has("content_filter", "content management policy", "content_policy", "safety system", "prohibited_content"):
		return model.Refused, "The model's content filter stops it from working on this ticket. A person has to, or another model: set model.model in config.yml."
	case x.status == http.StatusTooManyRequests:
		return model.Retryable, c.host + " is asked too often at the moment."
	case x.status >= 300 && x.status < 400:
		return model.Misconfigured, c.host + " redirects to another address, which OiOi does not follow with a key. Set model.base_url in config.yml to the final address."
	case x.status == http.StatusNotFound, x.status == http.StatusMethodNotAllowed, x.status == http.StatusNotImplemented:
		return model.Misconfigured, c.host + " does not know the model " + name + ", or not this path. Check model.model and model.base_url in config.yml; most APIs want the URL to end in /v1."
	case x.status == http.StatusRequestTimeout, x.status == http.StatusConflict, x.status == http.StatusTooEarly, x.status >= 500:
		return model.Retryable, c.host + " cannot answer at the moment."
	}
	return model.Misconfigured, c.host + " does not accept the request. OiOi's log has its reason; check model.model and model.base_url in config.yml."
}

// keys matches what looks like a credential in a provider's message.
var keys = regexp.MustCompile(`(?i)\b(?:sk|pk|rk|gsk|xai|AIza|key|token|bearer)[-_ =:]*[A-Za-z0-9*_.\-]{8,}`)

const maxDetail = 300

// safe makes a provider's words fit for the operator's log: one short line without keys.
func (c *Client) safe(text string) string {
	if key := c.config.Key; key != "" {
		text = strings.ReplaceAll(text, key, "[key]")
	}
	text = strings.Join(strings.Fields(keys.ReplaceAllString(text, "[key]")), " ")
	text = strings.ToValidUTF8(text, "�") // before it is cut: this makes it longer
	if len(text) > maxDetail {
		text = text[:maxDetail]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
		text += "…"
	}
	return text
}
