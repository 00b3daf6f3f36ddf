package main

import (
	"fmt"
	"slices"
	"time"
)

const (
	arrivalRate    = 50 // events a second
	arrivalSeconds = 30
)

// arrival measures how long an event takes from its POST to the endpoint.
func (b *bench) arrival() ([]row, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	ours, err := b.iozen()
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
		{"accept → arrival, p50", milliseconds(percentile(took, 0.50)), "—", "—", "< 5 ms"},
		{"accept → arrival, p99", milliseconds(percentile(took, 0.99)), "—", "—", "< 25 ms"},
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
