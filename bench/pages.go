package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

const (
	sizeRows  = 1_000_000 // deliveries in the log
	smallRows = 10_000    // of the log that it is compared with
	sizeBots  = 100
	pageLooks = 300 // at each page
)

// page is a page of the product with its address on one database.
type page struct{ name, path string }

// pages measures how long pages take with a long log and with a short one. The caller's own time is included.
func (b *bench) pages() ([]row, error) {
	small, err := b.pagesAt(smallRows)
	if err != nil {
		return nil, err
	}
	n := b.n(sizeRows)
	large, err := b.pagesAt(n)
	if err != nil {
		return nil, err
	}
	var rows []row
	for i, l := range large {
		rows = append(rows, slower(fmt.Sprintf("%s at %s deliveries, p99 (limit: at 10,000)", l.name, thousands(n)),
			float64(l.p99), float64(small[i].p99), "< 10 ms"))
	}
	return rows, nil
}

// looked is the times of one page.
type looked struct {
	name string
	p99  time.Duration
}

func (b *bench) pagesAt(n int) ([]looked, error) {
	path, err := b.log(n)
	if err != nil {
		return nil, err
	}
	ours, err := b.iozenOn(path, "IOZEN_RETENTION_DAYS=90")
	if err != nil {
		return nil, err
	}
	maria, err := b.newPerson(ours)
	if err != nil {
		return nil, err
	}
	pages, err := ours.pages()
	if err != nil {
		return nil, err
	}
	var found []looked
	for _, p := range pages {
		took, err := maria.looks(p.path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		found = append(found, looked{p.name, percentile(took, 0.99)})
	}
	return found, ours.stop()
}

// pages are those of a bot in the middle of the list, and of a delivery in the middle of its log.
func (s *iozen) pages() ([]page, error) {
	var bots struct {
		Bots []struct{ ID string }
	}
	if err := s.call(http.MethodGet, "/v1/bots?limit=50", nil, &bots); err != nil {
		return nil, err
	}
	bot := "/bots/" + bots.Bots[len(bots.Bots)/2].ID
	var log struct {
		Deliveries []struct {
			ID      string
			EventID string `json:"event_id"`
		}
	}
	if err := s.call(http.MethodGet, "/v1"+bot+"/deliveries?limit=50", nil, &log); err != nil {
		return nil, err
	}
	d := log.Deliveries[len(log.Deliveries)/2]
	list := bot + "/deliveries"
	email := url.QueryEscape("user-" + d.EventID[len("seeded-"):] + "@example.com")
	return []page{
		{"settings", bot + "/settings/marketing"},
		{"log, first page", list},
		{"log, one status", list + "?status=failed"},
		{"log, one event id", list + "?q=" + url.QueryEscape(d.EventID)},
		{"log, one email", list + "?q=" + email},
		{"log, a rare event name", list + "?event_name=Purchase"},
		{"one delivery", "/deliveries/" + d.ID},
		{"all bots' log, first page", "/deliveries"},
		{"all bots' log, one status", "/deliveries?status=failed"},
		{"all bots' log, one email", "/deliveries?q=" + email},
		{"bots", "/"},
	}, nil
}

// looks opens a page again and again, after a few times that warm up, and returns what it took, sorted.
func (p *person) looks(path string) ([]time.Duration, error) {
	const warm = 20
	var took []time.Duration
	for i := range pageLooks + warm {
		began := time.Now()
		res, err := p.Get(p.server.url + path)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			return nil, err
		}
		if res.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("HTTP %d", res.StatusCode)
		}
		if i >= warm {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	return took, nil
}
