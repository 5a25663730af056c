// Package sample is the content a sandbox starts with: a small product called Tallypost with its help center, its support
// repository and its public repository, people, older tickets, releases, and tickets that are filed with one click.
//
// Everything is embedded and fixed, including all dates, so that two sandboxes start alike. The content is checked by this
// package's tests; a fault in it is a programming error, and the functions panic then. What the help center leaves open or
// gets wrong on purpose is listed in GAPS.md.
package sample

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
)

// Owner is the organization that owns both repositories and all teams.
const Owner = "tallypost"

// The names of the two repositories.
const (
	SupportRepository = "support"
	ProductRepository = "tallypost"
)

// Address stands in the files for the web address of the GitHub that holds them. It never resolves, so that a link of the
// sample cannot lead a visitor to a stranger's repository; Tree puts the real address in its place.
const Address = "https://github.example"

// LatestRelease is the tag of the newest release.
const LatestRelease = "v2.4.1"

//go:embed all:repos history tickets.yml
var content embed.FS

// Permission is a role in a repository, as GitHub names it.
type Permission string

// The roles that the sample uses; no entry means no access beyond what everybody has in a public repository.
const (
	Read     Permission = "read"
	Triage   Permission = "triage"
	Write    Permission = "write"
	Maintain Permission = "maintain"
	Admin    Permission = "admin"
)

// Repository is a repository as it is before the first ticket.
type Repository struct {
	Owner, Name   string
	Private       bool
	Description   string
	DefaultBranch string
	// Files is the tree of the default branch, with Address in links to its own GitHub.
	Files  fs.FS
	Labels []Label
	// Issues are numbered 1, 2, 3 without a gap, oldest first.
	Issues []Issue
	// Releases are in the order of GitHub's list, newest first.
	Releases []Release
	// Permissions is keyed by login.
	Permissions map[string]Permission
}

// FullName returns owner and name with a slash between them.
func (r Repository) FullName() string { return r.Owner + "/" + r.Name }

// Tree returns the content of all files, keyed by path, as they are committed to a GitHub at webURL: an address without a slash
// at the end, such as http://127.0.0.1:8080.
func (r Repository) Tree(webURL string) (map[string][]byte, error) {
	tree := map[string][]byte{}
	err := fs.WalkDir(r.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(r.Files, name)
		tree[name] = bytes.ReplaceAll(data, []byte(Address), []byte(webURL))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sample: files of %s: %w", r.FullName(), err)
	}
	return tree, nil
}

// Label is a label that the team made. OiOi's own labels are not among them.
type Label struct {
	Name, Description string
	// Color has six hexadecimal digits and no #.
	Color string
}

// Issue is an issue from before OiOi was installed.
type Issue struct {
	Number int
	Title  string
	// Body is what the support form made, or free text for an issue that a maintainer wrote.
	Body   string
	Author string
	Labels []string
	// State is "open" or "closed". A closed issue was completed.
	State    string
	Created  time.Time
	Closed   time.Time // zero when open
	Comments []Comment
}

// Comment is a comment of an older issue, oldest first.
type Comment struct {
	Author  string
	Body    string
	Created time.Time
}

// Release is a published release.
type Release struct {
	Tag, Name, Body string
	Author          string
	Published       time.Time
}

// Repositories returns the support repository, private, and the product repository, public, in this order. The caller may
// change what it gets.
func Repositories() []Repository {
	labels := []Label{
		{Name: "support", Color: "0969da", Description: "Filed with the support form"},
		{Name: "bug", Color: "d1242f", Description: "We see it too and it is our fault"},
		{Name: "incident", Color: "b60205", Description: "An outage that we are working on"},
		{Name: "feature request", Color: "8250df", Description: "Something Tallypost cannot do today"},
		{Name: "documentation", Color: "1a7f37", Description: "The help center is wrong or silent"},
		{Name: "question", Color: "bf8700", Description: "Answered by explaining"},
		{Name: "billing", Color: "57606a", Description: "Invoices, payments and refunds"},
		{Name: "duplicate", Color: "cfd3d7", Description: "There is another ticket for it"},
	}
	return []Repository{
		{
			Owner: Owner, Name: SupportRepository, Private: true, DefaultBranch: "main",
			Description: "Support desk and help center of Tallypost, for customers",
			Files:       files(SupportRepository), Labels: append([]Label(nil), labels...),
			Issues: history(SupportRepository), Releases: releases(),
			Permissions: map[string]Permission{
				"maintainer": Maintain, "jo-lindqvist": Write, "ines-rocha": Write,
				"customer": Read, "priya-n": Read, "tom-bauer": Read,
			},
		},
		{
			Owner: Owner, Name: ProductRepository, DefaultBranch: "main",
			Description: "Your numbers, delivered: reports on schedule by email, SFTP, Slack or webhook",
			Files:       files(ProductRepository), Labels: append([]Label(nil), labels...),
			Issues: history(ProductRepository), Releases: releases(),
			Permissions: map[string]Permission{"maintainer": Maintain, "jo-lindqvist": Admin, "ines-rocha": Triage},
		},
	}
}

func files(repository string) fs.FS {
	sub, err := fs.Sub(content, "repos/"+repository)
	if err != nil {
		panic(fmt.Sprintf("sample: files of %s: %v", repository, err))
	}
	return sub
}

// decode reads an embedded YAML file into v and accepts no unknown key.
func decode(name string, v any) {
	data, err := content.ReadFile(name)
	if err == nil {
		err = yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(v)
	}
	if err != nil {
		panic(fmt.Sprintf("sample: %s: %v", name, err))
	}
}

type storedIssue struct {
	Number  int
	Title   string
	Author  string
	State   string
	Labels  []string
	Created time.Time
	Closed  time.Time
	Body    string
	Fields  map[string]string
	// Comments keep their order in the file.
	Comments []Comment
}

func history(repository string) []Issue {
	var stored []storedIssue
	decode("history/"+repository+".yml", &stored)
	issues := make([]Issue, len(stored))
	for i, s := range stored {
		body := s.Body
		if s.Fields != nil {
			body = Render(answer(repository, s.Fields))
		}
		issues[i] = Issue{
			Number: s.Number, Title: s.Title, Body: body, Author: s.Author, Labels: s.Labels, State: s.State,
			Created: s.Created, Closed: s.Closed, Comments: s.Comments,
		}
	}
	return issues
}

// notes are shared by both repositories: a customer sees the same releases wherever the ticket was filed.
var notes = sync.OnceValue(func() []Release {
	var stored []struct {
		Tag, Name string
		Published time.Time
		Notes     string
	}
	decode("history/releases.yml", &stored)
	all := make([]Release, len(stored))
	for i, s := range stored {
		all[i] = Release{Tag: s.Tag, Name: s.Name, Body: s.Notes, Author: "jo-lindqvist", Published: s.Published}
	}
	return all
})

func releases() []Release { return append([]Release(nil), notes()...) }
