package resolution

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/words"
)

// Word is what a comment says about whether a problem is solved.
type Word string

// The words.
const (
	Nothing   Word = ""
	Solved    Word = "solved"
	NotSolved Word = "not solved"
)

// Says reads a customer's comment in English, German, French or Spanish. What it quotes and its code are not its own words, thanks
// alone say nothing, and neither does a question or what is hoped for. Who says both that something works and that something does
// not is not content.
func Says(comment string) Word {
	out := Nothing
	for _, sentence := range sentences(comment) {
		folded := words.Fold(sentence)
		switch {
		case strings.HasSuffix(sentence, "?"), hopes().MatchString(folded):
		case denies().MatchString(folded):
			return NotSolved
		case confirms().MatchString(folded) && !reserves().MatchString(folded):
			out = Solved
		}
	}
	return out
}

// sentences cuts a comment's own words at full stops, question marks and ends of paragraphs.
func sentences(comment string) (out []string) {
	fenced := false
	sentence := ""
	end := func() {
		if s := strings.TrimSpace(sentence); s != "" {
			out = append(out, s)
		}
		sentence = ""
	}
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(line)
		fence := strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~")
		if fence {
			fenced = !fenced
		}
		if fence || fenced || line == "" || strings.HasPrefix(line, ">") {
			end()
			continue
		}
		for _, r := range line {
			sentence += string(r)
			if strings.ContainsRune(".!?;", r) {
				end()
			}
		}
		sentence += " "
	}
	end()
	return out
}

// Of texts that are folded: lower case, without accents, "doesn't" as "doesnt".

var hopes = pattern.Lazy(`\b(?:if|whether|until|hope|hopefully|should|would|let you know|will try|ill try|going to try|try it` +
	`|ob|wenn|falls|sobald|hoffe|hoffentlich|sollte|wurde|probiere|versuche` +
	`|si|quand|espere|essaie|essayer|essaierai|devrait` +
	`|cuando|espero|ojala|probare|deberia)\b`)

// reserves find what is said with a reservation: whether that is enough is for a person to say.
var reserves = pattern.Lazy(`\b(?:but|however|except|although|only|aber|jedoch|allerdings|nur|mais|sauf|seulement|pero|salvo|excepto|solo)\b`)

var denies = pattern.Lazy(`\bstill (?:the same|not|no|an?|fail\w*|happen\w*|get\w*|see\w*|have|having|stuck|wrong|empty|blank|missing|slow|down|there|broken|do|does|doesnt|cant|cannot|isnt|wont|shows?|on)\b` +
	`|\b(?:not|isnt|arent|wasnt|hasnt|havent|never) (?:been |really |quite |yet |fully |completely )*(?:solved|fixed|resolved|working|work|helped|help|ok|okay|gone|sorted)\b` +
	`|\b(?:doesnt|dont|didnt|does not|do not|did not|wont|cant|cannot|can not)\b` +
	`|\bno (?:change|luck|difference|success|improvement)\b|\bsame (?:error|problem|issue|thing|result|message)\b|\b(?:came|comes|is) back\b|\b(?:fails|failing|broken|stopped working) again\b|\bonly (?:partly|partially)\b` +
	`|\b(?:immer noch|noch immer|nach wie vor|weiterhin|leider)\b|\b(?:funktioniert|klappt|geht|lauft|hilft|half|kommt)\b[^,]{0,30}\bnicht\b|\bnicht (?:gelost|behoben|geholfen|geklappt|erledigt|funktioniert)\b|\bkeine (?:anderung|besserung)\b|\b(?:gleiche|selbe)[rns]? (?:fehler|problem|meldung)\b` +
	`|\btoujours (?:pas|le|la|les|une?|en|aussi)\b|\bencore (?:le|la|une?) |\b(?:ne|n) \S+ (?:\S+ )?pas\b|n'\S+ pas\b|\b(?:marche|fonctionne|change|resolu|regle|corrige|aide)\w* (?:toujours |encore )?pas\b|\bpas (?:resolu|regle|corrige|encore)\b|\bmeme (?:erreur|probleme|message)\b` +
	`|\b(?:sigue|siguen|continua|persiste)\b|\b(?:todavia|aun) no\b|\bno (?:me |nos |se |ha |esta |lo )*(?:funciona\w*|va|sirve|sirvio|ayud\w+|carga|resuelto|solucionado|arreglado|cambi\w+|puedo|podemos)\b|\bmismo (?:error|problema|mensaje)\b`)

var confirms = pattern.Lazy(`\b(?:it|that|this|everything|all|which|export|import|login|page|report|upload)s? (?:now |all |really |indeed |finally )*works?\b|\bworks? (?:now|again|fine|perfectly|great|well|flawlessly|beautifully|like|for (?:me|us)|as (?:expected|it should|before))\b|\bworked\b` +
	`|\b(?:working|up|running|in|back) (?:again|now|fine)\b|\b(?:fixed|solved|resolved|sorted)\b|\b(?:did it|did the trick|helped)\b|\b(?:problem|error|issue)s? (?:is |are |has |have )?(?:now )?(?:gone|disappeared)\b|\ball (?:good|set|fine)\b|\bno longer (?:happens|fails|occurs|shows|an issue|a problem)\b|\bcan be closed\b|\bclose (?:this|the ticket|it)\b` +
	`|\b(?:funktioniert|klappt|geht|lauft) (?:es |alles |das |bei uns |bei mir )*(?:jetzt|nun|wieder|einwandfrei|bestens|perfekt|super|endlich)\b|\b(?:jetzt|nun|damit|so) (?:funktioniert|klappt|geht|lauft)\b|\b(?:gelost|behoben|erledigt)\b|\bhat (?:es |sich |das |super |prima )*(?:geholfen|geklappt|funktioniert)\b|\bproblem ist weg\b|\bkann geschlossen werden\b` +
	`|\b(?:ca|cela|tout|c est|c'est) (?:marche|fonctionne|bon|resolu|regle|corrige)\b|\b(?:marche|fonctionne) (?:maintenant|desormais|de nouveau|a nouveau|parfaitement|tres bien|bien|enfin)\b|\b(?:resolu|regle|corrige)e?s?\b|\ba (?:bien )?(?:marche|fonctionne|aide)\b` +
	`|\b(?:ya|ahora)(?: me| nos)? (?:funciona|va|puedo|podemos|esta)\b|\b(?:funciona|va) (?:ahora|bien|de nuevo|perfectamente|correctamente|otra vez|perfecto)\b|\b(?:resuelto|solucionado|arreglado|funciono)\b`)
