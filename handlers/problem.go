package handlers

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// problemJSON is a Problem on the wire. It has no type, which RFC 9457 reads as about:blank: the status says what kind of
// problem it is.
type problemJSON struct {
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail,omitempty"`
	Errors  []FieldError   `json:"errors,omitempty"`
	Current *webhookAnswer `json:"current,omitempty"`
}

func writeProblem(w http.ResponseWriter, p *Problem) error {
	body, err := json.Marshal(problemJSON{p.Title, p.Status, p.Detail, p.Errors, p.Current})
	if err != nil {
		return fmt.Errorf("encode problem: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="iozen"`)
	}
	w.WriteHeader(p.Status)
	if _, err := w.Write(body); err != nil {
		return fmt.Errorf("write problem: %w", err)
	}
	return nil
}

// seconds writes a duration for Retry-After in whole seconds, rounded up.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
