package words

import (
	"strings"
	"sync"
)

// common are the words of each language that say nothing about a topic.
var common = sync.OnceValue(func() map[string]map[string]bool {
	return map[string]map[string]bool{
		"en": set(`a about above actually after again ago alas all almost already alright also although always am an and another any anybody anyhow anyone anything anyway apparently are arent around as aside at
		be became because become been before being below besides best better between both but by came can cannot cant come comes could couldnt
		dear did didnt do does doesnt doing done dont down during each behind across against along among beyond despite inside outside throughout whilst amid either else enough even ever everybody everyone everything exactly except far few first for from further
		gave get gets getting give given gives go goes going gone gonna good got gotta great guess guys had happen happened happens has hasnt have havent having he hello help her here hers hey hi him his honestly hope how however
		i id idea if ill im in indeed instead into is isnt it its itself ive just keep kept kind kindly knew know knows lately later least less let lets like likely little look looked looking looks lot lots love
		made make makes making many may maybe me mean means meant might mind mine more moreover most much must my myself need needed needs neither never nevertheless next nice no nobody none nor not nothing now nowhere
		obviously of off often oh ok okay on once one only onto or other others otherwise our ours ourselves out over own perhaps please plus possible possibly pretty probably put
		quite rather re really regards right said same saw say says see seem seemed seems seen several shall she should shouldnt show shows simply since so some somebody somehow someone something sometimes somewhere soon sorry still stuff such suddenly suppose sure
		take taken takes tell than thank thanks that thats the their theirs them themselves then there therefore theres these they theyre thing things think this those though thought through thus til till to together told too took toward towards tried tries truly two
		under unfortunately unless until up upon us use used uses using usual usually various ve very via want wanted wants was wasnt way we well went were werent weve what whatever whats when whenever where wherever whether which while who whole whom whose why will with within without
		wonder wondering wont would wouldnt yeah yes yet you your youre yours yourself www http https com example org problem question issue trouble`),
		"de": set(`aber ach alle allem allen aller alles als also am an andere anderen auch auf aus ausserdem bei beim bereits besser bin bis bist bitte brauche brauchen braucht da dabei dadurch dafur daher damit danach danke dann daran darauf darf das dass davon dazu dein dem den denn der deren des deshalb dessen dich die dies diese diesem diesen dieser dieses dir doch dort du durch durfen
		eben eigentlich ein eine einem einen einer eines einfach einige einmal er es etwa etwas euch euer eure fast ferner fur ganz gar geben gegen gehen geht gemacht genau gerade gern gerne gestern gibt ging gleich gute guten gut hab habe haben hallo hat hatte hatten heute hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins irgendwie ist ja je jede jedem jeden jeder jedes jedoch jetzt
		kam kann kannst kein keine keinem keinen keiner komme kommen kommt komplett konnen konnt konnte konnten kurz lassen lasst leider liebe lieber los machen macht mal man manche manchmal mehr mein meine meinem meinen meiner mich mir mit mochte mochten muss mussen musste nach nachdem neben nehmen nein nicht nichts nie niemand noch nun nur ob oben oder oft ohne
		paar passiert plotzlich schon sehr sei seid sein seine seinem seinen seiner seit seitdem selbst sich sie sieht sind so sobald sogar solche soll sollen sollte somit sondern sonst sowie stehen steht statt trotzdem tun uber uberhaupt um und uns unser unsere unserem unseren unserer unten unter
		viel viele vielen vielleicht vom von vor vorher wann war ware waren warum was weder weg wegen weil weiss weiter welche welchem welchen welcher welches wenig wenn wer werde werden wie wieder wieso wir wird wirklich wo wohin wollen wollte wurde wurden zu zuerst zum zur zwar zwei zwischen problem frage hilfe gruss grusse mfg freundlichen geehrte damen herren konnten wurden meines deine deinem deinen deiner deines seines ihres unseres eures jener jene jenes irgend bevor wahrend obwohl sodass deswegen darum darunter darin dorthin momentan aktuell bloss eher ebenfalls ebenso gleichzeitig jeweils jederzeit nirgends niemals bald genug ziemlich wohl zudem wobei wofur womit woran worauf worin woruber wovon wozu moglich moglichkeit sollten musste lasst benutzen benutzt nutzen nutzt verwenden verwendet erste ersten erster erstes zweite zweiten zweiter zweites drei`),
		"fr": set(`a afin ai ainsi alors apres as au aucun aucune aujourd aussi autre autres aux avais avait avant avec avez avoir avons beaucoup besoin bien bon bonjour bonsoir car ce ceci cela celle celui ces cet cette ceux chaque chez ci comme comment cordialement d dans de deja depuis des dessus devons dire dit dois doit donc dont du
		elle elles en encore enfin ensuite entre es est et etaient etait etant ete etes etre eu eux faire fais fait faites faut fois font grace hier ici il ils j jamais je l la le les leur leurs lors lorsque lui ma madame mais malgre me meme memes merci mes mettre mieux moi moins mon monsieur
		n ne ni non nos notre nous on ont or ou par parce parfois pas pendant peu peut peuvent peux plusieurs plus plutot possible pour pourquoi pouvez pouvoir pouvons pourrait pourriez puis puisque quand que quel quelle quelles quelque quelques quels qui quoi rien s sa sais salut sans se sera ses seulement si sinon soit son sommes sont souvent sous suis sur
		t ta tant te tel telle tes toi ton toujours tous tout toute toutes tres trop tu un une va vais vers veut veux voici voila vont vos votre voudrais voudrait voulons vous vraiment vu y c qu probleme question aide deux utiliser utilise utilisons utilisez faudrait serait fonctionne fonctionner fonctionnent quoi dont lequel laquelle aurait pourrions premier premiere deuxieme trois`),
		"es": set(`a ademas ahi ahora al algo alguien algun alguna algunas algunos alli ambos ante antes aquel aqui asi aun aunque ayer bajo bastante bien buenas bueno buenos cada casi como con contra cosa creo cual cuales cualquier cuando cuanto da dar de debe debemos debo decir del demas dentro desde despues dia dias dice donde dos durante
		e el ella ellas ellos embargo en entonces entre era eran eres es esa esas ese eso esos esta estaba estado estamos estan estar estas este esto estos estoy etc favor fue fuera fueron gracias gran ha haber habia hace hacer haciendo hacia han has hasta hay hemos hola hoy hubo igual incluso ir junto la las le les lo los luego
		mas me mediante mejor menos mi mia mientras mis mismo misma mucha muchas mucho muchos muy nada nadie necesita necesito necesitamos ni ninguna ninguno ningun no nos nosotros nuestra nuestras nuestro nuestros nunca o os otra otras otro otros para parece parte pero poco poder podemos podria por porque posible primero pues puede pueden puedo
		que querer queremos quien quienes quiero querria saber saludos se sea segun senor senora ser seria si sido siempre sin sino sobre solo somos son soy su sus tal tambien tampoco tan tanto te tenemos tener tengo ti tiene tienen toda todas todavia todo todos tras tu tus un una unas uno unos usted ustedes va vamos van varias varios ver vez voy y ya yo problema pregunta ayuda usar usa usamos usan uso utilizar funciona funcionan funcionar quisiera gustaria puedes pueda puedan podrian hecho primer primera segundo segunda tres`),
	}
})

// weak words are about a topic now and then, and mostly not: they count less.
var weak = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for word := range set(`able access accept act actual add allow answer appear apply ask available back bad become begin beginning big bit bother bring bunch button call care case certain change check choose clear click close complete consider correct create customer data day default difference different
		easy edit empty end enter entry exist expect explain fact feel fill final find fine follow form found full general guy half hand handle hard hear high hold hour important include inform information intend item job kind
		large last late left level line list live long lost low main major man manual mark matter menu middle minute moment month morning move name new news night normal number old open order ours page part party pass past people per person pick piece place plan point press previous provide pull push
		quick quickly read ready real reason recent receive refuse regular remain remember require respond rest return reply run safe save screen second section select send sense separate serious set side sign simple single site situation size small soon sort specific stand start state step stop straight strange suggest system
		talk team text three time today tomorrow top touch total turn type understand unable user value view visible visit wait warn watch website week weekend wish word work worked working works world worse worst write wrong year yesterday four five six seven eight nine ten
		monday tuesday wednesday thursday friday saturday sunday january february april may june july august september november december noon afternoon evening recently currently immediately please thanks company firm office everywhere people colleague department boss team client`) {
		out[word] = true
		out[Stem(word)] = true
	}
	return out
})

func set(words string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		out[word] = true
	}
	return out
}

// Common reports whether a folded word says nothing about a topic, in English or in the given language.
func Common(language, word string) bool {
	if list, ok := common()[language]; ok && list[word] {
		return true
	}
	return language != "de" && language != "fr" && language != "es" && common()["en"][word]
}
