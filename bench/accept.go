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

// accept measures events per second, on disk before the answer, and compares them with a server that only decodes, and arrays
// with single events.
func (b *bench) accept() ([]row, error) {
	ours, err := b.iozen()
	if err != nil {
		return nil, err
	}
	limit, limitURL, err := server("accept-limit")
	if err != nil {
		return nil, err
	}
	bot, err := ours.newBot("accept", "", false)
	if err != nil {
		return nil, err
	}
	url := ours.url + "/v1/bots/" + bot + "/events"
	var single, decoded, arrays []float64
	for round := range rounds {
		s, err := load(url, ours.header(), b.n(acceptCalls), func(i int64) []byte { return oneEvent(fmt.Sprintf("single-%d-%d", round, i)) })
		if err != nil {
			return nil, err
		}
		d, err := load(limitURL, nil, b.n(acceptCalls), func(i int64) []byte { return oneEvent(fmt.Sprintf("limit-%d-%d", round, i)) })
		if err != nil {
			return nil, err
		}
		a, err := load(url, ours.header(), b.n(acceptCalls/20), func(i int64) []byte { return array(round, i) })
		if err != nil {
			return nil, err
		}
		single, decoded, arrays = append(single, s), append(decoded, d), append(arrays, a*arraySize)
	}
	if err := limit.stop(); err != nil {
		return nil, err
	}
	many := rate("accept, arrays of 100 (limit: single events)", median(arrays), median(single), "≥ 4")
	return []row{rate("accept, single events", median(single), median(decoded), "≥ 0.60"), many}, ours.stop()
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
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var posting sync.WaitGroup
	began := time.Now()
	for range clients {
		posting.Go(func() {
			for i := next.Add(1); i <= int64(calls); i = next.Add(1) {
				if err := post(client, url, body(i), header, http.StatusAccepted); err != nil {
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
