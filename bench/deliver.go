package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"iozen/sender/attempt"
	"iozen/sender/engine"
	"iozen/sender/outcome"
	"iozen/sender/target"
	"iozen/store"
	"iozen/store/db"
)

const (
	deliverEvents = 50_000
	// concurrency is the number of requests under way at once, for ioZen and for the limit.
	concurrency = 64
)

// deliver measures events per second to one fast endpoint, and compares them with a bare client loop, and with the floor.
func (b *bench) deliver() ([]row, error) { return b.deliverIn(inSQLite) }

func (b *bench) deliverIn(h house) ([]row, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	c := &compared{what: "deliver, " + h.name, events: b.n(deliverEvents), house: h}
	for range rounds {
		if err := b.deliverRound(c, endpoint, address); err != nil {
			return nil, err
		}
	}
	b.costs = append(b.costs, c.cost())
	return c.rows(h.floorGoal, h.bareGoal), endpoint.stop()
}

func (b *bench) deliverRound(c *compared, endpoint *process, address string) error {
	n := strconv.Itoa(c.events)
	source, err := c.house.database(b)
	if err != nil {
		return err
	}
	if _, err := b.fill(source, address, n); err != nil {
		return err
	}
	var ours, bare taken
	var inChild float64 // the processor time of an event in the process that does the work
	err = ours.measure(c.events, users{c.house}, users{endpoint}, func() error {
		return result([]any{&ours.rate, &inChild, &ours.commits}, "deliver", source, n)
	})
	if err != nil {
		return err
	}
	ours.own += inChild
	err = bare.measure(c.events, nil, users{endpoint}, func() error {
		return result([]any{&bare.rate, &inChild}, "post-loop", address, n)
	})
	if err != nil {
		return err
	}
	bare.own = inChild
	storage, err := b.storage(c.house, "deliver", source, c.events, ours.commits)
	c.add(ours, bare, storage)
	return err
}

// oneEvent is an event of about 600 bytes, as an endpoint gets it.
func oneEvent(id string) []byte {
	return fmt.Appendf(nil, `{"event_name":"Lead","event_id":%q,"event_time":"2026-03-05T12:00:00.000Z","source":"iozen","action_source":"website",`+
		`"user_data":{"email":"user@example.com","phone":"+1234567890","first_name":"Jane","last_name":"Doe","external_id":"submission-%s"},`+
		`"custom_data":{"value":100,"currency":"USD","content_name":"Lead","utm_source":"google","utm_medium":"cpc","utm_campaign":"spring-roof",`+
		`"gclid":"EAIaIQobChMI8Z-Vw5m8_AIVkQitBh0aXQ1bEAAYASAAEgK0wPD_BwE"},`+
		`"source_url":"https://example.com/landing-page?utm_source=google&utm_medium=cpc&utm_campaign=spring-roof"}`, id, id)
}

// deliverChild lets the real engine and client empty a filled database. Its clock runs from the start of the
// engine to the last attempt on disk.
func deliverChild(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	ctx := context.Background()
	db, err := openStore(ctx, args[0])
	if err != nil {
		return err
	}
	allow, err := target.ParseAllow("127.0.0.0/8")
	if err != nil {
		return err
	}
	client := attempt.NewClient(attempt.ClientConfig{Allow: allow, Version: "bench", Now: time.Now})
	settled := &counted{DB: db, done: make(chan struct{})}
	settled.left.Store(int64(n))
	engine := engine.NewEngine(engine.EngineConfig{
		Queue: settled, Client: client, Schedule: outcome.DefaultSchedule, Now: time.Now, Jitter: rand.Float64,
		Log: slog.New(slog.DiscardHandler), MaxInFlightPerWebhook: concurrency,
	})
	began, used, commits := time.Now(), processorTime(), db.Commits()
	if err := engine.Start(ctx); err != nil {
		return err
	}
	<-settled.done
	fmt.Printf("result %f %f %d\n", float64(n)/time.Since(began).Seconds(), each(processorTime()-used, n), db.Commits()-commits)
	err = engine.Stop(ctx)
	client.Close()
	return errors.Join(err, db.Close())
}

// counted is a store that signals when the last delivery is settled.
type counted struct {
	*db.DB
	left atomic.Int64
	done chan struct{}
}

// Settle passes on and counts what is on disk.
func (c *counted) Settle(ctx context.Context, s store.Settlement) (store.Health, error) {
	health, err := c.DB.Settle(ctx, s)
	if err == nil && s.Status == store.Delivered && c.left.Add(-1) == 0 {
		close(c.done)
	}
	return health, err
}

// postLoopChild is the limit: only net/http.
func postLoopChild(args []string) error {
	target := args[0]
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}}
	body := oneEvent("limit")
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var posting sync.WaitGroup
	began, used := time.Now(), processorTime()
	for range concurrency {
		posting.Go(func() {
			for next.Add(1) <= int64(n) {
				if err := post(client, target, body, nil, http.StatusOK); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	posting.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	fmt.Printf("result %f %f\n", float64(n)/time.Since(began).Seconds(), each(processorTime()-used, n))
	return nil
}

// post makes one POST and requires its status.
func post(client *http.Client, target string, body []byte, header http.Header, want int) error {
	req, err := http.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if header != nil {
		req.Header = header.Clone()
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != want {
		return &statusError{target, res.StatusCode, string(said)}
	}
	return nil
}

// statusError is an answer other than the one that was wanted.
type statusError struct {
	target string
	status int
	said   string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s: HTTP %d: %s", e.target, e.status, e.said)
}
