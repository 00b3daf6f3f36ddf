package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// TestNoSecretIsWrittenAnywhere plants a secret in every place that has one, takes the product through everything that
// touches it, and then reads all that was written: standard output and error, the database with its write-ahead log, a
// backup, every page, every answer of the API, exports and metrics.
func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	p := newOutputs(t)
	metrics := freeAddress(t)
	mail := p.secret("the mail server's password", "MARKER-smtp-password")
	h := startServer(t, "IOZEN_METRICS_ADDR="+metrics, "IOZEN_SMTP_URL=smtp://mailer:"+mail+"@"+rudeMailServer(t), "IOZEN_MAIL_FROM=iozen@acme.example")
	owner := h.newReader(p)
	password := p.secret("the owner's password", "MARKER owner password")
	owner.post("/setup", url.Values{"email": {ownerEmail}, "password": {password}})
	p.secret("a session token", owner.session())

	key := p.secret("an API key", h.command("key", "create", "--name", "all", "--role", "owner"))
	p.secret("an API key's own part", key[strings.LastIndex(key, "_")+1:])
	a := &api{t: t, base: h.URL, key: key}
	bot := secretBot(p, a, owner)
	secretEvents(p, a, h, bot)
	secretAccounts(p, h, owner, password)

	owner.post("/workspace/webhook", url.Values{"url": {"http://" + freeAddress(t) + "/hook"}})
	revealed := owner.shown("/workspace/webhook/reveal", nil)
	p.secret("the notification webhook's secret", first(t, `whsec_([A-Za-z0-9+/=]{20,})`, revealed))
	owner.post("/workspace/test", nil) // neither way works

	readEverything(p, a, owner, bot, metrics)
	owner.post("/signout", nil)
	h.command("backup", filepath.Join(h.dir, "backup.db"))
	h.stop()
	p.written["standard output"], p.written["standard error"] = h.said.String(), h.log.String()
	p.files("after the server, ", h.dir)
	p.written["key rotate-master"] = h.command("key", "rotate-master")
	p.files("after the rotation, ", h.dir)
	p.written["serve --help"] = h.command("serve", "--help")
	p.written["a refusal to start"] = h.refusedToStart("IOZEN_SMTP_URL=smtp://mailer:" + mail + "@no host")
	require.Contains(t, p.written["after the server, backup.db"], ownerEmail, "the search finds what is there")
	p.requireNoSecret()
}

// secretBot makes a bot whose headers and signing secret are secrets, and has its page show them.
func secretBot(p *outputs, a *api, owner *reader) string {
	p.t.Helper()
	bot := call[struct{ ID string }](a, "POST", "/v1/bots", object{"name": "Quiz"}, http.StatusCreated).ID
	value := p.secret("a header's value", "MARKER-header-value")
	call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{
		"enabled": true, "url": "http://" + freeAddress(p.t), "headers": []object{{"name": "Authorization", "value": "Bearer " + value}},
	}, http.StatusOK)
	saved := owner.post("/bots/"+bot+"/webhook/fields", url.Values{
		"field": {"headers"}, "headers": {"Authorization: ••••••••\nX-Key: " + p.secret("a header's value, typed on the page", "MARKER-typed-value")}, "base": {"99"}, "tab": {"one"}, "seq": {"1"}, "run": {"1"},
	})
	require.Contains(p.t, saved, `"state":"saved"`)
	require.Contains(p.t, owner.shown("/bots/"+bot+"/webhook/reveal", url.Values{"what": {"headers"}}), value)
	reveal := "/bots/" + bot + "/webhook/secret/reveal"
	before := p.secret("the first signing secret", first(p.t, `whsec_([A-Za-z0-9+/=]{20,})`, owner.shown(reveal, nil)))
	owner.shown("/bots/"+bot+"/webhook/secret/rotate", nil)
	require.NotEqual(p.t, before, p.secret("the signing secret", first(p.t, `whsec_([A-Za-z0-9+/=]{20,})`, owner.shown(reveal, nil))))
	return bot
}

// secretEvents sends to endpoints that refuse, break and send back what they were sent.
func secretEvents(p *outputs, a *api, h *installation, bot string) {
	p.t.Helper()
	echo := newEcho(p.t)
	for _, target := range []string{"http://" + freeAddress(p.t), "https://" + host(p.t, echo), h.URL + "/signin", echo + "/echo"} {
		call[object](a, "PUT", "/v1/bots/"+bot+"/webhook", object{
			"enabled": true, "url": target, "headers": []object{ // given again: stored values stay with the origin that they were given for
				{"name": "Authorization", "value": "Bearer " + p.secrets["a header's value"]},
				{"name": "X-Key", "value": p.secrets["a header's value, typed on the page"]},
			},
		}, http.StatusOK)
		tried := call[object](a, "POST", "/v1/bots/"+bot+"/webhook/test", nil, http.StatusOK)
		p.written["test of "+target] = fmt.Sprint(tried)
		posted := call[object](a, "POST", "/v1/bots/"+bot+"/events", []object{{"event_name": "Lead", "user_data": object{"email": "jane@example.com"}}}, http.StatusAccepted)
		p.written["events to "+target] = fmt.Sprint(posted)
	}
	for _, key := range []string{a.key + "x", strings.ToLower(a.key), "Basic " + a.key} { // wrong, but nearly
		wrong := &api{t: p.t, base: a.base, key: key}
		status, answer, err := wrong.try("GET", "/v1/bots", nil)
		require.NoError(p.t, err)
		require.Equal(p.t, http.StatusUnauthorized, status)
		p.written["refusal of a key"] = string(answer)
	}
}

// secretAccounts invites somebody, turns a second factor on, and gets passwords and codes wrong.
func secretAccounts(p *outputs, h *installation, owner *reader, password string) {
	p.t.Helper()
	made := owner.shown("/invitations", url.Values{"email": {"tom@acme.example"}, "role": {"editor"}})
	token := p.secret("an invitation's token", first(p.t, `token=([A-Z2-7]{26})`, made))
	owner.get("/accounts")
	tom := h.newReader(p)
	toms := p.secret("another's password", "MARKER tom's password")
	require.Contains(p.t, tom.do(http.MethodGet, "/invitation?token="+token, nil), "tom@acme.example")
	tom.post("/invitation", url.Values{"token": {token}, "password": {toms}})
	tom.post("/invitation", url.Values{"token": {token}, "password": {toms}}) // used
	p.secret("another's session token", tom.session())

	owner.post("/account/second-factor", url.Values{"password": {"MARKER wrong"}})
	setup := owner.shown("/account/second-factor", url.Values{"password": {password}})
	secret := p.secret("a second factor's secret", first(p.t, `secret=([A-Z2-7]{32})`, setup))
	code, err := totp.GenerateCode(secret, time.Now())
	require.NoError(p.t, err)
	codes := owner.shown("/account/second-factor/confirm", url.Values{"code": {code}})
	recovery := p.secret("a recovery code", first(p.t, `((?:[A-Z2-7]{4}-){3}[A-Z2-7]{4})`, codes))
	p.secret("a recovery code, plain", strings.ReplaceAll(recovery, "-", ""))
	p.secret("the session token after that", owner.session())

	other := h.newReader(p)
	other.post("/signin", url.Values{"email": {ownerEmail}, "password": {p.secret("a wrong password", "MARKER mistyped")}})
	other.post("/signin", url.Values{"email": {password}, "password": {password}}) // in the wrong field
	delete(p.written, lastOutput(p, "POST /signin"))                               // a form shows what was typed as email
	other.post("/signin", url.Values{"email": {ownerEmail}, "password": {password}})
	other.post("/signin/code", url.Values{"code": {"000000"}})
	other.post("/signin/code", url.Values{"code": {recovery}})
	other.post("/account/password", url.Values{"current": {password}, "new": {p.secret("a new password", "MARKER next password")}})
	made = h.command("user", "reset-password", "--email", "tom@acme.example")
	p.secret("a made password", strings.TrimPrefix(made, "Password: "))
	owner.post("/signin", url.Values{"email": {ownerEmail}, "password": {"MARKER next password"}})
	owner.post("/signin/code", url.Values{"code": {first(p.t, `(?s).*((?:[A-Z2-7]{4}-){3}[A-Z2-7]{4})`, codes)}})
	p.secret("the last session token", owner.session())
}

// readEverything looks at every page and answer that there is.
func readEverything(p *outputs, a *api, owner *reader, bot, metrics string) {
	p.t.Helper()
	log := call[struct{ Deliveries []struct{ ID string } }](a, "GET", "/v1/bots/"+bot+"/deliveries", nil, http.StatusOK)
	require.Len(p.t, log.Deliveries, 8)
	for _, d := range log.Deliveries {
		owner.get("/deliveries/" + d.ID)
		status, answer, err := a.try("GET", "/v1/deliveries/"+d.ID, nil)
		require.NoError(p.t, err)
		require.Equal(p.t, http.StatusOK, status)
		p.written["GET /v1/deliveries/"+d.ID] = string(answer)
	}
	for _, path := range []string{"/v1/bots", "/v1/bots/" + bot, "/v1/bots/" + bot + "/webhook", "/v1/bots/" + bot + "/deliveries", "/openapi.yaml", "/nowhere"} {
		_, answer, err := a.try("GET", path, nil)
		require.NoError(p.t, err)
		p.written["GET "+path] = string(answer)
	}
	require.Contains(p.t, owner.get("/"), ownerEmail, "signed in")
	for _, path := range []string{
		"/bots/" + bot + "/settings/marketing", "/bots/" + bot + "/settings/general", "/bots/" + bot + "/webhook/recent", "/bots/" + bot + "/deliveries",
		"/deliveries", "/keys", "/accounts", "/account", "/audit", "/audit/export?format=csv", "/audit/export?format=ndjson", "/workspace", "/people",
		"/help", "/help/webhooks", "/nowhere",
	} {
		owner.get(path)
	}
	owner.post("/people/export", url.Values{"kind": {"email"}, "value": {"jane@example.com"}})
	owner.post("/bots/"+bot+"/webhook/test", nil)
	res, err := http.Get("http://" + metrics + "/metrics")
	require.NoError(p.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	require.Contains(p.t, string(body), "iozen_attempts_total")
	require.Contains(p.t, string(body), "iozen_commits_total")
	p.written["metrics"] = string(body)
}

// newEcho answers with all that it was sent, in its body and headers.
func newEcho(t *testing.T) string {
	t.Helper()
	r := newReceiver(t)
	r.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var sent bytes.Buffer
		_ = req.Write(&sent)
		w.Header().Set("X-Echo", req.Header.Get("Authorization"))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(sent.Bytes())
	})
	return r.URL
}

// rudeMailServer speaks no TLS, so that no password is ever given to it.
func rudeMailServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "220 rude\r\n250 rude\r\n")
			conn.Close()
		}
	}()
	return l.Addr().String()
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}
