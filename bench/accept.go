package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	acceptCalls = 40_000
	clients     = 32  // keep-alive connections that post at once
	arraySize   = 100 // events of one call in the second row
)

// accept measures events per second, on disk before the answer, and compares them with a server that only decodes, and with
// the floor; and arrays with single events.
func (b *bench) accept() ([]row, error) { return b.acceptIn(inSQLite) }

func (b *bench) acceptIn(h house) ([]row, error) {
	limit, limitURL, err := server("accept-limit")
	if err != nil {
		return nil, err
	}
	c := &compared{what: "accept, single events, " + h.name, events: b.n(acceptCalls), house: h}
	var arrays []float64
	for round := range rounds {
		a, err := b.acceptRound(c, round, limit, limitURL)
		if err != nil {
			return nil, err
		}
		arrays = append(arrays, a)
	}
	b.costs = append(b.costs, c.cost())
	many := rate("accept, arrays of 100, "+h.name+" (limit: single events)", median(arrays), c.rate(), "≥ 4")
	return append(c.rows("≥ 0.75", "≥ 0.40"), many), limit.stop()
}

// acceptRound is on an empty database, as the floor is. Arrays come after the rest.
func (b *bench) acceptRound(c *compared, round int, limit *process, limitURL string) (arrays float64, err error) {
	product, err := b.iozenIn(c.house)
	if err != nil {
		return 0, err
	}
	bot, err := product.newBot("accept", "", false)
	if err != nil {
		return 0, err
	}
	url := product.url + "/v1/bots/" + bot + "/events"
	var ours, bare taken
	err = ours.measureServer(c.house, product, c.events, nil, func() (err error) {
		ours.rate, err = load(url, product.header(), c.events, func(i int64) []byte { return oneEvent(fmt.Sprintf("single-%d-%d", round, i)) })
		return err
	})
	if err != nil {
		return 0, err
	}
	err = bare.measure(c.events, users{limit}, nil, func() (err error) {
		bare.rate, err = load(limitURL, nil, c.events, func(i int64) []byte { return oneEvent(fmt.Sprintf("limit-%d-%d", round, i)) })
		return err
	})
	if err != nil {
		return 0, err
	}
	storage, err := b.storage(c.house, "accept", product.database, c.events, ours.commits)
	if err != nil {
		return 0, err
	}
	c.add(ours, bare, storage)
	calls, err := load(url, product.header(), b.n(acceptCalls/20), func(i int64) []byte { return array(round, i) })
	if err != nil {
		return 0, err
	}
	return calls * arraySize, product.stop()
}

func array(round int, call int64) []byte {
	events := make([]string, arraySize)
	for i := range events {
		events[i] = string(oneEvent(fmt.Sprintf("array-%d-%d-%d", round, call, i)))
	}
	return []byte("[" + strings.Join(events, ",") + "]")
}

// load makes calls from all clients and returns how many were answered with 202 per second.
func load(url string, header http.Header, calls int, body func(i int64) []byte) (float64, error) {
	return loadEach([]string{url}, header, calls, body)
}

// loadEach is load for several addresses in turn.
func loadEach(urls []string, header http.Header, calls int, body func(i int64) []byte) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var posting sync.WaitGroup
	began := time.Now()
	for range clients {
		posting.Go(func() {
			for i := next.Add(1); i <= int64(calls); i = next.Add(1) {
				if err := post(client, urls[int(i)%len(urls)], body(i), header, http.StatusAccepted); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	posting.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(calls) / time.Since(began).Seconds(), nil
}
