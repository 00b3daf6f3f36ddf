package e2e

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

const tab = "tab"

// settingsPage makes the owner's account and a bot, and stays on the bot's webhook settings.
func (h *installation) settingsPage() *page {
	h.t.Helper()
	p := h.asOwner()
	p.press(link, "Create your first bot")
	p.fill("Name", "Roofing quote bot")
	p.press(button, "Create bot")
	p.at("/settings/marketing")
	p.has(button, "Test Connection")
	return p
}

// test presses Test Connection and waits for a text of its answer.
func (p *page) test(answer string) {
	p.t.Helper()
	p.press(button, "Test Connection")
	p.sees(answer)
}

// caretLine is the line of the focused textarea that the caret is on.
const caretLine = `(el => el.value.slice(0, el.selectionStart).split('\n').pop() + el.value.slice(el.selectionStart).split('\n')[0])(document.activeElement)`

func TestATestNeedsAURLAndWorksWhileTheWebhookIsOff(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.test("Enter a Webhook URL first")
	p.focused("Webhook URL")
	p.keys(h.Test + "/hook") // typed, not left: the press saves it
	p.test("Your endpoint accepted the test")
	p.sees("Off. The settings are kept, and new events are held.")
	p.sees("HTTP 200")
	p.sees("current settings")
	p.has(link, "Open in the log")
	p.inspect("test-accepted")
}

func TestATestSavesFirstAndStopsWhenThatFails(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	_, p := sharedSettings(t)
	p.fill("Webhook URL", r.URL)
	p.fill("Custom Headers", "Authorization Bearer x")
	p.test("Nothing was sent")
	p.sees("Custom Headers not saved: Line 1: use Header-Name: value.")
	p.focused("Custom Headers")
	p.fill("Custom Headers", "Authorization: Bearer x")
	p.test("Your endpoint accepted the test")
	require.Len(t, r.all(), 1, "only the saved settings were sent with")
	require.Equal(t, "Bearer x", r.all()[0].header.Get("Authorization"))
}

func TestAPressIsNotLostWhenWordsAppearAboveTheButton(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.fill("Webhook URL", h.Test+"/hook")
	p.fill("Custom Headers", "one\ntwo\nthree\nfour")
	p.do("looking at the button", chromedp.Evaluate[chromedp.Void](`
		document.getElementById('test-connection').scrollIntoView({block: 'center'})`))
	at, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]float64](`
		(r => [r.x + r.width / 2, r.y + r.height / 2])(document.getElementById('test-connection').getBoundingClientRect())`))
	require.NoError(t, err)
	p.do("pressing slowly", chromedp.MouseEvent("mousePressed", at[0], at[1], chromedp.ButtonLeft, chromedp.ClickCount(1)))
	p.focused("Custom Headers") // not left yet, so not saved yet
	p.do("releasing", chromedp.MouseEvent("mouseReleased", at[0], at[1], chromedp.ButtonLeft, chromedp.ClickCount(1)))
	p.sees("Nothing was sent")
}

func TestADiagnosisGoesToTheFieldOrFixesIt(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)

	p.fill("Webhook URL", h.Test+"/status/401")
	p.fill("Custom Headers", "X-Team: growth")
	p.test("HTTP 401 · Authentication failed")
	p.sees("Check your Authorization header value in Custom Headers.")
	p.press(button, "Add an Authorization header")
	p.until("the caret on the new line", caretLine+` === 'Authorization: '`)
	p.keys("Bearer wrong")
	p.sees("Settings changed since this test")

	p.test("HTTP 401 · Authentication failed")
	p.press(button, "Edit headers")
	p.until("the caret on the header's line", caretLine+` === 'Authorization: Bearer wrong'`)
	p.keys("Bearer right") // typing replaces the value
	require.Equal(t, "X-Team: growth\nAuthorization: Bearer right", p.value("Custom Headers"))

	p.fill("Webhook URL", h.Test+"/status/404")
	p.test("HTTP 404 · Endpoint not found")
	p.press(button, "Edit URL")
	p.focused("Webhook URL")

	p.fill("Webhook URL", h.Test+"/redirect?code=308&to=/moved")
	p.test("HTTP 308 · It redirects to /moved")
	p.press(button, "Use "+h.Test+"/moved")
	require.Equal(t, h.Test+"/moved", p.value("Webhook URL"))
	p.test("Your endpoint accepted the test")

	p.fill("Webhook URL", strings.Replace(h.Test, "http:", "https:", 1)+"/hook")
	p.test("Wrong scheme")
	p.press(button, "Use "+h.Test+"/hook")
	p.test("Your endpoint accepted the test")
}

func TestARunningTestIsOneAndCanBeCancelled(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	_, p := sharedSettings(t)
	p.fill("Webhook URL", r.URL)
	release := r.holdAnswers()
	p.test("Sending one test event…")
	<-r.came
	p.until("Cancel in the place of the button", `document.getElementById('test-connection').hidden && !document.getElementById('cancel-test').hidden`)
	p.until("the running time", `/^Cancel · [1-9][0-9]* s$/.test(document.getElementById('cancel-test').textContent)`)
	p.do("cancelling", chromedp.Click("#cancel-test", chromedp.NodeVisible))
	p.sees("Cancelled by you after")
	p.sees("your endpoint may have received it")
	release()
	require.Len(t, r.all(), 1)
	p.has(link, "Open in the log")
	p.until("the row in the log", `document.querySelectorAll('#recent a').length === 1`)
	p.inspect("test-cancelled")
	p.test("Your endpoint accepted the test")
	require.Len(t, r.all(), 2)
}

func TestWhatWasSentAndAnsweredIsInTabs(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.fill("Webhook URL", h.Test+"/echo")
	p.fill("Custom Headers", "Authorization: Bearer a-secret-token")
	p.test("Your endpoint accepted the test")
	p.has(tab, "Response")
	p.sees("Authorization: ••••••••") // the endpoint sent it back
	p.do("going to the tabs", chromedp.Focus("#test-response-part-tab", chromedp.NodeVisible))
	p.keys(kb.ArrowRight)
	p.until("the second tab", `document.activeElement.textContent === 'Request' && document.activeElement.ariaSelected === 'true'`)
	p.sees("X-IoZen-Test: true")
	p.sees("POST /echo")
	p.keys(kb.ArrowRight)
	p.until("the first tab again", `document.activeElement.textContent === 'Response'`)
	p.keys(kb.End)
	p.until("the last tab", `document.activeElement.textContent === 'Request'`)
	require.NotContains(t, p.text(), "a-secret-token\n", "shown nowhere but in its field")
	p.until("nothing of the secret in the answer", `!document.getElementById('test-panel').textContent.includes('a-secret-token')`)
}

func TestAnAnswerIsOldOnceWhatItTestedChanged(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.fill("Webhook URL", h.Test+"/hook")
	p.test("Your endpoint accepted the test")
	stale := func(want string) {
		t.Helper()
		p.until("stale: "+want, `document.querySelector('[data-stale]').hidden === `+want)
	}
	p.press(toggle, "Webhook")
	p.says("All changes saved")
	stale("true") // on and off test nothing
	p.fill("Webhook URL", h.Test+"/hook2")
	stale("false")
	p.fill("Webhook URL", h.Test+"/hook")
	stale("true") // back before it was saved
	p.blur()
	p.fill("Custom Headers", "X-Team: growth")
	p.blur()
	p.sees("1 header: X-Team (hidden)")
	stale("false")
	p.fill("Custom Headers", "")
	p.blur()
	stale("false") // another version now, whatever stands in it
	p.inspect("test-stale")
}

func TestTheEventToTestWithIsChosenFromThoseThatAreSent(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	_, p := sharedSettings(t)
	p.fill("Webhook URL", r.URL)
	p.do("choosing", chromedp.Evaluate[chromedp.Void](`document.getElementById('test-event-name').value = 'FieldConversion'`))
	p.test("Your endpoint accepted the test")
	require.Equal(t, "FieldConversion", r.all()[0].header.Get("X-IoZen-Event-Name"))

	p.do("choosing one", chromedp.Evaluate[chromedp.Void](`
		document.querySelector('[name=events][value=chosen]').click(); document.querySelector('[name=event_name][value=FieldConversion]').click()`))
	p.until("the one choice that is left", `document.getElementById('test-event-name').innerText.trim() === 'FieldConversion, example'`)
	p.test("Your endpoint accepted the test")
	require.Equal(t, "FieldConversion", r.all()[1].header.Get("X-IoZen-Event-Name"))
}

func TestAScreenReaderHearsTheAnswerOnce(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.fill("Webhook URL", h.Test+"/status/403")
	p.do("listening", chromedp.Evaluate[chromedp.Void](`
		window.heard = [];
		new MutationObserver(() => heard.push(document.getElementById('test-said').textContent))
			.observe(document.getElementById('test-said'), {childList: true, characterData: true, subtree: true})`))
	p.test("HTTP 403 · Access denied")
	heard, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](`heard`))
	require.NoError(t, err)
	require.Equal(t, []string{
		"Sending one test event",
		"The test was not accepted. HTTP 403 · Access denied. Verify your webhook URL and any required API keys",
	}, heard)
	live, err := chromedp.Run(p.ctx, chromedp.Evaluate[int](`document.querySelectorAll('#test-panel [role=status], #test-panel [aria-live]').length`))
	require.NoError(t, err)
	require.Zero(t, live, "nothing else in the answer speaks")
}

func TestWithoutJavaScriptTheAnswerComesWithThePage(t *testing.T) {
	t.Parallel()
	h, p := sharedSettings(t)
	p.noScripts()
	p.do("loading again", chromedp.Reload())
	p.fill("Webhook URL", h.Test+"/redirect?code=307&to=/hook")
	p.test("HTTP 307 · It redirects to /hook")
	p.sees("All changes saved")
	p.keep("test-no-javascript")           // axe-core needs scripts
	p.press(button, "Use "+h.Test+"/hook") // saves it
	p.at("/settings/marketing")
	p.test("Your endpoint accepted the test")
}

func TestTheCertificateIsShown(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer secure.Close()
	known := filepath.Join(t.TempDir(), "roots.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	require.NoError(t, os.WriteFile(known, block, 0o600))
	h := startServer(t, "SSL_CERT_FILE="+known)
	p := h.settingsPage()
	p.fill("Webhook URL", secure.URL)
	p.test("Your endpoint accepted the test")
	p.sees("TLS 1.3")
	p.press(tab, "Certificate")
	for _, fact := range []string{"Names", "*.example.com, 127.0.0.1, ::1", "Issuer O=Acme Co", "Valid 1 Jan 1970 to 29 Jan 2084", "Days left 20"} {
		p.sees(fact)
	}
	p.inspect("test-certificate")
}

func TestThePageSaysThatEventsWaitForTheRateLimit(t *testing.T) {
	t.Parallel()
	h := startServer(t)
	r := newReceiver(t)
	events := h.newAPI()
	p := h.settingsPage()
	bot := strings.Split(p.location(), "/")[4]
	call[object](events, "PUT", "/v1/bots/"+bot+"/webhook", object{"enabled": true, "url": r.URL, "rate_limit": 0.01}, http.StatusOK)
	for range 10 { // one each hundred seconds leaves
		events.post(bot)
	}
	p.sees("Waiting for the rate limit.")
	p.sees("events wait.")
	p.open("/bots/" + bot + "/deliveries")
	p.sees("waiting for the rate limit")
}
