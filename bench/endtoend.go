package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

const endToEndEvents = 40_000

// endToEnd measures events per second from their clients to their endpoint, against a relay that keeps nothing, and the
// floor: 32 clients post them one by one while they are delivered, until the last has arrived.
func (b *bench) endToEnd() ([]row, error) { return b.endToEndIn(inSQLite) }

func (b *bench) endToEndIn(h house) ([]row, error) {
	c := &compared{what: "end to end, " + h.name, events: b.n(endToEndEvents), house: h}
	for round := range rounds {
		if err := b.endToEndRound(c, round); err != nil {
			return nil, err
		}
	}
	b.costs = append(b.costs, c.cost())
	return c.rows("≥ 0.70", "≥ 0.20"), nil
}

func (b *bench) endToEndRound(c *compared, round int) error {
	endpoint, address, err := server("receiver")
	if err != nil {
		return err
	}
	product, err := b.iozenIn(c.house)
	if err != nil {
		return err
	}
	bot, err := product.newBot("end to end", address+"/counted/ours", true)
	if err != nil {
		return err
	}
	var ours, bare taken
	err = ours.measureServer(c.house, product, c.events, users{endpoint}, func() (err error) {
		ours.rate, err = through([]string{product.url + "/v1/bots/" + bot + "/events"}, product.header(), address+"/counted/ours", c.events)
		return err
	})
	if err != nil {
		return err
	}
	if err := product.stop(); err != nil {
		return err
	}
	relay, relayURL, err := server("relay", address+"/counted/relay")
	if err != nil {
		return err
	}
	err = bare.measure(c.events, users{relay}, users{endpoint}, func() (err error) {
		bare.rate, err = through([]string{relayURL}, nil, address+"/counted/relay", c.events)
		return err
	})
	if err != nil {
		return err
	}
	storage, err := b.storage(c.house, "both", product.database, c.events, ours.commits)
	if err != nil {
		return err
	}
	c.add(ours, bare, storage)
	if b.profile != "" && round == rounds-1 {
		if err := printProfile(os.Stdout, b.profileOf(product.database), c.events); err != nil {
			return err
		}
	}
	if err := relay.stop(); err != nil {
		return err
	}
	return endpoint.stop()
}

// through posts events and returns how many a second came through to a group of the receiver.
func through(urls []string, header http.Header, group string, events int) (float64, error) {
	began := time.Now()
	_, err := loadEach(urls, header, events, func(i int64) []byte { return oneEvent(fmt.Sprintf("through-%d", i)) })
	if err != nil {
		return 0, err
	}
	last, err := untilArrived(group, events)
	return float64(events) / last.Sub(began).Seconds(), err
}

// untilArrived waits until so many are there, and returns when the last came.
func untilArrived(group string, want int) (last time.Time, err error) {
	arrived := 0
	for range waits {
		g, err := asked(group, "")
		if err != nil {
			return last, err
		}
		if arrived += g.Arrived; g.Arrived > 0 {
			last = g.LastCame
		}
		if arrived >= want {
			return last, nil
		}
		time.Sleep(waitStep)
	}
	return last, fmt.Errorf("%d of %d events arrived", arrived, want)
}

// untilNothingWaits waits until the outcomes of all deliveries are on disk.
func (s *iozen) untilNothingWaits() error {
	for range waits {
		if n, err := s.metric("iozen_waiting"); n == 0 || err != nil {
			return err
		}
		time.Sleep(waitStep)
	}
	return fmt.Errorf("deliveries still wait after %s", waits*waitStep)
}

// What is waited for is looked for so often, and for so long.
const (
	waitStep = 50 * time.Millisecond
	waits    = 6000
)

// relayRoom is how many events a relay holds; then its clients wait. Ours holds them on disk.
const relayRoom = 1024

// relayChild is the bare loop of end to end: it reads and decodes an event, answers, and posts the same bytes on, as many
// at once as we do.
func relayChild(args []string) error {
	target, client := args[0], &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}}
	taken := make(chan []byte, relayRoom)
	for range concurrency {
		go func() {
			for body := range taken {
				if err := post(client, target, body, nil, http.StatusOK); err != nil {
					fmt.Fprintln(os.Stderr, "relay:", err) // the parent then misses it, and says so
				}
			}
		}()
	}
	return serveChild(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		var event any
		if err == nil {
			err = json.Unmarshal(body, &event)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		taken <- body
		w.WriteHeader(http.StatusAccepted)
	}))
}

// twoServers measures end to end what two servers of one database do together, against one: here both have the processors of
// one machine, so that it shows what sharing costs.
func (b *bench) twoServers(h house) ([]row, error) {
	var one, two []float64
	for range rounds {
		for servers, rates := range map[int]*[]float64{1: &one, 2: &two} {
			rate, err := b.togetherRound(h, servers)
			if err != nil {
				return nil, err
			}
			*rates = append(*rates, rate)
		}
	}
	return []row{rate("end to end, "+h.name+", two servers (limit: one)", median(two), median(one), "≥ 1")}, nil
}

// togetherRound returns how many events a second come through some servers of a new database.
func (b *bench) togetherRound(h house, servers int) (float64, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return 0, err
	}
	all, err := b.together(h, servers)
	if err != nil {
		return 0, err
	}
	urls, err := all.bot(address + "/counted/together")
	if err != nil {
		return 0, err
	}
	rate, err := through(urls, all[0].header(), address+"/counted/together", b.n(endToEndEvents))
	if err != nil {
		return 0, err
	}
	if err := all.stop(); err != nil {
		return 0, err
	}
	return rate, endpoint.stop()
}
