package sample

// Kind says on which side of the support desk a person is.
type Kind string

// Customers file tickets, maintainers answer them, an outsider sees only what is public.
const (
	Customer   Kind = "customer"
	Maintainer Kind = "maintainer"
	Outsider   Kind = "outsider"
)

// User is a person of the sample.
type User struct {
	Login, Name string
	Kind        Kind
	// Bio is one line for the profile.
	Bio string
	// SignIn is true for the three people whose place a visitor of the sandbox can take. The others only appear in older tickets.
	SignIn bool
}

// Users returns all people; those one can sign in as come first: customer, maintainer, outsider.
func Users() []User {
	return []User{
		{Login: "customer", Name: "Clara Weiss", Kind: Customer, Bio: "Operations at Nordlicht Bikes. Business plan, cloud.", SignIn: true},
		{Login: "maintainer", Name: "Mika Santos", Kind: Maintainer, Bio: "Leads support at Tallypost.", SignIn: true},
		{Login: "outsider", Name: "Otis Grant", Kind: Outsider, Bio: "Runs the Community edition at home.", SignIn: true},
		{Login: "priya-n", Name: "Priya Nair", Kind: Customer, Bio: "Data team at Larkfield Foods. Business plan, cloud."},
		{Login: "tom-bauer", Name: "Tom Bauer", Kind: Customer, Bio: "Administrator at Bauer & Sohn. Self-hosted."},
		{Login: "jo-lindqvist", Name: "Jo Lindqvist", Kind: Maintainer, Bio: "Platform engineer at Tallypost, on call."},
		{Login: "ines-rocha", Name: "Ines Rocha", Kind: Maintainer, Bio: "Leads billing at Tallypost."},
	}
}

// Team is a team of the organization; others write it as @Owner/Slug.
type Team struct {
	Slug, Name, Description string
	Members                 []string
}

// Teams returns the teams that CODEOWNERS and the policy name.
func Teams() []Team {
	return []Team{
		{"support-team", "Support team", "First to read every ticket", []string{"maintainer"}},
		{"billing-team", "Billing team", "Invoices, payments, refunds", []string{"ines-rocha"}},
		{"identity-team", "Identity team", "Members, sign-in, single sign-on", []string{"jo-lindqvist", "maintainer"}},
		{"reports-team", "Reports team", "Reports, schedules, imports, exports", []string{"jo-lindqvist"}},
		{"delivery-team", "Delivery team", "Email, webhooks, SFTP, Slack", []string{"jo-lindqvist"}},
		{"platform-team", "Platform team", "API, server, operations", []string{"jo-lindqvist"}},
		{"mobile-team", "Mobile team", "The apps for iOS and Android", []string{"jo-lindqvist"}},
		{"security-team", "Security team", "Security and privacy", []string{"jo-lindqvist", "maintainer"}},
		{"docs-team", "Docs team", "The help center", []string{"maintainer"}},
	}
}
