package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"iozen/store/db/sqlite"
)

// taken is what one measured run took. Processor times are microseconds for each event.
type taken struct {
	rate    float64 // events a second
	own     float64 // in the process that is measured
	around  float64 // in those around it, which share the processors: clients, receiver
	commits int     // of ours: how many the events shared
}

// user is what uses processor time.
type user interface{ used() (time.Duration, error) }

// users are several together.
type users []user

func (all users) used() (sum time.Duration, err error) {
	for _, one := range all {
		n, err := one.used()
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// measure runs the work of n events and notes the processor time that it takes: of own, and of what is around it: this
// process, in which clients are, and others.
func (t *taken) measure(n int, own, around users, work func() error) error {
	ownBefore, aroundBefore, err := usedBy(own, around)
	if err != nil {
		return err
	}
	here := processorTime()
	if err := work(); err != nil {
		return err
	}
	here = processorTime() - here
	ownAfter, aroundAfter, err := usedBy(own, around)
	t.own = each(ownAfter-ownBefore, n)
	t.around = each(here+aroundAfter-aroundBefore, n)
	return err
}

// measureServer is measure for the product's server, from one moment at which nothing waits to another.
func (t *taken) measureServer(h house, s *iozen, n int, around users, work func() error) error {
	before, err := s.metric("iozen_commits_total")
	if err != nil {
		return err
	}
	err = t.measure(n, users{s.process, h}, around, func() error {
		if err := work(); err != nil {
			return err
		}
		return s.untilNothingWaits()
	})
	if err != nil {
		return err
	}
	after, err := s.metric("iozen_commits_total")
	t.commits = after - before
	return err
}

func usedBy(own, around users) (o, a time.Duration, err error) {
	if o, err = own.used(); err == nil {
		a, err = around.used()
	}
	return o, a, err
}

// each is the part of one of n events, in microseconds.
func each(of time.Duration, n int) float64 {
	return float64(of) / float64(time.Microsecond) / float64(n)
}

// storage has the bare storage loop write again what the product has written into a database for n events, and returns
// the processor time of one, in microseconds.
func (b *bench) storage(h house, work, rows string, n, commits int) (float64, error) {
	database, migrations, err := b.forFloor(h)
	if err != nil {
		return 0, err
	}
	p, err := start(exec.Command(b.floor, "-database", database, "-migrations", migrations, "-rows", rows, "-work", work,
		"-groups", strconv.Itoa(min(n, commits))))
	if err != nil {
		return 0, err
	}
	if _, err := p.line("writing"); err != nil {
		return 0, err
	}
	before, err := h.used()
	if err != nil {
		return 0, err
	}
	var rate, cost float64
	if err := p.result(&rate, &cost); err != nil {
		return 0, err
	}
	after, err := h.used()
	return cost + each(after-before, n), err
}

// forFloor is an empty database for the bare storage loop, and where its schema is.
func (b *bench) forFloor(h house) (database, migrations string, err error) {
	if h.server != nil {
		database, err = h.server.empty()
		return database, "store/db/postgres/migrations", err
	}
	path := filepath.Join(b.dir, "floor.db")
	for _, suffix := range []string{"", "-wal", "-shm"} { // of the round before
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", "", err
		}
	}
	return sqlite.DSN(path, "rw"), "store/db/sqlite/migrations/sqlite", os.WriteFile(path, nil, 0o600)
}

// floorRate is how many events a second some processors can take that do nothing but the bare loop of HTTP, with what is
// around it, and the bare storage loop.
func floorRate(processors int, bare taken, storage float64) float64 {
	return float64(processors) * 1e6 / (bare.own + bare.around + storage)
}

// compared is one kind of work in several rounds: done by us, by the bare loop of HTTP and by the bare storage loop.
type compared struct {
	what    string
	events  int // of a round
	house   house
	ours    []taken
	bare    []taken
	storage []float64
}

func (c *compared) add(ours, bare taken, storage float64) {
	c.ours, c.bare, c.storage = append(c.ours, ours), append(c.bare, bare), append(c.storage, storage)
}

func (c *compared) rate() float64 { return medianOf(c.ours, func(t taken) float64 { return t.rate }) }

// rows hold our rate against the floor and against the bare loop.
func (c *compared) rows(floorGoal, bareGoal string) []row {
	floors := make([]float64, len(c.bare))
	for i, bare := range c.bare {
		floors[i] = floorRate(runtime.GOMAXPROCS(0), bare, c.storage[i])
	}
	return []row{
		rate(c.what+" (limit: floor)", c.rate(), median(floors), floorGoal),
		rate(c.what+" (limit: bare loop)", c.rate(), medianOf(c.bare, func(t taken) float64 { return t.rate }), bareGoal),
	}
}

// cost is a line of the second table: what an event takes of processor time.
type cost struct{ what, ours, http, storage, ratio, group string }

func (c *compared) cost() cost {
	own := func(t taken) float64 { return t.own }
	ours, http, storage := medianOf(c.ours, own), medianOf(c.bare, own), median(c.storage)
	group := medianOf(c.ours, func(t taken) float64 { return float64(c.events) / float64(max(1, t.commits)) })
	return cost{
		c.what, microseconds(ours), microseconds(http), microseconds(storage),
		fmt.Sprintf("%.2f", (http+storage)/ours), fmt.Sprintf("%.0f", group),
	}
}

func microseconds(n float64) string { return fmt.Sprintf("%.0f µs", n) }
