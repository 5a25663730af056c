package gitstore

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/revlist"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
)

// maxUpload is the largest list of wants and haves that is read from a git client.
const maxUpload = 16 << 20

// ServeInfoRefs answers the first request of git clone and git fetch over smart HTTP: which references there are. No
// capability is offered beyond plain packs: no shallow clones, no side band.
// https://git-scm.com/docs/http-protocol
func (s *Store) ServeInfoRefs(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("service") != "git-upload-pack" {
		http.Error(w, "Only git's smart HTTP protocol is served, to clone and to fetch.", http.StatusForbidden)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, err := s.advertise(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(raw) //nolint:gosec // git's own format, with its content type
}

func (s *Store) advertise(r *http.Request) ([]byte, error) {
	endpoint, err := transport.NewEndpoint("/")
	if err != nil {
		return nil, err
	}
	session, err := server.NewServer(server.MapLoader{endpoint.String(): s.st}).NewUploadPackSession(endpoint, nil)
	if err != nil {
		return nil, err
	}
	refs, err := session.AdvertisedReferencesContext(r.Context())
	if err != nil {
		return nil, err
	}
	refs.Prefix = [][]byte{[]byte("# service=git-upload-pack"), pktline.Flush}
	var b bytes.Buffer
	err = refs.Encode(&b)
	return b.Bytes(), err
}

// ServeUploadPack answers the further requests: which of the client's commits are known here, then the objects that it lacks.
func (s *Store) ServeUploadPack(w http.ResponseWriter, r *http.Request) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		body = unzipped
	}
	wants, haves, done, err := readWants(io.LimitReader(body, maxUpload))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	haves = slices.DeleteFunc(haves, func(h plumbing.Hash) bool { return s.st.HasEncodedObject(h) != nil })
	var b bytes.Buffer
	reply := pktline.NewEncoder(&b)
	if len(haves) > 0 {
		err = reply.Encodef("ACK %s\n", haves[len(haves)-1])
	} else {
		err = reply.Encodef("NAK\n")
	}
	if err == nil && done {
		err = s.pack(&b, wants, haves)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/x-git-upload-pack-result")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b.Bytes())
}

func (s *Store) pack(w io.Writer, wants, haves []plumbing.Hash) error {
	known, err := revlist.Objects(s.st, haves, nil)
	if err != nil {
		return err
	}
	objects, err := revlist.Objects(s.st, wants, known)
	if err != nil {
		return err
	}
	_, err = packfile.NewEncoder(w, s.st, false).Encode(objects, 0)
	return err
}

// readWants reads a client's upload-pack request: what it wants, what it has, and whether it is done telling.
func readWants(r io.Reader) (wants, haves []plumbing.Hash, done bool, err error) {
	lines := pktline.NewScanner(r)
	for lines.Scan() {
		verb, rest, _ := strings.Cut(strings.TrimSuffix(string(lines.Bytes()), "\n"), " ")
		hash, _, _ := strings.Cut(rest, " ")
		switch verb {
		case "want", "have":
			if !plumbing.IsHash(hash) {
				return nil, nil, false, fmt.Errorf("%q is not an object", hash)
			}
			if verb == "want" {
				wants = append(wants, plumbing.NewHash(hash))
			} else {
				haves = append(haves, plumbing.NewHash(hash))
			}
		case "done":
			done = true
		case "": // a flush
		default:
			return nil, nil, false, fmt.Errorf("%q is not supported", verb)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, false, err
	}
	if len(wants) == 0 {
		return nil, nil, false, errors.New("nothing is wanted")
	}
	return wants, haves, done, nil
}
