package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/go-github/v62/github"
	"github.com/tidwall/gjson"

	"github.com/oioi-app/oioi/workflow/ticket"
)

// movedTo is where a transferred issue stands now; go-github does not know the field.
// https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=transferred#issues
func movedTo(payload []byte) string {
	to := gjson.GetManyBytes(payload, "changes.new_repository.full_name", "changes.new_issue.number")
	if to[0].Str == "" || to[1].Int() == 0 {
		return ""
	}
	return fmt.Sprintf("%s#%d", to[0].Str, to[1].Int())
}

// installations reads `installation`: https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation
type installations struct{}

func (installations) Handles() []string { return []string{"installation"} }

func (installations) Handle(ctx context.Context, _, deliveryID string, payload []byte) error {
	var event github.InstallationEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("the installation event %s is not what GitHub describes: %w", deliveryID, err)
	}
	fold(ctx, ticket.Event{Kind: ticket.EventInstallation, DeliveryID: deliveryID, InstallationID: event.GetInstallation().GetID(),
		Action: event.GetAction(), Sender: person(event.GetSender(), "")})
	return nil
}

// selections reads `installation_repositories`, which tells of each repository that the App reaches now, or does not reach any
// more: https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation_repositories
type selections struct{}

func (selections) Handles() []string { return []string{"installation_repositories"} }

func (selections) Handle(ctx context.Context, _, deliveryID string, payload []byte) error {
	var event github.InstallationRepositoriesEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("the event %s of an installation's repositories is not what GitHub describes: %w", deliveryID, err)
	}
	e := ticket.Event{Kind: ticket.EventRepository, DeliveryID: deliveryID, InstallationID: event.GetInstallation().GetID(),
		Action: event.GetAction(), Sender: person(event.GetSender(), "")}
	for _, r := range slices.Concat(event.RepositoriesAdded, event.RepositoriesRemoved) {
		e.Repository = repository(r)
		fold(ctx, e)
	}
	e.Kind, e.Repository = ticket.EventInstallation, ticket.Repository{}
	fold(ctx, e)
	return nil
}

// repositories reads `repository`: https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository
type repositories struct{}

func (repositories) Handles() []string { return []string{"repository"} }

func (repositories) Handle(ctx context.Context, _, deliveryID string, payload []byte) error {
	var event github.RepositoryEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return fmt.Errorf("the repository event %s is not what GitHub describes: %w", deliveryID, err)
	}
	fold(ctx, ticket.Event{Kind: ticket.EventRepository, DeliveryID: deliveryID, InstallationID: event.GetInstallation().GetID(),
		Repository: repository(event.GetRepo()), Action: event.GetAction(), Sender: person(event.GetSender(), "")})
	return nil
}
