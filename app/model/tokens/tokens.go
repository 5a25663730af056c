// Package tokens counts tokens offline, as OpenAI's newer models do. Other models count a little differently; for a guardrail
// that is near enough.
package tokens

import (
	"hash/maphash"
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"
)

// o200k is loaded at the first count: its tables take 13 MB and 40 ms, and no start needs them. It is asked for by itself: by
// its name the library would link every encoding, which is 5 MB more.
var o200k = sync.OnceValue(codec.NewO200kBase)

// counted remembers the last counts: the stable parts of a prompt are counted again for every role.
var counted = struct {
	sync.Mutex
	seed  maphash.Seed
	known map[uint64]int
}{seed: maphash.MakeSeed(), known: map[uint64]int{}}

const remembered = 512

// Count returns how many tokens a text has.
func Count(text string) int {
	key := maphash.String(counted.seed, text)
	counted.Lock()
	n, ok := counted.known[key]
	counted.Unlock()
	if ok {
		return n
	}
	n, err := o200k().Count(text)
	if err != nil {
		n = len(text)/3 + 1 // no text is known that gets here; a guess on the safe side
	}
	counted.Lock()
	if len(counted.known) >= remembered {
		clear(counted.known)
	}
	counted.known[key] = n
	counted.Unlock()
	return n
}
