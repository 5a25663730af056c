package redact

import (
	"regexp"
	"slices"
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
)

var (
	mailName  = pattern.Lazy(`[\pL\pN._%+'-]{1,64}$`)
	mailHost  = pattern.Lazy(`^[\pL\pN](?:[\pL\pN-]{0,62}\.)+[\pL]{2,24}`)
	plusPhone = pattern.Lazy(`^(?:\+|00)[1-9]\d{0,2}[ ./-]?(?:\(0?\d{1,4}\)[ ./-]?)?\d{1,5}(?:[ ./-]?\d{1,5}){1,5}`)
	usPhone   = pattern.Lazy(`\(\d{3}\) ?\d{3}[-. ]\d{4}\b|\b\d{3}[-.]\d{3}[-.]\d{4}\b`)
	toldPhone = pattern.Lazy(`\b(?:phone|telephone|tel|mobile|cell|whatsapp|telefon|handy|mobil|rufnummer|téléphone|teléfono|móvil|call me (?:at|on|under)|ruf(?:en sie)? mich (?:an )?unter)(?: (?:number|nummer|no|nr))?\.?["*_]*\s{0,3}[:=]?\s{0,3}["*_]*(\(?0?\d{2,5}\)?(?:[ ./-]?\d{2,5}){1,5})`)
)

// testCards are numbers that payment providers publish for tests: https://docs.stripe.com/testing#cards,
// https://developer.paypal.com/tools/sandbox/card-testing/, https://docs.adyen.com/development-resources/test-cards-and-credentials
var testCards = []string{
	"4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222", "5200828282828210", "5105105105105100", "378282246310005", "371449635398431",
	"6011111111111117", "6011000990139424", "6011981111111113", "3056930009020004", "30569309025904", "38520000023237", "36227206271667", "3566002020360505", "3530111333300000",
	"6200000000000005", "4111111111111111", "4012888888881881", "4000000000000002", "4000000000009995", "4000002500003155", "4000000000003220", "4000000000000077", "4917610000000000", "2222400070000005",
	"5454545454545454", "4000000000000341", "4000000000009987", "4000000000000069", "4000000000000127", "4000000000000119",
}

// cards finds payment cards: a known issuer's first digits and length (ISO/IEC 7812), and Luhn's check digit.
func cards(s, _ string) []match {
	var out []match
	for _, at := range cardRuns(s) {
		if stands(s, at[0], at[1]) {
			if number := digits(s[at[0]:at[1]]); issued(number) && luhn(number) && !slices.Contains(testCards, number) && distinct(number) > 2 {
				out = append(out, match{at[0], at[1], Card, "", ""})
			}
		}
	}
	return out
}

// cardGroups are the groups in which the digits are printed on cards.
var cardGroups = [][]int{{4, 4, 4, 4, 3}, {4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}}

// cardRuns are the runs of 13 to 19 digits, and the runs of groups with the same mark between any two. More groups may stand around
// them: the date until which a card is good, its check value.
func cardRuns(s string) [][2]int {
	var out [][2]int
	var groups [][2]int
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			i++
			continue
		}
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		groups = append(groups, [2]int{start, i})
		if n := i - start; n >= 13 && n <= 19 {
			out = append(out, groups[len(groups)-1])
		}
	}
	for i := range groups {
		for _, sizes := range cardGroups {
			if i+len(sizes) <= len(groups) && printed(s, groups[i:i+len(sizes)], sizes) {
				out = append(out, [2]int{groups[i][0], groups[i+len(sizes)-1][1]})
				break
			}
		}
	}
	return out
}

// printed reports whether the groups have these sizes, with one blank, one dash or one dot between any two.
func printed(s string, groups [][2]int, sizes []int) bool {
	mark := byte(0)
	for i, group := range groups {
		if group[1]-group[0] != sizes[i] {
			return false
		}
		if i == 0 {
			continue
		}
		between := s[groups[i-1][1]:group[0]]
		if len(between) != 1 || strings.IndexByte(" -.", between[0]) < 0 || mark != 0 && between[0] != mark {
			return false
		}
		mark = between[0]
	}
	return true
}

// stands reports whether what is found is no part of a longer word or number.
func stands(s string, start, end int) bool {
	part := func(c byte) bool {
		return c == '_' || c == '.' || c == '/' || c == '#' || c == '=' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
	}
	if start > 0 && part(s[start-1]) && s[start-1] != '.' && s[start-1] != '=' || start > 1 && s[start-1] == '-' && part(s[start-2]) {
		return false
	}
	if end < len(s) && part(s[end]) && (s[end] != '.' || end+1 < len(s) && s[end+1] >= '0' && s[end+1] <= '9') {
		return false
	}
	return end+1 >= len(s) || s[end] != '-' || !part(s[end+1])
}

func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, s)
}

func issued(n string) bool {
	has := func(from, to string) bool { p := n[:len(from)]; return p >= from && p <= to }
	switch len(n) {
	case 14:
		return has("300", "305") || has("36", "36") || has("38", "39")
	case 15:
		return has("34", "34") || has("37", "37")
	case 16:
		return n[0] == '4' || has("51", "55") || has("2221", "2720") || has("6011", "6011") || has("644", "659") || has("3528", "3589") || has("62", "62")
	case 19:
		return has("62", "62") || n[0] == '4'
	}
	return false
}

func luhn(n string) bool {
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// ibanLength is how long an IBAN of a country is: https://www.swift.com/resource/iban-registry-pdf
var ibanLength = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
	"EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
	"IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
	"NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23,
	"TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}

var sampleIBANs = []string{"DE89370400440532013000", "GB29NWBK60161331926819", "GB82WEST12345698765432", "FR1420041010050500013M02606", "CH9300762011623852957", "NL91ABNA0417164300", "ES9121000418450200051332", "AT611904300234573201", "BE68539007547034", "IT60X0542811101000000123456"}

// ibans finds account numbers with their check digits (ISO 13616, modulo 97), in letters of either case and in groups of any size.
func ibans(s, _ string) []match {
	var out []match
	for i := 0; i+4 <= len(s); i++ {
		if !isDigit(s[i+2]) || !isDigit(s[i+3]) || i > 0 && word(s[i-1]) {
			continue
		}
		want := ibanLength[strings.ToUpper(s[i:i+2])]
		if want == 0 {
			continue
		}
		number, end := make([]byte, 0, want), i
		for end < len(s) && len(number) < want {
			switch c := s[end]; {
			case c >= 'a' && c <= 'z':
				number = append(number, c-'a'+'A')
			case word(c):
				number = append(number, c)
			case strings.IndexByte(" -.", c) < 0 || !word(s[end-1]):
				want = 0 // no group, or two marks
			}
			end++
		}
		if len(number) == want && want > 0 && mod97(number) == 1 && len(digits(string(number))) >= leastIBANDigits && !slices.Contains(sampleIBANs, string(number)) && stands(s, i, end) {
			out = append(out, match{i, end, IBAN, "", ""})
			i = end - 1
		}
	}
	return out
}

// leastIBANDigits is how many digits an IBAN has at least: what has fewer is a sentence.
const leastIBANDigits = 10

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func word(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

func mod97(n []byte) int {
	rest := 0
	for _, c := range slices.Concat(n[4:], n[:4]) {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}

// Addresses that belong to nobody: RFC 2606 and RFC 6761 reserve these domains, and these names are of functions and machines.
var (
	reserved  = []string{"example.com", "example.org", "example.net", ".example", ".test", ".invalid", ".localhost", ".local", "domain.com", "email.com", "acme.com", "users.noreply.github.com", "yourcompany.com", "company.com"}
	functions = []string{"git", "noreply", "no-reply", "donotreply", "do-not-reply", "support", "help", "info", "security", "abuse", "privacy", "postmaster", "mailer-daemon", "webmaster", "hostmaster", "root", "admin"}
	fileTypes = []string{"js", "ts", "css", "png", "jpg", "svg", "json", "html", "tsx", "jsx", "mjs", "gz", "tgz", "zip", "md", "yml", "yaml", "go", "py", "rb", "service", "socket", "timer", "lock", "local", "internal", "svc", "webp", "gif"}
)

func emails(s, _ string) []match {
	var out []match
	for i := range len(s) {
		if s[i] != '@' {
			continue
		}
		name, host := mailName().FindString(s[max(0, i-80):i]), mailHost().FindString(s[i+1:])
		name = strings.TrimLeft(name, ".'%+-")
		if name == "" || host == "" {
			continue
		}
		at := [2]int{i - len(name), i + 1 + len(host)}
		start := at[0]
		if start > 0 && (s[start-1] == '/' || s[start-1] == ':' && start > 1 && s[start-2] == '/') || at[1] < len(s) && s[at[1]] == ':' && at[1]+1 < len(s) && word(s[at[1]+1]) {
			continue // part of an address of a machine: ssh://git@…, git@host:path
		}
		if before := s[max(0, start-200):start]; strings.Contains(before[strings.LastIndexAny(before, " \t\n")+1:], "://") {
			continue // a URL's user and host
		}
		name, domain := strings.ToLower(name), strings.ToLower(host)
		if slices.Contains(functions, name) || slices.ContainsFunc(reserved, func(r string) bool {
			return strings.HasSuffix(domain, r) && (r[0] == '.' || len(domain) == len(r) || domain[len(domain)-len(r)-1] == '.')
		}) || slices.Contains(fileTypes, domain[strings.LastIndexByte(domain, '.')+1:]) || !strings.ContainsFunc(domain, func(c rune) bool { return c > '9' }) {
			continue
		}
		out = append(out, match{start, at[1], Email, "", ""})
	}
	return out
}

// phones finds international numbers (E.164: a plus, at most 15 digits), American ones as they are written, and any number
// that is called one. What merely looks like digits is none.
func phones(s, lower string) []match {
	var out []match
	add := func(start, end, least int) {
		n := digits(s[start:end])
		if len(n) < least || len(n) > 15 || distinct(n) <= 2 || !stands(s, start, end) || strings.Contains(n, "55501") || strings.HasPrefix(n, "555") || n == "1234567890" {
			return // 555-01xx is for stories
		}
		out = append(out, match{start, end, Phone, "", ""})
	}
	for i := range len(s) {
		if s[i] != '+' && !strings.HasPrefix(s[i:], "00") {
			continue
		}
		found := plusPhone().FindStringIndex(s[i:])
		if found == nil {
			continue
		}
		at := [2]int{i, i + found[1]}
		if s[at[0]] == '+' && !zone(s, at[0], at[1]) {
			add(at[0], at[1], 9)
		} else if s[at[0]] == '0' && separated(s[at[0]:at[1]]) && (at[0] < 2 || !word(s[at[0]-2])) {
			add(at[0], at[1], 11)
		}
	}
	if !strings.ContainsAny(s, "0123456789") {
		return out
	}
	for _, at := range usPhone().FindAllStringIndex(s, -1) {
		add(at[0], at[1], 10)
	}
	if holds(lower, "phone", "tel", "mobil", "cell", "whatsapp", "handy", "rufnummer", "móvil", "call me", "ruf") {
		for _, at := range toldPhone().FindAllStringSubmatchIndex(lower, -1) {
			add(at[2], at[3], 7)
		}
	}
	return out
}

// zone reports whether the plus belongs to something else: an offset of a time, a version, a line of a patch, a sum.
func zone(s string, start, end int) bool {
	if start > 0 && (word(s[start-1]) || s[start-1] == '.' || s[start-1] == ')') {
		return true
	}
	return start > 1 && s[start-1] == ' ' && s[start-2] >= '0' && s[start-2] <= '9' && end-start <= 6 || strings.Contains(s[start:end], ".") && strings.Count(s[start:end], ".") == 1
}

func separated(s string) bool { return strings.Count(s, " ")+strings.Count(s, "-") >= 2 }

// streets are how addresses of people begin, in the languages that the playbooks speak.
var streets = []func() *regexp.Regexp{
	pattern.Lazy(`\b\d{1,5}[A-Za-z]? (?:[NSEW]\.? )?(?:[A-Z][a-z'’]+ ){1,3}(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Lane|Ln\.?|Drive|Dr\.?|Boulevard|Blvd\.?|Court|Ct\.?|Terrace|Crescent|Parkway|Pkwy\.?)(?:,? (?:Apt|Apartment|Unit|Suite|Flat|#)\.? ?[A-Z0-9-]{1,6})?(?:, [A-Z][A-Za-z .'-]{2,30}){0,2}(?:,? [A-Z]{2} \d{5}(?:-\d{4})?|,? [A-Z]{1,2}\d[A-Z0-9]? \d[A-Z]{2})?`),
	pattern.Lazy(`\b[A-ZÄÖÜ][\pL-]{1,40}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer) \d{1,4} ?[a-z]?\b(?:,? (?:D-)?\d{5} [A-ZÄÖÜ][\pL]{2,30})?`),
	pattern.Lazy(`\b[A-ZÄÖÜ][\pL-]{1,40} (?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Damm|Ufer) \d{1,4} ?[a-z]?\b(?:,? (?:D-)?\d{5} [A-ZÄÖÜ][\pL]{2,30})?`),
	pattern.Lazy(`\b\d{1,4}(?: (?:bis|ter))?,? (?:rue|avenue|boulevard|place|chemin|impasse|allée) (?:de la |de l['’]|des |du |de )?[A-ZÉÈ][\pL'’-]+(?: [A-ZÉÈ][\pL'’-]+){0,3}(?:,? \d{5} [A-ZÉÈ][\pL-]{2,30})?`),
	pattern.Lazy(`\b(?:Calle|C/|Avenida|Avda\.|Plaza|Paseo) (?:de la |de los |del |de )?[A-ZÁÉÍÓÚ][\pL]+(?: [A-ZÁÉÍÓÚ][\pL]+){0,3},? (?:n[º°.] ?)?\d{1,4}(?:,? \d{5} [A-ZÁÉÍÓÚ][\pL]{2,30})?`),
}

// streetWords are in every address that the expressions above take.
var streetWords = []string{
	" street", " st", " ave", " road", " rd", " lane", " ln", " drive", " dr", " boulevard", " blvd", " court", " ct", " terrace", " crescent", " parkway", " pkwy",
	"straße", "strasse", "str.", "weg ", "platz ", "allee ", "gasse ", "damm ", "ufer ", "rue ", "avenue ", "place ", "chemin ", "impasse ", "allée ", "calle ", "c/ ", "avenida ", "avda. ", "plaza ", "paseo ",
}

func addresses(s, lower string) []match {
	var out []match
	if !strings.ContainsAny(s, "0123456789") || !holds(lower, streetWords...) {
		return nil
	}
	for _, street := range streets {
		for _, at := range street().FindAllStringIndex(s, -1) {
			out = append(out, match{at[0], at[1], Address, "", ""})
		}
	}
	return out
}

func holds(s string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}
