package intake

import (
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// peeked is the little that must be known of a payload before it is decoded. What is missing is zero.
type peeked struct {
	action       string
	installation int64
	app          int64 // whose installation it is; said only in events about installations
	repository   int64
	issue        int
	pullRequest  bool // the issue is a pull request
	sender       string
	issueFrom    string // author_association of who opened the issue
	commentFrom  string // of who wrote the comment; "" where the event is about none
	pull         PullRequest
	ref          string // that was pushed to
	fullName     string // of the repository
}

// PullRequest is the little of a pull request by which its ticket is found.
type PullRequest struct {
	Author string
	Branch string // "" where the event does not say it
	Fork   bool   // the branch is another repository's
	Body   string // "" where the event does not say it
}

// peek reads it in one pass over the top level. The body is valid JSON. Like encoding/json, the last of equal keys counts.
func peek(body []byte) peeked {
	var p peeked
	var head int64
	gjson.ParseBytes(body).ForEach(func(key, v gjson.Result) bool {
		switch key.Str {
		case "action":
			p.action = text(v)
		case "installation":
			p.installation, p.app = number(last(v, "id")), number(last(v, "app_id"))
		case "repository":
			p.repository, p.fullName = number(last(v, "id")), text(last(v, "full_name"))
		case "issue":
			p.issue, p.pullRequest, p.issueFrom = 0, false, ""
			members(v, func(name string, v gjson.Result) {
				switch name {
				case "number":
					p.issue = int(number(v))
				case "pull_request":
					p.pullRequest = v.IsObject()
				case "user":
					p.pull.Author = text(last(v, "login"))
				case "author_association":
					p.issueFrom = text(v)
				case "body":
					p.pull.Body = text(v)
				}
			})
		case "comment":
			p.commentFrom = text(last(v, "author_association"))
		case "pull_request":
			p.pullRequest = true
			members(v, func(name string, v gjson.Result) {
				switch name {
				case "user":
					p.pull.Author = text(last(v, "login"))
				case "head":
					p.pull.Branch, head = text(last(v, "ref")), number(last(last(v, "repo"), "id"))
				}
			})
		case "ref":
			p.ref = text(v)
		case "sender":
			p.sender = text(last(v, "login"))
		}
		return true
	})
	p.pull.Fork = p.pull.Branch != "" && head != p.repository
	return p
}

// members calls fn for each member of an object; not at all for anything else.
func members(v gjson.Result, fn func(name string, v gjson.Result)) {
	if v.IsObject() {
		v.ForEach(func(key, v gjson.Result) bool { fn(key.Str, v); return true })
	}
}

// last returns the last member of that name of an object.
func last(v gjson.Result, name string) (found gjson.Result) {
	members(v, func(n string, v gjson.Result) {
		if n == name {
			found = v
		}
	})
	return found
}

func text(v gjson.Result) string {
	if v.Type != gjson.String {
		return ""
	}
	return strings.ToValidUTF8(v.Str, "\uFFFD")
}

// number returns a whole number that fits; 0 for anything else, since an id that was rounded would be another's.
func number(v gjson.Result) int64 {
	if v.Type != gjson.Number {
		return 0
	}
	n, err := strconv.ParseInt(v.Raw, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
