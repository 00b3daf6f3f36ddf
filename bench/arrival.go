package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	arrivalRate   = 50 // events a second
	arrivalEvents = 500
)

// arrival measures how long an event takes from its POST to the endpoint.
func (b *bench) arrival() ([]row, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	ours, err := b.iozen("arrival")
	if err != nil {
		return nil, err
	}
	bot, err := ours.newBot("arrival", address+"/timed", true)
	if err != nil {
		return nil, err
	}
	took, err := b.timeArrivals(ours, bot, address)
	if err != nil {
		return nil, err
	}
	rows := []row{
		{"accept → arrival, p50", milliseconds(percentile(took, 0.50)), "—", "—", "< 5 ms"},
		{"accept → arrival, p99", milliseconds(percentile(took, 0.99)), "—", "—", "< 25 ms"},
	}
	if err := ours.stop(); err != nil {
		return nil, err
	}
	return rows, endpoint.stop()
}

// timeArrivals posts at a steady rate, then asks the endpoint what it saw.
func (b *bench) timeArrivals(ours *iozen, bot, address string) ([]time.Duration, error) {
	tick := time.NewTicker(time.Second / arrivalRate)
	defer tick.Stop()
	for i := range arrivalEvents * rounds {
		<-tick.C
		body := fmt.Appendf(nil, `{"event_name":"Lead","event_id":"timed-%d","custom_data":{"sent_ns":%d}}`, i, time.Now().UnixNano())
		if err := post(http.DefaultClient, ours.url+"/v1/bots/"+bot+"/events", body, ours.header(), http.StatusAccepted); err != nil {
			return nil, err
		}
	}
	for range 100 { // the last few may still be under way
		res, err := http.Get(address)
		if err != nil {
			return nil, err
		}
		var took []time.Duration
		err = json.NewDecoder(res.Body).Decode(&took)
		res.Body.Close()
		if err != nil {
			return nil, err
		}
		if len(took) == arrivalEvents*rounds {
			slices.Sort(took)
			return took, nil
		}
		<-tick.C
	}
	return nil, fmt.Errorf("not all of %d events arrived", arrivalEvents*rounds)
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
