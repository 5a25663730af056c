package pages

import (
	"regexp"
	"strings"
	"testing"
)

// variables reads the colours of both dresses out of the style sheet.
func variables(t *testing.T) (light, dark map[string]string, rest string) {
	t.Helper()
	raw, err := files.ReadFile("html/style.css")
	if err != nil {
		t.Fatal(err)
	}
	roots := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(raw), -1)
	if len(roots) != 2 {
		t.Fatalf("the style sheet has %d sets of colours, not a light and a dark one", len(roots))
	}
	read := func(block string) map[string]string {
		out := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	rest = strings.NewReplacer(roots[0][0], "", roots[1][0], "").Replace(string(raw))
	return read(roots[0][1]), read(roots[1][1]), rest
}

func contrast(a, b string) float64 {
	x, y := luminance(a)+0.05, luminance(b)+0.05
	return max(x, y) / min(x, y)
}

func TestColoursCanBeRead(t *testing.T) {
	light, dark, rest := variables(t)
	// https://www.w3.org/TR/WCAG22/#contrast-minimum: 4.5 for text; #non-text-contrast: 3 for what shows a control or its focus.
	text := map[string]string{
		"ink": "paper soft warm bot target", "quiet": "paper soft warm bot", "link": "paper soft warm bot", "strong-ink": "go done gray red amber blue",
		"paper": "ink", "good": "paper soft warm", "bad": "paper soft warm", "alert-ink": "alert", "add-ink": "add", "del-ink": "del", "hunk-ink": "hunk",
	}
	signs := map[string]string{"edge": "paper soft", "focus": "paper soft warm bot", "good": "track"}
	for dress, colors := range map[string]map[string]string{"light": light, "dark": dark} {
		for need, pairs := range map[float64]map[string]string{4.5: text, 3: signs} {
			for front, grounds := range pairs {
				for ground := range strings.FieldsSeq(grounds) {
					if colors[front] == "" || colors[ground] == "" {
						t.Errorf("%s: there is no %s or no %s", dress, front, ground)
					} else if got := contrast(colors[front], colors[ground]); got < need {
						t.Errorf("%s: %s on %s has a contrast of %.2f, under %.1f", dress, front, ground, got, need)
					}
				}
			}
		}
	}
	for name := range light {
		if dark[name] == "" {
			t.Errorf("%s has no dark colour", name)
		}
	}
	if found := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|hsl`).FindString(rest); found != "" {
		t.Errorf("%s is a colour beside the variables: nobody computes its contrast", found)
	}
	for _, m := range regexp.MustCompile(`var\(--([a-z-]+)\)`).FindAllStringSubmatch(rest, -1) {
		if light[m[1]] == "" {
			t.Errorf("there is no colour %s", m[1])
		}
	}
}

func TestLabelsCanBeRead(t *testing.T) {
	for _, channel := range []string{"00", "33", "66", "77", "7f", "99", "cc", "ff"} {
		for _, color := range []string{channel + channel + channel, channel + "0000", "00" + channel + "00", "0000" + channel, channel + "7f30", "ff" + channel + "00"} {
			ink := strings.Repeat(strings.TrimPrefix(readableOn(color), "#"), 2)
			if got := contrast(color, ink); got < 4.5 {
				t.Errorf("%s on %s has a contrast of %.2f", ink, color, got)
			}
		}
	}
}
