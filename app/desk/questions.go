package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/oioi-app/oioi/app/store"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

// reasonAnswered is the reason for a run that the customer's answer to questions resumes.
const reasonAnswered = "the customer answered"

// Asked says that questions to the customer were sent and are not answered yet.
type Asked struct {
	Digest   string    `json:"digest"`  // of the reply with the questions
	Comment  int64     `json:"comment"` // that reply's comment
	Due      time.Time `json:"due"`     // when silence is noticed next
	Reminded bool      `json:"reminded,omitempty"`
	Noted    bool      `json:"noted,omitempty"` // the maintainers know; nothing more is said
}

// SilenceArgs is the job that looks, some time after questions were sent, whether the customer has answered.
type SilenceArgs struct {
	TicketKey string `json:"ticket_key"`
	Digest    string `json:"digest"` // of the reply with the questions
}

// Kind names the job in the queue.
func (SilenceArgs) Kind() string { return "silence" }

type silenceWorker struct {
	river.WorkerDefaults[SilenceArgs]
	desk *Desk
}

func (w *silenceWorker) Work(ctx context.Context, job *river.Job[SilenceArgs]) (err error) {
	ctx, end := w.desk.begin(ctx, job.JobRow)
	defer func() { end(err) }()
	return waiting(w.desk.silence(ctx, job.Args, job.JobRow))
}

// asked notes that a reply with questions was sent, and when silence is noticed; nil where it asks nothing.
func (d *Desk) asked(ctx context.Context, tx store.Tx, key, digest string, comment int64, run Run) (*Asked, error) {
	u := run.State.Outputs().Understanding
	if !slices.ContainsFunc(u.Reply, func(b role.Block) bool { return b.Kind == role.Question }) {
		return nil, nil
	}
	due, err := run.Settings.Config.Policy.Hours.Add(d.Clock(), run.Settings.Config.Questions.RemindHours)
	if err != nil {
		return nil, err
	}
	out := &Asked{Digest: digest, Comment: comment, Due: due}
	return out, d.noticeSilence(ctx, tx, key, *out)
}

func (d *Desk) noticeSilence(ctx context.Context, tx store.Tx, key string, asked Asked) error {
	return tx.Enqueue(ctx, SilenceArgs{TicketKey: key, Digest: asked.Digest}, d.dueAt(asked.Due))
}

// ordinary reads a comment without a command: it means something only while the customer is asked. The customer's answer
// resumes the run; where a person of the team has taken over, OiOi steps back.
func (a asking) ordinary(e ticket.Event, v *verdict) {
	if e.Kind != ticket.EventCommented || e.Sender.Bot || a.run == nil {
		return
	}
	does := answering{asking: a, e: e, v: v}
	asked := a.data.Asked != nil && e.Comment.ID > a.data.Asked.Comment
	switch {
	case a.reporter(e) && (asked || a.run.Reason == reasonAnswered && a.status == runGathering): // an answer may come in two comments
		v.begin(reasonAnswered, "", a.run.Direction)
		does.note("resumed", "The customer has answered the questions")
	case e.Inside == nil && a.reporter(e) && a.data.shut():
		does.judge() // what they say may prove something
	case e.Inside == nil && !a.reporter(e) && e.Comment.Author.OnTeam() && says(e.Comment.Body.Raw()):
		does.stepBack(asked)
	}
}

// says reports whether a comment holds words of its own for a person: more than quotes, and no command of any bot.
func says(body string) bool {
	return !strings.HasPrefix(strings.TrimSpace(body), "/") && slices.ContainsFunc(strings.Split(body, "\n"), func(line string) bool {
		line = strings.TrimSpace(line)
		return line != "" && !strings.HasPrefix(line, ">")
	})
}

// stepBack leaves a ticket to the person of the team who has answered the customer: questions are not followed up, and the draft
// that stands is kept and waits no more.
func (a answering) stepBack(asked bool) {
	login := a.e.Sender.Login
	if asked {
		a.v.touched = true
		a.alter(func(d *ticketData) { d.Asked = nil })
		a.note("stepped back", "@"+login+" is on it, so the questions are not followed up")
	}
	if a.data.Drafts == 0 || a.data.ByHand != "" || a.data.Sent != nil && a.data.Sent.Draft == a.data.Drafts {
		return
	}
	a.v.touched, a.v.show = true, true
	a.alter(func(d *ticketData) { d.ByHand = login })
	a.note("stepped back", "@"+login+" has answered the customer, so the draft is kept and waits no more")
}

// silence reminds the customer of questions once, and after a while tells the maintainers. It never closes a ticket.
func (d *Desk) silence(ctx context.Context, args SilenceArgs, job *rivertype.JobRow) error {
	look := look{args.TicketKey, job, func(_ store.Reader, data ticketData) (due time.Time, err error) {
		if data.Asked != nil && data.Asked.Digest == args.Digest && !data.Asked.Noted && data.Sent != nil {
			due = data.Asked.Due
		}
		return due, nil
	}}
	row, data, ready, err := d.ready(ctx, look)
	if !ready {
		return err
	}
	run, err := d.runOf(ctx, data.Sent.RunID)
	if err != nil {
		return err
	}
	place := placeOf(row)
	snapshot, err := d.GitHub.Ticket(ctx, place, row.Number)
	if err != nil {
		return err
	}
	settings, err := d.GitHub.Settings(ctx, place)
	if err != nil {
		return fmt.Errorf("read the repository's configuration: %w", err)
	}
	over := snapshot.State == "closed" || said(snapshot).AnsweredByTeam()
	if !over && answered(snapshot, data.Asked.Comment) {
		return river.JobSnooze(heldAgain) // nobody has told of the answer; the look for what was missed finds it, and the run goes on
	}
	return d.looked(ctx, look, func(tx store.Tx, row store.Ticket, data ticketData) error {
		var said effect.Effect
		what := ""
		switch {
		case over:
			data.Asked, what = nil, "a person is on it, or the ticket is closed"
		case !data.Asked.Reminded:
			data.Asked.Reminded, what = true, "the customer was reminded of the questions"
			if data.Asked.Due, err = settings.Config.Policy.Hours.Add(d.Clock(), settings.Config.Questions.NoteHours); err != nil {
				return err
			}
			if err := d.noticeSilence(ctx, tx, row.Key, *data.Asked); err != nil {
				return err
			}
			said = comment(place, row.Number, "reminder/"+args.Digest, reminder(run.State.Outputs().Understanding.Language, snapshot.Author.Login))
		default:
			data.Asked.Noted, what = true, "the customer has not answered; the maintainers were told"
			said = comment(place, row.Number, "silence/"+args.Digest, silenceNote(run, data, snapshot)).Inside(run.Inside)
		}
		row.Data, row.UpdatedAt = encode(data), d.Clock()
		if err := tx.PutTicket(ctx, row); err != nil {
			return err
		}
		if err := d.tell(ctx, tx, row.Key, data.Sent.RunID, "silence", "", "No answer to the questions: "+what, 0); err != nil {
			return err
		}
		if said.Key == "" {
			return nil
		}
		return d.propose(ctx, tx, run.priority(), row.Key, data.Sent.RunID, row.Generation, []effect.Effect{said})
	})
}

// answered reports whether the reporter has written since a comment.
func answered(t ticket.Ticket, since int64) bool {
	return slices.ContainsFunc(t.Comments, func(c ticket.Comment) bool { return c.ID > since && !c.Ours && c.Author.ID == t.Author.ID })
}

// reminders are what a customer who does not answer reads, by language.
var reminders = map[string]string{
	"en": "@%s, we still need your answer to the questions above to go on. A few words are enough.",
	"de": "@%s, wir brauchen noch Ihre Antwort auf die Fragen oben, damit es weitergeht. Ein paar Worte genügen.",
	"es": "@%s, para continuar todavía necesitamos su respuesta a las preguntas de arriba. Bastan unas palabras.",
	"fr": "@%s, pour continuer, il nous faut encore votre réponse aux questions ci-dessus. Quelques mots suffisent.",
}

func reminder(language, login string) string {
	return fmt.Sprintf(effect.InLanguage(reminders, language), login)
}

// silenceNote tells the maintainers that no answer came. On a ticket that everybody reads it names nobody.
func silenceNote(run Run, data ticketData, t ticket.Ticket) string {
	const rest = "OiOi does nothing more by itself and leaves the ticket open; an answer starts a new draft."
	owner := ownerOf(run, data)
	switch {
	case run.Inside == nil && !t.Repository.Private:
		return "The questions above are still open, after one reminder. " + rest
	case owner == role.Unassigned:
		owner = "Nobody owns this ticket, and"
	default:
		owner += ","
	}
	return fmt.Sprintf("%s %s has not answered the questions, after one reminder. %s", owner, effect.Code("@"+t.Author.Login), rest)
}
