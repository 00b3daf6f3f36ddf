package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// receiver is an endpoint of every kind, by path:
//
//	/                 takes the event and answers at once
//	/counted/GROUP    the same, and remembers how many came, and when the last did
//	/timed/GROUP      the same, and remembers how long the event took to get here
//	/slow/20ms/GROUP  as timed, and answers after that time
//	/hang             answers after longer than anyone waits
//	/switch           503 until it is switched on; remembers what comes in the second after that
//
// Asked with GET, the address of a group answers what it remembers, and forgets it.
type receiver struct {
	mu     sync.Mutex
	groups map[string]*group
	onAt   time.Time // of /switch
}

// group is what one group of events has shown.
type group struct {
	Took        []time.Duration // from its sending, which is noted in the event, to here
	Arrived     int
	Most        int // under way at once
	now         int
	FirstCame   time.Time
	FirstSecond int // arrived within a second of the first one
	LastCame    time.Time
}

func newReceiver() *receiver { return &receiver{groups: map[string]*group{}} }

// hangFor outlasts our 30 s.
const hangFor = 40 * time.Second

// ServeHTTP takes an event, or answers (GET) with what it remembers.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	now := time.Now()
	kind, rest, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	switch {
	case req.Method == http.MethodGet:
		r.recall(w, req.URL.Path)
		return
	case req.Method == http.MethodPut:
		r.mu.Lock()
		r.onAt = now
		r.mu.Unlock()
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	switch kind {
	case "counted":
		r.counted(req.URL.Path, now)
	case "hang":
		wait(req, hangFor)
	case "timed":
		r.came(req.URL.Path, body, now)
		r.left(req.URL.Path)
	case "slow":
		r.came(req.URL.Path, body, now)
		pause, _, _ := strings.Cut(rest, "/")
		if d, err := time.ParseDuration(pause); err == nil {
			wait(req, d)
		}
		r.left(req.URL.Path)
	case "switch":
		r.switched(w, req, body, now)
	}
}

func wait(req *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-req.Context().Done():
	}
}

// switched refuses while off. On, it answers after the time that a common endpoint needs.
func (r *receiver) switched(w http.ResponseWriter, req *http.Request, body []byte, now time.Time) {
	r.mu.Lock()
	on := !r.onAt.IsZero()
	r.mu.Unlock()
	if !on {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	r.came(req.URL.Path, body, now)
	wait(req, 20*time.Millisecond)
	r.left(req.URL.Path)
}

func (r *receiver) came(path string, body []byte, now time.Time) {
	var event struct {
		CustomData struct {
			SentNS int64 `json:"sent_ns"`
		} `json:"custom_data"`
	}
	_ = json.Unmarshal(body, &event) // one of ours, or without a time
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.groups[path]
	if g == nil {
		g = &group{FirstCame: now}
		r.groups[path] = g
	}
	g.Arrived++
	g.now++
	g.Most = max(g.Most, g.now)
	if now.Sub(g.FirstCame) < time.Second {
		g.FirstSecond++
	}
	if event.CustomData.SentNS > 0 {
		g.Took = append(g.Took, now.Sub(time.Unix(0, event.CustomData.SentNS)))
	}
}

func (r *receiver) counted(path string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.groups[path]
	if g == nil {
		g = &group{}
		r.groups[path] = g
	}
	g.Arrived++
	g.LastCame = now
}

func (r *receiver) left(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g := r.groups[path]; g != nil {
		g.now--
	}
}

func (r *receiver) recall(w io.Writer, path string) {
	r.mu.Lock()
	g := r.groups[path]
	delete(r.groups, path)
	r.mu.Unlock()
	if g == nil {
		g = &group{}
	}
	_ = json.NewEncoder(w).Encode(g) // the parent sees a broken answer
}

// asked reads what a receiver remembers of a group; what it took is sorted.
func asked(address, path string) (g group, err error) {
	res, err := http.Get(address + path)
	if err != nil {
		return g, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&g); err != nil {
		return g, fmt.Errorf("asking %s: %w", path, err)
	}
	slices.Sort(g.Took)
	return g, nil
}

// decodeOnly is the limit for accepting: it reads and decodes the same body, and stores nothing.
func decodeOnly(w http.ResponseWriter, req *http.Request) {
	var event any
	if err := json.NewDecoder(req.Body).Decode(&event); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
