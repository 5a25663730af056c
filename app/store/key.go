package store

import "fmt"

// TicketKey names a ticket in the store: by repository id, so that it survives a rename or a transfer of the repository.
func TicketKey(repositoryID int64, number int) string {
	return fmt.Sprintf("%d/%d", repositoryID, number)
}
