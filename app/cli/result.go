package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// result is what resolving a ticket gives; its JSON is a contract with programs that read it.
type result struct {
	Ticket        ticket.Ticket       `json:"ticket"`
	Evidence      evidence.Set        `json:"evidence"`
	Understanding *role.Understanding `json:"understanding"`
	HandlingPlan  *role.HandlingPlan  `json:"handling_plan"`
	Measurement   *role.Measurement   `json:"measurement"`
	FollowThrough *role.FollowThrough `json:"follow_through"`
	Done          []done              `json:"done"`
	DraftComment  string              `json:"draft_comment"` // Markdown, as it would stand on the ticket
	Effects       []effect.Effect     `json:"effects"`
	Usage         model.Usage         `json:"usage"`

	refused  []effect.Refusal
	models   []string
	drafter  string // who answered: "playbook" or "openai"
	fallback string // why the playbooks drafted instead of the language model
	policy   policy.Policy
	now      time.Time
}

// done is one check of the definition of done.
type done struct {
	Check string `json:"check"`
	Text  string `json:"text"`
	Met   bool   `json:"met"`
	Why   string `json:"why,omitempty"` // why not
}

func (r result) writeJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// reply is the draft of the reply as it would be sent, or "" where there is none.
func (r result) reply() string {
	_, rest, ok := strings.Cut(r.DraftComment, effect.ReplyStart)
	text, _, closed := strings.Cut(rest, effect.ReplyEnd)
	switch {
	case ok && closed:
		return strings.TrimSpace(text)
	case !r.Ticket.Repository.Private && r.Understanding != nil && policy.Sensitive(r.Understanding.Category):
		return strings.TrimSpace(r.draft()) // the fixed text for a sensitive matter on a public tracker
	}
	return ""
}

// draft is the comment without the hidden lines by which OiOi finds its own texts.
func (r result) draft() string {
	var out []string
	for line := range strings.SplitSeq(r.DraftComment, "\n") {
		if strings.HasPrefix(line, "<!-- oioi:") && strings.HasSuffix(line, "-->") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n")) + "\n"
}

// noReply says why there is no reply.
func (r result) noReply() string {
	if r.Understanding != nil && r.Understanding.ReplyNone != nil {
		return *r.Understanding.ReplyNone
	}
	return "There is no reply to send."
}

func (r result) issues() []effect.Issue {
	var out []effect.Issue
	for _, e := range r.Effects {
		if e.Issue != nil {
			out = append(out, *e.Issue)
		}
	}
	return out
}

func (r result) pull() *effect.Pull {
	for _, e := range r.Effects {
		if e.Pull != nil {
			return e.Pull
		}
	}
	return nil
}

// due is the date that many business hours from now, as the team's policy counts them.
func (r result) due(hours float64) string {
	var severity role.Severity
	if r.Understanding != nil {
		severity = r.Understanding.Severity
	}
	at, err := r.policy.Due(r.now, hours, severity)
	if err != nil || hours <= 0 {
		return "-"
	}
	return at.Format("Mon 2 Jan, 15:04 MST")
}

// drafted says who wrote this and what it took.
func (r result) drafted() string {
	u := r.Usage
	text := "by " + strings.Join(r.models, ", ")
	if r.drafter == config.ProviderPlaybook {
		text = "without a language model, from " + strings.Join(r.models, ", ")
	}
	if u.PromptTokens > 0 {
		text += fmt.Sprintf("; %d tokens in (%d cached), %d out", u.PromptTokens, u.CachedTokens, u.CompletionTokens)
		if u.Priced {
			text += fmt.Sprintf(", $%.4f", u.CostUSD)
		}
	}
	if r.fallback != "" {
		text += "; the language model gave no answer that can be used: " + r.fallback
	}
	return text
}
