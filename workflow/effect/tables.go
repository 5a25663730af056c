package effect

import (
	"bytes"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/oioi-app/oioi/workflow/pattern"
)

// underHeads is the line below the head of a table: https://github.github.com/gfm/#delimiter-row
var underHeads = pattern.Lazy(`^[ \t>*+-]*[|:-][|: \t-]*$`)

// cellsApart returns the cells of what may be a table, each as a paragraph of its own; "" where nothing is. Renderers do not
// agree on whether some lines are a table, on which of its cells are shown, and on whether code reaches from one to another.
func cellsApart(source []byte) string {
	if !bytes.Contains(source, []byte("|")) {
		return ""
	}
	var out strings.Builder
	for _, block := range proseBlocks(source) {
		lines := strings.Split(block, "\n")
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "-") && underHeads().MatchString(line) }) {
			continue
		}
		for _, line := range lines {
			for _, cell := range cells(line) {
				out.WriteString("x " + strings.TrimSpace(cell) + "\n\n") // with a word before it, it begins no block
			}
		}
	}
	return out.String()
}

// proseBlocks are the runs of lines that no empty line parts, without the blocks of code.
func proseBlocks(source []byte) []string {
	prose := bytes.Clone(source)
	_ = ast.Walk(gfm.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Kind() != ast.KindFencedCodeBlock && n.Kind() != ast.KindCodeBlock {
			return ast.WalkContinue, nil
		}
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			for at := line.Start; at < line.Stop; at++ {
				if prose[at] != '\n' {
					prose[at] = ' '
				}
			}
		}
		return ast.WalkSkipChildren, nil
	})
	var out []string
	block := ""
	for line := range strings.SplitSeq(string(prose)+"\n\n", "\n") {
		if strings.Trim(line, " \t>") != "" {
			block += line + "\n"
		} else if block != "" {
			out = append(out, block)
			block = ""
		}
	}
	return out
}

// cells splits a row at the lines between its cells, which a backslash may escape.
func cells(row string) []string {
	var out []string
	from := 0
	for i := 0; i < len(row); i++ {
		switch row[i] {
		case '\\':
			i++
		case '|':
			out = append(out, row[from:i])
			from = i + 1
		}
	}
	return append(out, row[from:])
}
