package role

// Problem is one reason why an output is not accepted. Where is a path such as "understanding.reply[2].citations".
type Problem struct {
	Where   string `json:"where"`
	Message string `json:"message"` // what is wrong and what is allowed
}

// Unmet is a check of the definition of done that does not hold, and the part that owes it.
type Unmet struct {
	Check string  `json:"check"`
	Owes  Returns `json:"owes"`
	Why   string  `json:"why"`
}
