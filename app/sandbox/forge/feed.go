package forge

// Change tells that something changed, so that a page can be read again. It carries no content: whoever shows it asks
// as the person who looks.
type Change struct {
	Kind string // issue, comment, pull, push, release, repository, user, installation
	Ref  Ref    // the issue or pull request, Number 0 when the change is about the whole repository
}

// feedBuffer is how many changes wait for a slow subscriber before further ones are dropped for it.
const feedBuffer = 256

// Subscribe returns a channel of changes from now on, and what ends it. A subscriber that lets feedBuffer changes pile up
// loses the later ones: what it then reads makes it look anyway.
func (f *Forge) Subscribe() (changes <-chan Change, cancel func()) {
	ch := make(chan Change, feedBuffer)
	f.feedMu.Lock()
	defer f.feedMu.Unlock()
	f.feed[ch] = struct{}{}
	return ch, func() {
		f.feedMu.Lock()
		defer f.feedMu.Unlock()
		if _, ok := f.feed[ch]; ok {
			delete(f.feed, ch)
			close(ch)
		}
	}
}

func (f *Forge) broadcast(changes []Change) {
	f.feedMu.Lock()
	defer f.feedMu.Unlock()
	for ch := range f.feed {
		for _, c := range changes {
			select {
			case ch <- c:
			default:
			}
		}
	}
}
