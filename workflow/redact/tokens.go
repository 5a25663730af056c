package redact

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// format is how an issuer's tokens look. Each begins with, or holds, a mark that is looked for first: an expression runs only
// where its mark stands.
type format struct {
	issuer string
	marks  []string // in lower case where the expression takes both
	folds  bool
	shape  func() *regexp.Regexp // its first group is the secret, or the whole where it has none
}

func form(issuer, marks, expression string) format {
	return format{issuer: issuer, marks: strings.Split(marks, "|"), folds: strings.HasPrefix(expression, "(?i)"), shape: pattern.Lazy(expression)}
}

// marked reports whether one of the marks stands in the text.
func (f format) marked(s, lower string) bool {
	if f.folds {
		s = lower
	}
	return holds(s, f.marks...)
}

// formats are tokens whose issuers mark them, so that they can be told from anything else.
var formats = []format{
	// https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
	form("GitHub", "ghp_|gho_|ghu_|ghs_|ghr_", `\bgh[pousr]_[A-Za-z0-9_]{36,255}\b`),
	form("GitHub", "github_pat_", `\bgithub_pat_[A-Za-z0-9_]{40,255}\b`),
	// https://docs.gitlab.com/security/tokens/#token-prefixes
	form("GitLab", "glpat-|gloas-|gldt-|glrt-|glrtr-|glcbt-|glptt-|glft-|glimt-|glagent-|glsoat-|glffct-", `\bgl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_.=-]{20,300}`),
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	form("AWS", "AKIA|ASIA|ABIA|ACCA", `\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b`),
	// https://docs.stripe.com/keys
	form("Stripe", "sk_live|sk_test|rk_live|rk_test", `\b((?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,247})\b`),
	form("Stripe", "whsec_", `\b(whsec_[A-Za-z0-9+/=]{24,80})`),
	// https://api.slack.com/concepts/token-types
	form("Slack", "xox", `\bxox[abeoprs]-[A-Za-z0-9-]{10,250}`),
	form("Slack", "xapp-", `\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20,}`),
	form("Slack", "hooks.slack.com/", `hooks\.slack\.com/((?:services|workflows|triggers)/[A-Za-z0-9+/_-]{30,})`),
	// https://platform.openai.com/docs/api-reference/authentication; the middle of the newer ones is fixed
	form("OpenAI", "sk-", `\bsk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,300}`),
	form("OpenAI", "T3BlbkFJ", `\bsk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}`),
	form("OpenAI", "sk-", `\bsk-[A-Za-z0-9]{32,64}\b`),
	form("Anthropic", "sk-ant-", `\bsk-ant-[A-Za-z0-9_-]{24,200}`),
	form("OpenRouter", "sk-or-", `\bsk-or-v1-[a-f0-9]{64}\b`),
	// https://cloud.google.com/docs/authentication/api-keys
	form("Google", "AIza", `\bAIza[A-Za-z0-9_-]{35}`),
	form("Google", "GOCSPX-", `\bGOCSPX-[A-Za-z0-9_-]{28}`),
	form("Google", "ya29.", `\bya29\.[A-Za-z0-9_-]{30,}`),
	// https://docs.npmjs.com/about-access-tokens
	form("npm", "npm_", `\bnpm_[A-Za-z0-9]{36}\b`),
	// https://pypi.org/help/#apitoken
	form("PyPI", "pypi-", `\bpypi-AgE[A-Za-z0-9_-]{50,}`),
	form("RubyGems", "rubygems_", `\brubygems_[a-f0-9]{48}\b`),
	form("crates.io", "cio", `\bcio[A-Za-z0-9]{32}\b`),
	// https://docs.docker.com/security/access-tokens/
	form("Docker", "dckr_", `\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{27,40}`),
	// https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys
	form("SendGrid", "SG.", `\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`),
	form("Mailgun", "key-", `\bkey-[a-f0-9]{32}\b`),
	form("Mailchimp", "-us", `\b[a-f0-9]{32}-us\d{1,2}\b`),
	form("Brevo", "xkeysib-", `\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b`),
	form("Postmark", "x-postmark-", `(?i)x-postmark-(?:server|account)-token["']?\s*[:=]\s*["']?([a-f0-9-]{36})`),
	form("Twilio", "SK", `\bSK[a-f0-9]{32}\b`),
	// https://core.telegram.org/bots/features#botfather
	form("Telegram", ":AA", `(?:^|[^A-Za-z0-9]|bot)([0-9]{8,10}:AA[A-Za-z0-9_-]{33})`),
	form("Discord", "discord", `discord(?:app)?\.com/api/webhooks/(\d{17,20}/[A-Za-z0-9_-]{60,})`),
	form("Discord", ".", `\b[MNO][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}`),
	// https://developers.figma.com/docs/rest-api/authentication/
	form("Figma", "figd_", `\bfig[dor]_[A-Za-z0-9_-]{30,}`),
	form("Linear", "lin_", `\blin_(?:api|oauth)_[A-Za-z0-9]{32,64}\b`),
	form("Notion", "ntn_", `\bntn_[A-Za-z0-9]{40,}\b`),
	form("Notion", "secret_", `\bsecret_[A-Za-z0-9]{43}\b`),
	form("Atlassian", "ATATT3", `\bATATT3[A-Za-z0-9_=-]{100,}`),
	form("Atlassian", "ATCTT3", `\bATCTT3[A-Za-z0-9_=-]{100,}`),
	form("Hugging Face", "hf_", `\bhf_[A-Za-z]{34}\b`),
	form("Replicate", "r8_", `\br8_[A-Za-z0-9]{37}\b`),
	form("Groq", "gsk_", `\bgsk_[A-Za-z0-9]{52}\b`),
	form("DigitalOcean", "doo_v1_|dop_v1_|dor_v1_", `\bdo[opr]_v1_[a-f0-9]{64}\b`),
	form("Heroku", "HRKU-", `\bHRKU-[A-Za-z0-9_-]{36,}`),
	form("Shopify", "shpat_|shpca_|shppa_|shpss_", `\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b`),
	form("Square", "sq0atp|sq0csp", `\bsq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}`),
	form("Grafana", "glsa_|glc_", `\bgl(?:sa|c)_[A-Za-z0-9+/=_]{32,}`),
	form("New Relic", "NRAK-|NRAA-|NRAL-", `\bNRA[KAL]-[A-Z0-9]{27}\b`),
	form("Sentry", "sntry", `\bsntry[su]_[A-Za-z0-9+/=_-]{40,}`),
	form("Datadog", "dd", `(?i)\bdd[_-](?:api|app|application)[_-]key["']?\s*[:=]\s*["']?([a-f0-9]{32,40})\b`),
	form("HashiCorp Vault", "hvs.|hvb.|hvr.", `\bhv[sbr]\.[A-Za-z0-9_-]{24,}`),
	form("HCP Terraform", ".atlasv1.", `\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}`),
	form("Databricks", "dapi", `\bdapi[a-f0-9]{32}(?:-\d)?\b`),
	form("Postman", "PMAK-", `\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b`),
	form("Supabase", "sbp_|sb_secret_", `\bsb(?:p_[a-f0-9]{40}|_secret_[A-Za-z0-9_-]{20,})\b`),
	form("Airtable", "pat", `\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b`),
	form("Doppler", "dp.", `\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40,}`),
	form("PlanetScale", "pscale_", `\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}`),
	form("Fly.io", "fo1_", `\bfo1_[A-Za-z0-9_-]{43}`),
	form("Adafruit", "aio_", `\baio_[A-Za-z0-9]{28}\b`),
	// https://learn.microsoft.com/en-us/azure/storage/common/storage-configure-connection-string
	form("Azure", "Key=", `(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,}={0,2})`),
	form("Azure", "sig=", `[?&]sig=([A-Za-z0-9%+/]{40,})`),
	form("AWS", "aws", `(?i)aws.{0,20}secret.{0,20}?["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`),
}

func tokens(s, lower string) []match {
	var out []match
	for _, f := range formats {
		if !f.marked(s, lower) {
			continue
		}
		for _, at := range f.shape().FindAllStringSubmatchIndex(s, -1) {
			start, end := at[0], at[1]
			if len(at) > 2 && at[2] >= 0 {
				start, end = at[2], at[3]
			}
			if value := s[start:end]; !sample(value) && distinct(value) >= 8 {
				out = append(out, match{start, end, APIKey, f.issuer, ""})
			}
		}
	}
	return out
}

var jwt = pattern.Lazy(`\b(eyJ[A-Za-z0-9_-]{8,})\.eyJ[A-Za-z0-9_-]{8,}\.([A-Za-z0-9_-]{8,})`)

// jsonWebTokens finds signed tokens (RFC 7519): the first part must say which algorithm signs it.
func jsonWebTokens(s, _ string) []match {
	var out []match
	if !strings.Contains(s, "eyJ") {
		return nil
	}
	for _, at := range jwt().FindAllStringSubmatchIndex(s, -1) {
		head, err := base64.RawURLEncoding.DecodeString(s[at[2]:at[3]])
		var fields struct {
			Algorithm string `json:"alg"`
		}
		if err != nil || json.Unmarshal(head, &fields) != nil || fields.Algorithm == "" {
			continue
		}
		if s[at[4]:at[5]] == "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c" {
			continue // the one that https://jwt.io shows to everybody
		}
		out = append(out, match{at[0], at[1], APIKey, "", ""})
	}
	return out
}

// A key that was cut off in the ticket hides the lines that are there.
var (
	privateKey = pattern.Lazy(`-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----`)
	keyEnd     = pattern.Lazy(`-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----`)
	keyBody    = pattern.Lazy(`^(?:\\[nr]|[A-Za-z0-9+/=:,\s>"-])*`)
	ageKey     = pattern.Lazy(`\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b`)
)

func privateKeys(s, lower string) []match {
	var out []match
	if strings.Contains(lower, "private key") {
		for _, at := range privateKey().FindAllStringIndex(s, -1) {
			rest := s[at[1]:]
			end := at[1]
			if close := keyEnd().FindStringIndex(rest); close != nil && close[0] < 20000 {
				if len(strings.TrimSpace(rest[:close[0]])) < 40 {
					continue // "-----BEGIN PRIVATE KEY----- … -----END": a key in words
				}
				end += close[1]
			} else {
				body := keyBody().FindString(rest)
				if len(strings.Join(strings.Fields(body), "")) < 40 || !longRun(body) {
					continue
				}
				end += len(strings.TrimRight(body, " \t\r\n"))
			}
			out = append(out, match{at[0], end, PrivateKey, "", ""})
		}
	}
	if strings.Contains(lower, "age-secret-key-1") {
		for _, at := range ageKey().FindAllStringIndex(s, -1) {
			out = append(out, match{at[0], at[1], PrivateKey, "", ""})
		}
	}
	return out
}

// longRun reports whether a line of a key is there, which no sentence looks like.
func longRun(s string) bool {
	for _, word := range strings.Fields(s) {
		if len(word) >= 32 {
			return true
		}
	}
	return false
}
