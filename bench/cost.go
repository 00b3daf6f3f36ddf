package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"

	"iozen/store"
)

const costEvents = 30_000

// cost measures the processor time that the store needs to accept and deliver one event, with a long log and with a short
// one. The events belong to many bots in turn and have random ids, so that each changes different pages.
func (b *bench) cost() ([]row, error) {
	n := b.n(sizeRows)
	var short, long []float64
	for range rounds {
		s, err := b.costAt(smallRows)
		if err != nil {
			return nil, err
		}
		l, err := b.costAt(n)
		if err != nil {
			return nil, err
		}
		short, long = append(short, s), append(long, l)
	}
	ours, limit := median(long), median(short)
	return []row{{
		fmt.Sprintf("cost of one event at %s log rows, %d bots (limit: at 10,000)", thousands(n), sizeBots),
		fmt.Sprintf("%.0f µs", ours), fmt.Sprintf("%.0f µs", limit), fmt.Sprintf("%.2f", ours/limit), "≤ 1.2",
	}}, nil
}

// costAt measures on a copy, so that the events of one round do not lengthen the log of the next.
func (b *bench) costAt(n int) (float64, error) {
	log, err := b.log(n)
	if err != nil {
		return 0, err
	}
	path, err := b.copy(log)
	if err != nil {
		return 0, err
	}
	defer os.Remove(path) // it is large
	var cost float64
	return cost, result([]any{&cost}, "cost", path)
}

func costChild(args []string) error {
	ctx := context.Background()
	db, err := openStore(ctx, args[0])
	if err != nil {
		return err
	}
	page, err := db.BotNames(ctx, store.BotFilter{Limit: sizeBots})
	if err != nil {
		return err
	}
	s := &seeder{db: db, clock: time.Now}
	for _, bot := range page.Bots {
		s.bots = append(s.bots, bot.ID)
	}
	events, err := s.events(costEvents)
	if err != nil {
		return err
	}
	for i := range events {
		events[i].EventID = uuid.NewString()
	}
	before := processorTime()
	if err := s.acceptEach(ctx, events); err != nil {
		return err
	}
	if err := s.deliverAll(ctx); err != nil {
		return err
	}
	fmt.Printf("result %f\n", float64((processorTime()-before).Microseconds())/costEvents)
	return db.Close()
}

// acceptEach accepts events one by one, from many goroutines, of the bots in turn.
func (s *seeder) acceptEach(ctx context.Context, events []store.NewDelivery) error {
	var next atomic.Int64
	var accepting sync.WaitGroup
	failed := make([]error, 64)
	for side := range failed {
		accepting.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(events)) && failed[side] == nil; i = next.Add(1) - 1 {
				_, failed[side] = s.db.Accept(ctx, s.bots[int(i)%len(s.bots)], events[i:i+1])
			}
		})
	}
	accepting.Wait()
	return errors.Join(failed...)
}

// deliverAll claims and settles all waiting events, all bots at once, as the engine does.
func (s *seeder) deliverAll(ctx context.Context) error {
	var delivering sync.WaitGroup
	failed := make([]error, len(s.bots))
	for i, bot := range s.bots {
		delivering.Go(func() {
			for range (costEvents/len(s.bots) + 31) / 32 {
				failed[i] = errors.Join(failed[i], s.settleAll(ctx, bot, 32))
			}
		})
	}
	delivering.Wait()
	return errors.Join(failed...)
}

func processorTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // cannot fail for this process
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
