package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model"
	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/evidence"
	"github.com/oioi-app/oioi/workflow/policy"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// The statuses of a run, as stored.
const (
	runGathering  = "gathering"
	runWorking    = "working"
	runParked     = "parked"
	runPublishing = "publishing"
	runFinished   = "finished"
	runCancelled  = "cancelled"
	runSuperseded = "superseded"

	// ticketHeld is no run's status: the ticket's, where a run is done and its effects are held.
	ticketHeld = "held"
)

// under reports whether a run with this status still has something to do by itself.
func under(status string) bool {
	return status == runGathering || status == runWorking || status == runPublishing
}

// shape is the version of the stored JSON below. Raise it with a change that an older reader would misread, and keep
// reading the old one.
const shape = 1

// ticketData is what the desk remembers of a ticket beside its row.
type ticketData struct {
	Shape    int           `json:"shape"`
	Author   ticket.Person `json:"author"`
	RunID    string        `json:"run_id,omitempty"`   // the newest run
	Drafts   int           `json:"drafts,omitempty"`   // how many drafts were planned
	Approve  bool          `json:"approve,omitempty"`  // the newest plan's effects wait for people
	Mistakes string        `json:"mistakes,omitempty"` // digest of the configuration mistakes that were reported here
	Privacy  string        `json:"privacy,omitempty"`  // digest of what the reporter was asked to revoke and delete
	Told     int           `json:"told,omitempty"`     // how many comments were answered so
	Held     *Held         `json:"held,omitempty"`
	Asked    *Asked        `json:"asked,omitempty"`     // questions that the customer has not answered yet
	WasAsked bool          `json:"was_asked,omitempty"` // questions were sent, now or earlier
	Sent     *Sent         `json:"sent,omitempty"`      // the newest reply that was sent
	// Inside is the repository of the ticket's internal issue, and Issue its number, once it is open.
	Inside *ticket.Repository `json:"inside,omitempty"`
	Issue  int                `json:"issue,omitempty"`
	Chosen *Chosen            `json:"chosen,omitempty"`  // what a person said to a long prompt here
	Owner  string             `json:"owner,omitempty"`   // login that a person made the owner
	Level  int                `json:"level,omitempty"`   // how many levels of the escalation ladder were called, from below
	ByHand string             `json:"by_hand,omitempty"` // who has answered the customer by hand while the newest draft stood
	Closed *Closed            `json:"closed,omitempty"`  // the ticket is closed
	Called *Called            `json:"called,omitempty"`  // the newest call of a level whose answer is waited for
	// Alone is how many drafts came by themselves since a person of the team asked for one or sent a reply.
	Alone     int    `json:"alone,omitempty"`
	LabelLeft bool   `json:"label_left,omitempty"` // the trigger label stands there because a bot has set it
	Skipped   string `json:"skipped,omitempty"`    // why the newest thing that could have begun a run began none
	// Words are the newest commands that were obeyed, by what they decide on.
	Words map[string]Word `json:"words,omitempty"`
	// Strangers are the answers of the last day to people outside the team, oldest first.
	Strangers []Stranger `json:"strangers,omitempty"`
}

// Held says that nothing is written on a ticket until a person resumes it.
type Held struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Sent is what was sent to the customer, and what the plan makes of it.
type Sent struct {
	Draft      int       `json:"draft"`
	Digest     string    `json:"digest"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
	RunID      string    `json:"run_id"` // of the plan that is carried out
	NextUpdate time.Time `json:"next_update,omitzero"`
	Updated    string    `json:"updated,omitempty"` // what became of the next update, once it was due
}

// Run is one run of the workflow over a ticket: what it works from, fixed when it began, and how far it is.
type Run struct {
	Shape     int             `json:"shape"`
	Delivery  string          `json:"delivery,omitempty"` // the webhook delivery that it began with
	Reason    string          `json:"reason"`             // opened, labeled, trigger label, edited, command
	By        string          `json:"by,omitempty"`
	Asker     int             `json:"asker,omitempty"` // the priority of who asked, as GitHub told when the command was obeyed; 0: it was no command
	Direction string          `json:"direction,omitempty"`
	Asked     bool            `json:"asked,omitempty"`   // questions were sent to the customer before
	Replied   bool            `json:"replied,omitempty"` // the newest reply was sent without a person
	Directs   string          `json:"directs,omitempty"` // the role that the direction is for; "": all of them
	From      string          `json:"from,omitempty"`    // the role at which a rerun begins; "": the first
	Kept      []string        `json:"kept,omitempty"`    // the steps whose parts were taken over from the run before
	Anew      string          `json:"anew,omitempty"`    // tells what a person asks again from the same questions asked before
	Docs      string          `json:"docs,omitempty"`    // direction for the docs change alone
	Place     Place           `json:"place"`
	Ticket    ticket.Ticket   `json:"ticket"`
	Settings  config.Settings `json:"-"`
	// Inside is where the drafts are shown instead of on the ticket; nil: on the ticket.
	Inside *ticket.Repository `json:"inside,omitempty"`
	// SettingsID is where the settings are stored.
	SettingsID string             `json:"settings_id,omitempty"`
	Playbooks  []string           `json:"playbooks,omitempty"` // the ids of those that fit the ticket, best first
	Evidence   evidence.Set       `json:"evidence"`
	ForTeam    evidence.Set       `json:"for_team,omitzero"` // what only the team may read; found where drafts stand inside
	Risk       ticket.Risk        `json:"risk,omitempty"`    // how much it looks like an attempt to give OiOi orders; with RiskHigh nothing happens by itself
	Signals    []ticket.Signal    `json:"signals,omitempty"`
	Pages      []evidence.Listed  `json:"pages,omitempty"`  // of the help center, the nearest first
	Commit     string             `json:"commit,omitempty"` // of the help center that the evidence is pinned to
	Help       *ticket.Repository `json:"help,omitempty"`   // that holds the help center; nil: the ticket's own
	State      workflow.State     `json:"state"`
	Seq        int                `json:"seq"`
	Job        int64              `json:"job,omitempty"`       // the job that goes on with the next piece, where it is not one of its own
	Confirmed  bool               `json:"confirmed,omitempty"` // a person said yes to the long prompt
	Trim       bool               `json:"trim,omitempty"`      // a long prompt is cut to the limit
	Cut        workflow.Cut       `json:"cut,omitzero"`        // what is left out of the prompts
	Lost       []string           `json:"lost,omitempty"`      // what that is, for people
	Long       *Long              `json:"long,omitempty"`      // the prompt that a person is asked about
	Former     *effect.Former     `json:"-"`                   // the draft that this run's takes the place of
	Parked     *workflow.Park     `json:"parked,omitempty"`
	Usage      model.Usage        `json:"usage"`
	Models     []string           `json:"models,omitempty"`
	Undone     string             `json:"undone,omitempty"`   // of the direction: see model.Response
	Drafter    string             `json:"drafter,omitempty"`  // who answered last: playbook or openai
	Second     string             `json:"second,omitempty"`   // why the fallback model is asked before the first one
	Fallback   string             `json:"fallback,omitempty"` // why the playbook drafted instead of the language model
	Limit      *Reached           `json:"limit,omitempty"`    // of the budget, which did not allow a call
	Waiting    *Waiting           `json:"waiting,omitempty"`  // for the model
	Floors     []string           `json:"floors,omitempty"`   // what policy code raised, in a run from before each part said so itself
	Refusals   []effect.Refusal   `json:"refusals,omitempty"`
	Clocks     policy.Clocks      `json:"clocks"`
}

// language is the customer's, as far as the run knows it.
func (r Run) language() string {
	if u := r.State.Outputs().Understanding; u != nil && u.Language != "" {
		return u.Language
	}
	return ticket.Language(r.Ticket.Words())
}

// warnings are the run's signals in words.
func (r Run) warnings() []string {
	var out []string
	for _, s := range r.Signals {
		if s.Risk == ticket.RiskHigh {
			out = append(out, s.Where+": "+s.What)
		}
	}
	return out
}

func decode[T any](data json.RawMessage) (T, error) {
	var out T
	if len(data) == 0 {
		return out, nil
	}
	known := 0 // effects, receipts, answers and settings, as long as they have no shape of their own
	switch any(out).(type) {
	case ticketData, Run:
		known = shape
	}
	if found := shapeOf(data); found > known {
		return out, newerShape{found, known}
	}
	if err := json.Unmarshal(data, &out); err != nil {
		return out, fmt.Errorf("a stored row is damaged: %w", err)
	}
	return out, nil
}

// newerShape says that a row cannot be read. No further try changes that.
type newerShape struct{ found, known int }

func (s newerShape) Error() string {
	return fmt.Sprintf("a stored row has shape %d and this OiOi knows up to %d: a newer OiOi wrote it; start that version", s.found, s.known)
}

func (newerShape) Permanent() bool { return true }

// effectOf reads a stored effect.
func effectOf(stored store.Effect) (effect.Effect, error) {
	e, err := decode[effect.Effect](stored.Data)
	if err != nil {
		err = fmt.Errorf("read the effect %s: %w", stored.Key, err)
	}
	return e, err
}

// receiptOf reads what became of a stored effect; the zero receipt where nothing did yet.
func receiptOf(stored store.Effect) (effect.Receipt, error) {
	receipt, err := decode[effect.Receipt](stored.Receipt)
	if err != nil {
		err = fmt.Errorf("read the receipt of %s: %w", stored.Key, err)
	}
	return receipt, err
}

// recordOf reads a stored effect and what became of it.
func recordOf(stored store.Effect) (effect.Effect, effect.Receipt, error) {
	e, err := effectOf(stored)
	if err != nil {
		return e, effect.Receipt{}, err
	}
	receipt, err := receiptOf(stored)
	return e, receipt, err
}

// shapeOf reads the shape, which is the first key of what has one, without reading the rest. It is 0 where there is none.
func shapeOf(data json.RawMessage) int {
	in := json.NewDecoder(bytes.NewReader(data))
	for _, want := range []json.Token{json.Delim('{'), "shape"} {
		if token, err := in.Token(); err != nil || token != want {
			return 0
		}
	}
	var found int
	if in.Decode(&found) != nil {
		return 0
	}
	return found
}

func encode(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("a state that cannot be stored: %v", err)) // only a programming error gets here
	}
	return data
}
