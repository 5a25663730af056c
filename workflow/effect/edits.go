package effect

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
	"golang.org/x/text/unicode/norm"

	"github.com/oioi-app/oioi/workflow/pattern"
	"github.com/oioi-app/oioi/workflow/role"
	"github.com/oioi-app/oioi/workflow/ticket"
)

const maxPath = 240

// SafePath reports what is wrong with a path that a docs change wants to write: it must be a plain, normalised path below
// the docs root, of a page, with no part that hides or climbs.
func SafePath(root, name string) error {
	switch {
	case !utf8.ValidString(name) || len(name) > maxPath:
		return fmt.Errorf("%q is no text of at most %d bytes", short(name), maxPath)
	case name == "" || path.IsAbs(name) || strings.Contains(name, `\`) || path.Clean(name) != name:
		return fmt.Errorf("%q is not a plain path relative to the top of the repository", name)
	case !norm.NFC.IsNormalString(name):
		return fmt.Errorf("%q is not in Unicode normal form C, so two systems can read it as two files", name)
	case root != "" && root != "." && !strings.HasPrefix(name, root+"/"):
		return fmt.Errorf("%q is outside the help center %q", name, root)
	}
	for _, r := range name {
		if unicode.IsControl(r) || ticket.Invisible(r) || r == unicode.ReplacementChar || unicode.IsSpace(r) && r != ' ' || strings.ContainsRune("<>:\"|?*%#`$;&'\n", r) {
			return fmt.Errorf("%q holds the character %q, which a path must not hold", name, r)
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".") || strings.Trim(part, " ") != part || shortName().MatchString(part) {
			return fmt.Errorf("%q has the part %q, which begins with a dot or ends in a way that hides it", name, part)
		}
		if device.MatchString(part) {
			return fmt.Errorf("%q has the part %q, which is a device on Windows, where the repository could not be checked out", name, part)
		}
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".mdx", ".markdown", ".rst", ".adoc", ".asciidoc":
		return nil
	}
	return fmt.Errorf("%q is no page; allowed endings: .md, .mdx, .markdown, .rst, .adoc, .asciidoc", name)
}

var (
	shortName = pattern.Lazy(`(?i)^git(?:hub)?~[0-9]|~[0-9]$`)                             // how old Windows systems write .git and .github
	device    = regexp.MustCompile(`(?i)^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?$`) // https://learn.microsoft.com/windows/win32/fileio/naming-a-file
)

// ApplyEdits makes anchored edits of a page and keeps its line ends. An anchor that is not there, or stands more than once, is an error.
func ApplyEdits(page string, edits []role.Edit) (string, error) {
	windows := strings.Contains(page, "\r\n")
	text := strings.ReplaceAll(page, "\r\n", "\n")
	var errs []error
	for _, e := range edits {
		insert := strings.ReplaceAll(e.Insert, "\r\n", "\n")
		find := strings.ReplaceAll(e.Find, "\r\n", "\n")
		if strings.TrimSpace(find) == "" {
			if text = strings.TrimRight(text, "\n"); text != "" {
				text += "\n\n"
			}
			text += strings.Trim(insert, "\n") + "\n"
			continue
		}
		switch n := strings.Count(text, find); {
		case n != 1:
			errs = append(errs, fmt.Errorf("the anchor %q stands %d times in the page; it must stand exactly once", short(find), n))
		case e.Replace:
			text = strings.Replace(text, find, insert, 1)
		default:
			at := strings.Index(text, find) + len(find)
			text = text[:at] + insert + text[at:]
		}
	}
	if err := errors.Join(errs...); err != nil {
		return page, err
	}
	if windows {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text, nil
}

// Sketch shows edits that could not be made of their page: what they look for, and what they would put there.
func Sketch(edits []role.Edit) string {
	var out strings.Builder
	write := func(sign, text string) {
		if text = strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), "\n"); text != "" {
			out.WriteString(sign + strings.ReplaceAll(text, "\n", "\n"+sign) + "\n")
		}
	}
	for i, e := range edits {
		if i > 0 {
			out.WriteString("@@\n")
		}
		write(map[bool]string{true: "-", false: " "}[e.Replace], e.Find)
		write("+", e.Insert)
	}
	return out.String()
}

func short(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		return string(runes[:59]) + "…"
	}
	return s
}

// Patch is the change of the files as a diff that `git apply` takes.
func Patch(files []File) string {
	var out strings.Builder
	for _, f := range files {
		if f.Old == f.New {
			continue
		}
		fmt.Fprintf(&out, "diff --git a/%s b/%s\n", f.Path, f.Path)
		from := "a/" + f.Path
		if f.Old == "" {
			out.WriteString("new file mode 100644\n")
			from = "/dev/null"
		}
		out.WriteString(udiff.Unified(from, "b/"+f.Path, f.Old, f.New))
	}
	return out.String()
}
