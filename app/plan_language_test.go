package app

import (
	"strings"
	"testing"
	"time"

	"github.com/oioi-app/oioi/app/config"
	"github.com/oioi-app/oioi/app/model/modeltest"
	"github.com/oioi-app/oioi/workflow/policy"
)

// A team that works in another language is told why the plan is in English, where a playbook wrote it.
func TestADraftSaysThatPlaybooksPlanInEnglish(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		language string
		model    bool
		says     string
	}{
		"German":          {language: "de", says: "- **Language:** the playbooks write plans in English; a language model would write this one in de, as `policy.reply.language` says\n"},
		"British English": {language: "en-GB"},
		"nothing said":    {},
		"a model writes":  {language: "de", model: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var options townOptions
			if c.model {
				options.model = config.Model{Provider: "openai", BaseURL: modeltest.NewServer(t).URL, Key: modeltest.Key, Model: "gpt-4.1", Timeout: policy.Duration(time.Minute)}
			}
			w := newTown(t, options)
			if c.language != "" {
				w.commit(supportRepo, ".github/oioi.yml", "policy: { reply: { language: "+c.language+" } }\n")
			}
			draft := w.comments(w.sample("rotate-token"))[0]
			if strings.Contains(draft, "**Language:**") != (c.says != "") || !strings.Contains(draft, c.says) {
				t.Errorf("the draft:\n%s", draft)
			}
		})
	}
}
