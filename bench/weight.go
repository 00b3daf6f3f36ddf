package main

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"strings"
)

// weight counts the bytes that are transferred when somebody visits the settings page for the first time, compressed as the
// server does: the page, and every file that it makes a browser load.
func (b *bench) weight() ([]row, error) {
	ours, err := b.iozen()
	if err != nil {
		return nil, err
	}
	bot, err := ours.newBot("weight", "", false)
	if err != nil {
		return nil, err
	}
	maria, err := b.newPerson(ours)
	if err != nil {
		return nil, err
	}
	all, scripts, err := maria.visits("/bots/" + bot + "/settings/marketing")
	if err != nil {
		return nil, err
	}
	return []row{
		{"settings page, first visit, gzip", kilobytes(all), "—", "—", "< 90 KB"},
		{"of it JavaScript", kilobytes(scripts), "—", "—", "< 30 KB"},
	}, ours.stop()
}

var (
	loadedByPage   = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)
	loadedByScript = regexp.MustCompile(`import [^;]*'(\./[^']+)'`)
)

// visits loads a page and every file that it refers to, each once.
func (p *person) visits(page string) (all, scripts int, err error) {
	seen, next := map[string]bool{}, []string{page}
	for len(next) > 0 {
		address := next[0]
		next = next[1:]
		if seen[address] {
			continue
		}
		seen[address] = true
		size, err := p.size(address)
		if err != nil {
			return 0, 0, err
		}
		text, err := p.text(address)
		if err != nil {
			return 0, 0, err
		}
		all += size
		if path.Ext(address) == ".js" {
			scripts += size
		}
		next = append(next, leadsTo(address, text)...)
	}
	return all, scripts, nil
}

func leadsTo(address, text string) (found []string) {
	if path.Ext(address) == ".js" {
		for _, m := range loadedByScript.FindAllStringSubmatch(text, -1) {
			found = append(found, path.Join(path.Dir(address), m[1]))
		}
		return found
	}
	if !strings.HasPrefix(address, "/static/") {
		for _, m := range loadedByPage.FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
	}
	return found
}

// size is the bytes transferred; text is the content.
func (p *person) size(address string) (int, error) {
	body, err := p.load(address, "gzip")
	return len(body), err
}

func (p *person) text(address string) (string, error) {
	body, err := p.load(address, "identity")
	return string(body), err
}

func (p *person) load(address, encoding string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, p.server.url+address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", encoding)
	res, err := p.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: HTTP %d", address, res.StatusCode)
	}
	return io.ReadAll(res.Body)
}

func kilobytes(n int) string { return fmt.Sprintf("%.1f KB", float64(n)/1000) }
