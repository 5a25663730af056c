package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// byTag are what is fetched by a tag, which others can move, and why.
var byTag = map[string]string{
	"golang:1.26-bookworm": "the container of CI's jobs: it gets the fixes of Debian and Go by itself, writes nothing that is released, and .ci/run holds the toolchain to go.mod",
}

var (
	uses   = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(\S+)(.*)$`)
	pinned = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	named  = regexp.MustCompile(`^ # v[0-9]+\.[0-9]+\.[0-9]+$`)
	image  = regexp.MustCompile(`(?m)^\s*(?:container:|FROM(?: --platform=\S+)?|# syntax=)\s*(\S+)`)
	digest = regexp.MustCompile(`@sha256:[0-9a-f]{64}$`)
)

// What CI, the release and the image are made with is pinned: an action by its commit, with the version that it is beside it, so that
// a person can check it and dependabot moves both; an image by its digest. What is not says why.
func TestWhatBuildsIsPinned(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.y*ml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("the workflows are %v, %v", files, err)
	}
	versions, seen := map[string]string{}, map[string]bool{}
	for _, file := range append(files, filepath.Join(root, "Dockerfile")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range uses.FindAllStringSubmatch(string(data), -1) {
			if !pinned.MatchString(m[1]) || !named.MatchString(m[2]) {
				t.Errorf("%s uses %s%s; want OWNER/NAME@COMMIT # vX.Y.Z", file, m[1], m[2])
			}
			action, commit, _ := strings.Cut(m[1], "@")
			if known := versions[action]; known != "" && known != commit+m[2] {
				t.Errorf("%s is used as %s and as %s", action, known, commit+m[2])
			}
			versions[action] = commit + m[2]
		}
		for _, m := range image.FindAllStringSubmatch(string(data), -1) {
			if seen[m[1]] = true; !digest.MatchString(m[1]) && byTag[m[1]] == "" {
				t.Errorf("%s fetches %s by a tag, and nothing says why", file, m[1])
			}
		}
	}
	if len(versions) < 5 {
		t.Errorf("only %d actions are used", len(versions))
	}
	for name := range byTag {
		if !seen[name] {
			t.Errorf("%s is fetched nowhere any more", name)
		}
	}
}

// The image has no root, and nothing but the folder of its state is written.
func TestTheImageRunsAsNobodyInParticular(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	_, last, _ := strings.Cut(string(data), ":nonroot@sha256:")
	for _, want := range []string{"\nUSER 65532:65532\n", "\nVOLUME /var/lib/oioi\n", "--chown=65532:65532 /out/var/lib/oioi", "\nENV OIOI_DB=/var/lib/oioi/"} {
		if !strings.Contains(last, want) {
			t.Errorf("the Dockerfile lacks %q", strings.TrimSpace(want))
		}
	}
	if strings.Contains(last, "RUN ") || strings.Contains(last, "USER root") {
		t.Error("the final image runs something while it is built, or as root")
	}
}
