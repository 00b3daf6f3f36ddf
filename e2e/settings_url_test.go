package e2e

import (
	"net/http"
	"time"

	"github.com/stretchr/testify/require"
)

func (d *desk) readsPastedURLs() {
	for _, c := range []struct{ pasted, becomes, words string }{
		{"crm.example.com/hooks", crm, "https:// was put in front. Ctrl+Z undoes it."},
		{"POST \"https://crm.example.com/hooks\" HTTP/1.1", crm, "What stood around the URL was left out. Ctrl+Z undoes it."},
		{"https://crm.example.com/hooks\nSecret: whsec_123", crm, "What stood around the URL was left out. Ctrl+Z undoes it."},
		{"\u202ahttps://crm.example.com/hooks\u202c", crm, "Invisible characters were taken out. Ctrl+Z undoes it."},
		{"curl -H 'Origin: https://app.example.com' https://crm.example.com/hooks", crm, "Only the URL of the command was taken. Ctrl+Z undoes it."},
	} {
		d.pastes(c.pasted, c.becomes)
		d.sees(c.words)
		d.fill("Webhook URL", "")
	}
	d.pastes(" "+crm+"\r\n", crm)
	d.says(saved)
	d.pastes("not a url", "not a url")
	d.pastes("two\nlines", "two lines")
	d.keeps("Webhook URL", crm)
}

// pastes replaces the whole Webhook URL, and waits for what the server reads from it.
func (d *desk) pastes(text, becomes string) {
	d.t.Helper()
	d.paste("Webhook URL", text)
	d.until("waiting for the pasted URL", `document.getElementById('webhook-url').value === `+quote(becomes))
}

// Where two URLs may be meant, neither is guessed: nothing is saved until a person has chosen.
func (d *desk) asksWhichPastedURLIsMeant() {
	d.enter("Webhook URL", crm)
	d.says(saved)
	d.paste("Webhook URL", "test: https://a.example/x, live: https://b.example/y")
	d.sees("More than one address could be meant. Which is the webhook's?")
	require.Equal(d.t, crm, d.value("Webhook URL"))
	d.inspect("settings-paste-asks")
	d.press(button, "Use https://b.example/y")
	d.says(saved)
	d.keeps("Webhook URL", "https://b.example/y")
}

// Text that is pasted into a URL is inserted unchanged, wherever the caret is.
func (d *desk) pastesIntoAURL() {
	for _, c := range []struct{ holds, pasted, becomes string }{
		{"https://hooks.example.com/x?token=", "eyJhbGciOi.eyJzdWIi.SflKxw", "https://hooks.example.com/x?token=eyJhbGciOi.eyJzdWIi.SflKxw"},
		{"https://hooks.example.com/", "webhook.php", "https://hooks.example.com/webhook.php"},
		{"https://", "hooks.example.com/abc", "https://hooks.example.com/abc"},
		{"https://", "https://hooks.example.com/abcd", "https://hooks.example.com/abcd"},
		{"https://", "http://hooks.example.com/abc", "http://hooks.example.com/abc"},
	} {
		d.enter("Webhook URL", c.holds)
		d.pasteAtEnd("Webhook URL", c.pasted)
		d.until("waiting for the pasted text", `document.getElementById('webhook-url').value === `+quote(c.becomes))
		d.blur()
		d.says(saved)
	}
	d.enter("Webhook URL", "https://hooks.example.com/a%2Fb/{x}")
	d.says(saved)
	d.sees("It is sent as https://hooks.example.com/a%2Fb/%7Bx%7D")
	d.enter("Webhook URL", "https://https://hooks.example.com/abc")
	d.press(button, "Use https://hooks.example.com/abc")
	d.says(saved)
	d.keeps("Webhook URL", "https://hooks.example.com/abc")
}

func (d *desk) saysWhatTheHostGivesAway() {
	for url, words := range map[string]string{
		"https://hooks.zapier.com/hooks/catch/1/a/":  "Catch Raw Hook",
		"https://hook.eu1.make.com/abc":              "Redetermine data structure",
		"https://script.google.com/macros/s/a/exec":  "answers every POST with a redirect (302)",
		"https://app.hubspot.com/contacts/1":         "This looks like a page of your CRM, not a hook.",
		"https://graph.facebook.com/v21.0/1/events":  "Meta's Conversions API expects another format",
		"http://crm.example.com/hooks":               "Not encrypted: others could read your leads on the way.",
		"https://n8n.acme.example/webhook-test/7f3a": "This is n8n's test address: it stops when its editor closes.",
	} {
		d.paste("Webhook URL", url)
		d.blur()
		d.sees(words)
	}
	d.paste("Webhook URL", "https://n8n.acme.example/webhook-test/7f3a")
	d.blur()
	d.sees("This is n8n's test address")
	d.press(button, "Use the production URL")
	d.says(saved)
	d.keeps("Webhook URL", "https://n8n.acme.example/webhook/7f3a")
	d.enter("Webhook URL", "crm.example.com/hooks")
	d.press(button, "Use https://crm.example.com/hooks")
	d.says(saved)
	d.keeps("Webhook URL", crm)
	d.open("/help/recipes#zapier")
	d.sees("user_data__email")
	d.inspect("help-recipes")
}

func (d *desk) refusesBlockedAddresses() {
	d.enter("Webhook URL", "http://10.0.0.5/hook")
	d.sees("10.0.0.5 is inside a private network, so ioZen can't send to it. Ask your administrator to allow it: IOZEN_ALLOW_TARGETS=10.0.0.5/32")
	d.keep("settings-blocked")
}

// deliversTo makes the webhook send to an endpoint, with what it needs settled.
func (d *desk) deliversTo(url string) *api {
	d.t.Helper()
	a := d.office.newAPI()
	call[object](a, "PUT", "/v1/bots/"+d.bot+"/webhook", object{
		"enabled": true, "url": url, "headers": []object{{"name": "Authorization", "value": "Bearer old"}},
	}, http.StatusOK)
	d.open(d.settings())
	d.sees("On. New events are sent")
	return a
}

// An edit takes effect 5 s after its last key, and the page says so meanwhile. (Tests in handlers and store, with a clock of
// their own, show that a half-typed edit is never used: here that would be a race.)
func (d *desk) waitsAfterTheLastKey() {
	endpoint := newReceiver(d.t)
	a := d.deliversTo(endpoint.URL)
	d.stopsTheClock() // the words stay until passes says so
	typing := time.Now()
	d.fill(headers, "Authorization: Bearer half")
	d.passes(quiet)
	d.says(saved)
	d.keys("-and-whole")
	d.passes(quiet)
	d.says(saved)
	d.sees("On. Paused for 5 seconds while you edit.")
	a.post(d.bot)
	await(d.t, endpoint.came)
	require.GreaterOrEqual(d.t, time.Since(typing), 5*time.Second)
	got := endpoint.all()
	require.Len(d.t, got, 1)
	require.Equal(d.t, "Bearer half-and-whole", got[0].header.Get("Authorization"))
	d.passes(5 * time.Second)
	d.sees("On. New events are sent, and retried for 3 days if they fail.")
}
