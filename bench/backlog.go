package main

import (
	"fmt"
	"strconv"
)

const (
	backlogEvents  = 200_000
	backlogBots    = 100 // one event a second each
	backlogWarmUp  = 3
	backlogSeconds = 15
)

// backlog measures how much one bot's long queue slows down bots that have little to send. The endpoint answers after 20 ms,
// so that the queue lasts as long as the measurement.
func (b *bench) backlog() ([]row, error) {
	var without, with []float64
	for range rounds {
		n, err := b.backlogRound(0)
		if err != nil {
			return nil, err
		}
		s, err := b.backlogRound(b.n(backlogEvents))
		if err != nil {
			return nil, err
		}
		without, with = append(without, n), append(with, s)
	}
	return []row{slower("one bot with 200,000 queued: p99 of 100 others (limit: without it)", median(with), median(without), "≤ 1.5")}, nil
}

func (b *bench) backlogRound(queued int) (float64, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return 0, err
	}
	path, err := b.database()
	if err != nil {
		return 0, err
	}
	if _, err := b.fill(path, address+"/slow/20ms/backlog", strconv.Itoa(queued)); err != nil {
		return 0, err
	}
	ours, err := b.iozenOn(path)
	if err != nil {
		return 0, err
	}
	var bots []string
	for i := range b.n(backlogBots) {
		bot, err := ours.newBot(fmt.Sprintf("bot %d", i), address+"/timed/others", true)
		if err != nil {
			return 0, err
		}
		bots = append(bots, bot)
	}
	p99, err := streamed(ours, bots, len(bots), address, "/timed/others", seconds(b.n(backlogWarmUp)), seconds(b.n(backlogSeconds)))
	if err != nil {
		return 0, err
	}
	if err := ours.kill(); err != nil {
		return 0, err
	}
	return p99, endpoint.stop()
}
