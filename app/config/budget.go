package config

import "math"

// Budget is the server's budget section: what calls of language models may use on a day in UTC. A limit of 0 is none. What
// the playbooks draft costs nothing and is not limited.
type Budget struct {
	TicketTokens     int64 `yaml:"ticket_tokens" json:"ticket_tokens" env:"OIOI_BUDGET_TICKET_TOKENS" jsonschema:"Tokens, read and written, that one ticket may use a day (UTC). 0: no limit."`
	AuthorTokens     int64 `yaml:"author_tokens" json:"author_tokens" env:"OIOI_BUDGET_AUTHOR_TOKENS" jsonschema:"Tokens that all tickets of one author may use a day. A run that a maintainer asks for counts for the maintainer. 0: no limit."`
	RepositoryTokens int64 `yaml:"repository_tokens" json:"repository_tokens" env:"OIOI_BUDGET_REPOSITORY_TOKENS" jsonschema:"Tokens that one repository may use a day. 0: no limit."`
	DayTokens        int64 `yaml:"day_tokens" json:"day_tokens" env:"OIOI_BUDGET_DAY_TOKENS" jsonschema:"Tokens that everything together may use a day. 0: no limit."`

	TicketUSD     float64 `yaml:"ticket_usd" json:"ticket_usd" env:"OIOI_BUDGET_TICKET_USD" jsonschema:"US dollars that one ticket may cost a day; needs model.prices. 0: no limit."`
	AuthorUSD     float64 `yaml:"author_usd" json:"author_usd" env:"OIOI_BUDGET_AUTHOR_USD" jsonschema:"US dollars that all tickets of one author may cost a day; needs model.prices. 0: no limit."`
	RepositoryUSD float64 `yaml:"repository_usd" json:"repository_usd" env:"OIOI_BUDGET_REPOSITORY_USD" jsonschema:"US dollars that one repository may cost a day; needs model.prices. 0: no limit."`
	DayUSD        float64 `yaml:"day_usd" json:"day_usd" env:"OIOI_BUDGET_DAY_USD" jsonschema:"US dollars that everything together may cost a day; needs model.prices. 0: no limit."`

	TeamShare int `yaml:"team_share" json:"team_share" env:"OIOI_BUDGET_TEAM_SHARE" jsonschema:"How much of the limits of a repository and of the day is kept for the team and those whose work the repository has taken before, in percent: tickets of accounts that nobody there knows stop before it."`

	WhenSpent string `yaml:"when_spent" json:"when_spent" env:"OIOI_BUDGET_WHEN_SPENT" jsonschema:"What a run does that reaches a limit. playbook: the playbooks draft, and the draft says so. wait: it waits for a person, who can ask again on the next day."`
}

// What budget.when_spent may say.
const (
	SpentPlaybook = "playbook"
	SpentWait     = "wait"
)

// WhenSpents are all of them.
var WhenSpents = []string{SpentPlaybook, SpentWait}

// RepositoryBudget is the budget section of .github/oioi.yml. It can only lower what the server allows; 0, or a key left out,
// means what the server says.
type RepositoryBudget struct {
	TicketTokens     int64   `yaml:"ticket_tokens" json:"ticket_tokens,omitempty" jsonschema:"Tokens, read and written, that one ticket may use a day (UTC). 0: as the server says."`
	AuthorTokens     int64   `yaml:"author_tokens" json:"author_tokens,omitempty" jsonschema:"Tokens that one author may use a day. 0: as the server says."`
	RepositoryTokens int64   `yaml:"repository_tokens" json:"repository_tokens,omitempty" jsonschema:"Tokens that this repository may use a day. 0: as the server says."`
	TicketUSD        float64 `yaml:"ticket_usd" json:"ticket_usd,omitempty" jsonschema:"US dollars that one ticket may cost a day; counts where the server knows prices. 0: as the server says."`
	AuthorUSD        float64 `yaml:"author_usd" json:"author_usd,omitempty" jsonschema:"US dollars that one author may cost a day; counts where the server knows prices. 0: as the server says."`
	RepositoryUSD    float64 `yaml:"repository_usd" json:"repository_usd,omitempty" jsonschema:"US dollars that this repository may cost a day; counts where the server knows prices. 0: as the server says."`
}

// Limit bounds tokens and money; 0 is no limit.
type Limit struct {
	Tokens int64
	USD    float64
}

// Limits are the limits of a day that hold for one question.
type Limits struct{ Ticket, Author, Repository, Day Limit }

// Limits returns the server's limits, lowered where the repository's are lower.
func (b Budget) Limits(r RepositoryBudget) Limits {
	return Limits{
		Ticket:     Limit{narrower(b.TicketTokens, r.TicketTokens), narrower(b.TicketUSD, r.TicketUSD)},
		Author:     Limit{narrower(b.AuthorTokens, r.AuthorTokens), narrower(b.AuthorUSD, r.AuthorUSD)},
		Repository: Limit{narrower(b.RepositoryTokens, r.RepositoryTokens), narrower(b.RepositoryUSD, r.RepositoryUSD)},
		Day:        Limit{b.DayTokens, b.DayUSD},
	}
}

// Keep returns the limits with a share of the repository's and of the day's taken off, in percent.
func (l Limits) Keep(percent int) Limits {
	less := func(v Limit) Limit {
		return Limit{Tokens: v.Tokens - v.Tokens*int64(percent)/100, USD: v.USD * float64(100-percent) / 100}
	}
	l.Repository, l.Day = less(l.Repository), less(l.Day)
	return l
}

func narrower[T int64 | float64](server, own T) T {
	if own <= 0 || server > 0 && server < own {
		return server
	}
	return own
}

// budget checks the section. Money can only be counted where each model that may be asked has a price.
func (l *loader) budget(s Server) {
	b := s.Budget
	for i, value := range []float64{float64(b.TicketTokens), float64(b.AuthorTokens), float64(b.RepositoryTokens), float64(b.DayTokens),
		b.TicketUSD, b.AuthorUSD, b.RepositoryUSD, b.DayUSD} {
		if notBudget(value) {
			l.wrong("budget."+budgetKeys[i], "is %v; allowed: 0 (no limit) to %d", value, int64(maxBudget))
		}
	}
	if b.TeamShare < 0 || b.TeamShare > 90 {
		l.wrong("budget.team_share", "is %d; allowed: 0 to 90 percent", b.TeamShare)
	}
	l.oneOf("budget.when_spent", b.WhenSpent, WhenSpents)
	if s.Model.Provider != ProviderOpenAI || b.TicketUSD == 0 && b.AuthorUSD == 0 && b.RepositoryUSD == 0 && b.DayUSD == 0 {
		return
	}
	asked := []string{s.Model.Model}
	for _, role := range sortedKeys(s.Model.Roles) {
		asked = append(asked, s.Model.Roles[role])
	}
	if s.Model.FallbackModel != "" {
		asked = append(asked, s.Model.FallbackModel)
	}
	for _, name := range asked {
		if _, ok := s.Model.Prices[name]; !ok {
			l.problem("%s: budget limits US dollars and there is no price for the model %s; add it to model.prices, or limit tokens", l.from("model.prices"), name)
			return
		}
	}
}

// maxBudget is more than anybody spends, and small enough that sums stay exact.
const maxBudget = 1e12

// budgetKeys are the limits of config.yml.
var budgetKeys = []string{"ticket_tokens", "author_tokens", "repository_tokens", "day_tokens", "ticket_usd", "author_usd", "repository_usd", "day_usd"}

func notBudget(v float64) bool { return math.IsNaN(v) || v < 0 || v > maxBudget }

// budget checks the section of .github/oioi.yml.
func (c *checker) budget(b RepositoryBudget) {
	for key, value := range map[string]float64{"ticket_tokens": float64(b.TicketTokens), "author_tokens": float64(b.AuthorTokens),
		"repository_tokens": float64(b.RepositoryTokens), "ticket_usd": b.TicketUSD, "author_usd": b.AuthorUSD, "repository_usd": b.RepositoryUSD} {
		if notBudget(value) {
			c.wrong("budget."+key, "is %v; allowed: 0 (as the server says) to %d", value, int64(maxBudget))
		}
	}
}
