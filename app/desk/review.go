package desk

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hmarr/codeowners"

	"github.com/oioi-app/oioi/workflow/effect"
)

// codeOwners are the places of CODEOWNERS; the first that exists counts.
// https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
var codeOwners = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}

// reviewersAsked is how many owners are asked at the most, the first that are named.
const reviewersAsked = 6

// askForReview adds to a docs pull request that the owners of its pages are asked to review it once it is open, where the
// configuration says so. GitHub itself asks them only when a draft is marked as ready.
func (d *Desk) askForReview(ctx context.Context, run Run, plan *Plan) error {
	at := slices.IndexFunc(plan.Effects, func(e effect.Effect) bool { return e.Kind == effect.KindPull })
	if at < 0 || !run.Settings.Config.Docs.Reviews {
		return nil
	}
	pull := plan.Effects[at]
	if pull.Pull.Onto != 0 {
		return nil // they were asked when it opened
	}
	for _, name := range codeOwners {
		content, found, err := d.GitHub.File(ctx, run.Place, pull.Pull.BaseSHA, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if !found {
			continue
		}
		review := reviewOf(pull)
		review.Review, err = ownersOf(content, pull)
		if err != nil {
			plan.Refused = append(plan.Refused, effect.Refusal{Key: review.Key, What: "review of the docs pull request", Reason: name + " cannot be read: " + err.Error()})
			return nil
		}
		if review.Review == nil {
			return nil
		}
		if why := d.Engine.rules(run).Refuse(review); why != "" {
			plan.Refused = append(plan.Refused, effect.Refusal{Key: review.Key, What: "review of the docs pull request", Reason: why})
			return nil
		}
		pull.Pull.Review = review.Review
		return nil
	}
	return nil
}

// reviewOf asks the people whom a docs pull request names to review it.
func reviewOf(pull effect.Effect) effect.Effect {
	review := simple(Place{Repository: pull.Repository}, pull.Number, effect.KindReview, effect.SlotPull)
	review.Visibility, review.Review = pull.Visibility, pull.Pull.Review
	return review
}

// ownersOf returns who owns the files of a pull request, nil where nobody does. Owners named by an e-mail address, and teams
// of other organizations, cannot be asked.
func ownersOf(content []byte, pull effect.Effect) (*effect.Review, error) {
	rules, err := codeowners.ParseFile(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	rules = slices.DeleteFunc(rules, func(r codeowners.Rule) bool { return r.RawPattern() == "/" }) // it matches nothing, and the library fails at it
	review := &effect.Review{TargetKey: pull.Key}
	for _, file := range pull.Pull.Files {
		rule, err := rules.Match(file.Path)
		if err != nil {
			return nil, err
		}
		if rule == nil {
			continue
		}
		for _, owner := range rule.Owners {
			to := &review.Logins
			name := owner.Value
			if owner.Type == codeowners.TeamOwner {
				organization, team, _ := strings.Cut(name, "/")
				if !strings.EqualFold(organization, pull.Repository.Owner) {
					continue
				}
				to, name = &review.Teams, team
			} else if owner.Type != codeowners.UsernameOwner {
				continue
			}
			if !slices.Contains(*to, name) && len(review.Logins)+len(review.Teams) < reviewersAsked {
				*to = append(*to, name)
			}
		}
	}
	if len(review.Logins)+len(review.Teams) == 0 {
		return nil, nil
	}
	return review, nil
}
