package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	clients   = 32  // keep-alive connections that post at once
	arraySize = 100 // events of one call in the second row
)

// accept measures events per second, on disk before the answer, against a server that only decodes; and arrays
// against single events.
func (b *bench) accept() ([]row, error) {
	ours, err := b.iozen("accept")
	if err != nil {
		return nil, err
	}
	limit, limitURL, err := server("accept-limit")
	if err != nil {
		return nil, err
	}
	bot, err := ours.newBot("accept", "", false)
	if err != nil {
		return nil, err
	}
	url := ours.url + "/v1/bots/" + bot + "/events"
	var single, decoded, arrays []float64
	for round := range rounds {
		s, err := load(url, ours.header(), b.calls, func(i int64) []byte { return event(fmt.Sprintf("single-%d-%d", round, i)) })
		if err != nil {
			return nil, err
		}
		d, err := load(limitURL, nil, b.calls, func(i int64) []byte { return event(fmt.Sprintf("limit-%d-%d", round, i)) })
		if err != nil {
			return nil, err
		}
		a, err := load(url, ours.header(), b.calls/20, func(i int64) []byte { return array(round, i) })
		if err != nil {
			return nil, err
		}
		single, decoded, arrays = append(single, s), append(decoded, d), append(arrays, a*arraySize)
	}
	if err := limit.stop(); err != nil {
		return nil, err
	}
	many := rate("accept, arrays of 100 (limit: single events)", median(arrays), median(single), "≥ 4")
	return []row{rate("accept, single events", median(single), median(decoded), "≥ 0.60"), many}, ours.stop()
}

func array(round int, call int64) []byte {
	events := make([]string, arraySize)
	for i := range events {
		events[i] = string(event(fmt.Sprintf("array-%d-%d-%d", round, call, i)))
	}
	return []byte("[" + strings.Join(events, ",") + "]")
}

// load makes calls from all clients and returns how many were answered with 202 per second.
func load(url string, header http.Header, calls int, body func(i int64) []byte) (float64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var posting sync.WaitGroup
	began := time.Now()
	for range clients {
		posting.Go(func() {
			for i := next.Add(1); i <= int64(calls); i = next.Add(1) {
				if err := post(client, url, body(i), header, http.StatusAccepted); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	posting.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(calls) / time.Since(began).Seconds(), nil
}

// iozen is the product's own server, and a key of its owner.
type iozen struct {
	*process
	url, key string
}

// iozen starts the real binary on an empty database.
func (b *bench) iozen(name string) (*iozen, error) {
	env := []string{
		"IOZEN_DATABASE_URL=sqlite:" + filepath.Join(b.dir, name+".db"), "IOZEN_KEY_FILE=" + filepath.Join(b.dir, name+".key"),
		"IOZEN_ADDR=127.0.0.1:0", "IOZEN_ALLOW_TARGETS=127.0.0.0/8",
	}
	create := exec.Command(b.binary, "key", "create", "--name", "bench", "--role", "owner")
	create.Env = env
	key, err := create.Output()
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	cmd := exec.Command(b.binary)
	cmd.Env = env
	p, err := start(cmd)
	if err != nil {
		return nil, err
	}
	url, err := p.line("ioZen: ")
	return &iozen{process: p, url: url, key: strings.TrimSpace(string(key))}, err
}

func (s *iozen) header() http.Header { return http.Header{"Authorization": {"Bearer " + s.key}} }

// newBot makes a bot with a webhook and returns its id.
func (s *iozen) newBot(name, target string, on bool) (string, error) {
	var bot struct{ ID string }
	if err := s.call(http.MethodPost, "/v1/bots", map[string]any{"name": name}, &bot); err != nil {
		return "", err
	}
	if target == "" {
		return bot.ID, nil
	}
	return bot.ID, s.call(http.MethodPut, "/v1/bots/"+bot.ID+"/webhook", map[string]any{"enabled": on, "url": target}, nil)
}

func (s *iozen) call(method, path string, body any, answer any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(string(sent)))
	if err != nil {
		return err
	}
	req.Header = s.header()
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: HTTP %d", method, path, res.StatusCode)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(answer)
}
