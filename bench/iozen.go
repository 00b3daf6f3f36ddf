package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// iozen is the product's own server, and a key of its owner.
type iozen struct {
	*process
	url, key, metrics, database string
}

// database is the path of a new database, with its key file beside it.
func (b *bench) database() (string, error) {
	b.servers++
	path := filepath.Join(b.dir, fmt.Sprintf("server-%d.db", b.servers))
	return path, writeKey(path + ".key")
}

// iozen starts the real binary on a new, empty database of SQLite.
func (b *bench) iozen(settings ...string) (*iozen, error) { return b.iozenIn(inSQLite, settings...) }

// iozenIn is iozen in either house.
func (b *bench) iozenIn(h house, settings ...string) (*iozen, error) {
	source, err := h.database(b)
	if err != nil {
		return nil, err
	}
	return b.iozenOn(source, settings...)
}

// iozenOn starts the real binary on a database; settings are environment variables.
func (b *bench) iozenOn(source string, settings ...string) (*iozen, error) {
	metrics, err := freeAddress()
	if err != nil {
		return nil, err
	}
	env := append([]string{
		"IOZEN_DATABASE_URL=" + urlOf(source), "IOZEN_KEY_FILE=" + b.keyFile(source),
		"IOZEN_ADDR=127.0.0.1:0", "IOZEN_METRICS_ADDR=" + metrics, "IOZEN_ALLOW_TARGETS=127.0.0.0/8",
	}, settings...)
	if b.profile != "" {
		env = append(env, "IOZEN_PROFILE="+b.profileOf(source))
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
	return &iozen{process: p, url: url, key: strings.TrimSpace(string(key)), metrics: metrics, database: source}, err
}

// freeAddress is where nobody listens at this moment.
func freeAddress() (string, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// metric reads one of the server's own figures.
func (s *iozen) metric(name string) (int, error) {
	res, err := http.Get("http://" + s.metrics + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			n, err := strconv.ParseFloat(rest, 64)
			return int(n), err
		}
	}
	return 0, errors.Join(fmt.Errorf("no metric %s", name), lines.Err())
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
