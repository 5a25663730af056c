// Package need says what a test needs from the machine: a browser, npm packages, git, a published API description.
// A test whose need is not met is skipped with the reason. With OIOI_REQUIRE=all, which the project's CI sets after
// installing everything itself, the same test fails instead, so that a skip can never hide a broken test.
package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Missing skips t with the reason, or fails it when OIOI_REQUIRE=all.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("OIOI_REQUIRE") == "all" {
		t.Fatalf("OIOI_REQUIRE=all, but %s", reason)
	}
	t.Skip(reason)
}

// Program returns the path of the first of the named programs that is on PATH.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, "none of these programs is on PATH: "+strings.Join(names, ", "))
	return ""
}

// Chromium returns the path of a Chromium or Chrome, for tests that look at pages.
func Chromium(t testing.TB) string {
	t.Helper()
	return Program(t, "chromium", "chromium-browser", "google-chrome")
}

// Git returns the path of git.
func Git(t testing.TB) string {
	t.Helper()
	return Program(t, "git")
}

// Contract returns the path of a published API description in the folder that OIOI_CONTRACTS names.
// A plain clone has no such folder: the descriptions are their vendors', and are not part of this repository.
func Contract(t testing.TB, name string) string {
	t.Helper()
	folder := os.Getenv("OIOI_CONTRACTS")
	if folder == "" {
		Missing(t, "OIOI_CONTRACTS does not name a folder with the published API descriptions ("+name+")")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil { //nolint:gosec // whoever runs the tests names the folder
		Missing(t, "there is no API description "+path)
	}
	return path
}

// NodeModules returns the node_modules folder that OIOI_NODE_MODULES names, when it holds the given npm package.
func NodeModules(t testing.TB, pkg string) string {
	t.Helper()
	folder := os.Getenv("OIOI_NODE_MODULES")
	if folder == "" {
		Missing(t, "OIOI_NODE_MODULES does not name a node_modules folder ("+pkg+")")
	}
	if _, err := os.Stat(filepath.Join(folder, filepath.FromSlash(pkg), "package.json")); err != nil { //nolint:gosec // whoever runs the tests names the folder
		Missing(t, "npm package "+pkg+" is not installed in "+folder)
	}
	return folder
}
