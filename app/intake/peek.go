package intake

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

// peek reads it in the one pass that checks that the body is a valid JSON object; false if it is not. Like
// encoding/json, the last of equal keys counts.
func peek(body []byte) (p peeked, ok bool) {
	s := scanner{b: body}
	if s.next() != '{' {
		return p, false
	}
	var issue, pull bool // is a pull request: the issue, and what has a member of that name
	var opener string    // of the issue
	var head int64
	s.members(func(name []byte) {
		switch string(name) {
		case "action":
			p.action = s.text()
		case "installation":
			p.installation, p.app = 0, 0
			s.members(func(name []byte) {
				switch string(name) {
				case "id":
					p.installation = s.number()
				case "app_id":
					p.app = s.number()
				}
			})
		case "repository":
			p.repository, p.fullName = 0, ""
			s.members(func(name []byte) {
				switch string(name) {
				case "id":
					p.repository = s.number()
				case "full_name":
					p.fullName = s.text()
				}
			})
		case "issue":
			p.issue, issue, p.issueFrom, p.pull.Body, opener = 0, false, "", "", ""
			s.members(func(name []byte) {
				switch string(name) {
				case "number":
					p.issue = int(s.number())
				case "pull_request":
					issue = s.next() == '{'
				case "user":
					opener = s.textIn("login")
				case "author_association":
					p.issueFrom = s.text()
				case "body":
					p.pull.Body = s.text()
				}
			})
		case "comment":
			p.commentFrom = s.textIn("author_association")
		case "pull_request":
			pull, p.pull.Author, p.pull.Branch, head = true, "", "", 0
			s.members(func(name []byte) {
				switch string(name) {
				case "user":
					p.pull.Author = s.textIn("login")
				case "head":
					p.pull.Branch, head = "", 0
					s.members(func(name []byte) {
						switch string(name) {
						case "ref":
							p.pull.Branch = s.text()
						case "repo":
							head = 0
							s.members(func(name []byte) {
								if string(name) == "id" {
									head = s.number()
								}
							})
						}
					})
				}
			})
		case "ref":
			p.ref = s.text()
		case "sender":
			p.sender = s.textIn("login")
		}
	})
	if s.next(); s.bad || s.at < len(body) {
		return peeked{}, false
	}
	p.pullRequest = issue || pull
	if !pull {
		p.pull.Author = opener
	}
	p.pull.Fork = p.pull.Branch != "" && head != p.repository
	return p, true
}
