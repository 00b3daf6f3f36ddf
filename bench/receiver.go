package main

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// receiver is the fast endpoint: it reads and answers 200. It remembers how long the events that carry the moment
// of their sending took to get here.
type receiver struct {
	mu   sync.Mutex
	took []time.Duration
}

func newReceiver() *receiver { return &receiver{} }

// ServeHTTP takes an event, or tells (GET) what it remembers.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	now := time.Now()
	if req.Method == http.MethodGet {
		r.mu.Lock()
		defer r.mu.Unlock()
		_ = json.NewEncoder(w).Encode(r.took) // the parent sees a broken answer
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil || req.URL.Path != "/timed" {
		return
	}
	var event struct {
		CustomData struct {
			SentNS int64 `json:"sent_ns"`
		} `json:"custom_data"`
	}
	if json.Unmarshal(body, &event) == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.took = append(r.took, now.Sub(time.Unix(0, event.CustomData.SentNS)))
	}
}

// decodeOnly is the limit of accepting: the same body read and decoded, nothing kept.
func decodeOnly(w http.ResponseWriter, req *http.Request) {
	var event any
	if err := json.NewDecoder(req.Body).Decode(&event); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
