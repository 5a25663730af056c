package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/oioi-app/oioi/app"
	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/ops"
)

type statusCommand struct {
	database
	Format string `help:"What to print: text or json." enum:"text,json" default:"text" placeholder:"FORMAT"`
}

func (c *statusCommand) Run(ctx context.Context, p *Process) error {
	name := c.Config
	if _, err := os.Stat("config.yml"); name == "" && err == nil {
		name = "config.yml"
	}
	server, err := config.LoadOperations(name, p.Env)
	if err != nil {
		return input(err)
	}
	if c.DB != "" {
		server.Store.Path = c.DB
	}
	now := time.Now
	if p.Clock != nil {
		now = p.Clock
	}
	s, err := app.StatusOf(ctx, server, now())
	if err != nil {
		return err
	}
	if c.Format == "json" {
		out := json.NewEncoder(p.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(s)
	}
	p.printf("%s", statusText(s))
	return nil
}

// statusText is the status for a terminal: what needs a person first.
func statusText(s ops.Status) string {
	var b strings.Builder
	section := func(title, none string, columns []column, rows [][]string) {
		if len(rows) == 0 {
			b.WriteString(title + ": " + none + "\n\n")
			return
		}
		b.WriteString(title + ":\n" + table(columns, rows) + "\n")
	}
	when := func(t time.Time) string { return t.UTC().Format("2 Jan 15:04") }
	b.WriteString("As of " + s.At.Format("Mon 2 Jan 2006, 15:04 MST") + "\n\n")
	var rows [][]string
	for _, v := range s.Parked {
		rows = append(rows, []string{v.Ticket, when(v.Since), v.Reason})
	}
	section("Runs that wait for a person", "none", []column{{"TICKET", 40}, {"SINCE", 12}, {"WHY", 70}}, rows)
	rows = nil
	for _, v := range s.Unknown {
		rows = append(rows, []string{v.Ticket, v.Effect, when(v.Since), v.Note})
	}
	section("Effects that may or may not stand on GitHub", "none", []column{{"TICKET", 40}, {"EFFECT", 30}, {"SINCE", 12}, {"WHY", 50}}, rows)
	rows = nil
	for _, v := range s.Refused {
		rows = append(rows, []string{v.Ticket, v.What, when(v.At), v.Text})
	}
	section("Held back and warned of", "nothing", []column{{"TICKET", 40}, {"WHAT", 10}, {"AT", 12}, {"WHY", 70}}, rows)
	rows = nil
	if s.Inbox > 0 {
		rows = append(rows, []string{"delivery", "not looked at", fmt.Sprint(s.Inbox)})
	}
	for _, v := range s.Queue {
		rows = append(rows, []string{v.Kind, v.State, fmt.Sprint(v.N)})
	}
	section("Queue", "empty", []column{{"KIND", 20}, {"STATE", 20}, {"JOBS", 10}}, rows)
	rows = nil
	for _, v := range append(s.Spend.Repositories, s.Spend.Total) {
		share := "-"
		if n := v.Share(); n >= 0 {
			share = fmt.Sprintf("%d %%", n)
		}
		rows = append(rows, []string{v.Of, fmt.Sprint(v.Calls), v.Use(), share})
	}
	section("Spent on "+s.Spend.Day+" (UTC), until "+when(s.Spend.Resets), "nothing",
		[]column{{"OF", 40}, {"CALLS", 8}, {"USED", 60}, {"SHARE", 6}}, rows)
	rows = nil
	for _, v := range s.Writes {
		rows = append(rows, []string{v.Account, fmt.Sprint(v.LastMinute), fmt.Sprint(v.LastHour), v.Wait(s.At)})
	}
	section("Writes to GitHub", "none in the last hour", []column{{"ACCOUNT", 40}, {"A MINUTE", 10}, {"AN HOUR", 10}, {"LIMITER", 40}}, rows)
	return strings.TrimRight(b.String(), "\n") + "\n"
}
