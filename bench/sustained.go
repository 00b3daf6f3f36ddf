package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	sustainedMinutes = 10
	// A transaction that somebody forgot is open from one minute on, until another: what is outdated cannot be removed meanwhile.
	forgottenFrom, forgottenUntil = 4, 9
	// sustainedBacklog is how many events may wait before the clients pause: they are as fast as what is sent, not as what is accepted.
	sustainedBacklog = 20_000
	// burst arrays come every burstEvery.
	burst, burstEvery = 4, 2 * time.Second
)

// sustained measures what events cost PostgreSQL in the long run: two servers accept and deliver as many as they can, for ten
// minutes.
func (b *bench) sustained() (rows []row, err error) {
	cluster, err := startCluster("shared_preload_libraries=pg_stat_statements")
	if err != nil {
		return nil, err
	}
	defer cluster.Stop()
	h := house{name: "PostgreSQL", server: cluster}
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	all, err := b.together(h, 2)
	if err != nil {
		return nil, err
	}
	urls, err := all.bot(address + "/counted/sustained")
	if err != nil {
		return nil, err
	}
	before, err := cluster.footprint(all)
	if err != nil {
		return nil, err
	}
	var rates []float64
	var claim time.Duration
	events := 0
	for minute := range sustainedMinutes {
		if minute == forgottenFrom {
			if err := cluster.forget(all[0].database); err != nil {
				return nil, err
			}
		}
		if minute == forgottenUntil {
			if err := cluster.recall(); err != nil {
				return nil, err
			}
		}
		if minute == forgottenUntil-1 {
			if err := cluster.countClaims(); err != nil {
				return nil, err
			}
		}
		began := time.Now()
		n, err := all.postFor(urls, minute, seconds(b.n(60)))
		if err != nil {
			return nil, err
		}
		events += n
		rates = append(rates, float64(n)/time.Since(began).Seconds())
		if minute == forgottenUntil-1 {
			if claim, err = cluster.eachClaim(); err != nil {
				return nil, err
			}
		}
	}
	if _, err := untilArrived(address+"/counted/sustained", events); err != nil {
		return nil, err
	}
	if err := all[0].untilNothingWaits(); err != nil {
		return nil, err
	}
	after, err := cluster.footprint(all)
	if err != nil {
		return nil, err
	}
	of := func(what, each string) row { return row{"of each event: " + what, each, "—", "—", "—"} }
	bytes := func(n int64) string { return fmt.Sprintf("%d bytes", n/int64(events)) }
	rows = []row{
		rate(fmt.Sprintf("%d minutes, two servers, %d events: the last minute (limit: the first)", sustainedMinutes, events), rates[sustainedMinutes-1], rates[0], "—"),
		rate("the fifth minute of a transaction left open (limit: the minute before it)", rates[forgottenUntil-1], rates[forgottenFrom-1], "—"),
		{"what a claim asks of PostgreSQL, in that minute, mean", milliseconds(claim), "—", "—", "< 5 ms"},
		of("tables and indexes", bytes(after.size-before.size)),
		of("write-ahead log", bytes(after.log-before.log)),
		of("processor time of PostgreSQL", microseconds(each(after.database-before.database, events))),
		of("processor time of both servers", microseconds(each(after.servers-before.servers, events))),
	}
	if err := all.stop(); err != nil {
		return nil, err
	}
	return rows, endpoint.stop()
}

// postFor posts single events to servers in turn, from all clients, and now and then arrays, and returns how many events. Clients
// pause while too many wait.
func (all servers) postFor(urls []string, part int, d time.Duration) (int, error) {
	ctx, stop := context.WithTimeout(context.Background(), d)
	defer stop()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var next, waiting atomic.Int64
	var failed atomic.Pointer[error]
	fail := func(err error) { failed.Store(&err); stop() }
	var working sync.WaitGroup
	working.Go(func() {
		for ctx.Err() == nil {
			n, err := all[0].metric("iozen_waiting")
			if err != nil {
				fail(err)
			}
			waiting.Store(int64(n))
			time.Sleep(waitStep)
		}
	})
	for range clients {
		working.Go(func() {
			for ctx.Err() == nil {
				if waiting.Load() > sustainedBacklog {
					time.Sleep(waitStep)
					continue
				}
				i := next.Add(1)
				if err := post(client, urls[int(i)%len(urls)], oneEvent(fmt.Sprintf("sustained-%d-%d", part, i)), all[0].header(), http.StatusAccepted); err != nil {
					fail(err)
				}
			}
		})
	}
	var arrays atomic.Int64
	for range burst { // more at once than can be sent at once: what is left has to be claimed
		working.Go(func() {
			for ; ctx.Err() == nil; time.Sleep(burstEvery) {
				i := arrays.Add(1)
				if err := post(client, urls[int(i)%len(urls)], array(part, i), all[0].header(), http.StatusAccepted); err != nil {
					fail(err)
				}
			}
		})
	}
	working.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return int(next.Load() + arrays.Load()*arraySize), nil
}

// forget begins a transaction that sees the database as it is now, and leaves it open.
func (c *cluster) forget(database string) (err error) {
	ctx := context.Background()
	if c.forgotten, err = pgx.Connect(ctx, database); err != nil {
		return err
	}
	_, err = c.forgotten.Exec(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT COUNT(*) FROM bots`)
	return err
}

// recall ends it.
func (c *cluster) recall() error { return c.forgotten.Close(context.Background()) }

// countClaims begins to count what claims take.
func (c *cluster) countClaims() error {
	return c.Do(`CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()`)
}

// eachClaim is how long PostgreSQL has run the statements of a claim since then, for each: what is due (before and after), the
// deliveries, and marking them.
func (c *cluster) eachClaim() (time.Duration, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.Super())
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(ctx) }()
	var ms float64
	err = conn.QueryRow(ctx, `SELECT SUM(total_exec_time) / SUM(calls) FILTER (WHERE query ~ 'ORDER BY d.due_at LIMIT') FROM pg_stat_statements
		WHERE query ~ '^SELECT \(SELECT MIN\(due_at\)' OR query ~ 'ORDER BY d.due_at LIMIT' OR query ~ 'claim_token = claim_token \+'`).Scan(&ms)
	return time.Duration(ms * float64(time.Millisecond)), err
}

// footprint is what a database has used until now.
type footprint struct {
	size, log         int64 // bytes
	database, servers time.Duration
}

func (c *cluster) footprint(all servers) (f footprint, err error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, all[0].database)
	if err != nil {
		return f, err
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := conn.QueryRow(ctx, `SELECT pg_database_size(current_database()), (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint`).Scan(&f.size, &f.log); err != nil {
		return f, err
	}
	if f.database, err = c.used(); err != nil {
		return f, err
	}
	for _, one := range all {
		n, err := one.used()
		if err != nil {
			return f, err
		}
		f.servers += n
	}
	return f, nil
}

// servers serve one database.
type servers []*iozen

// together starts servers on a new database.
func (b *bench) together(h house, n int) (all servers, err error) {
	source, err := h.database(b)
	if err != nil {
		return nil, err
	}
	for range n {
		one, err := b.iozenOn(source)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// bot makes a bot, and returns where each server takes its events.
func (all servers) bot(target string) (urls []string, err error) {
	bot, err := all[0].newBot("together", target, true)
	for _, one := range all {
		urls = append(urls, fmt.Sprintf("%s/v1/bots/%s/events", one.url, bot))
	}
	return urls, err
}

func (all servers) stop() error {
	for _, one := range all {
		if err := one.process.stop(); err != nil {
			return err
		}
	}
	return nil
}
