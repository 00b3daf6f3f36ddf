package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatNeedsAttention walks from a webhook that fails to the page that says who is notified.
func TestWhatNeedsAttention(t *testing.T) {
	t.Parallel()
	h := startServer(t, "IOZEN_RETRY_SCHEDULE=1h")
	owner := h.newAPI()
	failing := owner.newBot("Solar savings quiz", h.Test+"/status/401")
	for range 3 {
		owner.post(failing)
	}
	held := call[struct{ ID string }](owner, "POST", "/v1/bots", object{"name": "Newsletter"}, http.StatusCreated).ID
	owner.post(held)

	p := h.asOwner()
	p.has(link, "New bot")
	p.reloadUntil("Needs attention", "Solar savings quiz", "did not accept the credentials (HTTP 401)")
	p.sees("Newsletter")
	p.sees("holds 1 event")
	p.inspect("bots-attention")

	// Elsewhere the menu says how much, and the failing bot's own pages say what.
	p.open("/bots/" + held + "/settings/general")
	p.sees("Needs attention 2")
	require.NotContains(t, p.text(), "did not accept the credentials")
	p.press(link, "Needs attention 2")
	p.at("/")
	p.open("/bots/" + failing + "/settings/general")
	p.sees("did not accept the credentials (HTTP 401)")
	p.until("the title and the icon to show it", `document.title.startsWith('● ') && document.querySelector('link[rel=icon]').href.includes('failing')`)

	// What is fixed is so while one looks on, once the page asks again.
	call[object](owner, "PUT", "/v1/bots/"+failing+"/webhook", object{"enabled": true, "url": h.Test + "/status/200"}, http.StatusOK)
	owner.post(failing)
	p.until("the page to say that nothing fails", `document.dispatchEvent(new Event('visibilitychange')) && !document.body.innerText.includes('did not accept') &&
		!document.title.startsWith('● ') && !document.querySelector('link[rel=icon]').href.includes('failing')`)

	p.open("/workspace")
	p.sees("Email is not set up on this server")
	p.fill("Notification webhook URL", "https://10.0.0.1/hook")
	p.press(button, "Save webhook")
	p.sees("IOZEN_ALLOW_TARGETS=10.0.0.1/32")
	p.fill("Notification webhook URL", h.Test+"/notifications")
	p.press(button, "Save webhook")
	p.sees("Notification webhook saved.")
	p.press(button, "Send a test notification")
	p.sees("accepted the notification.")
	p.inspect("workspace")
}
