package policy

import (
	"errors"
	"fmt"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/oioi-app/oioi/workflow/role"
)

// Findings are what the texts of a playbook may use, as {{.Name}} and {{if .Name}}…{{end}}. Each is "" where the ticket
// and its evidence do not say it. They come from the customer or from sources, on one line unless said otherwise.
type Findings struct {
	Customer    string // the customer's login
	Title       string // of the ticket
	Question    string // the sentence of the ticket that says best what it is about
	Happened    string // the customer's description; may have several lines
	Expected    string // several lines
	Steps       string // several lines
	Log         string // several lines
	Area        string // the product area that the customer chose
	Version     string // as the customer gives it
	Latest      string // the newest release that the evidence knows
	FixedIn     string // the release whose notes fix what the ticket reports, newer than Version
	Environment string
	Impact      string // in the customer's words
	Code        string // an error code or status
	Amount      string // of money
	Page        string // the help-center section that answers
	PagePath    string
	Similar     string // an earlier ticket that answers, or an open one about the same
	Incident    string // an open incident that fits
	Owner       string
	Severity    role.Severity
	Category    role.Category
	Answered    string // "yes" where a source answers the ticket
	NextUpdate  string // "8 working hours", in the text's language
	Target      string // whom the ticket is escalated to
}

// RenderText fills in a text of a playbook.
func RenderText(text string, f Findings) (string, error) {
	if !strings.Contains(text, "{{") {
		return strings.TrimSpace(text), nil
	}
	t, err := template.New("").Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	if err := t.Execute(&out, f); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.String()), nil
}

// checkText reports what is wrong with a text before it is ever used: a syntax error, an unknown name, or anything but
// names and conditions. A loop could make a server write without end.
func checkText(text string) error {
	if len(text) > 4000 {
		return errors.New("is longer than 4000 characters")
	}
	t, err := template.New("text").Parse(text)
	if err != nil {
		return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "template: "))
	}
	if t.Tree == nil || t.Root == nil {
		return nil
	}
	if len(t.Templates()) > 1 {
		return errors.New("defines a template; only {{.Name}} and {{if}} are allowed")
	}
	if err := plain(t.Root); err != nil {
		return err
	}
	if _, err := RenderText(text, Findings{}); err != nil {
		_, what, found := strings.Cut(err.Error(), "executing ")
		if !found {
			what = err.Error()
		}
		return fmt.Errorf("%s; allowed names: %s", what, strings.Join(findingNames, ", "))
	}
	return nil
}

func plain(n parse.Node) error {
	switch n := n.(type) {
	case nil, *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, item := range n.Nodes {
			if err := plain(item); err != nil {
				return err
			}
		}
		return nil
	case *parse.ActionNode:
		return plainPipe(n.Pipe)
	case *parse.IfNode:
		return errors.Join(plainPipe(n.Pipe), plain(n.List), plain(n.ElseList))
	}
	return fmt.Errorf("%s is not allowed; only {{.Name}} and {{if}} are", n)
}

func plainPipe(p *parse.PipeNode) error {
	if len(p.Decl) > 0 {
		return fmt.Errorf("%s sets a variable; only {{.Name}} and {{if}} are allowed", p)
	}
	for _, command := range p.Cmds {
		for _, arg := range command.Args {
			switch arg := arg.(type) {
			case *parse.FieldNode, *parse.StringNode:
			case *parse.PipeNode:
				if err := plainPipe(arg); err != nil {
					return err
				}
			case *parse.IdentifierNode:
				switch arg.Ident {
				case "and", "or", "not", "eq", "ne":
				default:
					return fmt.Errorf("the function %s is not allowed; allowed: and, eq, ne, not, or", arg.Ident)
				}
			default:
				return fmt.Errorf("%s is not allowed; only {{.Name}} and {{if}} are", arg)
			}
		}
	}
	return nil
}
