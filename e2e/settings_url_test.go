package e2e

import (
	"net/http"
	"time"

	"github.com/stretchr/testify/require"
)

func (d *desk) mendsPastedURLs() {
	for _, c := range []struct{ pasted, becomes, words string }{
		{"  https://crm.example.com/ho oks\n", crm, "Spaces were taken out. Ctrl+Z takes it back."},
		{"crm.example.com/hooks", crm, "Https:// was put in front. Ctrl+Z takes it back."},
		{"POST \"https://crm.example.com/hooks\"", crm, "What stood around it was left out. Ctrl+Z takes it back."},
		{"curl -X POST https://crm.example.com/hooks -H 'A: b'", crm, "Only the URL of the command was taken. Ctrl+Z takes it back."},
	} {
		d.paste("Webhook URL", c.pasted)
		require.Equal(d.t, c.becomes, d.value("Webhook URL"), c.pasted)
		d.sees(c.words)
	}
	d.says(saved)
	d.keys("/1")
	d.until("waiting for the words to go", `!document.body.innerText.includes('takes it back')`)
	d.paste("Webhook URL", "not a url")
	require.Equal(d.t, "notaurl", d.value("Webhook URL"))
}

func (d *desk) saysWhatTheHostGivesAway() {
	for url, words := range map[string]string{
		"https://hooks.zapier.com/hooks/catch/1/a/":  "Catch Raw Hook",
		"https://hook.eu1.make.com/abc":              "Redetermine data structure",
		"https://script.google.com/macros/s/a/exec":  "answers every POST with a redirect (302)",
		"https://app.hubspot.com/contacts/1":         "This looks like a page of your CRM, not a hook.",
		"https://graph.facebook.com/v21.0/1/events":  "Meta's Conversions API expects another format",
		"http://crm.example.com/hooks":               "Not encrypted: anyone on the way can read the events and headers.",
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

// An edit counts 5 s after its last key, and the page says so meanwhile. (That a half-typed one is never used is held
// with a clock of its own, in the handlers and the store: here it would be a race.)
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
	d.sees("On. New events wait until 5 s after your last edit, then go out.")
	a.post(d.bot)
	await(d.t, endpoint.came)
	require.GreaterOrEqual(d.t, time.Since(typing), 5*time.Second)
	got := endpoint.all()
	require.Len(d.t, got, 1)
	require.Equal(d.t, "Bearer half-and-whole", got[0].header.Get("Authorization"))
	d.passes(5 * time.Second)
	d.sees("On. New events are sent, and retried for 3 days when they fail.")
}
