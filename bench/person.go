package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// person is somebody who is signed in, with a browser's memory of cookies.
type person struct {
	*http.Client
	server *iozen
}

// newPerson makes an owner's account beside the running server, on its database, and signs it in.
func (b *bench) newPerson(server *iozen) (*person, error) {
	const email, password = "bench@example.com", "correct horse battery"
	create := exec.Command(b.binary, "user", "create", "--email", email, "--password-stdin")
	create.Env = []string{"IOZEN_DATABASE_URL=" + urlOf(server.database), "IOZEN_KEY_FILE=" + b.keyFile(server.database)}
	create.Stdin = strings.NewReader(password + "\n")
	if out, err := create.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("making an account: %w\n%s", err, out)
	}
	cookies, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p := &person{Client: &http.Client{Jar: cookies, Transport: &http.Transport{DisableCompression: true}}, server: server}
	res, err := p.post("/signin", url.Values{"email": {email}, "password": {password}})
	if err != nil {
		return nil, err
	}
	if res.Request.URL.Path != "/" {
		err = errors.New("signing in led to " + res.Request.URL.Path)
	}
	return p, errors.Join(err, res.Body.Close())
}

// post sends a form as one of our own pages does.
func (p *person) post(path string, form url.Values) (*http.Response, error) {
	req, err := http.NewRequest(http.MethodPost, p.server.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", p.server.url)
	return p.Do(req)
}

const saves = 2000

// save measures one auto-save: a field of the settings page, from its request to the answer, commit included. The
// caller's own time is included.
func (b *bench) save() ([]row, error) {
	ours, err := b.iozen()
	if err != nil {
		return nil, err
	}
	bot, err := ours.newBot("save", "", false)
	if err != nil {
		return nil, err
	}
	maria, err := b.newPerson(ours)
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
