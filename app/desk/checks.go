package desk

import (
	"context"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/resolution"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/words"
)

// lookAttempts is how often a check that cannot be read is tried before it counts as not seen: about a quarter of an hour.
const lookAttempts = 6

// checking looks at the checks of one closed ticket.
type checking struct {
	desk    *Desk
	row     store.Ticket
	data    ticketData
	run     Run
	closing closing
	wrote   bool // the reporter has written since the answer
	final   bool // what cannot be read now is not tried again
}

// look says how a check stands.
func (c checking) look(ctx context.Context, check role.Check) (resolution.Seen, error) {
	seen := resolution.Seen{Kind: check.Kind, Text: check.Text, State: resolution.Open}
	var err error
	switch check.Kind {
	case "reporter_confirms":
		c.reporter(&seen)
	case "quiet_for":
		err = c.quiet(check, &seen)
	case "issue_closed":
		err = c.issue(ctx, check, &seen)
	case "pr_merged":
		err = c.pull(ctx, check, &seen)
	case "page_contains":
		err = c.page(ctx, check, &seen)
	case "release_contains":
		err = c.release(ctx, check, &seen)
	case "linear_state":
		seen.Why = "OiOi does not read Linear; tick it in the draft where it holds"
	default:
		seen.Why = "a person answers it; tick it in the draft where it holds"
	}
	if err != nil && (c.final || permanent(err)) {
		c.desk.log(c.row.Key).WarnContext(ctx, "A check cannot be read", "check", check.Text, "error", err)
		seen.Why, err = "it could not be read", nil
	}
	return seen, err
}

func (c checking) reporter(seen *resolution.Seen) {
	closing := c.closing.seen
	switch {
	case closing.Says == resolution.Solved:
		seen.State, seen.Why, seen.URL = resolution.Holds, "the customer says so", c.closing.saysURL
	case closing.Says == resolution.NotSolved:
		seen.State, seen.Why, seen.URL = resolution.Fails, "the customer says that it is not solved", c.closing.saysURL
	case closing.ByReporter && (closing.Reason == "" || closing.Reason == "completed"):
		seen.State, seen.Why = resolution.Holds, "the customer has closed the ticket as completed"
	default:
		seen.Why = "the customer has not said so"
	}
}

func (c checking) quiet(check role.Check, seen *resolution.Seen) error {
	from := c.run.Ticket.CreatedAt
	if c.data.Sent != nil {
		from = c.data.Sent.At
	}
	until, err := c.run.Settings.Config.Policy.Due(from, check.DueHours, c.run.State.Outputs().Understanding.Severity)
	switch {
	case err != nil:
		return err
	case c.closing.seen.Says == resolution.Solved:
		seen.State, seen.Why, seen.URL = resolution.Holds, "the customer has only said that it is solved", c.closing.saysURL
	case c.closing.seen.Says == resolution.NotSolved:
		seen.State, seen.Why, seen.URL = resolution.Fails, "the customer says that it is not solved", c.closing.saysURL
	case c.wrote:
		seen.Why = "the customer has written since"
	case c.desk.Clock().Before(until):
		seen.Why = "it was closed before " + templates.Date(until)
	default:
		seen.State, seen.Why = resolution.Holds, "nothing came until "+templates.Date(until)
	}
	return nil
}

// numbered is a number of an issue or a pull request, as a check names it.
var numbered = regexp.MustCompile(`#(\d+)\b`)

func numberOf(check role.Check) int {
	if found := numbered.FindStringSubmatch(check.Subject); found != nil {
		number, _ := strconv.Atoi(found[1])
		return number
	}
	number, _ := strconv.Atoi(strings.TrimSpace(check.Subject))
	return number
}

func (c checking) issue(ctx context.Context, check role.Check, seen *resolution.Seen) error {
	number := numberOf(check)
	if number == 0 || number == c.row.Number {
		seen.State, seen.Why = resolution.Holds, "this ticket is closed"
		return nil
	}
	issue, err := c.desk.GitHub.Ticket(ctx, placeOf(c.row), number)
	if err != nil {
		return err
	}
	if seen.URL, seen.Why = issue.URL, "it is open"; issue.State == "closed" {
		seen.State, seen.Why = resolution.Holds, "it is closed"
	}
	return nil
}

// pull looks at the pull request that a check names, else at the ticket's docs pull request.
func (c checking) pull(ctx context.Context, check role.Check, seen *resolution.Seen) error {
	place, number := placeOf(c.row), numberOf(check)
	if number == 0 {
		receipt, err := c.desk.pullOf(ctx, place.Repository.ID, c.row.Number)
		if err != nil {
			return err
		}
		number = receipt.Number
	}
	if number == 0 {
		seen.Why = "there is no pull request"
		return nil
	}
	pull, err := c.desk.GitHub.Pull(ctx, place, number)
	if err != nil {
		return err
	}
	seen.URL = pull.URL
	switch {
	case pull.Merged:
		seen.State, seen.Why = resolution.Holds, "it is merged"
	case pull.Open:
		seen.Why = "it is open"
	default:
		seen.State, seen.Why = resolution.Fails, "it was closed without being merged"
	}
	return nil
}

// page looks for words in the help center as it stands now.
func (c checking) page(ctx context.Context, check role.Check, seen *resolution.Seen) error {
	want := plainWords(check.Subject)
	if want == "" || path.Ext(check.Subject) != "" && !strings.Contains(check.Subject, " ") {
		seen.Why = "the check does not say which words a page is to contain; tick it in the draft where it holds"
		return nil
	}
	sources, place, root := c.desk.Engine.Sources, c.run.Place.holding(c.run.Help), c.run.Settings.Config.Docs.Root
	_, commit, err := sources.Docs(ctx, place, root, evidence.Query{Words: check.Subject, Limit: 1})
	if err != nil {
		return err
	}
	pages, err := sources.Tree(ctx, place, root, commit)
	if err != nil {
		return err
	}
	found := ""
	for name, text := range pages {
		if strings.Contains(plainWords(text), want) && (found == "" || name < found) {
			found = name
		}
	}
	if seen.Why = "no page says it"; found != "" {
		seen.State, seen.Why = resolution.Holds, effect.Code(found)+" says it"
	}
	return nil
}

// release looks for a release by its tag or by words of its notes.
func (c checking) release(ctx context.Context, check role.Check, seen *resolution.Seen) error {
	want := plainWords(check.Subject)
	if want == "" {
		seen.Why = "the check does not say which release; tick it in the draft where it holds"
		return nil
	}
	items, err := c.desk.Engine.Sources.Releases(ctx, placeOf(c.row), evidence.Query{Ticket: c.run.Ticket, Words: check.Subject, Limit: releaseLimit})
	for _, item := range items {
		if item.Kind == evidence.Release && (strings.TrimPrefix(plainWords(item.Title), "v") == strings.TrimPrefix(want, "v") || strings.Contains(plainWords(item.Text.Raw()), want)) {
			seen.State, seen.Why, seen.URL = resolution.Holds, effect.Code(item.Title)+" is released", item.URL
			return nil
		}
	}
	seen.Why = "no release says it"
	return err
}

// plainWords is a text in lower case without accents, whatever parts its words.
func plainWords(text string) string { return strings.Join(strings.Fields(words.Fold(text)), " ") }
