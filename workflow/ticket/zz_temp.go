package ticket
func (t Ticket) Words() string { return t.Title.Raw()+" "+t.Body.Raw() }
