package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

func TestRefundsAreHeldToTheLimits(t *testing.T) {
	p := Policy{Limits: Limits{RefundDays: 14, RefundMax: "EUR 300"}}
	asked := time.Date(2026, 11, 29, 13, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"Please refund the charge of 2 September 2026 (EUR 240, invoice TP-INV-2231).":                             "the charge of 2 September 2026 was 88 days old",
		"We were charged on Sep 2nd and would like our money back, we cancelled on 20 November.":                   "charge of 2 September 2026",
		"Bitte erstatten Sie die Abbuchung vom 02.09.2026, wir haben am 25.11. gekündigt.":                         "charge of 2 September 2026",
		"Remboursement du prélèvement du 2 septembre, s'il vous plaît.":                                            "charge of 2 September 2026",
		"Quiero un reembolso del cargo del 2 de septiembre de 2026.":                                               "charge of 2 September 2026",
		"A refund, please: you billed us 2026-12-20 last year, that is 2025-12-20.":                                "charge of 20 December 2025",
		"Please refund the renewal of 20 December, we forgot to cancel.":                                           "charge of 20 December 2025",
		"Refund of EUR 990 for the renewal of 28 November 2026, please.":                                           "EUR 990 is above the limit of EUR 300",
		"Refund the payment of 16 November 2026, please.":                                                          "",
		"Refund the payment of 15 November 2026, please.":                                                          "", // the fourteenth day
		"Refund the payment of 14 November 2026, please.":                                                          "15 days old",
		"We were charged twice on 2 September 2026, please refund one of the two.":                                 "",
		"Where is the invoice of 2 September 2026?":                                                                "",
		"We were charged on 03/11/2026 and want a refund.":                                                         "26 days old", // the later of two readings
		"We cancelled on 2 September 2026. Can we get a refund?":                                                   "",
		"Refund, please. The charge was some weeks ago.":                                                           "",
		"Can I have a refund? The plan was renewed on 31 February 2026.":                                           "",
		"I was charged for something on 1 October 2026, please give it back.\nI wrote to you on 28 November 2026.": "charge of 1 October 2026",
	} {
		tick := ticket.Ticket{Title: ticket.Text("About money"), Body: ticket.Text(text), CreatedAt: asked}
		got := p.BeyondRefund(role.Billing, tick)
		if want == "" && got != "" || !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if other := p.BeyondRefund(role.HowTo, tick); other != "" {
			t.Errorf("%q is held to the limits of refunds as a question: %q", text, other)
		}
		plan := &role.HandlingPlan{Path: "answer", Why: "A page says so"}
		raised := strings.Join(p.RaisePlan(tick, role.Understanding{Category: role.Billing, Severity: "S3"}, plan), "\n")
		if granted := plan.Path == "answer"; granted != (want == "") {
			t.Errorf("%q: a model's plan goes the path %s", text, plan.Path)
		} else if !granted && (!strings.Contains(raised, "policy decision") || len(plan.LimitsApplied) != 1) {
			t.Errorf("%q: it says %q and applies %q", text, raised, plan.LimitsApplied)
		}
	}
	if got := p.BeyondRefund(role.Billing, ticket.Ticket{Body: ticket.Text("Refund the charge of 2 September 2026.")}); got != "" {
		t.Errorf("a ticket without a time is %q", got)
	}
}
