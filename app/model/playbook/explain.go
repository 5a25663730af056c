package playbook

import (
	"strings"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/words"
)

// What a page says about something that goes wrong, in folded text: a page that only describes the part is no answer to a
// fault in it.
var (
	trouble = pattern.Lazy(`(^|› )why\b|\b(errors?|fails?|failed|failing|failure|wrong|missing|not|cannot|(?:is|are|was|does|do|did|wo|could|has|have)nt|cant|problems?|trouble\w*|empty|slow\w*|faster|blocked|refused|rejected|lost|tim(ed|es) ?out|timeouts?|too (large|big|long|many|old)|if you see|stops?|stopped` +
		`|fehler\w*|problem\w*|nicht|kein\w*|fehlt|fehlend\w*|leer|langsam\w*|schneller|zu (gross|lang|viele|alt)|abgelehnt` +
		`|erreurs?|problemes?|echecs?|echoue\w*|vide|lent\w*|plus rapide|trop (grand|long|gros)|refuse\w*|bloque\w*` +
		`|errores|fallos?|falla\w*|problem[a-z]*|vaci[oa]s?|lent[oa]s?|mas rapido|demasiado|rechazad\w*|bloquead\w*)\b`)
	condition = pattern.Lazy(`\b(if|unless|when|only|must|needs?|until|otherwise|instead|because|not|cannot|cant|never|removes?|limit\w*|depends|requires?` +
		`|wenn|falls|ausser|nur|muss|mussen|braucht|bis|sonst|statt|weil|nicht|kein\w*|nie` +
		`|sauf|seulement|doit|doivent|jusqu\w*|sinon|car|pas|jamais|lorsque|quand|si` +
		`|salvo|solo|debe|deben|hasta|porque|cuando|nunca)\b`)
	callUs = pattern.Lazy(`(?i)\b(open a (support )?ticket|contact (us|support)|write to us|tell us|report it|send us)\b`)
)

// explains reports whether a section is about something that goes wrong and says more than to ask support.
func (q query) explains(p passage) bool {
	if !p.coded && !trouble().MatchString(words.Fold(p.item.Title)) && !strings.Contains(strings.ToLower(p.text), "if you see") {
		return false
	}
	rest := 0
	for _, u := range units(p.text) {
		if !callUs().MatchString(u.quote) && u.kind != code {
			rest++
		}
	}
	return rest > 0 && !(callUs().MatchString(p.text) && rest < 3)
}

// conditional reports whether a section says in one sentence under which condition what the ticket is about works, or does not:
// that explains a fault, too, where the section fits best by far.
func (q query) conditional(p passage) bool {
	if callUs().MatchString(p.text) {
		return false
	}
	for _, u := range units(p.text) {
		if _, n := q.share(u.terms, nil); n >= minWords && u.kind != code && condition().MatchString(words.Fold(u.quote)) {
			return true
		}
	}
	return false
}
