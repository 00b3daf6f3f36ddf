package main

import (
	"fmt"
	"slices"
	"time"
)

const (
	noisyBots    = 1000
	noisyHanging = 100
	noisyRate    = 200 // events a second, spread evenly
	noisyWarmUp  = 6   // seconds: each bot has had its first event
	noisySeconds = 20
)

// noisy measures how much bots whose endpoints hang slow down those whose endpoints answer.
func (b *bench) noisy() ([]row, error) { return b.noisyIn(inSQLite) }

func (b *bench) noisyIn(h house) ([]row, error) {
	var none, some []float64
	for range rounds {
		n, err := b.noisyRound(h, "/timed/others")
		if err != nil {
			return nil, err
		}
		s, err := b.noisyRound(h, "/hang")
		if err != nil {
			return nil, err
		}
		none, some = append(none, n), append(some, s)
	}
	return []row{slower("noisy neighbours, "+h.name+": p99 of 900 bots, 100 hang (limit: none hangs)", median(some), median(none), "≤ 1.5")}, nil
}

// noisyRound returns the p99 of the healthy bots, in nanoseconds, while the others have the given endpoint.
func (b *bench) noisyRound(h house, others string) (float64, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return 0, err
	}
	ours, err := b.iozenIn(h)
	if err != nil {
		return 0, err
	}
	var bots []string
	for i := range b.n(noisyBots) {
		target := "/timed/healthy"
		if i < b.n(noisyHanging) {
			target = others
		}
		bot, err := ours.newBot(fmt.Sprintf("bot %d", i), address+target, true)
		if err != nil {
			return 0, err
		}
		bots = append(bots, bot)
	}
	p99, err := streamed(ours, bots, noisyRate, address, "/timed/healthy", seconds(b.n(noisyWarmUp)), seconds(b.n(noisySeconds)))
	if err != nil {
		return 0, err
	}
	if err := ours.kill(); err != nil { // a clean stop would wait for those that hang
		return 0, err
	}
	return p99, endpoint.stop()
}

// streamed posts at a steady rate and returns the p99 of what arrived in a group after the warm-up.
func streamed(ours *iozen, bots []string, rate int, address, group string, warmUp, d time.Duration) (float64, error) {
	s := newStream(ours, "steady", bots, rate)
	if err := s.run(warmUp); err != nil {
		return 0, err
	}
	time.Sleep(500 * time.Millisecond)
	if _, err := asked(address, group); err != nil { // forgets what came until now
		return 0, err
	}
	if err := s.run(d); err != nil {
		return 0, err
	}
	time.Sleep(time.Second) // a healthy bot needs milliseconds: what has not arrived by now was not delivered in time
	g, err := asked(address, group)
	if err != nil {
		return 0, err
	}
	if len(g.Took) == 0 {
		return 0, fmt.Errorf("nothing arrived in %s", group)
	}
	slices.Sort(g.Took)
	return float64(percentile(g.Took, 0.99)), nil
}
