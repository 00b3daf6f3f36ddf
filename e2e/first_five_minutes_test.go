package e2e

import (
	"bytes"
	"net/http"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Who signs in, in every test.
const (
	email    = "owner@example.com"
	password = "correct horse battery"
)

// TestFirstFiveMinutes walks the table "The first five minutes" of the product's specification: a newcomer, from
// an empty server to a delivered Lead, with the keyboard and the mouse only.
func TestFirstFiveMinutes(t *testing.T) {
	t.Parallel()
	h := startServer(t, "IOZEN_RETRY_SCHEDULE=1h") // what failed waits for the person, not the other way round
	p := h.newPage()

	p.open("/")
	p.at("/setup")
	p.sees("At least 12 characters") // read before typing
	p.inspect("setup")
	p.createAccount()
	p.has(link, "Create your first bot")
	p.inspect("bots-empty")

	p.press(link, "Create your first bot")
	p.inspect("bot-new")
	p.fill("Name", "Roofing quote bot")
	p.press(button, "Create bot")
	p.at("/settings/marketing")
	p.focused("Webhook URL")
	p.says("Changes save automatically")
	settings := p.location()

	p.configure()
	p.failAndFix(h)
	p.inspect("settings")

	p.sendsARealLead()
	bot := botOf(settings)
	p.postsSampleLead(h, bot)
	p.sendsWhatFailed(h, bot)

	p.open("/help/webhooks")
	p.sees("Best Practices")
	p.inspect("help-webhooks")
	p.open("/help/troubleshooting")
	p.sees("Check your Authorization header value in Custom Headers.")
}

// createAccount fills in the set-up page.
func (p *page) createAccount() {
	p.t.Helper()
	p.fill("Email", email)
	p.fill("Password", password)
	p.press(button, "Create account")
}

// botOf is the id of the bot that a page's address belongs to.
func botOf(address string) string {
	return regexp.MustCompile(`/bots/([^/]+)/`).FindStringSubmatch(address)[1]
}

// configure is 1:10 of the table: URL, switch, header; all save themselves.
func (p *page) configure() {
	p.t.Helper()
	p.press(button, "Use the local test endpoint")
	p.says("All changes saved")
	p.press(toggle, "Webhook")
	p.sees("On. New events are sent")
	p.fill("Custom Headers", "Authorization: Bearer secret-1234567")
	p.blur()
	p.sees("1 header: Authorization (hidden)")
	p.says("All changes saved")
}

// failAndFix is 2:00: a failed test says what to do and leads there. Once fixed it passes, and both tests are listed beside it.
func (p *page) failAndFix(h *installation) {
	p.t.Helper()
	p.fill("Webhook URL", h.Test+"/status/401")
	p.press(button, "Test Connection")
	p.sees("Authentication failed")
	p.sees("Check your Authorization header value in Custom Headers.")
	p.inspect("settings-test-failed")
	p.press(button, "Edit headers")
	p.focused("Custom Headers")
	caret, err := chromedp.Run(p.ctx, chromedp.Evaluate[int]("document.activeElement.selectionEnd"))
	require.NoError(p.t, err)
	require.Equal(p.t, len("Authorization: Bearer secret-1234567"), caret, "the value on that line is selected, to be typed anew")

	p.fill("Webhook URL", h.Test+"/hook")
	p.press(button, "Test Connection")
	p.sees("Your endpoint accepted the test")
	p.sees(`"received": true`)
	p.until("both tests in the recent deliveries, with their badge",
		`document.querySelectorAll('#recent .tag').length === 2 && document.querySelector('#recent').innerText.includes('401')`)
	p.inspect("settings-test-passed")
}

// sendsARealLead is 3:10: a key made on the page goes into the prepared command. What the command posts is delivered, and
// appears without a reload.
func (p *page) sendsARealLead() {
	p.t.Helper()
	p.press(link, "Developer")
	p.press(button, "Create API key")
	p.until("the new key in the command", `document.querySelector('#lead-curl').innerText.includes('Bearer iozen_')`)
	p.inspect("settings-key")
	command, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("document.querySelector('#lead-curl').innerText"))
	require.NoError(p.t, err)
	said := regexp.MustCompile(`(?s)'(http[^']+?)(/v1/[^']+)'.*Bearer ([^']+)'.*--data-raw '(.*)'`).FindStringSubmatch(command)
	require.Len(p.t, said, 5, command)
	status, answer, err := (&api{t: p.t, base: said[1], key: said[3]}).try("POST", said[2], []byte(said[4]))
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusAccepted, status, string(answer))
	p.press(link, "Marketing & Attribution")
	p.until("the Lead, delivered", `/Delivered\s*Lead\s+j•••@example.com/.test(document.querySelector('#recent').textContent)`)
}

// postsSampleLead is 3:10: the specification's own sample, posted unchanged, arrives and is in the log.
func (p *page) postsSampleLead(h *installation, bot string) {
	p.t.Helper()
	p.open("/bots/" + bot + "/deliveries")
	p.sees("Test") // both tests, with their badge
	events := &api{t: p.t, base: h.URL, key: h.command("key", "create", "--name", "curl", "--bot", bot)}
	status, answer, err := events.try("POST", "/v1/bots/"+bot+"/events", sampleLead)
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusAccepted, status, string(answer))
	require.Contains(p.t, string(answer), `"accepted":1`)

	p.press(link, "1 new delivery · Show")
	p.sees("unique-event-id")
	p.inspect("deliveries")
	p.openRow("unique-event-id")
	p.sees("Lead from Roofing quote bot")
	p.sees("Roofing quote bot")
	p.inspect("delivery")
}

// sendsWhatFailed is 4:10: an endpoint is down, and the event says when it is retried. Once the URL is fixed and tested, the
// page offers to send what failed.
func (p *page) sendsWhatFailed(h *installation, bot string) {
	p.t.Helper()
	p.open("/bots/" + bot + "/settings/marketing")
	p.fill("Webhook URL", h.Test+"/status/503")
	p.blur()
	p.says("All changes saved")
	owner := h.newAPI()
	status, answer, err := owner.try("POST", "/v1/bots/"+bot+"/events", bytes.ReplaceAll(sampleLead, []byte("unique-event-id"), []byte("second-event")))
	require.NoError(p.t, err)
	require.Equal(p.t, http.StatusAccepted, status, string(answer))
	p.until("the event retrying, with its next time", `/Retrying.*next\s+(today|tomorrow)/s.test(document.querySelector('#recent').textContent)`)

	p.fill("Webhook URL", h.Test+"/hook")
	p.press(button, "Test Connection")
	p.sees("Send the 1 event that failed")
	p.inspect("settings-failed-before")
	p.do("sending what failed", chromedp.Click("[form=send-failed][type=submit]", chromedp.NodeVisible))
	p.open("/bots/" + bot + "/deliveries")
	p.openRow("second-event")
	p.sees("Delivered")
	p.sees("HTTP 503")
	p.inspect("delivery-sent-again")
}

// sampleLead is the specification's sample, byte for byte.
var sampleLead = []byte(`{
  "event_name": "Lead",
  "event_id": "unique-event-id",
  "event_time": "2026-03-05T12:00:00.000Z",
  "event_time_unix": 1772827200,
  "source": "iozen",
  "action_source": "website",
  "user_data": {
    "email": "user@example.com",
    "phone": "+1234567890",
    "first_name": "Jane",
    "last_name": "Doe",
    "external_id": "submission-id"
  },
  "custom_data": {
    "value": 100,
    "currency": "USD",
    "content_name": "Lead"
  },
  "source_url": "https://example.com/landing-page"
}`)
