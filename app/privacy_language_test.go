package app

import (
	"strings"
	"testing"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// Who has written a secret is told what to do in the language of the ticket, at once and for a later comment; the hint tells the
// kinds, the places and the buttons, and never the secret.
func TestThePrivacyNoticeStandsInTheCustomersLanguage(t *testing.T) {
	t.Parallel()
	token := "gh" + "p_" + strings.Repeat("aB3dE5", 6)
	for language, c := range map[string]struct {
		title, body string
		holds       []string
	}{
		"de": {"Der Export bricht ab", "Der Export des Monatsberichts bricht nach 100.000 Zeilen ab, und wir wissen nicht, warum das so ist. Ich rufe ihn auf mit ",
			[]string{"### Bitte widerrufen", "Alle im Internet", "- ein API-Schlüssel von GitHub, in der Beschreibung. **Widerrufen Sie es jetzt:** <https://github.com/settings/tokens>",
				"Bearbeiten Sie dann den Text", "Dann ist nichts zu tun", "[in einem Kommentar]("}},
		"es": {"La exportación se detiene", "La exportación del informe mensual se detiene después de 100.000 filas y no sabemos por qué pasa esto. La llamo con ",
			[]string{"### Por favor, revoque", "Cualquier persona en internet", "- una clave de API de GitHub, en la descripción. **Revóquelo ahora:** <https://github.com/settings/tokens>",
				"Después edite el texto", "no hay nada que hacer", "[en un comentario]("}},
		"fr": {"L'export s'arrête", "L'export du rapport mensuel s'arrête après 100 000 lignes et nous ne savons pas pourquoi cela arrive. Je l'appelle avec ",
			[]string{"### Merci de révoquer", "Tout le monde sur internet", "- une clé d'API de GitHub, dans la description. **Révoquez-le maintenant :** <https://github.com/settings/tokens>",
				"Modifiez ensuite le texte", "il n'y a rien à faire", "[dans un commentaire]("}},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, townOptions{})
			issue, err := w.world.Forge.CreateIssue(forge.As("customer"), "tallypost/tallypost", forge.IssueInput{Title: c.title, Body: c.body + token, FormLabels: []string{"support"}})
			w.check(err)
			w.settle(issue.Ref)
			_, err = w.world.Forge.CreateComment(forge.As("customer"), issue.Ref, "gh"+"p_"+strings.Repeat("xY7zW9", 6))
			w.check(err)
			var notices []string
			for _, said := range w.comments(issue.Ref) {
				if strings.Contains(said, "/comment/privacy") {
					notices = append(notices, said)
				}
			}
			all := strings.Join(notices, "\n")
			holds(t, all, c.holds...)
			if len(notices) != 2 || strings.Contains(all, "ghp_") || strings.Contains(all, "Everybody") || strings.Contains(all, "a comment") {
				t.Errorf("%d notices:\n%s", len(notices), all)
			}
		})
	}
}
