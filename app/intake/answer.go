package intake

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// answer is the body of every response. It ends up in the App's delivery log, where its owner reads it.
type answer struct {
	Message  string `json:"message"`
	Delivery string `json:"delivery,omitempty"`
}

func reply(w http.ResponseWriter, status int, a answer) {
	b, err := json.Marshal(a)
	if err != nil {
		panic(err) // two strings
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(b)+1))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a caller that has gone needs no answer
}

// refuse answers what is wrong with a delivery. The message is fixed text: nothing from the request goes into it.
func (f *front) refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	f.count("refused")
	f.Logger.InfoContext(r.Context(), "delivery refused", "status", status, "reason", message, "from", r.RemoteAddr)
	reply(w, status, answer{Message: message})
}

func (f *front) tooLarge(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close") // what is left of the body is not worth reading
	f.refuse(w, r, http.StatusRequestEntityTooLarge,
		"the delivery is larger than "+strconv.FormatInt(f.MaxBytes, 10)+" bytes; GitHub sends none that is larger than 25 MB")
}
