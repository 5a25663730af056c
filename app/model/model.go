// Package model is the port through which a role is answered: by a language model (package openai) or by the playbooks
// (package playbook). Whoever answers, the answer is checked against the role's contract by the caller; nothing here
// trusts it.
//
// Who keeps a budget asks Estimate before Complete, and settles with Response.Usage, or with Error.Usage where the call
// failed but was paid for.
package model

import (
	"context"

	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/role"
)

// Model answers a role.
type Model interface {
	// Complete answers one role. An error is, or wraps, an *Error; see Classify.
	Complete(ctx context.Context, r Request) (Response, error)
	// Name says who answers, for people and metrics: "openai" or "playbook".
	Name() string
}

// Request is one question to a role. A language model reads Prompt, the playbooks read Brief.
type Request struct {
	Brief    workflow.Brief
	Prompt   workflow.Prompt
	Returns  role.Returns
	Problems []role.Problem // why the answer before was not accepted; set on the repair turn
	Rejected string         // that answer, as it came
	Schema   []byte         // JSON schema of role.Output, the same for every role
	Second   bool           // what the first model of a Chain answers is of no use: the second one is asked
}

// Response is an answer that nobody has checked yet.
type Response struct {
	Output  []byte `json:"output"`           // should be the JSON of a role.Output
	Model   string `json:"model"`            // what answered, as it calls itself: a model's name, or "the playbook" and its id
	Drafter string `json:"drafter"`          // Name of the Model that answered
	Undone  string `json:"undone,omitempty"` // what of the brief's direction it could not act on, and what it can; "" where it acted on all
	Usage   Usage  `json:"usage"`
}

// Usage is what a call used. The zero value means that nothing was used, or that it is not known.
type Usage struct {
	PromptTokens     int     `json:"prompt_tokens"`
	CachedTokens     int     `json:"cached_tokens"` // those of PromptTokens that came out of the provider's prefix cache
	CompletionTokens int     `json:"completion_tokens"`
	CostUSD          float64 `json:"cost_usd"`
	Priced           bool    `json:"priced"` // CostUSD is known: the model is in the price table, or costs nothing
}

// Add returns the sum of two usages. It is priced only where every part that used tokens is.
func (u Usage) Add(v Usage) Usage {
	priced := (u.Priced || u == Usage{}) && (v.Priced || v == Usage{}) && (u.Priced || v.Priced)
	return Usage{
		PromptTokens:     u.PromptTokens + v.PromptTokens,
		CachedTokens:     u.CachedTokens + v.CachedTokens,
		CompletionTokens: u.CompletionTokens + v.CompletionTokens,
		CostUSD:          u.CostUSD + v.CostUSD,
		Priced:           priced,
	}
}

// Estimator is a Model whose calls cost something.
type Estimator interface {
	// Estimate returns what one call may use at the most: the whole prompt, uncached, and the longest answer allowed.
	Estimate(r Request) Usage
}

// Estimate returns what a call of m may use at the most, and whether it uses anything at all: the playbooks do not.
func Estimate(m any, r Request) (Usage, bool) {
	if e, ok := m.(Estimator); ok {
		u := e.Estimate(r)
		return u, u != Usage{}
	}
	return Usage{}, false
}
