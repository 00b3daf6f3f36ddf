package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	overloadPending = 20_000 // how many events may wait
	overloadSeconds = 40
	overloadClients = 8
	// overloadPause is what a client waits after a refusal: far less than Retry-After asks for.
	overloadPause = 20 * time.Millisecond
)

// overload posts faster than an endpoint answers (64 at once, 20 ms each), so that the bound on waiting events is reached at
// once.
func (b *bench) overload() ([]row, error) {
	endpoint, address, err := server("receiver")
	if err != nil {
		return nil, err
	}
	path, err := b.database()
	if err != nil {
		return nil, err
	}
	bot, err := b.fill(path, address+"/slow/20ms/overload", strconv.Itoa(b.n(overloadPending)))
	if err != nil {
		return nil, err
	}
	ours, err := b.iozenOn(path, "IOZEN_MAX_PENDING_PER_BOT="+strconv.Itoa(b.n(overloadPending)))
	if err != nil {
		return nil, err
	}
	unloaded, err := speed(address, "/slow/20ms/overload", seconds(max(2, b.n(4))))
	if err != nil {
		return nil, err
	}
	before, err := ours.memory("VmRSS")
	if err != nil {
		return nil, err
	}
	f := flood(ours, bot, seconds(b.n(overloadSeconds)))
	loaded, err := speed(address, "/slow/20ms/overload", seconds(b.n(overloadSeconds))-time.Second)
	if err != nil {
		return nil, err
	}
	refusals, err := f.wait()
	if err != nil {
		return nil, err
	}
	normal, err := untilNormal(ours, bot, address)
	if err != nil {
		return nil, err
	}
	peak, err := ours.memory("VmHWM")
	if err != nil {
		return nil, err
	}
	rows := []row{
		rate("overload: delivered while events are refused (limit: before)", loaded, unloaded, "≥ 0.95"),
		{"overload: time of a refusal (429), p99", milliseconds(percentile(refusals, 0.99)), "—", "—", "< 50 ms"},
		{"overload: memory at most (limit: before)", megabytes(peak), megabytes(before), fmt.Sprintf("%.2f", peak/before), "bounded"},
		{"overload: normal again after", fmt.Sprintf("%.1f s", normal.Seconds()), "—", "—", "≤ 10 s"},
	}
	if err := ours.stop(); err != nil {
		return nil, err
	}
	return rows, endpoint.stop()
}

// speed is how many events a second arrive in a group during d.
func speed(address, group string, d time.Duration) (float64, error) {
	time.Sleep(500 * time.Millisecond)
	if _, err := asked(address, group); err != nil {
		return 0, err
	}
	began := time.Now()
	time.Sleep(d)
	g, err := asked(address, group)
	return float64(g.Arrived) / time.Since(began).Seconds(), err
}

// flooding posts arrays as fast as possible, and notes how long refusals took.
type flooding struct {
	done     sync.WaitGroup
	mu       sync.Mutex
	refusals []time.Duration
	err      error
}

func flood(ours *iozen, bot string, d time.Duration) *flooding {
	f := &flooding{}
	end := time.Now().Add(d)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: overloadClients}}
	url := ours.url + "/v1/bots/" + bot + "/events"
	for n := range overloadClients {
		f.done.Go(func() {
			for call := int64(0); time.Now().Before(end); call++ {
				f.post(client, url, array(n, call), ours.header())
			}
		})
	}
	return f
}

func (f *flooding) post(client *http.Client, url string, body []byte, header http.Header) {
	began := time.Now()
	err := post(client, url, body, header, http.StatusAccepted)
	var other *statusError
	if errors.As(err, &other) && (other.status == http.StatusTooManyRequests || other.status == http.StatusServiceUnavailable) {
		f.mu.Lock()
		f.refusals = append(f.refusals, time.Since(began))
		f.mu.Unlock()
		time.Sleep(overloadPause)
		return
	}
	if err != nil {
		f.mu.Lock()
		f.err = err
		f.mu.Unlock()
	}
}

func (f *flooding) wait() ([]time.Duration, error) {
	f.done.Wait()
	if f.err == nil && len(f.refusals) == 0 {
		f.err = errors.New("nothing was refused: this was no overload")
	}
	slices.Sort(f.refusals)
	return f.refusals, f.err
}

// untilNormal is how long it takes until an event gets through within a quarter of a second again.
func untilNormal(ours *iozen, bot, address string) (time.Duration, error) {
	began := time.Now()
	for time.Since(began) < time.Minute {
		if _, err := asked(address, "/slow/20ms/overload"); err != nil {
			return 0, err
		}
		if err := newStream(ours, "normal", []string{bot}, 1).run(time.Millisecond); err != nil {
			time.Sleep(100 * time.Millisecond) // still refused
			continue
		}
		time.Sleep(250 * time.Millisecond)
		g, err := asked(address, "/slow/20ms/overload")
		if err != nil {
			return 0, err
		}
		if len(g.Took) > 0 && g.Took[len(g.Took)-1] < 250*time.Millisecond {
			return time.Since(began), nil
		}
	}
	return 0, errors.New("not normal again within a minute")
}

// memory reads a figure of the server's process, in bytes.
func (s *iozen) memory(field string) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), field+":"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 64)
			return kb * 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in the process's status", field)
}

func megabytes(n float64) string { return fmt.Sprintf("%.0f MB", n/1e6) }
