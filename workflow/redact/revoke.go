package redact

// revoke are the pages where an issuer's keys are revoked.
var revoke = map[string]string{
	"GitHub": "https://github.com/settings/tokens", "GitLab": "https://docs.gitlab.com/user/profile/personal_access_tokens/#revoke-a-personal-access-token",
	"AWS": "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html", "Stripe": "https://docs.stripe.com/keys#rolling-keys", "Slack": "https://api.slack.com/apps",
	"OpenAI": "https://platform.openai.com/api-keys", "Anthropic": "https://console.anthropic.com/settings/keys", "OpenRouter": "https://openrouter.ai/settings/keys",
	"Google": "https://console.cloud.google.com/apis/credentials", "npm": "https://docs.npmjs.com/revoking-access-tokens", "PyPI": "https://pypi.org/manage/account/#api-tokens",
	"RubyGems": "https://rubygems.org/profile/api_keys", "crates.io": "https://crates.io/settings/tokens", "Docker": "https://app.docker.com/settings/personal-access-tokens",
	"SendGrid": "https://app.sendgrid.com/settings/api_keys", "Mailgun": "https://app.mailgun.com/settings/api_security", "Mailchimp": "https://admin.mailchimp.com/account/api/",
	"Brevo": "https://app.brevo.com/settings/keys/api", "Twilio": "https://console.twilio.com/us1/account/keys-credentials/api-keys", "Telegram": "https://t.me/BotFather",
	"Discord": "https://discord.com/developers/applications", "Figma": "https://www.figma.com/settings", "Linear": "https://linear.app/settings/account/security",
	"Notion": "https://www.notion.so/profile/integrations", "Atlassian": "https://id.atlassian.com/manage-profile/security/api-tokens", "Hugging Face": "https://huggingface.co/settings/tokens",
	"Replicate": "https://replicate.com/account/api-tokens", "Groq": "https://console.groq.com/keys", "DigitalOcean": "https://cloud.digitalocean.com/account/api/tokens",
	"Heroku": "https://dashboard.heroku.com/account/applications", "Shopify": "https://help.shopify.com/en/manual/apps/app-types/custom-apps", "Square": "https://developer.squareup.com/apps",
	"Grafana": "https://grafana.com/docs/grafana/latest/administration/service-accounts/", "New Relic": "https://one.newrelic.com/api-keys", "Sentry": "https://sentry.io/settings/account/api/auth-tokens/",
	"Datadog": "https://app.datadoghq.com/organization-settings/api-keys", "HashiCorp Vault": "https://developer.hashicorp.com/vault/docs/commands/token/revoke",
	"HCP Terraform": "https://app.terraform.io/app/settings/tokens", "Databricks": "https://docs.databricks.com/en/dev-tools/auth/pat.html", "Postman": "https://go.postman.co/settings/me/api-keys",
	"Supabase": "https://supabase.com/dashboard/account/tokens", "Airtable": "https://airtable.com/create/tokens", "Azure": "https://learn.microsoft.com/azure/storage/common/storage-account-keys-manage",
}

// Revoke returns the page on which an issuer's keys are revoked, or "" where none is known.
func (f Found) Revoke() string { return revoke[f.Issuer] }
