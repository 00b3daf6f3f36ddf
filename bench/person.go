package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"strings"
)

// person is somebody who is signed in, with a browser's memory of cookies.
type person struct {
	*http.Client
	server *iozen
}

// newPerson makes an owner's account beside the running server, on its database, and signs it in.
func (b *bench) newPerson(server *iozen, database string) (*person, error) {
	const email, password = "bench@example.com", "correct horse battery"
	create := exec.Command(b.binary, "user", "create", "--email", email, "--password-stdin")
	create.Env = []string{"IOZEN_DATABASE_URL=sqlite:" + database, "IOZEN_KEY_FILE=" + database + ".key"}
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
