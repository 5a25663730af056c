package helpcenter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// HeadingStyle is how a page writes headings: https://spec.commonmark.org/0.31.2/#atx-headings.
type HeadingStyle string

// The heading styles. "" is not known: the page has no heading that tells.
const (
	ATX       HeadingStyle = "atx"        // ## Heading
	ATXClosed HeadingStyle = "atx closed" // ## Heading ##
	Setext    HeadingStyle = "setext"     // underlined, where the level is 1 or 2
)

// Widths of lines that are no column.
const (
	Unwrapped    = 0  // each paragraph is one line
	UnknownWidth = -1 // the page does not tell, or breaks lines where it likes
)

// Style is how a Markdown page is written, as far as it tells. What the zero value of a field means is said there.
type Style struct {
	CRLF      bool         // lines end as on Windows; a page that mixes ends counts by the more frequent one
	Final     bool         // the last line ends with a line end
	Width     int          // the column that paragraphs are wrapped at, or Unwrapped, or UnknownWidth
	Sentences bool         // each sentence is a line of its own: https://sembr.org; Width is Unwrapped then
	Heading   HeadingStyle // "" is not known
	Bullet    byte         // '-', '*' or '+' of lists at the top level; 0 is not known
	Nested    byte         // the same of lists in lists
	Ordered   byte         // '.' or ')' after a number; 0 is not known
	Fence     byte         // '`' or '~'; 0 is not known
	Tight     bool         // no blank line stands between a heading and its text
	Above     int          // blank lines above headings, at least 1 (0 where it is not known)
}

// StyleOf finds out how a page is written. A page that is empty has line ends as on Unix, one at its end, and no other style.
func StyleOf(page string) Style {
	windows := strings.Count(page, "\r\n")
	out := Style{CRLF: windows*2 > strings.Count(page, "\n"), Final: page == "" || strings.HasSuffix(page, "\n"), Width: UnknownWidth}
	s := scan(page)
	out.headings(s)
	bullets, nested, ordered, fences := map[byte]int{}, map[byte]int{}, map[byte]int{}, map[byte]int{}
	for i, line := range s.lines {
		if s.code[i] && s.fence[i] == i {
			mark, _ := fenceMark(line)
			fences[mark[0]]++
		}
		if !s.prose(i) || themeRule().MatchString(line) {
			continue
		}
		if m := listItem().FindString(line); m != "" {
			switch mark := strings.TrimSpace(m); {
			case mark[len(mark)-1] == '.' || mark[len(mark)-1] == ')':
				ordered[mark[len(mark)-1]]++
			case width(leading(line)) < 2:
				bullets[mark[0]]++
			default:
				nested[mark[0]]++
			}
		}
	}
	out.Bullet, out.Nested, out.Ordered, out.Fence = most(bullets), most(nested), most(ordered), most(fences)
	out.wrapping(s)
	return out
}

// most is the most frequent key; of equals, the smallest.
func most[K byte | int](counts map[K]int) K {
	var best K
	for k, n := range counts {
		if n > counts[best] || n == counts[best] && k < best {
			best = k
		}
	}
	return best
}

func (out *Style) headings(s scanned) {
	kinds := map[HeadingStyle]int{}
	above, tight, loose := map[int]int{}, 0, 0
	for _, h := range s.headings(false) {
		switch {
		case h.setext:
			kinds[Setext] += 2 // a page with setext headings writes ### for those below
		case h.closed:
			kinds[ATXClosed]++
		default:
			kinds[ATX]++
		}
		if h.level > 2 && !h.setext && !h.closed {
			kinds[ATX]--
		}
		blank := 0
		for i := h.line - 1; i >= s.front && strings.TrimSpace(s.lines[i]) == ""; i-- {
			blank++
		}
		if h.line-blank > s.front && blank > 0 && h.level > 1 {
			above[blank]++
		}
		if next := h.line + h.lines; next < len(s.lines) {
			if strings.TrimSpace(s.lines[next]) != "" {
				tight++
			} else if next+1 < len(s.lines) {
				loose++
			}
		}
	}
	if len(kinds) > 0 {
		out.Heading = ATX
	}
	for _, kind := range []HeadingStyle{ATXClosed, Setext} {
		if kinds[kind] > kinds[out.Heading] {
			out.Heading = kind
		}
	}
	out.Tight, out.Above = tight > loose, most(above)
}

var (
	sentenceEnd = pattern.Lazy("[.!?:]['\"”’)*_`]*$")
	// Widths that people set in editors and linters; they win over others that fit as well.
	usualWidths = []int{80, 79, 78, 72, 100, 120, 88, 99, 90, 76, 70, 110, 119, 96, 140, 160}
)

// longLine is a line that nobody wrapped, in characters.
const longLine = 105

// wrapping tells where paragraphs are wrapped from where their lines end: a line is as long as it is because the next word
// did not fit.
func (out *Style) wrapping(s scanned) {
	var ends [][2]int // of each line but the last of a paragraph: its length, and how long it would be with the next word
	var all []int     // the lengths of all lines
	single, several, sentences := 0, 0, 0
	for i := s.front; i < len(s.lines); {
		if !s.paragraph(i) && !(s.prose(i) && listItem().MatchString(s.lines[i])) {
			i++
			continue
		}
		from := i
		for i++; i < len(s.lines) && s.paragraph(i); i++ {
		}
		for j := from; j < i; j++ {
			if n := utf8.RuneCountInString(s.lines[j]); !strings.Contains(s.lines[j], "://") {
				all = append(all, n)
			}
		}
		if i-from == 1 {
			if utf8.RuneCountInString(s.lines[from]) > longLine {
				single++
			}
			continue
		}
		if i < len(s.lines) && underline().MatchString(s.lines[i]) {
			continue // a heading of several lines
		}
		several++
		for j := from; j < i-1; j++ {
			line := strings.TrimRight(s.lines[j], " \t")
			next, _, _ := strings.Cut(strings.TrimSpace(s.lines[j+1]), " ")
			if sentenceEnd().MatchString(line) {
				sentences++
			}
			n := utf8.RuneCountInString(line)
			ends = append(ends, [2]int{n, n + 1 + utf8.RuneCountInString(next)})
		}
	}
	switch {
	case len(ends) >= 2 && sentences*5 >= len(ends)*4:
		out.Width, out.Sentences = Unwrapped, true
		return
	case single > several:
		out.Width = Unwrapped
		return
	case len(ends) == 0:
		return
	}
	// The width is at least as large as most lines, and too small for most lines with the word that follows.
	lengths := make([]int, len(ends))
	for i, end := range ends {
		lengths[i] = end[0]
	}
	slices.Sort(lengths)
	at := lengths[min(len(lengths)*19/20, len(lengths)-1)]
	fits := func(w int) (n int) {
		for _, end := range ends {
			if end[0] <= w && end[1] > w {
				n++
			}
		}
		return n
	}
	best := at
	for _, w := range usualWidths {
		if w >= at && (fits(w) > fits(best) || fits(w) == fits(best) && !slices.Contains(usualWidths, best)) {
			best = w
		}
	}
	over := 0
	for _, n := range all {
		if n > best {
			over++
		}
	}
	// One or two lines may end by chance, unless they do so at a width that people use.
	if fits(best)*3 >= (len(ends)+over)*2 && best >= 40 && best <= 200 && (len(ends) > 2 || slices.Contains(usualWidths, best) && best <= 120 || best < 80) {
		out.Width = best
	}
}

// unspaced reports whether a text is in a script that is written without spaces, where lines cannot be broken or joined.
func unspaced(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	})
}
