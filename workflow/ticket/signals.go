package ticket

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// Risk says how much a ticket looks like an attempt to give OiOi orders. It is a hint for people and a reason to leave a
// ticket to them; what protects is the gate, which does not look at it.
type Risk string

// The risks, least first.
const (
	RiskNone  Risk = ""
	RiskNoted Risk = "noted" // such words are quoted, or shown as code
	RiskHigh  Risk = "high"  // no automatic mode: a person looks first
)

// Signal is one thing that looks like an attempt.
type Signal struct {
	Risk  Risk   `json:"risk"`
	What  string `json:"what"`            // in words, for maintainers
	Where string `json:"where,omitempty"` // the ticket, or the name of the source
}

// Worst returns the highest risk of the signals.
func Worst(signals []Signal) Risk {
	worst := RiskNone
	for _, s := range signals {
		if s.Risk == RiskHigh || worst == RiskNone {
			worst = s.Risk
		}
	}
	return worst
}

// order is a sentence by which people try to override instructions. Each asks for a verb and its object near each other: one
// of them alone is ordinary support language. It is looked for only near one of its words.
type order struct {
	near    []string
	pattern func() *regexp.Regexp
}

// orders are in the languages that they are seen in most.
var orders = sync.OnceValue(func() []order {
	var out []order
	for _, o := range [][2]string{
		{"instruction rule prompt guideline direction directive guardrail constraint programming training", `\b(?:ignore|disregard|forget|do not follow|don't follow|stop following)\b[^.!?\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any|your|these|those|system|safety)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|guidelines|directions|directives|guardrails|programming|training)\b|\b(?:ignore|disregard|forget|override|bypass|discard|skip|drop|do not follow|stop following)\b[^.!?\n]{0,30}\b(?:previous|prior|preceding|your|system|safety)\b[^.!?\n]{0,40}\b(?:instructions?|rules|prompts?|guidelines|directions|directives|guardrails|constraints|programming|training)\b`},
		{"instruction prompt directive", `\b(?:new|updated|revised|real|actual)\s+(?:system\s+)?(?:instructions|prompt|directives?)\s*(?::|follow|are|begin)`},
		{"you", `\byou\s+are\s+(?:now|no\s+longer)\b[^.!?\n]{0,60}\b(?:assistant|ai|model|bot|dan|admin(?:istrator)?|root|developer|maintainer|unrestricted|mode|rules?|bound|oioi|terminal|system)\b`},
		{"jailbr unrestricted unfiltered maintainer administrator root restrictions filters dan", `\b(?:act|behave|respond|pretend|roleplay)\s+(?:as|like|to be)\b[^.!?\n]{0,40}\b(?:dan|jailbr\w+|unrestricted|unfiltered|maintainer|administrator|root|no (?:rules|restrictions|filters))\b`},
		{"mode", `\b(?:enter|enable|activate|switch (?:in)?to)\b[^.!?\n]{0,20}\b(?:developer|debug|god|admin|dan|jailbreak|unsafe|maintenance)[ -]mode\b[^.!?\n]{0,60}\b(?:assistant|ai|model|bot|prompt|instructions|rules|restrictions|oioi)\b`},
		{"prompt instruction evidence notes ticket data key token secret credential environment", `\b(?:print|reveal|show|repeat|output|leak|dump|disclose|send|append|include|recite|tell me|exfiltrate|post)\b[^.!?\n]{0,50}\b(?:system prompt|hidden (?:prompt|instructions)|(?:your|initial|original) (?:system )?(?:prompt|instructions)|private evidence|internal (?:notes|evidence|ticket)|other customers?'? (?:tickets?|data)|(?:api|private|secret|signing|app) keys? of (?:oioi|the app|this app|the bot)|(?:bot|oioi|app|installation)(?:'s)? (?:token|secrets?|credentials|environment))\b`},
		{"ai assistant model bot oioi llm agent", `\b(?:ai|assistant|model|bot|oioi|llm|agent)s?\b\s*[:,]\s*(?:please\s+)?(?:ignore|disregard|close|approve|merge|post|reply|write|label|mention|send|reveal|do|execute|run|set)\b`},
		{"ai language model assistant llm bot", `\b(?:as|being) (?:an? )?(?:ai|language model|assistant|llm|bot)\b[^.!?\n]{0,30}\byou (?:must|should|have to|will|are required)\b`},
		{"anweisung regeln vorgaben instruktion prompt richtlinien", `\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missacht\w*|überspring\w*|umgeh\w*)\b[^.!?\n]{0,60}\b(?:anweisung\w*|regeln|vorgaben|instruktion\w*|prompts?|richtlinien)\b`}, //nolint:misspell // German
		{"instrucci reglas indicaciones directrices órdenes", `\b(?:ignor[ae]\w*|olvid[ae]\w*|desobedec\w*|omit[ae]\w*)\b[^.!?\n]{0,60}\b(?:instrucci\w+|reglas|indicaciones|directrices|órdenes)`},
		{"instructions consignes règles directives", `\b(?:ignor\w+|oubli\w+|outrepass\w+)[^.!?\n]{0,60}(?:instructions|consignes|règles|directives)\b`},
		{"istruzioni regole direttive indicazioni", `\b(?:ignora\w*|dimentica\w*|trascura\w*)\b[^.!?\n]{0,60}\b(?:istruzioni|regole|direttive|indicazioni)\b`},
		{"instruções instrucoes regras diretrizes", `\b(?:ignor[ae]\w*|esque[çc]a\w*|desconsider\w+)\b[^.!?\n]{0,60}(?:instruções|instrucoes|regras|diretrizes)`},
		{"instructies regels aanwijzingen opdrachten", `\b(?:negeer|vergeet)\b[^.!?\n]{0,60}\b(?:instructies|regels|aanwijzingen|opdrachten)\b`},
		{"instrukcj polece zasad reguł", `\b(?:zignoruj|ignoruj|zapomnij)\b[^.!?\n]{0,60}(?:instrukcj\w+|polece\w+|zasad\w*|reguł\w*)`},
		{"talimat kural", `(?:önceki|tüm)[^.!?\n]{0,40}(?:talimat\w*|kural\w*)[^.!?\n]{0,30}(?:yok say|unut|görmezden)`},
		{"инструкци правил указани", `(?:игнорируй\w*|забудь\w*|не следуй)[^.!?\n]{0,60}(?:инструкци\p{L}*|правил\p{L}*|указани\p{L}*)`},
		{"інструкці правил", `(?:ігноруй\p{L}*|забудь\p{L}*)[^.!?\n]{0,60}(?:інструкці\p{L}*|правил\p{L}*)`},
		{"指令 指示 说明 說明 规则 規則 提示 命令", `(?:忽略|无视|無視|忘记|忘記|不要遵守|绕过)[^。！？\n]{0,30}(?:指令|指示|说明|說明|规则|規則|提示|命令)`},
		{"指示 命令 ルール 規則 プロンプト", `(?:指示|命令|ルール|規則|プロンプト)[^。！？\n]{0,20}(?:無視|忘れ|従わな)`},
		{"지시 명령 규칙 프롬프트 지침", `(?:지시|명령|규칙|프롬프트|지침)[^.!?\n]{0,20}(?:무시|잊어|따르지)`},
		{"التعليمات الأوامر القواعد تعليمات", `(?:تجاهل|انس|انسى)[^.!؟\n]{0,60}(?:التعليمات|الأوامر|القواعد|تعليمات)`},
		{"הוראות הכללים", `(?:התעלם|תתעלם|שכח)[^.!?\n]{0,60}(?:הוראות|ההוראות|הכללים)`},
		{"निर्देश नियम", `(?:निर्देश\p{L}*|नियम\p{L}*)[^.!?\n]{0,40}(?:अनदेखा|भूल|नज़रअंदाज़)`},
		{"hướng chỉ quy", `(?:bỏ qua|phớt lờ|quên)[^.!?\n]{0,60}(?:hướng dẫn|chỉ dẫn|quy tắc|chỉ thị)`},
		{"instruksi aturan perintah", `(?:abaikan|lupakan)\b[^.!?\n]{0,60}\b(?:instruksi|aturan|perintah)\b`},
		{"οδηγί κανόν εντολ", `(?:αγνόησε|ξέχασε|αγνοήστε)[^.!;\n]{0,60}(?:οδηγί\p{L}*|κανόν\p{L}*|εντολ\p{L}*)`},
		{"instruktioner regler anvisningar", `(?:ignorera|glöm)\b[^.!?\n]{0,60}\b(?:instruktioner\w*|regler\w*|anvisningar\w*)`},
	} {
		out = append(out, order{near: strings.Fields(o[0]), pattern: pattern.Lazy(`(?i)` + o[1])})
	}
	return out
})

// ordered reports whether a text holds an order.
func ordered(text string) bool {
	if text == "" {
		return false
	}
	text = plainLetters(text)
	lower := strings.ToLower(text)
	if len(lower) != len(text) { // some letters are longer in one of the two: look at one of them alone
		text = lower
	}
	for _, o := range orders() {
		for _, word := range o.near {
			for from, tries := 0, 0; tries < maxTries; tries++ {
				at := strings.Index(lower[from:], word)
				if at < 0 {
					break
				}
				at += from
				if o.pattern().MatchString(text[max(0, at-window):min(len(text), at+window)]) {
					return true
				}
				from = at + len(word)
			}
		}
	}
	return false
}

// How far around a word an order is looked for, in bytes, and around how many of them at the most.
const (
	window   = 300
	maxTries = 60
)

// turns are the marks by which chat models tell who speaks, and by which our own prompts fence what others wrote.
var turns = pattern.Lazy(`(?i)<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|?|\[/?INST\]|<<SYS>>|</?(?:system|assistant)>|(?m:^\s*(?:#+\s*)?(?:system|assistant|developer)\s*(?:prompt|message)?\s*:\s*\S)|<start_of_turn>|(?:<<<|>>>)\s*untrusted|<!--\s*oioi:|\{\{oioi:`)

// Signals lists what in a text from outside looks like an attempt to give OiOi orders. Words in code, in a Markdown quote or
// in quotation marks are noted: those who report an attack quote it.
func Signals(text Untrusted) []Signal {
	raw := text.Raw()
	if len(raw) > maxScanned {
		raw = raw[:maxScanned]
	}
	key := sha256.Sum256([]byte(raw))
	signalled.Lock()
	out, known := signalled.by[key]
	signalled.Unlock()
	if known {
		return slices.Clone(out)
	}
	out = signals(raw)
	signalled.Lock()
	defer signalled.Unlock()
	if len(signalled.by) >= signalledKept {
		clear(signalled.by)
	}
	signalled.by[key] = out
	return slices.Clone(out)
}

// signalled remembers what texts were found to hold: the same pages are evidence for many tickets, and a look takes as long as
// everything else that is done with a page.
var signalled = struct {
	sync.Mutex
	by map[[sha256.Size]byte][]Signal
}{by: map[[sha256.Size]byte][]Signal{}}

const signalledKept = 4096

func signals(raw string) []Signal {
	var out []Signal
	add := func(risk Risk, what string) {
		if !slices.ContainsFunc(out, func(s Signal) bool { return s.What == what && (s.Risk == risk || s.Risk == RiskHigh) }) {
			out = append(out, Signal{Risk: risk, What: what})
		}
	}
	spelled, bare := Spelled(raw)
	seen := Visible(raw)
	own, quoted := unquoted(definition().ReplaceAllString(seen, ""))
	hidden := strings.Join(append(commentsOf(bare), aside(bare)...), "\n")
	switch {
	case ordered(spelled):
		add(RiskHigh, "characters that show nothing spell out orders")
	case len(spelled) >= 4:
		add(RiskHigh, "characters that show nothing spell out a text")
	case manyHidden(raw):
		add(RiskHigh, "long runs of characters that show nothing, or that turn the direction of writing around")
	}
	if ordered(hidden) || turns().MatchString(hidden) {
		add(RiskHigh, "a hidden part (a comment, an image's description, something folded) gives orders")
	}
	if forged().MatchString(codeWords().ReplaceAllString(codeBlock().ReplaceAllString(bare, ""), "")) {
		add(RiskHigh, "it imitates OiOi's own marks")
	}
	if ordered(own) {
		add(RiskHigh, "it gives orders to whoever drafts the answer")
	} else if ordered(quoted) {
		add(RiskNoted, "it quotes orders to a language model")
	}
	if turns().MatchString(own) {
		add(RiskHigh, "it imitates the marks of a model's conversation")
	} else if turns().MatchString(quoted) {
		add(RiskNoted, "it quotes the marks of a model's conversation")
	}
	for _, decoded := range decodings(seen) {
		if ordered(decoded) {
			add(RiskHigh, "it holds orders in an encoded form")
			break
		}
	}
	return out
}

// maxScanned is how much of a text is looked at: what comes later is not given to a role as a whole either.
const maxScanned = 200_000

var forged = pattern.Lazy(`(?i)(?:<<<|>>>)\s*untrusted|<!--\s*oioi:|\{\{oioi:`)

// Spelled decodes text that is written in characters which show nothing: tag characters (one for each ASCII letter) and runs
// of variation selectors (one for each byte). It returns the text without what it decoded as well.
func Spelled(s string) (spelled, rest string) {
	var out, left strings.Builder
	var bytes []byte
	flag := false // a black flag and tag characters are the flag of a region
	flush := func() {
		if len(bytes) >= 4 && utf8.Valid(bytes) {
			out.Write(bytes)
		}
		bytes = bytes[:0]
	}
	for _, r := range s {
		switch {
		case r >= 0xE0020 && r <= 0xE007F:
			if flag || r == 0xE007F {
				left.WriteRune(r)
			} else {
				out.WriteRune(r - 0xE0000)
			}
		case r >= 0xFE00 && r <= 0xFE0F:
			bytes = append(bytes, byte(r-0xFE00))
		case r >= 0xE0100 && r <= 0xE01EF:
			bytes = append(bytes, byte(r-0xE0100+16))
		default:
			flush()
			flag = r == 0x1F3F4
			left.WriteRune(r)
		}
	}
	flush()
	return out.String(), left.String()
}

// manyHidden reports runs of hidden characters that no ordinary text has, and overrides of the direction of writing.
func manyHidden(s string) bool {
	run := 0
	for _, r := range s {
		switch {
		case r == 0x202D || r == 0x202E:
			return true
		case r >= 0xE0020 && r <= 0xE007F: // the flag of a region, or what Spelled has read
		case Invisible(r) && r != 0xFE0F && r != 0xAD:
			if run++; run >= 4 {
				return true
			}
		default:
			run = 0
		}
	}
	return false
}

var (
	commented   = pattern.Lazy(`(?s)<!--(.*?)(?:-->|$)`)
	definition  = pattern.Lazy(`(?m)^ {0,3}\[[^\]\n]+\]:[ \t]*(?:#|<>|<#>)[ \t]*["'(](.*)["')][ \t]*$`)
	description = pattern.Lazy(`!\[([^\]\n]+)\]|(?i:<(?:img|span|p|div|a|font)\b[^>]*>)`)
	concealed   = pattern.Lazy(`(?is)<(?:span|p|div|font)\b[^>]*(?:display:\s*none|visibility:\s*hidden|font-size:\s*0|opacity:\s*0|color:\s*(?:white|transparent|#fff)|\bhidden\b|color="?(?:white|#fff))[^>]*>(.*?)</`)
	folded      = pattern.Lazy(`(?is)<details\b[^>]*>(.*?)(?:</details>|$)`)
)

func commentsOf(s string) []string {
	var out []string
	for _, m := range commented().FindAllStringSubmatch(s, 100) {
		out = append(out, m[1])
	}
	for _, m := range definition().FindAllStringSubmatch(s, 100) {
		out = append(out, m[1])
	}
	return out
}

// aside is what a reader does not see at once: descriptions of images, tags, concealed and folded text.
func aside(s string) []string {
	var out []string
	for _, p := range []*regexp.Regexp{description(), concealed()} {
		out = append(out, p.FindAllString(s, 100)...)
	}
	for _, m := range folded().FindAllStringSubmatch(s, 20) {
		own, _ := unquoted(m[1])
		out = append(out, own)
	}
	return out
}

var (
	codeBlock = pattern.Lazy("(?ms)^[ \\t]*(```+|~~~+)[^\\n]*\\n.*?(?:^[ \\t]*(?:```+|~~~+)[ \\t]*$|\\z)")
	codeWords = pattern.Lazy("`[^`\\n]+`")
	quoteLine = pattern.Lazy(`(?m)^[ \t]*(?:>|    |\t).*$`)
	marked    = pattern.Lazy(`"[^"\n]{3,400}"|“[^”\n]{3,400}”|„[^“”\n]{3,400}[“”]|«[^»\n]{3,400}»|‘[^’\n]{3,400}’|「[^」\n]{3,400}」|(?:^|[\s(])'[^'\n]{3,400}'`)
)

// unquoted splits a text into what its author says and what stands in code, in quotes and between quotation marks.
func unquoted(s string) (own, quoted string) {
	var taken []string
	take := func(m string) string {
		taken = append(taken, m)
		return " \n"
	}
	s = codeBlock().ReplaceAllStringFunc(s, take)
	s = quoteLine().ReplaceAllStringFunc(s, take)
	s = codeWords().ReplaceAllStringFunc(s, take)
	s = marked().ReplaceAllStringFunc(s, take)
	return s, strings.Join(taken, "\n")
}

// lookalikes are letters of other scripts, and digits, that read as Latin ones.
var lookalikes = strings.NewReplacer("а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "i", "ѕ", "s", "ԁ", "d", "ո", "n", "ɡ", "g", "ⅼ", "l", "ν", "v", "ο", "o", "α", "a", "ι", "i")

// plainLetters writes a text as a hurried reader sees it: without letters of two scripts in one word, without spaced-out words.
func plainLetters(s string) string {
	if s == "" {
		return ""
	}
	last := rune(0)
	s = strings.Map(func(r rune) rune {
		base := last
		if !unicode.Is(unicode.Mn, r) {
			last = r
		}
		switch {
		case r >= 0xFF01 && r <= 0xFF5E: // full-width forms
			return r - 0xFEE0
		case r >= 0x1D400 && r <= 0x1D6A3: // mathematical letters
			return rune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(r-0x1D400)%52])
		case r >= 0x24D0 && r <= 0x24E9: // circled letters
			return 'a' + r - 0x24D0
		case r >= 0x24B6 && r <= 0x24CF:
			return 'A' + r - 0x24B6
		case unicode.Is(unicode.Mn, r) && unicode.Is(unicode.Latin, base): // in other scripts marks are part of the letter
			return -1
		}
		return r
	}, s)
	out := s
	mixed := mixedWord().ReplaceAllStringFunc(s, func(word string) string {
		if latin().MatchString(word) && otherScript().MatchString(word) {
			return lookalikes.Replace(word)
		}
		return word
	})
	if mixed != s {
		out += "\n" + mixed
	}
	if joined := spaced().ReplaceAllStringFunc(s, func(run string) string {
		return strings.NewReplacer(" ", "", ".", "", "-", "", "_", "").Replace(run) + " "
	}); joined != s {
		out += "\n" + strings.Join(strings.Fields(joined), " ")
	}
	if digits().MatchString(s) {
		out += "\n" + strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s").Replace(s)
	}
	return out
}

var (
	mixedWord   = pattern.Lazy(`\p{L}+`)
	latin       = pattern.Lazy(`[A-Za-z]`)
	otherScript = pattern.Lazy(`[\p{Cyrillic}\p{Greek}\p{Armenian}ɡⅼ]`)
	spaced      = pattern.Lazy(`(?:\b\p{L}[ ._-]){3,}\p{L}\b`)
	digits      = pattern.Lazy(`\p{L}[0-9@$]\p{L}|[0-9]\p{L}{2,}`)
)

var (
	base64Run = pattern.Lazy(`[A-Za-z0-9+/_-]{24,}={0,2}`)
	hexRun    = pattern.Lazy(`(?:[0-9A-Fa-f]{2}[ :]?){16,}`)
	escapes   = pattern.Lazy(`(?:%[0-9A-Fa-f]{2}[A-Za-z]*){4,}[^\s]*`)
)

// decodings are what a text says when it is read in the encodings that orders are hidden in.
func decodings(s string) []string {
	if len(s) > maxDecoded {
		s = s[:maxDecoded]
	}
	out := []string{reversed(s), rot13(s)}
	for _, run := range base64Run().FindAllString(s, 20) {
		run = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(run, "="))
		if len(run)%4 == 1 {
			run = run[:len(run)-1]
		}
		if data, err := base64.RawStdEncoding.DecodeString(run); err == nil && utf8.Valid(data) {
			out = append(out, string(data))
		}
	}
	for _, run := range hexRun().FindAllString(s, 20) {
		if data, err := hex.DecodeString(strings.NewReplacer(" ", "", ":", "").Replace(run)); err == nil && utf8.Valid(data) {
			out = append(out, string(data))
		}
	}
	for _, run := range escapes().FindAllString(s, 20) {
		out = append(out, unescaped(run))
	}
	return out
}

const maxDecoded = 20_000

func unescaped(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if data, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				out.Write(data)
				i += 2
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return strings.ReplaceAll(out.String(), "+", " ")
}

func reversed(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

func rot13(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, s)
}
