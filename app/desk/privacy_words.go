package desk

import (
	"strings"

	"github.com/oioi-app/oioi/templates"
	"github.com/oioi-app/oioi/workflow/effect"
	"github.com/oioi-app/oioi/workflow/redact"
)

// articles are the kinds of finding in a sentence, by language.
var articles = map[redact.Kind]map[string]string{
	redact.APIKey:     {"en": "an API key", "de": "ein API-Schlüssel", "es": "una clave de API", "fr": "une clé d'API"},
	redact.PrivateKey: {"en": "a private key", "de": "ein privater Schlüssel", "es": "una clave privada", "fr": "une clé privée"},
	redact.Password:   {"en": "a password or token", "de": "ein Passwort oder Token", "es": "una contraseña o un token", "fr": "un mot de passe ou un jeton"},
	redact.Card:       {"en": "the number of a payment card", "de": "die Nummer einer Zahlungskarte", "es": "el número de una tarjeta de pago", "fr": "le numéro d'une carte de paiement"},
	redact.IBAN:       {"en": "a bank account (IBAN)", "de": "ein Bankkonto (IBAN)", "es": "una cuenta bancaria (IBAN)", "fr": "un compte bancaire (IBAN)"},
	redact.Email:      {"en": "an e-mail address", "de": "eine E-Mail-Adresse", "es": "una dirección de correo electrónico", "fr": "une adresse e-mail"},
	redact.Phone:      {"en": "a telephone number", "de": "eine Telefonnummer", "es": "un número de teléfono", "fr": "un numéro de téléphone"},
	redact.Address:    {"en": "a postal address", "de": "eine Postanschrift", "es": "una dirección postal", "fr": "une adresse postale"},
}

// issuedBy leads in to who made a key, by language.
var issuedBy = map[string]string{"en": " of ", "de": " von ", "es": " de ", "fr": " de "}

// places are where something is found, by language.
var places = map[string]map[string]string{
	inTitle:       {"en": inTitle, "de": "im Titel", "es": "en el título", "fr": "dans le titre"},
	inDescription: {"en": inDescription, "de": "in der Beschreibung", "es": "en la descripción", "fr": "dans la description"},
	inComment:     {"en": inComment, "de": "in einem Kommentar", "es": "en un comentario", "fr": "dans un commentaire"},
}

// privacyItem says in a language what was found where.
func privacyItem(f redact.Found, language string) templates.PrivacyItem {
	item := templates.PrivacyItem{What: effect.InLanguage(articles[f.Kind], language), Where: f.Where, Revoke: f.Revoke(), Secret: f.Kind.Secret(), Placeholder: f.Placeholder}
	if f.Issuer != "" {
		item.What += effect.InLanguage(issuedBy, language) + f.Issuer
	}
	if place, url, ok := strings.Cut(f.Where, " http"); ok {
		item.Where, item.URL = place, "http"+url
	}
	if words := effect.InLanguage(places[item.Where], language); words != "" {
		item.Where = words
	}
	return item
}
