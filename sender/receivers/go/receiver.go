// Receives ioZen events: checks the signature, answers at once, drops duplicates.
//
//	WEBHOOK_SECRET=whsec_… go run receiver.go
package main

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Event is what you need of the payload; there is more in it.
type Event struct {
	Name string `json:"event_name"`
	ID   string `json:"event_id"`
}

// verified checks the signature, which is over the exact bytes of the body.
func verified(key []byte, header http.Header, body []byte) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseUint(timestamp, 10, 40)
	if id == "" || err != nil || time.Since(time.Unix(int64(seconds), 0)).Abs() > 5*time.Minute {
		return false // old or from the future: a replay
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	// While a secret is rotated there are two signatures, separated by a space.
	for _, signature := range strings.Split(header.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(signature), []byte(expected)) {
			return true
		}
	}
	return false
}

// handle is called once per event, after the answer. Put your own work here.
func handle(e Event) { fmt.Println(e.Name, e.ID) }

// work takes the events one by one. In production: a table of your database, with a unique column for event_id.
func work(events <-chan Event) {
	seen := map[string]bool{}
	for e := range events {
		if !seen[e.ID] {
			seen[e.ID] = true
			handle(e)
		}
	}
}

func main() {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("WEBHOOK_SECRET"), "whsec_"))
	if err != nil || len(key) == 0 {
		log.Fatal("WEBHOOK_SECRET is missing") // an empty key would accept forgeries
	}
	events := make(chan Event, 1000)
	go work(events)
	http.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil || !verified(key, r.Header, body) {
			http.Error(w, "wrong signature", http.StatusUnauthorized)
			return
		}
		var e Event
		if err := json.Unmarshal(body, &e); err != nil {
			http.Error(w, "not JSON", http.StatusBadRequest)
			return
		}
		events <- e // ioZen waits 30 s at most, so the work comes after the answer
		fmt.Fprint(w, "ok")
	})
	log.Fatal(http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "3000"), nil))
}
