package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/role"
)

// Plan is what a finished run wants to do, after the gate.
type Plan struct {
	Draft   int // the number of its draft
	Digest  string
	Effects []effect.Effect
	Refused []effect.Refusal
	Approve bool // each effect but the draft waits for a person
}

// Plan turns a finished run into effects. It reads the pages that docs edits name, at the commit that the evidence is
// pinned to, and computes the clocks. outbox is what the ticket's older plans proposed.
func (e Engine) Plan(ctx context.Context, run *Run, done workflow.Finish, draft int, outbox []store.Effect) (Plan, error) {
	var pages map[string]string
	if len(done.Outputs.FollowThrough.DocsEdits) > 0 && run.Commit != "" {
		var err error
		pages, err = e.Sources.Tree(ctx, run.Place.holding(run.Help), run.Settings.Config.Docs.Root, run.Commit)
		switch {
		case run.Help != nil && err != nil && permanent(err): // gone since it was searched, which takes nothing from the rest
			e.Log.WarnContext(ctx, "the help center is gone", "ticket", run.Ticket.Name(), "help", run.Help.FullName(), "error", err)
			run.Commit = ""
			run.Evidence.Missing = append(slices.Clone(run.Evidence.Missing), evidence.Missing{Source: theHelpCenter, Reason: unreadable})
		case err != nil:
			return Plan{}, fmt.Errorf("read the help center: %w", err)
		}
	}
	clocks, err := run.Settings.Config.Policy.Clocks(e.Clock(), done.Outputs.Understanding.Severity)
	if err != nil {
		return Plan{}, err
	}
	run.Clocks = clocks
	in := effect.Input{
		Anew:   run.Reason == reasonDocs,
		Ticket: run.Ticket, Outputs: done.Outputs, Unmet: done.Unmet, Cut: done.Cut, Unverified: done.Unverified, Amended: done.Amended, Evidence: run.Evidence, Policy: run.Settings.Config.Policy,
		Floors: slices.Concat(run.Floors, run.State.Floors()), Now: e.Clock(), Draft: draft, Rules: e.rules(*run), Links: links(run.Ticket.URL, run.Evidence),
		Pages: pages, Commit: run.Commit, Direction: run.Direction, About: e.about(*run),
		Public: !run.Ticket.Repository.Private, Channel: run.Settings.Config.Private, Warnings: run.warnings(), Revision: said(run.Ticket).Revision(), Inside: run.Inside,
	}
	in.Former, in.Contested, in.Lost = run.Former, run.contested(), run.Lost
	if run.Help != nil {
		in.Help, in.HelpReads = run.Help.FullName(), evidence.Public
		if run.Help.Private {
			in.HelpReads = evidence.Repository
		}
	}
	if run.Inside != nil {
		in.ForTeam = run.ForTeam
	}
	if in.Older, err = older(outbox, draft); err != nil {
		return Plan{}, err
	}
	if in.Gaps, err = e.standing(ctx, run, outbox); err != nil {
		return Plan{}, err
	}
	approve := run.mode() == config.ModeApprove
	if approve {
		in.Waits = func(e effect.Effect) string {
			if settled(e, outbox) {
				return ""
			}
			return idOf(e)
		}
	}
	if run.mode() == config.ModeAuto {
		in.ByHand = withheld(*run, done)
		in.Auto = in.ByHand == ""
	}
	if err := e.changeDocs(ctx, run, &in); err != nil {
		return Plan{}, err
	}
	effects, refused, digest, err := effect.Plan(in, templates.Texts{})
	if err != nil {
		return Plan{}, err
	}
	run.Refusals = refused
	return Plan{Draft: draft, Digest: digest, Effects: effects, Refused: refused, Approve: approve}, nil
}

func (e Engine) rules(run Run) effect.Rules {
	c := run.Settings.Config
	return effect.Rules{
		Repositories: []int64{run.Ticket.Repository.ID}, LabelPrefix: c.Labels.Prefix, Trigger: c.Triggers.TriggerLabel,
		DocsRoot: c.Docs.Root, Protected: c.Docs.Protected, PullRequests: c.Docs.PullRequests && run.Commit != "" && run.Help == nil, Reviews: c.Docs.Reviews,
		MaxFollowUps: c.FollowUps.Max, Audience: e.audience(run.Ticket), Mentions: mayBeCalled(c.Policy, run.Ticket.Author.Login), Inside: run.Inside,
		Withheld: run.withheld(),
	}
}

// withheld is what of the run's evidence nobody but the team may read, beside what everybody may.
func (r Run) withheld() effect.Withheld {
	if len(r.ForTeam.Items) == 0 {
		return effect.Withheld{}
	}
	known := []string{r.Ticket.Title.Raw(), r.Ticket.Body.Raw(), r.Ticket.URL, r.Settings.Config.Policy.Quotable()}
	for _, c := range r.Ticket.Comments {
		known = append(known, c.Body.Raw())
	}
	for _, item := range r.Evidence.Items {
		known = append(known, item.Title, item.URL, item.Text.Raw(), item.Resolution.Raw())
	}
	return effect.Withhold(r.ForTeam.Items, known)
}

// mayBeCalled are those whom a text may notify: the reporter, and whom the team's policy names.
func mayBeCalled(p policy.Policy, reporter string) []string {
	var out []string
	for _, name := range slices.Concat([]string{reporter}, p.Owners(), p.Targets()) {
		if name = strings.TrimPrefix(name, "@"); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// links are the addresses that stay links in what OiOi writes: this repository, and the sources that were found in
// repositories. A web page or a design that a ticket names is no reason to link to it.
func links(ticketURL string, set evidence.Set) []string {
	var out []string
	if repository, _, ok := strings.Cut(ticketURL, "/issues/"); ok {
		out = append(out, repository)
	}
	for _, item := range set.Items {
		if item.URL == "" || slices.Contains(out, item.URL) {
			continue
		}
		switch item.Kind {
		case evidence.Page, evidence.Figma, evidence.Linear:
		default:
			out = append(out, item.URL)
		}
	}
	return out
}

func (e Engine) about(run Run) effect.About {
	limit := ""
	if run.Limit != nil {
		limit = run.Limit.Told(run.Ticket.Repository.Private || run.Inside != nil)
	}
	return effect.About{
		Limit:  limit,
		Models: run.Models, Drafter: run.Drafter, Undone: run.Undone, Fallback: run.Fallback,
		Prompt: run.Usage.PromptTokens, Cached: run.Usage.CachedTokens, Completion: run.Usage.CompletionTokens,
		CostUSD: run.Usage.CostUSD, Priced: run.Usage.Priced, Missing: run.Evidence.Missing,
		Confidence: confidence(run),
	}
}

// confidence is how much its sources carry the run's reply.
func confidence(run Run) float64 {
	if u := run.State.Outputs().Understanding; u != nil {
		return role.Confidence(u.Reply, Engine{}.context(run))
	}
	return 0
}

// Notice is the comment of a run that waits for a person.
func (e Engine) Notice(run Run, park workflow.Park, prompt workflow.Prompt) (string, error) {
	limit := run.Settings.Config.Prompt.WarnAboveTokens
	out := templates.Parked{Reason: effect.Sanitize(park.Reason, effect.Allowed{}), Kind: string(park.Kind), Step: park.StepID,
		Public: !run.Ticket.Repository.Private && run.Inside == nil, Tokens: prompt.Tokens(), Limit: limit}
	if run.Limit != nil {
		out.Budget = run.Limit.Told(!out.Public)
	}
	if run.Long != nil {
		out.Long = run.Long.told(run.Settings.Config.Policy.Hours, out.Public)
	}
	return templates.Notice(out)
}
