package cli

import (
	"strings"
	"unicode/utf8"
)

// column is one column of a table: its title, and the width at which its cells wrap.
type column struct {
	title string
	width int
}

// table lays out rows for a terminal. Cells wrap at words; a column is as wide as its widest line.
func table(columns []column, rows [][]string) string {
	lines := make([][][]string, 0, len(rows)+1) // row, column, line
	head := make([][]string, len(columns))
	widths := make([]int, len(columns))
	for i, c := range columns {
		head[i] = []string{c.title}
		widths[i] = utf8.RuneCountInString(c.title)
	}
	lines = append(lines, head)
	for _, row := range rows {
		cells := make([][]string, len(columns))
		for i := range columns {
			cells[i] = wrap(row[i], columns[i].width)
			for _, line := range cells[i] {
				widths[i] = max(widths[i], utf8.RuneCountInString(line))
			}
		}
		lines = append(lines, cells)
	}
	var b strings.Builder
	for _, cells := range lines {
		height := 1
		for _, cell := range cells {
			height = max(height, len(cell))
		}
		for n := range height {
			line := " "
			for i, cell := range cells {
				text := ""
				if n < len(cell) {
					text = cell[n]
				}
				line += " " + text + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)) + " "
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.String()
}

// wrap breaks text into lines of at most width characters where words allow it. Line breaks of the text stay.
func wrap(text string, width int) []string {
	var out []string
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			switch {
			case line == "":
				line = word
			case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
				line += " " + word
			default:
				out = append(out, line)
				line = word
			}
		}
		out = append(out, line)
	}
	return out
}

// indented wraps text and puts prefix in front of every line.
func indented(text, prefix string, width int) string {
	var b strings.Builder
	for _, line := range wrap(text, width) {
		b.WriteString(strings.TrimRight(prefix+line, " ") + "\n")
	}
	return b.String()
}
