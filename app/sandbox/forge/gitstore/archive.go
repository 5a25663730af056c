package gitstore

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Patch writes a comparison as git diff does.
func Patch(files []FileDiff) []byte {
	var b bytes.Buffer
	for _, d := range files {
		from, to := "a/"+d.Path, "b/"+d.Path
		if d.PreviousPath != "" {
			from = "a/" + d.PreviousPath
		}
		fmt.Fprintf(&b, "diff --git %s %s\n", from, to)
		switch d.Status {
		case "added":
			b.WriteString("new file mode 100644\n")
			from = "/dev/null"
		case "removed":
			b.WriteString("deleted file mode 100644\n")
			to = "/dev/null"
		case "renamed":
			fmt.Fprintf(&b, "similarity index 100%%\nrename from %s\nrename to %s\n", d.PreviousPath, d.Path)
		}
		switch {
		case d.Binary:
			fmt.Fprintf(&b, "Binary files %s and %s differ\n", from, to)
		case d.Patch != "":
			fmt.Fprintf(&b, "--- %s\n+++ %s\n%s\n", from, to, d.Patch)
		}
	}
	return b.Bytes()
}

// Archive writes all files at ref below a folder of this name, as a gzipped tar or a zip.
func (s *Store) Archive(w io.Writer, ref, folder string, zipped bool) error {
	commit, err := s.CommitInfo(ref)
	if err != nil {
		return err
	}
	_, entries, err := s.Tree(commit.SHA, "", true)
	if err != nil {
		return err
	}
	add, finish := tarball(w, commit.Committer.When)
	if zipped {
		add, finish = zipball(w, commit.Committer.When)
	}
	for _, e := range entries {
		if e.Type != "blob" {
			continue
		}
		content, err := s.Blob(e.SHA)
		if err != nil {
			return err
		}
		if err := add(folder+"/"+e.Path, content, strings.HasSuffix(e.Mode, "755")); err != nil {
			return err
		}
	}
	return finish()
}

type addFile func(name string, content []byte, executable bool) error

func tarball(w io.Writer, at time.Time) (addFile, func() error) {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	add := func(name string, content []byte, executable bool) error {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: at, Typeflag: tar.TypeReg}
		if executable {
			h.Mode = 0o755
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		_, err := t.Write(content)
		return err
	}
	return add, func() error { return errors.Join(t.Close(), z.Close()) }
}

func zipball(w io.Writer, at time.Time) (addFile, func() error) {
	z := zip.NewWriter(w)
	add := func(name string, content []byte, executable bool) error {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at}
		h.SetMode(0o644)
		if executable {
			h.SetMode(0o755)
		}
		f, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		_, err = f.Write(content)
		return err
	}
	return add, z.Close
}
