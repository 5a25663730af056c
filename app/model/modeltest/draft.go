package modeltest

import "github.com/oioi-app/oioi/workflow/role"

// Draft plays a good model.
func Draft(r Request) role.Output { return role.Output{} }
