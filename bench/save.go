package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const saves = 2000

// save measures one auto-save: a field of the settings page, from its request to the answer, commit included. The
// caller's own time is included.
func (b *bench) save() ([]row, error) {
	path, err := b.database()
	if err != nil {
		return nil, err
	}
	ours, err := b.iozenOn(path)
	if err != nil {
		return nil, err
	}
	bot, err := ours.newBot("save", "", false)
	if err != nil {
		return nil, err
	}
	maria, err := b.newPerson(ours, path)
	if err != nil {
		return nil, err
	}
	took, err := maria.types(bot, b.n(saves))
	if err != nil {
		return nil, err
	}
	slices.Sort(took)
	return []row{
		{"one auto-save, commit included, p50", milliseconds(percentile(took, 0.50)), "—", "—", "—"},
		{"one auto-save, commit included, p99", milliseconds(percentile(took, 0.99)), "—", "—", "< 5 ms"},
	}, ours.stop()
}

// types saves a URL again and again, one character longer each time, as a page does when a person pauses after each key.
func (p *person) types(bot string, times int) ([]time.Duration, error) {
	took := make([]time.Duration, 0, times)
	version := int64(1)
	for i := range times {
		form := url.Values{
			"field": {"url"}, "url": {"https://crm.example.com/" + strconv.Itoa(i)}, "base": {strconv.FormatInt(version, 10)},
			"tab": {"bench"}, "seq": {strconv.Itoa(i + 1)}, "run": {strconv.Itoa(i / 10)},
		}
		began := time.Now()
		res, err := p.post("/bots/"+bot+"/webhook/fields", form)
		if err != nil {
			return nil, err
		}
		var answer struct{ Version int64 }
		err = errors.Join(json.NewDecoder(res.Body).Decode(&answer), res.Body.Close())
		took = append(took, time.Since(began))
		if err != nil || res.StatusCode != http.StatusOK {
			return nil, errors.Join(fmt.Errorf("saving: HTTP %d", res.StatusCode), err)
		}
		version = answer.Version
	}
	return took, nil
}
