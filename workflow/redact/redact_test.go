package redact_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/oioi-app/oioi/workflow/redact"
)

// random is a made-up value; tokens are put together here, so that no scanner takes this file for a leak.
var source = rand.New(rand.NewPCG(7, 11))

func random(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[source.IntN(len(alphabet))]
	}
	return string(b)
}

const (
	alnum  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	lowhex = "0123456789abcdef"
)

type planted struct {
	kind   redact.Kind
	issuer string
	text   string // %s is the secret
	secret string
}

func plant() []planted {
	jwt := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"ana","exp":1}`)) + "." + random(alnum, 43)
	pem := "-----BEGIN RSA " + "PRIVATE KEY-----\n" + random(alnum, 64) + "\n" + random(alnum, 64) + "\n-----END RSA " + "PRIVATE KEY-----"
	cut := "-----BEGIN " + "PRIVATE KEY-----\n" + random(alnum, 64) + "\n" + random(alnum, 40)
	out := []planted{
		{redact.APIKey, "GitHub", "my token is %s.", "gh" + "p_" + random(alnum, 36)},
		{redact.APIKey, "GitHub", "GITHUB_TOKEN=%s", "github" + "_pat_" + random(alnum, 22) + "_" + random(alnum, 59)},
		{redact.APIKey, "GitLab", "(%s)", "gl" + "pat-" + random(alnum, 20)},
		{redact.APIKey, "AWS", "key %s here", "AK" + "IA" + random(upper, 16)},
		{redact.APIKey, "Stripe", "`%s`", "sk_" + "live_" + random(alnum, 24)},
		{redact.APIKey, "Slack", "SLACK: %s", "xox" + "b-123456789012-123456789012-" + random(alnum, 24)},
		{redact.APIKey, "Slack", "POST https://hooks.slack.com/%s", "services/T" + random(upper, 8) + "/B" + random(upper, 8) + "/" + random(alnum, 24)},
		{redact.APIKey, "OpenAI", "\"%s\"", "sk-" + "proj-" + random(alnum, 48)},
		{redact.APIKey, "Anthropic", "%s", "sk-" + "ant-api03-" + random(alnum, 93)},
		{redact.APIKey, "Google", "?key=%s&x", "AI" + "za" + random(alnum, 35)},
		{redact.APIKey, "npm", "//registry.npmjs.org/:_authToken=%s", "np" + "m_" + random(alnum, 36)},
		{redact.APIKey, "SendGrid", "%s", "S" + "G." + random(alnum, 22) + "." + random(alnum, 43)},
		{redact.APIKey, "Telegram", "bot%s", "1" + random("0123456789", 9) + ":A" + "A" + random(alnum, 33)},
		{redact.APIKey, "Figma", "X-Figma-Token: %s", "fi" + "gd_" + random(alnum, 40)},
		{redact.APIKey, "Linear", "%s", "lin" + "_api_" + random(alnum, 40)},
		{redact.APIKey, "Hugging Face", "%s", "h" + "f_" + random(alnum[:52], 34)},
		{redact.APIKey, "DigitalOcean", "%s", "dop" + "_v1_" + random(lowhex, 64)},
		{redact.APIKey, "Azure", "DefaultEndpointsProtocol=https;AccountKey=%s;EndpointSuffix=core.windows.net", random(alnum, 86) + "=="},
		{redact.APIKey, "AWS", "aws_secret_access_key = %s", random(alnum, 40)},
		{redact.APIKey, "", "Cookie or what it is: %s", jwt},
		{redact.PrivateKey, "", "here:\n```\n%s\n```\nthanks", pem},
		{redact.PrivateKey, "", "%s", strings.ReplaceAll(pem, "\n", `\n`)},
		{redact.PrivateKey, "", "%s", cut},
		{redact.Password, "", "postgres://app:%s@db.acme.io:5432/app?sslmode=require", "Tr0ub4dor&3"},
		{redact.Password, "", "redis://:%s@cache:6379", random(alnum, 20)},
		{redact.Password, "", "Authorization: Bearer %s", random(alnum, 30)},
		{redact.Password, "", `-H "authorization: Basic %s"`, base64.StdEncoding.EncodeToString([]byte("ana:correct-horse-9"))},
		{redact.Password, "", "X-Api-Key: %s", random(alnum, 32)},
		{redact.Password, "", "curl -u ana:%s https://api.acme.io", "kx82-Quarry"},
		{redact.Password, "", "DB_PASSWORD=%s", "kx82Quarry!"},
		{redact.Password, "", "my password is %s", "kx82-Quarry"},
		{redact.Password, "", `"client_secret": "%s",`, random(alnum, 32)},
		{redact.Password, "", "api_key: %s", "7" + random(lowhex, 31)},
		{redact.Card, "", "card number %s was charged twice", "4539 5787 6362 1486"},
		{redact.Card, "", "%s", "4539578763621486"},
		{redact.Card, "", "Amex %s.", "3712 449635 11006"},
		{redact.Card, "", "%s", "4539.5787.6362.1486"},
		{redact.Card, "", "card: %s 12/27 123", "4539 5787 6362 1486"},
		{redact.Password, "", "DB_PASSWORD=\"%s\"", "kx82;Quarry(!"},
		{redact.IBAN, "", "refund to %s please", "DE75 5121 0800 1245 1261 99"},
		{redact.IBAN, "", "IBAN: %s", "GB33BUKB20201555555555"},
		{redact.IBAN, "", "iban: %s.", "de75512108001245126199"},
		{redact.IBAN, "", "iban %s, please", "gb33 bukb 2020 1555 5555 55"},
		{redact.IBAN, "", "%s", "DE75-5121-0800-1245-1261-99"},
		{redact.Email, "", "I am %s, answer there", "jana.petersen+shop@firmen-mail.de"},
		{redact.Email, "", "<%s>", "o.müller@büro.de"},
		{redact.Phone, "", "call me: %s", "+49 171 2345678"},
		{redact.Phone, "", "my number is %s", "+1 (415) 867-5309"},
		{redact.Phone, "", "%s", "(415) 867-5309"},
		{redact.Phone, "", "Telefon: %s", "0171 2345678"},
		{redact.Address, "", "ship it to %s, please", "1600 Amphitheatre Parkway"},
		{redact.Address, "", "ich wohne %s", "Lindenstraße 14a, 10969 Berlin"},
		{redact.Address, "", "j'habite %s", "12 rue de la République, 69002 Lyon"},
	}
	return out
}

func TestSecretsAndPersonalDataAreReplaced(t *testing.T) {
	for _, c := range plant() {
		r := redact.New(nil, nil)
		in := fmt.Sprintf(c.text, c.secret)
		got := r.Text("the description", in)
		if strings.Contains(got, c.secret) || !strings.Contains(got, "["+string(c.kind)+" 1]") {
			t.Errorf("%s %s: %q became %q", c.kind, c.issuer, in, got)
			continue
		}
		for _, part := range strings.FieldsFunc(c.secret, func(r rune) bool { return r == '\n' || r == ' ' }) {
			if len(part) > 12 && strings.Contains(got, part) {
				t.Errorf("%s: %q is still in %q", c.kind, part, got)
			}
		}
		if c.kind == redact.Card && strings.Contains(got, "1486") || c.kind == redact.Phone && strings.Contains(got, "2345678") {
			t.Errorf("%s: a part is left in %q", c.kind, got)
		}
		if found := r.Found()[0]; found.Issuer != c.issuer || found.Where != "the description" {
			t.Errorf("%q: found %+v, want the issuer %q", in, found, c.issuer)
		}
		if again := redact.New(nil, nil).Text("", got); again != got {
			t.Errorf("a second pass makes %q of %q", again, got)
		}
	}
}

// Markdown, HTML and a keyboard other than ours write the same value in many ways, and a reader sees none of them.
var disguises = map[string]func(string) string{
	"escapes": func(s string) string {
		return strings.NewReplacer("_", `\_`, "-", `\-`, ".", `\.`, ":", `\:`, "@", `\@`, "/", `\/`).Replace(s)
	},
	"an entity in front": func(s string) string { return fmt.Sprintf("&#%d;", s[0]) + s[1:] },
	"entities": func(s string) string {
		return strings.NewReplacer("_", "&lowbar;", "a", "&#x61;", "1", "&#49;", "@", "&commat;").Replace(s)
	},
	"zero-width":          func(s string) string { return s[:3] + "\u200b" + s[3:6] + "\u2060" + s[6:] },
	"an entity of none":   func(s string) string { return s[:5] + "&ZeroWidthSpace;" + s[5:] },
	"soft hyphens":        func(s string) string { return s[:4] + "\u00ad" + s[4:8] + "&shy;" + s[8:] },
	"a comment":           func(s string) string { return s[:5] + "<!-- -->" + s[5:] },
	"a no-break blank":    func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
	"an entity's blank":   func(s string) string { return strings.ReplaceAll(s, " ", "&nbsp;") },
	"a typesetter's dash": func(s string) string { return strings.ReplaceAll(s, "-", "\u2011") },
	"full width": func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r <= '~' {
				return r + 0xFEE0
			}
			return r
		}, s)
	},
}

func TestADisguisedSecretIsOne(t *testing.T) {
	for _, c := range plant() {
		if c.kind == redact.PrivateKey {
			continue // its lines are read as they are
		}
		for name, disguise := range disguises {
			secret := disguise(c.secret)
			in := fmt.Sprintf(c.text, secret)
			got := redact.New(nil, nil).Text("", in)
			before, after, _ := strings.Cut(c.text, "%s")
			if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) || !strings.Contains(got, "["+string(c.kind)+" 1]") || len(got) > len(before+after)+len("[phone number 1]") {
				t.Errorf("%s: %q became %q", name, in, got)
			}
		}
	}
}

// The placeholder stands where the value stood, to the byte.
func TestOffsetsOfADisguise(t *testing.T) {
	token := "gh" + "p_" + random(alnum, 36)
	for in, want := range map[string]string{
		`é\* &amp; ` + strings.Replace(token, "_", `\_`, 1) + ` &amp; \* é`:       `é\* &amp; [API key 1] &amp; \* é`,
		"&#103;" + token[1:] + "&#46; and " + token:                               "[API key 1]&#46; and [API key 1]",
		"\u200b" + token[:9] + "\u200b" + token[9:] + "\u200b\u200b":              "\u200b[API key 1]\u200b\u200b",
		"password=kx82\\!Quarry and \xff\xfe jana&#64;firma.de<!-- x -->!":        "password=[password 1] and \xff\xfe [e-mail 1]<!-- x -->!",
		"a &copy &unknown; &; & <!-- open " + strings.ReplaceAll("a_b", "_", "-"): "a &copy &unknown; &; & <!-- open a-b",
	} {
		if got := redact.New(nil, nil).Text("", in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestTheSameValueHasOnePlaceholder(t *testing.T) {
	r := redact.New(nil, nil)
	title := r.Text("the title", "Ask jana@firma.de")
	body := r.Text("the description", "I am Jana@Firma.de, and my colleague is otto@firma.de.")
	if title != "Ask [e-mail 1]" || body != "I am [e-mail 1], and my colleague is [e-mail 2]." {
		t.Errorf("%q and %q", title, body)
	}
	if got := redact.Plain(nil, nil).Text("", "otto@firma.de"); got != "[e-mail]" {
		t.Errorf("another's data has a number that the ticket may have, too: %q", got)
	}
}

func TestWhatIsConfiguredStays(t *testing.T) {
	in := "jana@firma.de, otto@other.de, +49 171 2345678"
	if got := redact.New([]redact.Finder{redact.Emails}, []string{"firma.de"}).Text("", in); got != "jana@firma.de, [e-mail 1], +49 171 2345678" {
		t.Error(got)
	}
	if got := redact.New([]redact.Finder{}, nil).Text("", in); got != in {
		t.Error("with no finder something is replaced:", got)
	}
}

// What is none of it must stay, or tickets become unreadable. The bounds: nothing of the list, at most one in a thousand
// of made-up identifiers, at most one in a hundred tickets.
func TestWhatIsNoSecretStays(t *testing.T) {
	file, err := os.Open("testdata/harmless.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if line := lines.Text(); redact.New(nil, nil).Text("", line) != line {
			t.Errorf("%q became %q", line, redact.New(nil, nil).Text("", line))
		}
	}
	wrong, all := 0, 0
	for range 500 {
		sum := sha256.Sum256([]byte(random(alnum, 20)))
		id := hex.EncodeToString(sum[:])
		for _, line := range []string{
			"commit " + id[:40], "short " + id[:7], "sha256:" + id, "uuid " + id[:8] + "-" + id[8:12] + "-4" + id[13:16] + "-a" + id[17:20] + "-" + id[20:32], "trace=" + id[:32],
			fmt.Sprintf("at %d ms", 1700000000000+source.IntN(100000000000)), fmt.Sprintf("id %d", 100000000000000000+source.Int64N(800000000000000000)), fmt.Sprintf("order %d", source.IntN(1000000000)),
			"h1:" + base64.StdEncoding.EncodeToString(sum[:]), fmt.Sprintf("%d.%d.%d.%d:%d", source.IntN(255), source.IntN(255), source.IntN(255), source.IntN(255), source.IntN(65535)),
		} {
			all++
			if got := redact.New(nil, nil).Text("", line); got != line {
				wrong++
				if wrong < 20 {
					t.Logf("%q became %q", line, got)
				}
			}
		}
	}
	t.Logf("%d of %d identifiers were taken for something else", wrong, all)
	if wrong*1000 > all {
		t.Errorf("%d of %d identifiers were replaced; at most one in a thousand may be", wrong, all)
	}
}

func TestOrdinaryTicketsStay(t *testing.T) {
	wrong, all := 0, 0
	for _, name := range []string{"languages.yml", "set-a.yml"} {
		data, err := os.ReadFile("../../app/model/testdata/tickets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var tickets []struct{ ID, Title, Body string }
		if err := yaml.Unmarshal(data, &tickets); err != nil || len(tickets) == 0 {
			t.Fatal(len(tickets), err)
		}
		for _, c := range tickets {
			all++
			r := redact.New(nil, nil)
			r.Text("", c.Title+"\n"+c.Body)
			if len(r.Found()) > 0 {
				wrong++
				t.Logf("%s: %+v", c.ID, r.Found())
			}
		}
	}
	t.Logf("%d of %d tickets", wrong, all)
	if wrong*100 > all {
		t.Errorf("something was replaced in %d of %d ordinary tickets; at most one in a hundred may be", wrong, all)
	}
}

func FuzzText(f *testing.F) {
	for _, c := range plant() {
		f.Add(fmt.Sprintf(c.text, c.secret))
	}
	for _, disguise := range disguises {
		for _, c := range plant() {
			f.Add(fmt.Sprintf(c.text, disguise(c.secret)))
		}
	}
	f.Add("İ password: \xff\xfe jana@firma.de")
	f.Fuzz(func(t *testing.T, in string) {
		r := redact.New(nil, nil)
		out := r.Text("", in)
		if len(r.Found()) == 0 && out != in {
			t.Errorf("%q changed into %q and nothing was found", in, out)
		}
		for _, m := range r.Found() {
			if !strings.Contains(out, m.Placeholder) {
				t.Errorf("%q holds no %s", out, m.Placeholder)
			}
		}
	})
}

func BenchmarkText(b *testing.B) {
	text := strings.Repeat("2026-11-24T10:00:00Z ERROR export of token id=42 failed: password rejected for key 9fceb02d0ae598e95dc970b74767f19372d61af8\n", 500)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		redact.New(nil, nil).Text("", text)
	}
}

// Assignments are found wherever they stand: behind another name, a short value, or many kilobytes of text.
func TestAssignmentsBesideEachOther(t *testing.T) {
	const secret = "hG7kQ2mZx9"
	for _, text := range []string{
		"pwd: a, secret=x, password=" + secret,
		"token: x password is " + secret,
		"pwd: abcdef1 password=" + secret,
		"the key, the token and the secret are there: " + strings.Repeat("key token ", 2000) + " passwort:" + secret,
		"passwd=\"" + secret + "\";pwd='" + secret + "2'",
		"mot_de_passe = " + secret,
	} {
		if got := redact.New([]redact.Finder{redact.Passwords}, nil).Text("", text); strings.Contains(got, secret) {
			t.Errorf("%.200q keeps its password: %.200q", text, got[max(0, len(got)-200):])
		}
	}
}
