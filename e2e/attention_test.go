package e2e

import (
	"net/http"
	"testing"
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

	p := h.newPage()
	p.open("/")
	p.createAccount()
	p.has(link, "New bot")
	p.reloadUntil("Needs attention", "Solar savings quiz", "did not accept the credentials (HTTP 401)")
	p.sees("Newsletter")
	p.sees("holds 1 event")
	p.inspect("bots-attention")

	p.open("/bots/" + held + "/settings/general")
	p.sees("did not accept the credentials (HTTP 401)")

	p.open("/workspace")
	p.sees("E-mail is not set up on this server")
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
