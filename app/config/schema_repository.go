package config

import (
	"github.com/oioi-app/oioi/app/command"
	"github.com/oioi-app/oioi/workflow/redact"
	"github.com/oioi-app/oioi/workflow/role"
)

// repositoryRules are what the types cannot say of .github/oioi.yml: descriptions of the policy's keys, bounds, patterns.
func repositoryRules() map[string]rule {
	const owner = `^@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9._-]+)?$`
	const clock = `^$|^([01]?[0-9]|2[0-3]):[0-5][0-9]$`
	return map[string]rule{
		"triggers.forms[]":         {pattern: `^[^/\\]*\.ya?ml$`},
		"docs.repository":          {pattern: `^$|` + repositoryPattern},
		"docs.root":                {pattern: relativePattern},
		"docs.max_open":            {min: ptr(1), max: ptr(mostOpen)},
		"workflow":                 {pattern: relativePattern},
		"playbooks":                {pattern: relativePattern},
		"roles":                    {keys: roleIDs()},
		"docs.protected[]":         {pattern: relativePath},
		"linked_repositories[]":    {pattern: repositoryPattern},
		"prompt.warn_above_tokens": {min: ptr(minWarnTokens)},
		"prompt.expires_hours":     {min: ptr(1)},
		"mode":                     {enum: anys(Modes)},
		"draft.destination":        {enum: anys(Destinations)},
		"draft.repository":         {pattern: `^$|` + repositoryPattern},
		"modes":                    {keys: anys(role.Categories)},
		"modes.*":                  {enum: anys(CategoryModes), text: "draft, approve, or auto where a wrong reply does little harm."},
		"questions.remind_hours":   {min: ptr(1)},
		"questions.note_hours":     {min: ptr(1)},
		"auto_above":               {min: ptr(minAuto), max: ptr(1)},
		"effects":                  {keys: anys(Switches)},
		"effects.*":                {text: "Whether OiOi makes effects of this kind; true where it is left out."},
		"labels.prefix":            {pattern: `\S.*\S`},
		"follow_ups.max":           {min: ptr(0), max: ptr(maxFollowUps)},
		"privacy.finders[]":        {enum: anys(redact.Finders)},
		"privacy.allow[]":          {pattern: `\S`},
		"connections.web.allow[]":  {pattern: webHostPattern},
		"budget.ticket_tokens":     {min: ptr(0), max: ptr(maxBudget)},
		"budget.author_tokens":     {min: ptr(0), max: ptr(maxBudget)},
		"budget.repository_tokens": {min: ptr(0), max: ptr(maxBudget)},
		"budget.ticket_usd":        {min: ptr(0), max: ptr(maxBudget)},
		"budget.author_usd":        {min: ptr(0), max: ptr(maxBudget)},
		"budget.repository_usd":    {min: ptr(0), max: ptr(maxBudget)},
		"commands":                 {keys: anys(command.Names())},
		"commands.*[]":             {pattern: command.GranteePattern},
		"private_channel":          {pattern: `^$|^[Hh][Tt][Tt][Pp][Ss]://\S+$|^[^@\s]+@[^@\s]+$`},

		"policy.areas":              {text: "The parts of the product, each with its owner."},
		"policy.areas[]":            {required: []string{"name", "owner"}},
		"policy.areas[].name":       {text: "As the support form offers it.", noNull: true},
		"policy.areas[].owner":      {text: "A user (@name) or a team (@organization/team).", pattern: owner, noNull: true},
		"policy.areas[].keywords":   {text: "Words of a ticket that belong to this area."},
		"policy.areas[].categories": {text: "Categories that go to this area when no keyword decides."},
		"policy.areas[].labels":     {text: "Labels of this area."},
		"policy.default_owner":      {text: "Who owns a ticket that fits no area. Left out: unassigned.", pattern: `^$|` + owner},

		"policy.escalation":              {text: "The escalation ladder, lowest level first."},
		"policy.escalation[]":            {required: []string{"name", "target"}},
		"policy.escalation[].name":       {text: "L1, L2 and so on.", noNull: true},
		"policy.escalation[].target":     {text: "Whom it reaches: @name or @organization/team.", pattern: owner, noNull: true},
		"policy.escalation[].deputy":     {text: "Who stands in.", pattern: `^$|` + owner},
		"policy.escalation[].when":       {text: "The rule in words, for people and prompts."},
		"policy.escalation[].severities": {text: "A ticket this grave always reaches this level."},
		"policy.escalation[].categories": {text: "A ticket of one of these categories always reaches this level."},
		"policy.escalation[].within":     {text: "Business time until the target must have answered."},

		"policy.reply":                  {text: "Standards for texts to customers."},
		"policy.reply.tone":             {text: "How replies sound, in words."},
		"policy.reply.max_words":        {text: "The longest reply; 40 or more. 0 means 180.", min: ptr(0), gap: [2]float64{1, 39}},
		"policy.reply.required":         {text: "Phrases that every reply contains."},
		"policy.reply.forbidden":        {text: "Phrases that no reply contains."},
		"policy.reply.sign_off":         {text: "The last line of every reply."},
		"policy.reply.confidence_floor": {text: "The confidence, computed from verified citations and from how well the best source fits, below which a reply answers nothing: it asks, or a person finds the answer. 0 means 0.5.", min: ptr(0), max: ptr(1)},
		"policy.reply.language":         {text: "The team's language (BCP 47); left out: en."},

		"policy.limits":                    {text: "What the product and the policies allow."},
		"policy.limits.refund_days":        {text: "How many days after a charge it can be refunded. A ticket that asks for an older one needs a decision, whoever drafts.", min: ptr(0)},
		"policy.limits.refund_max":         {text: "The largest refund that support may grant, for example EUR 200."},
		"policy.limits.no_promises":        {text: "What nobody may promise, for example release dates."},
		"policy.limits.supported_versions": {text: "The versions that get support."},
		"policy.limits.other":              {text: "Other limits, in words."},

		"policy.service_levels":               {text: "The clocks of each severity.", keys: []any{"S1", "S2", "S3", "S4"}},
		"policy.service_levels.*.first_reply": {text: "Until the first reply."},
		"policy.service_levels.*.next_update": {text: "Between two updates."},
		"policy.service_levels.*.resolve":     {text: "Until it is resolved."},
		"policy.service_levels.*.clock":       {text: "Whether time counts in business hours only.", enum: []any{"", "business", "always"}},

		"policy.hours":            {text: "Business hours. Left out: Monday to Friday, 09:00 to 17:00, UTC."},
		"policy.hours.timezone":   {text: "An IANA name, for example Europe/Berlin."},
		"policy.hours.days":       {text: "The days of work."},
		"policy.hours.days[]":     {text: "mon, tue, wed, thu, fri, sat or sun.", pattern: `^([Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]|[Ss][Uu][Nn])`},
		"policy.hours.start":      {text: "When work begins, for example 09:00.", pattern: clock},
		"policy.hours.end":        {text: "When work ends, for example 17:00.", pattern: clock},
		"policy.hours.holidays":   {text: "Days without work, for example 2026-12-25."},
		"policy.hours.holidays[]": {pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`},

		"policy.macros":              {text: "Prepared texts that a reply may use."},
		"policy.macros[]":            {required: []string{"name", "file"}},
		"policy.macros[].name":       {text: "How the macro is called.", noNull: true},
		"policy.macros[].file":       {text: "Path of its text in the repository.", pattern: relativePattern, noNull: true},
		"policy.macros[].text":       {drop: true},
		"policy.macros[].categories": {text: "The categories it is for. Left out: all."},
	}
}
