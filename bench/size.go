package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

const (
	queueEvents = 1_000_000
	queueBots   = 10_000
	longQueue   = "/slow/200ms/queue"
)

// size measures a start with a long queue, and memory: of an empty server, and of one with the long queue after it has
// sent for a while.
func (b *bench) size() ([]row, error) {
	idle, err := b.idleMemory()
	if err != nil {
		return nil, err
	}
	events, bots := b.n(queueEvents), b.n(queueBots)
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	queue, err := b.database()
	if err != nil {
		return nil, err
	}
	if err := seed(queue, seedQueue, events, bots, address+longQueue); err != nil {
		return nil, err
	}
	var started []float64
	var most float64
	for range rounds {
		took, memory, err := b.startWith(queue, address)
		if err != nil {
			return nil, err
		}
		started, most = append(started, float64(took)), max(most, memory)
	}
	return []row{
		{fmt.Sprintf("start with %s pending until the first one leaves", thousands(events)), milliseconds(time.Duration(median(started))), "—", "—", "< 1 s"},
		{"memory, idle", megabytes(idle), "—", "—", "< 40 MB"},
		{fmt.Sprintf("memory, %s bots with %s pending, sending for 20 s", thousands(bots), thousands(events)), megabytes(most), "—", "—", "< 200 MB"},
	}, endpoint.stop()
}

// idleMemory is that of an empty server ten seconds after somebody has signed in.
func (b *bench) idleMemory() (float64, error) {
	ours, err := b.iozen()
	if err != nil {
		return 0, err
	}
	if _, err := b.newPerson(ours); err != nil {
		return 0, err
	}
	time.Sleep(seconds(b.n(10)))
	held, err := ours.memory("VmRSS")
	if err != nil {
		return 0, err
	}
	return held, ours.stop()
}

// startWith starts the product on a queue and returns how long the first event took to arrive, and the most memory that
// it held in the time after.
func (b *bench) startWith(queue, address string) (time.Duration, float64, error) {
	path, err := b.copy(queue)
	if err != nil {
		return 0, 0, err
	}
	defer os.Remove(path) // it is large
	ours, err := b.iozenOn(path)
	if err != nil {
		return 0, 0, err
	}
	var most float64
	for range b.n(20) {
		time.Sleep(time.Second)
		held, err := ours.memory("VmRSS")
		if err != nil {
			return 0, 0, err
		}
		most = max(most, held)
	}
	if err := ours.kill(); err != nil { // nothing of this round may arrive in the next
		return 0, 0, err
	}
	seen, err := asked(address, longQueue)
	if err != nil {
		return 0, 0, err
	}
	if seen.Arrived == 0 {
		return 0, 0, fmt.Errorf("nothing has left %d s after the start", b.n(20))
	}
	return seen.FirstCame.Sub(ours.began), most, nil
}

// thousands writes a count with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
