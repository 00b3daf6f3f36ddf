package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const (
	choiceEvents = 10_000
	choicePairs  = 5 // of a plain round and one with a choice, one right after the other
	matchCounts  = 200
	matchEvents  = 200 // that a filter is counted over
)

// choice is something that a webhook does besides, compared with one that does not.
type choice struct {
	what, goal string
	webhooks   []map[string]any // beyond its URL, of each webhook of the bot
	// judge makes a ratio of the processor times of an event, with the choice and without.
	judge func(with, without float64) float64
}

func slowdownOf(with, without float64) float64 { return with / without }

func speedOf(with, without float64) float64 { return without / with }

// ownTemplate is a body such as people write for a CRM.
const ownTemplate = `{"properties":{"email":"{{user_data.email | trim | lower}}","phone":"{{user_data.phone | digits}}","firstname":"{{user_data.first_name}}","lastname":"{{user_data.last_name}}",` +
	`"amount":"{{custom_data.value}}","currency":"{{custom_data.currency | default:'EUR'}}","hs_source":"{{source_url.query.utm_source}}","note":"New {{event_name}} from {{user_data.first_name}}"}}`

func choices() []choice {
	var ten []any
	for i := range 10 {
		ten = append(ten, map[string]any{"field": "custom_data.utm_campaign", "op": "is_not", "value": "another-" + strconv.Itoa(i)})
	}
	one := []any{map[string]any{"field": "custom_data.value", "op": "gt", "value": 10}}
	return []choice{
		{"an event to two endpoints (limit: to one)", "< 2", []map[string]any{{}, {}}, slowdownOf},
		{"a format of one's own, speed (limit: the documented payload)", "≥ 0.9", []map[string]any{{"format": map[string]any{"type": "json", "template": ownTemplate}}}, speedOf},
		{"flat keys as form fields, speed (limit: the documented payload)", "≥ 0.9", []map[string]any{{"format": map[string]any{"type": "flat", "encoding": "form"}}}, speedOf},
		{"a filter of one condition (limit: none)", "—", []map[string]any{{"filter": map[string]any{"match": "all", "conditions": one}}}, slowdownOf},
		{"a filter of ten conditions (limit: none)", "—", []map[string]any{{"filter": map[string]any{"match": "all", "conditions": ten}}}, slowdownOf},
	}
}

// choices measures what an event costs our process from its POST to the record of its attempts, when its webhook does something
// besides, and when it does not. Rounds are taken in pairs, and processor time is counted, so that other work on the machine
// disturbs both alike.
func (b *bench) choices() ([]row, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	product, err := b.iozen()
	if err != nil {
		return nil, err
	}
	plain := choice{webhooks: []map[string]any{{}}}
	var rows []row
	for _, c := range choices() {
		var with, without, ratios []float64
		for pair := range choicePairs {
			other, err := b.choiceRound(product, address, plain, fmt.Sprintf("plain-%s-%d", c.what, pair))
			if err != nil {
				return nil, err
			}
			own, err := b.choiceRound(product, address, c, fmt.Sprintf("%s-%d", c.what, pair))
			if err != nil {
				return nil, err
			}
			with, without, ratios = append(with, own), append(without, other), append(ratios, c.judge(own, other))
		}
		rows = append(rows, row{
			c.what, microseconds(median(with)), microseconds(median(without)), fmt.Sprintf("%.2f", median(ratios)), c.goal,
		})
	}
	counted, err := b.matches(product, address)
	if err != nil {
		return nil, err
	}
	return append(rows, counted), errors.Join(product.stop(), endpoint.stop())
}

// choiceRound sends events through a new bot, and returns the processor time that one took of our process.
func (b *bench) choiceRound(product *iozen, address string, c choice, name string) (float64, error) {
	bot, err := product.newBot("choice", "", false)
	if err != nil {
		return 0, err
	}
	group := address + "/counted/" + url.PathEscape(name)
	for i, more := range c.webhooks {
		settings := map[string]any{"enabled": true, "url": group}
		for key, value := range more {
			settings[key] = value
		}
		call, path := http.MethodPut, "/v1/bots/"+bot+"/webhook"
		if i > 0 {
			call, path = http.MethodPost, "/v1/bots/"+bot+"/webhooks"
		}
		if err := product.call(call, path, settings, nil); err != nil {
			return 0, err
		}
	}
	events := b.n(choiceEvents)
	var took taken
	err = took.measureServer(inSQLite, product, events, nil, func() error {
		if _, err := load(product.url+"/v1/bots/"+bot+"/events", product.header(), events, func(i int64) []byte { return oneEvent(fmt.Sprintf("choice-%d", i)) }); err != nil {
			return err
		}
		_, err := untilArrived(group, events*len(c.webhooks))
		return err
	})
	return took.own, err
}

// matches measures "Of the last 200 events N match", from the request to its answer.
func (b *bench) matches(product *iozen, address string) (row, error) {
	bot, err := product.newBot("matches", address+"/", true)
	if err != nil {
		return row{}, err
	}
	if _, err := load(product.url+"/v1/bots/"+bot+"/events", product.header(), matchEvents, func(i int64) []byte { return oneEvent(fmt.Sprintf("match-%d", i)) }); err != nil {
		return row{}, err
	}
	if err := product.untilNothingWaits(); err != nil {
		return row{}, err
	}
	maria, err := b.newPerson(product)
	if err != nil {
		return row{}, err
	}
	form := url.Values{"only_match": {"all"}}
	for range 10 {
		form.Add("only_field", "custom_data.value")
		form.Add("only_op", "gt")
		form.Add("only_value", "10")
	}
	var took []time.Duration
	for range b.n(matchCounts) {
		began := time.Now()
		res, err := maria.post("/bots/"+bot+"/webhook/matches", form)
		if err != nil {
			return row{}, err
		}
		took = append(took, time.Since(began))
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			return row{}, errors.Join(fmt.Errorf("counting matches: HTTP %d", res.StatusCode), err)
		}
	}
	slices.Sort(took)
	return row{"“Of the last 200 events N match”, ten conditions, p99", milliseconds(percentile(took, 0.99)), "—", "—", "< 50 ms"}, nil
}
