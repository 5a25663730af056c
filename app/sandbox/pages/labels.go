package pages

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/oioi-app/oioi/app/sandbox/forge"
)

// palette is the colour of each label by its name.
type palette map[string]string

func colorsOf(r *forge.Repo) palette {
	out := palette{}
	for _, label := range r.Labels {
		out[label.Name] = strings.ToLower(label.Color)
	}
	return out
}

// Sheet is the address of a style sheet that paints these labels: the pages' content policy allows no style within a page.
func (c palette) Sheet() string {
	colors := slices.Compact(slices.Sorted(maps.Values(c)))
	return "/labels/" + strings.Join(colors, "-") + ".css"
}

var sheetName = regexp.MustCompile(`^(?:[0-9a-f]{6}(?:-[0-9a-f]{6})*)?\.css$`)

func (p *pages) labelStyles(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("colors")
	if !sheetName.MatchString(name) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	for color := range strings.SplitSeq(strings.TrimSuffix(name, ".css"), "-") {
		if color != "" {
			fmt.Fprintf(w, ".label[data-color=%q] { background: #%s; color: %s; }\n", color, color, readableOn(color))
		}
	}
}

// readableOn is black or white, whichever is easier to read on a colour of six hex digits. One of the two always has the
// contrast of 4.5 that https://www.w3.org/TR/WCAG22/#contrast-minimum asks for.
func readableOn(color string) string {
	if light := luminance(color); (light+0.05)/0.05 >= 1.05/(light+0.05) {
		return "#000"
	}
	return "#fff"
}

// luminance is the relative luminance of a colour of six hex digits, from 0 to 1.
// https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
func luminance(color string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(color[2*i:2*i+2], 16, 8) // hex digits, as the caller knows
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
