package main

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	arrivalRate    = 50 // events a second
	arrivalSeconds = 30
)

// arrival measures how long an event takes from its POST to the endpoint.
func (b *bench) arrival() ([]row, error) { return b.arrivalIn(inSQLite) }

func (b *bench) arrivalIn(h house) ([]row, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	ours, err := b.iozenIn(h)
	if err != nil {
		return nil, err
	}
	bot, err := ours.newBot("arrival", address+"/timed/arrival", true)
	if err != nil {
		return nil, err
	}
	s := newStream(ours, "timed", []string{bot}, arrivalRate)
	if err := s.run(seconds(b.n(arrivalSeconds))); err != nil {
		return nil, err
	}
	took, err := arrived(address, "/timed/arrival", int(s.posted.Load()))
	if err != nil {
		return nil, err
	}
	slices.Sort(took)
	rows := []row{
		{"accept → arrival, " + h.name + ", p50", milliseconds(percentile(took, 0.50)), "—", "—", "< 5 ms"},
		{"accept → arrival, " + h.name + ", p99", milliseconds(percentile(took, 0.99)), "—", "—", "< 25 ms"},
	}
	if err := ours.stop(); err != nil {
		return nil, err
	}
	return rows, endpoint.stop()
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

// stream posts events at a steady rate to bots in turn, each with the time at which it should have been sent: a slow answer
// does not delay the next events.
type stream struct {
	server *iozen
	bots   []string
	rate   int // events a second
	name   string

	client *http.Client
	posted atomic.Int64
	failed atomic.Pointer[error]
}

func newStream(server *iozen, name string, bots []string, rate int) *stream {
	return &stream{
		server: server, name: name, bots: bots, rate: rate,
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	}
}

// run posts for a time.
func (s *stream) run(d time.Duration) error {
	defer s.client.CloseIdleConnections()
	var posting sync.WaitGroup
	gap := time.Second / time.Duration(s.rate)
	began := time.Now()
	for i := 0; time.Duration(i)*gap < d && s.failed.Load() == nil; i++ {
		at := began.Add(time.Duration(i) * gap)
		time.Sleep(time.Until(at))
		posting.Go(func() { s.post(i, at) })
	}
	posting.Wait()
	if err := s.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *stream) post(i int, at time.Time) {
	body := fmt.Appendf(nil, `{"event_name":"Lead","event_id":"%s-%d","user_data":{"email":"user@example.com"},"custom_data":{"sent_ns":%d}}`,
		s.name, at.UnixNano(), at.UnixNano())
	url := s.server.url + "/v1/bots/" + s.bots[i%len(s.bots)] + "/events"
	if err := post(s.client, url, body, s.server.header(), http.StatusAccepted); err != nil {
		s.failed.Store(&err)
		return
	}
	s.posted.Add(1)
}

// arrived waits until all that was posted to a group is there, and returns how long each took.
func arrived(address, path string, want int) ([]time.Duration, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var took []time.Duration
	for range 300 { // the last few may still be under way
		g, err := asked(address, path)
		if err != nil {
			return nil, err
		}
		if took = append(took, g.Took...); len(took) >= want {
			return took, nil
		}
		<-tick.C
	}
	return nil, fmt.Errorf("%d of %d events arrived", len(took), want)
}
