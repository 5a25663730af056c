package playbook

import (
	"embed"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/oioi-app/oioi/workflow/strictyaml"
)

// phrases are the sentences of one language that no playbook owns: how a source is named, how long a time is. A %s stands for
// what the name of the phrase says.
type phrases struct {
	Language    string            `yaml:"language"`
	Hour        string            `yaml:"hour"`
	Hours       string            `yaml:"hours"`
	Working     string            `yaml:"working"` // %s: a number; "8 working hours"
	Day         string            `yaml:"day"`
	Days        string            `yaml:"days"`      // %s: a number of working days
	Formal      string            `yaml:"formal"`    // greeting; %s: the customer
	Friendly    string            `yaml:"friendly"`  // a friendly sentence
	SeeAlso     string            `yaml:"see_also"`  // %s: the section that is mentioned
	PageSays    string            `yaml:"page_says"` // %s: the section
	Earlier     string            `yaml:"earlier"`   // leads in to what was answered before
	Fixed       string            `yaml:"fixed"`     // %s: release, %s: the line of its notes
	Mended      string            `yaml:"mended"`
	YouAreOn    string            `yaml:"you_are_on"`  // %s: version, %s: release
	Since       string            `yaml:"since"`       // %s: release, %s: the line of its notes
	Incident    string            `yaml:"incident"`    // %s: title of the incident, %s: what it says
	Twin        string            `yaml:"twin"`        // %s: title of the open ticket
	Further     string            `yaml:"further"`     // %s: questions, %s: how long
	NotInOwn    string            `yaml:"not_in_own"`  // the sources are in another language
	Unsupported string            `yaml:"unsupported"` // %s: version, %s: supported ones
	Ask         map[string]string `yaml:"ask"`
}

//go:embed phrases/*.yml
var phraseFiles embed.FS

var allPhrases = sync.OnceValue(func() map[string]phrases {
	out := map[string]phrases{}
	entries, err := phraseFiles.ReadDir("phrases")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		name := path.Join("phrases", entry.Name())
		data, err := phraseFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var p phrases
		if err := strictyaml.Decode(name, data, &p); err != nil {
			panic(err) // the package's tests read them all
		}
		out[p.Language] = p
	}
	return out
})

// phrasesIn returns a language's phrases; the zero value where there are none.
func phrasesIn(language string) phrases {
	base, _, _ := strings.Cut(language, "-")
	return allPhrases()[base]
}

// span says hours in words: hours of work, in days where they make whole ones, or hours of the clock.
func (p phrases) span(hours float64, always bool) string {
	n := strconv.FormatFloat(hours, 'f', -1, 64)
	const workday = 8
	switch {
	case always && hours == 1:
		return p.Hour
	case always:
		return fmt.Sprintf(p.Hours, n)
	case hours == workday:
		return p.Day
	case hours > workday && hours == float64(int(hours/workday))*workday:
		return fmt.Sprintf(p.Days, strconv.Itoa(int(hours/workday)))
	}
	return fmt.Sprintf(p.Working, n)
}
