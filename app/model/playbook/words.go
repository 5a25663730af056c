package playbook

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// terms returns the words of a text that say something about a topic, folded and stemmed, in order, with repetitions.
func terms(text string) []string {
	var out []string
	for _, word := range split(text) {
		if t := term(word); t != "" {
			out = append(out, t)
		}
	}
	return out
}

// split cuts a text into lower-case words without accents. Names with dots, dashes and underscores stay whole and are
// also cut.
func split(text string) []string {
	var out []string
	text = strings.ToLower(fold(text))
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' && r != '-'
	}) {
		word = strings.Trim(word, "._-")
		if word == "" {
			continue
		}
		if strings.ContainsAny(word, "._-") {
			out = append(out, word)
			out = append(out, strings.FieldsFunc(word, func(r rune) bool { return r == '.' || r == '_' || r == '-' })...)
			continue
		}
		out = append(out, word)
	}
	return out
}

// fold takes accents off.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == 'ß':
			b.WriteString("ss")
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// term is a word's stem, or what stands for all words of its meaning; "" for a word that says nothing.
func term(word string) string {
	if len([]rune(word)) < 2 || common[word] {
		return ""
	}
	if same, ok := meaning[word]; ok {
		return same
	}
	stemmed := stem(word)
	if common[stemmed] {
		return ""
	}
	if same, ok := meaning[stemmed]; ok {
		return same
	}
	return stemmed
}

// stem takes English endings off, gently: two forms of a word should meet, two words should not.
func stem(word string) string {
	if strings.ContainsAny(word, "0123456789._-") {
		return word
	}
	for _, rule := range []struct{ ending, with string }{
		{"ations", "ate"}, {"ation", "ate"}, {"ies", "y"}, {"ied", "y"}, {"sses", "ss"}, {"ings", ""}, {"ing", ""}, {"edly", ""}, {"ed", ""}, {"ers", ""}, {"er", ""}, {"es", ""}, {"s", ""}, {"ly", ""}, {"e", ""},
	} {
		base, ok := strings.CutSuffix(word, rule.ending)
		if !ok || len(base) < 3 || rule.ending == "s" && strings.HasSuffix(base, "s") {
			continue
		}
		base += rule.with
		if n := len(base); rule.with == "" && n > 3 && base[n-1] == base[n-2] && !strings.ContainsRune("lsz", rune(base[n-1])) {
			base = base[:n-1] // stopped, stop
		}
		return strings.TrimSuffix(base, "e")
	}
	return word
}

func set(words string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		out[word] = true
	}
	return out
}

// common words say nothing about a topic, in the languages of the reply skeletons.
var common = set(`a about above after again all already also am an and any anyone anything are as ask at back be because been before being below best better
between both but by can cannot cant come could day days did didn do does doesn doing don done down each else even ever every everyone everything few find fine first for from
get gets getting give go goes going good got had has have having he hello help her here hi him his hour hours how however i if im in into is isn it its just keep know
last let like ll look lot made make many may maybe me mean might month months more morning most much must my need needs never new next no not nothing now of off often ok on once one only or
other our out over own page part people per please possible problem put question quite rather re really right said same say says see seem seems set she should show shows since so some something
still such sure take takes tell than thank thanks that the their them then there these they thing things think this those though three through time to today together too tried try trying two under until up us
use used user users uses using ve very via want wanted was way we week weeks well were what when where whether which while who why will with within without won work worked working works would wrong year years yes yesterday yet you your
aber alle als also am an auch auf aus bei bin bis bitte da das dass dem den der des die dies diese dieser doch du durch ein eine einem einen einer eines er es fur gibt haben hallo hat hatte ich ihr ihre im immer in ist ja jede jeden jetzt kann kein keine konnen man manchmal mehr mein
mit mochte mochten muss nach nicht noch nun nur ob oder ohne schon sehr sein seit sie sind sich so soll uber um und uns unser unsere unserer viel vom von vor war warum was wenn wer werden wie wieder wir wird wo wollen woche zu zum zur
au aux avec bonjour ce cela ces cette chez comme comment dans de depuis des du elle en est et etre fait il ils je jour la le les leur lors ma mais me mes mon ne nos notre nous on ont ou par pas peut plus pour pouvez quand que quel quelle qui sa sans se ses si son sont sur ta tout tous toute tres un une vers vos votre vous
al algo ante antes cada como con cual cuando de del desde donde dos el ella ellos en entre era es esta estan estas este esto estos fue ha hace han hay hola la las le lo los mas me mi mis muy nada ni no nos nuestra nuestro o para pero poco por porque puede puedo que quien se ser si sin sobre solo son su sus tambien tan te tiene tengo todo todos tu un una uno y ya yo
www http https com example org`)

// meaning maps words of one meaning, and of other languages, to one term: a customer rarely uses the help center's words.
var meaning = func() map[string]string {
	out := map[string]string{}
	for line := range strings.SplitSeq(`delete erase remove purge loschen geloscht entfernen supprimer effacer borrar eliminar
rotate replace renew exchange swap ersetzen austauschen erneuern remplacer renouveler reemplazar renovar
login signin sign log anmelden anmeldung einloggen connexion connecter identifiant sesion entrar acceder
password passwort kennwort mot-de-passe contrasena
token tokens
invoice bill rechnung rechnungen facture factures factura facturas
refund reimburse reimbursement erstattung ruckerstattung erstatten remboursement rembourser reembolso devolucion
price cost pricing preis kosten prix cout precio coste
cancel cancellation kundigen kundigung resilier resiliation cancelar cancelacion
upload hochladen hochgeladen laden telecharger charger subir cargar
import importieren importer importar imports
export exportieren exporter exportar exports
file datei dateien fichier fichiers archivo archivos fichero
table tabelle tabellen tableau tabla
encoding charset umlaut umlaute umlauten accents accent sonderzeichen zeichensatz encodage codificacion caracteres characters character
report bericht berichte rapport rapports informe informes
schedule zeitplan planifier planification programacion
delivery deliver lieferung zustellung livraison envio entrega
email mail e-mail mails emails courriel correo
address addresses adresse adressen adresses direccion direcciones
slow slowly langsam lent lente lenteur lento lenta performance speed slower
timeout timed times-out
error fail failure failed failing fehler fehlgeschlagen erreur echec error fallo falla
setting settings option einstellung einstellungen reglage parametre parametres ajuste ajustes configuración configuration config
update upgrade aktualisierung aktualisieren mise-a-jour actualizacion actualizar
phone mobile smartphone handy telefon telephone telefono movil
two-factor 2fa mfa authenticator two-step
member members mitglied mitglieder membre membres miembro miembros
workspace arbeitsbereich espace espacio
backup sicherung sauvegarde copia
restore recover wiederherstellen wiederherstellung restaurer restaurar recuperar recovery
privacy datenschutz confidentialite privacidad gdpr dsgvo rgpd
holiday holidays feiertag feiertage ferie festivo festivos
firewall allowlist whitelist
ip ips
install installation installieren installer instalar instalacion
server serveur servidor
key schlussel cle clave
source datenquelle quelle source fuente
row rows zeile zeilen ligne lignes fila filas
time-zone timezone zeitzone fuseau`, "\n") {
		words := strings.Fields(fold(line))
		for _, word := range words {
			out[word] = words[0]
			if stemmed := stem(word); out[stemmed] == "" && !common[stemmed] {
				out[stemmed] = words[0]
			}
		}
	}
	return out
}()
