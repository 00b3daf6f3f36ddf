package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const comebackEvents = 100_000

// comeback measures how many requests an endpoint with a long queue gets in the second in which it works again.
func (b *bench) comeback() ([]row, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	path, err := b.database()
	if err != nil {
		return nil, err
	}
	if _, err := b.fill(path, address+"/switch", strconv.Itoa(b.n(comebackEvents))); err != nil {
		return nil, err
	}
	ours, err := b.iozenOn(path)
	if err != nil {
		return nil, err
	}
	time.Sleep(seconds(b.n(10))) // it fails for a while
	on, err := http.NewRequest(http.MethodPut, address+"/switch", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(on)
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	time.Sleep(3 * time.Second)
	g, err := asked(address, "/switch")
	if err != nil {
		return nil, err
	}
	rows := []row{
		{"back with 100,000 pending: most requests at once", strconv.Itoa(g.Most), strconv.Itoa(concurrency), fmt.Sprintf("%.2f", float64(g.Most)/concurrency), "≤ 1"},
		// An answer takes 20 ms, so its bound would be reached with 50 answers a second for each of 64.
		{"back with 100,000 pending: arrivals in the first second", strconv.Itoa(g.FirstSecond), strconv.Itoa(50 * concurrency), fmt.Sprintf("%.2f", float64(g.FirstSecond)/(50*concurrency)), "≤ 1"},
	}
	if err := ours.kill(); err != nil {
		return nil, err
	}
	return rows, endpoint.stop()
}
